//! The desk's log folded again, and the outbox compared with what follows, record for record.

use super::fold::Fold;
use crate::codec::{Codec, DecodeFailure, RegistryError};
use crate::desk::invariants;
use crate::domain::account::outbox::OutboxAction;
use crate::engine::topics::{TASK_KEY, Topics};
use crate::log::partitioner::partition_of;
use crate::log::scan::{Scan, ScanError, topic_spec};
use crate::log::{LogError, Reader, Store};
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_64;

/// What an audit of the desk found.
#[derive(Debug, Default, Serialize)]
pub struct DeskFindings {
    /// Records of the desk that were folded again.
    pub records: u64,
    /// Of them, those that no one can read.
    pub unreadable: u64,
    /// Actions that were compared.
    pub actions: u64,
    /// Actions that retention has removed from the outbox.
    pub no_longer_held: u64,
    pub differences: u64,
    /// The first of them, in words.
    pub first: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    #[error(transparent)]
    Scan(#[from] ScanError),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error(transparent)]
    Decode(#[from] DecodeFailure),
    #[error(
        "{topic} begins at offset {low}: what was before it is gone, so that it cannot be folded again"
    )]
    Trimmed { topic: String, low: i64 },
}

/// An action, as it should be or is: where it lies, and what stands in it.
type Seen = (i32, u64);

/// None where there is no desk, or nothing in it. `show`: how many differences to keep in words.
pub fn audit(
    store: &dyn Store,
    topics: &Topics,
    mut codec: Codec,
    show: usize,
) -> Result<Option<DeskFindings>, AuditError> {
    if store.describe_topics(&[topics.desk.clone(), topics.outbox.clone()])?.contains(&None) {
        return Ok(None);
    }
    let partitions = topic_spec(store, &topics.outbox)?.partitions;
    let mut reader = store.reader()?;
    let mut ends_before = Vec::new();
    for partition in 0..partitions {
        ends_before.push(reader.watermarks(&topics.outbox, partition)?.stable);
    }
    let marks = reader.watermarks(&topics.desk, 0)?;
    let upto = folded_upto(&mut *reader, &mut codec, topics)?;
    if upto == 0 {
        return Ok(None);
    }
    if marks.low > 0 {
        return Err(AuditError::Trimmed { topic: topics.desk.clone(), low: marks.low });
    }
    let mut findings = DeskFindings::default();
    let expected = fold(&mut *reader, &mut codec, topics, upto, partitions, &mut findings)?;
    let mut differences = Vec::new();
    let mut found: BTreeMap<Uuid, Seen> = BTreeMap::new();
    let mut lows = Vec::new();
    for partition in 0..partitions {
        lows.push(reader.watermarks(&topics.outbox, partition)?.low);
        let mut scanned = Vec::new();
        Scan::whole(&mut *reader, &topics.outbox, partition)?.each(
            &mut *reader,
            &mut |record| {
                let action = codec.decode_action(record.value.unwrap_or_default());
                scanned.push((record.offset, action));
            },
        )?;
        for (offset, action) in scanned {
            let place = format!("{}[{partition}] offset {offset}", topics.outbox);
            match action {
                Err(DecodeFailure::Registry(error)) => return Err(error.into()),
                Err(DecodeFailure::Record(error)) => {
                    differences.push(format!("cannot be read: {place}: {error}"));
                }
                Ok(action) => {
                    let is_ahead = offset >= ends_before[usize::try_from(partition).unwrap_or(0)];
                    let seen = (partition, content(&action));
                    match expected.get(&action.id) {
                        None if is_ahead => {}
                        None => {
                            differences.push(format!("not expected: {place}: action {}", action.id))
                        }
                        Some(wanted) if *wanted != seen => {
                            differences.push(format!("different: {place}: action {}", action.id));
                        }
                        Some(_) => findings.actions += 1,
                    }
                    if found.insert(action.id, seen).is_some() {
                        differences.push(format!("twice: {place}: action {}", action.id));
                    }
                }
            }
        }
    }
    for (id, (partition, _)) in expected.iter().filter(|(id, _)| !found.contains_key(*id)) {
        if lows.get(usize::try_from(*partition).unwrap_or(0)).is_some_and(|low| *low > 0) {
            findings.no_longer_held += 1;
        } else {
            differences.push(format!("missing in {}[{partition}]: action {id}", topics.outbox));
        }
    }
    findings.differences += differences.len() as u64;
    findings.first.extend(differences);
    findings.first.truncate(show);
    Ok(Some(findings))
}

/// Up to where the desk has read its log.
fn folded_upto(
    reader: &mut dyn Reader,
    codec: &mut Codec,
    topics: &Topics,
) -> Result<i64, AuditError> {
    let mut found = Ok(0);
    Scan::whole(reader, &topics.desk_state, 0)?.each(reader, &mut |record| {
        if let (Some(TASK_KEY), Some(value)) = (record.key, record.value) {
            found = codec.decode_task(value).map(|task| task.next_offset);
        }
    })?;
    Ok(found?)
}

fn fold(
    reader: &mut dyn Reader,
    codec: &mut Codec,
    topics: &Topics,
    upto: i64,
    partitions: i32,
    findings: &mut DeskFindings,
) -> Result<BTreeMap<Uuid, Seen>, AuditError> {
    let mut fold = Fold::default();
    let mut expected = BTreeMap::new();
    let mut failed = Ok(());
    Scan::range(&topics.desk, 0, 0..upto).each(reader, &mut |record| {
        if failed.is_err() {
            return;
        }
        match fold.read(codec, &record) {
            Err(error) => failed = Err(error),
            Ok(followed) => {
                findings.records += 1;
                findings.unreadable += u64::from(followed.flaw.is_some());
                for action in followed.actions {
                    let partition = partition_of(action.domain.as_bytes(), partitions);
                    expected.insert(action.id, (partition, content(&action)));
                }
            }
        }
        // What changed is of no interest here.
        fold.state.settle();
    })?;
    failed?;
    if let Err(broken) = invariants::check(&fold.state) {
        findings.differences += 1;
        findings.first.push(format!("broken invariant: {broken}"));
    }
    Ok(expected)
}

fn content(action: &OutboxAction) -> u64 {
    xxh3_64(format!("{action:?}").as_bytes())
}
