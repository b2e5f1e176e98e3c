//! The rows of a body: one JSON value, the values of a list, or one value per line.

use crate::domain::account::records::DeadLetterReason;
use crate::mapping::canonical::RowError;
use flate2::read::MultiGzDecoder;
use jaq_json::Val;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt::{self, Write};
use std::io::Read;

/// Maximum number of rows in a request: a row of one byte may become a dead letter of a thousand.
pub const ROWS_MAX: usize = 10_000;

/// Why a gzip body is refused.
#[derive(Debug, PartialEq, Eq)]
pub enum Unpacked {
    TooLarge,
    Broken,
}

/// Unpacks gzip, at most `max` bytes of it.
pub fn unpack(body: &[u8], max: usize) -> Result<Vec<u8>, Unpacked> {
    let mut plain = Vec::new();
    let limit = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
    let read = MultiGzDecoder::new(body).take(limit).read_to_end(&mut plain);
    match read {
        _ if plain.len() > max => Err(Unpacked::TooLarge),
        Ok(_) => Ok(plain),
        Err(_) => Err(Unpacked::Broken),
    }
}

/// The rows of a body, each as its original text. The error applies to the whole body.
pub fn split(body: &[u8]) -> Result<Vec<&str>, RowError> {
    let text = str::from_utf8(body).map_err(|error| {
        malformed(format!("byte {} of the body is not UTF-8", error.valid_up_to() + 1))
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim();
    let broken = |error: serde_json::Error| match is_form(text) {
        true => malformed("the body is form-encoded (name=value&name=value), not JSON".to_owned()),
        false => malformed(format!("the body is not JSON: {error}")),
    };
    if text.starts_with('[') {
        let rows: Vec<&RawValue> = serde_json::from_str(text).map_err(broken)?;
        return Ok(rows.into_iter().map(RawValue::get).collect());
    }
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.clone().next().unwrap_or_default();
    let is_value = |line: &str| serde_json::from_str::<&RawValue>(line).map(drop);
    if lines.clone().count() > 1 && is_value(first).is_ok() {
        return Ok(lines.by_ref().collect());
    }
    is_value(text).map_err(broken)?;
    Ok(vec![text])
}

/// A name and an equals sign come first, in the letters that a form has.
fn is_form(text: &str) -> bool {
    let in_name = |c: char| c.is_ascii_alphanumeric() || "%._-+[]*".contains(c);
    let named = text.split_once('=').is_some_and(|(name, _)| name.chars().all(in_name));
    named && !text.starts_with(['=', '[']) && !text.contains(char::is_whitespace)
}

/// Parses a row. serde_json limits the nesting to 128.
pub fn parse(row: &str) -> Result<Val, RowError> {
    serde_json::from_str(row).map_err(|error| malformed(format!("the row is not JSON: {error}")))
}

/// The row that a dead letter keeps.
#[derive(Clone, Copy)]
pub enum Text<'a> {
    /// The original text.
    Sent(&'a [u8]),
    /// A part of the original value; it is written as text only when needed.
    Made(&'a Val),
}

impl<'a> Text<'a> {
    /// The bytes of the row; `None` above `max`, and no more than that are written.
    pub fn within(self, max: usize) -> Option<Cow<'a, [u8]>> {
        match self {
            Text::Sent(bytes) => (bytes.len() <= max).then_some(Cow::Borrowed(bytes)),
            Text::Made(row) => {
                let mut bounded = Bounded { text: String::new(), max };
                write!(bounded, "{row}").ok()?;
                Some(Cow::Owned(bounded.text.into_bytes()))
            }
        }
    }
}

struct Bounded {
    text: String,
    max: usize,
}

impl Write for Bounded {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        if part.len() > self.max - self.text.len() {
            return Err(fmt::Error);
        }
        self.text.push_str(part);
        Ok(())
    }
}

pub fn malformed(message: String) -> RowError {
    RowError { reason: DeadLetterReason::Malformed, message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write as _;

    #[test]
    fn one_value_a_list_or_a_value_a_line() {
        let table: &[(&str, &[&str])] = &[
            (r#"{"a":1}"#, &[r#"{"a":1}"#]),
            ("\u{feff} {\n \"a\": 1\n}\n", &["{\n \"a\": 1\n}"]),
            (r#" [ {"a":[1,2]}, {"b":"]"} ] "#, &[r#"{"a":[1,2]}"#, r#"{"b":"]"}"#]),
            ("[]", &[]),
            ("{\"a\":1}\n\n{\"b\":2}\r\n", &[r#"{"a":1}"#, r#"{"b":2}"#]),
            // A broken line is a row of its own.
            ("{\"a\":1}\n{\"b\":\n{\"c\":3}", &[r#"{"a":1}"#, r#"{"b":"#, r#"{"c":3}"#]),
            ("7", &["7"]),
        ];
        for (body, rows) in table {
            assert_eq!(split(body.as_bytes()).unwrap(), *rows, "{body:?}");
        }
    }

    #[test]
    fn invalid_json_is_reported_with_its_place() {
        for (body, part) in [
            (&b"<html>"[..], "the body is not JSON: expected value at line 1 column 1"),
            (b"{\"a\": \n1", "at line 2 column 1"),
            (b"[{\"a\":1},", "the body is not JSON"),
            (b"{\"a\":\"\xff\"}", "byte 7 of the body is not UTF-8"),
            (b"", "the body is not JSON"),
        ] {
            let error = split(body).unwrap_err();
            assert!(error.message.contains(part), "{error:?} lacks {part:?}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_and_not_recursed_into() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000));
        let rows = split(deep.as_bytes()).unwrap();
        let error = parse(rows[0]).unwrap_err();
        assert!(error.message.contains("recursion limit"), "{error:?}");
        assert!(split("[".repeat(1_000_000).as_bytes()).is_err());
        assert!(parse(&format!("{}1{}", "[".repeat(100), "]".repeat(100))).is_ok());
    }

    #[test]
    fn a_row_is_written_out_no_further_than_it_may_be() {
        let row = parse(r#"{"a":[1,"é"]}"#).unwrap();
        for text in [Text::Made(&row), Text::Sent(r#"{"a":[1,"é"]}"#.as_bytes())] {
            assert_eq!(text.within(14).unwrap(), r#"{"a":[1,"é"]}"#.as_bytes());
            assert_eq!(text.within(13), None);
        }
        // Each level doubles it: it has no memory to be written out in.
        let double = |row: Val| Val::Arr(std::rc::Rc::new(vec![row.clone(), row]));
        let vast = (0..40).fold(row, |row, _| double(row));
        assert_eq!(Text::Made(&vast).within(1 << 20), None);
    }

    #[test]
    fn gzip_is_unpacked_up_to_its_bound() {
        let pack = |bytes: &[u8]| {
            let mut gz = GzEncoder::new(Vec::new(), Compression::best());
            gz.write_all(bytes).unwrap();
            gz.finish().unwrap()
        };
        assert_eq!(unpack(&pack(b"{}"), 2).unwrap(), b"{}");
        let bomb = pack(&vec![b' '; 50 << 20]);
        assert!(bomb.len() < 100_000);
        assert_eq!(unpack(&bomb, 1 << 20), Err(Unpacked::TooLarge));
        assert_eq!(unpack(&bomb[..1000], 64 << 20), Err(Unpacked::Broken));
        assert_eq!(unpack(b"{}", 10), Err(Unpacked::Broken));
    }
}
