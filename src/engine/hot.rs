//! Decoded accounts kept beside the packed ones: one budget of bytes for all partitions that the
//! process holds, the least recently used given up first.
//!
//! Accounts of the batch under way are lent out: they count against the budget too, and cannot be
//! given up before its end.

use crate::domain::account::state::AccountState;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::heap::block;
use foldhash::fast::RandomState;
use hashlink::LinkedHashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes of the budget, where no setting says otherwise.
pub const DECODED_BYTES_MAX: usize = 128 << 20;

/// The number of a [`HotPartition`], and an account in it. A partition that moves to another worker of
/// the process gets another number: what one worker has decoded, the other never sees.
type Place = (u64, AccountKey);

/// The decoded accounts of a process. A clone is another handle of the same.
#[derive(Clone)]
pub struct Hot(Arc<Mutex<Cache>>);

struct Cache {
    /// The least recently used first.
    accounts: LinkedHashMap<Place, Kept, RandomState>,
    /// Of `accounts`.
    kept_bytes: usize,
    /// Of the accounts in batches.
    lent_bytes: usize,
    bytes_max: usize,
    /// The most accounts there were since all were last given up.
    most: usize,
    /// How many partitions there have been.
    partitions: u64,
}

struct Kept {
    state: Box<AccountState>,
    bytes: usize,
}

impl Default for Hot {
    fn default() -> Hot {
        Hot::new(DECODED_BYTES_MAX)
    }
}

impl Hot {
    pub fn new(bytes_max: usize) -> Hot {
        let accounts = LinkedHashMap::with_hasher(RandomState::default());
        Hot(Arc::new(Mutex::new(Cache {
            accounts,
            kept_bytes: 0,
            lent_bytes: 0,
            bytes_max,
            most: 0,
            partitions: 0,
        })))
    }

    /// Bytes of all decoded accounts, those of the batch under way among them.
    pub fn bytes(&self) -> usize {
        let cache = self.lock();
        cache.kept_bytes + cache.lent_bytes
    }

    /// Whether the batch under way holds half of the budget: time to end it.
    pub fn is_full(&self) -> bool {
        let cache = self.lock();
        cache.lent_bytes > cache.bytes_max / 2
    }

    fn lock(&self) -> MutexGuard<'_, Cache> {
        // A thread that panicked did so outside: nothing in here does.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cache {
    fn make_room(&mut self) {
        while self.kept_bytes + self.lent_bytes > self.bytes_max
            && let Some((_, kept)) = self.accounts.pop_front()
        {
            self.kept_bytes -= kept.bytes;
        }
    }

    /// Where accounts grow, fewer fit, and the blocks of those that went are of no use to those that
    /// stay: they lie in pages of which other blocks are taken. Once an eighth has gone, all are given
    /// up and their memory with them; whichever is asked for is decoded again. Only between batches,
    /// when none is lent.
    fn renew(&mut self) {
        self.most = self.most.max(self.accounts.len());
        if self.accounts.len() < self.most - self.most / 8 {
            self.accounts = LinkedHashMap::with_hasher(RandomState::default());
            self.kept_bytes = 0;
            self.most = 0;
        }
    }
}

/// One partition's part of it. Dropped, it leaves nothing behind.
pub struct HotPartition {
    hot: Hot,
    number: u64,
    lent_bytes: usize,
}

impl HotPartition {
    pub fn new(hot: Hot) -> HotPartition {
        let number = {
            let mut cache = hot.lock();
            cache.partitions += 1;
            cache.partitions
        };
        HotPartition { hot, number, lent_bytes: 0 }
    }

    /// Takes an account out for the batch, with its bytes.
    pub fn take(&mut self, account: &AccountKey) -> Option<(Box<AccountState>, usize)> {
        let mut cache = self.hot.lock();
        if cache.lent_bytes == 0 {
            cache.renew();
        }
        let Kept { state, bytes } = cache.accounts.remove(&(self.number, account.clone()))?;
        cache.kept_bytes -= bytes;
        cache.lent_bytes += bytes;
        self.lent_bytes += bytes;
        Some((state, bytes))
    }

    /// Counts an account that the batch has just decoded or made: about so many bytes, of which no more
    /// is known until it is kept.
    pub fn lend(&mut self, bytes: usize) {
        let mut cache = self.hot.lock();
        cache.lent_bytes += bytes;
        self.lent_bytes += bytes;
        cache.make_room();
    }

    /// Ends the batch: no account is lent any more.
    pub fn end(&mut self) {
        let lent = std::mem::take(&mut self.lent_bytes);
        self.hot.lock().lent_bytes -= lent;
    }

    /// Keeps an account of the batch that has ended. `bytes`: as known, where it has not changed.
    pub fn keep(&mut self, account: AccountKey, state: Box<AccountState>, bytes: Option<usize>) {
        let bytes = bytes.unwrap_or_else(|| taken(&state));
        let mut cache = self.hot.lock();
        cache.kept_bytes += bytes;
        if let Some(old) = cache.accounts.insert((self.number, account), Kept { state, bytes }) {
            cache.kept_bytes -= old.bytes;
        }
        cache.make_room();
    }
}

impl Drop for HotPartition {
    fn drop(&mut self) {
        self.end();
        let mut cache = self.hot.lock();
        let Cache { accounts, kept_bytes, .. } = &mut *cache;
        accounts.retain(|(number, _), kept| {
            let stays = *number != self.number;
            *kept_bytes -= if stays { 0 } else { kept.bytes };
            stays
        });
    }
}

/// What an account takes: its state, and its place in the cache (the key, two links, a slot of the
/// table, which is between half and seven eighths full). An eighth more is what lies unused between
/// the blocks of accounts while others of other sizes take their places. Walks the whole state.
pub fn taken(state: &AccountState) -> usize {
    const TABLE: usize = 12;
    let entry = size_of::<Place>() + size_of::<Kept>() + 2 * size_of::<usize>();
    let own = size_of::<AccountState>();
    let bytes = block(entry) + TABLE + block(own) + state.bytes() - own;
    bytes + bytes / 8
}

/// About what an account will take that is decoded from so many bytes (measured: four to five times
/// as many).
pub fn taken_of(packed: usize) -> usize {
    size_of::<AccountState>() + 5 * packed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::terms::time::Day;

    fn key(n: usize) -> AccountKey {
        AccountKey::parse(&format!("company{n}.com")).unwrap()
    }

    fn state() -> Box<AccountState> {
        Box::new(AccountState::new(-1, Day(0)))
    }

    #[test]
    fn the_least_recently_used_goes_first_whatever_its_partition() {
        let one = taken(&state());
        let hot = Hot::new(3 * one);
        let [mut a, mut b] = [(); 2].map(|()| HotPartition::new(hot.clone()));
        a.keep(key(0), state(), None);
        b.keep(key(0), state(), None);
        b.keep(key(1), state(), None);
        let (used, bytes) = a.take(&key(0)).unwrap();
        a.end();
        a.keep(key(0), used, Some(bytes));
        a.keep(key(2), state(), None);
        assert!(b.take(&key(0)).is_none());
        assert!([a.take(&key(0)), a.take(&key(2)), b.take(&key(1))].iter().all(Option::is_some));
        assert_eq!(hot.bytes(), 3 * one);
    }

    #[test]
    fn all_are_given_up_once_those_that_fit_have_become_an_eighth_fewer() {
        let hot = Hot::new(16 * taken(&state()));
        let mut a = HotPartition::new(hot.clone());
        let keep = |a: &mut HotPartition, from: usize| {
            (from..from + 16).for_each(|n| a.keep(key(n), state(), None));
        };
        keep(&mut a, 0);
        assert!(a.take(&key(40)).is_none());
        // One that takes the room of two leaves enough of the others.
        a.keep(key(16), state(), Some(2 * taken(&state())));
        assert!(a.take(&key(15)).is_some());
        a.end();
        a.keep(key(17), state(), Some(3 * taken(&state())));
        assert!(a.take(&key(14)).is_none());
        assert_eq!(hot.bytes(), 0);
        keep(&mut a, 0);
        assert!(a.take(&key(0)).is_some());
    }

    #[test]
    fn a_batch_counts_until_it_ends_and_makes_others_give_way() {
        let one = taken(&state());
        let hot = Hot::new(4 * one);
        let mut a = HotPartition::new(hot.clone());
        (0..4).for_each(|n| a.keep(key(n), state(), None));
        (0..2).for_each(|_| a.lend(one));
        assert!(!hot.is_full());
        assert!(a.take(&key(1)).is_none());
        assert!(a.take(&key(3)).is_some());
        assert!(hot.is_full());
        a.end();
        assert!(!hot.is_full());
        assert_eq!(hot.bytes(), one, "the second and the fourth went");
    }

    #[test]
    fn a_partition_given_up_leaves_nothing() {
        let hot = Hot::new(usize::MAX);
        let mut a = HotPartition::new(hot.clone());
        let mut b = HotPartition::new(hot.clone());
        a.keep(key(0), state(), None);
        a.lend(taken(&state()));
        b.keep(key(0), state(), None);
        drop(a);
        assert_eq!(hot.bytes(), taken(&state()));
        drop(b);
        assert_eq!(hot.bytes(), 0);
    }
}
