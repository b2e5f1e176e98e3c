//! Resolving dead letters: each that a filter selects is replayed or dropped, as the caller
//! decides, and its resolution is written in the transaction of the records that replace it.

use super::batch::{Batch, Sent};
use super::{DeadLettersError, Filter, Resolved, Stored, scan};
use crate::codec::Codec;
use crate::domain::account::records::{DeadLetterReason, Resolution};
use crate::engine::topics::Topics;
use crate::log::Store;
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// The result of a run. Every selected dead letter is in one of the first five counts.
#[derive(Debug, Default, Serialize, schemars::JsonSchema)]
pub struct Summary {
    /// Read again, and records written for them.
    pub replayed: u64,
    /// Replayed, and the mapping emits no record for them now.
    pub skipped: u64,
    /// Closed without being read again.
    pub dropped: u64,
    /// Rejected again, by the present reason.
    pub failing: BTreeMap<DeadLetterReason, u64>,
    /// They cannot be replayed as things are.
    pub blocked: u64,
    /// Given ids that were resolved before.
    pub already_resolved: Vec<String>,
    /// Given ids that do not exist, or that a flag excludes.
    pub not_found: Vec<String>,
    /// Records written, or to be written.
    pub records: u64,
    /// The first unresolved dead letters, each with the reason.
    pub unresolved: Vec<Unresolved>,
    /// Nothing was written; the counts say what would be.
    pub dry_run: bool,
    /// The caller stopped it before the end.
    pub stopped: bool,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Unresolved {
    /// Partition and offset in the dead-letter topic.
    pub id: String,
    /// Why, for people.
    pub message: String,
}

/// Unresolved dead letters that a summary names.
const UNRESOLVED_SHOWN: usize = 20;

impl Summary {
    /// Those that stay open.
    pub fn remaining(&self) -> u64 {
        self.failing.values().sum::<u64>() + self.blocked
    }

    /// Those that were processed.
    pub fn total(&self) -> u64 {
        self.replayed + self.skipped + self.dropped + self.remaining()
    }

    /// Reports the given ids that were not processed. `found`: whether each that exists was
    /// resolved before.
    fn not_processed(&mut self, given: &[(i32, i64)], found: &BTreeMap<(i32, i64), bool>) {
        for position in given {
            let id = format!("{}:{}", position.0, position.1);
            match found.get(position) {
                Some(false) => {}
                Some(true) => self.already_resolved.push(id),
                None => self.not_found.push(id),
            }
        }
    }

    /// Notes why one stays open.
    pub fn unresolved(&mut self, stored: &Stored, message: String) {
        if self.unresolved.len() < UNRESOLVED_SHOWN {
            self.unresolved.push(Unresolved { id: stored.id(), message });
        }
    }
}

/// The dead letters to resolve, and how.
pub struct Job<'a> {
    pub store: &'a dyn Store,
    pub topics: &'a Topics,
    pub codec: Codec,
    pub filter: &'a Filter,
    /// Decides and counts, and writes nothing.
    pub dry_run: bool,
    /// At most this many are processed.
    pub limit: u64,
}

/// The records that replace a dead letter and its resolution; `None` leaves it open.
pub type Answer = Option<(Vec<Sent>, Resolution)>;
pub type Decide<'a> = dyn FnMut(&Stored, &mut Summary) -> Result<Answer, DeadLettersError> + 'a;
/// Called before each dead letter; a break stops the run and keeps what is done.
pub type Watch<'a> = dyn FnMut(&Summary) -> ControlFlow<()> + 'a;

/// Resolves every open dead letter that the job selects, as `decide` says.
///
/// # Errors
/// Where the log cannot be read or written; earlier transactions of the run are kept.
pub fn resolve(
    job: Job<'_>,
    watch: &mut Watch<'_>,
    decide: &mut Decide<'_>,
) -> Result<Summary, DeadLettersError> {
    let Job { store, topics, mut codec, filter, dry_run, limit } = job;
    // A dry run opens no writer, which would fence a replay that is running.
    let mut open = match dry_run {
        true => Open::Read(Resolved::read(store, &mut codec, &topics.resolutions)?),
        false => Open::Write(Box::new(Batch::open(store, topics, codec.clone())?)),
    };
    let mut summary = Summary { dry_run, ..Summary::default() };
    let mut found = BTreeMap::new();
    scan(store, &mut codec, &topics.dead_letters, &mut |stored| {
        summary.stopped |= watch(&summary).is_break();
        if summary.total() >= limit || summary.stopped {
            return Ok(ControlFlow::Break(()));
        }
        if !filter.selects(&stored) {
            return Ok(ControlFlow::Continue(()));
        }
        let is_resolved = open.resolved().of(&stored).is_some();
        if !filter.positions.is_empty() {
            found.insert((stored.partition, stored.offset), is_resolved);
        }
        if is_resolved {
            return Ok(ControlFlow::Continue(()));
        }
        if let Some((records, resolution)) = decide(&stored, &mut summary)?
            && let Open::Write(batch) = &mut open
        {
            batch.put(stored, records, resolution)?;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    if let Open::Write(batch) = &mut open {
        batch.flush()?;
    }
    // Beyond the limit no dead letter was read.
    if summary.total() < limit && !summary.stopped {
        summary.not_processed(&filter.positions, &found);
    }
    Ok(summary)
}

enum Open<'a> {
    Read(Resolved),
    Write(Box<Batch<'a>>),
}

impl Open<'_> {
    fn resolved(&self) -> &Resolved {
        match self {
            Open::Read(resolved) => resolved,
            Open::Write(batch) => &batch.resolved,
        }
    }
}
