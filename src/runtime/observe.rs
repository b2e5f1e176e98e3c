//! What the worker tells of itself. `telemetry` makes log lines and metrics of it.

use crate::log::{LogError, RestoreProgress, TopicPartition};
use crate::runtime::exit::Exit;
use std::time::Duration;

pub trait Observer: Send + Sync {
    /// The loop turned: the worker's session is open, and nothing holds it up.
    fn turned(&self) {}
    /// A restore began (`None`) or has come so far.
    fn restoring(&self, partition: &TopicPartition, progress: Option<RestoreProgress>);
    fn restored(&self, partition: &TopicPartition);
    /// The group's position is not told: the partition begins where its own state says.
    fn position_not_told(&self, _partition: &TopicPartition, _why: &str) {}
    fn revoked(&self, partition: &TopicPartition);
    fn transaction(&self, took: Duration, error: Option<&LogError>);
    fn aborted(&self, why: &str, in_a_row: u32);
    /// A worker ended and is about to be started again after `pause`, or not (`None`).
    fn ended(&self, worker: &str, why: &Exit, pause: Option<Duration>);
}

/// Says nothing.
pub struct Silent;

impl Observer for Silent {
    fn restoring(&self, _: &TopicPartition, _: Option<RestoreProgress>) {}
    fn restored(&self, _: &TopicPartition) {}
    fn revoked(&self, _: &TopicPartition) {}
    fn transaction(&self, _: Duration, _: Option<&LogError>) {}
    fn aborted(&self, _: &str, _: u32) {}
    fn ended(&self, _: &str, _: &Exit, _: Option<Duration>) {}
}
