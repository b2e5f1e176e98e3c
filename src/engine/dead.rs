//! Dead letters: a record that could not be processed, kept as it was.

use super::staged::{Destination, Staged};
use crate::codec::{Codec, RegistryError};
use crate::domain::records::{DeadLetter, DeadLetterReason};
use crate::domain::time::Timestamp;
use crate::runtime::log::RecordRef;
use std::sync::Arc;

/// A record as it was, with where it was and why it was refused.
pub fn dead_letter(
    record: &RecordRef<'_>,
    reason: DeadLetterReason,
    message: String,
) -> DeadLetter {
    DeadLetter {
        topic: record.topic.to_owned(),
        partition: record.partition,
        offset: record.offset,
        timestamp: Timestamp(record.timestamp_ms),
        reason,
        message,
        key: record.key.map(<[u8]>::to_vec),
        value: record.value.map(<[u8]>::to_vec),
    }
}

/// Stages a dead letter, keyed by where the record was.
pub fn push_dead_letter(
    codec: &mut Codec,
    staged: &mut Staged,
    topic: &Arc<str>,
    letter: &DeadLetter,
    time: Timestamp,
) -> Result<(), RegistryError> {
    let key = format!("{}/{}/{}", letter.topic, letter.partition, letter.offset);
    let to = Destination {
        topic,
        partition: None,
        key: Some(key.as_bytes()),
        timestamp_ms: Some(time.0.max(1)),
    };
    staged.push(to, |out| codec.encode_dead_letter(topic, letter, out))
}
