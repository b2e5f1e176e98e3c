//! A transaction's records between `begin` and `commit`: encoded once, into one buffer.

use std::ops::Range;

use super::layout::{self, StoredRecord};
use super::topics::Topic;
use crate::log::{LogError, Output, Stamp};

/// A transaction that stages more asks to be aborted and made smaller.
const STAGED_BYTES_MAX: usize = 128 << 20;
/// What a buffer may keep between transactions.
const KEPT_BYTES_MAX: usize = 8 << 20;

#[derive(Default)]
pub(super) struct Staged {
    bytes: Vec<u8>,
    /// Whether a record takes its time from this machine's clock.
    pub goes_by_clock: bool,
    pub records: Vec<StagedRecord>,
}

pub(super) struct StagedRecord {
    /// Index into the writer's topics.
    pub topic: usize,
    pub partition: i32,
    range: Range<usize>,
}

impl Staged {
    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.goes_by_clock = false;
        self.bytes.shrink_to(KEPT_BYTES_MAX);
        self.records.clear();
        self.records.shrink_to(KEPT_BYTES_MAX / size_of::<StagedRecord>());
    }

    /// Takes a record over. `topic` is the index of `spec` among the writer's topics.
    pub(super) fn push(
        &mut self,
        topic: usize,
        target: &Topic,
        partition: i32,
        output: &Output<'_>,
        now_ms: i64,
    ) -> Result<(), LogError> {
        check_size(target, output)?;
        let own_time_ms = output.timestamp_ms.filter(|_| target.spec.stamp == Stamp::CreateTime);
        self.goes_by_clock |= own_time_ms.is_none();
        // `LogAppendTime` gets its time at the commit.
        let timestamp_ms = match target.spec.stamp {
            Stamp::LogAppendTime => 0,
            Stamp::CreateTime => own_time_ms.unwrap_or(now_ms).max(1),
        };
        let (key, value, trace) = (output.key, output.value, output.trace);
        let record = StoredRecord { timestamp_ms, key, value, trace };
        let start = self.bytes.len();
        layout::encode_record(&mut self.bytes, record, output.headers);
        let range = start..self.bytes.len();
        if range.end > STAGED_BYTES_MAX {
            return Err(LogError::Abort(format!(
                "the transaction holds more than {STAGED_BYTES_MAX} bytes: commit more often"
            )));
        }
        self.records.push(StagedRecord { topic, partition, range });
        Ok(())
    }

    /// Encoded, for stamping.
    pub(super) fn bytes_of(&mut self, index: usize) -> &mut [u8] {
        &mut self.bytes[self.records[index].range.clone()]
    }
}

fn check_size(target: &Topic, output: &Output<'_>) -> Result<(), LogError> {
    let headers: usize = output.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    let size = output.key.map_or(0, <[u8]>::len) + output.value.map_or(0, <[u8]>::len) + headers;
    let max = target.spec.max_message_bytes;
    if usize::try_from(max).is_ok_and(|max| size <= max) {
        return Ok(());
    }
    Err(LogError::Fatal(format!(
        "a record of {size} bytes is too large for topic {}, whose max.message.bytes is {max}",
        target.spec.name
    )))
}
