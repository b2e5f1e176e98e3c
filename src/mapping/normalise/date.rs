//! Dates in vendors' formats, with the precision of each format. Where day and month are ambiguous
//! (`7/5/2020`), the mapping sets which comes first; by default the month, as Americans write it. Relative ages are in [`super::age`], parts
//! of a year in [`super::part`].

use super::months::{any_month, is_weekday};
use super::part;
use crate::domain::terms::time::{Day, Precision, Timestamp};
use chrono::{DateTime, NaiveDate, NaiveDateTime};

/// Epoch numbers from these on are milliseconds, micro- and nanoseconds; smaller ones are seconds.
const MILLISECONDS_FROM: i64 = 100_000_000_000;
const MICROSECONDS_FROM: i64 = 100_000_000_000_000;
const NANOSECONDS_FROM: i64 = 100_000_000_000_000_000;
/// 1990-01-01.
const EPOCH_FROM_MS: i64 = 631_152_000_000;
const YEARS: std::ops::RangeInclusive<i32> = 1800..=2199;

/// Whether the month or the day comes first in `7/5/2020`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    #[default]
    MonthFirst,
    DayFirst,
}

/// Hours from UTC of zone names that are unambiguous.
const ZONES: &[(&str, i64)] = &[
    ("UTC", 0),
    ("GMT", 0),
    ("Z", 0),
    ("EST", -5),
    ("EDT", -4),
    ("CST", -6),
    ("CDT", -5),
    ("MST", -7),
    ("MDT", -6),
    ("PST", -8),
    ("PDT", -7),
    ("CET", 1),
    ("CEST", 2),
    ("JST", 9),
];

/// Words before a year or month that name a part of it.
const PARTS: &[&str] =
    &["early", "mid", "late", "beginning of", "start of", "middle of", "end of", "around"];

/// Parses a date, with the month first where it is ambiguous.
pub fn parse(text: &str) -> Option<(Timestamp, Precision)> {
    parse_as(text, Order::MonthFirst)
}

/// Parses a date; `None` before 1800 and after 2199.
pub fn parse_as(text: &str, order: Order) -> Option<(Timestamp, Precision)> {
    let text = text.trim();
    plain(text, order).or_else(|| with_time(text, order)).or_else(|| part_of(text, order))
}

fn plain(text: &str, order: Order) -> Option<(Timestamp, Precision)> {
    let (at, precision) = instant(text)
        .or_else(|| epoch(text))
        .or_else(|| part::quarter(text))
        .or_else(|| part::spoken(text))
        .or_else(|| part::week(text))
        .or_else(|| in_digits(text, order))
        .or_else(|| in_words(text))?;
    within(at, precision)
}

/// A day with a time. A day with any other text after it is refused, not guessed.
fn with_time(text: &str, order: Order) -> Option<(Timestamp, Precision)> {
    let (text, hours) = match text.rsplit_once(' ') {
        Some((rest, name)) => match ZONES.iter().find(|(zone, _)| *zone == name) {
            Some((_, hours)) => (rest, *hours),
            None => (text, 0),
        },
        None => (text, 0),
    };
    let (date, time) = text.split_once(' ').or_else(|| text.split_once('T'))?;
    let time = ["%H:%M:%S%.f", "%H:%M", "%I:%M %p", "%I:%M:%S %p"]
        .iter()
        .find_map(|format| chrono::NaiveTime::parse_from_str(time, format).ok())?;
    let (day, precision) = in_digits(date, order)?;
    let seconds = i64::from(chrono::Timelike::num_seconds_from_midnight(&time)) - hours * 3_600;
    let at = Timestamp(day.0 + seconds * 1_000);
    if precision == Precision::Day { within(at, precision) } else { None }
}

/// `early 2024`, `H1 2024`: the year; `late March 2024`: the month.
fn part_of(text: &str, order: Order) -> Option<(Timestamp, Precision)> {
    let lower = text.to_lowercase();
    if let Some(rest) = PARTS.iter().find_map(|part| lower.strip_prefix(part)) {
        let (at, precision) = plain(rest.trim_start_matches([' ', '-']), order)?;
        return (precision != Precision::Day).then_some((at, precision));
    }
    let (at, precision) = part::half(&lower)?;
    within(at, precision)
}

/// Seconds, milli-, micro- or nanoseconds since 1970, as nine or more digits, perhaps with a fraction.
/// Numbers between 1970 and 1990 are refused, since they have other meanings (a day written as
/// `20260101`, the year 9999 in seconds).
fn epoch(text: &str) -> Option<(Timestamp, Precision)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !(9..=19).contains(&digits.len()) || !all_digits(digits) || !all_digits(fraction) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    let at = match number.checked_abs()? {
        NANOSECONDS_FROM.. => Timestamp(number / 1_000_000),
        MICROSECONDS_FROM.. => Timestamp(number / 1_000),
        MILLISECONDS_FROM.. => Timestamp(number),
        _ => Timestamp(number * 1_000),
    };
    let plain = at.0 < 0 || at.0 >= EPOCH_FROM_MS;
    plain.then(|| within(at, Precision::Day)).flatten()
}

/// A number says what the same digits say as a text.
pub fn from_number(number: &serde_json::Number) -> Option<(Timestamp, Precision)> {
    parse(&number_text(number))
}

/// A number in digits: no exponent, and no fraction of nothing (`20260101.0` is `20260101`).
pub fn number_text(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => float.to_string(),
        _ => number.to_string(),
    }
}

fn within(at: Timestamp, precision: Precision) -> Option<(Timestamp, Precision)> {
    let year = at.day().date().map(|d| chrono::Datelike::year(&d))?;
    YEARS.contains(&year).then_some((at, precision))
}

fn instant(text: &str) -> Option<(Timestamp, Precision)> {
    if !text.contains(':') {
        return None;
    }
    let zoned = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_rfc2822(text))
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f %z"))
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z"))
        .map(|t| t.timestamp_millis());
    let naive = || {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
            .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M"))
            .map(|t| t.and_utc().timestamp_millis())
    };
    let ms = zoned.ok().or_else(|| naive().ok())?;
    Some((Timestamp(ms), Precision::Day))
}

/// Digits with dashes, slashes, dots or no separator.
fn in_digits(text: &str, order: Order) -> Option<(Timestamp, Precision)> {
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let separator = text.chars().find(|c| !c.is_ascii_digit());
    match parts[..] {
        [year] if year.len() == 4 => day(number(year, 4)?, 1, 1, Precision::Year),
        [compact] if compact.len() == 6 => {
            day(number(compact.get(..4)?, 4)?, number(compact.get(4..)?, 2)?, 1, Precision::Month)
        }
        [compact] if compact.len() == 8 => day(
            number(compact.get(..4)?, 4)?,
            number(compact.get(4..6)?, 2)?,
            number(compact.get(6..)?, 2)?,
            Precision::Day,
        ),
        [year, month] if year.len() == 4 => {
            day(number(year, 4)?, number(month, 2)?, 1, Precision::Month)
        }
        [month, year] if year.len() == 4 => {
            day(number(year, 4)?, number(month, 2)?, 1, Precision::Month)
        }
        [year, month, d] if year.len() == 4 => {
            day(number(year, 4)?, number(month, 2)?, number(d, 2)?, Precision::Day)
        }
        [first, second, year] if year.len() == 4 => {
            let (first, second) = (number(first, 2)?, number(second, 2)?);
            let open = separator == Some('/') && first <= 12 && second <= 12;
            let day_first = match open {
                true => order == Order::DayFirst,
                false => separator != Some('/') || first > 12,
            };
            let (month, d) = if day_first { (second, first) } else { (first, second) };
            day(number(year, 4)?, month, d, Precision::Day)
        }
        _ => None,
    }
}

/// `Jan 5, 2020`, `5 January 2020`, `January 2020`; `5. März 2020`, `1er mars 2020`, `3 de marzo de 2020`.
fn in_words(text: &str) -> Option<(Timestamp, Precision)> {
    let gap = |c: char| c.is_whitespace() || matches!(c, ',' | '-');
    let words = text.split(gap).filter(|word| !matches!(*word, "" | "de" | "del"));
    let mut words: Vec<&str> = words.collect();
    if words.len() == 4 && is_weekday(words[0]) {
        words.remove(0);
    }
    let plain = |word: &str| {
        let digits = word.trim_end_matches(|c: char| !c.is_ascii_digit()).to_owned();
        let ending = word[digits.len()..].to_lowercase();
        matches!(ending.as_str(), "" | "st" | "nd" | "rd" | "th" | "." | "er" | "º" | "°")
            .then_some(digits)
    };
    match words[..] {
        [name, year] => day(number(year, 4)?, any_month(name)?, 1, Precision::Month),
        [a, b, year] => {
            let (name, d) = if any_month(a).is_some() { (a, b) } else { (b, a) };
            day(number(year, 4)?, any_month(name)?, number(&plain(d)?, 2)?, Precision::Day)
        }
        _ => None,
    }
}

pub(super) fn number(digits: &str, most: usize) -> Option<u32> {
    let fine =
        !digits.is_empty() && digits.len() <= most && digits.bytes().all(|b| b.is_ascii_digit());
    fine.then(|| digits.parse().ok()).flatten()
}

pub(super) fn day(
    year: u32,
    month: u32,
    day: u32,
    precision: Precision,
) -> Option<(Timestamp, Precision)> {
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    Some((Day::from_date(date).start(), precision))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_come_in_many_spellings() {
        use Precision as P;
        for (text, day, precision) in [
            ("2012-06-30", "2012-06-30", P::Day),
            ("2012-06", "2012-06-01", P::Month),
            ("2012", "2012-01-01", P::Year),
            ("202504", "2025-04-01", P::Month),
            ("20250417", "2025-04-17", P::Day),
            ("2012-Q2", "2012-04-01", P::Year),
            ("7/5/2020", "2020-07-05", P::Day),
            ("25/12/2020", "2020-12-25", P::Day),
            ("7/5/2020 12:00 AM", "2020-07-05", P::Day),
            ("05.07.2020", "2020-07-05", P::Day),
            ("Jan 5, 2020", "2020-01-05", P::Day),
            ("5th Sept 2020", "2020-09-05", P::Day),
            ("January 2020", "2020-01-01", P::Month),
            ("1960-01-01", "1960-01-01", P::Day),
            ("2025-10-10T21:10:27.371+00:00", "2025-10-10", P::Day),
            ("2025-10-10T23:30:00-05:00", "2025-10-11", P::Day),
            ("2025-10-10 21:10:27", "2025-10-10", P::Day),
            ("2025-10-10T21:10:27", "2025-10-10", P::Day),
            ("Q2 2024", "2024-04-01", P::Year),
            ("2024Q3", "2024-07-01", P::Year),
            ("Q2 of 2025", "2025-04-01", P::Year),
            ("second quarter of 2025", "2025-04-01", P::Year),
            ("the last quarter of 2025", "2025-10-01", P::Year),
            ("4th Quarter, 2025", "2025-10-01", P::Year),
            ("late third-quarter 2025", "2025-07-01", P::Year),
            ("second half of 2025", "2025-07-01", P::Year),
            ("H2 2024", "2024-07-01", P::Year),
            ("2024 H1", "2024-01-01", P::Year),
            ("early 2024", "2024-01-01", P::Year),
            ("mid-2024", "2024-01-01", P::Year),
            ("late March 2024", "2024-03-01", P::Month),
            ("2024-W12", "2024-03-18", P::Month),
            ("2024-W12-3", "2024-03-20", P::Day),
            ("2025-10-10 22:10:27 PST", "2025-10-11", P::Day),
            ("10/10/2025 10:10 PM EST", "2025-10-11", P::Day),
            ("2025-10-10 21:10:27 +0000", "2025-10-10", P::Day),
            ("2025-10-10 23:10:27-05", "2025-10-11", P::Day),
            ("Fri, 10 Oct 2025 23:00:00 EST", "2025-10-11", P::Day),
            ("Friday, October 10, 2025", "2025-10-10", P::Day),
            ("1700000000", "2023-11-14", P::Day),
            ("1700000000000", "2023-11-14", P::Day),
            ("1700000000000000", "2023-11-14", P::Day),
            ("1. März 2026", "2026-03-01", P::Day),
            ("01. Maerz 2026", "2026-03-01", P::Day),
            ("Mittwoch, 4. März 2026", "2026-03-04", P::Day),
            ("31. Dez. 2026", "2026-12-31", P::Day),
            ("Jänner 2026", "2026-01-01", P::Month),
            ("1er mars 2026", "2026-03-01", P::Day),
            ("3 févr. 2026", "2026-02-03", P::Day),
            ("lundi 14 août 2023", "2023-08-14", P::Day),
            ("déc. 2025", "2025-12-01", P::Month),
            ("3 de marzo de 2026", "2026-03-03", P::Day),
            ("15 ottobre 2025", "2025-10-15", P::Day),
            ("5 maart 2026", "2026-03-05", P::Day),
            ("12 de fevereiro de 2026", "2026-02-12", P::Day),
        ] {
            let (at, p) = parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((at.day().to_string().as_str(), p), (day, precision), "{text}");
        }
        for text in [
            "",
            "0000-00-00",
            "2012-13-01",
            "2011-02-29",
            "soon",
            "0001-01-01",
            "9999-01-01",
            "2012-06-30 whenever",
            "é-12-2020",
            "12345",
            "early 2024-05-06",
            "Q5 2024",
            "fifth quarter of 2024",
            "last half of 2024",
            "second quarter of 25",
            "FY25 Q2",
            "second quarter of fiscal 2025",
            "2024-W54",
            "2025-10-10 21:10:27 XYZ",
            // Of a spreadsheet: the day or the year is missing.
            "Dec-25",
            "25-Dec",
            "12/25",
            "46086",
            "1. Smarch 2026",
            "de 2026",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_mapping_says_whether_the_day_comes_first() {
        let day = |text, order| parse_as(text, order).unwrap().0.day().to_string();
        assert_eq!(day("7/5/2020", Order::DayFirst), "2020-05-07");
        assert_eq!(day("7/5/2020", Order::MonthFirst), "2020-07-05");
        assert_eq!(day("7/25/2020", Order::DayFirst), "2020-07-25", "it can only be so");
        assert_eq!(day("07.05.2020", Order::MonthFirst), "2020-05-07", "dots are European");
    }

    proptest::proptest! {
        #[test]
        fn what_was_read_reads_the_same_again(
            text in "\\PC{0,24}|[0-9]{1,4}[-/. ]?[QWH]?[0-9]{1,2}([-/.][0-9]{1,4})?( [0-9]{1,2}:[0-9]{2}( [A-Z]{2,4})?)?"
        ) {
            if let Some((at, _)) = parse(&text) {
                let again = parse(&at.to_rfc3339());
                proptest::prop_assert_eq!(again, Some((at, Precision::Day)));
            }
        }

        #[test]
        fn no_number_makes_it_panic_and_it_reads_like_its_digits(number: i64, float: f64) {
            let digits = number.to_string();
            proptest::prop_assert_eq!(from_number(&number.into()), parse(&digits));
            if let Some(float) = serde_json::Number::from_f64(float) {
                let _ = from_number(&float);
            }
        }
    }

    #[test]
    fn numbers_texts_and_floats_of_one_moment_read_the_same() {
        for (digits, day) in [
            ("1700000000", Some("2023-11-14")),
            ("1700000000000", Some("2023-11-14")),
            ("1700000000000000", Some("2023-11-14")),
            ("700000000", Some("1992-03-07")),
            ("-100000000", Some("1966-10-31")),
            ("20260101", Some("2026-01-01")),
            ("202601", Some("2026-01-01")),
            ("2012", Some("2012-01-01")),
            // Neither days nor seconds: the years 1970 to 1990 are never guessed.
            ("20261301", None),
            ("631151999", None),
            ("99991231", None),
            ("253402300799", None),
            ("253402300799000", None),
            ("7", None),
            ("0", None),
            ("9223372036854775807", None),
        ] {
            let shown =
                |found: Option<(Timestamp, Precision)>| found.map(|f| f.0.day().to_string());
            let whole: i64 = digits.parse().unwrap();
            assert_eq!(shown(parse(digits)).as_deref(), day, "{digits} as a text");
            assert_eq!(shown(from_number(&whole.into())).as_deref(), day, "{digits} as a number");
            let float = serde_json::Number::from_f64(whole as f64).unwrap();
            assert_eq!(shown(from_number(&float)).as_deref(), day, "{digits} as a float");
        }
        let day = |text| parse(text).map(|(at, _)| at.day().to_string());
        assert_eq!(day("1709633700.123").as_deref(), Some("2024-03-05"));
        assert_eq!(day("20260101.0"), None, "a text is not cut");
    }
}
