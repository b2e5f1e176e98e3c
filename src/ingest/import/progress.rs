//! How far an import is, for people to watch.

use std::ops::ControlFlow;

/// The progress of an import. The unit of `done` and `total` depends on the phase.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    pub phase: Phase,
    pub done: u64,
    pub total: u64,
    pub rows: u64,
    pub records: u64,
    pub dead_letters: u64,
    /// Records and dead letters in committed transactions.
    pub written: u64,
}

/// Hears of the progress, and says whether to go on: an import that is stopped commits what it has
/// mapped and returns its summary.
pub type Watch<'a> = dyn FnMut(Progress) -> ControlFlow<()> + 'a;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Reading the rows that other rows refer to; in bytes.
    Tables,
    /// In bytes.
    Reading,
    /// Of a history, in records.
    Writing,
}
