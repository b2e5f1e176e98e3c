//! The log that is copied: how far it was scored, and what came of it.

use crate::admin::partitions::recorded;
use crate::admin::place::Place;
use crate::admin::progress::Meter;
use crate::admin::rights::DELIVER_STEPS;
use crate::codec::Codec;
use crate::domain::terms::account::AccountKey;
use crate::engine::copy::old::Old;
use crate::log::scan::{Scan, partitions};
use crate::log::{LogError, Reader, TopicSpec};
use anyhow::{anyhow, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

/// The log that is copied.
pub(super) struct Source {
    pub inputs: TopicSpec,
    /// The partitions that it was scored with.
    pub scored_with: i32,
    /// Of each partition the first offset, the first that was not scored, and the end.
    pub low: Vec<i64>,
    pub scored: Vec<i64>,
    pub end: Vec<i64>,
    pub old: Old,
    /// Partition and offset of records that a person wants to be left out.
    pub without: BTreeSet<(i32, i64)>,
    /// Whether this build is to decide a log of another rules version.
    pub rules: bool,
}

impl Source {
    /// Reads all that came of the log.
    pub(super) fn read(
        place: &Place,
        without: &BTreeSet<(i32, i64)>,
        meter: &mut Meter<'_>,
    ) -> anyhow::Result<Source> {
        let inputs = place.spec(&place.topics.inputs)?;
        let accounts = place.spec(&place.topics.accounts)?;
        let mut source = Source {
            scored_with: inputs.partitions,
            low: Vec::new(),
            scored: vec![0; usize::try_from(inputs.partitions)?],
            end: Vec::new(),
            old: Old::default(),
            without: without.clone(),
            rules: false,
            inputs,
        };
        let (mut reader, mut codec) = (place.store.reader()?, place.codec.clone());
        meter.phase("reading states");
        for partition in 0..accounts.partitions {
            source.states(place, &mut *reader, &mut codec, partition, meter)?;
        }
        meter.phase("reading decisions");
        let names = place.store.topic_names()?;
        for topic in names.iter().filter(|name| name.starts_with(&place.topics.route_prefix)) {
            for partition in 0..partitions(&*place.store, topic)? {
                source.decisions(&mut *reader, &mut codec, topic, partition, meter)?;
            }
        }
        source.marks(&mut *reader)?;
        for (partition, offset) in without {
            let end = usize::try_from(*partition).ok().and_then(|at| source.end.get(at));
            if *offset < 0 || end.is_none_or(|end| offset >= end) {
                bail!(
                    "invalid --without {partition}/{offset}: {} has no such record; use PARTITION/OFFSET",
                    source.inputs.name
                );
            }
        }
        Ok(source)
    }

    fn states(
        &mut self,
        place: &Place,
        reader: &mut dyn Reader,
        codec: &mut Codec,
        partition: i32,
        meter: &mut Meter<'_>,
    ) -> anyhow::Result<()> {
        let topic = &place.topics.accounts;
        if let Some(task) = recorded(reader, codec, topic, partition)? {
            if task.copied > task.next_offset {
                bail!(place.topics.half_copied());
            }
            if let Some(seed) = task.seed {
                bail!("{}: a copy needs the log from its beginning", place.topics.began_with(seed));
            }
            self.scored_with = task.partitions;
            // The outputs of what was copied itself are in a log before this one.
            self.old.trimmed |= task.copied > 0;
            if let Some(scored) = self.scored.get_mut(usize::try_from(partition)?) {
                *scored = task.next_offset;
            }
        }
        let mut states: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        let mut passed = |offsets| meter.passed(offsets);
        let scan = Scan::whole(reader, topic, partition)?.report(&mut passed);
        scan.each(reader, &mut |record| match (record.key, record.value) {
            (Some(key), Some(value)) if !key.starts_with(b"\0") => {
                states.insert(key.to_vec(), value.to_vec());
            }
            (Some(key), None) => drop(states.remove(key)),
            _ => {}
        })?;
        for (key, value) in states {
            let account =
                std::str::from_utf8(&key).ok().and_then(|key| AccountKey::parse(key).ok());
            let account = account.ok_or_else(|| anyhow!("{topic}[{partition}]: invalid key"))?;
            let read = self.old.state(codec, &account, &value);
            read.map_err(|why| anyhow!("{topic}[{partition}]: the state of {account}: {why}"))?;
        }
        Ok(())
    }

    fn decisions(
        &mut self,
        reader: &mut dyn Reader,
        codec: &mut Codec,
        topic: &str,
        partition: i32,
        meter: &mut Meter<'_>,
    ) -> anyhow::Result<()> {
        let marks = reader.watermarks(topic, partition)?;
        self.old.trimmed |= marks.low > 0;
        let mut passed = |offsets| meter.passed(offsets);
        let scan = Scan::range(topic, partition, marks.low..marks.stable).report(&mut passed);
        scan.try_each(reader, &mut |record| {
            let Some(value) = record.value else { return Ok(ControlFlow::Continue(())) };
            let at = || format!("{topic}[{partition}] offset {}", record.offset);
            let read = self.old.decision(codec, value);
            read.map_err(|why| anyhow!("{}: {why}", at()))?;
            Ok::<_, anyhow::Error>(ControlFlow::Continue(()))
        })?;
        Ok(())
    }

    fn marks(&mut self, reader: &mut dyn Reader) -> anyhow::Result<()> {
        let topic = &self.inputs.name;
        for (partition, scored) in (0..self.inputs.partitions).zip(&self.scored) {
            let marks = reader.watermarks(topic, partition)?;
            if marks.low > 0 {
                bail!(
                    "{topic}[{partition}] begins at offset {}: retention has deleted the records before it, and \
                     a copy needs the log from its beginning",
                    marks.low
                );
            }
            if *scored > marks.high {
                bail!(
                    "{topic}[{partition}] ends at {}, but was scored up to {scored}; was the topic made anew?",
                    marks.high
                );
            }
            if marks.stable < marks.high {
                bail!(self.is_written(partition));
            }
            self.low.push(marks.low);
            self.end.push(marks.high);
        }
        Ok(())
    }

    /// Refuses a log that was written to since it was read.
    pub(super) fn check_end(&self, reader: &mut dyn Reader) -> anyhow::Result<()> {
        for (partition, end) in (0..).zip(&self.end) {
            if reader.watermarks(&self.inputs.name, partition)?.high != *end {
                bail!(self.is_written(partition));
            }
        }
        Ok(())
    }

    fn is_written(&self, partition: i32) -> String {
        format!(
            "{}[{partition}] is still being written to: stop `buymode run`, `ingest`, imports and all other \
             producers of this log, then use the same command again",
            self.inputs.name
        )
    }
}

/// Refuses a log whose consumer groups have members.
pub(in crate::admin) fn check_groups(place: &Place) -> Result<(), LogError> {
    let group = format!("{}{}", place.config.topics.prefix.as_str(), place.config.group.as_str());
    let steps = ["forward", "ingest"].iter().chain(&DELIVER_STEPS);
    let names = std::iter::once(group.clone()).chain(steps.map(|step| format!("{group}-{step}")));
    for name in names {
        let members = place.store.members(&name)?;
        if members > 0 {
            return Err(LogError::Fatal(format!(
                "consumer group {name} has members ({members}): stop every `buymode run`, `buymode ingest` and \
                 `buymode deliver` of this log first; one that was killed leaves the group after its session time-out"
            )));
        }
    }
    Ok(())
}
