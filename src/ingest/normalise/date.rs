//! Dates in the spellings vendors use, with the precision each spelling has. Where day and month
//! could be either, the American order is taken (`7/5/2020` is the fifth of July): every vendor
//! seen to write slashes is American. Relative ages are in [`super::age`].

use crate::domain::time::{Day, Precision, Timestamp};
use chrono::{DateTime, NaiveDate, NaiveDateTime};

/// Vendors' numbers above this are milliseconds, below it seconds.
const MILLISECONDS_FROM: i64 = 100_000_000_000;
const YEARS: std::ops::RangeInclusive<i32> = 1800..=2199;

/// A date before 1800 or after 2199 is no date.
pub fn parse(text: &str) -> Option<(Timestamp, Precision)> {
    let text = text.trim();
    let found = instant(text).or_else(|| in_digits(text)).or_else(|| in_words(text));
    let found = found.or_else(|| {
        // A day with something after it that is no time we know is not guessed at.
        let (date, time) = text.split_once(' ')?;
        let time = ["%H:%M:%S%.f", "%H:%M", "%I:%M %p", "%I:%M:%S %p"].iter().find_map(|f| {
            chrono::NaiveTime::parse_from_str(time.trim_end_matches(" UTC"), f).ok()
        })?;
        let (day, precision) = in_digits(date)?;
        let ms = i64::from(chrono::Timelike::num_seconds_from_midnight(&time)) * 1_000;
        (precision == Precision::Day).then_some((Timestamp(day.0 + ms), precision))
    });
    found.and_then(|(at, precision)| within(at, precision))
}

/// Seconds or milliseconds since 1970, or a bare year.
pub fn from_number(number: i64) -> Option<(Timestamp, Precision)> {
    match number {
        n if (1800..=2199).contains(&n) => parse(&n.to_string()),
        n if n.abs() >= MILLISECONDS_FROM => within(Timestamp(n), Precision::Day),
        n if n.abs() >= 10_000_000 => within(Timestamp(n.checked_mul(1_000)?), Precision::Day),
        _ => None,
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
        .map(|t| t.timestamp_millis());
    let naive = || {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
            .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M"))
            .map(|t| t.and_utc().timestamp_millis())
    };
    let ms = zoned.ok().or_else(|| naive().ok())?;
    Some((Timestamp(ms), Precision::Day))
}

/// Digits with dashes, slashes or dots, or none.
fn in_digits(text: &str) -> Option<(Timestamp, Precision)> {
    if let Some((year, quarter)) = text.split_once("-Q").or_else(|| text.split_once(" Q")) {
        let quarter: u32 = quarter.parse().ok().filter(|q| (1..=4).contains(q))?;
        return day(number(year, 4)?, quarter * 3 - 2, 1, Precision::Year);
    }
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
            let european = separator != Some('/') || first > 12;
            let (month, d) = if european { (second, first) } else { (first, second) };
            day(number(year, 4)?, month, d, Precision::Day)
        }
        _ => None,
    }
}

/// `Jan 5, 2020`, `5 January 2020`, `January 2020`.
fn in_words(text: &str) -> Option<(Timestamp, Precision)> {
    let words: Vec<&str> = text.split([' ', ',', '-']).filter(|w| !w.is_empty()).collect();
    let plain = |word: &str| {
        let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic()).to_owned();
        let ending = word[digits.len()..].to_lowercase();
        matches!(ending.as_str(), "" | "st" | "nd" | "rd" | "th").then_some(digits)
    };
    match words[..] {
        [name, year] => day(number(year, 4)?, month(name)?, 1, Precision::Month),
        [a, b, year] => {
            let (name, d) = if month(a).is_some() { (a, b) } else { (b, a) };
            day(number(year, 4)?, month(name)?, number(&plain(d)?, 2)?, Precision::Day)
        }
        _ => None,
    }
}

fn month(name: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let lower = name.trim_end_matches('.').to_lowercase();
    let lower = if lower == "sept" { "sep" } else { &lower };
    let at =
        MONTHS.iter().position(|m| *m == lower || (lower.len() == 3 && m.starts_with(lower)))?;
    Some(at as u32 + 1)
}

fn number(digits: &str, most: usize) -> Option<u32> {
    let fine =
        !digits.is_empty() && digits.len() <= most && digits.bytes().all(|b| b.is_ascii_digit());
    fine.then(|| digits.parse().ok()).flatten()
}

fn day(year: u32, month: u32, day: u32, precision: Precision) -> Option<(Timestamp, Precision)> {
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
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_seconds_or_milliseconds_or_years() {
        let day = |n| from_number(n).map(|(at, _)| at.day().to_string());
        assert_eq!(day(1_700_000_000).as_deref(), Some("2023-11-14"));
        assert_eq!(day(1_700_000_000_000).as_deref(), Some("2023-11-14"));
        assert_eq!(day(2_012).as_deref(), Some("2012-01-01"));
        assert_eq!(day(7), None);
        assert_eq!(day(i64::MAX), None);
    }
}
