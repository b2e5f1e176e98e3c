//! Rows of files: CSV, a JSON array, JSON lines or consecutive objects, an XML document, an Excel
//! workbook, Parquet; plain, gzip or in a zip, in UTF-8, UTF-16 or a legacy encoding. The format follows
//! from the first bytes of the file, not from its name. Rows are read one at a time and each has a
//! maximum size, so a file may be larger than memory.

mod archive;
#[cfg(feature = "parquet")]
mod columnar;
mod delimited;
mod header;
mod json;
mod records;
mod unpack;
#[cfg(feature = "workbooks")]
mod workbook;
mod xml;

pub use archive::{Member, Packed, members};
pub use delimited::delimiter;
pub use json::parse as parse_json;
pub use xml::parse as parse_xml;

use crate::domain::account::origin::RowFormat;
use crate::domain::account::records::DeadLetterReason;
use crate::mapping::canonical::RowError;
use encoding_rs::Encoding;
use jaq_json::Val;
use std::cell::RefCell;
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Error, ErrorKind, Read, Seek};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Maximum size of a row in bytes. A longer row becomes a dead letter without its bytes, since on replay
/// the beginning of a row could pass for a whole row.
pub const ROW_BYTES_MAX: usize = 16 << 20;
const BUFFER_BYTES: usize = 256 << 10;
/// How a Parquet file begins.
const PARQUET: &[u8] = b"PAR1";

/// A row of a file.
pub struct Row {
    /// The row's number, from 1; a CSV header does not count.
    pub number: u64,
    /// The bytes of the row; for CSV the header and the row's fields, encoded again. Empty if the row is
    /// too large.
    pub raw: Vec<u8>,
    /// How `raw` is written.
    pub format: RowFormat,
    pub value: Result<Val, RowError>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    /// Objects, or lists of objects, with or without commas and line breaks between them.
    Json,
    JsonLines,
    /// An XML document, which is one row.
    Xml,
}

impl From<Format> for RowFormat {
    fn from(format: Format) -> RowFormat {
        match format {
            Format::Csv => RowFormat::Csv,
            Format::Json | Format::JsonLines => RowFormat::Json,
            Format::Xml => RowFormat::Xml,
        }
    }
}

/// How files are to be read, where their content does not show it.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// `None`: detected from the file's first bytes.
    pub format: Option<Format>,
    /// The sheet of a workbook; `None`: the first.
    pub sheet: Option<String>,
    /// `None`: UTF-8 or UTF-16, and windows-1252 for a text that is neither.
    pub encoding: Option<&'static Encoding>,
    /// The folder for unpacked files; `None`: the system's.
    pub temp: Option<PathBuf>,
}

/// Notes about a file as a whole, each once.
#[derive(Clone, Debug, Default)]
pub struct Notes(Rc<RefCell<Vec<String>>>);

impl Notes {
    fn add(&self, note: String) {
        let mut notes = self.0.borrow_mut();
        if !notes.contains(&note) {
            notes.push(note);
        }
    }

    fn all(&self) -> Vec<String> {
        self.0.borrow().clone()
    }
}

type Inner = Box<dyn Iterator<Item = std::io::Result<Row>>>;

/// The rows of a file, with the read progress.
pub struct Rows {
    inner: Inner,
    pub format: Format,
    notes: Notes,
    read_bytes: Arc<AtomicU64>,
}

impl Rows {
    /// `member`: of a zip.
    pub fn open(path: &Path, member: Option<&Member>, reading: &Reading) -> std::io::Result<Rows> {
        let mut file = match member {
            None => File::open(path)?,
            Some(member) => archive::unpack(path, member.index, reading)?,
        };
        let read_bytes = Arc::new(AtomicU64::new(0));
        let notes = Notes::default();
        if archive::starts_with(&mut file, OLE)? {
            let why = "an old Excel workbook, or one with a password, is not read; save it as .xlsx or CSV";
            return Err(Error::new(ErrorKind::InvalidData, why));
        }
        if archive::starts_with(&mut file, PARQUET)? {
            let inner = parquet_rows(file)?;
            return Ok(Rows { inner, format: Format::Json, notes, read_bytes });
        }
        if archive::starts_with(&mut file, archive::MAGIC)? {
            if !archive::is_workbook(&mut file)? {
                return Err(Error::new(
                    ErrorKind::InvalidData,
                    "a zip in a zip is not read; unpack it",
                ));
            }
            let table = sheet_as_csv(file, reading, &notes)?;
            let table = Box::new(BufReader::new(Counted::new(table, &read_bytes)));
            let inner = Box::new(delimited::CsvRows::of_sheet(table, notes.clone())?);
            return Ok(Rows { inner, format: Format::Csv, notes, read_bytes });
        }
        file.rewind()?;
        Rows::read(Counted::new(file, &read_bytes), reading, notes, read_bytes)
    }

    /// Rows in memory.
    pub fn of_bytes(bytes: Vec<u8>, format: Option<Format>) -> std::io::Result<Rows> {
        let reading = Reading { format, ..Reading::default() };
        let read_bytes = Arc::new(AtomicU64::new(0));
        let source = Counted::new(Cursor::new(bytes), &read_bytes);
        Rows::read(source, &reading, Notes::default(), read_bytes)
    }

    /// A CSV row as [`Row::raw`] keeps it: with its header.
    pub fn of_csv_row(bytes: Vec<u8>) -> std::io::Result<Option<Row>> {
        delimited::CsvRows::of_row(Box::new(Cursor::new(bytes)), Notes::default())?
            .next()
            .transpose()
    }

    fn read(
        source: impl Read + 'static,
        reading: &Reading,
        notes: Notes,
        read_bytes: Arc<AtomicU64>,
    ) -> std::io::Result<Rows> {
        let mut reader = unpack::text(source, reading.encoding, read_bytes.clone())?;
        let head = reader.fill_buf()?;
        if [archive::MAGIC, PARQUET].iter().any(|magic| head.starts_with(magic)) {
            let why = "a packed file in a packed file is not read; unpack it";
            return Err(Error::new(ErrorKind::InvalidData, why));
        }
        let format = reading.format.unwrap_or_else(|| detect(head));
        let kept = notes.clone();
        let inner: Inner = match format {
            Format::Csv => Box::new(delimited::CsvRows::new(reader, notes)?),
            Format::Json => Box::new(json::JsonRows::new(reader, notes)),
            Format::JsonLines => Box::new(json::LineRows::new(reader, notes)),
            Format::Xml => Box::new(std::iter::once_with(|| document(reader))),
        };
        Ok(Rows { inner, format, notes: kept, read_bytes })
    }

    /// The notes about the file, as far as it was read.
    pub fn notes(&self) -> Vec<String> {
        self.notes.all()
    }

    /// Bytes of the file read so far, before decompression.
    pub fn read_bytes(&self) -> u64 {
        self.read_bytes.load(Ordering::Relaxed)
    }
}

impl Iterator for Rows {
    type Item = std::io::Result<Row>;
    fn next(&mut self) -> Option<Self::Item> {
        self.inner.next()
    }
}

#[cfg(feature = "parquet")]
fn parquet_rows(file: File) -> std::io::Result<Inner> {
    Ok(Box::new(columnar::ParquetRows::new(file)?))
}

#[cfg(not(feature = "parquet"))]
fn parquet_rows(_: File) -> std::io::Result<Inner> {
    let why = "this program was built without Parquet (feature `parquet`); save the file as CSV or JSON lines";
    Err(archive::refused(why.to_owned()))
}

#[cfg(feature = "workbooks")]
use workbook::as_csv as sheet_as_csv;

#[cfg(not(feature = "workbooks"))]
fn sheet_as_csv(_: File, _: &Reading, _: &Notes) -> std::io::Result<File> {
    let why = "this program was built without Excel workbooks (feature `workbooks`); save the sheet as CSV";
    Err(archive::refused(why.to_owned()))
}

/// Reads the whole input as one row.
fn document(reader: Box<dyn BufRead>) -> std::io::Result<Row> {
    let mut raw = Vec::new();
    reader.take(ROW_BYTES_MAX as u64 + 1).read_to_end(&mut raw)?;
    let value = if raw.len() > ROW_BYTES_MAX {
        Err(too_large(&mut raw))
    } else {
        if let Some(text) = xml::decoded(&raw) {
            raw = text.into_bytes();
        }
        match xml::read(&raw) {
            Err(broken) if broken.is_cut => return Err(cut(&broken.why)),
            other => other.map_err(RowError::from),
        }
    };
    Ok(Row { number: 1, raw, format: RowFormat::Xml, value })
}

/// The first bytes of the container of old office documents.
const OLE: &[u8] = b"\xd0\xcf\x11\xe0";

/// The error of a file that ends too early: a part of it would pass for the whole.
fn cut(where_: &str) -> Error {
    Error::new(ErrorKind::UnexpectedEof, format!("the file is cut: {where_}"))
}

struct Counted<R> {
    file: R,
    read_bytes: Arc<AtomicU64>,
}

impl<R> Counted<R> {
    fn new(file: R, read_bytes: &Arc<AtomicU64>) -> Counted<R> {
        Counted { file, read_bytes: read_bytes.clone() }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(into)?;
        self.read_bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// `<` starts XML, a brace or bracket JSON; if the first line alone is a complete value, the format is
/// JSON lines.
fn detect(head: &[u8]) -> Format {
    let text = head.trim_ascii_start();
    match text.first() {
        Some(b'<') => Format::Xml,
        Some(b'[') => Format::Json,
        Some(b'{') => {
            let line = text.split(|b| *b == b'\n').next().unwrap_or_default();
            // A line longer than the buffer is one line of JSON lines: indented JSON has shorter lines.
            let whole = line.len() == text.len() && head.len() >= BUFFER_BYTES / 2;
            let is_value = serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok();
            if whole || is_value { Format::JsonLines } else { Format::Json }
        }
        _ => Format::Csv,
    }
}

pub fn malformed(message: String) -> RowError {
    RowError { reason: DeadLetterReason::Malformed, message }
}

fn too_large(raw: &mut Vec<u8>) -> RowError {
    raw.clear();
    let mib = ROW_BYTES_MAX >> 20;
    RowError {
        reason: DeadLetterReason::TooLarge,
        message: format!("row too large: more than {mib} MiB"),
    }
}

#[cfg(test)]
mod tests;
