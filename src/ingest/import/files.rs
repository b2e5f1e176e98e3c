//! The inputs: their names, their snapshot dates, and which of them are one snapshot.

use super::{ImportError, ImportOptions, Part};
use crate::domain::account::origin::RowFormat;
use crate::domain::terms::time::Timestamp;
use crate::mapping::Mapping;
use crate::mapping::normalise::date;
use crate::mapping::program::Scope;
use crate::mapping::rows::{Format, Row, Rows};
use jaq_json::Val;
use std::collections::VecDeque;
use std::ops::Range;
use std::path::PathBuf;
use std::time::SystemTime;

pub struct InputFile {
    pub path: PathBuf,
    /// Without its folders, for dead letters and mappings.
    pub name: String,
    /// The mapping's name, where there are several.
    pub mapping: Option<String>,
    pub bytes: u64,
    pub snapshot_at: Option<String>,
    pub snapshot_time: Option<Timestamp>,
    /// When it was last written, to the day, where that counts: not beside a snapshot's date.
    pub day: Option<Timestamp>,
}

impl InputFile {
    pub fn rows<'a>(
        &'a self,
        mapping: &'a Mapping,
        format: Option<Format>,
    ) -> Result<FileRows<'a>, ImportError> {
        let inputs = Rows::open(&self.path, format).map_err(|e| self.fail(0, &e))?;
        Ok(FileRows { file: self, mapping, inputs, apart: VecDeque::new(), number: 0 })
    }

    pub fn check(&self, row: std::io::Result<Row>) -> Result<Row, ImportError> {
        row.map_err(|e| self.fail(0, &e))
    }

    pub fn scope<'a>(&'a self, row: u64, tables: &'a Val) -> Scope<'a> {
        let snapshot_at = self.snapshot_at.as_deref();
        Scope { file: &self.name, row, snapshot_at, tables, ..Scope::default() }
    }

    fn fail(&self, _row: u64, error: &std::io::Error) -> ImportError {
        ImportError::File {
            file: within(&self.path.display().to_string(), self.mapping.as_deref()),
            message: format!("cannot be read: {error}"),
        }
    }
}

/// A file's rows, taken apart where the mapping does so.
pub struct FileRows<'a> {
    file: &'a InputFile,
    mapping: &'a Mapping,
    inputs: Rows,
    apart: VecDeque<Val>,
    number: u64,
}

impl FileRows<'_> {
    pub fn read_bytes(&self) -> u64 {
        self.inputs.read_bytes()
    }
}

impl Iterator for FileRows<'_> {
    type Item = std::io::Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        if !self.mapping.takes_apart() {
            return self.inputs.next();
        }
        loop {
            if let Some(value) = self.apart.pop_front() {
                self.number += 1;
                // A dead letter holds its row alone.
                let raw = value.to_string().into_bytes();
                let (number, format) = (self.number, RowFormat::Json);
                return Some(Ok(Row { number, raw, format, value: Ok(value) }));
            }
            let input = match self.inputs.next()? {
                Ok(input) => input,
                Err(error) => return Some(Err(error)),
            };
            let scope = self.file.scope(input.number, &Val::Null);
            match input.value.and_then(|value| self.mapping.rows(value, &scope)) {
                Ok(rows) => self.apart = rows.into(),
                Err(error) => {
                    self.number += 1;
                    return Some(Ok(Row { number: self.number, value: Err(error), ..input }));
                }
            }
        }
    }
}

/// A file's name, with its mapping's where there are several.
pub fn within(file: &str, mapping: Option<&str>) -> String {
    mapping.map_or_else(|| file.to_owned(), |mapping| format!("{file} (mapping {mapping})"))
}

/// All inputs of a mapping, each opened once to check it; snapshots in the order of their dates, other
/// files first, in the order given.
pub(super) fn open_all(
    part: &Part<'_>,
    options: &ImportOptions,
    several: bool,
) -> Result<Vec<InputFile>, ImportError> {
    let mapping = part.mapping;
    let shown = several.then(|| mapping.name.clone());
    let mut files = Vec::new();
    for path in part.inputs {
        let own = || path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let name = options.file_name.clone().unwrap_or_else(own);
        let fail = |message: String| ImportError::File {
            file: within(&path.display().to_string(), shown.as_deref()),
            message,
        };
        let snapshot_at = match &options.snapshot_at {
            Some(date) => Some(date.clone()),
            None => mapping.snapshot_at(&name).map_err(|e| fail(e.message))?,
        };
        let snapshot_time = match &snapshot_at {
            None => None,
            Some(text) => Some(
                date::parse(text)
                    .ok_or_else(|| {
                        fail(format!(
                            "invalid snapshot date {text:?}; use a date such as 2026-10-01"
                        ))
                    })?
                    .0,
            ),
        };
        let bytes = std::fs::metadata(path).map_err(|e| fail(format!("cannot be read: {e}")))?;
        let day = match snapshot_time {
            None if options.by_file_day => bytes.modified().ok().map(|at| written(at, options.now)),
            _ => None,
        };
        let file = InputFile {
            path: path.clone(),
            name,
            mapping: shown.clone(),
            bytes: bytes.len(),
            snapshot_at,
            snapshot_time,
            day,
        };
        file.rows(mapping, options.format)?;
        files.push(file);
    }
    files.sort_by_key(|file| file.snapshot_time);
    Ok(files)
}

/// The day of a file; a clock that goes ahead does not make it one of tomorrow.
fn written(at: SystemTime, now: Timestamp) -> Timestamp {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let at = Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
    at.min(now).day().start()
}

/// Files of the same snapshot date belong together; a file without one is alone. `range`: the files of
/// one mapping.
pub(super) fn by_snapshot(files: &[InputFile], range: Range<usize>) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    for (index, file) in files.iter().enumerate().take(range.end).skip(range.start) {
        let last = groups.last_mut().filter(|group| {
            file.snapshot_time.is_some() && files[group.start].snapshot_time == file.snapshot_time
        });
        match last {
            Some(group) => group.end = index + 1,
            None => groups.push(index..index + 1),
        }
    }
    groups
}
