//! Records that are older than the end of the history they go to. The fold takes them as known only
//! from that end on, and signals of more than the horizon before it not at all. Those that are in
//! the log already, since an import is run again, do no harm and do not count.
//!
//! Memory: 9 to 18 bytes a late record, none for the others.

use super::ImportError;
use super::sort::Sorted;
use crate::domain::account::input::Input;
use crate::domain::terms::figures::{agree, count, counted};
use crate::domain::terms::limits::HORIZON_DAYS;
use crate::domain::terms::time::{Day, Timestamp};
use crate::log::scan::Scan;
use crate::log::{LogError, Store};
use crate::mapping::canonical::Canonical;
use serde::Serialize;
use std::collections::HashSet;
use xxhash_rust::xxh3::Xxh3;

/// Offsets before the end of a partition among which its largest time is looked for.
const TAIL: i64 = 1_000;

/// Late records that the log does not hold yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct LateRecords {
    /// Where the log stands.
    pub log_end_on: Day,
    /// Late records.
    pub records: u64,
    /// Of them, signals that the fold does not count at all.
    pub too_late: u64,
}

impl LateRecords {
    /// Why the import of them is refused. `of`: all of its records that the log does not hold.
    pub(super) fn refusal(&self, topic: &str, of: u64, newest_on: Day) -> String {
        let LateRecords { log_end_on, records, too_late } = self;
        let lost = match too_late {
            0 => String::new(),
            n => format!(
                ", and {} of them not at all: signals of more than {HORIZON_DAYS} days before it",
                count(*n)
            ),
        };
        format!(
            "{} of {} {} older than the end of the history {topic}, {log_end_on}, and would count from \
             that day on{lost}; the newest is of {newest_on}. Nothing is written; import all files in one \
             command into a new history (--mapping A FILES --mapping B FILES), or use --accept-late",
            count(*records),
            counted(of, "new record"),
            agree(of, "is", "are"),
        )
    }
}

pub(super) struct Late {
    /// The largest time in the log.
    pub end: Option<Timestamp>,
    late: HashSet<u64>,
    too_late: HashSet<u64>,
    newest: Timestamp,
    records: u64,
}

impl Late {
    pub(super) fn new(
        store: &dyn Store,
        topic: &str,
        partitions: i32,
    ) -> Result<Late, ImportError> {
        let mut end = None;
        for partition in 0..partitions {
            end = end.max(partition_end(store, topic, partition)?);
        }
        let (late, too_late) = (HashSet::new(), HashSet::new());
        // An activation that is published before any record stands at 1 ms.
        let end = end.filter(|end| end.0 > 1);
        Ok(Late { end, late, too_late, newest: Timestamp(i64::MIN), records: 0 })
    }

    pub(super) fn note(&mut self, record: &Canonical, encoded: &Sorted) {
        self.records += 1;
        self.newest = self.newest.max(Timestamp(encoded.time_ms));
        let Some(end) = self.end.filter(|end| encoded.time_ms < end.0) else { return };
        let digest = digest(&encoded.key, &encoded.value);
        self.late.insert(digest);
        let horizon = end.day().plus(-HORIZON_DAYS);
        if matches!(&record.input, Input::Signal(signal) if signal.occurred.day < horizon) {
            self.too_late.insert(digest);
        }
    }

    /// Those that the log does not hold, if there are any. Refuses an import most of which is late,
    /// unless `accept`.
    pub(super) fn judge(
        &mut self,
        store: &dyn Store,
        topic: &str,
        partitions: i32,
        accept: bool,
    ) -> Result<Option<LateRecords>, ImportError> {
        let Some(end) = self.end.filter(|_| !self.late.is_empty()) else { return Ok(None) };
        let before = self.late.len();
        let mut reader = store.reader()?;
        for partition in 0..partitions {
            Scan::whole(&mut *reader, topic, partition)?.each(&mut *reader, &mut |record| {
                if let (Some(key), Some(value)) = (record.key, record.value) {
                    let digest = digest(key, value);
                    self.late.remove(&digest);
                    self.too_late.remove(&digest);
                }
            })?;
        }
        if self.late.is_empty() {
            return Ok(None);
        }
        let written = (before - self.late.len()) as u64;
        let (records, too_late) = (self.late.len() as u64, self.too_late.len() as u64);
        let late = LateRecords { log_end_on: end.day(), records, too_late };
        let new = self.records.saturating_sub(written);
        if !accept && records * 2 > new {
            let (topic, newest_on) = (topic.to_owned(), self.newest.day());
            return Err(ImportError::Late { topic, late, of: new, newest_on });
        }
        Ok(Some(late))
    }
}

fn digest(key: &[u8], value: &[u8]) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(&(key.len() as u64).to_le_bytes());
    hash.update(key);
    hash.update(value);
    hash.digest()
}

/// The largest time among the last records of a partition: an import ends with a tick at its
/// largest time, and what people publish into a history has the time 1 ms.
fn partition_end(
    store: &dyn Store,
    topic: &str,
    partition: i32,
) -> Result<Option<Timestamp>, LogError> {
    let mut reader = store.reader()?;
    let marks = reader.watermarks(topic, partition)?;
    let (mut to, mut tail, mut end) = (marks.stable, TAIL, None);
    while to > marks.low && end.is_none_or(|end: Timestamp| end.0 <= 1) {
        let from = (to - tail).max(marks.low);
        let scan = Scan::range(topic, partition, from..to);
        scan.each(&mut *reader, &mut |record| {
            end = end.max(Some(Timestamp(record.timestamp_ms)));
        })
        .map_err(|error| LogError::Fatal(error.to_string()))?;
        (to, tail) = (from, tail * 4);
    }
    Ok(end)
}
