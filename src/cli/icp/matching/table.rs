//! The company table: folded from files, or the accounts of a log.

use crate::admin::place::Place;
use crate::analysis::companies::{Companies, Record, fold};
use crate::cli::import::Mapped;
use crate::domain::account::state::AccountState;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::{Day, Timestamp};
use crate::engine::topics::{TASK_KEY, WORLD_KEY};
use crate::ingest::import::{Summary, collect};
use crate::log::scan::Scan;
use crate::mapping::Mapping;
use crate::runtime::worker::now_ms;
use anyhow::{Context, bail};
use std::collections::BTreeMap;

/// The companies of files, as the core would know them had they been imported into a history.
pub(in crate::cli::icp) fn of_files(
    files: &Mapped<'_>,
    on: Option<Day>,
) -> anyhow::Result<(Companies, Summary)> {
    let mapping = Mapping::load(files.mapping)?;
    let mut records = Vec::new();
    let mut keep = |record: crate::mapping::canonical::Canonical| {
        let (account, input, known_at) = (record.account, record.input, record.known_at);
        records.push(Record { account, input, known_at });
    };
    let summary = collect(
        &mapping,
        &files.options(),
        &mut |_| std::ops::ControlFlow::Continue(()),
        &mut keep,
    )?;
    Ok((fold(records, on), summary))
}

/// The accounts that the log's instances have written.
pub(in crate::cli::icp) fn of_log(place: &Place, on: Option<Day>) -> anyhow::Result<Companies> {
    let topic = &place.topics.accounts;
    let partitions = place.spec(topic)?.partitions;
    let mut reader = place.store.reader()?;
    let mut codec = place.codec.clone();
    let mut accounts: BTreeMap<AccountKey, AccountState> = BTreeMap::new();
    let mut time = Timestamp::default();
    for partition in 0..partitions {
        // Compacted now or later: the last value of a key is the one that holds.
        let mut last: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        Scan::whole(&mut *reader, topic, partition)?.each(&mut *reader, &mut |record| {
            let Some(key) = record.key else { return };
            match record.value {
                Some(value) => last.insert(key.to_vec(), value.to_vec()),
                None => last.remove(key),
            };
        })?;
        for (key, value) in last {
            let said = || format!("{topic}[{partition}]: a record cannot be read");
            match key.as_slice() {
                TASK_KEY => time = time.max(codec.decode_task(&value).with_context(said)?.time),
                WORLD_KEY => {}
                key => {
                    let name = std::str::from_utf8(key).with_context(said)?;
                    let account = AccountKey::parse(name).with_context(said)?;
                    accounts.insert(account, codec.decode_state(&value).with_context(said)?);
                }
            }
        }
    }
    let known = time.day();
    if let Some(on) = on.filter(|on| *on < known) {
        bail!(
            "--at {on} lies before the log's time {known}: its accounts stand where they stand; \
             for an earlier day give the files they came from"
        );
    }
    let today = place.clock()?.as_of(time, now_ms()).day();
    Ok(Companies::of_log(accounts.into_iter().collect(), on.unwrap_or(today)))
}
