//! What ends a contact's signals, or an account, in a log: a retraction for each signal, and for an account
//! a suppression too ([`erasure`]). They hold ids and the account's key, and no other word of what is erased. A copy
//! of the log leaves the erased records out ([`crate::engine::copy::erased`]).
//!
//! Repeated or killed it does nothing twice: each record has an id that follows from what it ends.

mod held;
mod search;

use super::place::Place;
use super::progress::Meter;
use crate::domain::Text;
use crate::domain::account::erasure;
use crate::domain::account::input::Input;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::plain::plain;
use crate::engine::scorer::Clock;
use crate::log::transact::{Found, Transactor};
use crate::log::{Output, Writer};
use anyhow::{Context, bail};
use search::Search;
use serde::Serialize;
use std::collections::BTreeSet;

pub use held::of_person;

/// Records of one transaction.
const BATCH: usize = 500;

/// Whose data is erased.
#[derive(Clone, Debug)]
pub enum Whose {
    /// A contact's, by the id that sources give.
    Contact(Text),
    Account(AccountKey),
}

impl Whose {
    /// A name with a typing error must not look erased.
    pub fn unknown(&self) -> String {
        match self {
            Whose::Contact(contact) => format!(
                "contact {}: nothing in this log is of this contact, and nothing was written; use the id as it \
                 stands in the signals",
                plain(contact.as_str())
            ),
            Whose::Account(account) => format!(
                "account {account}: nothing in this log is of this account, and nothing was written; use the key \
                 as `buymode explain` takes it"
            ),
        }
    }
}

/// The signals that were found, the records written for them, and where other copies lie.
#[derive(Clone, Debug, Default, Serialize, schemars::JsonSchema)]
pub struct Erasure {
    /// Whether anything in the log is theirs; other topics may hold the same characters all the same.
    #[serde(skip)]
    pub is_known: bool,
    /// Accounts that have a signal of theirs.
    pub accounts: u64,
    /// Signals that are, or were, in the inputs or the states.
    pub signals: u64,
    /// Of these were taken back by an earlier call.
    pub erased_before: u64,
    /// Records written to the inputs.
    pub written: u64,
    /// Topics that hold the same characters after that: of the inputs what a copy keeps, of the states what the next
    /// `run` leaves in them.
    pub elsewhere: Vec<Elsewhere>,
}

/// A topic, and how many of its records hold the characters.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Elsewhere {
    pub topic: String,
    /// Records that hold them.
    pub records: u64,
}

/// Erases at a place; `dry_run`: only looks.
///
/// # Errors
/// Nothing in the log is of the contact or account. The account is merged with another one, or about to be. Or the log cannot be
/// read or written.
pub fn erase(
    place: &Place,
    whose: &Whose,
    dry_run: bool,
    meter: &mut Meter<'_>,
) -> anyhow::Result<Erasure> {
    let search = Search::of(place, whose, meter)?;
    search.check_merging()?;
    let (records, is_known) = (search.records()?, search.has_found());
    let about = if is_known { &records[..] } else { &[] };
    let elsewhere = held::after(place, &search, about, meter)?;
    if !is_known && elsewhere.is_empty() {
        bail!(whose.unknown());
    }
    let accounts: BTreeSet<&AccountKey> =
        search.wanted.iter().map(|(account, _)| account).collect();
    let mut erasure = Erasure {
        is_known,
        accounts: accounts.len() as u64,
        signals: search.wanted.len() as u64,
        erased_before: search.wanted.intersection(&search.done).count() as u64,
        written: 0,
        elsewhere,
    };
    if is_known && !dry_run {
        write(place, &records)?;
        erasure.written = records.len() as u64;
    }
    Ok(erasure)
}

/// Takes an account's erasure back: from then on its records count again. Gives how many records were written.
///
/// # Errors
/// The account is not erased, or is merged with another one. Or the log cannot be read or written.
pub fn lift(
    place: &Place,
    account: &AccountKey,
    dry_run: bool,
    meter: &mut Meter<'_>,
) -> anyhow::Result<u64> {
    let whose = Whose::Account(account.clone());
    let search = Search::of(place, &whose, meter)?;
    let Some(nth) = search.stands() else {
        bail!("account {account}: it is not erased, and nothing was written");
    };
    if dry_run {
        return Ok(0);
    }
    let change = erasure::suppression(account, nth, false);
    write(place, &[(account.clone(), Input::Suppression(change))])?;
    Ok(1)
}

fn write(place: &Place, records: &[(AccountKey, Input)]) -> anyhow::Result<()> {
    if records.is_empty() {
        return Ok(());
    }
    let id = format!("{}buymode-erase", place.config.topics.prefix.as_str());
    let mut transactor = Transactor::open(&*place.store, &id)?;
    let mut codec = place.codec.clone();
    let topic = place.topics.inputs.as_str();
    // History never gets a wall-clock stamp: the record counts as of what was read before it.
    let timestamp_ms = match place.clock()? {
        Clock::Live => None,
        Clock::History => Some(1),
    };
    for batch in records.chunks(BATCH) {
        let mut encoded = Vec::with_capacity(batch.len());
        for (account, input) in batch {
            let mut value = Vec::new();
            codec.encode_input(topic, account, input, &mut value)?;
            encoded.push((account.as_str().as_bytes(), value));
        }
        let mut fill = |writer: &mut dyn Writer| {
            encoded.iter().try_for_each(|(key, value)| {
                let (key, value) = (Some(*key), Some(&value[..]));
                writer.send(&Output { topic, key, value, timestamp_ms, ..Output::default() })
            })
        };
        // Twice is once, by their ids.
        let done = transactor.write::<anyhow::Error>(&mut fill, &mut || Ok(Found::Unseen));
        done.context("not all may have been written; the same command goes on")?;
    }
    Ok(())
}
