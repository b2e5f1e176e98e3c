//! The records of a CSV, of bounded size: what is too long is read past, and not kept.

use super::header::COLUMNS_MAX;
use super::{ROW_BYTES_MAX, cut};
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use std::io::BufRead;

const CELLS_FIRST: usize = 64;

/// The cells of a record, as bytes.
#[derive(Default)]
pub(super) struct Record {
    bytes: Vec<u8>,
    /// By cell: where it ends.
    ends: Vec<usize>,
    /// Of its first line in the file, from 1.
    pub(super) line: u64,
    /// It was longer than [`ROW_BYTES_MAX`] or had too many cells; only its line is known.
    pub(super) is_too_large: bool,
}

impl Record {
    pub(super) fn cells(&self) -> impl ExactSizeIterator<Item = &[u8]> + Clone {
        self.ends.iter().enumerate().map(|(at, end)| {
            let from = if at == 0 { 0 } else { self.ends[at - 1] };
            &self.bytes[from..*end]
        })
    }

    pub(super) fn filled(&self) -> usize {
        self.cells().filter(|cell| !cell.trim_ascii().is_empty()).count()
    }

    /// A line of nothing but delimiters and blanks.
    pub(super) fn is_blank(&self) -> bool {
        !self.is_too_large && self.filled() == 0
    }
}

pub(super) struct Records {
    source: Box<dyn BufRead>,
    core: Reader,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Records {
    pub(super) fn new(source: Box<dyn BufRead>, delimiter: u8) -> Records {
        let core = ReaderBuilder::new().delimiter(delimiter).build();
        Records { source, core, bytes: vec![0; 4 << 10], ends: vec![0; CELLS_FIRST] }
    }

    /// The next record; blank lines are ignored. `None` at the end of the file.
    pub(super) fn next(&mut self) -> std::io::Result<Option<Record>> {
        loop {
            match self.read()? {
                Some(record) if record.is_blank() => {}
                other => return Ok(other),
            }
        }
    }

    fn read(&mut self) -> std::io::Result<Option<Record>> {
        let (mut filled, mut cells, mut is_too_large) = (0, 0, false);
        loop {
            let read = self.source.fill_buf()?;
            // The file's end ends its last line, which is the only way to ask whether a quote is open.
            let is_end = read.is_empty();
            let input = if is_end { b"\n" } else { read };
            let (result, used, wrote, ended) =
                self.core.read_record(input, &mut self.bytes[filled..], &mut self.ends[cells..]);
            let is_line_read = used > 0 && input[used - 1] == b'\n';
            self.source.consume(if is_end { 0 } else { used });
            filled += wrote;
            cells += ended;
            match result {
                ReadRecordResult::InputEmpty if is_end && wrote > 0 => {
                    let line = self.core.line() - line_ends(&self.bytes[..filled]);
                    let begins = if is_too_large { "before" } else { "in" };
                    return Err(cut(&format!(
                        "the row that begins {begins} line {line} has a quote that is not closed"
                    )));
                }
                ReadRecordResult::InputEmpty if is_end => return Ok(None),
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if filled >= ROW_BYTES_MAX => {
                    (filled, is_too_large) = (0, true);
                }
                ReadRecordResult::OutputFull => {
                    self.bytes.resize((filled * 2).min(ROW_BYTES_MAX), 0);
                }
                ReadRecordResult::OutputEndsFull if cells >= COLUMNS_MAX => {
                    (cells, is_too_large) = (0, true);
                }
                ReadRecordResult::OutputEndsFull => {
                    self.ends.resize((cells * 2).min(COLUMNS_MAX), 0);
                }
                ReadRecordResult::End => return Ok(None),
                ReadRecordResult::Record => {
                    let line = self.core.line() - u64::from(is_line_read);
                    return Ok(Some(match is_too_large {
                        true => Record { line, is_too_large, ..Record::default() },
                        false => self.record(filled, cells, line),
                    }));
                }
            }
        }
    }

    /// `line`: the last of the record.
    fn record(&self, filled: usize, cells: usize, line: u64) -> Record {
        let bytes = self.bytes[..filled].to_vec();
        let line = line - line_ends(&bytes);
        Record { bytes, ends: self.ends[..cells].to_vec(), line, is_too_large: false }
    }
}

fn line_ends(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}
