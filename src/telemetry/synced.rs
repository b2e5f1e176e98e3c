//! What a look of `deliver sync` came to, as metrics: a command has no page, so they go into a file.

use super::counters::registered;
use crate::runtime::worker::now_ms;
use prometheus::{IntGaugeVec, Opts, Registry, TextEncoder};

/// The page of a look that ends now. `crm`: the name in the roster; `results`: accounts, by what became of them.
///
/// # Errors
/// Where the metrics cannot be written as text.
pub fn sync_page(
    crm: &str,
    results: &[(&str, u64)],
    requests: u64,
) -> Result<String, prometheus::Error> {
    let registry = Registry::new();
    let gauges = |name, help, labels: &[&str]| -> Result<IntGaugeVec, prometheus::Error> {
        Ok(registered(&registry, IntGaugeVec::new(Opts::new(name, help), labels)))
    };
    let capped = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let accounts = gauges(
        "buymode_sync_accounts",
        "Accounts of the last look, by CRM and result (written, unchanged, left_out, refused, put_off).",
        &["crm", "result"],
    )?;
    for (result, n) in results {
        accounts.with_label_values(&[crm, result]).set(capped(*n));
    }
    let made = gauges("buymode_sync_requests", "Requests of the last look, by CRM.", &["crm"])?;
    made.with_label_values(&[crm]).set(capped(requests));
    let ended = gauges(
        "buymode_sync_completed_timestamp_seconds",
        "When the last look at all accounts ended, by CRM, Unix seconds.",
        &["crm"],
    )?;
    ended.with_label_values(&[crm]).set(now_ms() / 1_000);
    TextEncoder::new().encode_to_string(&registry.gather())
}
