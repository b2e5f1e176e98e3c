//! Transactions of what replaces letters, together with the word that they are done with.

use super::{Kept, LettersError, Resolved};
use crate::codec::Codec;
use crate::domain::account::records::Resolution;
use crate::engine::topics::Topics;
use crate::log::{LogError, Output, Store, Writer};
use std::time::Duration;

/// One transaction stays well below Kafka's time limit for it.
const LETTERS_MAX: usize = 500;
const BYTES_MAX: usize = 4 << 20;
const ATTEMPTS: u32 = 5;

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
    transactional_id: String,
    writer: Box<dyn Writer>,
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
        let transactional_id = transactional_id(topics);
        // First the id, then what is done with: who had it before can write no more.
        let writer = store.writer(&transactional_id)?;
        let resolved = Resolved::read(store, &mut codec, &topics.resolutions)?;
        let (letters, records) = (Vec::new(), Vec::new());
        let bytes = 0;
        Ok(Batch {
            store,
            topics,
            codec,
            transactional_id,
            writer,
            resolved,
            letters,
            records,
            bytes,
        })
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
        let mut attempt = 0;
        while !self.letters.is_empty() {
            attempt += 1;
            let error = match self.transaction() {
                Ok(()) => break,
                Err(error @ LettersError::Log(LogError::Fatal(_))) => return Err(error),
                // Opening it once more would fence the other in turn, and write what it wrote.
                Err(LettersError::Log(error)) if error.is_fenced() => {
                    return Err(LettersError::TakenOver);
                }
                Err(LettersError::Log(error)) if attempt < ATTEMPTS => error,
                Err(error) => return Err(error),
            };
            std::thread::sleep(Duration::from_millis(50 << attempt));
            if let LogError::Abort(_) = error {
                self.writer.abort()?;
                continue;
            }
            self.writer = self.store.writer(&self.transactional_id)?;
            // Perhaps it was committed, and only the answer was lost.
            self.resolved = Resolved::read(self.store, &mut self.codec, &self.topics.resolutions)?;
            if self.letters.iter().all(|(kept, _)| self.resolved.of(kept).is_some()) {
                break;
            }
        }
        self.letters.clear();
        self.records.clear();
        self.bytes = 0;
        Ok(())
    }

    fn transaction(&mut self) -> Result<(), LettersError> {
        self.writer.begin()?;
        for sent in &self.records {
            self.writer.send(&Output {
                topic: &sent.topic,
                partition: sent.partition,
                key: sent.key.as_deref(),
                value: sent.value.as_deref(),
                timestamp_ms: Some(sent.timestamp_ms.max(1)),
                ..Output::default()
            })?;
        }
        let topic = &self.topics.resolutions;
        let mut value = Vec::new();
        for (kept, resolution) in &self.letters {
            value.clear();
            self.codec.encode_resolution(topic, resolution, &mut value)?;
            let key = format!("{}:{}", kept.partition, kept.offset);
            self.writer.send(&Output {
                topic,
                key: Some(key.as_bytes()),
                value: Some(&value),
                timestamp_ms: Some(resolution.at.0.max(1)),
                ..Output::default()
            })?;
        }
        self.writer.commit(&[])?;
        Ok(())
    }
}

/// A letter without its bytes: only its place is needed from here on.
fn emptied(kept: &Kept) -> crate::domain::account::records::DeadLetter {
    crate::domain::account::records::DeadLetter { key: None, value: None, ..kept.letter.clone() }
}
