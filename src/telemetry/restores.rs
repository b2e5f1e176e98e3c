//! Restores as the log lines say them: one line where they begin and one once all are done, for any
//! number of partitions.

use super::events;
use crate::log::TopicPartition;
use crate::log::ranges::partitions_text;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

#[derive(Default)]
pub(super) struct Restores(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    left: BTreeSet<TopicPartition>,
    done: BTreeSet<TopicPartition>,
    began: Option<Instant>,
    is_said: bool,
}

impl Restores {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The partition waits for its turn. All of an assignment do before the first one's begins.
    pub(super) fn waits(&self, partition: &TopicPartition) {
        let mut inner = self.inner();
        inner.is_said &= !inner.left.insert(partition.clone());
        inner.done.remove(partition);
        inner.began.get_or_insert_with(Instant::now);
    }

    pub(super) fn progresses(&self) {
        let mut inner = self.inner();
        if !std::mem::replace(&mut inner.is_said, true) {
            events::restore_began(&partitions_text(&inner.left));
        }
    }

    pub(super) fn done(&self, partition: &TopicPartition) {
        let mut inner = self.inner();
        inner.left.remove(partition);
        inner.done.insert(partition.clone());
        inner.end_if_nothing_is_left();
    }

    /// The partition went elsewhere.
    pub(super) fn gone(&self, partition: &TopicPartition) {
        let mut inner = self.inner();
        inner.left.remove(partition);
        inner.done.remove(partition);
        inner.end_if_nothing_is_left();
    }

    /// A session ended, and with it what it restored.
    pub(super) fn ended(&self) {
        *self.inner() = Inner::default();
    }
}

impl Inner {
    fn end_if_nothing_is_left(&mut self) {
        if !self.left.is_empty() {
            return;
        }
        let ended = std::mem::take(self);
        if let (Some(began), false) = (ended.began, ended.done.is_empty()) {
            events::all_restored(&partitions_text(&ended.done), began.elapsed());
        }
    }
}
