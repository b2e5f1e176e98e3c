//! How long a target asks to wait: seconds, an HTTP date, an ISO 8601 time, or a date as people write it. Any
//! other text asks for nothing.

use chrono::{DateTime, NaiveDateTime};

/// A number of this size is a Unix time in seconds, and no length of time.
const UNIX_TIMES: f64 = 1e9;
/// The same in milliseconds.
const UNIX_TIMES_MS: f64 = 1e12;

/// Forms of a time without a zone, which is UTC then.
const FORMS: [&str; 6] = [
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%A, %d-%b-%y %H:%M:%S GMT",
    "%a %b %e %H:%M:%S %Y",
    "%a %b %d %Y %H:%M:%S",
    "%a, %d %b %Y %H:%M:%S GMT",
];

/// Milliseconds from `now_ms` on; 0 where the time is over.
pub fn after_ms(text: &str, now_ms: i64) -> Option<i64> {
    let text = text.trim();
    if text.is_empty() || text.len() > 100 {
        return None;
    }
    if let Ok(number) = text.trim_end_matches('s').parse::<f64>() {
        let ms = match number {
            n if !n.is_finite() || n < 0.0 => return None,
            n if n >= UNIX_TIMES_MS => n - now_ms as f64,
            n if n >= UNIX_TIMES => n * 1_000.0 - now_ms as f64,
            n => n * 1_000.0,
        };
        return Some((ms.ceil() as i64).max(0));
    }
    let zoned = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_rfc2822(text))
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .or_else(|_| {
            // JavaScript's own: `Mon Feb 16 2026 14:02:19 GMT+0000 (Coordinated Universal Time)`.
            let plain = text.split(" (").next().unwrap_or(text);
            DateTime::parse_from_str(plain, "%a %b %d %Y %H:%M:%S GMT%z")
        });
    let at = zoned.map(|at| at.timestamp_millis()).ok().or_else(|| {
        let local = FORMS.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
        local.map(|at| at.and_utc().timestamp_millis())
    })?;
    Some(at.saturating_sub(now_ms).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 2026-11-30 14:00:00 UTC.
    const NOW: i64 = 1_796_047_200_000;

    #[test]
    fn every_spelling_is_understood() {
        for text in [
            "90",
            "90.0",
            "90s",
            "1796047290",
            "1796047290000",
            "Mon, 30 Nov 2026 14:01:30 GMT",
            "Monday, 30-Nov-26 14:01:30 GMT",
            "Mon Nov 30 14:01:30 2026",
            "2026-11-30T14:01:30Z",
            "2026-11-30T15:01:30+01:00",
            "2026-11-30T14:01:30.000+0000",
            "2026-11-30T14:01:30",
            "2026-11-30 14:01:30",
            "Mon Nov 30 2026 14:01:30 GMT+0000 (Coordinated Universal Time)",
        ] {
            assert_eq!(after_ms(text, NOW), Some(90_000), "{text}");
        }
        assert_eq!(after_ms("2026-11-30T13:00:00Z", NOW), Some(0));
        for text in ["", "soon", "-5", "NaN", "inf", "2026-11-30", "14:00"] {
            assert_eq!(after_ms(text, NOW), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_gives_a_time_that_is_not_over_or_none(text in ".{0,120}", now in any::<i64>()) {
            prop_assert!(after_ms(&text, now).is_none_or(|ms| ms >= 0));
        }
    }
}
