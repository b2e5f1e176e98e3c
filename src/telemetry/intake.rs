//! What `buymode ingest` says of requests: their outcomes and what became of their rows. Labels are
//! the names of configured sources and closed lists; nothing that a request holds.

use crate::telemetry::counters::{counters, registered};
use prometheus::{Histogram, HistogramOpts, IntCounterVec, IntGauge, Registry};
use std::time::Duration;
use strum::{EnumIter, IntoEnumIterator, IntoStaticStr};
use tracing::{debug, warn};

/// How a request ended. One that is not here cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum RequestOutcome {
    /// 202: every row is in the log, as inputs or dead letters; those that no rule matches are
    /// counted as skipped and not kept.
    Accepted,
    /// 202: it was accepted before, and is in the log once.
    Replayed,
    /// 200: a vendor asked whether the address is there, with a word to say back.
    Challenged,
    /// 400.
    Malformed,
    /// 401.
    Unauthenticated,
    /// 404.
    UnknownSource,
    /// 405.
    Method,
    /// 408: the body did not come in time, or broke off.
    BodyTimeout,
    /// 413.
    TooLarge,
    /// 415.
    Unsupported,
    /// 429: more requests a second, or at once, than the source may send.
    Limited,
    /// 429: too much is under way.
    Busy,
    /// 503: the log did not answer in time, or whether it has the rows is not known.
    Unavailable,
    /// Nobody is told: the connection went away.
    Gone,
}

pub struct IntakeMetrics {
    requests: IntCounterVec,
    seconds: Histogram,
    pub queue_bytes: IntGauge,
    pub connections: IntGauge,
    connections_ended: IntCounterVec,
}

/// Why a connection ended that was not closed in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum ConnectionEnd {
    /// There were too many; it was told so.
    Refused,
    /// Its head did not come in time, or it was idle for long.
    Timeout,
    /// What it sent was no HTTP, or a head too large.
    Broken,
}

impl IntakeMetrics {
    pub(super) fn new(registry: &Registry) -> IntakeMetrics {
        let gauge = |name: &str, help: &str| registered(registry, IntGauge::new(name, help));
        IntakeMetrics {
            requests: counters(
                registry,
                "buymode_ingest_requests_total",
                "Requests by source (`unknown`: none of ours) and outcome.",
                &["source", "outcome"],
            ),
            seconds: registered(
                registry,
                Histogram::with_opts(
                    HistogramOpts::new(
                        "buymode_ingest_request_duration_seconds",
                        "From a request's head to its answer, of requests that were accepted.",
                    )
                    .buckets(vec![
                        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
                        10.0,
                    ]),
                ),
            ),
            queue_bytes: gauge(
                "buymode_ingest_queue_bytes",
                "Bytes of requests under way: bodies being read, and what waits for the log.",
            ),
            connections: gauge("buymode_ingest_connections", "Open connections."),
            connections_ended: counters(
                registry,
                "buymode_ingest_connections_ended_total",
                "Connections that were not closed in order, by cause: refused, timeout, broken.",
                &["cause"],
            ),
        }
    }

    /// What alerts look at is there from the start.
    pub(super) fn begin_at_zero(&self, sources: &[&str]) {
        for source in sources {
            for outcome in RequestOutcome::iter() {
                self.requests.with_label_values(&[source, <&str>::from(outcome)]);
            }
        }
        for end in ConnectionEnd::iter() {
            self.connections_ended.with_label_values(&[<&str>::from(end)]);
        }
    }
}

/// `source` is a configured one's name, or `unknown`.
pub(super) fn request(
    m: &IntakeMetrics,
    source: &str,
    outcome: RequestOutcome,
    why: &str,
    took: Duration,
) {
    let label = <&str>::from(outcome);
    m.requests.with_label_values(&[source, label]).inc();
    match outcome {
        RequestOutcome::Accepted => m.seconds.observe(took.as_secs_f64()),
        // Anybody can send these: no line each in the log of a service that stands its ground.
        _ => debug!(source, outcome = label, why, "request"),
    }
}

pub(super) fn connection_ended(m: &IntakeMetrics, end: ConnectionEnd, why: &str) {
    let cause = <&str>::from(end);
    m.connections_ended.with_label_values(&[cause]).inc();
    debug!(cause, why, "a connection ended");
}

/// The system does not give another connection: too many files are open.
pub(super) fn not_accepted(why: &str) {
    warn!(why, "connections cannot be accepted just now; is the limit of open files too low?");
}
