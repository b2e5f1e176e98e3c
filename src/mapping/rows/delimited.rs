//! CSV with a header: each row is an object of texts, with null for an empty cell.

use super::{ROW_BYTES_MAX, Row, malformed, too_large};
use crate::domain::account::origin::RowFormat;
use crate::domain::terms::figures::counted;
use crate::mapping::canonical::RowError;
use csv::{ByteRecord, Reader, ReaderBuilder};
use jaq_json::Val;
use std::io::{BufRead, Error, ErrorKind};

pub(super) struct CsvRows {
    reader: Reader<Box<dyn BufRead>>,
    /// The header as a line: followed by a row it makes a CSV that can be parsed again.
    header: Vec<u8>,
    names: Vec<Val>,
    record: ByteRecord,
    number: u64,
    /// 1 if lines end with CR LF: the reader then counts a row from the LF of the line before.
    lag: u64,
}

impl CsvRows {
    pub(super) fn new(mut source: Box<dyn BufRead>) -> std::io::Result<CsvRows> {
        let head = source.fill_buf()?;
        let delimiter = delimiter(head);
        let first = head.split(|b| *b == b'\n').next().unwrap_or_default();
        let lag = u64::from(first.ends_with(b"\r"));
        // Rows with another number of cells are checked in `value`: a strict reader would drop them.
        let mut reader =
            ReaderBuilder::new().flexible(true).delimiter(delimiter).from_reader(source);
        let header = reader.byte_headers().map_err(io)?;
        let names: Option<Vec<Val>> = header
            .iter()
            .map(|name| str::from_utf8(name.trim_ascii()).ok().map(|n| Val::from(n.to_owned())))
            .collect();
        let names = names.ok_or_else(|| {
            Error::new(ErrorKind::InvalidData, "invalid CSV: the header is not UTF-8")
        })?;
        let header = written(reader.byte_headers().map_err(io)?, Vec::new());
        Ok(CsvRows { reader, header, names, record: ByteRecord::new(), number: 0, lag })
    }

    fn value(&self) -> Result<Val, RowError> {
        let line = self.record.position().map_or(0, csv::Position::line) + self.lag;
        if self.record.len() != self.names.len() {
            return Err(malformed(format!(
                "line {line} has {}, the header {}",
                counted(self.record.len(), "cell"),
                self.names.len()
            )));
        }
        let mut row = jaq_json::Map::default();
        for (name, cell) in self.names.iter().zip(&self.record) {
            let value = if cell.is_empty() {
                Val::Null
            } else {
                let text = str::from_utf8(cell)
                    .map_err(|_| malformed(format!("line {line}: a cell is not UTF-8")))?;
                Val::from(text.to_owned())
            };
            row.insert(name.clone(), value);
        }
        Ok(Val::obj(row))
    }

    fn raw(&self) -> Vec<u8> {
        let mut raw = written(&self.record, self.header.clone());
        while raw.last() == Some(&b'\n') {
            raw.pop();
        }
        raw
    }
}

/// Appends the record as a line to `before`.
fn written(record: &ByteRecord, before: Vec<u8>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(before);
    // Writing to memory does not fail; if it did, the result would be empty.
    match writer.write_byte_record(record) {
        Ok(()) => writer.into_inner().unwrap_or_default(),
        Err(_) => Vec::new(),
    }
}

impl Iterator for CsvRows {
    type Item = std::io::Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut record = std::mem::take(&mut self.record);
        let read = self.reader.read_byte_record(&mut record);
        self.record = record;
        match read {
            Err(error) => Some(Err(io(error))),
            Ok(false) => None,
            Ok(true) => {
                self.number += 1;
                let mut raw = self.raw();
                let value =
                    if raw.len() > ROW_BYTES_MAX { Err(too_large(&mut raw)) } else { self.value() };
                let (number, format) = (self.number, RowFormat::Csv);
                Some(Ok(Row { number, raw, format, value }))
            }
        }
    }
}

/// The delimiter that occurs most often in the header.
pub fn delimiter(head: &[u8]) -> u8 {
    let line = head.split(|b| *b == b'\n').next().unwrap_or_default();
    let count = |mark: u8| line.iter().filter(|b| **b == mark).count();
    [b',', b';', b'\t', b'|'].into_iter().rev().max_by_key(|mark| count(*mark)).unwrap_or(b',')
}

fn io(error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => Error::new(ErrorKind::InvalidData, format!("cannot read the CSV: {other:?}")),
    }
}
