//! Files into the log. On a live topic rows are written as they are read, in bounded memory. On a
//! history topic all records are sorted by the time when each could first be known ([`sort`]), so
//! that the fold sees the past in its order; a tick at the largest time ends every partition.
//!
//! Importing twice is harmless: a record's id follows from its content, so the fold finds the
//! duplicates, and a dead letter that is already in its topic is not written again. So an import
//! that was interrupted is simply run again.

mod files;
mod known;
mod sink;
mod sort;
mod summary;

pub use files::InputFile;
pub use sort::{Merge, Sorted, Sorter};
pub use summary::{FileSummary, Resolved, Summary};

use crate::aliases::Aliases;
use crate::codec::{Codec, RegistryError};
use crate::domain::account::origin::{DeadLetterOrigin, FileOrigin};
use crate::domain::account::records::DeadLetter;
use crate::domain::terms::limits::HORIZON_DAYS;
use crate::domain::terms::time::Timestamp;
use crate::ingest::dead_letters::DeadLettersError;
use crate::log::scan::ScanError;
use crate::log::transact::Failure;
use crate::log::{LogError, Store};
use crate::mapping::canonical::{Canonical, RowError};
use crate::mapping::program::Scope;
use crate::mapping::rows::{Format, Row};
use crate::mapping::{Mapped, Mapping, Seen};
use files::{FileRows, Snapshots};
use jaq_json::Val;
use sink::{Entry, Sink};
use std::ops::ControlFlow;
use std::path::PathBuf;

pub struct ImportOptions {
    pub inputs: Vec<PathBuf>,
    pub topic: String,
    pub dead_letters_topic: String,
    /// `None`: detected from the first bytes of each file.
    pub format: Option<Format>,
    /// The snapshot date of every input, in place of what the mapping reads from the file's name.
    pub snapshot_at: Option<String>,
    /// The name of every input for the mapping, in place of the file's own.
    pub file_name: Option<String>,
    /// The inputs are a vendor's first delivery: known from now on, but no news.
    pub baseline: bool,
    /// The first row that the mapping rejects ends the import.
    pub strict: bool,
    /// Memory for sorting a history; what exceeds it goes to sorted files in `spill`.
    pub sort_bytes_max: usize,
    pub spill: PathBuf,
    /// Of a history: its records are written under the accounts that the aliases lead to. A live
    /// log forwards by itself.
    pub aliases: Aliases,
    /// Now, on a live topic: the observation time of rows without one.
    pub now: Timestamp,
}

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

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("{file}: {message}")]
    File { file: String, message: String },
    #[error("{file}: row {row}: {message} (stopped by --strict)")]
    Strict { file: String, row: u64, message: String },
    #[error(transparent)]
    Topic(#[from] ScanError),
    #[error("sorting in {folder}: {message}")]
    Sort { folder: String, message: String },
    #[error(
        "another import into the history {topic} has taken over; import all files in one command, or \
         run this one again after the other has ended: records that are already written keep their ids"
    )]
    TakenOver { topic: String },
    #[error(transparent)]
    DeadLetters(#[from] DeadLettersError),
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error(transparent)]
    Write(#[from] Failure),
    #[error(transparent)]
    Log(#[from] LogError),
}

/// The log to write to. Without one the rows are only mapped and counted.
pub struct Destination<'a> {
    pub store: &'a dyn Store,
    pub codec: &'a mut Codec,
}

/// Imports all inputs.
pub fn import(
    destination: Option<Destination<'_>>,
    mapping: &Mapping,
    options: &ImportOptions,
    progress: &mut Watch<'_>,
) -> Result<Summary, ImportError> {
    run(Sink::new(destination, options)?, mapping, options, progress)
}

/// Reads all inputs as a history and hands their records to `keep` in the order of reading; no log.
pub fn collect(
    mapping: &Mapping,
    options: &ImportOptions,
    progress: &mut Watch<'_>,
    keep: &mut dyn FnMut(Canonical),
) -> Result<Summary, ImportError> {
    run(Sink::collecting(options, keep), mapping, options, progress)
}

/// What became of a row.
#[derive(Debug)]
pub struct TracedRow {
    pub file: String,
    pub row: u64,
    /// The outcome is of the row's absence from the next snapshot.
    pub gone: bool,
    /// No record: skipped. An error: a dead letter.
    pub outcome: Result<Vec<Canonical>, RowError>,
}

/// Maps all inputs and reports the outcome of every row; no log. `live`: as if the rows had come at
/// `options.now`; otherwise as a history.
pub fn trace(
    mapping: &Mapping,
    options: &ImportOptions,
    live: bool,
    report: &mut dyn FnMut(TracedRow),
) -> Result<Summary, ImportError> {
    run(Sink::tracing(live, report), mapping, options, &mut |_| ControlFlow::Continue(()))
}

fn run(
    sink: Sink<'_>,
    mapping: &Mapping,
    options: &ImportOptions,
    progress: &mut Watch<'_>,
) -> Result<Summary, ImportError> {
    let files = files::open_all(mapping, options)?;
    let mut run = Run {
        mapping,
        options,
        summary: Summary::new(&files, &options.aliases),
        total_bytes: files.iter().map(|f| f.bytes).sum(),
        done_bytes: 0,
        tables: Val::Null,
        sink,
        progress,
    };
    run.tables = run.read_tables(&files)?;
    let mut snapshots = Snapshots::default();
    for group in files::by_snapshot(&files) {
        for file in group.clone() {
            run.file(file, &files[file], &mut snapshots)?;
        }
        if run.summary.stopped {
            break;
        }
        for gone in snapshots.close(group, &files) {
            run.gone(&gone, &files)?;
        }
    }
    let Run { sink, mut summary, progress, .. } = run;
    sink.finish(&mut summary, progress)?;
    Ok(summary)
}

struct Run<'a, 's> {
    mapping: &'a Mapping,
    options: &'a ImportOptions,
    summary: Summary,
    total_bytes: u64,
    done_bytes: u64,
    tables: Val,
    sink: Sink<'s>,
    progress: &'a mut Watch<'a>,
}

impl Run<'_, '_> {
    fn read_tables(&mut self, files: &[InputFile]) -> Result<Val, ImportError> {
        let mut tables: Vec<jaq_json::Map> =
            self.mapping.tables.iter().map(|_| jaq_json::Map::default()).collect();
        if !tables.is_empty() {
            for file in files {
                let mut rows = file.rows(self.mapping, self.options.format)?;
                while !self.summary.stopped
                    && let Some(row) = rows.next()
                {
                    let row = file.check(row)?;
                    let Ok(value) = &row.value else { continue };
                    let scope = file.scope(row.number, &Val::Null);
                    for (spec, table) in self.mapping.tables.iter().zip(&mut tables) {
                        table.extend(spec.entry(value, &scope));
                    }
                    self.report(Phase::Tables, &rows, row.number);
                }
                self.done_bytes += file.bytes;
            }
            self.done_bytes = 0;
        }
        let named = self.mapping.tables.iter().zip(tables);
        Ok(Val::obj(named.map(|(spec, t)| (Val::from(spec.name.clone()), Val::obj(t))).collect()))
    }

    fn file(
        &mut self,
        index: usize,
        file: &InputFile,
        snapshots: &mut Snapshots,
    ) -> Result<(), ImportError> {
        let mut rows = file.rows(self.mapping, self.options.format)?;
        let watch = file.snapshot_at.is_some() && self.mapping.asks_what_is_gone();
        while !self.summary.stopped
            && let Some(row) = rows.next()
        {
            let row = file.check(row)?;
            self.summary.files[index].rows += 1;
            let tables = self.tables.clone();
            let scope = file.scope(row.number, &tables);
            if watch && let Ok(value) = &row.value {
                snapshots.note(self.mapping.snapshot_key(value, &scope));
            }
            self.row(index, file, row, &scope)?;
            self.report(Phase::Reading, &rows, self.summary.files[index].rows);
        }
        self.done_bytes += file.bytes;
        Ok(())
    }

    fn row(
        &mut self,
        index: usize,
        file: &InputFile,
        row: Row,
        scope: &Scope<'_>,
    ) -> Result<(), ImportError> {
        let Row { number, raw, format, value } = row;
        let observed_at = file.snapshot_time.or(self.sink.live.then_some(self.options.now));
        let read_at = Some(self.options.now);
        let seen = Seen { observed_at, baseline: self.options.baseline, live: false, read_at };
        let mapped = value.and_then(|value| self.mapping.map(&value, scope, seen));
        let outcome = match &mapped {
            Ok(Mapped::Skipped) => Ok(&[][..]),
            Ok(Mapped::Records(_, records)) => Ok(&records[..]),
            Err(error) => Err(error),
        };
        self.sink.report(&file.name, number, false, outcome);
        let summary = &mut self.summary.files[index];
        match mapped {
            Ok(Mapped::Skipped) => summary.skipped += 1,
            Ok(Mapped::Records(_, records)) => {
                summary.mapped += 1;
                self.summary.warn(&file.name, number, &records);
                self.write(records)?;
            }
            Err(error) => {
                summary.dead_letters += 1;
                let (name, row) = (file.name.clone(), number);
                let snapshot_at = file.snapshot_at.clone();
                let origin = FileOrigin { name, row, format, snapshot_at, gone: false };
                self.dead_letter(origin, file.snapshot_time, raw, error)?;
            }
        }
        Ok(())
    }

    /// Rows that are missing from the snapshot after theirs.
    fn gone(&mut self, gone: &files::Gone, files: &[InputFile]) -> Result<(), ImportError> {
        let later = &files[gone.missing_from];
        for index in gone.files.clone() {
            let file = &files[index];
            for row in file.rows(self.mapping, self.options.format)? {
                let row = file.check(row)?;
                let Ok(value) = &row.value else { continue };
                let tables = self.tables.clone();
                let scope = file.scope(row.number, &tables);
                let key = self.mapping.snapshot_key(value, &scope);
                if !key.is_some_and(|(rule, key)| gone.is(rule, &key)) {
                    continue;
                }
                self.summary.files[index].gone += 1;
                let scope = Scope { snapshot_at: later.snapshot_at.as_deref(), ..scope };
                let seen = Seen { observed_at: later.snapshot_time, ..Seen::default() };
                let mapped = self.mapping.map_gone(gone.rule, value, &scope, seen);
                let outcome = mapped.as_ref().map(Vec::as_slice);
                self.sink.report(&file.name, row.number, true, outcome);
                match mapped {
                    Ok(records) => self.write(records)?,
                    Err(error) => {
                        self.summary.files[index].gone_dead_letters += 1;
                        let origin = FileOrigin {
                            name: file.name.clone(),
                            row: row.number,
                            format: row.format,
                            snapshot_at: later.snapshot_at.clone(),
                            gone: true,
                        };
                        self.dead_letter(origin, later.snapshot_time, row.raw, error)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn write(&mut self, records: Vec<Canonical>) -> Result<(), ImportError> {
        for mut record in records {
            if let Some(alias) = self.options.aliases.apply(&mut record) {
                self.summary.filed(alias, &record.account);
            }
            let now = self.options.now.day();
            let horizon = self.sink.live.then(|| now.plus(-HORIZON_DAYS));
            self.summary.count(&record, horizon);
            self.sink.put(Entry::Record(Box::new(record)))?;
        }
        Ok(())
    }

    /// `time`: of the snapshot, if the file is one.
    fn dead_letter(
        &mut self,
        file: FileOrigin,
        time: Option<Timestamp>,
        raw: Vec<u8>,
        error: RowError,
    ) -> Result<(), ImportError> {
        if self.options.strict {
            let FileOrigin { name: file, row, .. } = file;
            return Err(ImportError::Strict { file, row, message: error.message });
        }
        self.summary.dead_letter(&file, &error);
        let now = if self.sink.live { self.options.now } else { Timestamp(1) };
        self.sink.put(Entry::DeadLetter(Box::new(DeadLetter {
            origin: DeadLetterOrigin::File(file),
            timestamp: time.unwrap_or(now),
            reason: error.reason,
            message: error.message,
            key: None,
            value: (!raw.is_empty()).then_some(raw),
            feed: Some(self.mapping.feed(&self.mapping.source)),
        })))
    }

    /// Not at every row: reading the clock costs as much as a row. Often enough that an import stops
    /// soon.
    fn report(&mut self, phase: Phase, rows: &FileRows<'_>, row: u64) {
        if row.is_multiple_of(64) {
            let went_on = (self.progress)(Progress {
                phase,
                done: self.done_bytes + rows.read_bytes(),
                total: self.total_bytes,
                rows: self.summary.rows(),
                records: self.summary.records_total(),
                dead_letters: self.summary.dead_letters_total(),
                written: self.sink.written(),
            });
            self.summary.stopped |= went_on.is_break();
        }
    }
}

#[cfg(test)]
mod tests;
