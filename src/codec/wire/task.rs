//! The task record: the position and time of a scoring task.

use super::Fixed16;
use crate::domain::account::records::TaskRecord;
use crate::domain::terms::time::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Task {
    partition: i32,
    partitions: i32,
    next_offset: i64,
    transaction: i64,
    time: i64,
    copied: i64,
    seed: Option<Fixed16>,
}

impl Task {
    pub(crate) fn of(task: &TaskRecord) -> Task {
        Task {
            partition: task.partition,
            partitions: task.partitions,
            next_offset: task.next_offset,
            transaction: task.transaction,
            time: task.time.0,
            copied: task.copied,
            seed: task.seed.map(Fixed16),
        }
    }

    pub(crate) fn task(self) -> TaskRecord {
        TaskRecord {
            partition: self.partition,
            partitions: self.partitions,
            next_offset: self.next_offset,
            transaction: self.transaction,
            time: Timestamp(self.time),
            copied: self.copied,
            seed: self.seed.map(|id| id.0),
        }
    }
}
