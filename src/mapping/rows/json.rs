//! JSON lines, and JSON values one after another: in a list, or with only white space between them.

use super::{ROW_BYTES_MAX, Row, malformed, too_large};
use crate::domain::account::origin::RowFormat;
use crate::mapping::canonical::RowError;
use jaq_json::Val;
use std::io::BufRead;

/// One value per line; blank lines are ignored.
pub(super) struct LineRows {
    reader: Box<dyn BufRead>,
    number: u64,
}

impl LineRows {
    pub(super) fn new(reader: Box<dyn BufRead>) -> LineRows {
        LineRows { reader, number: 0 }
    }
}

impl Iterator for LineRows {
    type Item = std::io::Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let mut raw = Vec::new();
            let whole = match read_line(&mut *self.reader, &mut raw) {
                Err(error) => return Some(Err(error)),
                Ok(None) => return None,
                Ok(Some(whole)) => whole,
            };
            if raw.trim_ascii().is_empty() {
                continue;
            }
            self.number += 1;
            let value = if whole { parse(&raw) } else { Err(too_large(&mut raw)) };
            let (number, format) = (self.number, RowFormat::Json);
            return Some(Ok(Row { number, raw, format, value }));
        }
    }
}

/// The next line without its end, and `true`; for a line that is too long, its beginning and `false`.
/// `None` at the end of the file.
fn read_line(reader: &mut dyn BufRead, into: &mut Vec<u8>) -> std::io::Result<Option<bool>> {
    let mut whole = true;
    let mut any = false;
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(any.then_some(whole));
        }
        any = true;
        let end = buffer.iter().position(|b| *b == b'\n');
        let line = &buffer[..end.unwrap_or(buffer.len())];
        let room = ROW_BYTES_MAX.saturating_sub(into.len());
        whole &= line.len() <= room;
        into.extend_from_slice(&line[..line.len().min(room)]);
        let used = end.map_or(buffer.len(), |end| end + 1);
        reader.consume(used);
        if end.is_some() {
            return Ok(Some(whole));
        }
    }
}

/// Values in a list, or one after another.
pub(super) struct JsonRows {
    reader: Box<dyn BufRead>,
    number: u64,
}

impl JsonRows {
    pub(super) fn new(reader: Box<dyn BufRead>) -> JsonRows {
        JsonRows { reader, number: 0 }
    }

    /// The bytes of the next value, and whether they are complete.
    fn value(&mut self, raw: &mut Vec<u8>) -> std::io::Result<Option<bool>> {
        let mut scan = Scan::default();
        let mut whole = true;
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok((!raw.is_empty()).then_some(whole));
            }
            let mut used = 0;
            let mut ended = false;
            for byte in buffer {
                used += 1;
                match scan.next(*byte, raw.is_empty()) {
                    Step::Between => {}
                    Step::Part | Step::Last if raw.len() >= ROW_BYTES_MAX => whole = false,
                    Step::Part | Step::Last => raw.push(*byte),
                    Step::Ended => {}
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
                let value = if whole { parse(&raw) } else { Err(too_large(&mut raw)) };
                let (number, format) = (self.number, RowFormat::Json);
                Some(Ok(Row { number, raw, format, value }))
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
    /// White space, commas, the brackets of the outer list.
    Between,
    Part,
    /// The last byte of an object or list.
    Last,
    /// The byte after a bare word (number, true, false, null).
    Ended,
}

impl Scan {
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
                return Step::Last;
            }
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
