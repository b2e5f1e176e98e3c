//! Files into the log. On a live topic rows are written as they are read, in bounded memory. On a
//! history topic all records are sorted by the time when each could first be known ([`sort`]), so
//! that the fold sees the past in its order; a tick at the largest time ends every partition.
//!
//! Rows of snapshots are kept in the sources topic ([`kept`]), so that the next import knows which of
//! them are gone.
//!
//! Importing twice is harmless: a record's id follows from its content, so the fold finds the
//! duplicates, and a dead letter that is already in its topic is not written again. So an import
//! that was interrupted is simply run again.

mod delays;
mod error;
mod files;
mod gone;
mod kept;
mod known;
mod late;
mod progress;
mod sink;
mod snapshots;
mod sort;
mod summary;
mod tables;
mod unmatched;

pub use delays::{Delays, Measured};
pub use error::ImportError;
pub use files::{InputFile, within};
pub use late::LateRecords;
pub use progress::{Phase, Progress, Watch};
pub use sort::{Merge, Sorted, Sorter, To};
pub use summary::{FileSummary, Resolved, Summary};
pub use unmatched::Unmatched;

use crate::aliases::Aliases;
use crate::codec::Codec;
use crate::domain::account::origin::{DeadLetterOrigin, FileOrigin};
use crate::domain::account::records::DeadLetter;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::limits::HORIZON_DAYS;
use crate::domain::terms::time::Timestamp;
use crate::log::Store;
use crate::mapping::canonical::{Canonical, RowError};
use crate::mapping::program::Scope;
use crate::mapping::rows::{Reading, Row};
use crate::mapping::{Mapped, Mapping, Seen};
use files::FileRows;
use gone::Noted;
use jaq_json::Val;
use kept::Kept;
use sink::{Entry, Sink};
use snapshots::Snapshots;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{ControlFlow, Range};
use std::path::PathBuf;
use unmatched::Fit;

pub struct ImportOptions {
    pub inputs: Vec<PathBuf>,
    pub topic: String,
    pub dead_letters_topic: String,
    /// Where the rows of snapshots are kept for the next import; `None`: nowhere.
    pub sources_topic: Option<String>,
    pub reading: Reading,
    /// The snapshot date of every input, in place of what the mapping reads from the file's name.
    pub snapshot_at: Option<String>,
    /// Facts of a company without a date are of the day when their file was last written, if nothing
    /// says when it was taken.
    pub by_file_day: bool,
    /// The name of every input for the mapping, in place of the file's own.
    pub file_name: Option<String>,
    /// The inputs are a vendor's first delivery: known from now on, but no news.
    pub baseline: bool,
    /// The first row that the mapping rejects ends the import.
    pub strict: bool,
    /// More files of the same snapshots follow in another import: no row is gone yet.
    pub partial: bool,
    /// Also more than half of a snapshot's rows may be gone from the next.
    pub accept_gone: bool,
    /// Also an import into a history that stands at a later time already.
    pub accept_late: bool,
    /// Memory for sorting a history; what exceeds it goes to sorted files in `spill`.
    pub sort_bytes_max: usize,
    pub spill: PathBuf,
    /// Of a history: its records are written under the accounts that the aliases lead to. A live
    /// log forwards by itself.
    pub aliases: Aliases,
    /// Now, on a live topic: the observation time of rows without one.
    pub now: Timestamp,
}

/// The log to write to. Without one the rows are only mapped and counted.
pub struct Destination<'a> {
    pub store: &'a dyn Store,
    pub codec: &'a mut Codec,
}

/// A mapping, and the files that it reads.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    pub mapping: &'a Mapping,
    pub inputs: &'a [PathBuf],
}

/// Imports all inputs.
pub fn import(
    destination: Option<Destination<'_>>,
    mapping: &Mapping,
    options: &ImportOptions,
    progress: &mut Watch<'_>,
) -> Result<Summary, ImportError> {
    import_all(destination, &[Part { mapping, inputs: &options.inputs }], options, progress)
}

/// Imports the files of several mappings, in the order of the times when their records could be
/// known, in place of the inputs of the options.
pub fn import_all(
    destination: Option<Destination<'_>>,
    parts: &[Part<'_>],
    options: &ImportOptions,
    progress: &mut Watch<'_>,
) -> Result<Summary, ImportError> {
    let keeps = options.sources_topic.is_some()
        && parts.iter().any(|part| part.mapping.asks_what_is_gone());
    run(Sink::new(destination, options, keeps || parts.len() > 1)?, parts, options, progress)
}

/// Reads all inputs as a history and hands their records to `keep` in the order of reading; no log.
pub fn collect(
    mapping: &Mapping,
    options: &ImportOptions,
    progress: &mut Watch<'_>,
    keep: &mut dyn FnMut(Canonical),
) -> Result<Summary, ImportError> {
    let parts = [Part { mapping, inputs: &options.inputs }];
    run(Sink::collecting(options, keep), &parts, options, progress)
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
    let parts = [Part { mapping, inputs: &options.inputs }];
    run(Sink::tracing(live, report), &parts, options, &mut |_| ControlFlow::Continue(()))
}

fn run(
    sink: Sink<'_>,
    parts: &[Part<'_>],
    options: &ImportOptions,
    progress: &mut Watch<'_>,
) -> Result<Summary, ImportError> {
    let [first, ..] = parts else { return Ok(Summary::default()) };
    let (mut files, mut ranges, mut notes) = (Vec::new(), Vec::new(), BTreeSet::new());
    for part in parts {
        let from = files.len();
        files.extend(files::open_all(part, options, parts.len() > 1, &mut notes)?);
        ranges.push(from..files.len());
    }
    let mut run = Run {
        mapping: first.mapping,
        options,
        summary: Summary { notes, ..Summary::new(&files, &options.aliases) },
        fits: files.iter().map(|_| Fit::default()).collect(),
        total_bytes: files.iter().map(|f| f.bytes).sum(),
        done_bytes: 0,
        tables: Val::Null,
        snapshots: Snapshots::default(),
        lacking: BTreeMap::new(),
        unreadable: None,
        kept: None,
        sink,
        several: parts.len() > 1,
        progress,
    };
    for (part, range) in parts.iter().zip(ranges.clone()) {
        run.begin(part.mapping, &files, range.clone())?;
        for group in files::by_snapshot(&files, range) {
            for file in group.clone() {
                run.file(file, &files[file])?;
            }
            if run.summary.stopped {
                break;
            }
            run.close(group, &files)?;
        }
    }
    let Run { sink, mut summary, progress, mut fits, .. } = run;
    for (part, range) in parts.iter().zip(ranges).filter(|_| !summary.stopped) {
        for at in range {
            let fit = std::mem::take(&mut fits[at]);
            summary.unmatched.extend(fit.unmatched(&files[at].name, part.mapping));
        }
    }
    sink.finish(&mut summary, progress)?;
    Ok(summary)
}

struct Run<'a, 's> {
    mapping: &'a Mapping,
    options: &'a ImportOptions,
    summary: Summary,
    /// By file.
    fits: Vec<Fit>,
    total_bytes: u64,
    done_bytes: u64,
    tables: Val,
    snapshots: Snapshots,
    /// By rule: the last file that had a row of it.
    lacking: BTreeMap<usize, usize>,
    /// The first row of the present snapshot that cannot be read.
    unreadable: Option<u64>,
    /// Where earlier imports kept the rows of snapshots, if this one does.
    kept: Option<Kept<'s>>,
    sink: Sink<'s>,
    /// Whether there are several mappings.
    several: bool,
    progress: &'a mut Watch<'a>,
}

impl<'a> Run<'a, '_> {
    /// Begins with the files of another mapping.
    fn begin(
        &mut self,
        mapping: &'a Mapping,
        files: &[InputFile],
        range: Range<usize>,
    ) -> Result<(), ImportError> {
        self.mapping = mapping;
        let known = self.load(&files[range.clone()])?;
        self.tables = self.read_tables(files, range, known)?;
        Ok(())
    }

    fn file(&mut self, index: usize, file: &InputFile) -> Result<(), ImportError> {
        let mut rows = file.rows(self.mapping, &self.options.reading)?;
        self.mapping.forget_dates();
        while !self.summary.stopped
            && let Some(row) = rows.next()
        {
            let row = file.check(row, self.summary.files[index].rows, self.sink.written())?;
            self.summary.files[index].rows += 1;
            let tables = self.tables.clone();
            let scope = file.scope(row.number, &tables);
            match self.note(index, file, &row, &scope) {
                Noted::Older => self.summary.files[index].left_out += 1,
                Noted::Kept(noted) => {
                    let account = self.row(index, file, row, &scope)?;
                    self.keep(noted, account)?;
                }
                Noted::Plain => drop(self.row(index, file, row, &scope)?),
            }
            self.report(Phase::Reading, &rows, self.summary.files[index].rows);
        }
        let said = rows.notes().into_iter().chain(self.mapping.doubt_of_dates());
        self.summary.notes.extend(said.map(|note| format!("{}: {note}", file.name)));
        self.done_bytes += file.bytes;
        Ok(())
    }

    /// The account of the row's first record.
    fn row(
        &mut self,
        index: usize,
        file: &InputFile,
        row: Row,
        scope: &Scope<'_>,
    ) -> Result<Option<AccountKey>, ImportError> {
        let Row { number, raw, format, value } = row;
        let observed_at = file.snapshot_time.or(self.sink.live.then_some(self.options.now));
        let read_at = Some(self.options.now);
        let (file_day, baseline) = (file.day, self.options.baseline);
        let seen = Seen { observed_at, file_day, baseline, live: false, read_at };
        self.fits[index].see(&value);
        let mapped = value.and_then(|value| self.mapping.map(&value, scope, seen));
        self.fits[index].found(!matches!(mapped, Ok(Mapped::Unmatched)));
        let outcome = match &mapped {
            Ok(Mapped::Skipped | Mapped::Unmatched) => Ok(&[][..]),
            Ok(Mapped::Records(_, records)) => Ok(&records[..]),
            Err(error) => Err(error),
        };
        self.sink.report(&file.name, number, false, outcome);
        let summary = &mut self.summary.files[index];
        match mapped {
            Ok(Mapped::Skipped | Mapped::Unmatched) => summary.skipped += 1,
            Ok(Mapped::Records(_, records)) => {
                summary.mapped += 1;
                self.summary.warn(&file.name, number, &records);
                return self.write(records);
            }
            Err(error) => {
                summary.dead_letters += 1;
                let (name, row) = (file.name.clone(), number);
                let snapshot_at = file.snapshot_at.clone();
                let origin = FileOrigin { name, row, format, snapshot_at, gone: false };
                self.dead_letter(origin, file.snapshot_time, raw, error)?;
            }
        }
        Ok(None)
    }

    fn write(&mut self, records: Vec<Canonical>) -> Result<Option<AccountKey>, ImportError> {
        let mut first = None;
        for mut record in records {
            if let Some(alias) = self.options.aliases.apply(&mut record) {
                self.summary.filed(alias, &record.account);
            }
            let now = self.options.now.day();
            let horizon = self.sink.live.then(|| now.plus(-HORIZON_DAYS));
            self.summary.count(&record, horizon);
            first.get_or_insert_with(|| record.account.clone());
            self.sink.put(Entry::Record(Box::new(record)))?;
        }
        Ok(first)
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
            let file = files::within(&file, self.several.then_some(&*self.mapping.name));
            return Err(ImportError::Strict { file, row, message: error.message });
        }
        let mapping = self.several.then_some(&*self.mapping.name);
        self.summary.dead_letter(&file, mapping, &error);
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
