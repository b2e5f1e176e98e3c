//! The end of a suppression. An end date that cannot be parsed never ends it: contacting a company that
//! asked not to be contacted is worse than a missed contact.

use super::date::{self, Order};
use crate::domain::terms::time::{Day, Precision, Timestamp};
use chrono::{Datelike, Months, NaiveDate};
use serde_json::Value;

/// The first second of the year 2200, and of the year 10000: dates between them mean "never".
const FAR_SECONDS: std::ops::Range<i128> = 7_258_118_400..253_402_300_800;

/// Words that mean "no end", in lower case without spaces and punctuation.
const NO_END: &[&str] = &[
    "",
    "never",
    "na",
    "none",
    "null",
    "nil",
    "unknown",
    "forever",
    "always",
    "permanent",
    "permanently",
    "indefinite",
    "indefinitely",
    "unlimited",
    "noend",
    "noexpiry",
    "noexpiration",
    "neverexpires",
    "doesnotexpire",
    "open",
    "openended",
    "tbd",
];

/// The end in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// The first day on which it no longer applies.
    Day(Day),
    NoEnd,
    /// The text is ambiguous, so it does not end the suppression.
    Unreadable,
}

pub fn parse(value: &Value, order: Order) -> Until {
    let text = match value {
        Value::Null => return Until::NoEnd,
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => date::number_text(number),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => return Until::Unreadable,
    };
    let letters: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    if NO_END.contains(&letters.to_lowercase().as_str()) || is_far(&text, order) {
        return Until::NoEnd;
    }
    // 1/2/2027 may be in January or in February: the later.
    let read = [Order::DayFirst, Order::MonthFirst].map(|order| date::parse_as(&text, order));
    match read.into_iter().flatten().max_by_key(|(at, _)| *at) {
        // An end before the time of e-mail is a vendor's empty date.
        Some((at, _)) if at.day() <= Day(0) => Until::NoEnd,
        Some((at, precision)) => Until::Day(first_day_after(at, precision, &text)),
        None if is_zero(&text) => Until::NoEnd,
        None => Until::Unreadable,
    }
}

/// A day is the first on which it no longer applies; a time within a day ends it after that day, a
/// month, quarter or year after its last day.
fn first_day_after(at: Timestamp, precision: Precision, text: &str) -> Day {
    let day = at.day();
    let date = day.date();
    let later = match precision {
        Precision::Day if at == day.start() => Some(day),
        Precision::Day => Some(day.next()),
        // A week of a year.
        Precision::Month if text.contains(['W', 'w']) => Some(day.plus(7)),
        Precision::Month => date
            .and_then(|date| date.with_day(1)?.checked_add_months(Months::new(1)))
            .map(Day::from_date),
        Precision::Year | Precision::Unknown => {
            date.and_then(|date| NaiveDate::from_ymd_opt(date.year() + 1, 1, 1)).map(Day::from_date)
        }
    };
    // Beyond the calendar: the latest possible day.
    later.unwrap_or(Day(i32::MAX))
}

/// `0`, `0000-00-00`, `0001-01-01`: values of databases for no date.
fn is_zero(text: &str) -> bool {
    let digits = || text.chars().filter(char::is_ascii_digit);
    let rest = |c: char| c.is_ascii_digit() || "-/.: TZ".contains(c);
    digits().next().is_some()
        && text.chars().all(rest)
        && (digits().all(|c| c == '0') || text.starts_with("0001"))
}

/// The year 2200 or later, as a date or as a count of seconds, milli-, micro- or nanoseconds.
fn is_far(text: &str, order: Order) -> bool {
    if let Ok(number) = text.parse::<i128>()
        && text.len() >= 9
        && date::parse(text).is_none()
    {
        return [1, 1_000, 1_000_000, 1_000_000_000]
            .iter()
            .any(|unit| FAR_SECONDS.contains(&(number / unit)));
    }
    // The same date in a near year, to check that it is a date.
    let years = text.as_bytes().windows(4).enumerate().filter_map(|(at, digits)| {
        let year: u32 = std::str::from_utf8(digits).ok()?.parse().ok()?;
        (year >= 2_200).then_some(at)
    });
    years.into_iter().any(|at| {
        let near = [&text[..at], "2096", &text[at + 4..]].concat();
        date::parse_as(text, order).is_none() && date::parse_as(&near, order).is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_a_plain_end_does_not_end_it() {
        let day = |text: &str| Until::Day(date::parse(text).unwrap().0.day());
        for (value, expected) in [
            (json!("2026-12-31"), day("2026-12-31")),
            (json!(20_261_231), day("2026-12-31")),
            (json!(20_261_231.0), day("2026-12-31")),
            (json!("20261231"), day("2026-12-31")),
            (json!(1_798_675_200), day("2026-12-31")),
            (json!(1_798_675_200_000_i64), day("2026-12-31")),
            (json!("2026-12-31T00:00:00Z"), day("2026-12-31")),
            (json!("2026-12-31T23:59:59Z"), day("2027-01-01")),
            (json!("01/02/2027"), day("2027-02-01")),
            (json!("02/01/2027"), day("2027-02-01")),
            (json!("31/01/2027"), day("2027-01-31")),
            (json!("2027-04-01T00:00:00+09:00"), day("2027-04-01")),
            (json!("2027-03-31T23:00:00-08:00"), day("2027-04-02")),
            (json!("Q2 2027"), day("2028-01-01")),
            (json!("2026-07"), day("2026-08-01")),
            (json!("February 2028"), day("2028-03-01")),
            (json!("2026"), day("2027-01-01")),
            (json!(2_026), day("2027-01-01")),
            (json!("2026-W10"), day("2026-03-09")),
            (json!("2019-05-05"), day("2019-05-05")),
            (json!(null), Until::NoEnd),
            (json!(""), Until::NoEnd),
            (json!("never"), Until::NoEnd),
            (json!("Never."), Until::NoEnd),
            (json!("N/A"), Until::NoEnd),
            (json!("-"), Until::NoEnd),
            (json!("—"), Until::NoEnd),
            (json!("no end"), Until::NoEnd),
            (json!("9999-12-31"), Until::NoEnd),
            (json!("9999-12-31T23:59:59.999Z"), Until::NoEnd),
            (json!("31/12/9999"), Until::NoEnd),
            (json!("Dec 31, 9999"), Until::NoEnd),
            (json!("2999-01-01"), Until::NoEnd),
            (json!("9999"), Until::NoEnd),
            (json!(99_991_231), Until::NoEnd),
            (json!(99_991_231.0), Until::NoEnd),
            (json!(253_402_300_799_i64), Until::NoEnd),
            (json!(253_402_300_799.0), Until::NoEnd),
            (json!("253402300799"), Until::NoEnd),
            (json!(253_402_214_400_000_i64), Until::NoEnd),
            (json!("253402300799999"), Until::NoEnd),
            (json!(32_503_680_000_i64), Until::NoEnd),
            (json!(i64::MAX), Until::NoEnd),
            (json!(0), Until::NoEnd),
            (json!("1970-01-01"), Until::NoEnd),
            (json!("1970-01-01T00:00:00Z"), Until::NoEnd),
            (json!("0000-00-00"), Until::NoEnd),
            (json!("0001-01-01T00:00:00"), Until::NoEnd),
            (json!("1899-12-30"), Until::NoEnd),
            (json!("30 days"), Until::Unreadable),
            (json!("3 months ago"), Until::Unreadable),
            (json!("next summer"), Until::Unreadable),
            (json!("2026-13-45"), Until::Unreadable),
            (json!(12_345_678), Until::Unreadable),
            (json!(7), Until::Unreadable),
            (json!(true), Until::Unreadable),
            (json!({"date": "2026-12-31"}), Until::Unreadable),
        ] {
            assert_eq!(parse(&value, Order::MonthFirst), expected, "{value}");
        }
    }

    proptest::proptest! {
        /// Only an unambiguous date ends it, and none before 1970.
        #[test]
        fn no_value_ends_it_in_the_past_by_accident(number: i64, text in "\\PC{0,20}|[0-9]{1,20}(\\.[0-9]{0,3})?") {
            for value in [json!(number), json!(text)] {
                if let Until::Day(day) = parse(&value, Order::DayFirst) {
                    proptest::prop_assert!(day > Day(0), "{value} {day}");
                }
            }
        }
    }
}
