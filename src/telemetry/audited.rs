//! The result of an audit as metrics: a command has no page, so they go into a file.

use super::counters::registered;
use crate::runtime::worker::now_ms;
use prometheus::{IntGauge, Registry, TextEncoder};

/// The page of an audit that ends now.
///
/// # Errors
/// Where the metrics cannot be written as text.
pub fn audit_page(inputs: u64, differences: u64) -> Result<String, prometheus::Error> {
    let registry = Registry::new();
    let set = |name, help, value: i64| registered(&registry, IntGauge::new(name, help)).set(value);
    let capped = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    set(
        "buymode_audit_differences",
        "Records that the last audit found missing, duplicate or different.",
        capped(differences),
    );
    set("buymode_audit_inputs", "Inputs that the last audit folded again.", capped(inputs));
    set(
        "buymode_audit_completed_timestamp_seconds",
        "When the last audit ended, Unix seconds.",
        now_ms() / 1_000,
    );
    TextEncoder::new().encode_to_string(&registry.gather())
}
