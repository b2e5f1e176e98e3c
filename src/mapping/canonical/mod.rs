//! The canonical record: what a mapping emits, as JSON, and the one way from there to an input of
//! the log. Field names are those of `schemas/*.avsc`; beside them stand raw forms that are
//! normalised here (`round` for stage and instrument, `amount` with `currency`, a date in any
//! spelling, a title for function and seniority), so that a mapping can hand a vendor's words on.
//!
//! ```json
//! {"record": "funding", "account": "https://acme.com", "occurred_at": "2024-03-01",
//!  "source_record_id": "r-1", "round": "Series A", "amount": "$12M"}
//! ```
//!
//! A field that a record does not have is an error: a misspelt one would be lost in silence.

mod company;
mod event;
mod fields;
mod id;
mod known;
mod link;
mod money;
mod other;
mod suppression;
mod terms;

use crate::domain::Text;
use crate::domain::account::input::{Input, check_source};
use crate::domain::account::records::DeadLetterReason;
use crate::domain::evidence::signal::{Signal, SignalId};
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::{Occurred, Precision, Timestamp};
use crate::domain::terms::titles::Titles;
use crate::mapping::delay::Delay;
use crate::mapping::normalise::date::Order;
use crate::mapping::normalise::industry::Industries;
use crate::mapping::normalise::order::Slashed;
use crate::mapping::normalise::rates::Rates;
use crate::mapping::normalise::technologies::Catalogue;
use fields::Fields;
use known::Known;
pub use known::KnownBy;
use serde_json::Value;
use std::cell::RefCell;
use std::rc::Rc;
use uuid::Uuid;

/// Below it every id made of a vendor's record lives: a log must meet the same id again in ten
/// years.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f3b_8c1e_52a7_4d0f_9e64_b1d2_7c85_a301);

/// Stands for the unknown time of a record.
const UNKNOWN: Timestamp = Timestamp(0);

/// What a mapping made of a row, ready to be written.
#[derive(Clone, Debug)]
pub struct Canonical {
    pub account: AccountKey,
    pub input: Input,
    /// When it could first be known: the log's time in a history.
    pub known_at: Timestamp,
    /// By what; `None` for records that have no delay.
    pub known_by: Option<KnownBy>,
    /// Values that were not understood and were read in the safe way: messages for the sender.
    pub warnings: Vec<String>,
}

/// What a record takes from where it came, if it does not say so itself.
#[derive(Clone)]
pub struct Context<'a> {
    pub source: &'a str,
    /// When what is read was observed: a snapshot's date, or now on a live feed. Relative ages
    /// count back from it.
    pub observed_at: Option<Timestamp>,
    /// The day of the file, where nothing says when it was taken.
    pub file_day: Option<Timestamp>,
    /// When it came by itself, and as which row. A file's rows can be read again at any time.
    pub arrived: Option<(Timestamp, u64)>,
    /// When a row of a file is read: what it states without a date was stated by then.
    pub read_at: Option<Timestamp>,
    /// A vendor's first dump: known from now on, but no news.
    pub baseline: bool,
    pub norms: &'a Norms,
}

/// How a mapping's values are to be read.
#[derive(Default)]
pub struct Norms {
    pub dates: Order,
    /// What the dates read so far say of that.
    pub slashed: RefCell<Slashed>,
    pub industries: Industries,
    pub titles: Titles,
    pub tools: Rc<Catalogue>,
    pub rates: Rates,
    /// Of a record that does not say when it was seen.
    pub known_after: Delay,
}

/// Why a row is a dead letter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RowError {
    pub reason: DeadLetterReason,
    pub message: String,
}

impl RowError {
    pub fn mapping(message: impl Into<String>) -> RowError {
        RowError { reason: DeadLetterReason::Mapping, message: message.into() }
    }

    pub fn value(message: impl Into<String>) -> RowError {
        RowError { reason: DeadLetterReason::Value, message: message.into() }
    }

    pub fn account(message: impl Into<String>) -> RowError {
        RowError { reason: DeadLetterReason::Account, message: message.into() }
    }
}

/// The id of a source's record: the same for the same source, record type and source record id,
/// for ever and everywhere, so that importing twice, or a vendor's retry, is a duplicate.
pub fn record_id(source: &str, record: &str, source_record_id: &str) -> SignalId {
    let name = format!("{source}\u{1f}{record}\u{1f}{source_record_id}");
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

/// Reads a canonical record.
pub fn read(value: Value, context: &Context<'_>) -> Result<Canonical, RowError> {
    let Value::Object(map) = value else {
        return Err(RowError::mapping(format!(
            "the mapping emitted {}, not an object with a \"record\"",
            fields::kind_of(&value)
        )));
    };
    let mut fields = Fields::new(map)?;
    let account = match (fields.account(), fields.said()) {
        (Ok(account), _) => account,
        // Reported first: a call to this account would be the worst mistake.
        (Err(error), "suppression") => {
            return Err(RowError { reason: DeadLetterReason::UnresolvedSuppression, ..error });
        }
        (Err(error), _) => fields.person_alone().ok_or(error)?,
    };
    let source = match (fields.text("source"), fields.said()) {
        (Err(_), "suppression") => None,
        (source, _) => source?,
    };
    // A suppression holds in any case.
    let source = match source.as_deref().map_or(Ok(()), check_source) {
        Ok(()) => source,
        Err(why) if fields.said() == "suppression" => {
            fields.warn(format!("{why}: {:?} is used", context.source));
            None
        }
        Err(why) => return Err(RowError::value(why)),
    };
    let source = source.unwrap_or_else(|| context.source.into());
    let id = fields.own_id(&source, &account, context)?;
    let head = Head { id, source, context };
    let record = fields.record();
    let without_delay = |(input, at)| (input, (at, None));
    let (input, (known_at, known_by)) = match record {
        "funding" | "hiring" | "headcount" | "technology" | "news" | "engagement" => {
            let (signal, known) = signal(&mut fields, head)?;
            (Input::Signal(signal), known)
        }
        "company" => {
            let (update, known) = company::read(&mut fields, head, &account)?;
            (Input::Company(update), known)
        }
        "retraction" => other::retraction(&mut fields, head).map(without_delay)?,
        "suppression" => suppression::read(&mut fields, head).map(without_delay)?,
        "sales_outcome" => other::sales_outcome(&mut fields, head).map(without_delay)?,
        "alias" => other::alias(&mut fields, &head, &account).map(without_delay)?,
        _ => {
            return Err(RowError::mapping(format!(
                "there is no record type {:?}; there are {}",
                fields.said(),
                RECORDS.join(", ")
            )));
        }
    };
    let warnings = fields.finish()?;
    Ok(Canonical { account, input, known_at, known_by, warnings })
}

const RECORDS: &[&str] = &[
    "funding",
    "hiring",
    "headcount",
    "technology",
    "news",
    "engagement",
    "company",
    "retraction",
    "suppression",
    "sales_outcome",
    "alias",
];

/// What every record has.
struct Head<'a> {
    id: SignalId,
    source: Text,
    context: &'a Context<'a>,
}

/// Of several reports under one id the one with the latest `observed_at` on the log holds. It is
/// `updated_at`, else when the record was seen. A record that gives an age instead of a date is
/// less exact each time it is repeated: the first report holds. A job post keeps its first date anyway
/// ([`Report::retold`](crate::domain::evidence::report::Report::retold)), and when it was last seen
/// shows whether it is open.
fn signal(fields: &mut Fields, head: Head<'_>) -> Result<(Signal, Known), RowError> {
    let own = fields.instant("observed_at", head.context)?;
    let seen = own.or(head.context.observed_at);
    let updated = fields.updated_at(head.context)?;
    let dated = fields.date_or_age("occurred_at", head.context)?;
    let is_age = dated.is_some_and(|(_, is_age)| is_age);
    let (at, precision) = dated.map_or((None, Precision::Unknown), |((at, p), _)| (Some(at), p));
    let precision = fields.precision("occurred_precision")?.unwrap_or(precision);
    let observed_at = match precision {
        // The day it was observed stands in.
        Precision::Unknown => seen.or(updated),
        _ if is_age && !is_post(fields) => updated.or(Some(UNKNOWN)),
        _ => updated.or(seen),
    };
    let Some(observed_at) = observed_at.or(at) else {
        return Err(RowError::value(
            "occurred_at is missing, and so is observed_at (or the mapping's snapshot_at)",
        ));
    };
    if let Some(came) = head.context.observed_at
        && observed_at.day().since(came.day()) > 1
    {
        // It would hold against every report until then.
        return Err(RowError::value(format!(
            "updated_at (or observed_at) {} lies after {}, when it came: nothing is changed in the \
             future",
            observed_at.day(),
            came.day()
        )));
    }
    let occurred = Occurred::new(at, precision, observed_at);
    // An imprecise date is filed under its first day, and known from then on.
    let at = at.filter(|_| precision == Precision::Day);
    let date = at.unwrap_or(occurred.day.start());
    let known = known::known(own.filter(|_| at.is_some()), seen, date, head.context.norms);
    let signal = Signal {
        id: head.id,
        supersedes: {
            let record = fields.record();
            fields.id_of("supersedes", &head.source, record)?
        },
        source: head.source,
        occurred,
        observed_at,
        confidence: fields.confidence()?,
        evidence_url: link::take(fields),
        planned: fields.flag("planned")?.unwrap_or(false),
        baseline: fields.flag("baseline")?.unwrap_or(head.context.baseline),
        event: event::read(fields, head.context.norms, occurred.day)?,
    };
    Ok((signal, known))
}

fn is_post(fields: &Fields) -> bool {
    fields.record() == "hiring" && fields.says("action", "posted")
}

#[cfg(test)]
mod tests;
