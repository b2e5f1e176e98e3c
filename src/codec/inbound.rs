//! From an input's datum to the domain: its type, its content, its account.

use super::datum::{self, Take};
use super::error::Flaw;
use super::schemas::Record;
use super::wire::inputs::{Activation, Retraction, SalesOutcome, Suppression, Tick};
use super::wire::kinship::KinshipIn;
use super::wire::signals::{Engagement, Funding, Headcount, Hiring, News, Technology};
use super::wire::{company::Company, transfer::TransferIn};
use crate::domain::account::input::{Broadcast, Input};
use crate::domain::account::records;
use crate::domain::account::records::DeadLetterReason;
use crate::domain::terms::account::AccountKey;

/// A record of the inputs topic.
#[derive(Clone, Debug)]
pub enum Decoded {
    Account { account: AccountKey, input: Input },
    Partition(Broadcast),
    Tick(records::Tick),
}

/// The account that what another producer wrote stands for, as webhooks and files resolve it; else why
/// it stands for none.
pub type Resolve = fn(&str) -> Result<AccountKey, String>;

/// How the record's key and its account must agree.
#[derive(Clone, Copy, Debug)]
pub(super) enum Key<'a> {
    /// The record comes from a topic whose keys are not account keys.
    Any,
    /// The same, and its account may be written in any way that this function understands.
    Resolved(Resolve),
    /// The key must be the account.
    Account(Option<&'a [u8]>),
}

/// For a transfer that forwards a record: that record, framed, and the account it was addressed to.
pub(super) fn handed_on(record: Record, datum: &[u8]) -> Result<Option<(String, &[u8])>, Flaw> {
    if record != Record::Transfer {
        return Ok(None);
    }
    let r: TransferIn<'_> = parse(record, datum)?;
    Ok(r.handed_on().map(|(account, bytes)| (account.to_owned(), bytes)))
}

/// Messages for the values of a suppression that were read in the safe way.
pub(super) fn doubts(datum: &[u8]) -> Vec<String> {
    parse(Record::Suppression, datum).map_or_else(|_| Vec::new(), |r: Suppression<'_>| r.doubts())
}

/// Reads a datum of our own schema of `record`; `within`: the decoded record of [`handed_on`].
pub(super) fn decode(
    record: Record,
    datum: &[u8],
    key: Key<'_>,
    within: Option<Input>,
) -> Result<Decoded, Flaw> {
    match record {
        Record::Funding => {
            let r: Funding<'_> = parse(record, datum)?;
            addressed(key, r.account.0, r.input()?)
        }
        Record::Hiring => {
            let r: Hiring<'_> = parse(record, datum)?;
            addressed(key, r.account.0, r.input()?)
        }
        Record::Headcount => {
            let r: Headcount<'_> = parse(record, datum)?;
            addressed(key, r.account.0, r.input()?)
        }
        Record::Technology => {
            let r: Technology<'_> = parse(record, datum)?;
            addressed(key, r.account.0, r.input()?)
        }
        Record::News => {
            let r: News<'_> = parse(record, datum)?;
            match r.account.filter(|account| !account.is_empty()) {
                Some(account) => addressed(key, account, r.input()?),
                None => r.market().map(Decoded::Partition),
            }
        }
        Record::Engagement => {
            let r: Engagement<'_> = parse(record, datum)?;
            addressed(key, r.account.0, r.input()?)
        }
        Record::Company => {
            let r: Company<'_> = parse(record, datum)?;
            addressed(key, r.account, r.input()?)
        }
        Record::Retraction => {
            let r: Retraction<'_> = parse(record, datum)?;
            match r.account.filter(|account| !account.is_empty()) {
                Some(account) => addressed(key, account, r.input()?),
                None => r.broadcast().map(Decoded::Partition),
            }
        }
        Record::Suppression => {
            let r: Suppression<'_> = parse(record, datum)?;
            addressed(key, r.account, r.input()?)
        }
        Record::SalesOutcome => {
            let r: SalesOutcome<'_> = parse(record, datum)?;
            addressed(key, r.account, r.input()?)
        }
        Record::Transfer => {
            let r: TransferIn<'_> = parse(record, datum)?;
            let transfer = r.transfer(within)?;
            let account = transfer.reader().clone();
            addressed(key, account.as_str(), Input::Transfer(Box::new(transfer)))
        }
        Record::Kinship => {
            let r: KinshipIn<'_> = parse(record, datum)?;
            let account = r.account.to_owned();
            addressed(key, &account, r.input()?)
        }
        Record::Activation => {
            let r: Activation<'_> = parse(record, datum)?;
            r.activation().map(|activation| Decoded::Partition(Broadcast::Activation(activation)))
        }
        Record::Tick => Ok(Decoded::Tick(parse::<Tick>(record, datum)?.tick())),
        Record::AccountState
        | Record::TaskRecord
        | Record::World
        | Record::DeadLetter
        | Record::Decision
        | Record::Resolution
        | Record::Alias
        | Record::SourceRow
        | Record::DeskDecision
        | Record::DeskRoster
        | Record::DeskResult
        | Record::DeskTick
        | Record::DeskChange
        | Record::DeskAsk
        | Record::DeskMark
        | Record::DeskHealth
        | Record::DeskReplay
        | Record::DeskWord
        | Record::DeskOutcome
        | Record::OutboxAction
        | Record::Attempt
        | Record::DisabledTarget
        | Record::DeskEntry => Err(Flaw::new(
            DeadLetterReason::UnexpectedType,
            format!(
                "invalid record type {}: it does not belong in the inputs topic",
                record.full_name()
            ),
        )),
    }
}

fn parse<'a, T: Take<'a>>(record: Record, bytes: &'a [u8]) -> Result<T, Flaw> {
    datum::whole(bytes).map_err(|why| Flaw::malformed(record, &why))
}

fn addressed(key: Key<'_>, account: &str, input: Input) -> Result<Decoded, Flaw> {
    let flaw = |message: String| Flaw::new(DeadLetterReason::Account, message);
    let account = match key {
        Key::Resolved(resolve) => {
            resolve(account).map_err(|why| flaw(format!("no account: {why}")))?
        }
        Key::Any | Key::Account(_) => {
            AccountKey::parse(account).map_err(|e| flaw(e.to_string()))?
        }
    };
    match key {
        Key::Account(None) => {
            Err(flaw(format!("the record has no key; use its account {account:?}")))
        }
        Key::Account(Some(key)) if key != account.as_str().as_bytes() => Err(flaw(format!(
            "invalid key {:?}: use the record's account {account:?}",
            String::from_utf8_lossy(key.get(..80).unwrap_or(key))
        ))),
        Key::Any | Key::Resolved(_) | Key::Account(_) => Ok(Decoded::Account { account, input }),
    }
}
