//! Dead letters of the records of topics.

use super::staged::{Destination, Staged};
use crate::codec::{Codec, INPUT_BYTES_MAX, RegistryError};
use crate::domain::account::origin::{DeadLetterOrigin, RowFormat};
use crate::domain::account::records::{DeadLetter, DeadLetterReason, Feed};
use crate::domain::terms::time::Timestamp;
use crate::log::RecordRef;
use std::sync::Arc;

/// Longer keys are not copied. In bytes.
const KEY_BYTES_MAX: usize = 64 << 10;

/// The dead letter of a record of a topic. `vendor`: the mapping that read the record and how the
/// record is written; `None` for a record of our own schemas.
///
/// A value too large to be an input is not copied: the dead letter itself could be too large to be
/// written, and stop the task for good.
pub fn dead_letter(
    record: &RecordRef<'_>,
    vendor: Option<(Feed, RowFormat)>,
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
    let (feed, format) = vendor.unzip();
    let origin = DeadLetterOrigin::Topic {
        topic: record.topic.to_owned(),
        partition: record.partition,
        offset: record.offset,
        format,
    };
    let timestamp = Timestamp(record.timestamp_ms);
    DeadLetter { origin, timestamp, reason, message, key, value, feed }
}

/// Stages the dead letter of a record, keyed by the record's position. `time`: its stamp; `None`
/// stamps it when it is written. Dead letters are retained by their stamp, so with the time of an
/// old record a dead letter would be deleted at once.
pub fn push_dead_letter(
    codec: &mut Codec,
    staged: &mut Staged,
    topic: &Arc<str>,
    record: &RecordRef<'_>,
    dead_letter: &DeadLetter,
    time: Option<Timestamp>,
) -> Result<(), RegistryError> {
    let key = format!("{}/{}/{}", record.topic, record.partition, record.offset);
    let to = Destination {
        topic,
        partition: None,
        key: Some(key.as_bytes()),
        timestamp_ms: time.map(|time| time.0.max(1)),
    };
    staged.push(to, |out| codec.encode_dead_letter(topic, dead_letter, out))
}
