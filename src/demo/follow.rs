//! A subscriber's view: decisions as they become visible to a read_committed consumer.

use crate::codec::Codec;
use crate::domain::account::decision::{Decision, DecisionKind};
use crate::domain::account::records::{DeadLetter, DeadLetterReason};
use crate::domain::terms::account::AccountKey;
use crate::log::Reader;
use crate::log::scan::Scan;
use anyhow::Context;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

pub(super) struct Follower {
    reader: Box<dyn Reader>,
    codec: Codec,
    /// Next offset by topic and partition.
    next: BTreeMap<(String, i32), i64>,
    dead_letters: String,
    dead_next: Vec<i64>,
}

impl Follower {
    /// Starts at the current end offsets, so that decisions of an earlier run are not shown again.
    pub(super) fn new(
        mut reader: Box<dyn Reader>,
        codec: Codec,
        topics: &[String],
        partitions: i32,
        dead_letters: &str,
    ) -> anyhow::Result<Follower> {
        let mut next = BTreeMap::new();
        for topic in topics {
            for partition in 0..partitions {
                let end = reader.watermarks(topic, partition)?.stable;
                next.insert((topic.clone(), partition), end);
            }
        }
        let ends = (0..partitions).map(|p| Ok(reader.watermarks(dead_letters, p)?.stable));
        let dead_next = ends.collect::<anyhow::Result<Vec<i64>>>()?;
        Ok(Follower { reader, codec, next, dead_letters: dead_letters.to_owned(), dead_next })
    }

    /// The decisions that have become visible since the last call, in the order they were made.
    pub(super) fn poll(&mut self) -> anyhow::Result<Vec<Decision>> {
        let mut found = Vec::new();
        let (reader, codec) = (&mut self.reader, &mut self.codec);
        for ((topic, partition), next) in &mut self.next {
            let end = reader.watermarks(topic, *partition)?.stable;
            let scan = Scan::range(topic, *partition, *next..end);
            *next = scan.try_each(&mut **reader, &mut |record| {
                if let Some(value) = record.value {
                    found.push(codec.decode_decision(value).with_context(|| {
                        format!("{topic}[{partition}] offset {}: not a decision", record.offset)
                    })?);
                }
                anyhow::Ok(ControlFlow::Continue(()))
            })?;
        }
        found.sort_by(|a, b| {
            let order = |d: &Decision| (d.decided_at.0, d.account.clone(), d.sequence);
            order(a).cmp(&order(b))
        });
        Ok(found)
    }

    /// Every announcement of an episode, whichever run made it, that came under one of these accounts.
    pub(super) fn announcements(
        &mut self,
        accounts: &BTreeSet<AccountKey>,
    ) -> anyhow::Result<Vec<Decision>> {
        let mut found = Vec::new();
        let keys: BTreeSet<&[u8]> = accounts.iter().map(|a| a.as_str().as_bytes()).collect();
        let (reader, codec) = (&mut self.reader, &mut self.codec);
        for (topic, partition) in self.next.keys() {
            let scan = Scan::whole(&mut **reader, topic, *partition)?;
            scan.try_each(&mut **reader, &mut |record| {
                if record.key.is_some_and(|key| keys.contains(key))
                    && let Some(value) = record.value
                {
                    found.push(codec.decode_decision(value).with_context(|| {
                        format!("{topic}[{partition}] offset {}: not a decision", record.offset)
                    })?);
                }
                anyhow::Ok(ControlFlow::Continue(()))
            })?;
        }
        found.retain(|d| matches!(d.kind, DecisionKind::Entered | DecisionKind::Strengthened));
        Ok(found)
    }

    /// For each reason, the number of dead letters of this run and one example.
    pub(super) fn dead_letters(
        &mut self,
    ) -> anyhow::Result<BTreeMap<DeadLetterReason, (u64, DeadLetter)>> {
        let mut found: BTreeMap<DeadLetterReason, (u64, DeadLetter)> = BTreeMap::new();
        let (reader, codec) = (&mut self.reader, &mut self.codec);
        for (partition, next) in (0..).zip(&mut self.dead_next) {
            let end = reader.watermarks(&self.dead_letters, partition)?.stable;
            let scan = Scan::range(&self.dead_letters, partition, *next..end);
            *next = scan.each(&mut **reader, &mut |record| {
                let dead = record.value.and_then(|value| codec.decode_dead_letter(value).ok());
                if let Some(dead) = dead {
                    found.entry(dead.reason).or_insert((0, dead)).0 += 1;
                }
            })?;
        }
        Ok(found)
    }
}
