//! How the workers do: their restores, transactions and ends.

use super::Telemetry;
use crate::log::{Absent, LogError, RestoreProgress, TopicPartition};
use crate::runtime::exit::Exit;
use crate::runtime::observe::Observer;
use crate::telemetry::health::restored_ratio;
use crate::telemetry::{events, spans};
use std::sync::PoisonError;
use std::time::Duration;

impl Observer for Telemetry {
    fn turned(&self, is_member: bool) {
        if self.spans.get().is_some() {
            spans::began();
        }
        // The supervisor names each worker's thread after it.
        if let Some(worker) = std::thread::current().name() {
            self.health.turned(worker, is_member);
        }
    }

    fn restoring(&self, partition: &TopicPartition, progress: Option<RestoreProgress>) {
        self.health.restoring(partition, progress);
        let ratio = progress.map_or(0.0, restored_ratio);
        events::restoring(&self.metrics, partition, ratio);
        self.metrics.balance.restoring(partition.partition, progress);
        if progress.is_some() {
            return self.restores.progresses();
        }
        self.restores.waits(partition);
        // A reopened session counts its accounts from zero.
        self.metrics.standings.forget(partition.partition);
        self.metrics.balance.forget(partition.partition);
        self.stages_changed(|stages| {
            stages.remove(&partition.partition);
        });
    }

    fn restored(&self, partition: &TopicPartition) {
        self.health.restored(partition);
        events::restoring(&self.metrics, partition, 1.0);
        self.metrics.balance.restored(partition.partition);
        self.restores.done(partition);
    }

    fn position_unknown(&self, partition: &TopicPartition, why: &str) {
        events::position_unknown(partition, why);
    }

    fn revoked(&self, partition: &TopicPartition) {
        if self.health.revoked(partition) {
            self.metrics.forget_restore(partition.partition);
            self.metrics.balance.revoked(partition.partition);
        }
        self.restores.gone(partition);
        self.forwarded.lock().unwrap_or_else(PoisonError::into_inner).remove(partition);
        events::revoked(partition);
    }

    fn absent(&self, topics: &[Absent]) {
        self.sources.absent(topics);
    }

    fn transaction(&self, took: Duration, error: Option<&LogError>) {
        if let Some(worker) = std::thread::current().name() {
            self.health.transaction(worker, error.map(LogError::message));
        }
        events::transaction(&self.metrics, took, error);
    }

    fn aborted(&self, why: &str, in_a_row: u32) {
        events::aborted(why, in_a_row);
    }

    fn ended(&self, worker: &str, why: &Exit, pause: Option<Duration>) {
        self.restores.ended();
        self.health.ended(worker, &why.to_string());
        // It is retried soon and may fail in the same way.
        if let Exit::Blocked(why) = why {
            self.health.transaction(worker, Some(why));
        }
        events::ended(&self.metrics, worker, why, pause);
    }
}
