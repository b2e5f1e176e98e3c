//! How far a long operation has come. The room prints nothing: it calls back, and the command line
//! draws a bar.

use std::ops::Range;

/// How far an operation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What it is doing.
    pub phase: &'static str,
    /// Offsets read, over all partitions so far.
    pub done: u64,
    /// Offsets to read, as far as is known: it grows with each partition.
    pub total: u64,
}

/// Adds up the offsets of several scans.
pub struct Meter<'a> {
    report: &'a mut dyn FnMut(Progress),
    progress: Progress,
}

impl<'a> Meter<'a> {
    pub fn new(report: &'a mut dyn FnMut(Progress)) -> Meter<'a> {
        Meter { report, progress: Progress { phase: "", done: 0, total: 0 } }
    }

    pub fn phase(&mut self, phase: &'static str) {
        self.progress.phase = phase;
        (self.report)(self.progress);
    }

    /// A range is about to be read.
    pub fn expect(&mut self, range: &Range<i64>) {
        self.progress.total += u64::try_from(range.end - range.start).unwrap_or(0);
    }

    /// So many offsets of it were read.
    pub fn passed(&mut self, offsets: u64) {
        self.progress.done += offsets;
        (self.report)(self.progress);
    }
}
