//! Transactions that write the records that replace dead letters together with the resolutions.

use super::{DeadLettersError, Resolved, Stored};
use crate::codec::Codec;
use crate::domain::account::records::{DeadLetter, Resolution};
use crate::engine::topics::Topics;
use crate::log::transact::{Found, Transactor};
use crate::log::{LogError, Output, Store, Writer};

/// One transaction stays well below Kafka's time limit for it.
const DEAD_LETTERS_MAX: usize = 500;
const BYTES_MAX: usize = 4 << 20;

/// A record to write.
#[derive(Clone, Debug)]
pub struct Sent {
    pub topic: String,
    /// `None`: by the key.
    pub partition: Option<i32>,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub timestamp_ms: i64,
}

/// Resolves dead letters, a bounded number in each transaction.
pub struct Batch<'a> {
    store: &'a dyn Store,
    topics: &'a Topics,
    codec: Codec,
    writer: Transactor<'a>,
    /// As of the opening; no other process has committed resolutions since.
    pub resolved: Resolved,
    dead_letters: Vec<(Stored, Resolution)>,
    records: Vec<Sent>,
    bytes: usize,
}

/// Every replay and drop uses this id: of two at once the later fences the earlier, which ends.
pub fn transactional_id(topics: &Topics) -> String {
    format!("{}-resolve", topics.dead_letters)
}

impl<'a> Batch<'a> {
    pub fn open(
        store: &'a dyn Store,
        topics: &'a Topics,
        mut codec: Codec,
    ) -> Result<Batch<'a>, DeadLettersError> {
        // Open the writer before reading: the former owner of the id can commit nothing after it.
        let writer = Transactor::open(store, &transactional_id(topics))?;
        let resolved = Resolved::read(store, &mut codec, &topics.resolutions)?;
        let (dead_letters, records) = (Vec::new(), Vec::new());
        let bytes = 0;
        Ok(Batch { store, topics, codec, writer, resolved, dead_letters, records, bytes })
    }

    /// Adds a resolved dead letter and the records that replace it.
    pub fn put(
        &mut self,
        stored: Stored,
        records: Vec<Sent>,
        resolution: Resolution,
    ) -> Result<(), DeadLettersError> {
        let size = |sent: &Sent| 64 + sent.value.as_ref().map_or(0, Vec::len);
        self.bytes += 64 + records.iter().map(size).sum::<usize>();
        self.records.extend(records);
        self.dead_letters
            .push((Stored { dead_letter: without_bytes(&stored), ..stored }, resolution));
        if self.dead_letters.len() >= DEAD_LETTERS_MAX || self.bytes >= BYTES_MAX {
            self.flush()?;
        }
        Ok(())
    }

    /// Commits the dead letters that were added since the last commit.
    pub fn flush(&mut self) -> Result<(), DeadLettersError> {
        if self.dead_letters.is_empty() {
            return Ok(());
        }
        let resolutions = self.resolutions()?;
        let records = &self.records;
        let mut fill = |writer: &mut dyn Writer| {
            records.iter().chain(&resolutions).try_for_each(|sent| {
                writer.send(&Output {
                    topic: &sent.topic,
                    partition: sent.partition,
                    key: sent.key.as_deref(),
                    value: sent.value.as_deref(),
                    timestamp_ms: Some(sent.timestamp_ms.max(1)),
                    ..Output::default()
                })
            })
        };
        let (store, codec, topic) = (self.store, &mut self.codec, &self.topics.resolutions);
        let (dead_letters, resolved) = (&self.dead_letters, &mut self.resolved);
        let done = self.writer.write::<DeadLettersError>(&mut fill, &mut || {
            *resolved = Resolved::read(store, codec, topic)?;
            match dead_letters.iter().filter(|(stored, _)| resolved.of(stored).is_some()).count() {
                0 => Ok(Found::Absent),
                n if n == dead_letters.len() => Ok(Found::Written),
                // Ours are committed together: another replay has committed in between.
                _ => Err(DeadLettersError::TakenOver),
            }
        });
        done.map_err(|error| match error {
            // Opening it again would fence the other in turn, and write its records twice.
            DeadLettersError::Write(failure) if matches!(failure.error, LogError::Fenced(_)) => {
                DeadLettersError::TakenOver
            }
            error => error,
        })?;
        self.dead_letters.clear();
        self.records.clear();
        self.bytes = 0;
        Ok(())
    }

    /// The records that resolve the dead letters.
    fn resolutions(&mut self) -> Result<Vec<Sent>, DeadLettersError> {
        let topic = &self.topics.resolutions;
        let mut records = Vec::with_capacity(self.dead_letters.len());
        for (stored, resolution) in &self.dead_letters {
            let mut value = Vec::new();
            self.codec.encode_resolution(topic, resolution, &mut value)?;
            records.push(Sent {
                topic: topic.clone(),
                partition: None,
                key: Some(format!("{}:{}", stored.partition, stored.offset).into_bytes()),
                value: Some(value),
                timestamp_ms: resolution.at.0,
            });
        }
        Ok(records)
    }
}

/// Only the position of a dead letter is needed from here on.
fn without_bytes(stored: &Stored) -> DeadLetter {
    DeadLetter { key: None, value: None, ..stored.dead_letter.clone() }
}
