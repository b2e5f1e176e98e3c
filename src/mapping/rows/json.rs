//! JSON lines, and JSON values one after another: in a list, or with only white space between them. A
//! file that ends in the middle of a value or of its list is an error: it was cut on its way.

use super::unpack::{WESTERN_NOTE, western};
use super::{Notes, ROW_BYTES_MAX, Row, cut, malformed, too_large};
use crate::domain::account::origin::RowFormat;
use crate::mapping::canonical::RowError;
use jaq_json::Val;
use std::io::BufRead;

/// One value per line; blank lines are ignored.
pub(super) struct LineRows {
    reader: Box<dyn BufRead>,
    number: u64,
    notes: Notes,
}

impl LineRows {
    pub(super) fn new(reader: Box<dyn BufRead>, notes: Notes) -> LineRows {
        LineRows { reader, number: 0, notes }
    }
}

impl Iterator for LineRows {
    type Item = std::io::Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let mut raw = Vec::new();
            let line = match read_line(&mut *self.reader, &mut raw) {
                Err(error) => return Some(Err(error)),
                Ok(None) => return None,
                Ok(Some(line)) => line,
            };
            if raw.trim_ascii().is_empty() {
                continue;
            }
            if line.is_last && ends_early(&raw) {
                return Some(Err(cut("its last line is half a value")));
            }
            self.number += 1;
            return Some(Ok(row(self.number, raw, line.is_whole, &self.notes)));
        }
    }
}

/// The row of a value's bytes; of a value that is not whole nothing is kept.
fn row(number: u64, mut raw: Vec<u8>, is_whole: bool, notes: &Notes) -> Row {
    let value = if is_whole {
        if let Some(text) = western(&raw) {
            notes.add(WESTERN_NOTE.to_owned());
            raw = text.into_bytes();
        }
        parse(&raw)
    } else {
        Err(too_large(&mut raw))
    };
    Row { number, raw, format: RowFormat::Json, value }
}

/// Whether the bytes are the beginning of a value, without its end.
fn ends_early(raw: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(raw).is_err_and(|error| error.is_eof())
}

struct Line {
    /// Not longer than a row may be.
    is_whole: bool,
    /// The file ends with it, not with a line's end.
    is_last: bool,
}

/// The next line without its end; of one that is too long, its beginning. `None` at the end of the file.
fn read_line(reader: &mut dyn BufRead, into: &mut Vec<u8>) -> std::io::Result<Option<Line>> {
    let mut is_whole = true;
    let mut any = false;
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(any.then_some(Line { is_whole, is_last: true }));
        }
        any = true;
        let end = buffer.iter().position(|b| *b == b'\n');
        let line = &buffer[..end.unwrap_or(buffer.len())];
        let room = ROW_BYTES_MAX.saturating_sub(into.len());
        is_whole &= line.len() <= room;
        into.extend_from_slice(&line[..line.len().min(room)]);
        let used = end.map_or(buffer.len(), |end| end + 1);
        reader.consume(used);
        if end.is_some() {
            return Ok(Some(Line { is_whole, is_last: false }));
        }
    }
}

/// Values in a list, or one after another.
pub(super) struct JsonRows {
    reader: Box<dyn BufRead>,
    number: u64,
    /// Outer lists that are open.
    lists: u32,
    notes: Notes,
}

impl JsonRows {
    pub(super) fn new(reader: Box<dyn BufRead>, notes: Notes) -> JsonRows {
        JsonRows { reader, number: 0, lists: 0, notes }
    }

    /// The bytes of the next value, and whether they are complete.
    fn value(&mut self, raw: &mut Vec<u8>) -> std::io::Result<Option<bool>> {
        let mut scan = Scan::default();
        let mut whole = true;
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                if self.lists > 0 {
                    return Err(cut("its list is not closed"));
                }
                if scan.is_open() || ends_early(raw) && !raw.is_empty() {
                    return Err(cut("its last value is not closed"));
                }
                return Ok((!raw.is_empty()).then_some(whole));
            }
            let mut used = 0;
            let mut ended = false;
            for byte in buffer {
                used += 1;
                match scan.next(*byte, raw.is_empty()) {
                    Step::Between => {}
                    Step::Opened => self.lists += 1,
                    Step::Closed => self.lists = self.lists.saturating_sub(1),
                    Step::Part if raw.len() >= ROW_BYTES_MAX => whole = false,
                    Step::Part => raw.push(*byte),
                    Step::Ended => self.lists -= u32::from(*byte == b']' && self.lists > 0),
                }
                ended = scan.ended;
                if ended {
                    break;
                }
            }
            self.reader.consume(used);
            if ended {
                return Ok(Some(whole));
            }
        }
    }
}

impl Iterator for JsonRows {
    type Item = std::io::Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut raw = Vec::new();
        match self.value(&mut raw) {
            Err(error) => Some(Err(error)),
            Ok(None) => None,
            Ok(Some(whole)) => {
                self.number += 1;
                Some(Ok(row(self.number, raw, whole, &self.notes)))
            }
        }
    }
}

/// Finds the end of a value without parsing it.
#[derive(Default)]
struct Scan {
    depth: u32,
    in_text: bool,
    escaped: bool,
    ended: bool,
}

enum Step {
    /// White space and commas.
    Between,
    /// The brackets of the outer list.
    Opened,
    Closed,
    Part,
    /// The byte after a bare word (number, true, false, null).
    Ended,
}

impl Scan {
    fn is_open(&self) -> bool {
        self.in_text || self.depth > 0
    }

    fn next(&mut self, byte: u8, first: bool) -> Step {
        if self.in_text {
            self.in_text = self.escaped || byte != b'"';
            self.escaped = byte == b'\\' && !self.escaped;
            self.ended = !self.in_text && self.depth == 0;
            return Step::Part;
        }
        match byte {
            b'"' => self.in_text = true,
            b'{' => self.depth += 1,
            b'[' if !first => self.depth += 1,
            b'}' | b']' if self.depth > 0 => {
                self.depth -= 1;
                self.ended = self.depth == 0;
            }
            b'[' if first => return Step::Opened,
            b']' if first => return Step::Closed,
            b'[' | b']' | b',' | b' ' | b'\t' | b'\r' | b'\n' if self.depth == 0 => {
                self.ended = !first;
                return if first { Step::Between } else { Step::Ended };
            }
            _ => {}
        }
        Step::Part
    }
}

/// Deeply nested JSON is refused by serde_json's own limit.
pub fn parse(raw: &[u8]) -> Result<Val, RowError> {
    serde_json::from_slice(raw).map_err(|error| malformed(format!("no JSON: {error}")))
}
