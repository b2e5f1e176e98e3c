//! Reads an account's partition of the accounts topic as a restore does, and keeps the one account.

use crate::admin::place::Place;
use crate::domain::Text;
use crate::domain::account::state::AccountState;
use crate::domain::account::world::World;
use crate::domain::evidence::company::Attribute;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::term::Term;
use crate::domain::terms::time::Timestamp;
use crate::engine::topics::{TASK_KEY, WORLD_KEY};
use crate::log::partitioner::partition_of;
use crate::log::scan::Scan;
use anyhow::Context;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// The search for similar names takes no longer.
const NEAR_MAX: Duration = Duration::from_secs(5);
const NEAR_SHOWN: usize = 5;

pub struct Found {
    pub partition: i32,
    pub state: Option<AccountState>,
    pub world: World,
    /// The partition's time.
    pub time: Timestamp,
}

pub fn find(place: &Place, account: &AccountKey, partitions: i32) -> anyhow::Result<Found> {
    let partition = partition_of(account.as_str().as_bytes(), partitions);
    let topic = &place.topics.accounts;
    let mut reader = place.store.reader()?;
    let (mut state, mut world, mut task) = (None, None, None);
    Scan::whole(&mut *reader, topic, partition)?.each(&mut *reader, &mut |record| {
        let value = record.value.map(<[u8]>::to_vec);
        match record.key {
            Some(TASK_KEY) => task = value,
            Some(WORLD_KEY) => world = value,
            Some(key) if key == account.as_str().as_bytes() => state = value,
            _ => {}
        }
    })?;
    let mut codec = place.codec.clone();
    let unreadable = |what: &str| format!("{topic}[{partition}]: {what} cannot be read");
    let state = state.map(|bytes| codec.decode_state(&bytes)).transpose();
    let state = state.with_context(|| unreadable("the account's state"))?;
    let world = world.map(|bytes| codec.decode_world(&bytes)).transpose();
    let world = world.with_context(|| unreadable("the world record"))?.unwrap_or_default();
    let task = task.map(|bytes| codec.decode_task(&bytes)).transpose();
    let time = task.with_context(|| unreadable("the task record"))?.map(|task| task.time);
    Ok(Found { partition, state, world, time: time.unwrap_or_default() })
}

/// Hands over every account that the log knows, with its partition's world and time.
pub fn each(
    place: &Place,
    hand_over: &mut dyn FnMut(&World, &AccountKey, &AccountState, Timestamp),
) -> anyhow::Result<()> {
    let topic = &place.topics.accounts;
    let mut reader = place.store.reader()?;
    let mut codec = place.codec.clone();
    for partition in 0..place.partitions()? {
        let mut last: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        Scan::whole(&mut *reader, topic, partition)?.each(&mut *reader, &mut |record| {
            let Some(key) = record.key else { return };
            match record.value {
                Some(value) => last.insert(key.to_vec(), value.to_vec()),
                None => last.remove(key),
            };
        })?;
        let said = || format!("{topic}[{partition}]: a record cannot be read");
        let world = last.remove(WORLD_KEY).map(|bytes| codec.decode_world(&bytes)).transpose();
        let world = world.with_context(said)?.unwrap_or_default();
        let task = last.remove(TASK_KEY).map(|bytes| codec.decode_task(&bytes)).transpose();
        let time = task.with_context(said)?.map(|task| task.time).unwrap_or_default();
        for (key, value) in last.into_iter().filter(|(key, _)| !key.starts_with(b"\0")) {
            let key = AccountKey::parse(std::str::from_utf8(&key).with_context(said)?);
            let state = codec.decode_state(&value).with_context(said)?;
            hand_over(&world, &key.with_context(said)?, &state, time);
        }
    }
    Ok(())
}

/// The accounts of companies of this name, however it is spelt, with their names as they are known. An
/// account that was merged into another is left out.
pub fn named(
    place: &Place,
    name: &str,
    partitions: i32,
) -> anyhow::Result<Vec<(AccountKey, Text)>> {
    let Ok(wanted) = Term::parse(name) else { return Ok(Vec::new()) };
    let mut reader = place.store.reader()?;
    let mut codec = place.codec.clone();
    let mut found: BTreeMap<AccountKey, Text> = BTreeMap::new();
    for partition in 0..partitions {
        let mut last: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        let topic = &place.topics.accounts;
        Scan::whole(&mut *reader, topic, partition)?.each(&mut *reader, &mut |record| {
            let Some(key) = record.key.filter(|key| !key.starts_with(b"\0")) else { return };
            match record.value {
                Some(value) => last.insert(key.to_vec(), value.to_vec()),
                None => last.remove(key),
            };
        })?;
        for (key, value) in last {
            let said = || format!("{topic}[{partition}]: a record cannot be read");
            let state = codec.decode_state(&value).with_context(said)?;
            let text = |attribute| state.company.fact(attribute)?.value.texts().next();
            let called = text(Attribute::Name).or_else(|| text(Attribute::Handle));
            let Some(called) = called.filter(|_| state.moved_to().is_none()) else { continue };
            if Term::parse(called).is_ok_and(|term| term == wanted) {
                let key = std::str::from_utf8(&key).with_context(said)?;
                found.insert(AccountKey::parse(key).with_context(said)?, Text::new(called));
            }
        }
    }
    Ok(found.into_iter().collect())
}

/// Accounts whose names are close to this one.
pub fn near(place: &Place, account: &AccountKey, partitions: i32) -> anyhow::Result<Vec<String>> {
    let until = Instant::now() + NEAR_MAX;
    let mut reader = place.store.reader()?;
    let mut near = BTreeSet::new();
    let wanted = account.as_str();
    for partition in 0..partitions {
        let scan = Scan::whole(&mut *reader, &place.topics.accounts, partition)?.until(until);
        scan.each(&mut *reader, &mut |record| {
            let name = record.key.and_then(|key| std::str::from_utf8(key).ok());
            let Some(name) = name.filter(|name| !name.starts_with('\0')) else { return };
            let distance = strsim::osa_distance(name, wanted);
            if distance <= 2 || name.split('.').next() == wanted.split('.').next() {
                near.insert((distance, name.to_owned()));
                if near.len() > NEAR_SHOWN {
                    near.pop_last();
                }
            }
        })?;
    }
    Ok(near.into_iter().map(|(_, name)| name).collect())
}
