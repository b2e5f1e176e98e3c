//! Every metric, by Prometheus' conventions: base units, `_total` for counters, and labels with few,
//! known values.

use super::balance::Balance;
use super::deliveries::Deliveries;
use super::disk::Disk;
use super::intake::IntakeMetrics;
use super::standings::StandingCounts;
use super::subscribers::Subscribers;
use crate::codec::losses;
use crate::domain::RULES_VERSION;
use crate::domain::account::decision::ExitReason;
use crate::domain::account::input::RecordType;
use crate::domain::account::records::DeadLetterReason;
use crate::domain::account::standing::Stage;
use crate::telemetry::counters::{counters, histogram, registered, this_process};
use prometheus::{
    GaugeVec, Histogram, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};
use std::collections::BTreeSet;
use std::sync::Mutex;
use strum::IntoEnumIterator;

/// Profiles name the routes: any beyond this many share the label `other`.
const ROUTES_MAX: usize = 100;

pub(super) struct Metrics {
    registry: Registry,
    pub inputs: IntCounterVec,
    pub input_delay: Histogram,
    pub decision_delay: Histogram,
    pub forwarded: IntCounterVec,
    pub ingest_rows: IntCounterVec,
    pub ingest_records: IntCounterVec,
    pub ingest_last_row: IntGaugeVec,
    pub ingest_warnings: IntCounterVec,
    pub decisions: IntCounterVec,
    pub exits: IntCounterVec,
    pub stale_answers: IntCounter,
    pub dead_letters: IntCounterVec,
    losses: IntCounterVec,
    pub transactions: IntCounterVec,
    pub transaction_seconds: Histogram,
    pub worker_ends: IntCounterVec,
    pub partitions: IntGauge,
    pub inputs_partitions: IntGaugeVec,
    pub restore_ratio: GaugeVec,
    pub lag_records: IntGaugeVec,
    pub lag_seconds: GaugeVec,
    pub stable_offset_age: GaugeVec,
    pub cache_requests: IntCounterVec,
    pub accounts: IntGaugeVec,
    pub standings: StandingCounts,
    pub profile_reviewed: IntGaugeVec,
    pub state_bytes: IntGaugeVec,
    pub ready: IntGauge,
    /// No series before the first beat of a pulse.
    pub kafka_up: IntGaugeVec,
    pub registry_up: IntGaugeVec,
    pub balance: Balance,
    pub spans: IntCounterVec,
    pub intake: IntakeMetrics,
    pub deliveries: Deliveries,
    pub disk: Disk,
    pub subscribers: Subscribers,
    routes: Mutex<BTreeSet<String>>,
}

impl Metrics {
    pub(super) fn new() -> Metrics {
        let registry = Registry::new();
        let r = &registry;
        let metrics = Metrics {
            inputs: counters(
                r,
                "buymode_inputs_total",
                "Inputs scored and committed, by record type and verdict; the sum is the inputs consumed.",
                &["type", "verdict"],
            ),
            input_delay: histogram(
                r,
                "buymode_input_delay_seconds",
                "Seconds from an input's time in the log until its batch was committed. Empty on history topics.",
                &[
                    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 600.0,
                    3600.0,
                ],
            ),
            decision_delay: histogram(
                r,
                "buymode_decision_delay_seconds",
                "Seconds from an input's time in the log until the decision it led to was committed. Empty on history topics.",
                &[
                    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 600.0,
                    3600.0,
                ],
            ),
            forwarded: counters(
                r,
                "buymode_forwarded_total",
                "Records of the per-kind topics forwarded to the inputs topic or refused, by topic, type and verdict.",
                &["topic", "type", "verdict"],
            ),
            ingest_rows: counters(
                r,
                "buymode_ingest_rows_total",
                "Rows of a source read and committed, by verdict: mapped, skipped, dead_lettered.",
                &["source", "verdict"],
            ),
            ingest_records: counters(
                r,
                "buymode_ingest_records_total",
                "Inputs written from the rows of a source, by record type.",
                &["source", "type"],
            ),
            ingest_last_row: registered(
                r,
                IntGaugeVec::new(
                    Opts::new(
                        "buymode_ingest_last_row_timestamp_seconds",
                        "When rows of a source were last written, Unix seconds; 0: none since the start.",
                    ),
                    &["source"],
                ),
            ),
            ingest_warnings: counters(
                r,
                "buymode_ingest_warnings_total",
                "Values in the rows of a source, or in the records of a topic of our own schemas, that were not understood and were read in the safe way, such as an end of a suppression.",
                &["source"],
            ),
            decisions: counters(
                r,
                "buymode_decisions_total",
                "Decisions written, by kind, route and priority.",
                &["kind", "route", "priority"],
            ),
            exits: counters(
                r,
                "buymode_exits_total",
                "Decisions by which an account left buying mode, by reason.",
                &["reason"],
            ),
            stale_answers: registered(
                r,
                IntCounter::new(
                    "buymode_stale_answers_total",
                    "Criteria of decisions that were known, but older than stale_after_days allows.",
                ),
            ),
            dead_letters: counters(
                r,
                "buymode_dead_letters_total",
                "Records that could not be processed, by reason and source (of no source: the topic, or `inputs`).",
                &["reason", "source"],
            ),
            losses: counters(
                r,
                "buymode_unread_total",
                "Values of records with another schema version that this version does not know, by record \
                 type and name: fields that are not read, symbols that are read as unknown.",
                &["type", "name"],
            ),
            transactions: counters(
                r,
                "buymode_transactions_total",
                "Transactions by outcome: committed, aborted (tried again), unknown or fenced (the \
                 session was opened again), failed.",
                &["outcome"],
            ),
            transaction_seconds: histogram(
                r,
                "buymode_transaction_duration_seconds",
                "Seconds from the start of a transaction to its end.",
                &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0],
            ),
            worker_ends: counters(
                r,
                "buymode_worker_ends_total",
                "Unexpected worker exits, by cause: open_failed, fenced, name_taken, retry, blocked, fatal.",
                &["worker", "cause"],
            ),
            partitions: registered(
                r,
                IntGauge::new(
                    "buymode_partitions",
                    "Partitions of the inputs topic that this instance scores.",
                ),
            ),
            inputs_partitions: registered(
                r,
                IntGaugeVec::new(
                    Opts::new(
                        "buymode_inputs_partitions",
                        "Partitions of the inputs topic: those that all instances together should score.",
                    ),
                    &[],
                ),
            ),
            restore_ratio: registered(
                r,
                GaugeVec::new(
                    Opts::new(
                        "buymode_restore_ratio",
                        "Share of a partition's state that is restored, 0 to 1.",
                    ),
                    &["partition"],
                ),
            ),
            lag_records: registered(
                r,
                IntGaugeVec::new(
                    Opts::new(
                        "buymode_lag_records",
                        "Inputs of a partition that are not scored yet; above 1000 the count includes transaction \
                 markers.",
                    ),
                    &["partition"],
                ),
            ),
            lag_seconds: registered(
                r,
                GaugeVec::new(
                    Opts::new(
                        "buymode_lag_seconds",
                        "Age of the last scored input of a partition that has more to score, in seconds; else 0. \
                         Absent on history topics.",
                    ),
                    &["partition"],
                ),
            ),
            stable_offset_age: registered(
                r,
                GaugeVec::new(
                    Opts::new(
                        "buymode_stable_offset_age_seconds",
                        "Seconds for which an open transaction has held back the records of a partition; 0 if none does.",
                    ),
                    &["partition"],
                ),
            ),
            cache_requests: counters(
                r,
                "buymode_cache_requests_total",
                "Account states looked up while scoring, by result: hit (in the cache) or miss (decoded).",
                &["result"],
            ),
            accounts: registered(
                r,
                IntGaugeVec::new(
                    Opts::new(
                        "buymode_accounts",
                        "Accounts of this instance's partitions, by stage.",
                    ),
                    &["stage"],
                ),
            ),
            standings: StandingCounts::new(r),
            profile_reviewed: registered(
                r,
                IntGaugeVec::new(
                    Opts::new(
                        "buymode_profile_reviewed_timestamp_seconds",
                        "When the active profile of a product was last reviewed (reviewed_at), Unix seconds. \
                         Absent where the profile does not say.",
                    ),
                    &["product"],
                ),
            ),
            state_bytes: registered(
                r,
                IntGaugeVec::new(
                    Opts::new(
                        "buymode_state_bytes",
                        "Memory of account states, estimated: packed (every account held) and decoded (those \
                         kept ready, within accounts.decoded_mib_max).",
                    ),
                    &["form"],
                ),
            ),
            ready: registered(
                r,
                IntGauge::new("buymode_ready", "1 when /readyz answers 200, else 0."),
            ),
            kafka_up: registered(
                r,
                IntGaugeVec::new(
                    Opts::new(
                        "buymode_kafka_up",
                        "1 while a broker answers within two seconds, else 0. Absent with an embedded log.",
                    ),
                    &[],
                ),
            ),
            registry_up: registered(
                r,
                IntGaugeVec::new(
                    Opts::new(
                        "buymode_registry_up",
                        "1 while the schema registry answers, else 0. Absent without a registry.",
                    ),
                    &[],
                ),
            ),
            balance: Balance::new(r),
            spans: counters(
                r,
                "buymode_trace_spans_total",
                "Spans of traces: ended, and of these sent to the collector or failed to be; the rest waits, or was dropped.",
                &["result"],
            ),
            intake: IntakeMetrics::new(r),
            deliveries: Deliveries::new(r),
            disk: Disk::new(r),
            subscribers: Subscribers::new(r),
            routes: Mutex::new(BTreeSet::new()),
            registry: registry.clone(),
        };
        metrics.begin_at_zero(r);
        metrics
    }

    /// Alerts need every series from the start, so that the first event is an increase and not a new
    /// series.
    fn begin_at_zero(&self, registry: &Registry) {
        for reason in DeadLetterReason::iter() {
            self.dead_letters.with_label_values(&[<&str>::from(reason), "inputs"]);
        }
        for stage in Stage::iter() {
            self.accounts.with_label_values(&[<&str>::from(stage)]);
        }
        for form in ["packed", "decoded"] {
            self.state_bytes.with_label_values(&[form]);
        }
        for outcome in ["committed", "aborted", "unknown", "fenced", "failed"] {
            self.transactions.with_label_values(&[outcome]);
        }
        for result in ["ended", "sent", "failed"] {
            self.spans.with_label_values(&[result]);
        }
        for result in ["hit", "miss"] {
            self.cache_requests.with_label_values(&[result]);
        }
        for reason in ExitReason::iter() {
            self.exits.with_label_values(&[<&str>::from(reason)]);
        }
        for kind in RecordType::iter() {
            self.inputs.with_label_values(&[<&str>::from(kind), "applied"]);
        }
        let build = IntGaugeVec::new(
            Opts::new(
                "buymode_build_info",
                "Build information in the labels; the value is always 1.",
            ),
            &["version", "rules_version"],
        );
        let build = registered(registry, build);
        build.with_label_values(&[env!("CARGO_PKG_VERSION"), &RULES_VERSION.to_string()]).set(1);
        this_process(registry);
    }

    /// A route's label: its name, or `other` beyond the bound.
    pub(super) fn route_label(&self, route: &str) -> String {
        let mut known = self.routes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !known.contains(route) {
            if known.len() >= ROUTES_MAX {
                return "other".to_owned();
            }
            known.insert(route.to_owned());
        }
        route.to_owned()
    }

    /// A partition's state is no longer here.
    pub(super) fn forget_restore(&self, partition: i32) {
        // An error means that the series did not exist.
        let _ = self.restore_ratio.remove_label_values(&[&partition.to_string()]);
    }

    /// Another instance scores the partition.
    pub(super) fn forget_lag(&self, partition: i32) {
        let label = partition.to_string();
        let _ = self.lag_records.remove_label_values(&[&label]);
        let _ = self.lag_seconds.remove_label_values(&[&label]);
        let _ = self.stable_offset_age.remove_label_values(&[&label]);
    }

    /// The metrics in Prometheus' text format.
    pub(super) fn page(&self) -> Result<String, prometheus::Error> {
        for (record, name, count) in losses::counts() {
            let counter = self.losses.with_label_values(&[record, &name]);
            counter.inc_by(count.saturating_sub(counter.get()));
        }
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

#[cfg(test)]
mod tests;
