//! Accounts that have changed since all of them were read: the end of their topic is followed, so that a change is
//! in the CRM within seconds and all accounts need not be read for it.

use crate::admin::place::Place;
use crate::analysis::synced::{self, Row};
use crate::deliver::sync::pass::Account;
use crate::domain::account::world::World;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Timestamp;
use crate::engine::topics::{TASK_KEY, WORLD_KEY};
use crate::log::partitioner::partition_of;
use crate::log::scan::Scan;
use anyhow::Context;
use std::collections::{BTreeMap, BTreeSet};

/// Where each partition was read up to, and what the accounts there are judged by.
pub(super) struct Follow {
    next: Vec<i64>,
    worlds: BTreeMap<i32, (World, Timestamp)>,
    /// Accounts that others were merged into: these are shown with their values.
    roots: BTreeSet<String>,
}

impl Follow {
    /// From the ends as they are now: taken before all accounts are read, so that nothing falls between.
    pub(super) fn from_now(place: &Place) -> anyhow::Result<Follow> {
        let mut reader = place.store.reader()?;
        let mut next = Vec::new();
        for partition in 0..place.partitions()? {
            next.push(reader.watermarks(&place.topics.accounts, partition)?.stable);
        }
        Ok(Follow { next, worlds: BTreeMap::new(), roots: BTreeSet::new() })
    }

    /// All accounts are being read: this one is judged by that.
    pub(super) fn note(&mut self, world: &World, account: &AccountKey, time: Timestamp) {
        let partitions = i32::try_from(self.next.len()).unwrap_or(i32::MAX);
        let partition = partition_of(account.as_str().as_bytes(), partitions);
        self.worlds.entry(partition).or_insert_with(|| (world.clone(), time));
    }

    pub(super) fn note_root(&mut self, root: &str) {
        self.roots.insert(root.to_owned());
    }

    /// Accounts that have changed since. None: what has changed concerns others too (a profile, a merge), so that all
    /// are to be read.
    pub(super) fn changed(
        &mut self,
        place: &Place,
        product: Option<&str>,
        as_of: &dyn Fn(Timestamp) -> Timestamp,
    ) -> anyhow::Result<Option<Vec<Account>>> {
        let topic = &place.topics.accounts;
        let (mut reader, mut codec) = (place.store.reader()?, place.codec.clone());
        let mut found = Vec::new();
        for (partition, next) in (0..).zip(&mut self.next) {
            let stable = reader.watermarks(topic, partition)?.stable;
            if stable <= *next {
                continue;
            }
            let mut last: BTreeMap<Vec<u8>, Option<Vec<u8>>> = BTreeMap::new();
            Scan::range(topic, partition, *next..stable).each(&mut *reader, &mut |record| {
                let Some(key) = record.key else { return };
                last.insert(key.to_vec(), record.value.map(<[u8]>::to_vec));
            })?;
            *next = stable;
            if last.contains_key(WORLD_KEY) {
                return Ok(None);
            }
            let said = || format!("{topic}[{partition}]: a record cannot be read");
            let task = last.get(TASK_KEY).cloned().flatten();
            last.retain(|key, _| !key.starts_with(b"\0"));
            let Some((world, time)) = self.worlds.get_mut(&partition) else {
                // The first accounts of a partition; its task record alone says nothing of any.
                if last.is_empty() {
                    continue;
                }
                return Ok(None);
            };
            if let Some(task) = task {
                *time = codec.decode_task(&task).with_context(said)?.time;
            }
            for (key, value) in last {
                let key = std::str::from_utf8(&key).with_context(said)?;
                let account = AccountKey::parse(key).with_context(said)?;
                let Some(value) = value else { return Ok(None) };
                let state = codec.decode_state(&value).with_context(said)?;
                match synced::row(world, &account, &state, as_of(*time), product) {
                    _ if self.roots.contains(account.as_str()) => return Ok(None),
                    Some(Row::Member(_)) => return Ok(None),
                    Some(Row::Own { changed, row }) => {
                        found.push(Account { key: account.as_str().to_owned(), changed, row });
                    }
                    None => {}
                }
            }
        }
        Ok(Some(found))
    }
}
