//! Metrics and log lines of HTTP requests to `buymode ingest`: outcomes, connections, bytes. Labels
//! are the names of configured sources and closed lists, never contents of a request.

use crate::runtime::connections::ConnectionEnd;
use crate::telemetry::counters::{counters, registered};
use prometheus::{Histogram, HistogramOpts, IntCounterVec, IntGauge, Registry};
use std::time::Duration;
use strum::{EnumIter, IntoEnumIterator, IntoStaticStr};
use tracing::{debug, warn};

/// How a request ended; every request has exactly one outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum RequestOutcome {
    /// 202: every row is in the log, as inputs or dead letters. Rows that match no rule of the
    /// mapping are counted as skipped and not kept.
    Accepted,
    /// 202: the same request was accepted before and is in the log once.
    Replayed,
    /// 200: a vendor verified the endpoint with a challenge, which the answer repeats.
    Challenged,
    /// 400: the body or its encoding is invalid.
    Malformed,
    /// 401: the token or signature is missing or invalid.
    Unauthenticated,
    /// 403: the request names a host that is not one of this service's.
    UnknownHost,
    /// 404: no such source is configured.
    UnknownSource,
    /// 405: the method is not POST.
    Method,
    /// 408: the body did not arrive in time.
    BodyTimeout,
    /// 413: the body, or what it becomes, is too large.
    TooLarge,
    /// 415: the content type or encoding is not supported.
    Unsupported,
    /// 429: more requests a second, or at once, than the source may send.
    Limited,
    /// 429: the requests in progress use up the memory budget or the queue.
    Busy,
    /// 503: earlier ones of the same source have waited for longer than `ingest.queue_wait_ms_max`.
    Overloaded,
    /// 503: the log did not answer in time, or it is unknown whether the rows were committed.
    Unavailable,
    /// No answer was sent: the client closed the connection.
    Gone,
}

pub(super) struct IntakeMetrics {
    requests: IntCounterVec,
    seconds: Histogram,
    pub queue_bytes: IntGauge,
    pub connections: IntGauge,
    connections_ended: IntCounterVec,
}

impl IntakeMetrics {
    pub(super) fn new(registry: &Registry) -> IntakeMetrics {
        let gauge = |name: &str, help: &str| registered(registry, IntGauge::new(name, help));
        IntakeMetrics {
            requests: counters(
                registry,
                "buymode_ingest_requests_total",
                "Requests by source (`unknown`: not configured) and outcome.",
                &["source", "outcome"],
            ),
            seconds: registered(
                registry,
                Histogram::with_opts(
                    HistogramOpts::new(
                        "buymode_ingest_request_duration_seconds",
                        "Seconds from a request's head to its answer, for accepted requests.",
                    )
                    .buckets(vec![
                        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
                        10.0,
                    ]),
                ),
            ),
            queue_bytes: gauge(
                "buymode_ingest_queue_bytes",
                "Bytes held by requests in progress: bodies being read, and records that wait for the log.",
            ),
            connections: gauge("buymode_ingest_connections", "Open connections."),
            connections_ended: counters(
                registry,
                "buymode_ingest_connections_ended_total",
                "Connections closed before their normal end, by cause: refused, displaced, timeout, broken.",
                &["cause"],
            ),
        }
    }

    /// Alerts need every series from the start, so that the first event is an increase.
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
        // Any client can cause these: at debug only, so that they cannot fill the log.
        _ => debug!(source, outcome = label, why, "request"),
    }
}

pub(super) fn connection_ended(m: &IntakeMetrics, end: ConnectionEnd, why: &str) {
    let cause = <&str>::from(end);
    m.connections_ended.with_label_values(&[cause]).inc();
    debug!(cause, why, "a connection ended");
}

/// The operating system refuses another connection, most often because too many files are open.
pub(super) fn not_accepted(why: &str) {
    warn!(why, "cannot accept connections; check the limit of open files (ulimit -n)");
}
