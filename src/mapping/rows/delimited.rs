//! CSV with a header: each row is an object of texts, with null for an empty cell.

use super::header::Header;
use super::records::{Record, Records};
use super::unpack::{WESTERN_NOTE, western};
use super::{Notes, Row, too_large};
use crate::domain::account::origin::RowFormat;
use jaq_json::Val;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::io::{BufRead, Error, ErrorKind};

/// More lines above the header are no title.
const TITLES_MAX: usize = 5;
/// A longer header is of another kind of file.
const HEADER_BYTES_MAX: usize = 1 << 20;
const MARKS: [u8; 4] = *b",;\t|";

pub(super) struct CsvRows {
    records: Records,
    /// Records that were read in search of the header.
    ahead: VecDeque<Record>,
    /// The header as a line: followed by a row it makes a CSV that can be parsed again.
    head: Vec<u8>,
    /// Its cells; empty where a row may be equal to it.
    names: Vec<Vec<u8>>,
    header: Header,
    number: u64,
    notes: Notes,
}

impl CsvRows {
    pub(super) fn new(mut source: Box<dyn BufRead>, notes: Notes) -> std::io::Result<CsvRows> {
        let first = source.fill_buf()?;
        let (mark, skip) = match named_mark(first) {
            Some((mark, line)) => (mark, line),
            None => (delimiter(first), 0),
        };
        source.consume(skip);
        CsvRows::with(Records::new(source, mark), notes, true)
    }

    /// The same of a sheet, which is written with commas.
    pub(super) fn of_sheet(source: Box<dyn BufRead>, notes: Notes) -> std::io::Result<CsvRows> {
        CsvRows::with(Records::new(source, b','), notes, true)
    }

    /// The same from [`Row::raw`]: a header, which is not searched, and a row.
    pub(super) fn of_row(source: Box<dyn BufRead>, notes: Notes) -> std::io::Result<CsvRows> {
        CsvRows::with(Records::new(source, b','), notes, false)
    }

    fn with(mut records: Records, notes: Notes, may_have_title: bool) -> std::io::Result<CsvRows> {
        let mut ahead = VecDeque::new();
        let mut titles = if may_have_title { TITLES_MAX } else { 0 };
        let header = loop {
            let Some(record) = ahead.pop_front().map_or_else(|| records.next(), |r| Ok(Some(r)))?
            else {
                break Record::default();
            };
            if titles == 0 || record.filled() > 1 {
                break record;
            }
            titles -= 1;
            while ahead.len() < TITLES_MAX + 2
                && let Some(next) = records.next()?
            {
                ahead.push_back(next);
            }
            if !is_title(&record, &ahead) {
                break record;
            }
            let text = text_of(record.cells().next().unwrap_or_default()).0.into_owned();
            notes.add(format!("line {} is taken for a title: {:?}", record.line, short(&text)));
        };
        let head = written(&header, Vec::new());
        if header.is_too_large || head.len() > HEADER_BYTES_MAX {
            let why = format!(
                "the header is too large: use at most {} columns and {} MiB",
                super::header::COLUMNS_MAX,
                HEADER_BYTES_MAX >> 20
            );
            return Err(Error::new(ErrorKind::InvalidData, why));
        }
        let names = header.cells().map(|cell| {
            let (name, is_western) = text_of(cell);
            if is_western {
                notes.add(WESTERN_NOTE.to_owned());
            }
            name.into_owned()
        });
        let names: Vec<String> = names.collect();
        let cells = header.cells().map(|cell| cell.trim_ascii().to_vec());
        let mut cells: Vec<Vec<u8>> = cells.filter(|_| may_have_title).collect();
        while cells.last().is_some_and(Vec::is_empty) {
            cells.pop();
        }
        let header = Header::new(names, &mut |note| notes.add(note));
        Ok(CsvRows { records, ahead, head, names: cells, header, number: 0, notes })
    }

    /// Files put behind one another, and reports by the page, say their header again.
    fn is_header_again(&self, record: &Record) -> bool {
        let mut cells = record.cells().map(<[u8]>::trim_ascii);
        !self.names.is_empty()
            && self.names.iter().all(|name| cells.next() == Some(name.as_slice()))
            && cells.all(<[u8]>::is_empty)
    }

    fn row(&mut self, record: &Record) -> Row {
        self.number += 1;
        let (number, format) = (self.number, RowFormat::Csv);
        if record.is_too_large {
            let mut raw = Vec::new();
            return Row { number, format, value: Err(too_large(&mut raw)), raw };
        }
        let texts: Vec<(Cow<'_, str>, bool)> = record.cells().map(text_of).collect();
        if texts.iter().any(|(_, is_western)| *is_western) {
            self.notes.add(WESTERN_NOTE.to_owned());
        }
        let cells = texts.iter().map(|(text, _)| text.as_ref());
        let value = match self.is_header_again(record) {
            true => {
                self.notes.add("lines that repeat the header are read as empty rows".to_owned());
                Ok(Val::obj(jaq_json::Map::default()))
            }
            false => self.header.row(cells, record.line),
        };
        let mut raw = written(record, self.head.clone());
        while raw.last() == Some(&b'\n') {
            raw.pop();
        }
        Row { number, raw, format, value }
    }
}

impl Iterator for CsvRows {
    type Item = std::io::Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = match self.ahead.pop_front() {
            Some(record) => Ok(Some(record)),
            None => self.records.next(),
        };
        record.map(|record| record.map(|record| self.row(&record))).transpose()
    }
}

/// One filled cell, the first, and after it two lines of a table. Further titles between them count where
/// all are as wide as the table, as a spreadsheet exports them.
fn is_title(record: &Record, after: &VecDeque<Record>) -> bool {
    let is_lone = |record: &Record| {
        let is_first = record.cells().next().is_some_and(|cell| !cell.trim_ascii().is_empty());
        is_first && record.filled() == 1
    };
    let width = |record: &Record| record.cells().len();
    let mut table = after.iter().skip_while(|next| is_lone(next));
    let (Some(header), Some(row)) = (table.next(), table.next()) else { return false };
    let is_table = header.filled() > 1 && width(header) == width(row);
    let is_next = after.front().is_some_and(|next| !is_lone(next));
    let is_padded = || width(record) == width(header);
    is_lone(record) && is_table && (is_next || is_padded())
}

/// The cell, and whether it was not UTF-8.
fn text_of(cell: &[u8]) -> (Cow<'_, str>, bool) {
    match western(cell) {
        Some(text) => (text.into(), true),
        None => (String::from_utf8_lossy(cell), false),
    }
}

/// Appends the record as a line of UTF-8 to `before`.
fn written(record: &Record, before: Vec<u8>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(before);
    let cells = record.cells().map(|cell| text_of(cell).0.into_owned());
    // Writing to memory does not fail; if it did, the result would be empty.
    match writer.write_record(cells) {
        Ok(()) => writer.into_inner().unwrap_or_default(),
        Err(_) => Vec::new(),
    }
}

fn short(text: &str) -> String {
    text.trim().chars().take(60).collect()
}

/// Excel's first line `sep=;`: the mark, and the length of the line.
fn named_mark(head: &[u8]) -> Option<(u8, usize)> {
    let line = head.split_inclusive(|b| *b == b'\n').next()?;
    let named = line.trim_ascii_end().trim_ascii_start();
    let named = named.strip_prefix(b"sep=").or_else(|| named.strip_prefix(b"\"sep="))?;
    let mark = *named.first().unwrap_or(&b'\t');
    (named.len() <= 2 && MARKS.contains(&mark)).then_some((mark, line.len()))
}

/// The delimiter outside of quotes that the first lines have as often as one another: a title above the
/// header may contain another one. Else the most frequent one of the first line that has any.
pub fn delimiter(head: &[u8]) -> u8 {
    let count = |line: &[u8], mark: u8| {
        let mut in_quotes = false;
        let outside = line.iter().filter(|byte| {
            in_quotes ^= **byte == b'"';
            !in_quotes && **byte == mark
        });
        outside.count()
    };
    let is_blank = |line: &&[u8]| line.trim_ascii().is_empty();
    let lines = || head.split(|b| matches!(b, b'\n' | b'\r')).filter(|line| !is_blank(line));
    let first: Vec<&[u8]> = lines().take(2 * TITLES_MAX).collect();
    // Pairs of neighbours with equally many, so that one odd line, a title, weighs little.
    let steady = |mark: u8| {
        let pairs = first.windows(2).filter(|pair| {
            let [before, after] = [count(pair[0], mark), count(pair[1], mark)];
            before > 0 && before == after
        });
        pairs.map(|pair| 1_000 + count(pair[0], mark)).sum::<usize>()
    };
    let most = MARKS.into_iter().rev().max_by_key(|mark| steady(*mark));
    if let Some(mark) = most.filter(|mark| steady(*mark) > 0) {
        return mark;
    }
    for line in first {
        let most = MARKS.into_iter().rev().max_by_key(|mark| count(line, *mark));
        if let Some(mark) = most.filter(|mark| count(line, *mark) > 0) {
            return mark;
        }
    }
    b','
}
