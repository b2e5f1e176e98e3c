//! What a worker runs: a role reads partitions of its topics, stages outputs, and learns whether
//! they were committed. The worker knows no more of it than this; scoring and forwarding are two
//! roles on the same loop.

use crate::log::{LogError, Output, Position, RecordRef, TopicPartition, Watermarks};

/// Why a role cannot go on. The worker stops with this cause; it is not a record's error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// A retry does not help.
    #[error("{0}")]
    Fatal(String),
    /// Needs an operator: the worker starts again from the last commit, after a pause.
    #[error("{0}")]
    Blocked(String),
}

/// Where a partition begins after its restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    At(i64),
    /// The restored state contradicts the group's position. A predecessor's transaction may still
    /// commit: restore again, and report the contradiction if it remains.
    Disagrees(String),
}

/// Stays on the thread that made it.
pub trait Role {
    /// The topics to subscribe to.
    fn topics(&self) -> Vec<String>;

    /// Whether a topic may be missing: the others are read meanwhile.
    fn is_patient(&self) -> bool {
        false
    }

    /// The compacted topic from which a partition of `topic` is restored, if it keeps state.
    fn changelog(&self, topic: &str) -> Option<String>;

    /// A session opens: forget the partitions of the session before; none is assigned yet.
    fn reset(&mut self);

    /// The partition is assigned to us: forget its state, a restore begins.
    fn assigned(&mut self, partition: &TopicPartition);

    /// A record of the changelog.
    fn restore(&mut self, partition: &TopicPartition, record: RecordRef<'_>) -> Result<(), Stop>;

    /// All of the changelog is read. `committed` is the group's stable position.
    fn restored(
        &mut self,
        partition: &TopicPartition,
        committed: Option<i64>,
        watermarks: Watermarks,
    ) -> Result<Start, Stop>;

    /// The partition is not ours any more: forget its state and the outputs staged for it.
    fn revoked(&mut self, partition: &TopicPartition);

    /// Stages the outputs of a record.
    fn process(&mut self, record: RecordRef<'_>) -> Result<(), Stop>;

    /// Called between polls with the wall clock in milliseconds since 1970: stages outputs that are
    /// due by time alone.
    fn idle(&mut self, now_ms: i64) -> Result<(), Stop>;

    /// Bytes that this batch writes so far: staged, or to be staged at its end.
    fn staged_bytes(&self) -> usize;

    /// Whether the batch holds as much memory as it may, whatever is staged.
    fn is_full(&self) -> bool {
        false
    }

    /// Hands over what is staged so far and will not change, in the middle of a batch: the log writes
    /// while the batch goes on. It stays part of the batch, and is committed or aborted with it. A role whose
    /// batches are small keeps all for `drain`.
    fn hand_over(
        &mut self,
        _send: &mut dyn FnMut(&Output<'_>) -> Result<(), LogError>,
    ) -> Result<(), LogError> {
        Ok(())
    }

    /// Hands over everything else that is staged, and returns the positions of every partition that
    /// it touches. Called once a transaction, before `committed` or `aborted`.
    fn drain(
        &mut self,
        send: &mut dyn FnMut(&Output<'_>) -> Result<(), LogError>,
    ) -> Result<Vec<Position>, LogError>;

    /// The transaction committed.
    fn committed(&mut self);

    /// The transaction aborted. Forget what was staged, and return where to read on.
    fn aborted(&mut self) -> Vec<Position>;
}
