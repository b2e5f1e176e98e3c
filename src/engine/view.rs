//! The committed view: every account of the partitions this instance holds, as the log has it.
//! The task reads and writes it, HTTP only reads.

use super::standings::StandingsNumber;
use super::timers::NEVER;
use crate::domain::account::standing::Stage;
use crate::domain::account::world::World;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::heap::Heap;
use crate::domain::terms::time::{Day, Timestamp};
use allocator_api2::alloc::System;
use allocator_api2::boxed::Box;
use dashmap::DashMap;
use foldhash::fast::RandomState;
use std::ops::Deref;
use std::sync::{Arc, RwLock};

/// The bytes of a packed state. They lie in the system's allocator: states grow all together, and the
/// program's own keeps a page for blocks of one size until the last of them has grown out of it,
/// which takes two fifths more than the states (the system's: a twentieth more).
#[derive(Clone, Debug)]
pub struct PackedBytes(Box<[u8], System>);

impl From<&[u8]> for PackedBytes {
    fn from(bytes: &[u8]) -> PackedBytes {
        // Copied as a whole; this crate's vectors copy byte by byte.
        PackedBytes(Box::from(bytes))
    }
}

impl Deref for PackedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl PackedBytes {
    /// What the system's allocator takes for so many bytes: 8 for itself, in steps of 16.
    fn block(bytes: usize) -> usize {
        (bytes + 8).next_multiple_of(16).max(32)
    }
}

/// An account as it lies in the accounts topic, with its next date.
#[derive(Clone, Debug)]
pub struct Packed {
    pub bytes: PackedBytes,
    /// The next midnight at which something may happen; `Day(i32::MAX)`: none.
    pub due: Day,
    pub stage: Stage,
    /// Where it stands with each product, in the partition's table.
    pub standings: StandingsNumber,
}

impl Packed {
    /// As it was read back; the values that decoding finds follow.
    pub fn restored(bytes: &[u8]) -> Packed {
        let standings = StandingsNumber::default();
        Packed { bytes: bytes.into(), due: NEVER, stage: Stage::Dormant, standings }
    }
}

impl Packed {
    /// Bytes of memory that an account takes: its packed state, its key and its place in the map and
    /// among the dates. A table is between half and seven eighths full, a tree's node between half
    /// full and full.
    pub fn taken(&self, account: &AccountKey) -> usize {
        let slot = (size_of::<(AccountKey, Packed)>() + 1) * 3 / 2;
        let date = if self.due == NEVER { 0 } else { size_of::<(Day, AccountKey)>() * 3 / 2 };
        slot + date + 2 * account.heap() + PackedBytes::block(self.bytes.len())
    }
}

/// One partition's accounts, and what they have in common.
#[derive(Default)]
pub struct PartitionView {
    pub accounts: DashMap<AccountKey, Packed, RandomState>,
    common: RwLock<Common>,
}

#[derive(Clone, Default)]
pub struct Common {
    pub world: Arc<World>,
    pub time: Timestamp,
    pub next_offset: i64,
}

impl PartitionView {
    pub fn common(&self) -> Common {
        match self.common.read() {
            Ok(common) => common.clone(),
            // A writer that panicked left whole values: they are replaced, not changed in place.
            Err(poisoned) => poisoned.into_inner().clone(),
        }
    }

    pub fn set_common(&self, new: Common) {
        match self.common.write() {
            Ok(mut common) => *common = new,
            Err(poisoned) => *poisoned.into_inner() = new,
        }
    }
}

/// The views of all partitions that this instance holds.
#[derive(Clone, Default)]
pub struct Views(Arc<DashMap<i32, Arc<PartitionView>>>);

impl Views {
    pub fn get(&self, partition: i32) -> Option<Arc<PartitionView>> {
        self.0.get(&partition).map(|view| view.clone())
    }

    pub fn insert(&self, partition: i32, view: Arc<PartitionView>) {
        self.0.insert(partition, view);
    }

    /// Removes the view of a partition, unless another worker of the process has put one of its own there.
    /// Returns whether it did.
    pub fn remove(&self, partition: i32, view: &Arc<PartitionView>) -> bool {
        self.0.remove_if(&partition, |_, present| Arc::ptr_eq(present, view)).is_some()
    }

    pub fn clear(&self) {
        self.0.clear();
    }

    pub fn partitions(&self) -> Vec<i32> {
        let mut all: Vec<i32> = self.0.iter().map(|entry| *entry.key()).collect();
        all.sort_unstable();
        all
    }
}
