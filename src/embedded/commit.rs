//! The one write transaction that makes a transaction's records and positions visible.

use heed::RwTxn;

use super::environment::{Environment, now_ms};
use super::identity::Identity;
use super::layout;
use super::staged::Staged;
use super::topics::Topic;
use crate::log::{Cleanup, LogError, Position, Stamp};

impl Environment {
    /// All of it, or, with an error, nothing.
    pub(super) fn append(
        &self,
        identity: &Identity,
        topics: &[Topic],
        staged: &mut Staged,
        positions: &[Position],
    ) -> Result<(), LogError> {
        // Stable, so that the order of sending stays within each partition.
        staged.records.sort_by_key(|record| (topics[record.topic].id, record.partition));
        self.write(|txn| {
            self.check_current(txn, identity)?;
            let now_ms = now_ms();
            if staged.goes_by_clock {
                self.check_clock(txn, now_ms)?;
            }
            let mut from = 0;
            while let Some(first) = staged.records.get(from) {
                let (slot, partition) = (first.topic, first.partition);
                let same = |r: &&_| same_partition(r, slot, partition);
                let count = staged.records[from..].iter().take_while(same).count();
                let run = from..from + count;
                from = run.end;
                self.append_run(txn, &topics[slot], partition, staged, run, now_ms)?;
            }
            self.put_positions(txn, identity, positions)?;
            self.trim_when_due(txn, now_ms)
        })
    }

    /// Appends staged records of one partition.
    fn append_run(
        &self,
        txn: &mut RwTxn<'_>,
        topic: &Topic,
        partition: i32,
        staged: &mut Staged,
        run: std::ops::Range<usize>,
        now_ms: i64,
    ) -> Result<(), LogError> {
        let mut state = self.partition_state(txn, topic.id, partition)?;
        // Never backwards, whatever the system's clock does.
        let append_time_ms = now_ms.max(state.last_timestamp_ms);
        let mut latest_key = Vec::new();
        for index in run {
            let bytes = staged.bytes_of(index);
            if topic.spec.stamp == Stamp::LogAppendTime {
                layout::stamp(bytes, append_time_ms);
            }
            let record = layout::decode_record(bytes).expect("encoded by `Staged::push`");
            if topic.spec.cleanup == Cleanup::Compact {
                let key = record.key.unwrap_or_default();
                layout::latest_key(&mut latest_key, topic.id, partition, key);
                self.supersede(txn, topic, partition, &latest_key, state.next)?;
            }
            state.last_timestamp_ms = state.last_timestamp_ms.max(record.timestamp_ms);
            let key = layout::record_key(topic.id, partition, state.next);
            self.put(txn, self.tables.records, &key, bytes)?;
            state.next += 1;
        }
        let key = layout::partition_key(topic.id, partition);
        self.put(txn, self.tables.partitions, &key, &state.encode())
    }

    /// Deletes the record that the one at `offset` supersedes, and remembers this one.
    fn supersede(
        &self,
        txn: &mut RwTxn<'_>,
        topic: &Topic,
        partition: i32,
        latest_key: &[u8],
        offset: i64,
    ) -> Result<(), LogError> {
        let before = self.get(txn, self.tables.latest, latest_key)?.and_then(layout::decode_i64);
        if let Some(before) = before {
            let key = layout::record_key(topic.id, partition, before);
            self.tables.records.delete(txn, &key).map_err(|e| self.fail(e))?;
        }
        self.put(txn, self.tables.latest, latest_key, &offset.to_be_bytes())
    }

    fn put_positions(
        &self,
        txn: &mut RwTxn<'_>,
        identity: &Identity,
        positions: &[Position],
    ) -> Result<(), LogError> {
        let Some(group) = &identity.group else {
            return Ok(());
        };
        for position in positions {
            let topic = self.topic(txn, &position.topic)?;
            topic.check_partition(position.partition)?;
            let key = layout::position_key(group.id, topic.id, position.partition);
            let next_offset = position.next_offset.to_be_bytes();
            self.put(txn, self.tables.positions, &key, &next_offset)?;
        }
        Ok(())
    }
}

fn same_partition(record: &super::staged::StagedRecord, slot: usize, partition: i32) -> bool {
    record.topic == slot && record.partition == partition
}
