//! Dead letters: listed, replayed, dropped. Their topic only grows. A compacted topic beside it
//! holds a resolution for each dead letter that was replayed or dropped, keyed by the dead letter's
//! position and written in the same transaction as the records that replace it. So a dead letter is
//! either open or its records are written, and a second replay does nothing.

mod batch;
mod origin;
mod replay;
pub mod resolve;

pub use batch::{Batch, Sent, transactional_id};
pub use replay::{Fate, Mappings, Replayer};

use crate::codec::{Codec, DecodeFailure};
use crate::domain::account::origin::OriginKind;
use crate::domain::account::records::{DeadLetter, DeadLetterReason, Resolution};
use crate::domain::terms::time::Timestamp;
use crate::log::scan::{Scan, ScanError, partitions};
use crate::log::trace::Trace;
use crate::log::transact::Failure;
use crate::log::{LogError, Reader, Store};
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::time::Duration;

/// Records that are read in this time are held in memory together.
const READ_BUDGET: Duration = Duration::from_millis(50);

/// A dead letter with its position in the dead-letter topic.
#[derive(Clone, Debug)]
pub struct Stored {
    pub partition: i32,
    pub offset: i64,
    /// Of the dead letter in the log, not of the rejected record.
    pub timestamp: Timestamp,
    /// The trace of the request or record that was rejected, by the header.
    pub trace: Option<Trace>,
    pub dead_letter: DeadLetter,
}

impl Stored {
    /// `PARTITION:OFFSET`, as commands name it.
    pub fn id(&self) -> String {
        format!("{}:{}", self.partition, self.offset)
    }
}

/// Selects dead letters. An empty list or `None` selects all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Positions in the dead-letter topic: partition and offset.
    pub positions: Vec<(i32, i64)>,
    pub reasons: Vec<DeadLetterReason>,
    pub sources: Vec<String>,
    pub origins: Vec<OriginKind>,
    /// The topics that the records were read from.
    pub topics: Vec<String>,
    /// The files that the rows were read from, without folders.
    pub files: Vec<String>,
    /// The mappings that rejected the rows, by the names of their files.
    pub mappings: Vec<String>,
    /// The time of the rejected record: this or later.
    pub since: Option<Timestamp>,
    /// The time of the rejected record: before this.
    pub until: Option<Timestamp>,
    /// A text in key, value or message.
    pub contains: Option<String>,
}

impl Filter {
    pub fn selects(&self, stored: &Stored) -> bool {
        let dead = &stored.dead_letter;
        let (feed, kind) = (dead.feed.as_ref(), dead.origin.kind());
        let any = |list: &[String], word: Option<&str>| {
            list.is_empty() || word.is_some_and(|word| list.iter().any(|one| one == word))
        };
        let named = |of: OriginKind| (kind == of).then(|| dead.origin.name());
        (self.positions.is_empty() || self.positions.contains(&(stored.partition, stored.offset)))
            && (self.reasons.is_empty() || self.reasons.contains(&dead.reason))
            && (self.origins.is_empty() || self.origins.contains(&kind))
            && any(&self.sources, feed.map(|feed| feed.source.as_str()))
            && any(&self.mappings, feed.map(|feed| feed.mapping.as_str()))
            && any(&self.topics, named(OriginKind::Topic))
            && any(&self.files, named(OriginKind::File))
            && self.since.is_none_or(|since| dead.timestamp >= since)
            && self.until.is_none_or(|until| dead.timestamp < until)
            && self.contains.as_ref().is_none_or(|text| has(dead, text.as_bytes()))
    }

    /// Whether it selects all dead letters.
    pub fn selects_all(&self) -> bool {
        let lists = [&self.sources, &self.topics, &self.files, &self.mappings];
        self.positions.is_empty()
            && self.reasons.is_empty()
            && self.origins.is_empty()
            && lists.into_iter().all(Vec::is_empty)
            && self.since.is_none()
            && self.until.is_none()
            && self.contains.is_none()
    }
}

fn has(dead: &DeadLetter, text: &[u8]) -> bool {
    let within =
        |bytes: &[u8]| text.is_empty() || bytes.windows(text.len()).any(|window| window == text);
    let bytes = [dead.key.as_deref(), dead.value.as_deref(), Some(dead.message.as_bytes())];
    bytes.into_iter().flatten().any(within)
}

/// Why dead letters cannot be read or resolved.
#[derive(Debug, thiserror::Error)]
pub enum DeadLettersError {
    #[error(transparent)]
    Scan(#[from] ScanError),
    #[error("{topic}[{partition}] offset {offset}: {message}")]
    Unreadable { topic: String, partition: i32, offset: i64, message: String },
    #[error(
        "another replay or drop of dead letters has taken over; what this one committed stays \
         committed, the rest stays open: run it again after the other has ended"
    )]
    TakenOver,
    #[error(transparent)]
    Registry(#[from] crate::codec::RegistryError),
    #[error(transparent)]
    Write(#[from] Failure),
    #[error(transparent)]
    Log(#[from] LogError),
}

/// The resolutions of the dead letters that were replayed or dropped.
#[derive(Debug, Default)]
pub struct Resolved(HashMap<(i32, i64), Resolution>);

impl Resolved {
    pub fn read(
        store: &dyn Store,
        codec: &mut Codec,
        topic: &str,
    ) -> Result<Resolved, DeadLettersError> {
        let mut resolved = HashMap::new();
        let mut reader = store.reader()?;
        for partition in 0..partitions(store, topic)? {
            let _all = each(&mut *reader, topic, partition, &mut |offset, _, _, value| {
                let resolution: Resolution = codec
                    .decode_resolution(value)
                    .map_err(|e| unread(topic, partition, offset, e))?;
                resolved.insert((resolution.partition, resolution.offset), resolution);
                Ok(ControlFlow::Continue(()))
            })?;
        }
        Ok(Resolved(resolved))
    }

    /// The resolution of a dead letter; `None` if it is open.
    pub fn of(&self, stored: &Stored) -> Option<&Resolution> {
        let found = self.0.get(&(stored.partition, stored.offset));
        found.filter(|resolution| resolution.timestamp == stored.timestamp)
    }
}

/// Visits all dead letters, partition by partition, until a visit breaks.
pub fn scan(
    store: &dyn Store,
    codec: &mut Codec,
    topic: &str,
    visit: &mut dyn FnMut(Stored) -> Result<ControlFlow<()>, DeadLettersError>,
) -> Result<(), DeadLettersError> {
    let mut reader = store.reader()?;
    for partition in 0..partitions(store, topic)? {
        let flow = each(&mut *reader, topic, partition, &mut |offset, timestamp, trace, value| {
            let dead_letter = codec.decode_dead_letter(value);
            let dead_letter = dead_letter.map_err(|e| unread(topic, partition, offset, e))?;
            visit(Stored { partition, offset, timestamp, trace, dead_letter })
        })?;
        if flow.is_break() {
            break;
        }
    }
    Ok(())
}

/// The dead letter at a position; `None` if there is none.
pub fn at(
    store: &dyn Store,
    codec: &mut Codec,
    topic: &str,
    (partition, offset): (i32, i64),
) -> Result<Option<Stored>, DeadLettersError> {
    if partition >= partitions(store, topic)? || partition < 0 {
        return Ok(None);
    }
    let mut reader = store.reader()?;
    let marks = reader.watermarks(topic, partition)?;
    if offset < marks.low || offset >= marks.stable {
        return Ok(None);
    }
    let mut found = None;
    let scan = Scan::range(topic, partition, offset..offset + 1);
    scan.each(&mut *reader, &mut |record| {
        let at = (Timestamp(record.timestamp_ms), record.trace);
        found = record.value.map(|value| (at, value.to_vec()));
    })?;
    let Some(((timestamp, trace), value)) = found else { return Ok(None) };
    let dead_letter = codec.decode_dead_letter(&value);
    let dead_letter = dead_letter.map_err(|e| unread(topic, partition, offset, e))?;
    Ok(Some(Stored { partition, offset, timestamp, trace, dead_letter }))
}

type Visit<'a> = dyn FnMut(i64, Timestamp, Option<Trace>, &[u8]) -> Result<ControlFlow<()>, DeadLettersError>
    + 'a;

/// Reads a partition up to its present end. Visited between reads: a visit may write.
fn each(
    reader: &mut dyn Reader,
    topic: &str,
    partition: i32,
    visit: &mut Visit<'_>,
) -> Result<ControlFlow<()>, DeadLettersError> {
    let mut scan = Scan::whole(reader, topic, partition)?.budget(READ_BUDGET);
    while !scan.is_done() {
        let mut some = Vec::new();
        scan.step(reader, &mut |record| {
            let value = record.value.map(<[u8]>::to_vec);
            some.push((record.offset, Timestamp(record.timestamp_ms), record.trace, value));
        })?;
        for (offset, timestamp, trace, value) in some {
            if let Some(value) = value
                && visit(offset, timestamp, trace, &value)?.is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
    }
    Ok(ControlFlow::Continue(()))
}

fn unread(topic: &str, partition: i32, offset: i64, failure: DecodeFailure) -> DeadLettersError {
    match failure {
        DecodeFailure::Registry(error) => DeadLettersError::Registry(error),
        DecodeFailure::Record(error) => {
            let (topic, message) = (topic.to_owned(), error.message);
            DeadLettersError::Unreadable { topic, partition, offset, message }
        }
    }
}
