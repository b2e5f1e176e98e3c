//! The worker's counts in this run, the same that metrics are made of.

use crate::domain::account::standing::Stage;
use crate::engine::tally::{Ledger, Tally};
use crate::log::{LogError, RestoreProgress, TopicPartition};
use crate::runtime::exit::Exit;
use crate::runtime::observe::Observer;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[derive(Default)]
pub(super) struct Books(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    tally: Tally,
    /// Next offset of each partition of the inputs topic.
    next: BTreeMap<i32, i64>,
    stages: BTreeMap<i32, BTreeMap<Stage, i64>>,
    remarks: Vec<String>,
}

impl Books {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        // Each entry is added completely, so the counts stay correct after a panic elsewhere.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All counts of this run.
    pub(super) fn tally(&self) -> Tally {
        self.entries().tally.clone()
    }

    /// Number of records folded in this run.
    pub(super) fn read(&self) -> u64 {
        self.entries().tally.consumed()
    }

    pub(super) fn next_offset(&self, partition: i32) -> Option<i64> {
        self.entries().next.get(&partition).copied()
    }

    /// Accounts by stage, of all partitions.
    pub(super) fn stages(&self) -> BTreeMap<Stage, i64> {
        let mut all = BTreeMap::new();
        for stages in self.entries().stages.values() {
            for (stage, n) in stages {
                *all.entry(*stage).or_default() += n;
            }
        }
        all
    }

    /// Messages of the worker since the last call, such as why it was restarted.
    pub(super) fn take_remarks(&self) -> Vec<String> {
        std::mem::take(&mut self.entries().remarks)
    }
}

impl Ledger for Books {
    fn committed(&self, partition: i32, next_offset: i64, tally: &Tally) {
        let mut entries = self.entries();
        entries.next.insert(partition, next_offset);
        entries.tally.add(tally);
        let stages = entries.stages.entry(partition).or_default();
        for (stage, n) in &tally.stages {
            *stages.entry(*stage).or_default() += n;
        }
    }

    fn gave_up(&self, partition: i32) {
        self.entries().stages.remove(&partition);
    }

    fn forwarded(&self, _: &str, _: &Tally) {}
}

impl Observer for Books {
    fn restoring(&self, partition: &TopicPartition, progress: Option<RestoreProgress>) {
        if progress.is_none() {
            self.entries().stages.remove(&partition.partition);
        }
    }

    fn restored(&self, _: &TopicPartition) {}

    fn revoked(&self, _: &TopicPartition) {}

    fn transaction(&self, _: Duration, _: Option<&LogError>) {}

    fn aborted(&self, why: &str, _: u32) {
        self.entries().remarks.push(format!("transaction aborted: {why}"));
    }

    fn ended(&self, worker: &str, why: &Exit, pause: Option<Duration>) {
        if pause.is_some() {
            self.entries().remarks.push(format!("restarting worker {worker}: {why}"));
        }
    }
}
