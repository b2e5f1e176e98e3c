//! Suppressions. What cannot be understood in one never lets the account through: a wrong call to a
//! do-not-contact is the worst there is. Each doubt is a warning for the sender of the row.

use super::fields::{Fields, Taken};
use super::other::Read;
use super::{Context, Head, UNKNOWN};
use crate::domain::account::input::{Input, SuppressionChange};
use crate::domain::terms::catalogue::SuppressionList;
use crate::domain::terms::time::{Day, Precision, Timestamp};
use crate::mapping::normalise::date::{self, Order};
use crate::mapping::normalise::until::{self, Until};
use serde_json::Value;
use strum::IntoEnumIterator;

/// Spellings that plainly lift a suppression, and that plainly do not.
const LIFTS: &[&str] = &["false", "no", "n", "0", "off", "inactive"];
const HOLDS: &[&str] = &["true", "yes", "y", "1", "on", "active", "x", ""];

pub(super) fn read(fields: &mut Fields, head: Head<'_>) -> Read {
    let context = head.context;
    let instant = |fields: &mut Fields, name: &'static str| {
        doubtful(fields, name, |f, name| f.date(name, context), "is taken for unknown")
    };
    let observed = instant(fields, "observed_at").map(|(at, _)| at).or(context.observed_at);
    let said = fields.map.get("occurred_at").cloned();
    let dated =
        instant(fields, "occurred_at").map(|(at, precision)| Dated::of(said, at, precision));
    let active = active(fields);
    let change = SuppressionChange {
        id: head.id,
        list: list(fields),
        active,
        reason: doubtful(fields, "reason", Fields::text, "is left out"),
        owner: doubtful(fields, "owner", Fields::text, "is left out"),
        until: end(fields, context),
        stated_on: stated(fields, active, dated, observed, context),
        source: head.source,
    };
    // When it could be known. A suppression without a date holds from the beginning.
    let dated = dated.map(|dated| if active { dated.first } else { dated.last });
    let seen = observed.or(dated).unwrap_or(UNKNOWN);
    fields.leave_out_the_rest();
    Ok((Input::Suppression(change), seen))
}

/// The date of a statement: 1/2/2027 may be in January or in February.
#[derive(Clone, Copy)]
struct Dated {
    first: Timestamp,
    last: Timestamp,
    precision: Precision,
}

impl Dated {
    /// `at`: as the mapping reads what the source said.
    fn of(said: Option<Value>, at: Timestamp, precision: Precision) -> Dated {
        let text = said.as_ref().and_then(Value::as_str).unwrap_or_default();
        let read = [Order::DayFirst, Order::MonthFirst].map(|order| date::parse_as(text, order));
        let all = || read.iter().flatten().map(|(at, _)| *at).chain([at]);
        let (first, last) = (all().min().unwrap_or(at), all().max().unwrap_or(at));
        Dated { first, last, precision }
    }
}

/// The day by which it was surely stated. Without a date and a time of observation a suppression may
/// be as young as the reading of its file, and a lift as old as any; so no lift of an unknown day
/// ends a suppression, and no lift that may be older.
fn stated(
    fields: &mut Fields,
    active: bool,
    dated: Option<Dated>,
    observed: Option<Timestamp>,
    context: &Context<'_>,
) -> Option<Day> {
    match (dated, observed) {
        (Some(dated), _) if !active => Some(dated.first.day()),
        (Some(dated), _) => Some(dated.last.day().plus(dated.precision.days())),
        // By the time that the log has for it; a lift may be a dead letter that is replayed much later.
        (None, Some(_)) if active => None,
        (None, Some(at)) => Some(at.day()),
        (None, None) if active => context.read_at.map(Timestamp::day),
        (None, None) => {
            fields.warn(
                "occurred_at is missing: a lift without a date lifts nothing in a history"
                    .to_owned(),
            );
            Some(Day(0))
        }
    }
}

fn doubtful<T>(
    fields: &mut Fields,
    name: &'static str,
    read: impl Fn(&mut Fields, &str) -> Taken<T>,
    then: &str,
) -> Option<T> {
    match read(fields, name) {
        Ok(found) => found,
        Err(error) => {
            fields.warn(format!("{error}: it {then}"));
            None
        }
    }
}

fn list(fields: &mut Fields) -> SuppressionList {
    let given = fields.take("list");
    let word: String = match &given {
        Some(Value::String(text)) => text.trim().to_lowercase(),
        _ => String::new(),
    };
    let word: String = word.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    word.trim_matches('_').parse().unwrap_or_else(|_| {
        let all: Vec<String> = SuppressionList::iter().map(|list| list.to_string()).collect();
        let all = all.join(", ");
        fields.warn(match given {
            None => format!("list is missing: do_not_contact is assumed; use one of {all}"),
            Some(given) => format!(
                "list {} is none of {all}: do_not_contact is assumed",
                super::fields::shown(&given)
            ),
        });
        SuppressionList::DoNotContact
    })
}

/// Whether `active` plainly lifts a suppression.
pub(super) fn lifts(active: Option<&Value>) -> bool {
    active.is_some_and(|value| LIFTS.contains(&word(value).as_str()))
}

fn word(active: &Value) -> String {
    match active {
        Value::Bool(flag) => flag.to_string(),
        Value::String(text) => text.trim().to_lowercase(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => "?".to_owned(),
    }
}

/// Only what plainly says no lifts it.
fn active(fields: &mut Fields) -> bool {
    let Some(value) = fields.take("active") else { return true };
    if lifts(Some(&value)) {
        return false;
    }
    if !HOLDS.contains(&word(&value).as_str()) {
        let given = super::fields::shown(&value);
        fields.warn(format!(
            "active is {given}, neither true nor false: the suppression holds; use false to lift it"
        ));
    }
    true
}

fn end(fields: &mut Fields, context: &Context<'_>) -> Option<Day> {
    let value = fields.take("until")?;
    match until::parse(&value, context.norms.dates) {
        Until::Day(day) => Some(day),
        Until::NoEnd => None,
        Until::Unreadable => {
            let given = super::fields::shown(&value);
            fields.warn(format!(
                "until is {given}, not a date: the suppression has no end; use a date (2027-01-31)"
            ));
            None
        }
    }
}
