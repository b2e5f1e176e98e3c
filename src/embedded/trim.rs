//! Retention: records older than a topic's `retention_ms` go, oldest first, by the time of its last record, as part of some
//! writer's commit. At most once a second, a bounded number at a time, so that no commit waits
//! long; if more is left, the next commit goes on at once.

use std::ops::Bound;
use std::time::{Duration, Instant};

use heed::RwTxn;

use super::environment::Environment;
use super::layout::{self, PartitionState};
use super::topics::Topic;
use crate::log::{Cleanup, LogError};

const TRIM_EVERY: Duration = Duration::from_secs(1);
const TRIM_RECORDS_MAX: usize = 20_000;

impl Environment {
    /// Trims if it is time to.
    pub(super) fn trim_when_due(&self, txn: &mut RwTxn<'_>, now_ms: i64) -> Result<(), LogError> {
        // The holder of the lock is trimming, or will at the next commit.
        let Ok(mut next_trim) = self.next_trim.try_lock() else {
            return Ok(());
        };
        if Instant::now() < *next_trim {
            return Ok(());
        }
        self.forget_dead_readers()?;
        let trimmed = self.trim(txn, now_ms)?;
        if trimmed < TRIM_RECORDS_MAX {
            *next_trim = Instant::now() + TRIM_EVERY;
        }
        Ok(())
    }

    fn trim(&self, txn: &mut RwTxn<'_>, now_ms: i64) -> Result<usize, LogError> {
        let mut trimmed = 0;
        for topic in self.topics(txn)? {
            let Some(retention_ms) = topic.spec.retention_ms else {
                continue;
            };
            if topic.spec.cleanup != Cleanup::Delete || retention_ms < 0 {
                continue;
            }
            // A clock that runs ahead, if only once, must not take what is young: a record is old
            // once a later one says so.
            let time_ms = now_ms.min(self.last_time_ms(txn, &topic)?);
            let expired_before_ms = time_ms.saturating_sub(retention_ms);
            for partition in 0..topic.spec.partitions {
                let budget = TRIM_RECORDS_MAX - trimmed;
                trimmed +=
                    self.trim_partition(txn, &topic, partition, expired_before_ms, budget)?;
            }
        }
        Ok(trimmed)
    }

    fn trim_partition(
        &self,
        txn: &mut RwTxn<'_>,
        topic: &Topic,
        partition: i32,
        expired_before_ms: i64,
        budget: usize,
    ) -> Result<usize, LogError> {
        let state = self.partition_state(txn, topic.id, partition)?;
        let from = layout::record_key(topic.id, partition, state.low);
        let to = layout::record_key(topic.id, partition, state.next);
        let mut expired = 0;
        let mut new_low = state.low;
        let range = (Bound::Included(&from[..]), Bound::Excluded(&to[..]));
        for entry in self.tables.records.range(txn, &range).map_err(|e| self.fail(e))?.take(budget)
        {
            let (key, bytes) = entry.map_err(|e| self.fail(e))?;
            let record = layout::decode_record(bytes).ok_or_else(|| self.damaged("a record"))?;
            if record.timestamp_ms >= expired_before_ms {
                break;
            }
            new_low = layout::offset_of(key).ok_or_else(|| self.damaged("a record's key"))? + 1;
            expired += 1;
        }
        if expired == 0 {
            return Ok(0);
        }
        let to = layout::record_key(topic.id, partition, new_low);
        let range = (Bound::Included(&from[..]), Bound::Excluded(&to[..]));
        self.tables.records.delete_range(txn, &range).map_err(|e| self.fail(e))?;
        let trimmed = PartitionState { low: new_low, ..state };
        let key = layout::partition_key(topic.id, partition);
        self.tables.partitions.put(txn, &key, &trimmed.encode()).map_err(|e| self.fail(e))?;
        Ok(expired)
    }
}
