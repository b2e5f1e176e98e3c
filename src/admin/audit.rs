//! Drives an audit of a whole log: reads states, decisions and dead letters, folds the inputs again,
//! and lets [`Audit`] compare.

use crate::codec::Codec;
use crate::engine::audit::{Audit, Findings, Survivors};
use crate::engine::topics::Topics;
use crate::log::{Reader, RecordRef, Store};
use anyhow::{Context, bail};
use indicatif::ProgressBar;
use std::time::Duration;

/// Audits every partition of the inputs topic.
pub fn audit(
    store: &dyn Store,
    topics: Topics,
    codec: Codec,
    show: usize,
    bar: &ProgressBar,
) -> anyhow::Result<Findings> {
    let mut reader = store.reader()?;
    let partitions = partitions(store, &topics.inputs)?;
    let mut audit = Audit::new(topics.clone(), codec, show);
    let mut survivors = Vec::new();
    bar.set_message("reading states");
    for partition in 0..partitions {
        let found = survivors_of(&mut *reader, &mut audit, &topics.accounts, partition, bar)?;
        let upto = found.record.map_or(0, |record| record.next_offset);
        audit.written_upto(partition, upto);
        survivors.push(found);
    }
    bar.set_message("reading decisions");
    let names = store.topic_names()?;
    for topic in names.iter().filter(|name| name.starts_with(&topics.route_prefix)) {
        read_all(store, &mut *reader, &mut audit, topic, bar, Audit::wrote_decision)?;
    }
    read_all(store, &mut *reader, &mut audit, &topics.dead_letters, bar, Audit::wrote_dead_letter)?;
    bar.set_message("folding inputs");
    for (partition, survivors) in (0..partitions).zip(survivors) {
        fold(&mut *reader, &mut audit, &topics.inputs, (partition, partitions), survivors, bar)?;
    }
    Ok(audit.finish())
}

fn partitions(store: &dyn Store, topic: &str) -> anyhow::Result<i32> {
    let found = store.describe_topics(&[topic.to_owned()])?;
    let spec = found.into_iter().flatten().next();
    let spec =
        spec.with_context(|| format!("the topic {topic} does not exist at {}", store.location()))?;
    Ok(spec.partitions)
}

fn survivors_of(
    reader: &mut dyn Reader,
    audit: &mut Audit,
    topic: &str,
    partition: i32,
    bar: &ProgressBar,
) -> anyhow::Result<Survivors> {
    let mut survivors = Survivors::default();
    let mut failed = None;
    let range = reader.watermarks(topic, partition)?;
    read(reader, topic, partition, range.low..range.stable, bar, &mut |record| {
        if failed.is_none() {
            failed = survivors.read(audit.codec(), record).err();
        }
    })?;
    match failed {
        Some(why) => bail!("{topic}[{partition}]: {why}"),
        None => Ok(survivors),
    }
}

fn read_all(
    store: &dyn Store,
    reader: &mut dyn Reader,
    audit: &mut Audit,
    topic: &str,
    bar: &ProgressBar,
    note: fn(&mut Audit, RecordRef<'_>),
) -> anyhow::Result<()> {
    for partition in 0..partitions(store, topic)? {
        let range = reader.watermarks(topic, partition)?;
        if range.low > 0 {
            audit.is_trimmed(topic);
        }
        read(reader, topic, partition, range.low..range.stable, bar, &mut |record| {
            note(audit, record);
        })?;
    }
    Ok(())
}

fn fold(
    reader: &mut dyn Reader,
    audit: &mut Audit,
    topic: &str,
    (partition, partitions): (i32, i32),
    survivors: Survivors,
    bar: &ProgressBar,
) -> anyhow::Result<()> {
    let upto = survivors.record.map_or(0, |record| record.next_offset);
    let range = reader.watermarks(topic, partition)?;
    if range.low > 0 && upto > 0 {
        bail!(
            "{topic}[{partition}] begins at offset {}: retention has taken what came before, and a fold needs \
             the log from its beginning; keep it with retention.ms=-1",
            range.low
        );
    }
    let mut fold = audit.begin(partition, partitions, survivors);
    let mut failed = None;
    read(reader, topic, partition, range.low..upto, bar, &mut |record| {
        if failed.is_none() {
            failed = audit.fold(&mut fold, record).err();
        }
    })?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    Ok(audit.end(fold)?)
}

/// Reads a range of a partition, however long it takes, with progress.
pub fn read(
    reader: &mut dyn Reader,
    topic: &str,
    partition: i32,
    range: std::ops::Range<i64>,
    bar: &ProgressBar,
    visit: &mut dyn FnMut(RecordRef<'_>),
) -> anyhow::Result<()> {
    bar.inc_length((range.end - range.start).max(0) as u64);
    let mut next = range.start;
    while next < range.end {
        let budget = Duration::from_millis(500);
        let reached = reader.read(topic, partition, next, range.end, budget, visit)?;
        bar.inc((reached.min(range.end) - next).max(0) as u64);
        next = reached;
    }
    Ok(())
}
