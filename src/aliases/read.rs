//! The aliases that hold at a place: as the aliases topic says them, and as the log itself does.
//! The state of a merged account names the account that it was merged into. An alias from a
//! vendor's mapping is written to the log alone, so the aliases topic may not have it.

use super::{AliasesError, Held, Known, Moved};
use crate::codec::Codec;
use crate::domain::account::state::AccountState;
use crate::domain::terms::account::AccountKey;
use crate::engine::topics::Topics;
use crate::log::partitioner::partition_of;
use crate::log::scan::{Scan, ScanError, partitions};
use crate::log::{RecordRef, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

/// Where to read.
pub struct Reading<'a> {
    pub store: &'a dyn Store,
    pub codec: Codec,
    pub topics: &'a Topics,
}

impl Reading<'_> {
    /// All that holds; nothing where the topics for it were never made.
    pub fn held(&self) -> Result<Held, AliasesError> {
        Ok(Held { known: if_made(self.known())?, moved: if_made(self.moved())? })
    }

    /// What the aliases topic says.
    pub fn known(&self) -> Result<Known, AliasesError> {
        let topic = &self.topics.aliases;
        self.partitions(topic)?;
        let (mut codec, mut known) = (self.codec.clone(), Known::new());
        self.each(topic, 0, &mut |record| {
            let key = record.key.and_then(|key| std::str::from_utf8(key).ok());
            let key = key.and_then(|key| AccountKey::parse(key).ok());
            let key = key.ok_or("invalid key: not an account key")?;
            match record.value {
                None => drop(known.remove(&key)),
                Some(value) => {
                    let alias = codec.decode_alias(value).map_err(|error| error.to_string())?;
                    known.insert(key, alias);
                }
            }
            Ok(())
        })?;
        Ok(known)
    }

    /// Of all accounts.
    pub fn moved(&self) -> Result<Moved, AliasesError> {
        self.states(&|_| true, &|state| state.moved_to().cloned())
    }

    /// Of these.
    pub fn moved_of(&self, accounts: &[&AccountKey]) -> Result<Moved, AliasesError> {
        let partitions = self.partitions(&self.topics.accounts)?;
        let at = |account: &&AccountKey| partition_of(account.as_str().as_bytes(), partitions);
        let wanted = |account: &AccountKey| accounts.contains(&account);
        let mut moved = Moved::new();
        for partition in accounts.iter().map(at).collect::<BTreeSet<i32>>() {
            let to = |state: AccountState| state.moved_to().cloned();
            moved.extend(self.states_of(partition, &wanted, &to)?);
        }
        Ok(moved)
    }

    /// What `take` makes of the states as they are now.
    pub fn states<T>(
        &self,
        wanted: &dyn Fn(&AccountKey) -> bool,
        take: &dyn Fn(AccountState) -> Option<T>,
    ) -> Result<BTreeMap<AccountKey, T>, AliasesError> {
        let mut states = BTreeMap::new();
        for partition in 0..self.partitions(&self.topics.accounts)? {
            states.extend(self.states_of(partition, wanted, take)?);
        }
        Ok(states)
    }

    fn states_of<T>(
        &self,
        partition: i32,
        wanted: &dyn Fn(&AccountKey) -> bool,
        take: &dyn Fn(AccountState) -> Option<T>,
    ) -> Result<BTreeMap<AccountKey, T>, AliasesError> {
        let (mut codec, mut taken) = (self.codec.clone(), BTreeMap::new());
        self.each(&self.topics.accounts, partition, &mut |record| {
            let key = record.key.and_then(|key| std::str::from_utf8(key).ok());
            let Some(account) = key.and_then(|key| AccountKey::parse(key).ok()) else {
                return Ok(());
            };
            if !wanted(&account) {
                return Ok(());
            }
            let state = record.value.map(|value| codec.decode_state(value)).transpose();
            match state.map_err(|error| format!("the state of {account}: {error}"))?.and_then(take)
            {
                None => drop(taken.remove(&account)),
                Some(what) => drop(taken.insert(account, what)),
            }
            Ok(())
        })?;
        Ok(taken)
    }

    fn partitions(&self, topic: &str) -> Result<i32, AliasesError> {
        Ok(partitions(self.store, topic)?)
    }

    /// Visits a partition up to its present end.
    fn each(
        &self,
        topic: &str,
        partition: i32,
        visit: &mut dyn FnMut(&RecordRef<'_>) -> Result<(), String>,
    ) -> Result<(), AliasesError> {
        let mut reader = self.store.reader()?;
        Scan::whole(&mut *reader, topic, partition)?.try_each(&mut *reader, &mut |record| {
            visit(&record).map(ControlFlow::Continue).map_err(|message| AliasesError::Unreadable {
                topic: topic.to_owned(),
                partition,
                offset: record.offset,
                message,
            })
        })?;
        Ok(())
    }
}

fn if_made<T: Default>(read: Result<T, AliasesError>) -> Result<T, AliasesError> {
    match read {
        Err(AliasesError::Scan(ScanError::NoTopic { .. })) => Ok(T::default()),
        other => other,
    }
}
