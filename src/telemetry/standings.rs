//! Accounts by where they stand with each product, of the partitions that this instance holds.

use super::counters::registered;
use crate::engine::standings::Stand;
use prometheus::{IntGaugeVec, Opts, Registry};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Profiles name products and segments: accounts of any series beyond this many are left out.
const SERIES_MAX: usize = 2_000;

pub(super) struct StandingCounts {
    /// Of each partition, so that one that is given up can be subtracted.
    held: Mutex<BTreeMap<i32, BTreeMap<Stand, i64>>>,
    shown: IntGaugeVec,
}

impl StandingCounts {
    pub(super) fn new(registry: &Registry) -> StandingCounts {
        let shown = IntGaugeVec::new(
            Opts::new(
                "buymode_product_accounts",
                "Accounts of this instance's partitions, by product, with their stage and tier (unknown: not \
                 decided yet) for it and the segment of the open episode.",
            ),
            &["product", "stage", "tier", "segment"],
        );
        StandingCounts { held: Mutex::default(), shown: registered(registry, shown) }
    }

    pub(super) fn changed(&self, partition: i32, changes: &BTreeMap<Stand, i64>) {
        let mut held = self.held();
        let counts = held.entry(partition).or_default();
        for (stand, n) in changes {
            if counts.len() < SERIES_MAX || counts.contains_key(stand) {
                *counts.entry(stand.clone()).or_default() += n;
            }
        }
        self.show(&held, changes.keys());
    }

    /// The partition is given up, or counts from zero.
    pub(super) fn forget(&self, partition: i32) {
        let mut held = self.held();
        if let Some(gone) = held.remove(&partition) {
            self.show(&held, gone.keys());
        }
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<i32, BTreeMap<Stand, i64>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn show<'a>(
        &self,
        held: &BTreeMap<i32, BTreeMap<Stand, i64>>,
        changed: impl Iterator<Item = &'a Stand>,
    ) {
        for stand in changed {
            let all: i64 = held.values().filter_map(|counts| counts.get(stand)).sum();
            let tier = stand.tier.map_or("unknown", <&str>::from);
            let segment = stand.segment.as_deref().unwrap_or("");
            let labels = [stand.product.as_ref(), stand.stage.into(), tier, segment];
            self.shown.with_label_values(&labels).set(all);
        }
    }
}
