//! Dead letters: found again, replayed, given up. The letters' topic only grows; which of them are
//! done with stands in a compacted topic beside it, by the letter's place, written in the same
//! transaction as what replaces the letter. So a letter is either open or written, and asking twice
//! does nothing the second time.

mod batch;
mod read;
mod replay;

pub use batch::{Batch, Sent, transactional_id};
pub use replay::{Fate, Mappings, Replayer};

use crate::codec::{Codec, DecodeFailure};
use crate::domain::account::records::{DeadLetter, DeadLetterReason, Resolution};
use crate::domain::terms::time::Timestamp;
use crate::log::scan::{Scan, ScanError, partitions};
use crate::log::transact::Failure;
use crate::log::{LogError, Reader, Store};
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::time::Duration;

/// What is read in this time is held in memory.
const READ_BUDGET: Duration = Duration::from_millis(50);

/// A dead letter, with where it lies among the dead letters.
#[derive(Clone, Debug)]
pub struct Kept {
    pub partition: i32,
    pub offset: i64,
    /// Of the letter in the log.
    pub timestamp: Timestamp,
    pub letter: DeadLetter,
}

/// Which letters are meant. Empty lists mean any.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// By their places among the dead letters.
    pub places: Vec<(i32, i64)>,
    pub reasons: Vec<DeadLetterReason>,
    pub sources: Vec<String>,
    /// Where they were read.
    pub topics: Vec<String>,
    /// By the mapping's file name.
    pub mappings: Vec<String>,
    /// When they came.
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// In key, value or message.
    pub contains: Option<String>,
}

impl Filter {
    pub fn takes(&self, kept: &Kept) -> bool {
        let letter = &kept.letter;
        let feed = letter.feed.as_ref();
        let any = |list: &[String], word: Option<&str>| {
            list.is_empty() || word.is_some_and(|word| list.iter().any(|one| one == word))
        };
        (self.places.is_empty() || self.places.contains(&(kept.partition, kept.offset)))
            && (self.reasons.is_empty() || self.reasons.contains(&letter.reason))
            && any(&self.sources, feed.map(|feed| feed.source.as_str()))
            && any(&self.mappings, feed.map(|feed| feed.mapping.as_str()))
            && any(&self.topics, Some(&letter.topic))
            && self.since.is_none_or(|since| letter.timestamp >= since)
            && self.until.is_none_or(|until| letter.timestamp < until)
            && self.contains.as_ref().is_none_or(|text| has(letter, text.as_bytes()))
    }

    /// Whether it means every letter there is.
    pub fn is_everything(&self) -> bool {
        let lists = [&self.sources, &self.topics, &self.mappings];
        self.places.is_empty()
            && self.reasons.is_empty()
            && lists.into_iter().all(Vec::is_empty)
            && self.since.is_none()
            && self.until.is_none()
            && self.contains.is_none()
    }
}

fn has(letter: &DeadLetter, text: &[u8]) -> bool {
    let within =
        |bytes: &[u8]| text.is_empty() || bytes.windows(text.len()).any(|window| window == text);
    let bytes = [letter.key.as_deref(), letter.value.as_deref(), Some(letter.message.as_bytes())];
    bytes.into_iter().flatten().any(within)
}

/// What is wrong with reading the letters.
#[derive(Debug, thiserror::Error)]
pub enum LettersError {
    #[error(transparent)]
    Scan(#[from] ScanError),
    #[error("{topic}[{partition}] offset {offset}: {message}")]
    Unreadable { topic: String, partition: i32, offset: i64, message: String },
    #[error(
        "another replay or drop of letters has taken over; what this one has committed is done, and \
         the rest is open: run it again once the other has ended"
    )]
    TakenOver,
    #[error(transparent)]
    Registry(#[from] crate::codec::RegistryError),
    #[error(transparent)]
    Write(#[from] Failure),
    #[error(transparent)]
    Log(#[from] LogError),
}

/// Which letters are done with.
#[derive(Debug, Default)]
pub struct Resolved(HashMap<(i32, i64), Resolution>);

impl Resolved {
    pub fn read(
        store: &dyn Store,
        codec: &mut Codec,
        topic: &str,
    ) -> Result<Resolved, LettersError> {
        let mut resolved = HashMap::new();
        let mut reader = store.reader()?;
        for partition in 0..partitions(store, topic)? {
            let _all = each(&mut *reader, topic, partition, &mut |offset, _, value| {
                let resolution: Resolution = codec
                    .decode_resolution(value)
                    .map_err(|e| unread(topic, partition, offset, e))?;
                resolved.insert((resolution.partition, resolution.offset), resolution);
                Ok(ControlFlow::Continue(()))
            })?;
        }
        Ok(Resolved(resolved))
    }

    /// What became of a letter, if it is done with.
    pub fn of(&self, kept: &Kept) -> Option<&Resolution> {
        let found = self.0.get(&(kept.partition, kept.offset));
        found.filter(|resolution| resolution.timestamp == kept.timestamp)
    }
}

/// Visits every letter in the order of its partition, until one is enough.
pub fn scan(
    store: &dyn Store,
    codec: &mut Codec,
    topic: &str,
    visit: &mut dyn FnMut(Kept) -> Result<ControlFlow<()>, LettersError>,
) -> Result<(), LettersError> {
    let mut reader = store.reader()?;
    for partition in 0..partitions(store, topic)? {
        let flow = each(&mut *reader, topic, partition, &mut |offset, timestamp, value| {
            let letter = codec.decode_dead_letter(value);
            let letter = letter.map_err(|e| unread(topic, partition, offset, e))?;
            visit(Kept { partition, offset, timestamp, letter })
        })?;
        if flow.is_break() {
            break;
        }
    }
    Ok(())
}

/// The letter at a place, if it is there.
pub fn at(
    store: &dyn Store,
    codec: &mut Codec,
    topic: &str,
    (partition, offset): (i32, i64),
) -> Result<Option<Kept>, LettersError> {
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
        found = record.value.map(|value| (Timestamp(record.timestamp_ms), value.to_vec()));
    })?;
    let Some((timestamp, value)) = found else { return Ok(None) };
    let letter = codec.decode_dead_letter(&value);
    let letter = letter.map_err(|e| unread(topic, partition, offset, e))?;
    Ok(Some(Kept { partition, offset, timestamp, letter }))
}

type Visit<'a> = dyn FnMut(i64, Timestamp, &[u8]) -> Result<ControlFlow<()>, LettersError> + 'a;

/// Reads a partition up to its present end. Visited between reads: a visit may write.
fn each(
    reader: &mut dyn Reader,
    topic: &str,
    partition: i32,
    visit: &mut Visit<'_>,
) -> Result<ControlFlow<()>, LettersError> {
    let mut scan = Scan::whole(reader, topic, partition)?.budget(READ_BUDGET);
    while !scan.is_done() {
        let mut some = Vec::new();
        scan.step(reader, &mut |record| {
            let value = record.value.map(<[u8]>::to_vec);
            some.push((record.offset, Timestamp(record.timestamp_ms), value));
        })?;
        for (offset, timestamp, value) in some {
            if let Some(value) = value
                && visit(offset, timestamp, &value)?.is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
    }
    Ok(ControlFlow::Continue(()))
}

fn unread(topic: &str, partition: i32, offset: i64, failure: DecodeFailure) -> LettersError {
    match failure {
        DecodeFailure::Registry(error) => LettersError::Registry(error),
        DecodeFailure::Record(error) => {
            let (topic, message) = (topic.to_owned(), error.message);
            LettersError::Unreadable { topic, partition, offset, message }
        }
    }
}
