//! Whether a machine's clock may stamp records. A clock that is wrong by months, if only once, gives a
//! log a time that nothing can follow: signals age at once, and retention takes what is young.

use chrono::{DateTime, SecondsFormat};

const DAY_MS: i64 = 86_400_000;
/// How far a clock may be behind what the log has seen.
const BEHIND_MS_MAX: i64 = DAY_MS;
/// How far it may be ahead of the log's last time; a log may be idle for weeks.
const AHEAD_MS_MAX: i64 = 30 * DAY_MS;
/// How far it may differ from the clock of a broker.
const APART_MS_MAX: i64 = DAY_MS;

/// Compares a clock with the time of the last record that a clock stamped. Times are milliseconds
/// since 1970-01-01 UTC.
///
/// # Errors
/// They are too far apart; the message names both.
pub fn beside_log(now_ms: i64, last_ms: i64, location: &str) -> Result<(), String> {
    let ahead_ms = now_ms.saturating_sub(last_ms);
    if (-BEHIND_MS_MAX..=AHEAD_MS_MAX).contains(&ahead_ms) {
        return Ok(());
    }
    let cause = if ahead_ms > 0 { "the log was idle" } else { "a wrong clock wrote that record" };
    Err(format!(
        "this machine's clock says {}, the last record of the log at {location} is of {}, {}: set the \
         clock, or use --clock-is-right if it is right and {cause}",
        shown(now_ms),
        shown(last_ms),
        apart(-ahead_ms)
    ))
}

/// Compares a clock with the time that the broker stamps.
///
/// # Errors
/// They are more than a day apart; the message names both.
pub fn beside_broker(now_ms: i64, broker_ms: i64, location: &str) -> Result<(), String> {
    let behind_ms = broker_ms.saturating_sub(now_ms);
    if behind_ms.saturating_abs() <= APART_MS_MAX {
        return Ok(());
    }
    Err(format!(
        "this machine's clock says {}, the broker at {location} stamps records with {}, {}: set the clock \
         that is wrong, or use --clock-is-right if this machine's is right",
        shown(now_ms),
        shown(broker_ms),
        apart(behind_ms)
    ))
}

fn apart(ms: i64) -> String {
    let days = ms.unsigned_abs() / DAY_MS.unsigned_abs();
    let unit = if days == 1 { "day" } else { "days" };
    format!("{days} {unit} {}", if ms < 0 { "earlier" } else { "later" })
}

fn shown(ms: i64) -> String {
    DateTime::from_timestamp_millis(ms)
        .map_or_else(|| format!("{ms} ms"), |t| t.to_rfc3339_opts(SecondsFormat::Secs, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_764_000_000_000;

    #[test]
    fn a_clock_may_be_a_day_behind_and_thirty_days_ahead_of_the_log() {
        for (ahead_ms, fits) in [
            (0, true),
            (30 * DAY_MS, true),
            (30 * DAY_MS + 1, false),
            (400 * DAY_MS, false),
            (-DAY_MS, true),
            (-DAY_MS - 1, false),
            (-400 * DAY_MS, false),
            (i64::MAX - NOW, false),
        ] {
            assert_eq!(beside_log(NOW + ahead_ms, NOW, "x").is_ok(), fits, "{ahead_ms}");
        }
        for (ahead_ms, fits) in [(DAY_MS, true), (DAY_MS + 1, false), (-DAY_MS - 1, false)] {
            assert_eq!(beside_broker(NOW + ahead_ms, NOW, "x").is_ok(), fits, "{ahead_ms}");
        }
    }

    #[test]
    fn both_times_and_the_way_on_are_named() {
        let said = beside_log(NOW + 400 * DAY_MS, NOW, "./data").unwrap_err();
        for part in
            ["2026-12-29T16:00:00Z", "2025-11-24T16:00:00Z", "400 days earlier", "./data", "idle"]
        {
            assert!(said.contains(part) && said.contains("--clock-is-right"), "{part}: {said}");
        }
        let said = beside_log(NOW - 2 * DAY_MS, NOW, "./data").unwrap_err();
        assert!(said.contains("2 days later") && said.contains("a wrong clock"), "{said}");
        let said = beside_broker(NOW, NOW + 3 * DAY_MS, "k:9092").unwrap_err();
        assert!(said.contains("3 days later") && said.contains("k:9092"), "{said}");
    }
}
