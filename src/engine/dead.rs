//! Dead letters: a record that could not be processed, kept as it was.

use super::staged::{Destination, Staged};
use crate::codec::{Codec, INPUT_BYTES_MAX, RegistryError};
use crate::domain::account::records::{DeadLetter, DeadLetterReason};
use crate::domain::terms::time::Timestamp;
use crate::log::RecordRef;
use std::sync::Arc;

/// Longer keys are not copied.
const KEY_BYTES_MAX: usize = 64 << 10;

/// A record as it was, with where it was and why it was refused. What is too large to be an input
/// is not copied: the letter itself could be too large to be written, and stop the task for good.
pub fn dead_letter(
    record: &RecordRef<'_>,
    reason: DeadLetterReason,
    mut message: String,
) -> DeadLetter {
    let mut copy = |what: &str, bytes: Option<&[u8]>, most: usize| {
        let bytes = bytes?;
        if bytes.len() > most {
            message += &format!("; the {what} of {} bytes is not copied", bytes.len());
            return None;
        }
        Some(bytes.to_vec())
    };
    let key = copy("key", record.key, KEY_BYTES_MAX);
    let value = copy("value", record.value, INPUT_BYTES_MAX);
    DeadLetter {
        topic: record.topic.to_owned(),
        partition: record.partition,
        offset: record.offset,
        timestamp: Timestamp(record.timestamp_ms),
        reason,
        message,
        key,
        value,
        feed: None,
    }
}

/// Stages a dead letter, keyed by where the record was. Without a time it is stamped when it is
/// written: letters are kept by theirs, and an old record's letter would be gone at once.
pub fn push_dead_letter(
    codec: &mut Codec,
    staged: &mut Staged,
    topic: &Arc<str>,
    letter: &DeadLetter,
    time: Option<Timestamp>,
) -> Result<(), RegistryError> {
    let key = format!("{}/{}/{}", letter.topic, letter.partition, letter.offset);
    let to = Destination {
        topic,
        partition: None,
        key: Some(key.as_bytes()),
        timestamp_ms: time.map(|time| time.0.max(1)),
    };
    staged.push(to, |out| codec.encode_dead_letter(topic, letter, out))
}
