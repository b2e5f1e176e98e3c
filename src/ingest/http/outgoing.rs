//! What a request becomes: the records that the log is to have of it.

use super::answer::{Answer, Refusal, Summary};
use super::limits::Hold;
use crate::engine::tally::Rows;
use crate::telemetry::RequestOutcome;
use std::ops::Range;

/// Records of one request; a mapping that makes more of a body is not for webhooks.
const OUTGOING_BYTES_MAX: usize = 16 << 20;

/// What the log is to have of a request before it is answered.
pub struct Outgoing {
    pub source: usize,
    pub bytes: Vec<u8>,
    pub records: Vec<Placed>,
    pub tally: Rows,
    pub summary: Summary,
    pub hold: Hold,
    pub answer: Answer,
}

pub struct Placed {
    pub is_dead_letter: bool,
    pub key: Range<usize>,
    pub value: Range<usize>,
}

impl Outgoing {
    /// Each record: whether it is a dead letter, its key, its value.
    pub fn records(&self) -> impl Iterator<Item = (bool, Option<&[u8]>, &[u8])> {
        self.records.iter().map(|placed| {
            let key = &self.bytes[placed.key.clone()];
            let key = (!placed.is_dead_letter).then_some(key);
            (placed.is_dead_letter, key, &self.bytes[placed.value.clone()])
        })
    }

    pub fn size(&self) -> (usize, usize) {
        (self.records.len(), self.bytes.len())
    }
}

/// What a request has become so far.
#[derive(Default)]
pub struct Made {
    pub bytes: Vec<u8>,
    pub records: Vec<Placed>,
    pub tally: Rows,
    pub summary: Summary,
}

impl Made {
    pub fn append(&mut self, part: &[u8]) -> Range<usize> {
        let from = self.bytes.len();
        self.bytes.extend_from_slice(part);
        from..self.bytes.len()
    }

    /// Whether there is room for more of the request, of which so many rows are mapped.
    pub fn check(&self, rows: u64) -> Result<(), Refusal> {
        if self.bytes.len() <= OUTGOING_BYTES_MAX {
            return Ok(());
        }
        let error = format!(
            "{rows} rows become more than {} MiB of records; send fewer in one request",
            OUTGOING_BYTES_MAX >> 20
        );
        Err(Refusal::new(RequestOutcome::TooLarge, error))
    }

    pub fn mark(&self) -> (usize, usize) {
        (self.bytes.len(), self.records.len())
    }

    /// All records of a row are written, or none.
    pub fn back_to(&mut self, (bytes, records): (usize, usize)) {
        self.bytes.truncate(bytes);
        self.records.truncate(records);
    }
}
