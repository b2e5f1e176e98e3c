//! The dead letters of an import: bounded by what their topic takes, and none that is already there.
//! Two are the same if source, origin, reason and bytes are.

use crate::codec::{Codec, INPUT_BYTES_MAX};
use crate::domain::account::origin::DeadLetterOrigin;
use crate::domain::account::records::DeadLetter;
use crate::ingest::dead_letters::{DeadLettersError, scan};
use crate::log::{Store, TopicSpec};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::ops::ControlFlow;
use xxhash_rust::xxh3::xxh3_128;

/// What a dead letter holds beside the row, in bytes.
const ENVELOPE_BYTES: usize = 8 << 10;

/// The dead letters that are in the topic.
pub(super) struct KnownDeadLetters {
    /// The largest row that is kept, in bytes.
    row_max: usize,
    /// 16 bytes a dead letter; read from the topic when the first row is rejected.
    known: Option<HashSet<u128>>,
}

impl KnownDeadLetters {
    pub(super) fn new(topic: &TopicSpec) -> KnownDeadLetters {
        let taken = usize::try_from(topic.max_message_bytes).unwrap_or(0);
        let row_max = INPUT_BYTES_MAX.min(taken.saturating_sub(ENVELOPE_BYTES));
        KnownDeadLetters { row_max, known: None }
    }

    /// Whether the dead letter has to be written; from then on it is known. A row that is too large
    /// is replaced by its size and digest in the message.
    pub(super) fn add(
        &mut self,
        dead_letter: &mut DeadLetter,
        store: &dyn Store,
        codec: &mut Codec,
        topic: &str,
    ) -> Result<bool, DeadLettersError> {
        if let Some(row) = dead_letter.value.take_if(|row| row.len() > self.row_max) {
            let digest = HEXLOWER.encode(&Sha256::digest(&row));
            let note = format!("; the row of {} bytes (sha256 {digest}) is not copied", row.len());
            dead_letter.message += &note;
        }
        let known = match &mut self.known {
            Some(known) => known,
            None => self.known.insert(read(store, codec, topic)?),
        };
        Ok(identity(dead_letter).is_none_or(|identity| known.insert(identity)))
    }
}

fn read(
    store: &dyn Store,
    codec: &mut Codec,
    topic: &str,
) -> Result<HashSet<u128>, DeadLettersError> {
    let mut known = HashSet::new();
    scan(store, codec, topic, &mut |stored| {
        known.extend(identity(&stored.dead_letter));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(known)
}

/// Of a row of a file. A row that was not copied is known by its message, which holds its digest.
fn identity(dead_letter: &DeadLetter) -> Option<u128> {
    let DeadLetter { origin, reason, message, value, feed, .. } = dead_letter;
    let DeadLetterOrigin::File(file) = origin else { return None };
    let source = feed.as_ref().map_or("", |feed| &feed.source);
    let snapshot = file.snapshot_at.as_deref().unwrap_or_default();
    let mut text = [source, &file.name, snapshot].join("\u{1f}");
    text += &format!("\u{1f}{}\u{1f}{}\u{1f}{reason}\u{1f}", file.row, file.gone);
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(value.as_deref().unwrap_or(message.as_bytes()));
    Some(xxh3_128(&bytes))
}
