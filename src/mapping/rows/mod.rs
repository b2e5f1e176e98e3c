//! Rows of files: CSV, a JSON array, JSON lines or consecutive objects, an XML document; gzip or plain.
//! The format follows from the first bytes of the file, not from its name. Rows are read one at a time
//! and each has a maximum size, so a file may be larger than memory.

mod delimited;
mod json;
mod xml;

pub use delimited::delimiter;
pub use json::parse as parse_json;
pub use xml::parse as parse_xml;

use crate::domain::account::origin::RowFormat;
use crate::domain::account::records::DeadLetterReason;
use crate::mapping::canonical::RowError;
use flate2::bufread::MultiGzDecoder;
use jaq_json::Val;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Maximum size of a row in bytes. A longer row becomes a dead letter without its bytes, since on replay
/// the beginning of a row could pass for a whole row.
pub const ROW_BYTES_MAX: usize = 16 << 20;
const BUFFER_BYTES: usize = 256 << 10;

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

/// The rows of a file, with the read progress.
pub struct Rows {
    inner: Box<dyn Iterator<Item = std::io::Result<Row>>>,
    pub format: Format,
    read_bytes: Arc<AtomicU64>,
}

impl Rows {
    /// `format`: the format of the file; `None`: detected from its first bytes.
    pub fn open(path: &Path, format: Option<Format>) -> std::io::Result<Rows> {
        let read_bytes = Arc::new(AtomicU64::new(0));
        let counted = Counted { file: File::open(path)?, read_bytes: read_bytes.clone() };
        Rows::read(counted, format, read_bytes)
    }

    /// Rows in memory, such as those of a dead letter.
    pub fn of_bytes(bytes: Vec<u8>, format: Option<Format>) -> std::io::Result<Rows> {
        Rows::read(std::io::Cursor::new(bytes), format, Arc::default())
    }

    fn read(
        source: impl Read + 'static,
        format: Option<Format>,
        read_bytes: Arc<AtomicU64>,
    ) -> std::io::Result<Rows> {
        let mut file = BufReader::with_capacity(BUFFER_BYTES, source);
        let zipped = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
        let mut reader: Box<dyn BufRead> = if zipped {
            Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(file)))
        } else {
            Box::new(file)
        };
        if reader.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
            reader.consume(3);
        }
        let format = match format {
            Some(format) => format,
            None => detect(reader.fill_buf()?),
        };
        let inner: Box<dyn Iterator<Item = std::io::Result<Row>>> = match format {
            Format::Csv => Box::new(delimited::CsvRows::new(reader)?),
            Format::Json => Box::new(json::JsonRows::new(reader)),
            Format::JsonLines => Box::new(json::LineRows::new(reader)),
            Format::Xml => Box::new(std::iter::once_with(|| document(reader))),
        };
        Ok(Rows { inner, format, read_bytes })
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

/// Reads the whole input as one row.
fn document(reader: Box<dyn BufRead>) -> std::io::Result<Row> {
    let mut raw = Vec::new();
    reader.take(ROW_BYTES_MAX as u64 + 1).read_to_end(&mut raw)?;
    let value = if raw.len() > ROW_BYTES_MAX { Err(too_large(&mut raw)) } else { parse_xml(&raw) };
    Ok(Row { number: 1, raw, format: RowFormat::Xml, value })
}

struct Counted<R> {
    file: R,
    read_bytes: Arc<AtomicU64>,
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
