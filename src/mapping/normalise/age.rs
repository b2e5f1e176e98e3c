//! Ages instead of dates: `over 8 years`, `about 1 month`, `22 days ago`, `3 minutes`. An age counts
//! back from the time it was written, and its precision is that of its unit.

use crate::domain::terms::time::{DAY_MS, Precision, Timestamp};

const MINUTE_MS: i64 = 60_000;
/// The mean month and year of the calendar, from thousandths of days.
const MONTH_MS: i64 = DAY_MS / 1_000 * 30_437;
const YEAR_MS: i64 = DAY_MS / 1_000 * 365_243;

/// The middle of the period that the words allow, by the rules of Rails' `distance_of_time_in_words`:
/// "about 8 years" is up to a quarter more, "over" a quarter to three, "almost" the last quarter.
pub fn parse(text: &str, written_at: Timestamp) -> Option<(Timestamp, Precision)> {
    let lower = text.trim().to_lowercase();
    if matches!(lower.as_str(), "today" | "just now" | "now") {
        return Some((written_at, Precision::Day));
    }
    if lower == "yesterday" {
        return Some((Timestamp(written_at.0.checked_sub(DAY_MS)?), Precision::Day));
    }
    let last = match lower.as_str() {
        "last week" => Some((7 * DAY_MS, Precision::Day)),
        "last month" => Some((MONTH_MS, Precision::Month)),
        "last year" => Some((YEAR_MS, Precision::Year)),
        _ => None,
    };
    if let Some((ms, precision)) = last {
        return Some((Timestamp(written_at.0.checked_sub(ms)?), precision));
    }
    let words = lower.strip_prefix("posted ").unwrap_or(&lower);
    let words = words.strip_suffix(" ago").unwrap_or(words).trim();
    let (hedge, rest) = match words.split_once(' ') {
        Some((hedge @ ("about" | "over" | "almost"), rest)) => (hedge, rest),
        Some(("less", rest)) => ("almost", rest.strip_prefix("than ")?),
        _ => ("", words),
    };
    // "3d" and "2 weeks".
    let (count, unit) = rest.split_once(' ').or_else(|| {
        let at = rest.find(|c: char| !c.is_ascii_digit())?;
        (at > 0).then(|| rest.split_at(at))
    })?;
    // "30+ days": at least that long ago, so the day is unknown.
    let (count, open) = match count.strip_suffix('+') {
        Some(count) => (count, true),
        None => (count, false),
    };
    let count: i64 = match count {
        "a" | "an" | "one" => 1,
        digits => digits.parse().ok().filter(|n| (0..=1_000).contains(n))?,
    };
    let (unit, open) = match unit.strip_prefix('+') {
        Some(unit) => (unit.trim_start(), true),
        None => (unit, open),
    };
    let (unit_ms, precision) = match unit.strip_suffix('s').unwrap_or(unit) {
        "second" | "sec" => (1_000, Precision::Day),
        "minute" | "min" => (MINUTE_MS, Precision::Day),
        "hour" | "hr" | "h" => (60 * MINUTE_MS, Precision::Day),
        "day" | "d" => (DAY_MS, Precision::Day),
        "week" | "wk" | "w" => (7 * DAY_MS, Precision::Day),
        "month" | "mo" => (MONTH_MS, Precision::Month),
        "year" | "yr" | "y" => (YEAR_MS, Precision::Year),
        _ => return None,
    };
    let precision = if open && precision == Precision::Day { Precision::Month } else { precision };
    let eighths = match (hedge, precision) {
        ("about", Precision::Year) => 1,
        ("over", Precision::Year) => 4,
        ("almost", Precision::Year) => -1,
        _ => 0,
    };
    let age_ms = count * unit_ms + unit_ms / 8 * eighths;
    Some((Timestamp(written_at.0.checked_sub(age_ms.max(0))?), precision))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::terms::time::Day;
    use chrono::NaiveDate;

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,24}|[0-9]{0,5}\\+? ?[a-z]{1,6}", at: i64) {
            let _ = parse(&text, Timestamp(at));
        }
    }

    #[test]
    fn ages_count_back_from_when_they_were_written() {
        let at = Day::from_date(NaiveDate::from_ymd_opt(2026, 5, 6).unwrap()).start();
        for (text, day, precision) in [
            ("22 days", "2026-04-14", Precision::Day),
            ("3 minutes", "2026-05-05", Precision::Day),
            ("about 1 month", "2026-04-05", Precision::Month),
            ("2 months ago", "2026-03-06", Precision::Month),
            ("over 8 years", "2017-11-04", Precision::Year),
            ("about 4 years", "2022-03-21", Precision::Year),
            ("almost 3 years", "2023-06-20", Precision::Year),
            ("yesterday", "2026-05-05", Precision::Day),
            ("30+ days ago", "2026-04-06", Precision::Month),
            ("Posted 3 days ago", "2026-05-03", Precision::Day),
            ("3d", "2026-05-03", Precision::Day),
            ("2w ago", "2026-04-22", Precision::Day),
            ("5mo", "2025-12-04", Precision::Month),
            ("last week", "2026-04-29", Precision::Day),
            ("an hour ago", "2026-05-05", Precision::Day),
        ] {
            let (got, p) = parse(text, at).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((got.day().to_string().as_str(), p), (day, precision), "{text}");
        }
        for text in ["", "years", "over the moon", "2026", "-3 days", "9999999 years"] {
            assert_eq!(parse(text, at), None, "{text}");
        }
    }
}
