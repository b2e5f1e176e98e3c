//! The records that a request becomes.

use super::answer::{Answer, Refusal, Summary};
use super::limits::Hold;
use crate::domain::terms::figures::{agree, counted};
use crate::engine::tally::Rows;
use crate::log::trace::Trace;
use crate::telemetry::RequestOutcome;
use std::ops::Range;
use std::time::Instant;

/// Maximum size of the records of one request in bytes; a mapping that needs more is not for webhooks.
const OUTGOING_BYTES_MAX: usize = 16 << 20;

/// The records to commit before a request is answered.
pub(super) struct Outgoing {
    /// When its body had been read.
    pub came: Instant,
    pub source: usize,
    pub bytes: Vec<u8>,
    pub records: Vec<Placed>,
    pub tally: Rows,
    pub summary: Summary,
    pub hold: Hold,
    pub answer: Answer,
    /// Of the request's span.
    pub trace: Option<Trace>,
}

pub(super) struct Placed {
    pub is_dead_letter: bool,
    pub key: Range<usize>,
    pub value: Range<usize>,
}

impl Outgoing {
    /// The records of a request, with its source, and what it holds and waits for.
    pub(super) fn of(
        made: Made,
        came: Instant,
        source: usize,
        (hold, answer, trace): (Hold, Answer, Option<Trace>),
    ) -> Outgoing {
        let Made { bytes, records, tally, summary } = made;
        Outgoing { came, source, bytes, records, tally, summary, hold, answer, trace }
    }

    /// For each record: whether it is a dead letter, its key, its value.
    pub(super) fn records(&self) -> impl Iterator<Item = (bool, Option<&[u8]>, &[u8])> {
        self.records.iter().map(|placed| {
            let key = &self.bytes[placed.key.clone()];
            let key = (!placed.is_dead_letter).then_some(key);
            (placed.is_dead_letter, key, &self.bytes[placed.value.clone()])
        })
    }

    pub(super) fn size(&self) -> (usize, usize) {
        (self.records.len(), self.bytes.len())
    }
}

/// The records of a request so far.
#[derive(Default)]
pub(super) struct Made {
    pub bytes: Vec<u8>,
    pub records: Vec<Placed>,
    pub tally: Rows,
    pub summary: Summary,
}

impl Made {
    pub(super) fn append(&mut self, part: &[u8]) -> Range<usize> {
        let from = self.bytes.len();
        self.bytes.extend_from_slice(part);
        from..self.bytes.len()
    }

    /// Checks the size of the records; `rows`: the number of rows mapped so far.
    pub(super) fn check(&self, rows: u64) -> Result<(), Refusal> {
        if self.bytes.len() <= OUTGOING_BYTES_MAX {
            return Ok(());
        }
        let error = format!(
            "request too large: {} {} more than {} MiB of records; send fewer rows in one request",
            counted(rows, "row"),
            agree(rows, "becomes", "become"),
            OUTGOING_BYTES_MAX >> 20
        );
        Err(Refusal::new(RequestOutcome::TooLarge, error))
    }

    pub(super) fn mark(&self) -> (usize, usize) {
        (self.bytes.len(), self.records.len())
    }

    /// Removes the records after the mark, so that a row is written completely or not at all.
    pub(super) fn back_to(&mut self, (bytes, records): (usize, usize)) {
        self.bytes.truncate(bytes);
        self.records.truncate(records);
    }
}
