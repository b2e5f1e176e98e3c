//! Records that are neither signals nor companies: retractions, aliases, sales' word back.

use super::fields::{Fields, Taken, required};
use super::{Head, RowError, known, record_id};
use crate::domain::Text;
use crate::domain::account::input::{Input, Retraction, SalesOutcome, Transfer, TransferStep};
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::{Kind, OutcomeKind};
use crate::domain::terms::person;
use crate::domain::terms::time::{Occurred, Timestamp};
use strum::IntoEnumIterator;

pub(super) type Read = Result<(Input, Timestamp), RowError>;

/// `retracts` is the source record id, with `retracts_record` for its type: without it, another
/// signal's id would be made of it, and nothing taken back. `retracts_signal_id` is the signal's own.
pub(super) fn retraction(fields: &mut Fields, head: Head<'_>) -> Read {
    let record: Option<Kind> = fields.choice("retracts_record")?;
    let by_own_id = fields.has("retracts_signal_id");
    let retracts = match record {
        Some(record) => fields.id_of("retracts", &head.source, record.into())?,
        None if by_own_id => fields.id_of("retracts", &head.source, "")?,
        None => {
            let all: Vec<&str> = Kind::iter().map(<&str>::from).collect();
            return Err(RowError::value(format!(
                "retracts_record is missing: of which type is what is retracted? One of {}",
                all.join(", ")
            )));
        }
    };
    let retracts = required("retracts", retracts)?;
    // Not before what it takes back.
    let norms = head.context.norms;
    let at = when(fields, &head, &|date| known::later(date, norms))?.0;
    let reason = fields.text("reason")?;
    let retraction = Retraction { id: head.id, retracts, source: head.source, reason };
    Ok((Input::Retraction(retraction), at))
}

pub(super) fn sales_outcome(fields: &mut Fields, head: Head<'_>) -> Read {
    let (at, occurred) = when(fields, &head, &|date| date)?;
    let kind = required("outcome", fields.choice("outcome")?)?;
    let outcome = SalesOutcome {
        id: head.id,
        product: fields.text("product")?,
        outcome: kind,
        occurred,
        reason: fields.text("reason")?,
        amount_usd: fields.usd(&head.context.norms.rates, occurred.day)?,
        opportunity_id: fields.text("opportunity_id")?,
        lead_source: fields.text("lead_source")?,
        until: fields.date("until", head.context)?.map(|(at, _)| at.day()),
        contact: opted_out(fields, kind)?,
        source: head.source,
    };
    Ok((Input::Outcome(outcome), at))
}

/// Whose word an opt-out is: the log holds a digest, and no address.
fn opted_out(fields: &mut Fields, kind: OutcomeKind) -> Taken<Text> {
    if kind != OutcomeKind::OptedOut {
        return Ok(None);
    }
    let said = fields.text("contact")?.ok_or_else(|| {
        RowError::value(
            "contact is missing: whose word is opted_out? Give the mail address, or the tool's name and its id (hubspot:1871)",
        )
    })?;
    Ok(Some(person::digest(&said)))
}

/// A source says which company its own key means: `{"record": "alias", "account": "hubspot:1-2",
/// "of": "https://acme.com"}`. Everything filed under the key goes there, now and later. That two
/// domains are one company is for people to say (`buymode aliases`).
pub(super) fn alias(fields: &mut Fields, head: &Head<'_>, account: &AccountKey) -> Read {
    let of = fields.names_account("of")?;
    let at = when(fields, head, &|date| date)?.0;
    if !account.as_str().contains(':') {
        return Err(RowError::account(format!(
            "{account} is a domain; only a key of the source's own (hubspot:1-2) may be an alias here"
        )));
    }
    if of == *account {
        return Err(RowError::account(format!("{account} is to be an alias of itself")));
    }
    // The same id for every source: an alias that a person has removed stays removed.
    let id = record_id("", "alias", &format!("{account}\u{1f}{of}"));
    let (from, to) = (account.clone(), of);
    let step = TransferStep::Request;
    let transfer = Transfer { id, from, to, at: None, cause: id, hop: 0, step };
    Ok((Input::Transfer(Box::new(transfer)), at))
}

/// When it could be known, and when it happened. `known`: when what has a date alone could be.
fn when(
    fields: &mut Fields,
    head: &Head<'_>,
    known: &dyn Fn(Timestamp) -> Timestamp,
) -> Result<(Timestamp, Occurred), RowError> {
    let seen = fields.instant("observed_at", head.context)?.or(head.context.observed_at);
    let dated = fields.date("occurred_at", head.context)?;
    let observed = required("occurred_at", seen.or(dated.map(|(at, _)| at)))?;
    let (at, precision) = dated.map_or((None, Default::default()), |(at, p)| (Some(at), p));
    let occurred = Occurred::new(at, precision, observed);
    Ok((seen.unwrap_or_else(|| known(observed)), occurred))
}
