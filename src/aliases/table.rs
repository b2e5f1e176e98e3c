//! Changes the aliases topic: each change is written together with the request to the log, in one
//! transaction.

use crate::aliases::change::{Change, Done, Said, apply};
use crate::aliases::read::Reading;
use crate::aliases::{Held, Known};
use crate::domain::account::input::{Input, Transfer, TransferStep};
use crate::domain::account::records::Alias;
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Timestamp;
use crate::engine::scorer::Clock;
use crate::log::transact::{Found, Transactor};
use crate::log::{Output, Writer};
use crate::runtime::worker::now_ms;
use anyhow::{Context, bail};

/// Changes of one transaction.
const BATCH: usize = 500;

/// Makes changes, and returns the result of each. All writers of aliases share one transactional
/// id: opening it fences the writer before, so the aliases read after that are the latest.
pub fn change(
    reading: &Reading<'_>,
    id: &str,
    clock: Clock,
    said: &Said,
    changes: &[Change],
) -> anyhow::Result<Vec<Result<Done, String>>> {
    let mut writer = Transactor::open(reading.store, id)?;
    let moved = match changes {
        [Change::Add { alias, account, .. }] => reading.moved_of(&[alias, account])?,
        [Change::Remove { alias }] => reading.moved_of(&[alias])?,
        _ => reading.moved()?,
    };
    let mut held = Held { known: reading.known()?, moved };
    let mut all = Vec::with_capacity(changes.len());
    for batch in changes.chunks(BATCH) {
        let mut records = Vec::new();
        let before = held.known.clone();
        for change in batch {
            let judged = apply(&mut held, said, change, Timestamp(now_ms()));
            let (Change::Add { alias, .. } | Change::Remove { alias }) = change;
            if let Ok((_, Some((step, record)))) = &judged {
                records.push((alias.clone(), step.clone(), record.clone()));
            }
            all.push(judged.map(|(done, _)| done));
        }
        write(reading, clock, &mut writer, &before, &records)?;
    }
    Ok(all)
}

fn write(
    reading: &Reading<'_>,
    clock: Clock,
    writer: &mut Transactor<'_>,
    before: &Known,
    records: &[(AccountKey, TransferStep, Alias)],
) -> anyhow::Result<()> {
    if records.is_empty() {
        return Ok(());
    }
    let mut codec = reading.codec.clone();
    let (inputs, aliases) = (&reading.topics.inputs, &reading.topics.aliases);
    // History never gets a wall-clock stamp: the record counts as of what was read before it.
    let stamp = match clock {
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
    let mut fill = |writer: &mut dyn Writer| {
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
        Ok(())
    };
    let mut look = || match reading.known()? {
        // Also where only removals were written that the topic need not know of: twice is once, by
        // their ids.
        known if known == *before => Ok(Found::Absent),
        known if known == after(before, records) => Ok(Found::Written),
        _ => bail!("another user changed aliases at the same moment; run the command again"),
    };
    let done = writer.write::<anyhow::Error>(&mut fill, &mut look);
    done.context("the aliases may not have been written; `buymode aliases list` shows them")
}

/// What the aliases topic says once `records` are written.
fn after(before: &Known, records: &[(AccountKey, TransferStep, Alias)]) -> Known {
    let mut known = before.clone();
    for (alias, step, record) in records {
        match step {
            TransferStep::Request => known.insert(alias.clone(), record.clone()),
            _ => known.remove(alias),
        };
    }
    known
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
