//! Dead letters of imports: bounded by what their topic takes, and none that lies there already. A
//! letter is the same where source, file, its snapshot's date, row, reason and bytes are.

use crate::codec::{Codec, INPUT_BYTES_MAX};
use crate::domain::account::records::DeadLetter;
use crate::domain::terms::time::DAY_MS;
use crate::ingest::dead_letters::{LettersError, scan};
use crate::log::{Store, TopicSpec};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::ops::ControlFlow;
use xxhash_rust::xxh3::xxh3_128;

/// What a letter's record holds beside the row.
const ENVELOPE_BYTES: usize = 8 << 10;

pub struct Letters {
    /// The largest row that is kept.
    row_max: usize,
    /// 16 bytes a letter, read when the first comes.
    known: Option<HashSet<u128>>,
}

impl Letters {
    pub fn new(topic: &TopicSpec) -> Letters {
        let taken = usize::try_from(topic.max_message_bytes).unwrap_or(0);
        let row_max = INPUT_BYTES_MAX.min(taken.saturating_sub(ENVELOPE_BYTES));
        Letters { row_max, known: None }
    }

    /// Whether the letter is to be written; it is known from then on.
    pub fn take(
        &mut self,
        letter: &mut DeadLetter,
        store: &dyn Store,
        codec: &mut Codec,
        topic: &str,
    ) -> Result<bool, LettersError> {
        if let Some(row) = letter.value.take_if(|row| row.len() > self.row_max) {
            let digest = HEXLOWER.encode(&Sha256::digest(&row));
            let note = format!("; the row of {} bytes (sha256 {digest}) is not copied", row.len());
            letter.message += &note;
        }
        let known = match &mut self.known {
            Some(known) => known,
            None => self.known.insert(read(store, codec, topic)?),
        };
        Ok(known.insert(identity(letter)))
    }
}

/// Of rows that a mapping refused.
fn read(store: &dyn Store, codec: &mut Codec, topic: &str) -> Result<HashSet<u128>, LettersError> {
    let mut known = HashSet::new();
    scan(store, codec, topic, &mut |kept| {
        if kept.letter.feed.is_some() {
            known.insert(identity(&kept.letter));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(known)
}

/// What was not copied is known by what the message says of it. A whole day is the date of the
/// snapshot that a row was in; any other time is only when an import ran.
fn identity(letter: &DeadLetter) -> u128 {
    let DeadLetter { topic, offset, timestamp, reason, message, value, feed, .. } = letter;
    let source = feed.as_ref().map_or("", |feed| &feed.source);
    let taken = if timestamp.0 % DAY_MS == 0 { timestamp.0 } else { 0 };
    let name = format!("{source}\u{1f}{topic}\u{1f}{taken}\u{1f}{offset}\u{1f}{reason}\u{1f}");
    let mut name = name.into_bytes();
    name.extend_from_slice(value.as_deref().unwrap_or(message.as_bytes()));
    xxh3_128(&name)
}
