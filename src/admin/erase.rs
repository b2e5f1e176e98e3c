//! What ends a contact's signals, or an account, in a log: a retraction for each signal, and for an account
//! a suppression too. They hold ids and the account's key, and no other word of what is erased. A copy of the
//! log leaves the erased records out ([`crate::engine::copy::erased`]).
//!
//! Repeated or killed it does nothing twice: each retraction has an id that follows from its signal's.

use super::accounts;
use super::named::Named;
use super::place::Place;
use super::progress::Meter;
use crate::codec::{DecodeFailure, Decoded};
use crate::domain::Text;
use crate::domain::account::input::{ERASE, Input, Retraction, SuppressionChange, TransferStep};
use crate::domain::evidence::event::Evidence;
use crate::domain::evidence::signal::{Event, SignalId};
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::SuppressionList;
use crate::domain::terms::plain::plain;
use crate::engine::scorer::Clock;
use crate::log::scan::{Scan, partitions};
use crate::log::transact::{Found, Transactor};
use crate::log::{Output, Writer};
use anyhow::{Context, bail};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

/// Records of one transaction.
const BATCH: usize = 500;
/// Of each record that is written.
const REASON: &str = "erased";

/// Whose data is erased.
#[derive(Clone, Debug)]
pub enum Whose {
    /// A contact's, by the id that sources give.
    Contact(Text),
    Account(AccountKey),
}

impl Whose {
    /// A name with a typing error must not look erased.
    fn unknown(&self) -> String {
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
#[derive(Clone, Debug, Default, Serialize)]
pub struct Erasure {
    pub accounts: u64,
    /// Signals that are, or were, in the inputs or the states.
    pub signals: u64,
    /// Of these were taken back by an earlier call.
    pub erased_before: u64,
    /// Records written to the inputs.
    pub written: u64,
    /// Topics that hold the same characters, which no input can end.
    pub elsewhere: Vec<Elsewhere>,
}

/// A topic, and how many of its records hold the characters.
#[derive(Clone, Debug, Serialize)]
pub struct Elsewhere {
    pub topic: String,
    pub records: u64,
}

/// A signal that is to end.
type Wanted = BTreeMap<SignalId, AccountKey>;

/// Erases at a place; `dry_run`: only looks.
///
/// # Errors
/// Nothing in the log is of the contact or account. The account is merged with another one. Or the log cannot be
/// read or written.
pub fn erase(
    place: &Place,
    whose: &Whose,
    dry_run: bool,
    meter: &mut Meter<'_>,
) -> anyhow::Result<Erasure> {
    let (wanted, done) = (Wanted::new(), BTreeSet::new());
    let mut search = Search { whose, wanted, done, ends: 0, open: false, known: false };
    search.states(place)?;
    meter.phase("reading inputs");
    search.inputs(place, meter)?;
    meter.phase("reading other topics");
    let elsewhere = elsewhere(place, whose, meter)?;
    if !search.has_found() && elsewhere.is_empty() {
        bail!(whose.unknown());
    }
    let before = search.wanted.keys().filter(|id| search.done.contains(id)).count();
    let accounts: BTreeSet<&AccountKey> = search.wanted.values().collect();
    let mut erasure = Erasure {
        accounts: accounts.len() as u64,
        signals: search.wanted.len() as u64,
        erased_before: before as u64,
        written: 0,
        elsewhere,
    };
    let records = search.records();
    if !dry_run {
        write(place, &records)?;
        erasure.written = records.len() as u64;
    }
    Ok(erasure)
}

struct Search<'a> {
    whose: &'a Whose,
    wanted: Wanted,
    /// Signals that were taken back by an earlier call.
    done: BTreeSet<SignalId>,
    /// How often the account was erased before.
    ends: u32,
    /// Whether it has had another record since.
    open: bool,
    /// Whether the log has a state of the account.
    known: bool,
}

impl Search<'_> {
    fn states(&mut self, place: &Place) -> anyhow::Result<()> {
        let mut refused = None;
        accounts::each(place, &mut |_, account, state, _| {
            if let Whose::Account(key) = self.whose {
                if key != account {
                    return;
                }
                self.known = true;
                if let Some(to) = state.moved_to() {
                    refused = Some((account.clone(), to.clone()));
                } else if let Some(member) = state.members().first() {
                    refused = Some((member.account.clone(), account.clone()));
                }
            }
            match &state.ledgers {
                None => self.evidence(account, &state.evidence),
                Some(ledgers) => {
                    self.evidence(account, &ledgers.own.evidence);
                    for member in &ledgers.members {
                        self.evidence(&member.account, &member.ledger.evidence);
                    }
                }
            }
        })?;
        match refused {
            None => Ok(()),
            Some((alias, account)) => bail!(
                "{alias} is merged into {account}; use `buymode aliases remove {alias}` first, let `buymode run` \
                 read it, and erase the account that is meant"
            ),
        }
    }

    fn evidence(&mut self, account: &AccountKey, evidence: &[Evidence]) {
        for report in evidence.iter().flat_map(Evidence::reports) {
            self.signal(account, report.id, &report.event);
        }
    }

    fn signal(&mut self, account: &AccountKey, id: SignalId, event: &Event) {
        let is_meant = match self.whose {
            Whose::Contact(contact) => {
                matches!(event, Event::Engagement(e) if e.contact.as_ref() == Some(contact))
            }
            Whose::Account(key) => key == account,
        };
        if is_meant {
            self.wanted.insert(id, account.clone());
        }
    }

    fn inputs(&mut self, place: &Place, meter: &mut Meter<'_>) -> anyhow::Result<()> {
        let (mut reader, mut codec) = (place.store.reader()?, place.codec.clone());
        let topic = &place.topics.inputs;
        for partition in 0..partitions(&*place.store, topic)? {
            let marks = reader.watermarks(topic, partition)?;
            meter.expect(&(marks.low..marks.stable));
            let mut passed = |offsets| meter.passed(offsets);
            let scan = Scan::range(topic, partition, marks.low..marks.stable).report(&mut passed);
            scan.try_each(&mut *reader, &mut |record| {
                match codec.decode_input(record.key, record.value) {
                    Ok(Decoded::Account { account, input }) => self.input(&account, &input),
                    Ok(_) | Err(DecodeFailure::Record(_)) => {}
                    Err(DecodeFailure::Registry(error)) => return Err(anyhow::Error::from(error)),
                }
                Ok(ControlFlow::Continue(()))
            })?;
        }
        Ok(())
    }

    fn input(&mut self, account: &AccountKey, input: &Input) {
        match input {
            Input::Signal(signal) => self.signal(account, signal.id, &signal.event),
            Input::Retraction(one) if &*one.source == ERASE => {
                self.done.insert(one.retracts);
                return;
            }
            Input::Suppression(one) if &*one.source == ERASE => {
                if matches!(self.whose, Whose::Account(key) if key == account) {
                    (self.ends, self.open) = (self.ends + 1, false);
                }
                return;
            }
            Input::Transfer(transfer) => match &transfer.step {
                TransferStep::Forwarded(inner) => {
                    if let Input::Signal(signal) = &**inner {
                        self.signal(&transfer.from, signal.id, &signal.event);
                    }
                }
                TransferStep::Delivery(of) | TransferStep::Return(of) => {
                    self.evidence(&transfer.from, &of.ledger.evidence);
                    for member in &of.members {
                        self.evidence(&member.account, &member.ledger.evidence);
                    }
                }
                _ => {}
            },
            _ => {}
        }
        self.open |= matches!(self.whose, Whose::Account(key) if key == account);
    }

    /// Whether the inputs or the states have something of the contact or account.
    fn has_found(&self) -> bool {
        !self.wanted.is_empty() || self.known || self.open || self.ends > 0
    }

    /// The records to be written. The suppression comes last: a copy leaves out what stands before it.
    fn records(&self) -> Vec<(AccountKey, Input)> {
        let open = self.wanted.iter().filter(|(id, _)| !self.done.contains(id));
        let mut records: Vec<(AccountKey, Input)> = open
            .map(|(signal, account)| {
                let retraction = Retraction {
                    id: named(signal, "erased"),
                    retracts: *signal,
                    source: ERASE.into(),
                    reason: Some(REASON.into()),
                };
                (account.clone(), Input::Retraction(retraction))
            })
            .collect();
        if let Whose::Account(account) = self.whose
            && (self.ends == 0 || self.open || !records.is_empty())
        {
            let change = SuppressionChange {
                id: named(
                    &SignalId::NAMESPACE_URL,
                    &format!("buymode/erased\n{account}\n{}", self.ends),
                ),
                source: ERASE.into(),
                list: SuppressionList::DoNotContact,
                active: true,
                reason: Some(REASON.into()),
                owner: None,
                until: None,
                stated_on: None,
            };
            records.push((account.clone(), Input::Suppression(change)));
        }
        records
    }
}

fn named(space: &SignalId, name: &str) -> SignalId {
    SignalId::new_v5(space, name.as_bytes())
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

/// Records of the other topics that hold the id or key.
fn elsewhere(
    place: &Place,
    whose: &Whose,
    meter: &mut Meter<'_>,
) -> anyhow::Result<Vec<Elsewhere>> {
    let name = match whose {
        Whose::Contact(contact) => contact.as_str(),
        Whose::Account(account) => account.as_str(),
    };
    held(place, name, &[], meter)
}

/// Every topic that holds a salesperson's short name, as an owner of accounts above all.
///
/// # Errors
/// The log cannot be read.
pub fn of_person(
    place: &Place,
    name: &str,
    meter: &mut Meter<'_>,
) -> anyhow::Result<Vec<Elsewhere>> {
    let t = &place.topics;
    held(place, name, &[t.inputs.clone(), t.accounts.clone(), t.desk_state.clone()], meter)
}

/// Records that hold a name, of the topics that no erasure reads, and of more.
fn held(
    place: &Place,
    name: &str,
    more: &[String],
    meter: &mut Meter<'_>,
) -> anyhow::Result<Vec<Elsewhere>> {
    let finder = Named::new(name)?;
    let t = &place.topics;
    let mut topics = more.to_vec();
    topics.extend([&t.dead_letters, &t.sources, &t.aliases, &t.desk, &t.outbox].map(Clone::clone));
    topics.extend(t.kinds.iter().map(|(name, _)| name.clone()));
    let names = place.store.topic_names()?;
    topics.extend(names.iter().filter(|name| name.starts_with(&t.route_prefix)).cloned());
    topics.retain(|topic| names.contains(topic));
    let mut reader = place.store.reader()?;
    let mut found = Vec::new();
    for topic in topics {
        let mut records = 0_u64;
        for partition in 0..partitions(&*place.store, &topic)? {
            let marks = reader.watermarks(&topic, partition)?;
            meter.expect(&(marks.low..marks.stable));
            let mut passed = |offsets| meter.passed(offsets);
            let scan = Scan::range(&topic, partition, marks.low..marks.stable).report(&mut passed);
            scan.each(&mut *reader, &mut |record| {
                let holds = |bytes: Option<&[u8]>| bytes.is_some_and(|b| finder.is_in(b));
                records += u64::from(holds(record.key) || holds(record.value));
            })?;
        }
        if records > 0 {
            found.push(Elsewhere { topic, records });
        }
    }
    Ok(found)
}
