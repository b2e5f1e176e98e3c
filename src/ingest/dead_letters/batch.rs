//! Transactions of what replaces letters, together with the word that they are done with.

use super::{Kept, LettersError, Resolved};
use crate::codec::Codec;
use crate::domain::account::records::Resolution;
use crate::engine::topics::Topics;
use crate::log::transact::{Found, Transactor};
use crate::log::{LogError, Output, Store, Writer};

/// One transaction stays well below Kafka's time limit for it.
const LETTERS_MAX: usize = 500;
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

/// Writes letters off, a bounded number at a time.
pub struct Batch<'a> {
    store: &'a dyn Store,
    topics: &'a Topics,
    codec: Codec,
    writer: Transactor<'a>,
    /// Of everything that was committed when this began: nobody else has written since.
    pub resolved: Resolved,
    letters: Vec<(Kept, Resolution)>,
    records: Vec<Sent>,
    bytes: usize,
}

/// Whoever resolves letters has this id: of two at once the later fences the earlier,
/// which ends.
pub fn transactional_id(topics: &Topics) -> String {
    format!("{}-resolve", topics.dead_letters)
}

impl<'a> Batch<'a> {
    pub fn open(
        store: &'a dyn Store,
        topics: &'a Topics,
        mut codec: Codec,
    ) -> Result<Batch<'a>, LettersError> {
        // First the id, then what is done with: who had it before can write no more.
        let writer = Transactor::open(store, &transactional_id(topics))?;
        let resolved = Resolved::read(store, &mut codec, &topics.resolutions)?;
        let (letters, records) = (Vec::new(), Vec::new());
        let bytes = 0;
        Ok(Batch { store, topics, codec, writer, resolved, letters, records, bytes })
    }

    /// Adds a letter that is done with, and what replaces it.
    pub fn put(
        &mut self,
        kept: Kept,
        records: Vec<Sent>,
        resolution: Resolution,
    ) -> Result<(), LettersError> {
        let size = |sent: &Sent| 64 + sent.value.as_ref().map_or(0, Vec::len);
        self.bytes += 64 + records.iter().map(size).sum::<usize>();
        self.records.extend(records);
        self.letters.push((Kept { letter: emptied(&kept), ..kept }, resolution));
        if self.letters.len() >= LETTERS_MAX || self.bytes >= BYTES_MAX {
            self.flush()?;
        }
        Ok(())
    }

    /// Commits what is there.
    pub fn flush(&mut self) -> Result<(), LettersError> {
        if self.letters.is_empty() {
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
        let (letters, resolved) = (&self.letters, &mut self.resolved);
        let done = self.writer.write::<LettersError>(&mut fill, &mut || {
            *resolved = Resolved::read(store, codec, topic)?;
            match letters.iter().filter(|(kept, _)| resolved.of(kept).is_some()).count() {
                0 => Ok(Found::Absent),
                n if n == letters.len() => Ok(Found::Written),
                // Ours are written together: another replay was here in between.
                _ => Err(LettersError::TakenOver),
            }
        });
        done.map_err(|error| match error {
            // Opening it once more would fence the other in turn, and write what it wrote.
            LettersError::Write(failure) if matches!(failure.error, LogError::Fenced(_)) => {
                LettersError::TakenOver
            }
            error => error,
        })?;
        self.letters.clear();
        self.records.clear();
        self.bytes = 0;
        Ok(())
    }

    /// The records that say that the letters are done with.
    fn resolutions(&mut self) -> Result<Vec<Sent>, LettersError> {
        let topic = &self.topics.resolutions;
        let mut records = Vec::with_capacity(self.letters.len());
        for (kept, resolution) in &self.letters {
            let mut value = Vec::new();
            self.codec.encode_resolution(topic, resolution, &mut value)?;
            records.push(Sent {
                topic: topic.clone(),
                partition: None,
                key: Some(format!("{}:{}", kept.partition, kept.offset).into_bytes()),
                value: Some(value),
                timestamp_ms: resolution.at.0,
            });
        }
        Ok(records)
    }
}

/// A letter without its bytes: only its place is needed from here on.
fn emptied(kept: &Kept) -> crate::domain::account::records::DeadLetter {
    crate::domain::account::records::DeadLetter { key: None, value: None, ..kept.letter.clone() }
}
