//! Checks of values from outside. Each error names the field, the value and the valid range.

use super::UuidText;
use crate::codec::error::Flaw;
use crate::codec::symbols::{Open, Symbols};
use crate::domain::Text;
use crate::domain::evidence::signal::bounded;
use crate::domain::terms::term::Term;
use crate::domain::terms::time::{Day, Timestamp};
use crate::domain::terms::units::BasisPoints;
use uuid::Uuid;

/// 1900-01-01 and 2200-01-01, in milliseconds since 1970.
const EARLIEST_MS: i64 = -2_208_988_800_000;
const LATEST_MS: i64 = 7_258_118_400_000;
/// Upper bound for amounts (1e15 USD); more is a unit error.
const AMOUNT_USD_MAX: i64 = 1_000_000_000_000_000;
const PEOPLE_MAX: i64 = 1_000_000_000;

pub(crate) fn time(field: &str, ms: i64) -> Result<Timestamp, Flaw> {
    if (EARLIEST_MS..LATEST_MS).contains(&ms) {
        Ok(Timestamp(ms))
    } else {
        Err(Flaw::value(format!(
            "invalid {field}: {ms} is outside the years 1900 to 2199; use milliseconds since 1970"
        )))
    }
}

pub(crate) fn day(field: &str, days: i32) -> Result<Day, Flaw> {
    time(field, Day(days).start().0).map(|_| Day(days)).map_err(|_| {
        Flaw::value(format!(
            "invalid {field}: {days} is outside the years 1900 to 2199; use days since 1970"
        ))
    })
}

pub(crate) fn confidence(value: f64) -> Result<BasisPoints, Flaw> {
    let in_bounds = (0.0..=1.0).contains(&value);
    let points = in_bounds.then(|| BasisPoints::new((value * 10_000.0).round() as i64)).flatten();
    points.ok_or_else(|| Flaw::value(format!("invalid confidence: {value}; use 0 to 1")))
}

pub(crate) fn amount(field: &str, value: Option<i64>) -> Result<Option<u64>, Flaw> {
    value.map(|value| number(field, value, AMOUNT_USD_MAX)).transpose()
}

pub(crate) fn people(field: &str, value: i64) -> Result<u32, Flaw> {
    number(field, value, PEOPLE_MAX).map(|people| people as u32)
}

fn number(field: &str, value: i64, max: i64) -> Result<u64, Flaw> {
    let inside = u64::try_from(value).ok().filter(|_| value <= max);
    inside.ok_or_else(|| Flaw::value(format!("invalid {field}: {value}; use 0 to {max}")))
}

/// Both ends of a range of dollars or people. The maximum integer as upper end means an open range
/// (`10001+`), as the encoder writes it.
pub(crate) fn band(field: &str, low: i64, high: i64) -> Result<(u64, u64), Flaw> {
    let low = number(field, low, AMOUNT_USD_MAX)?;
    let high = match high {
        i64::MAX => u64::MAX,
        high => number(field, high, AMOUNT_USD_MAX)?,
    };
    if low <= high {
        Ok((low, high))
    } else {
        Err(Flaw::value(format!("invalid {field}: the low end {low} is above the high end {high}")))
    }
}

pub(crate) fn uuid(field: &str, text: UuidText<'_>) -> Result<Uuid, Flaw> {
    match text {
        UuidText::Read(text) => Uuid::try_parse(text).map_err(|_| {
            let shown: String = text.chars().take(60).collect();
            Flaw::value(format!("invalid {field}: {shown:?} is not a UUID"))
        }),
        UuidText::Write(id) => Ok(id),
    }
}

pub(crate) fn required(field: &str, text: &str) -> Result<Text, Flaw> {
    bounded(text).ok_or_else(|| Flaw::value(format!("invalid {field}: it is empty")))
}

pub(crate) fn optional(text: Option<&str>) -> Option<Text> {
    text.and_then(bounded)
}

/// The value of a required enum.
pub(crate) fn known<T: Symbols>(field: &str, symbol: Open<T>) -> Result<T, Flaw> {
    let unknown =
        || Flaw::value(format!("unknown value for {field}: this version has no such {}", T::NAME));
    symbol.0.ok_or_else(unknown)
}

/// Terms of a list, sorted, none twice.
pub(crate) fn terms(texts: &[&str], max: usize) -> Vec<Term> {
    let mut terms: Vec<Term> = texts.iter().filter_map(|text| Term::parse(text).ok()).collect();
    terms.sort_unstable();
    terms.dedup();
    terms.truncate(max);
    terms
}
