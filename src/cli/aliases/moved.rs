//! What the log itself says of aliases: an account that was merged keeps, as its state, where to.
//! A vendor's mapping tells the log alone, so the aliases topic need not know of it.

use crate::cli::place::Place;
use crate::domain::account::AccountKey;
use crate::domain::state::AccountState;
use crate::runtime::partitioner::partition_of;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Merged accounts, and what they were merged into.
pub type Moved = BTreeMap<AccountKey, AccountKey>;

/// Of all accounts.
pub fn all(place: &Place) -> anyhow::Result<Moved> {
    let mut moved = Moved::new();
    for partition in 0..place.spec(&place.topics.accounts)?.partitions {
        let states = states(place, partition, &|_| true, &|state| state.moved_to.clone())?;
        moved.extend(states);
    }
    Ok(moved)
}

/// Of these, and of those that they were merged into.
pub fn of(place: &Place, accounts: &[&AccountKey]) -> anyhow::Result<Moved> {
    let partitions = place.spec(&place.topics.accounts)?.partitions;
    let mut moved = Moved::new();
    let mut asked = BTreeSet::new();
    let mut next: BTreeSet<AccountKey> = accounts.iter().copied().cloned().collect();
    while !next.is_empty() {
        let at = |account: &AccountKey| partition_of(account.as_str().as_bytes(), partitions);
        let mut found = Moved::new();
        for partition in next.iter().map(at).collect::<BTreeSet<i32>>() {
            let wanted = |account: &AccountKey| next.contains(account);
            found.extend(states(place, partition, &wanted, &|state| state.moved_to.clone())?);
        }
        asked.append(&mut next);
        next = found.values().filter(|to| !asked.contains(*to)).cloned().collect();
        moved.extend(found);
    }
    Ok(moved)
}

/// What `take` makes of the states of a partition as they are now.
pub fn states<T>(
    place: &Place,
    partition: i32,
    wanted: &dyn Fn(&AccountKey) -> bool,
    take: &dyn Fn(AccountState) -> Option<T>,
) -> anyhow::Result<BTreeMap<AccountKey, T>> {
    let topic = &place.topics.accounts;
    let mut reader = place.store.reader()?;
    let mut codec = place.codec.clone();
    let (mut taken, mut broken) = (BTreeMap::new(), None);
    let range = reader.watermarks(topic, partition)?;
    let mut next = range.low;
    while next < range.stable {
        let wait = Duration::from_secs(60);
        next = reader.read(topic, partition, next, range.stable, wait, &mut |record| {
            let key = record.key.and_then(|key| std::str::from_utf8(key).ok());
            let Some(account) = key.and_then(|key| AccountKey::parse(key).ok()) else { return };
            if !wanted(&account) {
                return;
            }
            let state = record.value.map(|value| codec.decode_state(value)).transpose();
            match state.map(|state| state.and_then(take)) {
                Ok(None) => drop(taken.remove(&account)),
                Ok(Some(what)) => drop(taken.insert(account, what)),
                Err(error) => broken = Some(format!("the state of {account}: {error}")),
            }
        })?;
    }
    broken.map_or(Ok(taken), |why| Err(anyhow::Error::msg(why)))
}
