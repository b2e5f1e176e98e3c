//! The desk's log folded again, and the outbox compared with what follows, record for record.

use super::fold::Fold;
use super::remembered::Remembered;
use crate::codec::{Codec, DecodeFailure, RegistryError};
use crate::desk::ids::ActionId;
use crate::desk::invariants;
use crate::domain::account::outbox::OutboxAction;
use crate::engine::topics::{TASK_KEY, Topics};
use crate::log::partitioner::partition_of;
use crate::log::scan::{Scan, ScanError, topic_spec};
use crate::log::{LogError, Reader, Store};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_64;

/// What an audit of the desk found.
#[derive(Debug, Default, Serialize, schemars::JsonSchema)]
pub struct DeskFindings {
    /// Records of the desk that were folded again.
    pub records: u64,
    /// Of them, those that no one can read.
    pub unreadable: u64,
    /// Actions that were compared.
    pub actions: u64,
    /// Actions that followed from records before the snapshot.
    pub before_snapshot: u64,
    /// Actions that retention has removed from the outbox.
    pub no_longer_held: u64,
    /// Actions that are missing, duplicate or different.
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
        "{topic} begins at offset {low}: records before it are gone, so that it cannot be folded again; use --from \
         FILE with a snapshot that was taken when they were there"
    )]
    Trimmed { topic: String, low: i64 },
    #[error(
        "the snapshot reflects {topic} up to offset {next_offset}, and the desk only up to {upto}"
    )]
    Later { topic: String, next_offset: i64, upto: i64 },
    #[error("what the desk remembers, of the snapshot: {0}")]
    Broken(String),
}

/// What the desk remembered at an offset of its log, with the schemas in the program: of a snapshot.
#[derive(Clone, Copy)]
pub struct Base<'a> {
    pub next_offset: i64,
    pub records: &'a [(Vec<u8>, Vec<u8>)],
}

/// An action, as it should be or is: where it lies, and what stands in it.
type Seen = (i32, u64);

/// None where there is no desk, or nothing in it. `show`: how many differences to keep in words.
pub fn audit(
    store: &dyn Store,
    topics: &Topics,
    codec: Codec,
    show: usize,
) -> Result<Option<DeskFindings>, AuditError> {
    audit_from(store, topics, codec, show, None)
}

/// The same, beginning with a snapshot, which is taken for true.
pub fn audit_from(
    store: &dyn Store,
    topics: &Topics,
    mut codec: Codec,
    show: usize,
    base: Option<Base<'_>>,
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
    let begin = base.map_or(0, |base| base.next_offset);
    if begin > upto {
        let (topic, next_offset) = (topics.desk.clone(), begin);
        return Err(AuditError::Later { topic, next_offset, upto });
    }
    if marks.low > begin {
        return Err(AuditError::Trimmed { topic: topics.desk.clone(), low: marks.low });
    }
    let mut findings = DeskFindings::default();
    let first = base.map_or(Ok(Fold::default()), restored)?;
    let earlier: BTreeSet<Uuid> =
        (1..=first.state.actions).map(|number| ActionId::of(number).0).collect();
    let folded = Folded { fold: first, range: begin..upto, partitions };
    let expected = fold(&mut *reader, &mut codec, topics, folded, &mut findings)?;
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
                        None if earlier.contains(&action.id) => findings.before_snapshot += 1,
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

/// What the desk remembered, put together.
///
/// # Errors
/// Where it is not whole, or of another version.
pub fn restored(base: Base<'_>) -> Result<Fold, AuditError> {
    let (mut remembered, mut local) = (Remembered::default(), Codec::local());
    for (key, value) in base.records {
        remembered.take(&mut local, Some(key), Some(value), None)?;
    }
    let (fold, _) = remembered.finish().map_err(AuditError::Broken)?;
    Ok(fold)
}

/// The range that is folded, the state before it, and the partitions of the outbox.
struct Folded {
    fold: Fold,
    range: Range<i64>,
    partitions: i32,
}

fn fold(
    reader: &mut dyn Reader,
    codec: &mut Codec,
    topics: &Topics,
    Folded { mut fold, range, partitions }: Folded,
    findings: &mut DeskFindings,
) -> Result<BTreeMap<Uuid, Seen>, AuditError> {
    let mut expected = BTreeMap::new();
    let mut failed = Ok(());
    Scan::range(&topics.desk, 0, range).each(reader, &mut |record| {
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
        // Changes are of no interest here.
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
