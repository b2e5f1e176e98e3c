//! The noteworthy events, one function each: it writes the log line and updates the metric.

use super::metrics::Metrics;
use crate::domain::account::records::DeadLetterReason;
use crate::domain::terms::figures::counted;
use crate::engine::hops::Hop;
use crate::engine::tally::{Rows, Tally, Warnings};
use crate::log::trace::Trace;
use crate::log::{LogError, TopicPartition};
use crate::runtime::exit::Exit;
use crate::runtime::worker::now_ms;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use strum::IntoEnumIterator;
use tracing::{debug, error, info, warn};

/// The end of the topic's name, whatever its prefix.
const DEAD_LETTERS: &str = "buymode.dead-letters";

/// A batch of a scoring task was committed to the log.
pub(super) fn committed(m: &Metrics, partition: i32, next_offset: i64, tally: &Tally) {
    for (reason, n) in &tally.exits {
        m.exits.with_label_values(&[<&str>::from(reason)]).inc_by(*n);
    }
    for ((kind, verdict), n) in &tally.inputs {
        m.inputs.with_label_values(&[<&str>::from(kind), <&str>::from(verdict)]).inc_by(*n);
    }
    for ((kind, route, priority), n) in &tally.decisions {
        let route = m.route_label(route);
        let labels = [<&str>::from(kind), &route, <&str>::from(priority)];
        m.decisions.with_label_values(&labels).inc_by(*n);
    }
    m.stale_answers.inc_by(tally.stale_answers);
    m.cache_requests.with_label_values(&["hit"]).inc_by(tally.cache_hits);
    m.cache_requests.with_label_values(&["miss"]).inc_by(tally.cache_misses);
    dead_letters(m, "inputs", &tally.dead_letters);
    m.balance.committed(partition, next_offset, tally);
    let decisions: u64 = tally.decisions.values().sum();
    debug!(partition, next_offset, inputs = tally.consumed(), decisions, "scored");
}

/// How long the inputs of a committed batch waited, and those that led to decisions. `now_ms`: the
/// time of the commit.
pub(super) fn waited(m: &Metrics, now_ms: i64, tally: &Tally) {
    if tally.time_ms > 0 {
        m.balance.clock(now_ms, tally.time_ms);
    }
    for (histogram, times) in
        [(&m.input_delay, &tally.inputs_at), (&m.decision_delay, &tally.decisions_at)]
    {
        let histogram = histogram.local();
        for (time_ms, n) in times.iter() {
            let seconds = (now_ms - time_ms).max(0) as f64 / 1_000.0;
            (0..n).for_each(|_| histogram.observe(seconds));
        }
    }
}

/// Everything that was in the log is scored. `counted`: inputs and decisions since the start.
pub(super) fn caught_up([inputs, decisions]: [u64; 2]) {
    let (read, made) = (counted(inputs, "input"), counted(decisions, "decision"));
    let said = format!("caught up: {read}, {made}");
    info!(inputs, decisions, "{said}");
}

/// A batch of a per-kind topic was forwarded.
pub(super) fn forwarded(m: &Metrics, topic: &str, tally: &Tally) {
    for ((kind, verdict), n) in &tally.inputs {
        let labels = [topic, <&str>::from(kind), <&str>::from(verdict)];
        m.forwarded.with_label_values(&labels).inc_by(*n);
    }
    dead_letters(m, topic, &tally.dead_letters);
    warnings(m, topic, &tally.warnings);
    debug!(topic, records = tally.consumed(), "forwarded");
}

/// Rows of a source were mapped and committed.
pub(super) fn ingested(m: &Metrics, source: &str, rows: &Rows) {
    let dead: u64 = rows.dead_letters.values().sum();
    for (verdict, n) in
        [("mapped", rows.mapped), ("skipped", rows.skipped), ("dead_lettered", dead)]
    {
        m.ingest_rows.with_label_values(&[source, verdict]).inc_by(n);
    }
    for (kind, n) in &rows.records {
        m.ingest_records.with_label_values(&[source, <&str>::from(kind)]).inc_by(*n);
    }
    m.ingest_last_row.with_label_values(&[source]).set(now_ms() / 1_000);
    dead_letters(m, source, &rows.dead_letters);
    warnings(m, source, &rows.warnings);
    debug!(source, rows = rows.consumed(), "ingested");
}

/// One line a batch, however many values are in doubt.
fn warnings(m: &Metrics, source: &str, warnings: &Warnings) {
    m.ingest_warnings.with_label_values(&[source]).inc_by(warnings.count);
    if let Some(first) = &warnings.first {
        let warnings = warnings.count;
        warn!(source, warnings, first, "values not understood were read in the safe way");
    }
}

/// Rows of a source, and its dead letters.
pub(super) fn rows_begin_at_zero(m: &Metrics, source: &str) {
    for verdict in ["mapped", "skipped", "dead_lettered"] {
        m.ingest_rows.with_label_values(&[source, verdict]);
    }
    begin_at_zero(m, source);
}

/// Dead letters of a source, before there is one: the first is an increase then.
pub(super) fn begin_at_zero(m: &Metrics, source: &str) {
    for reason in DeadLetterReason::iter() {
        m.dead_letters.with_label_values(&[<&str>::from(reason), source]);
    }
}

fn dead_letters(m: &Metrics, source: &str, letters: &BTreeMap<DeadLetterReason, u64>) {
    for (reason, n) in letters {
        let reason = <&str>::from(reason);
        m.dead_letters.with_label_values(&[reason, source]).inc_by(*n);
        warn!(reason, source, records = n, "dead letters written");
    }
}

/// Records of traces were processed. One line a batch, so that the trace of a dead letter is found.
pub(super) fn traced(hops: &[Hop]) {
    let is_dead = |(topic, ..): &(Arc<str>, Trace, u64)| topic.ends_with(DEAD_LETTERS);
    if let Some(hop) = hops.iter().find(|hop| hop.sends.iter().any(is_dead)) {
        let (topic, partition, offset) = (&*hop.topic, hop.partition, hop.offset);
        let trace_id = hop.own.id_text();
        warn!(trace_id, topic, partition, offset, "a record of a trace became a dead letter");
    }
}

pub(super) fn restoring(m: &Metrics, partition: &TopicPartition, ratio: f64) {
    m.restore_ratio.with_label_values(&[&partition.partition.to_string()]).set(ratio);
}

/// One line, however many partitions.
pub(super) fn restore_began(partitions: &str) {
    info!(partitions, "restoring");
}

/// One line, once nothing is left to restore.
pub(super) fn all_restored(partitions: &str, took: Duration) {
    let took_ms = took.as_millis() as u64;
    info!(partitions, took_ms, "restored");
}

/// Once a minute while there is work. `lag`: inputs not scored yet.
pub(super) fn worked([inputs, decisions]: [u64; 2], lag: u64) {
    let (read, made) = (counted(inputs, "input"), counted(decisions, "decision"));
    let left = counted(lag, "input");
    let said = format!("in the last minute: {read}, {made}; {left} to go");
    info!(inputs, decisions, lag, "{said}");
}

/// A broker stopped answering (`Some`: why), or answers again.
pub(super) fn broker(why: Option<&str>) {
    match why {
        Some(why) => warn!(why, "no broker answers"),
        None => info!("a broker answers again"),
    }
}

/// The schema registry stopped answering (`Some`: why), or answers again.
pub(super) fn registry(why: Option<&str>) {
    match why {
        Some(why) => warn!(why, "the schema registry does not answer"),
        None => info!("the schema registry answers again"),
    }
}

pub(super) fn position_unknown(partition: &TopicPartition, why: &str) {
    let TopicPartition { topic, partition } = partition;
    warn!(topic, partition, why, "committed offset not available; using the task record");
}

pub(super) fn revoked(partition: &TopicPartition) {
    // The log of the client has one line for all of them.
    debug!(topic = partition.topic, partition = partition.partition, "partition revoked");
}

pub(super) fn transaction(m: &Metrics, took: Duration, error: Option<&LogError>) {
    let outcome = match error {
        None => "committed",
        Some(LogError::Abort(_) | LogError::NotYet(_)) => "aborted",
        Some(LogError::Reopen(_)) => "unknown",
        Some(LogError::Fenced(_)) => "fenced",
        Some(LogError::Fatal(_)) => "failed",
    };
    m.transactions.with_label_values(&[outcome]).inc();
    m.transaction_seconds.observe(took.as_secs_f64());
}

/// The batch is retried with fewer records; [`transaction`] has counted the transaction.
pub(super) fn aborted(why: &str, in_a_row: u32) {
    warn!(why, in_a_row, "transaction aborted; retrying with a smaller batch");
}

/// The first end of a worker is an increase, too.
pub(super) fn ends_begin_at_zero(m: &Metrics, workers: &[&str]) {
    for worker in workers {
        for cause in ["open_failed", "fenced", "name_taken", "retry", "blocked", "fatal"] {
            m.worker_ends.with_label_values(&[worker, cause]);
        }
    }
}

pub(super) fn ended(m: &Metrics, worker: &str, why: &Exit, pause: Option<Duration>) {
    let cause = match why {
        Exit::Stopped => return,
        Exit::OpenFailed(_) => "open_failed",
        Exit::Fenced(_) => "fenced",
        Exit::NameTaken(_) => "name_taken",
        Exit::Retry(_) => "retry",
        Exit::Blocked(_) => "blocked",
        Exit::Fatal(_) => "fatal",
    };
    m.worker_ends.with_label_values(&[worker, cause]).inc();
    match pause {
        Some(pause) => {
            let pause_ms = pause.as_millis() as u64;
            warn!(worker, %why, pause_ms, "worker stopped unexpectedly; restarting it after the pause");
        }
        None => error!(worker, %why, "worker failed and is not restarted"),
    }
}

pub(super) fn started(location: &str, group: &str, instance: &str, http: &str) {
    info!(version = env!("CARGO_PKG_VERSION"), location, group, instance, http, "started");
}

pub(super) fn ingest_started(location: &str, instance: &str, ingest: &str, http: &str) {
    info!(version = env!("CARGO_PKG_VERSION"), location, instance, ingest, http, "started");
}

pub(super) fn deliver_started(location: &str, instance: &str, http: &str) {
    info!(version = env!("CARGO_PKG_VERSION"), location, instance, http, "started");
}

pub(super) fn stopping(signal: &str) {
    info!(signal, "stopping after the open transactions");
}

pub(super) fn stopped() {
    info!("stopped");
}

pub(super) fn profile_published(profile: &str, product: &str, version: &str, number: u64) {
    info!(
        profile,
        product,
        version,
        number,
        "the log had no profile for this product: published the configured one"
    );
}

pub(super) fn profile_kept(profile: &str, product: &str, configured: &str, active: &str) {
    info!(
        profile,
        product,
        configured,
        active,
        "the log has another version of this product's profile, which stays active; use `buymode icp publish` to change it"
    );
}

pub(super) fn subscribers_unknown(why: &str) {
    warn!(why, "cannot see how far the consumer groups of subscribers have come; trying again");
}

pub(super) fn subscribers_refused(groups: usize) {
    warn!(
        groups,
        "no right to see the positions of these consumer groups: grant Describe on them and on sequencer.*"
    );
}

pub(super) fn lag_unknown(why: &str) {
    debug!(why, "cannot measure lag; trying again");
}
