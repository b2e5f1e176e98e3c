//! Reading ranges of a partition, borrowed straight from the mapped pages.

use std::ops::Bound;
use std::sync::Arc;
use std::time::{Duration, Instant};

use heed::RoTxn;

use super::environment::Environment;
use super::layout;
use super::topics::{Topic, check_in_log};
use crate::log::{LogError, Reader, RecordRef, Watermarks};

/// Records visited in one snapshot: a snapshot keeps freed pages from being reused.
const SNAPSHOT_RECORDS_MAX: usize = 10_000;

/// What a visit of a range came to.
pub(super) struct Visited {
    pub records: usize,
    /// The offset to go on from.
    pub next: i64,
}

impl Environment {
    /// Visits at most `max_records` records with `from <= offset < to`, in order.
    pub(super) fn visit(
        &self,
        txn: &RoTxn<'_>,
        topic: &Topic,
        partition: i32,
        range: std::ops::Range<i64>,
        max_records: usize,
        visit: &mut dyn FnMut(RecordRef<'_>),
    ) -> Result<Visited, LogError> {
        let mut visited = Visited { records: 0, next: range.start };
        if range.is_empty() {
            return Ok(visited);
        }
        let from = layout::record_key(topic.id, partition, range.start.max(0));
        let to = layout::record_key(topic.id, partition, range.end);
        let bounds = (Bound::Included(&from[..]), Bound::Excluded(&to[..]));
        for entry in self.tables.records.range(txn, &bounds).map_err(|e| self.fail(e))? {
            if visited.records == max_records {
                return Ok(visited);
            }
            let (key, bytes) = entry.map_err(|e| self.fail(e))?;
            let offset = layout::offset_of(key).ok_or_else(|| self.damaged("a record's key"))?;
            let record = layout::decode_record(bytes).ok_or_else(|| self.damaged("a record"))?;
            visit(RecordRef {
                topic: &topic.spec.name,
                partition,
                offset,
                timestamp_ms: record.timestamp_ms,
                key: record.key,
                value: record.value,
                trace: record.trace,
            });
            visited.records += 1;
            visited.next = offset + 1;
        }
        // The rest of the range are holes that compaction has left.
        visited.next = range.end;
        Ok(visited)
    }

    pub(super) fn watermarks(&self, topic: &str, partition: i32) -> Result<Watermarks, LogError> {
        let txn = self.read()?;
        let topic = self.topic(&txn, topic)?;
        topic.check_partition(partition)?;
        let state = self.partition_state(&txn, topic.id, partition)?;
        // Nothing is appended before it is committed.
        Ok(Watermarks { low: state.low, stable: state.next, high: state.next })
    }

    /// Visits `from..to` in snapshots of bounded length for about `budget`, and returns where to
    /// go on. Ends early at the end of the log.
    pub(super) fn visit_for(
        &self,
        topic: &Topic,
        partition: i32,
        range: std::ops::Range<i64>,
        deadline: Instant,
        visit: &mut dyn FnMut(RecordRef<'_>),
    ) -> Result<VisitedFor, LogError> {
        let mut next = range.start;
        let mut records = 0;
        loop {
            let txn = self.read()?;
            let state = self.partition_state(&txn, topic.id, partition)?;
            let end = range.end.min(state.next);
            if !range.is_empty() {
                check_in_log(topic, partition, next, state)?;
            }
            let part =
                self.visit(&txn, topic, partition, next..end, SNAPSHOT_RECORDS_MAX, visit)?;
            next = part.next;
            records += part.records;
            if next >= end || Instant::now() >= deadline {
                return Ok(VisitedFor { records, next, snapshot: txn.id() });
            }
        }
    }
}

pub(super) struct VisitedFor {
    pub records: usize,
    pub next: i64,
    /// The last snapshot read, to wait for the next one.
    pub snapshot: usize,
}

pub(super) struct EmbeddedReader {
    pub environment: Arc<Environment>,
}

impl Reader for EmbeddedReader {
    fn watermarks(&mut self, topic: &str, partition: i32) -> Result<Watermarks, LogError> {
        self.environment.watermarks(topic, partition)
    }

    fn read(
        &mut self,
        topic: &str,
        partition: i32,
        from: i64,
        to: i64,
        budget: Duration,
        visit: &mut dyn FnMut(RecordRef<'_>),
    ) -> Result<i64, LogError> {
        let environment = &*self.environment;
        let topic = environment.topic(&*environment.read()?, topic)?;
        topic.check_partition(partition)?;
        let deadline = Instant::now() + budget;
        let mut next = from;
        // A follower, who reads beyond the end, waits for the first record and not for more.
        loop {
            let part = environment.visit_for(&topic, partition, next..to, deadline, visit)?;
            next = part.next;
            if part.records > 0 || next >= to || Instant::now() >= deadline {
                return Ok(next);
            }
            environment.wait_for_commit(part.snapshot, deadline)?;
        }
    }
}
