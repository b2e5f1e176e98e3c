//! Counts the results of a batch. They reach the metrics once the batch is committed, so that a
//! batch that is tried again is not counted twice.

use crate::domain::Text;
use crate::domain::account::decision::{Decision, DecisionKind, ExitReason, Verdict};
use crate::domain::account::input::{Input, RecordType};
use crate::domain::account::records::DeadLetterReason;
use crate::domain::account::standing::Stage;
use crate::domain::profile::Priority;
use crate::engine::hops::Hop;
use crate::engine::standings::Stand;
use crate::log::TopicPartition;
use std::collections::BTreeMap;

/// Counts of a batch. Consumed = the sum over `inputs`, always.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub inputs: BTreeMap<(RecordType, Verdict), u64>,
    pub decisions: BTreeMap<(DecisionKind, Text, Priority), u64>,
    pub exits: BTreeMap<ExitReason, u64>,
    pub dead_letters: BTreeMap<DeadLetterReason, u64>,
    /// When the inputs came.
    pub inputs_at: Times,
    /// When the inputs came that led to decisions.
    pub decisions_at: Times,
    /// Answers of decisions that count as unknown since they are too old.
    pub stale_answers: u64,
    pub cache_hits: u64,
    pub cache_misses: u64,
    /// Changes in the number of accounts by stage.
    pub stages: BTreeMap<Stage, i64>,
    /// The same by where they stand with each product.
    pub standings: BTreeMap<Stand, i64>,
    /// Change of the bytes of memory that the packed states take, with their place in the view.
    pub packed_bytes: i64,
    /// Offsets that were passed and hold no record.
    pub empty_offsets: u64,
    /// Inputs that change nothing, by the source that they name.
    pub repeats: BTreeMap<(Text, Verdict), u64>,
    /// The largest log time of the batch, in milliseconds.
    pub time_ms: i64,
    /// Of records of the per-kind topics.
    pub warnings: Warnings,
}

impl Tally {
    pub fn input(&mut self, record_type: RecordType, verdict: Verdict) {
        *self.inputs.entry((record_type, verdict)).or_default() += 1;
    }

    /// Offsets between the one that was expected and the one that came hold no record.
    pub fn passed(&mut self, expected: i64, came: i64) {
        self.empty_offsets += u64::try_from(came - expected).unwrap_or(0);
    }

    /// Counts an input that changes nothing with its source.
    pub fn repeat(&mut self, input: &Input, verdict: Verdict) {
        if !matches!(verdict, Verdict::Duplicate | Verdict::TooLate) {
            return;
        }
        let source = match input {
            Input::Signal(signal) => &signal.source,
            Input::Company(update) => &update.source,
            Input::Retraction(retraction) => &retraction.source,
            Input::Outcome(outcome) => &outcome.source,
            Input::Suppression(change) => &change.source,
            Input::Transfer(_) | Input::Kinship(_) => return,
        };
        *self.repeats.entry((source.clone(), verdict)).or_default() += 1;
    }

    pub fn decision(&mut self, d: &Decision) {
        self.decisions_at.add(d.decided_at.0, 1);
        if let Some(exit) = &d.exit {
            *self.exits.entry(exit.reason).or_default() += 1;
        }
        *self.decisions.entry((d.kind, d.route.clone(), d.priority)).or_default() += 1;
        self.stale_answers += d.fit.criteria.iter().filter(|c| c.stale).count() as u64;
    }

    pub fn moved(&mut self, from: Option<Stage>, to: Option<Stage>) {
        if from != to {
            if let Some(from) = from {
                *self.stages.entry(from).or_default() -= 1;
            }
            if let Some(to) = to {
                *self.stages.entry(to).or_default() += 1;
            }
        }
    }

    pub fn stood(&mut self, before: &[Stand], after: &[Stand]) {
        if before == after {
            return;
        }
        for (stands, n) in [(before, -1), (after, 1)] {
            for stand in stands {
                *self.standings.entry(stand.clone()).or_default() += n;
            }
        }
    }

    pub fn consumed(&self) -> u64 {
        self.inputs.values().sum()
    }

    pub fn add(&mut self, other: &Tally) {
        for (key, n) in &other.inputs {
            *self.inputs.entry(*key).or_default() += n;
        }
        for (key, n) in &other.decisions {
            *self.decisions.entry(key.clone()).or_default() += n;
        }
        for (key, n) in &other.exits {
            *self.exits.entry(*key).or_default() += n;
        }
        for (at, n) in other.inputs_at.iter() {
            self.inputs_at.add(at, n);
        }
        for (at, n) in other.decisions_at.iter() {
            self.decisions_at.add(at, n);
        }
        for (key, n) in &other.dead_letters {
            *self.dead_letters.entry(*key).or_default() += n;
        }
        for (key, n) in &other.stages {
            *self.stages.entry(*key).or_default() += n;
        }
        for (key, n) in &other.standings {
            *self.standings.entry(key.clone()).or_default() += n;
        }
        self.stale_answers += other.stale_answers;
        for (key, n) in &other.repeats {
            *self.repeats.entry(key.clone()).or_default() += n;
        }
        self.empty_offsets += other.empty_offsets;
        self.packed_bytes += other.packed_bytes;
        self.cache_hits += other.cache_hits;
        self.cache_misses += other.cache_misses;
        self.time_ms = self.time_ms.max(other.time_ms);
        self.warnings.merge(&other.warnings);
    }
}

/// Log times in milliseconds, each with how often it came in a row: a batch has few different ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Times(Vec<(i64, u64)>);

impl Times {
    pub fn add(&mut self, time_ms: i64, n: u64) {
        match self.0.last_mut() {
            Some((last, count)) if *last == time_ms => *count += n,
            _ => self.0.push((time_ms, n)),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (i64, u64)> {
        self.0.iter().copied()
    }
}

/// What a batch of a source's rows came to. Consumed = mapped, skipped and dead letters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    pub mapped: u64,
    /// The mapping has nothing to say of them.
    pub skipped: u64,
    pub dead_letters: BTreeMap<DeadLetterReason, u64>,
    /// What the mapped ones became: none, one or many each.
    pub records: BTreeMap<RecordType, u64>,
    pub warnings: Warnings,
}

/// Values that were not understood and were read in the safe way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Warnings {
    pub count: u64,
    /// The first of them, for the log.
    pub first: Option<String>,
}

impl Warnings {
    pub fn add<'a>(&mut self, messages: impl IntoIterator<Item = &'a String>) {
        for message in messages {
            self.count += 1;
            self.first.get_or_insert_with(|| message.clone());
        }
    }

    fn merge(&mut self, other: &Warnings) {
        self.count += other.count;
        if let Some(first) = &other.first {
            self.first.get_or_insert_with(|| first.clone());
        }
    }
}

impl Rows {
    pub fn consumed(&self) -> u64 {
        self.mapped + self.skipped + self.dead_letters.values().sum::<u64>()
    }

    pub fn add(&mut self, other: &Rows) {
        self.mapped += other.mapped;
        self.skipped += other.skipped;
        for (key, n) in &other.dead_letters {
            *self.dead_letters.entry(*key).or_default() += n;
        }
        for (key, n) in &other.records {
            *self.records.entry(*key).or_default() += n;
        }
        self.warnings.merge(&other.warnings);
    }
}

/// Hears of what was committed.
pub trait Ledger: Send + Sync {
    /// A batch of a scoring task, or what its restore found.
    fn committed(&self, partition: i32, next_offset: i64, tally: &Tally);
    /// A scoring task's partition was taken away, its accounts with it.
    fn gave_up(&self, partition: i32);
    /// Bytes of memory that all decoded accounts take.
    fn decoded(&self, _bytes: usize) {}
    /// A batch that was forwarded from a per-kind topic.
    fn forwarded(&self, topic: &str, tally: &Tally);
    /// A partition of a per-kind topic was read, and forwarded, up to this offset.
    fn forwarded_upto(&self, _partition: &TopicPartition, _next_offset: i64) {}
    /// Records of traces whose batch was committed.
    fn traced(&self, _hops: &[Hop]) {}
    /// Rows of a source that were mapped into inputs.
    fn ingested(&self, _source: &str, _rows: &Rows) {}
}

/// Keeps no books.
pub struct NoLedger;

impl Ledger for NoLedger {
    fn committed(&self, _: i32, _: i64, _: &Tally) {}
    fn gave_up(&self, _: i32) {}
    fn forwarded(&self, _: &str, _: &Tally) {}
}
