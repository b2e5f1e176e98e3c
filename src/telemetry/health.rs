//! Alive, and ready. Alive: the loop of every worker makes progress. Ready: a broker answers, every
//! worker is a member of its group and does not wait for a restart, and every partition that is
//! assigned to this instance is restored. Whether a profile is known in each is added by [`Telemetry`].
//!
//! [`Telemetry`]: super::Telemetry

use crate::log::{RestoreProgress, TopicPartition};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// An instance that has joined and has no partitions may be a standby, or the consumer group may not have
/// assigned them yet. Until this time has passed it is not ready.
const ASSIGNMENT_WAIT: Duration = Duration::from_secs(10);

/// A failed transaction is retried within this time. If none was reported since, its partition has
/// moved to another instance, and the failure no longer matters here.
const REFUSED_FOR: Duration = Duration::from_secs(60);

/// What `/readyz` says.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Readiness {
    pub ready: bool,
    /// Why the instance is not ready; empty when it is.
    pub reasons: Vec<String>,
    /// Partitions of the inputs topic that this instance scores.
    pub partitions: Vec<i32>,
}

pub(super) struct Health {
    /// How long a worker's loop may make no progress: longer than the longest single call.
    stall_after: Duration,
    inner: Mutex<Inner>,
}

struct Inner {
    workers: BTreeMap<String, Worker>,
    partitions: BTreeMap<TopicPartition, Partition>,
    /// The group has given it some since it joined last, or it needs none.
    was_assigned: bool,
    needs_none: bool,
    /// Why no broker answers; `None`: one does, or the log has none.
    broker: Option<String>,
}

struct Worker {
    /// When its loop last made progress.
    seen: Instant,
    /// Why it is not running, if it is not.
    down: Option<String>,
    /// Since when the group counts it among its members.
    member_since: Option<Instant>,
    /// When and why its last transaction failed. A worker that is restarted may restore its state and
    /// fail again, so it is not ready until a transaction succeeds.
    refused: Option<(Instant, String)>,
}

enum Partition {
    Restoring { since: Instant, progress: Option<RestoreProgress> },
    Restored,
}

impl Health {
    pub(super) fn new(workers: &[&str], stall_after: Duration) -> Health {
        let now = Instant::now();
        let fresh = |name: &&str| {
            let down = Some("its session is not open yet".to_owned());
            ((*name).to_owned(), Worker { seen: now, down, member_since: None, refused: None })
        };
        let workers = workers.iter().map(fresh).collect();
        let partitions = BTreeMap::new();
        let inner =
            Inner { workers, partitions, was_assigned: false, needs_none: false, broker: None };
        Health { stall_after, inner: Mutex::new(inner) }
    }

    /// An instance without partitions is ready too (`buymode ingest` may never get one).
    pub(super) fn needs_no_partition(&self) {
        self.with(|inner| (inner.was_assigned, inner.needs_none) = (true, true));
    }

    fn with<T>(&self, use_it: impl FnOnce(&mut Inner) -> T) -> T {
        use_it(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The worker's loop made progress. `is_member`: of its consumer group.
    pub(super) fn turned(&self, worker: &str, is_member: bool) {
        self.with(|inner| {
            if let Some(known) = inner.workers.get_mut(worker) {
                known.seen = Instant::now();
                known.down = None;
                match is_member {
                    true => known.member_since = known.member_since.or(Some(known.seen)),
                    false => known.member_since = None,
                }
            }
            // Out of its group it may be given back what it has lost.
            if !is_member && inner.partitions.is_empty() {
                inner.was_assigned = inner.needs_none;
            }
        });
    }

    /// Whether a broker answers; if not, why. Returns whether that is news.
    pub(super) fn broker_answered(&self, why: Option<&str>) -> bool {
        self.with(|inner| {
            let before = std::mem::replace(&mut inner.broker, why.map(str::to_owned));
            before.is_some() != why.is_some()
        })
    }

    /// A transaction was committed, or failed.
    pub(super) fn transaction(&self, worker: &str, error: Option<&str>) {
        self.with(|inner| {
            if let Some(known) = inner.workers.get_mut(worker) {
                known.refused = error.map(|why| (Instant::now(), why.to_owned()));
            }
        });
    }

    pub(super) fn ended(&self, worker: &str, why: &str) {
        self.with(|inner| {
            if let Some(known) = inner.workers.get_mut(worker) {
                known.seen = Instant::now();
                known.down = Some(why.to_owned());
                known.member_since = None;
            }
        });
    }

    pub(super) fn restoring(&self, partition: &TopicPartition, progress: Option<RestoreProgress>) {
        self.with(|inner| {
            inner.was_assigned = true;
            let since = match (progress, inner.partitions.get(partition)) {
                (Some(_), Some(Partition::Restoring { since, .. })) => *since,
                _ => Instant::now(),
            };
            inner.partitions.insert(partition.clone(), Partition::Restoring { since, progress });
        });
    }

    pub(super) fn restored(&self, partition: &TopicPartition) {
        self.with(|inner| inner.partitions.insert(partition.clone(), Partition::Restored));
    }

    /// Forgets the partition. Returns whether it had state to restore.
    pub(super) fn revoked(&self, partition: &TopicPartition) -> bool {
        self.with(|inner| inner.partitions.remove(partition).is_some())
    }

    /// Why the process should be restarted, if it should.
    pub(super) fn stalled(&self) -> Option<String> {
        self.with(|inner| {
            let late = inner.workers.iter().find(|(_, w)| w.seen.elapsed() > self.stall_after);
            late.map(|(name, worker)| {
                format!(
                    "worker {name} has made no progress for {} s",
                    worker.seen.elapsed().as_secs()
                )
            })
        })
    }

    pub(super) fn readiness(&self) -> Readiness {
        let stalled = self.stalled();
        self.with(|inner| {
            let mut reasons: Vec<String> = stalled.into_iter().collect();
            reasons.extend(inner.broker.as_ref().map(|why| format!("no broker answers: {why}")));
            for (name, worker) in &inner.workers {
                let refused = worker.refused.as_ref();
                let refused = refused.filter(|(since, _)| since.elapsed() < REFUSED_FOR);
                let why = worker.down.as_ref().or(refused.map(|(_, why)| why));
                let outside = "not a member of its consumer group (yet)".to_owned();
                let outside = worker.member_since.is_none().then_some(&outside);
                let why = why.or(outside);
                reasons.extend(why.map(|why| format!("worker {name}: {why}")));
            }
            let joined = inner.workers.values().map(|w| w.member_since).max().flatten();
            let may_come = joined.is_none_or(|joined| joined.elapsed() < ASSIGNMENT_WAIT);
            if !inner.was_assigned && may_come {
                reasons.push("no partitions assigned yet".to_owned());
            }
            let mut partitions = Vec::new();
            for (partition, state) in &inner.partitions {
                match state {
                    Partition::Restored => partitions.push(partition.partition),
                    Partition::Restoring { since, progress } => {
                        reasons.push(restoring_text(partition, since.elapsed(), *progress));
                    }
                }
            }
            Readiness { ready: reasons.is_empty(), reasons, partitions }
        })
    }
}

fn restoring_text(
    partition: &TopicPartition,
    elapsed: Duration,
    progress: Option<RestoreProgress>,
) -> String {
    let name = format!("restoring {}[{}]", partition.topic, partition.partition);
    let Some(p) = progress else { return format!("{name}: waiting for its turn") };
    let percent = (restored_ratio(p) * 100.0).floor();
    let done = (p.position - p.start).max(0) as f64;
    let left = (p.end - p.position).max(0) as f64;
    if done == 0.0 {
        return format!("{name}: {percent} %");
    }
    let seconds = (elapsed.as_secs_f64() * left / done).ceil();
    format!("{name}: {percent} %, about {seconds} s left")
}

/// The share of the partition's state that is restored, 0 to 1.
pub(super) fn restored_ratio(p: RestoreProgress) -> f64 {
    let all = (p.end - p.start) as f64;
    if p.done || all <= 0.0 {
        return 1.0;
    }
    ((p.position - p.start) as f64 / all).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(number: i32) -> TopicPartition {
        TopicPartition { topic: "in".to_owned(), partition: number }
    }

    #[test]
    fn ready_only_once_every_partition_is_restored() {
        let health = Health::new(&["score"], Duration::from_secs(60));
        assert_eq!(
            health.readiness().reasons,
            ["worker score: its session is not open yet", "no partitions assigned yet"]
        );
        health.turned("score", true);
        health.restoring(&partition(0), None);
        health.restoring(&partition(1), None);
        assert_eq!(health.readiness().reasons.len(), 2);
        let half = RestoreProgress { start: 100, position: 150, end: 200, done: false };
        health.restoring(&partition(1), Some(half));
        let why = &health.readiness().reasons[1];
        assert!(why.starts_with("restoring in[1]: 50 %, about "), "{why}");
        health.restored(&partition(0));
        assert!(!health.readiness().ready);
        health.revoked(&partition(1));
        let ready = Readiness { ready: true, reasons: vec![], partitions: vec![0] };
        assert_eq!(health.readiness(), ready);
    }

    #[test]
    fn not_ready_with_the_cause_while_a_worker_waits_to_start_again() {
        let health = Health::new(&["score"], Duration::from_secs(60));
        health.turned("score", true);
        health.restoring(&partition(0), None);
        health.restored(&partition(0));
        health.ended("score", "topic sequencer.ae does not exist");
        assert_eq!(health.readiness().reasons, ["worker score: topic sequencer.ae does not exist"]);
        health.turned("score", true);
        assert!(health.readiness().ready);
    }

    #[test]
    fn not_ready_until_a_transaction_succeeds_where_the_last_was_refused() {
        let health = Health::new(&["score"], Duration::from_secs(60));
        health.turned("score", true);
        health.restoring(&partition(0), None);
        health.restored(&partition(0));
        health.transaction("score", Some("topic sequencer.ae does not exist"));
        health.ended("score", "topic sequencer.ae does not exist");
        health.turned("score", true);
        assert_eq!(health.readiness().reasons, ["worker score: topic sequencer.ae does not exist"]);
        health.transaction("score", None);
        assert!(health.readiness().ready);
    }

    #[test]
    fn not_ready_while_no_broker_answers_or_the_worker_is_outside_its_group() {
        let health = Health::new(&["score"], Duration::from_secs(60));
        health.turned("score", true);
        health.restoring(&partition(0), None);
        health.restored(&partition(0));
        assert!(health.readiness().ready);
        assert!(health.broker_answered(Some("timed out")) && !health.broker_answered(Some("x")));
        assert_eq!(health.readiness().reasons, ["no broker answers: x"]);
        assert!(health.broker_answered(None) && health.readiness().ready);
        health.turned("score", false);
        let outside = "worker score: not a member of its consumer group (yet)";
        assert_eq!(health.readiness().reasons, [outside]);
        health.turned("score", true);
        assert!(health.readiness().ready);
    }

    #[test]
    fn a_standby_is_ready_once_the_group_has_had_time_to_give_it_something() {
        let health = Health::new(&["score"], Duration::from_secs(60));
        health.turned("score", true);
        assert_eq!(health.readiness().reasons, ["no partitions assigned yet"]);
        health.with(|inner| {
            let joined = Instant::now().checked_sub(ASSIGNMENT_WAIT);
            inner.workers.get_mut("score").unwrap().member_since = joined;
        });
        assert!(health.readiness().ready);
    }

    #[test]
    fn an_instance_that_joins_again_is_no_standby_before_the_group_has_given_it_its_part() {
        let health = Health::new(&["score"], Duration::from_secs(60));
        health.turned("score", true);
        health.restoring(&partition(0), None);
        health.restored(&partition(0));
        health.revoked(&partition(0));
        assert!(health.readiness().ready, "others have all of them");
        // The group has counted it out: it waits for its own former session.
        health.turned("score", false);
        assert!(!health.readiness().ready);
        health.turned("score", true);
        assert_eq!(health.readiness().reasons, ["no partitions assigned yet"]);
        health.restoring(&partition(0), None);
        health.restored(&partition(0));
        assert!(health.readiness().ready);
    }

    #[test]
    fn a_loop_without_progress_is_neither_alive_nor_ready() {
        let health = Health::new(&["score"], Duration::ZERO);
        health.turned("score", true);
        std::thread::sleep(Duration::from_millis(5));
        assert!(health.stalled().unwrap().starts_with("worker score has made no progress"));
        assert!(!health.readiness().ready);
    }
}
