//! The aliases topic, read whole and changed: each change is written together with the request
//! that tells the log, in one transaction.

use super::moved::{self, Moved};
use crate::cli::place::Place;
use crate::domain::Text;
use crate::domain::account::AccountKey;
use crate::domain::input::{Input, Transfer, TransferStep};
use crate::domain::records::Alias;
use crate::domain::signal::SignalId;
use crate::domain::time::Timestamp;
use crate::engine::scorer::Clock;
use crate::runtime::log::{LogError, Output, Writer};
use crate::runtime::worker::now_ms;
use anyhow::{Context, bail};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Reading what is there may not take longer.
const READ_MAX: Duration = Duration::from_secs(60);
/// Changes of one transaction.
const BATCH: usize = 500;

pub type Known = BTreeMap<AccountKey, Alias>;

/// What is said with every alias that is added.
#[derive(Clone, Debug, Default)]
pub struct Said {
    pub source: Text,
    pub reason: Option<Text>,
    pub by: Option<Text>,
}

#[derive(Clone, Debug)]
pub enum Change {
    Add { alias: AccountKey, account: AccountKey, reason: Option<Text> },
    Remove { alias: AccountKey },
}

/// What became of a change.
#[derive(Clone, Debug)]
pub struct Done {
    /// The account at the end of the chain.
    pub account: AccountKey,
    /// Whether anything is written for it.
    pub new: bool,
}

/// Every alias that holds.
pub fn read(place: &Place) -> anyhow::Result<Known> {
    let topic = &place.topics.aliases;
    place.spec(topic)?;
    let mut reader = place.store.reader()?;
    let mut codec = place.codec.clone();
    let range = reader.watermarks(topic, 0)?;
    let (mut next, began) = (range.low, Instant::now());
    let (mut known, mut broken) = (Known::new(), None);
    while next < range.stable {
        if began.elapsed() > READ_MAX {
            bail!("{topic} could not be read to its end within {READ_MAX:?}");
        }
        next = reader.read(topic, 0, next, range.stable, READ_MAX, &mut |record| {
            let key = record.key.and_then(|key| std::str::from_utf8(key).ok());
            let key = key.and_then(|key| AccountKey::parse(key).ok());
            let alias = record.value.map(|value| codec.decode_alias(value));
            match (key, alias) {
                (Some(key), None) => drop(known.remove(&key)),
                (Some(key), Some(Ok(alias))) => drop(known.insert(key, alias)),
                (None, _) => broken = Some((record.offset, "its key is no account".to_owned())),
                (_, Some(Err(error))) => broken = Some((record.offset, error.to_string())),
            }
        })?;
    }
    match broken {
        Some((offset, why)) => bail!("{topic}[0] offset {offset} cannot be read: {why}"),
        None => Ok(known),
    }
}

/// All that holds: as the topic says it, and of what the topic does not know, as the log does.
#[derive(Clone, Debug, Default)]
pub struct Held {
    pub known: Known,
    pub moved: Moved,
}

impl Held {
    fn of(&self, alias: &AccountKey) -> Option<&AccountKey> {
        let said = self.known.get(alias).map(|alias| &alias.account);
        said.or_else(|| self.moved.get(alias))
    }

    /// The account at the end of the chain.
    pub fn resolve(&self, account: &AccountKey) -> AccountKey {
        let mut at = account;
        // A chain is never longer than there are aliases.
        for _ in 0..self.known.len() + self.moved.len() {
            match self.of(at) {
                Some(account) => at = account,
                None => break,
            }
        }
        at.clone()
    }
}

/// What a change comes to, and the step that tells the log.
fn judge(held: &Held, change: &Change) -> Result<(Done, Option<TransferStep>), String> {
    match change {
        Change::Add { alias, account, .. } => {
            let root = held.resolve(account);
            let moved = held.moved.get(alias);
            match held.known.get(alias) {
                _ if alias == account => Err(format!("{alias} is itself")),
                Some(said) if held.resolve(&said.account) == root => {
                    Ok((Done { account: root, new: false }, None))
                }
                Some(said) => Err(format!(
                    "{alias} is an alias of {} already; `buymode aliases remove {alias}` comes first",
                    said.account
                )),
                None if root == *alias => Err(format!(
                    "{account} is an alias of {alias} already: that would be a circle; remove that one first"
                )),
                None => match moved {
                    None => Ok((Done { account: root, new: true }, Some(TransferStep::Request))),
                    // Said again it is in the topic too, and holds though an undo be on its way.
                    Some(to) if held.resolve(to) == root => {
                        let account = to.clone();
                        Ok((Done { account, new: true }, Some(TransferStep::Request)))
                    }
                    Some(to) => Err(format!(
                        "{alias} was merged into {to} already, as the log says; `buymode aliases \
                         remove {alias}` comes first, and `buymode run` must have read it"
                    )),
                },
            }
        }
        // The account undoes only what it did, whatever the topic says.
        Change::Remove { alias } => match held.moved.get(alias).or(held.of(alias)) {
            None => Err(format!("{alias} is no alias; `buymode aliases list` shows them")),
            Some(account) => {
                let account = account.clone();
                Ok((Done { account, new: true }, Some(TransferStep::Undo)))
            }
        },
    }
}

/// What would become of changes, one after the other.
pub fn foresee(held: &mut Held, said: &Said, changes: &[Change]) -> Vec<Result<Done, String>> {
    changes.iter().map(|change| apply(held, said, change, Timestamp(0)).map(|d| d.0)).collect()
}

type Judged = Result<(Done, Option<(TransferStep, Alias)>), String>;

fn apply(held: &mut Held, said: &Said, change: &Change, now: Timestamp) -> Judged {
    let (done, step) = judge(held, change)?;
    let Some(step) = step else { return Ok((done, None)) };
    match change {
        Change::Add { alias, reason, .. } => {
            let record = Alias {
                account: done.account.clone(),
                since: now,
                source: said.source.clone(),
                reason: reason.clone(),
                by: said.by.clone(),
            };
            held.known.insert(alias.clone(), record.clone());
            Ok((done, Some((step, record))))
        }
        Change::Remove { alias } => {
            held.moved.remove(alias);
            // What only the log knows has no moment of its own: each removal is another.
            let record = held.known.remove(alias).filter(|r| r.account == done.account);
            let record = record.unwrap_or_else(|| Alias {
                account: done.account.clone(),
                since: now,
                source: said.source.clone(),
                reason: None,
                by: None,
            });
            Ok((done, Some((step, record))))
        }
    }
}

/// Makes changes, and says of each what became of it. All who change share one transactional id:
/// opening it fences whoever had it, so what is read after that is the last there is.
pub fn change(
    place: &Place,
    said: &Said,
    changes: &[Change],
) -> anyhow::Result<Vec<Result<Done, String>>> {
    place.spec(&place.topics.inputs)?;
    let id = format!("{}buymode-aliases", place.config.topics.prefix.as_str());
    let mut writer = place.store.writer(&id)?;
    let moved = match changes {
        [Change::Add { alias, account, .. }] => moved::of(place, &[alias, account])?,
        [Change::Remove { alias }] => moved::of(place, &[alias])?,
        _ => moved::all(place)?,
    };
    let mut held = Held { known: read(place)?, moved };
    let mut all = Vec::with_capacity(changes.len());
    for batch in changes.chunks(BATCH) {
        let mut records = Vec::new();
        for change in batch {
            let judged = apply(&mut held, said, change, Timestamp(now_ms()));
            let (Change::Add { alias, .. } | Change::Remove { alias }) = change;
            if let Ok((_, Some((step, record)))) = &judged {
                records.push((alias.clone(), step.clone(), record.clone()));
            }
            all.push(judged.map(|(done, _)| done));
        }
        write(place, &mut *writer, &records)?;
    }
    Ok(all)
}

fn write(
    place: &Place,
    writer: &mut dyn Writer,
    records: &[(AccountKey, TransferStep, Alias)],
) -> anyhow::Result<()> {
    if records.is_empty() {
        return Ok(());
    }
    let mut codec = place.codec.clone();
    let (inputs, aliases) = (&place.topics.inputs, &place.topics.aliases);
    // History never gets a wall-clock stamp: the record counts as of what was read before it.
    let stamp = match place.clock()? {
        Clock::Live => None,
        Clock::History => Some(1),
    };
    let mut encoded = Vec::with_capacity(records.len());
    for (alias, step, record) in records {
        let mut input = Vec::new();
        let transfer = transfer(alias, step, record);
        codec.encode_input(inputs, alias, &Input::Transfer(Box::new(transfer)), &mut input)?;
        let mut value = Vec::new();
        codec.encode_alias(aliases, record, &mut value)?;
        let kept = matches!(step, TransferStep::Request).then_some(value);
        encoded.push((alias.as_str().as_bytes(), input, kept));
    }
    let mut transact = || -> Result<(), LogError> {
        writer.begin()?;
        for (key, input, kept) in &encoded {
            let to = Output { key: Some(key), ..Output::default() };
            writer.send(&Output {
                topic: inputs,
                value: Some(input),
                timestamp_ms: stamp,
                ..to
            })?;
            let partition = Some(0);
            writer.send(&Output { topic: aliases, partition, value: kept.as_deref(), ..to })?;
        }
        writer.commit(&[])
    };
    let done = transact();
    if done.is_err() {
        // The cause is told; what an abort then says adds nothing.
        let _ = writer.abort();
    }
    done.context("the aliases may not have been written; `buymode aliases list` tells")
}

/// The same for the same alias of the same moment; removed and added again it is another.
fn transfer(alias: &AccountKey, step: &TransferStep, record: &Alias) -> Transfer {
    let undo = matches!(step, TransferStep::Undo);
    let name = format!(
        "buymode/alias\n{alias}\n{}\n{}\n{}",
        record.account,
        record.since.0,
        if undo { "undo" } else { "request" }
    );
    let id = SignalId::new_v5(&SignalId::NAMESPACE_URL, name.as_bytes());
    let (from, to) = (alias.clone(), record.account.clone());
    Transfer { id, from, to, at: None, cause: id, hop: 0, step: step.clone() }
}
