//! Quarters, halves and weeks.
//!
//! The log has the precisions day, month and year, so a quarter or half has the precision year, as
//! "early 2024" has: an event of "Q4 2025" has the date 2025-01-01, may be the same event as one of any
//! day of 2025, and counts as up to nine months older than it is, never younger. A mapping that wants
//! it younger can give a month. Quarters of a fiscal year ("FY25 Q2") are refused, since the start of
//! that year is unknown.

use super::date::{day, number};
use crate::domain::terms::time::{Day, Precision, Timestamp};
use chrono::NaiveDate;

/// `h1 2024`, `2024-h2`.
pub(super) fn half(text: &str) -> Option<(Timestamp, Precision)> {
    let (half, year) = [" ", "-"].iter().find_map(|gap| {
        let (a, b) = text.split_once(gap)?;
        Some(if a.starts_with('h') { (a.to_owned(), b) } else { (b.to_owned(), a) })
    })?;
    let month = match half.as_str() {
        "h1" => 1,
        "h2" => 7,
        _ => return None,
    };
    day(four(year)?, month, 1, Precision::Year)
}

/// `second quarter of 2024`, `1st half 2024`.
pub(super) fn spoken(text: &str) -> Option<(Timestamp, Precision)> {
    const ORDINALS: [&[&str]; 4] =
        [&["first", "1st"], &["second", "2nd"], &["third", "3rd"], &["fourth", "4th", "last"]];
    let lower = text.to_lowercase();
    let mut words = lower.split([' ', '-', ',']).filter(|w| !matches!(*w, "" | "the" | "of"));
    let (ordinal, part, year) = (words.next()?, words.next()?, words.next()?);
    let before = (0..).zip(ORDINALS).find(|(_, names)| names.contains(&ordinal))?.0;
    let months = match part {
        "quarter" => 3,
        "half" if before < 2 => 6,
        _ => return None,
    };
    let year = four(year).filter(|_| words.next().is_none())?;
    day(year, before * months + 1, 1, Precision::Year)
}

/// `2012-Q2`, `Q2 2012`, `Q2 of 2012`, `2012Q2`.
pub(super) fn quarter(text: &str) -> Option<(Timestamp, Precision)> {
    let upper = text.to_ascii_uppercase();
    let (before, after) = upper.split_once('Q')?;
    let gap = |c: char| matches!(c, ' ' | '-' | '/');
    let (year, quarter) = match before.trim_end_matches(gap) {
        "" => {
            let (quarter, year) = after.split_at_checked(1)?;
            let year = year.trim_start_matches(gap);
            (year.strip_prefix("OF ").unwrap_or(year).to_owned(), quarter)
        }
        year => (year.to_owned(), after),
    };
    let quarter = number(quarter, 1).filter(|q| (1..=4).contains(q))?;
    let year = four(&year)?;
    day(year, quarter * 3 - 2, 1, Precision::Year)
}

/// `2024-W12` has the precision month (that of its Monday), `2024-W12-3` the precision day.
pub(super) fn week(text: &str) -> Option<(Timestamp, Precision)> {
    let (year, rest) = text.split_once("-W").or_else(|| text.split_once('W'))?;
    let (week, weekday) = match rest.split_once('-') {
        Some((week, weekday)) => (week, Some(number(weekday, 1)?)),
        None => (rest, None),
    };
    let weekday_of = |n: u32| chrono::Weekday::try_from(u8::try_from(n.checked_sub(1)?).ok()?).ok();
    let date = NaiveDate::from_isoywd_opt(
        i32::try_from(four(year)?).ok()?,
        number(week, 2)?,
        weekday_of(weekday.unwrap_or(1))?,
    )?;
    let precision = if weekday.is_some() { Precision::Day } else { Precision::Month };
    Some((Day::from_date(date).start(), precision))
}

fn four(year: &str) -> Option<u32> {
    number(year, 4).filter(|_| year.len() == 4)
}
