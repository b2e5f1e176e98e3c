//! What a worker reports. `telemetry` turns it into log lines and metrics.

use crate::log::{Absent, LogError, RestoreProgress, TopicPartition};
use crate::runtime::exit::Exit;
use std::time::Duration;

pub trait Observer: Send + Sync {
    /// The loop completed a turn: the worker's session is open and not blocked. `is_member`: the group
    /// counts it among its members.
    fn turned(&self, _is_member: bool) {}
    /// The group gave these partitions.
    fn assigned(&self, _partitions: &[TopicPartition]) {}
    /// A restore began (`None`) or made progress.
    fn restoring(&self, partition: &TopicPartition, progress: Option<RestoreProgress>);
    fn restored(&self, partition: &TopicPartition);
    /// The committed offset is not available: the partition starts at the task record's position.
    fn position_unknown(&self, _partition: &TopicPartition, _why: &str) {}
    fn revoked(&self, partition: &TopicPartition);
    /// The topics that a patient role waits for at present; asked for with every turn.
    fn absent(&self, _topics: &[Absent]) {}
    fn transaction(&self, took: Duration, error: Option<&LogError>);
    fn aborted(&self, why: &str, in_a_row: u32);
    /// A worker ended. It starts again after `pause`, or not at all (`None`).
    fn ended(&self, worker: &str, why: &Exit, pause: Option<Duration>);
}

/// Ignores every event.
pub struct Silent;

impl Observer for Silent {
    fn restoring(&self, _: &TopicPartition, _: Option<RestoreProgress>) {}
    fn restored(&self, _: &TopicPartition) {}
    fn revoked(&self, _: &TopicPartition) {}
    fn transaction(&self, _: Duration, _: Option<&LogError>) {}
    fn aborted(&self, _: &str, _: u32) {}
    fn ended(&self, _: &str, _: &Exit, _: Option<Duration>) {}
}
