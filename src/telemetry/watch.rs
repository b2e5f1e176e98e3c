//! Receives what the engine committed and how the workers do, and turns it into metrics, log lines
//! and health.

mod beside;
mod observed;
mod traced;

use super::deliveries::Deliveries;
use super::health::{Health, Readiness};
use super::intake::{self, RequestOutcome};
use super::restores::Restores;
use super::sources::Sources;
use super::spans::Spans;
use super::{events, metrics::Metrics};
use crate::domain::account::standing::Stage;
use crate::engine::hops::Hop;
use crate::engine::tally::{Ledger, Rows, Tally};
use crate::engine::view::Views;
use crate::log::TopicPartition;
use crate::log::ranges::ranges;
use crate::runtime::connections::{ConnectionEnd, Visitors};
use crate::runtime::worker::now_ms;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

pub struct Telemetry {
    metrics: Metrics,
    health: Health,
    sources: Sources,
    /// Accounts of each partition by stage, so that a revoked partition can be subtracted.
    stages: Mutex<BTreeMap<i32, BTreeMap<Stage, i64>>>,
    /// Bytes of each partition's packed states.
    packed: Mutex<BTreeMap<i32, i64>>,
    restores: Restores,
    /// Records of each partition that are not scored yet, as of the last measurement.
    lag: Mutex<BTreeMap<i32, u64>>,
    /// Where the partitions' profiles are seen, once an instance scores.
    views: OnceLock<Views>,
    /// Once a collector is named.
    spans: OnceLock<Spans>,
    /// Times of records are wall-clock times, as far as is known.
    is_live: AtomicBool,
    /// Up to where each partition of the forwarded topics was read.
    forwarded: Mutex<BTreeMap<TopicPartition, i64>>,
    /// Since the start.
    inputs: AtomicU64,
    decisions: AtomicU64,
    caught_up: AtomicBool,
    registry_is_away: AtomicBool,
}

impl Telemetry {
    /// `workers`: the names of the workers that will run. `stall_after`: how long a worker may make no
    /// progress before the process counts as stalled.
    pub fn new(workers: &[&str], stall_after: Duration) -> Telemetry {
        let metrics = Metrics::new();
        events::ends_begin_at_zero(&metrics, workers);
        Telemetry {
            metrics,
            health: Health::new(workers, stall_after),
            sources: Sources::default(),
            stages: Mutex::new(BTreeMap::new()),
            packed: Mutex::new(BTreeMap::new()),
            restores: Restores::default(),
            lag: Mutex::new(BTreeMap::new()),
            views: OnceLock::new(),
            spans: OnceLock::new(),
            is_live: AtomicBool::new(false),
            forwarded: Mutex::new(BTreeMap::new()),
            inputs: AtomicU64::new(0),
            decisions: AtomicU64::new(0),
            caught_up: AtomicBool::new(false),
            registry_is_away: AtomicBool::new(false),
        }
    }

    /// For `buymode ingest`, which needs no partition to be ready. `sources`: for each configured one
    /// its name, whether it takes requests, and its topic.
    pub fn of_ingest(
        workers: &[&str],
        sources: Vec<(String, bool, Option<String>)>,
        stall_after: Duration,
    ) -> Telemetry {
        let mut telemetry = Telemetry::new(workers, stall_after);
        telemetry.health.needs_no_partition();
        let names: Vec<&str> = sources.iter().map(|(name, ..)| name.as_str()).collect();
        telemetry.metrics.intake.begin_at_zero(&names);
        for name in &names {
            telemetry.metrics.ingest_last_row.with_label_values(&[name]).set(0);
            events::rows_begin_at_zero(&telemetry.metrics, name);
        }
        telemetry.sources = Sources::new(sources);
        telemetry
    }

    /// For `buymode deliver`: an instance may be a standby.
    pub fn of_deliver(workers: &[&str], stall_after: Duration) -> Telemetry {
        let telemetry = Telemetry::new(workers, stall_after);
        telemetry.health.needs_no_partition();
        telemetry
    }

    pub fn deliveries(&self) -> &Deliveries {
        &self.metrics.deliveries
    }

    pub fn deliver_started(&self, location: &str, instance: &str, http: &str) {
        events::deliver_started(location, instance, http);
    }

    /// What each source of `buymode ingest` does, by name; empty for other services.
    pub fn sources(&self) -> BTreeMap<String, String> {
        self.sources.states()
    }

    /// Why the process is stalled, if it is.
    pub fn stalled(&self) -> Option<String> {
        self.health.stalled()
    }

    /// The views of the instance that scores: each partition in them needs a profile to be ready.
    /// `is_live`: the times of records are wall-clock times, so that delays can be measured.
    pub fn watch_views(&self, views: Views, is_live: bool) {
        // Once for each instance.
        let _ = self.views.set(views);
        self.is_live.store(is_live, Ordering::Relaxed);
    }

    pub fn readiness(&self) -> Readiness {
        let mut readiness = self.health.readiness();
        let without = self.without_profile();
        if !without.is_empty() {
            readiness.ready = false;
            readiness.reasons.push(format!(
                "no profile is active in partitions {}: `buymode icp publish` activates one",
                ranges(&without)
            ));
        }
        self.metrics.ready.set(i64::from(readiness.ready));
        readiness
    }

    /// When the active profiles were last reviewed, by what any partition says.
    fn profiles_reviewed(&self) {
        let view = self.views.get().and_then(|views| views.get(*views.partitions().first()?));
        let Some(world) = view.map(|view| view.common().world) else { return };
        self.metrics.profile_reviewed.reset();
        for activation in world.products(i64::MAX) {
            let profile = &activation.profile.profile;
            let midnight = profile.reviewed_at.map(|day| day.and_time(chrono::NaiveTime::MIN));
            if let Some(at) = midnight {
                let product = profile.product.as_str();
                let reviewed = self.metrics.profile_reviewed.with_label_values(&[product]);
                reviewed.set(at.and_utc().timestamp());
            }
        }
    }

    fn without_profile(&self) -> BTreeSet<i32> {
        let Some(views) = self.views.get() else { return BTreeSet::new() };
        let has_none = |partition: &i32| {
            let world = views.get(*partition).map(|view| view.common().world);
            world.is_some_and(|world| world.products(i64::MAX).is_empty())
        };
        views.partitions().into_iter().filter(has_none).collect()
    }

    /// Whether the workers run, and hold restored what the group has given them.
    pub(super) fn is_restored(&self) -> bool {
        self.health.readiness().ready
    }

    /// A broker answered, or not, and why.
    pub(super) fn broker_answered(&self, why: Option<&str>) {
        self.metrics.kafka_up.with_label_values::<&str>(&[]).set(i64::from(why.is_none()));
        if self.health.broker_answered(why) {
            events::broker(why);
        }
    }

    /// The metrics in Prometheus' text format.
    pub fn page(&self) -> Result<String, String> {
        self.readiness();
        self.profiles_reviewed();
        self.metrics.disk.look();
        self.metrics.page().map_err(|error| error.to_string())
    }

    pub fn started(&self, location: &str, group: &str, instance: &str, http: &str) {
        events::started(location, group, instance, http);
    }

    pub fn ingest_started(&self, location: &str, instance: &str, ingest: &str, http: &str) {
        events::ingest_started(location, instance, ingest, http);
    }

    pub fn stopping(&self, signal: &str) {
        events::stopping(signal);
    }

    pub fn stopped(&self) {
        self.spans().flush();
        events::stopped();
    }

    pub fn profile_published(&self, profile: &str, product: &str, version: &str, number: u64) {
        events::profile_published(profile, product, version, number);
    }

    pub fn profile_kept(&self, profile: &str, product: &str, configured: &str, active: &str) {
        events::profile_kept(profile, product, configured, active);
    }

    /// Whether every input was scored that was in the log when the instance was ready.
    pub fn has_caught_up(&self) -> bool {
        self.caught_up.load(Ordering::Relaxed)
    }

    pub(super) fn caught_up(&self) {
        events::caught_up(self.counted());
        self.caught_up.store(true, Ordering::Relaxed);
    }

    /// Inputs and decisions since the start.
    pub(super) fn counted(&self) -> [u64; 2] {
        [&self.inputs, &self.decisions].map(|n| n.load(Ordering::Relaxed))
    }

    /// Says what was done since `before`, unless that is nothing and nothing is left.
    pub(super) fn worked(&self, before: [u64; 2]) {
        let now = self.counted();
        let since = [now[0] - before[0], now[1] - before[1]];
        let lag = self.lags().values().sum();
        if since != [0, 0] || lag > 0 {
            events::worked(since, lag);
        }
    }

    fn lags(&self) -> MutexGuard<'_, BTreeMap<i32, u64>> {
        self.lag.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets the lag of partitions that other instances score. Until then their last lag stays:
    /// while no broker answers, nothing else is known.
    pub(super) fn keep_lag_of(&self, held: &BTreeSet<i32>) {
        self.lags().retain(|partition, _| {
            let keeps = held.contains(partition);
            if !keeps {
                self.metrics.forget_lag(*partition);
            }
            keeps
        });
    }

    /// The next offset of each partition that is forwarded.
    pub(super) fn forwarded(&self) -> BTreeMap<(String, i32), i64> {
        let held = self.forwarded.lock().unwrap_or_else(PoisonError::into_inner);
        held.iter().map(|(at, next)| ((at.topic.clone(), at.partition), *next)).collect()
    }

    /// A partition's lag. `seconds`: `None` on history topics, whose times are not wall-clock times.
    pub(super) fn lag(&self, partition: i32, records: i64, seconds: Option<f64>) {
        self.lags().insert(partition, u64::try_from(records).unwrap_or_default());
        let label = partition.to_string();
        self.metrics.lag_records.with_label_values(&[&label]).set(records);
        if let Some(seconds) = seconds {
            self.metrics.lag_seconds.with_label_values(&[&label]).set(seconds);
        }
    }

    /// For how long an open transaction has held back a partition's records.
    pub(super) fn held_back(&self, partition: i32, age: Duration) {
        let label = partition.to_string();
        self.metrics.stable_offset_age.with_label_values(&[&label]).set(age.as_secs_f64());
    }

    pub(super) fn lag_unknown(&self, why: &str) {
        events::lag_unknown(why);
    }

    /// A request was answered. `source` is the name of a configured source, or `unknown`; `why` is
    /// logged at debug level only.
    pub fn request(&self, source: &str, outcome: RequestOutcome, why: &str, took: Duration) {
        intake::request(&self.metrics.intake, source, outcome, why, took);
    }

    pub fn queue_bytes(&self, bytes: usize) {
        self.metrics.intake.queue_bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    fn packed_changed(&self, change: impl FnOnce(&mut BTreeMap<i32, i64>)) {
        let mut packed = self.packed.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut packed);
        self.metrics.state_bytes.with_label_values(&["packed"]).set(packed.values().sum());
    }

    fn stages_changed(&self, change: impl FnOnce(&mut BTreeMap<i32, BTreeMap<Stage, i64>>)) {
        let mut stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut stages);
        for stage in <Stage as strum::IntoEnumIterator>::iter() {
            let all: i64 = stages.values().filter_map(|counts| counts.get(&stage)).sum();
            self.metrics.accounts.with_label_values(&[<&str>::from(stage)]).set(all);
        }
        self.metrics.partitions.set(i64::try_from(stages.len()).unwrap_or(i64::MAX));
    }
}

impl Ledger for Telemetry {
    fn committed(&self, partition: i32, next_offset: i64, tally: &Tally) {
        events::committed(&self.metrics, partition, next_offset, tally);
        if self.is_live.load(Ordering::Relaxed) {
            events::waited(&self.metrics, now_ms(), tally);
        }
        self.inputs.fetch_add(tally.consumed(), Ordering::Relaxed);
        self.decisions.fetch_add(tally.decisions.values().sum(), Ordering::Relaxed);
        if tally.packed_bytes != 0 {
            self.packed_changed(|packed| {
                *packed.entry(partition).or_default() += tally.packed_bytes;
            });
        }
        if !tally.standings.is_empty() {
            self.metrics.standings.changed(partition, &tally.standings);
        }
        let is_known = |stages: &BTreeMap<i32, _>| stages.contains_key(&partition);
        let known = is_known(&self.stages.lock().unwrap_or_else(PoisonError::into_inner));
        if known && tally.stages.is_empty() {
            return;
        }
        self.stages_changed(|stages| {
            let counts = stages.entry(partition).or_default();
            for (stage, n) in &tally.stages {
                *counts.entry(*stage).or_default() += n;
            }
        });
    }

    fn gave_up(&self, partition: i32) {
        self.metrics.standings.forget(partition);
        self.metrics.balance.forget(partition);
        self.stages_changed(|stages| {
            stages.remove(&partition);
        });
        self.metrics.forget_restore(partition);
        self.packed_changed(|packed| {
            packed.remove(&partition);
        });
    }

    fn decoded(&self, bytes: usize) {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        self.metrics.state_bytes.with_label_values(&["decoded"]).set(bytes);
    }

    fn forwarded(&self, topic: &str, tally: &Tally) {
        events::forwarded(&self.metrics, topic, tally);
    }

    fn forwarded_upto(&self, partition: &TopicPartition, next_offset: i64) {
        let mut held = self.forwarded.lock().unwrap_or_else(PoisonError::into_inner);
        held.insert(partition.clone(), next_offset);
    }

    fn traced(&self, hops: &[Hop]) {
        events::traced(hops);
        if let Some(spans) = self.spans.get() {
            spans.traced(hops, self.is_live.load(Ordering::Relaxed));
        }
    }

    fn ingested(&self, source: &str, rows: &Rows) {
        events::ingested(&self.metrics, source, rows);
    }
}

/// The door of `buymode ingest`.
impl Visitors for Telemetry {
    fn open(&self, connections: usize) {
        self.metrics.intake.connections.set(i64::try_from(connections).unwrap_or(i64::MAX));
    }

    fn ended(&self, end: ConnectionEnd, why: &str) {
        intake::connection_ended(&self.metrics.intake, end, why);
    }

    fn not_accepted(&self, why: &str) {
        intake::not_accepted(why);
    }
}

#[cfg(test)]
mod tests;
