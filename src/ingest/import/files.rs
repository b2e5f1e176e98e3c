//! The inputs: their names, their snapshot dates, and which of them are one snapshot.

use super::{ImportError, ImportOptions, Part};
use crate::domain::account::origin::RowFormat;
use crate::domain::terms::time::Timestamp;
use crate::mapping::Mapping;
use crate::mapping::normalise::date;
use crate::mapping::program::Scope;
use crate::mapping::rows::{Member, Packed, Reading, Row, Rows, members};
use jaq_json::Val;
use std::collections::{BTreeSet, VecDeque};
use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub struct InputFile {
    pub path: PathBuf,
    /// Of the zip at that path.
    pub member: Option<Member>,
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
        reading: &Reading,
    ) -> Result<FileRows<'a>, ImportError> {
        let opened = Rows::open(&self.path, self.member.as_ref(), reading);
        let inputs = opened.map_err(|e| self.fail(&e))?;
        Ok(FileRows { file: self, mapping, inputs, apart: VecDeque::new(), number: 0 })
    }

    /// `read`: the rows of the file before this one; `written`: records in the log.
    pub fn check(
        &self,
        row: std::io::Result<Row>,
        read: u64,
        written: u64,
    ) -> Result<Row, ImportError> {
        row.map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => {
                ImportError::Cut { file: self.shown(), message: error.to_string(), read, written }
            }
            _ => self.fail(&error),
        })
    }

    pub fn scope<'a>(&'a self, row: u64, tables: &'a Val) -> Scope<'a> {
        let snapshot_at = self.snapshot_at.as_deref();
        Scope { file: &self.name, row, snapshot_at, tables, ..Scope::default() }
    }

    fn shown(&self) -> String {
        let path = self.path.display();
        let member = self.member.as_ref().map(|member| format!("{path}: {}", member.name));
        within(&member.unwrap_or_else(|| path.to_string()), self.mapping.as_deref())
    }

    fn fail(&self, error: &std::io::Error) -> ImportError {
        ImportError::File { file: self.shown(), message: format!("cannot be read: {error}") }
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

    /// The notes about the file, as far as it was read.
    pub fn notes(&self) -> Vec<String> {
        self.inputs.notes()
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

/// All inputs of a mapping, each opened once to check it, the members of a zip in its place; snapshots
/// in the order of their dates, other files first, in the order given.
pub(super) fn open_all(
    part: &Part<'_>,
    options: &ImportOptions,
    several: bool,
    notes: &mut BTreeSet<String>,
) -> Result<Vec<InputFile>, ImportError> {
    let shown = several.then(|| part.mapping.name.clone());
    let mut files = Vec::new();
    for path in part.inputs {
        let own = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let fail = |message: String| ImportError::File {
            file: within(&path.display().to_string(), shown.as_deref()),
            message,
        };
        let unreadable = |e: std::io::Error| fail(format!("cannot be read: {e}"));
        let packed = members(path).map_err(unreadable)?;
        let found = match packed {
            Packed::One => vec![(None, std::fs::metadata(path).map_err(unreadable)?.len())],
            Packed::Zip { members, left_out } => {
                if members.is_empty() {
                    return Err(fail("the zip holds no file with rows".to_owned()));
                }
                if !left_out.is_empty() {
                    let names = left_out.join(", ");
                    notes.insert(format!("{own}: not read, since it holds no rows: {names}"));
                }
                members.into_iter().map(|member| (Some(member.clone()), member.bytes)).collect()
            }
        };
        for (member, bytes) in found {
            let dated = named(part.mapping, options, &own, member.as_ref()).map_err(fail)?;
            let (name, snapshot_at, snapshot_time) = dated;
            let (path, mapping) = (path.clone(), shown.clone());
            let day = match snapshot_time {
                None if options.by_file_day => written(&path, options.now),
                _ => None,
            };
            let file =
                InputFile { path, member, name, mapping, bytes, snapshot_at, snapshot_time, day };
            file.rows(part.mapping, &options.reading)?;
            files.push(file);
        }
    }
    files.sort_by_key(|file| file.snapshot_time);
    Ok(files)
}

/// The day when a file was last written; a clock that goes ahead does not make it one of tomorrow.
fn written(path: &Path, now: Timestamp) -> Option<Timestamp> {
    let at = std::fs::metadata(path).and_then(|file| file.modified()).ok()?;
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let at = Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
    Some(at.min(now).day().start())
}

/// The name and the snapshot date of a file. `own`: the name of the file at the path. A member of a zip
/// has its own name, and the zip's date where that name has none.
fn named(
    mapping: &Mapping,
    options: &ImportOptions,
    own: &str,
    member: Option<&Member>,
) -> Result<(String, Option<String>, Option<Timestamp>), String> {
    let name = match (&options.file_name, member) {
        (Some(name), _) => name.clone(),
        (None, Some(member)) => member.name.clone(),
        (None, None) => own.to_owned(),
    };
    let of_name = |name: &str| mapping.snapshot_at(name).map_err(|e| e.message);
    let snapshot_at = match options.snapshot_at.clone() {
        Some(date) => Some(date),
        None => match of_name(&name)? {
            None if member.is_some() => of_name(own)?,
            found => found,
        },
    };
    let invalid =
        |text: &str| format!("invalid snapshot date {text:?}; use a date such as 2026-10-01");
    let time = |text: &String| date::parse(text).ok_or_else(|| invalid(text));
    let snapshot_time = snapshot_at.as_ref().map(time).transpose()?.map(|(at, _)| at);
    Ok((name, snapshot_at, snapshot_time))
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
