//! Files into the log. On a live topic rows are written as they are read, in bounded memory; on a
//! history topic everything is sorted by when it could be known first ([`sort`]), so that the fold
//! lives through the past as it was, and a tick at the largest time ends it in every partition.
//!
//! Importing twice is harmless: ids follow from what they name, so the fold finds duplicates, and a
//! dead letter that lies there already is not written again. The same goes for an import that died:
//! run it again.

mod files;
mod letters;
mod sink;
mod sort;
mod summary;

pub use files::InputFile;
pub use summary::{FileSummary, Resolved, Summary};

use crate::aliases::Aliases;
use crate::codec::{Codec, RegistryError};
use crate::domain::account::records::DeadLetter;
use crate::domain::terms::time::Timestamp;
use crate::ingest::dead_letters::LettersError;
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
use std::path::PathBuf;

pub struct ImportOptions {
    pub inputs: Vec<PathBuf>,
    pub topic: String,
    pub dead_letters_topic: String,
    /// By the first bytes of each file if nothing is said.
    pub format: Option<Format>,
    /// When every input was taken, in place of what the mapping reads from the file's name.
    pub snapshot_at: Option<String>,
    /// What the mapping is told every input is called, in place of its own name.
    pub file_name: Option<String>,
    /// The inputs are a vendor's first dump: no news, whatever their dates.
    pub baseline: bool,
    /// The first row that cannot be mapped ends the import.
    pub strict: bool,
    /// Memory for sorting a history; beyond, sorted runs go to files in `spill`.
    pub sort_bytes_max: usize,
    pub spill: PathBuf,
    /// Of a history: its records are filed under the accounts at their end. A live log forwards by
    /// itself.
    pub aliases: Aliases,
    /// Now, on a live topic: when rows that do not say it were observed.
    pub now: Timestamp,
}

/// How far an import has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    pub phase: Phase,
    pub done: u64,
    pub total: u64,
    pub rows: u64,
    pub records: u64,
    pub dead_letters: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Rows that others refer to; in bytes.
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
    #[error("{file}: row {row}: {message} (a dead letter, were it not for --strict)")]
    Strict { file: String, row: u64, message: String },
    #[error(transparent)]
    Topic(#[from] ScanError),
    #[error("sorting in {folder}: {message}")]
    Sort { folder: String, message: String },
    #[error(
        "another import into the history {topic} has taken over; import all files at once, or this \
         one again when the other has ended: what was written already is known by its ids"
    )]
    TakenOver { topic: String },
    #[error(transparent)]
    Letters(#[from] LettersError),
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error(transparent)]
    Write(#[from] Failure),
    #[error(transparent)]
    Log(#[from] LogError),
}

/// Where to. Without a log the rows are only mapped and counted.
pub struct Destination<'a> {
    pub store: &'a dyn Store,
    pub codec: &'a mut Codec,
}

/// Follows the file's name in a dead letter of a row that is missing from the next snapshot: the row
/// itself says the contrary of what it means.
pub const GONE: &str = " (gone)";

/// Imports all inputs.
pub fn import(
    destination: Option<Destination<'_>>,
    mapping: &Mapping,
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<Summary, ImportError> {
    run(Sink::new(destination, options)?, mapping, options, progress)
}

/// Reads all inputs as a history and hands on what they say, in the order it is read; no log.
pub fn collect(
    mapping: &Mapping,
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress),
    keep: &mut dyn FnMut(Canonical),
) -> Result<Summary, ImportError> {
    run(Sink::collecting(options, keep), mapping, options, progress)
}

/// What became of a row.
#[derive(Debug)]
pub struct Told {
    pub file: String,
    pub row: u64,
    /// The row is missing from a later snapshot, and this is what that says.
    pub gone: bool,
    /// No record: skipped. An error: a dead letter.
    pub said: Result<Vec<Canonical>, RowError>,
}

/// Maps all inputs and tells of every row what became of it; no log. `live`: as if they had come at
/// `options.now`; otherwise as a history.
pub fn trace(
    mapping: &Mapping,
    options: &ImportOptions,
    live: bool,
    told: &mut dyn FnMut(Told),
) -> Result<Summary, ImportError> {
    run(Sink::tracing(live, told), mapping, options, &mut |_| {})
}

fn run(
    sink: Sink<'_>,
    mapping: &Mapping,
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress),
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
    progress: &'a mut dyn FnMut(Progress),
}

impl Run<'_, '_> {
    fn read_tables(&mut self, files: &[InputFile]) -> Result<Val, ImportError> {
        let mut tables: Vec<jaq_json::Map> =
            self.mapping.tables.iter().map(|_| jaq_json::Map::default()).collect();
        if !tables.is_empty() {
            for file in files {
                let mut rows = file.rows(self.mapping, self.options.format)?;
                while let Some(row) = rows.next() {
                    let row = file.check(row)?;
                    let Ok(value) = &row.value else { continue };
                    let scope = file.scope(row.number, &Val::Null);
                    for (spec, table) in self.mapping.tables.iter().zip(&mut tables) {
                        table.extend(spec.entry(value, &scope));
                    }
                    self.tell(Phase::Tables, &rows, row.number);
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
        while let Some(row) = rows.next() {
            let row = file.check(row)?;
            self.summary.files[index].rows += 1;
            let tables = self.tables.clone();
            let scope = file.scope(row.number, &tables);
            if watch && let Ok(value) = &row.value {
                snapshots.note(self.mapping.snapshot_key(value, &scope));
            }
            self.row(index, file, row, &scope)?;
            self.tell(Phase::Reading, &rows, self.summary.files[index].rows);
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
        let Row { number, raw, value } = row;
        let observed_at = file.snapshot_time.or(self.sink.live.then_some(self.options.now));
        let seen = Seen { observed_at, baseline: self.options.baseline, live: false };
        let mapped = value.and_then(|value| self.mapping.map(&value, scope, seen));
        self.sink.tell(
            &file.name,
            number,
            false,
            match &mapped {
                Ok(Mapped::Skipped) => Ok(&[]),
                Ok(Mapped::Records(_, records)) => Ok(records),
                Err(error) => Err(error),
            },
        );
        let summary = &mut self.summary.files[index];
        match mapped {
            Ok(Mapped::Skipped) => summary.skipped += 1,
            Ok(Mapped::Records(_, records)) => {
                summary.mapped += 1;
                self.write(records)?;
            }
            Err(error) => {
                summary.dead_letters += 1;
                self.bury(file, number, raw, error, "")?;
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
                let said = self.mapping.map_gone(gone.rule, value, &scope, seen);
                let told = said.as_ref().map(Vec::as_slice);
                self.sink.tell(&file.name, row.number, true, told);
                match said {
                    Ok(records) => self.write(records)?,
                    Err(error) => {
                        self.summary.files[index].gone_dead_letters += 1;
                        self.bury(file, row.number, row.raw, error, GONE)?;
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
            self.summary.count(&record);
            self.sink.put(Entry::Record(Box::new(record)))?;
        }
        Ok(())
    }

    fn bury(
        &mut self,
        file: &InputFile,
        row: u64,
        raw: Vec<u8>,
        error: RowError,
        said_of: &str,
    ) -> Result<(), ImportError> {
        if self.options.strict {
            let file = file.name.clone();
            return Err(ImportError::Strict { file, row, message: error.message });
        }
        self.summary.bury(&file.name, row, &error);
        let at = if self.sink.live { self.options.now } else { Timestamp(1) };
        self.sink.put(Entry::DeadLetter(Box::new(DeadLetter {
            topic: format!("{}{said_of}", file.name),
            partition: 0,
            offset: i64::try_from(row).unwrap_or(i64::MAX),
            timestamp: file.snapshot_time.unwrap_or(at),
            reason: error.reason,
            message: error.message,
            key: None,
            value: (!raw.is_empty()).then_some(raw),
            feed: Some(self.mapping.feed(&self.mapping.source)),
        })))
    }

    /// Not at every row: a look at the clock costs as much as a row.
    fn tell(&mut self, phase: Phase, rows: &FileRows<'_>, row: u64) {
        if row.is_multiple_of(256) {
            (self.progress)(Progress {
                phase,
                done: self.done_bytes + rows.read_bytes(),
                total: self.total_bytes,
                rows: self.summary.rows(),
                records: self.summary.records_total(),
                dead_letters: self.summary.dead_letters_total(),
            });
        }
    }
}

#[cfg(test)]
mod tests;
