//! Makes and registers a metric in one call.

use prometheus::core::Collector;
use prometheus::{Histogram, HistogramOpts, IntCounterVec, Opts, Registry};

pub(super) fn counters(
    registry: &Registry,
    name: &str,
    help: &str,
    labels: &[&str],
) -> IntCounterVec {
    registered(registry, IntCounterVec::new(Opts::new(name, help), labels))
}

pub(super) fn registered<C: Collector + Clone + 'static>(
    registry: &Registry,
    made: Result<C, prometheus::Error>,
) -> C {
    let made = made.expect("names and labels are valid: a test makes them all");
    registry.register(Box::new(made.clone())).expect("names differ: a test registers them all");
    made
}

pub(super) fn histogram(registry: &Registry, name: &str, help: &str, buckets: &[f64]) -> Histogram {
    let opts = HistogramOpts::new(name, help).buckets(buckets.to_vec());
    registered(registry, Histogram::with_opts(opts))
}

/// Memory, CPU time, open files, threads and the start of the process.
#[cfg(target_os = "linux")]
pub(super) fn this_process(registry: &Registry) {
    let collector = prometheus::process_collector::ProcessCollector::for_self();
    registry.register(Box::new(collector)).expect("names differ: a test registers them all");
}

#[cfg(not(target_os = "linux"))]
pub(super) fn this_process(registry: &Registry) {
    let help = "Start time of the process, Unix seconds.";
    let started = registered(registry, prometheus::Gauge::new("process_start_time_seconds", help));
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    started.set(now.as_secs_f64());
}
