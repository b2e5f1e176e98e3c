//! The fields of one canonical record, taken one by one; fields left at the end were misspelt.

use super::{Context, RowError};
use crate::domain::Text;
use crate::domain::evidence::signal::bounded;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::Function;
use crate::domain::terms::time::{Day, Precision, Timestamp};
use crate::domain::terms::units::BasisPoints;
use crate::mapping::identity::{self, IdentityError};
use crate::mapping::normalise::{age, amount, band, date, days};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;
use strum::IntoEnumIterator;

pub(super) struct Fields {
    pub(super) record: String,
    pub(super) map: Map<String, Value>,
    /// The account is known by name only.
    by_name: bool,
    warnings: Vec<String>,
}

/// What a signal may be believed at most whose account is known by name only.
const BY_NAME: BasisPoints = BasisPoints::HALF;

pub(super) type Taken<T> = Result<Option<T>, RowError>;

impl Fields {
    pub(super) fn new(mut map: Map<String, Value>) -> Result<Fields, RowError> {
        match map.remove("record") {
            Some(Value::String(record)) => {
                Ok(Fields { record, map, by_name: false, warnings: Vec::new() })
            }
            _ => Err(RowError::mapping("the mapping emitted an object without a \"record\"")),
        }
    }

    /// As it was written.
    pub(super) fn said(&self) -> &str {
        &self.record
    }

    /// Leaked through no one: compared with the known names only.
    pub(super) fn record(&self) -> &'static str {
        super::RECORDS.iter().find(|known| **known == self.record).copied().unwrap_or("unknown")
    }

    /// Notes a doubt that does not cost the row.
    pub(super) fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    /// Where the record must not be lost for a field that it does not have.
    pub(super) fn leave_out_the_rest(&mut self) {
        for name in std::mem::take(&mut self.map).keys() {
            self.warn(format!("{} has no field {name:?}: it is left out", self.record));
        }
    }

    /// The warnings.
    pub(super) fn finish(self) -> Result<Vec<String>, RowError> {
        match self.map.keys().next() {
            None => Ok(self.warnings),
            Some(name) => Err(RowError::mapping(format!("{} has no field {name:?}", self.record))),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.map.get(name).is_some_and(|value| !value.is_null())
    }

    /// Whether a field has this text; it stays to be taken.
    pub(super) fn says(&self, name: &str, text: &str) -> bool {
        self.map.get(name).and_then(Value::as_str) == Some(text)
    }

    /// Null counts as missing.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.map.remove(name).filter(|value| !value.is_null())
    }

    /// A text, or a number as one; blank counts as missing.
    pub(super) fn text(&mut self, name: &str) -> Taken<Text> {
        match self.take(name) {
            None => Ok(None),
            Some(value) => as_text(name, &value),
        }
    }

    /// A text that is more than a name: the longest stay whole here.
    pub(super) fn raw(&mut self, name: &str) -> Taken<String> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text).filter(|text| !text.trim().is_empty())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(other) => Err(wrong(name, "a text", &other)),
        }
    }

    /// A list of texts, or one text.
    pub(super) fn texts(&mut self, name: &str) -> Result<Vec<Text>, RowError> {
        match self.take(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(list)) => {
                let texts: Result<Vec<_>, _> =
                    list.iter().filter(|v| !v.is_null()).map(|v| as_text(name, v)).collect();
                Ok(texts?.into_iter().flatten().collect())
            }
            Some(value) => Ok(as_text(name, &value)?.into_iter().collect()),
        }
    }

    pub(super) fn flag(&mut self, name: &str) -> Taken<bool> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(other) => Err(wrong(name, "true or false", &other)),
        }
    }

    /// A whole number that is not negative; fractions are cut off.
    pub(super) fn whole(&mut self, name: &str) -> Taken<u64> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let read = match &value {
            Value::Number(number) => whole_number(number),
            Value::String(text) if text.trim().is_empty() || amount::is_unknown(text) => {
                return Ok(None);
            }
            Value::String(text) if is_foreign(text) => {
                return Err(RowError::value(format!(
                    "{name} is {text:?}, not in US dollars: hand it on as `amount`"
                )));
            }
            Value::String(text) => amount::parse(text).filter(|a| a.low == a.high).map(|a| a.low),
            _ => None,
        };
        read.map(Some).ok_or_else(|| wrong(name, "a number of at least 0", &value))
    }

    pub(super) fn people(&mut self, name: &str) -> Taken<u32> {
        let Some(count) = self.whole(name)? else { return Ok(None) };
        u32::try_from(count)
            .map(Some)
            .map_err(|_| RowError::value(format!("{name} {count} is more people than there are")))
    }

    /// A number, a band as text (`11-50`), or `{"low": 11, "high": 50}`.
    pub(super) fn band(
        &mut self,
        name: &str,
        read: fn(&str) -> Option<(u64, u64)>,
    ) -> Taken<(u64, u64)> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let found = match &value {
            Value::Number(number) => whole_number(number).map(|n| (n, n)),
            Value::String(text) if text.trim().is_empty() || amount::is_unknown(text) => {
                return Ok(None);
            }
            Value::String(text) => read(text),
            Value::Object(ends) => ends.get("low").and_then(Value::as_u64).and_then(|low| {
                let high = ends.get("high").map_or(Some(u64::MAX), Value::as_u64)?;
                (low <= high).then_some((low, high))
            }),
            _ => None,
        };
        found.map(Some).ok_or_else(|| wrong(name, "a number or a band (11-50)", &value))
    }

    /// A date in any spelling, an age relative to the context, or a number of seconds or
    /// milliseconds.
    pub(super) fn date(
        &mut self,
        name: &str,
        context: &Context<'_>,
    ) -> Taken<(Timestamp, Precision)> {
        Ok(self.date_or_age(name, context)?.map(|(found, _)| found))
    }

    /// The same, and whether it was an age.
    pub(super) fn date_or_age(
        &mut self,
        name: &str,
        context: &Context<'_>,
    ) -> Taken<((Timestamp, Precision), bool)> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let back = |text| Some((age::parse(text, context.observed_at?)?, true));
        let date = |found| (found, false);
        let found = match &value {
            Value::Number(number) => date::from_number(number)
                .or_else(|| days::serial(&date::number_text(number)))
                .map(date),
            Value::String(text) if text.trim().is_empty() => return Ok(None),
            Value::String(text) => {
                context.norms.slashed.borrow_mut().see(text);
                let found = date::parse_as(text, context.norms.dates);
                found.or_else(|| days::serial(text)).map(date).or_else(|| back(text))
            }
            _ => None,
        };
        // What vendors write for no date.
        let is_empty = |text: &str| date::parse(text).is_some_and(|(at, _)| at.day() == Day(0));
        match &value {
            Value::Number(number) if number.as_f64() == Some(0.0) => return Ok(None),
            Value::String(text) if is_empty(text) => return Ok(None),
            _ => {}
        }
        found.map(Some).ok_or_else(|| match &value {
            Value::String(text) if age::parse(text, Timestamp(0)).is_some() => {
                RowError::value(format!(
                    "{name} {text:?} is an age: say when it was observed (observed_at, or the \
                     mapping's snapshot_at)"
                ))
            }
            _ => wrong(name, "a date", &value),
        })
    }

    pub(super) fn instant(&mut self, name: &str, context: &Context<'_>) -> Taken<Timestamp> {
        Ok(self.date(name, context)?.map(|(at, _)| at))
    }

    /// When the source last changed the record; `now` is the time of arrival, where nothing else
    /// gives it.
    pub(super) fn updated_at(&mut self, context: &Context<'_>) -> Taken<Timestamp> {
        if self.map.get("updated_at").and_then(Value::as_str) == Some("now") {
            self.take("updated_at");
            return Ok(context.observed_at);
        }
        self.instant("updated_at", context)
    }

    pub(super) fn precision(&mut self, name: &str) -> Taken<Precision> {
        match self.text(name)?.as_deref() {
            None => Ok(None),
            Some("day") => Ok(Some(Precision::Day)),
            Some("month") => Ok(Some(Precision::Month)),
            Some("year") => Ok(Some(Precision::Year)),
            Some("none") => Ok(Some(Precision::Unknown)),
            Some(other) => {
                Err(RowError::value(format!("{name} {other:?} is not day, month, year or none")))
            }
        }
    }

    /// 0 to 1; full if nothing is said, but half where the account is known by name only.
    pub(super) fn confidence(&mut self) -> Result<BasisPoints, RowError> {
        let most = if self.by_name { BY_NAME } else { BasisPoints::FULL };
        let Some(value) = self.take("confidence") else { return Ok(most) };
        let said = value
            .as_f64()
            .or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()))
            .filter(|c| (0.0..=1.0).contains(c))
            .and_then(|c| BasisPoints::new((c * 10_000.0).round() as i64))
            .ok_or_else(|| wrong("confidence", "a number from 0 to 1", &value))?;
        Ok(said.min(most))
    }

    pub(super) fn choice<T: FromStr + IntoEnumIterator + Display>(
        &mut self,
        name: &str,
    ) -> Taken<T> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        choice(name, &text).map(Some)
    }

    /// People by department: `{"sales": 12, "engineering": 40}`. Sorted, none twice.
    pub(super) fn departments(&mut self) -> Result<Vec<(Function, u32)>, RowError> {
        let Some(value) = self.take("departments") else { return Ok(Vec::new()) };
        let Value::Object(counts) = &value else {
            return Err(wrong("departments", "an object (function: people)", &value));
        };
        let mut people = BTreeMap::new();
        for (name, count) in counts.iter().filter(|(_, count)| !count.is_null()) {
            let function: Function = choice("departments", name)?;
            let count = count.as_u64().and_then(|n| u32::try_from(n).ok());
            let count = count.ok_or_else(|| wrong("departments", "numbers of people", &value))?;
            *people.entry(function).or_insert(0u32) = count;
        }
        Ok(people.into_iter().collect())
    }

    /// The first of the candidates that names an account.
    pub(super) fn account(&mut self) -> Result<AccountKey, RowError> {
        self.names_account("account")
    }

    /// The same, in another field.
    pub(super) fn names_account(&mut self, field: &str) -> Result<AccountKey, RowError> {
        let candidates = match self.take(field) {
            Some(Value::Array(list)) => list,
            Some(one) => vec![one],
            None => Vec::new(),
        };
        let flat = |candidate| match candidate {
            Value::Array(list) => list,
            one => vec![one],
        };
        let candidates: Vec<Value> = candidates.into_iter().flat_map(flat).collect();
        let mut refused = Vec::new();
        for candidate in
            candidates.iter().filter_map(Value::as_str).filter(|c| !c.trim().is_empty())
        {
            match identity::resolve(candidate) {
                Ok(account) => return Ok(account),
                // Another field must not decide for one of them.
                Err(error @ IdentityError::Several(_)) => {
                    return Err(RowError::account(format!("no account: {error}")));
                }
                Err(error) => refused.push(error.to_string()),
            }
        }
        // The last resort: a name with its country.
        for candidate in candidates.iter().filter_map(Value::as_object) {
            let said = |name: &str| candidate.get(name).and_then(Value::as_str);
            let Some(name) = said("name").filter(|name| !name.trim().is_empty()) else { continue };
            match identity::by_name(name, said("country")) {
                Ok(account) => {
                    self.by_name = true;
                    return Ok(account);
                }
                Err(error) => refused.push(error.to_string()),
            }
        }
        Err(RowError::account(if refused.is_empty() {
            "no account: there is neither a website nor a typed key".to_owned()
        } else {
            format!("no account: {}", refused.join("; "))
        }))
    }
}

/// Money that says of itself that it is not in US dollars.
fn is_foreign(text: &str) -> bool {
    amount::parse(text).is_some_and(|amount| amount.is_foreign())
}

/// People as a band.
pub(super) fn people_band(text: &str) -> Option<(u64, u64)> {
    band::parse(text)
}

pub(super) fn choice<T: FromStr + IntoEnumIterator + Display>(
    name: &str,
    text: &str,
) -> Result<T, RowError> {
    text.parse().map_err(|_| {
        let all: Vec<String> = T::iter().map(|known| known.to_string()).collect();
        RowError::value(format!("{name} {text:?} is none of {}", all.join(", ")))
    })
}

pub(super) fn required<T>(name: &str, value: Option<T>) -> Result<T, RowError> {
    value.ok_or_else(|| RowError::value(format!("{name} is missing")))
}

fn as_text(name: &str, value: &Value) -> Taken<Text> {
    match value {
        Value::String(text) => Ok(bounded(text)),
        Value::Number(number) => Ok(bounded(&number.to_string())),
        other => Err(wrong(name, "a text", other)),
    }
}

pub(super) fn whole_number(number: &serde_json::Number) -> Option<u64> {
    number
        .as_u64()
        .or_else(|| number.as_f64().filter(|n| (0.0..9.0e15).contains(n)).map(|n| n.trunc() as u64))
}

pub(super) fn wrong(name: &str, wanted: &str, got: &Value) -> RowError {
    RowError::value(format!("{name} is {}, not {wanted}", shown(got)))
}

/// A value for a message, cut where it is long.
pub(super) fn shown(value: &Value) -> String {
    let mut shown = value.to_string();
    if shown.len() > 80 {
        let cut = (0..=80).rev().find(|at| shown.is_char_boundary(*at)).unwrap_or(0);
        shown.truncate(cut);
        shown.push('…');
    }
    shown
}

pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
