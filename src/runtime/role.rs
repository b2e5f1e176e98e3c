//! What a worker runs: a role reads partitions of its topics, stages outputs, and learns whether
//! they were committed. The worker knows no more of it than this; scoring and forwarding are two
//! roles on the same loop.

use crate::log::{Output, Position, RecordRef, TopicPartition, Watermarks};

/// Why a role cannot go on. The worker stops with it; no record is blamed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// Trying again does not help.
    #[error("{0}")]
    Fatal(String),
    /// Something outside has to be mended: the worker begins anew from the last commit, after a
    /// pause.
    #[error("{0}")]
    Stuck(String),
}

/// Where a partition begins after its restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    At(i64),
    /// What was restored does not fit the group's position. A predecessor's transaction may still
    /// be landing: restore again, and take it for true if it stays.
    Disagrees(String),
}

/// Stays on the thread that made it.
pub trait Role {
    /// The topics to subscribe to.
    fn topics(&self) -> Vec<String>;

    /// The compacted topic from which a partition of `topic` is restored, if it keeps state.
    fn changelog(&self, topic: &str) -> Option<String>;

    /// A session opens: nothing is ours yet, whatever an earlier one held is forgotten.
    fn reset(&mut self);

    /// The partition is ours: forget anything known of it, a restore begins.
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

    /// The partition is no longer ours: forget it and whatever is staged for it.
    fn revoked(&mut self, partition: &TopicPartition);

    /// Stages what follows from a record.
    fn process(&mut self, record: RecordRef<'_>) -> Result<(), Stop>;

    /// Called between polls with the wall clock in milliseconds: stages what only time asks for.
    fn idle(&mut self, now_ms: i64) -> Result<(), Stop>;

    /// Bytes staged in this batch so far.
    fn staged_bytes(&self) -> usize;

    /// Hands over what is staged so far, in the middle of a batch: the log writes while the batch
    /// goes on. It stays part of the batch, and is committed or aborted with it.
    fn hand_over(
        &mut self,
        send: &mut dyn FnMut(&Output<'_>) -> Result<(), crate::log::LogError>,
    ) -> Result<(), crate::log::LogError>;

    /// Hands over everything else that is staged, and the positions of every partition that it touches. Called
    /// once a transaction, before `committed` or `aborted`.
    fn drain(
        &mut self,
        send: &mut dyn FnMut(&Output<'_>) -> Result<(), crate::log::LogError>,
    ) -> Result<Vec<Position>, crate::log::LogError>;

    /// The transaction is in the log.
    fn committed(&mut self);

    /// It is not. Forget what was staged, and say where to read on.
    fn aborted(&mut self) -> Vec<Position>;
}
