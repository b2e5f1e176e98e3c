//! The bytes of a letter as what they were: in the form that its row came in, not in whichever they
//! might pass for. What could not be read then cannot be read now, for the same reason.

use crate::domain::account::records::{DeadLetter, DeadLetterReason};
use crate::ingest::http::TOPIC;
use crate::mapping::canonical::RowError;
use crate::mapping::rows::{Format, Rows, malformed, parse_json, parse_xml, refused_as};
use jaq_json::Val;

/// The row of a letter, or what a mapping takes apart into rows. A request is JSON. What a file was,
/// the message says where the row could not be read; where it could, what the bytes are.
pub fn read(letter: &DeadLetter, value: &[u8]) -> Result<Val, RowError> {
    let json = parse_json(value);
    if json.is_ok() || letter.topic.starts_with(TOPIC) {
        return json;
    }
    let was_malformed = letter.reason == DeadLetterReason::Malformed;
    match was_malformed.then(|| refused_as(&letter.message)).flatten() {
        Some(Format::Json | Format::JsonLines) => json,
        Some(Format::Xml) => parse_xml(value),
        Some(Format::Csv) => delimited(value),
        None => parse_xml(value).or_else(|_| delimited(value)),
    }
}

/// The header, and the row after it.
fn delimited(value: &[u8]) -> Result<Val, RowError> {
    let no_csv = |error: std::io::Error| malformed(error.to_string());
    let mut rows = Rows::of_bytes(value.to_vec(), Some(Format::Csv)).map_err(no_csv)?;
    match rows.next() {
        None => Err(malformed("there is no row in it".to_owned())),
        Some(row) => row.map_err(no_csv)?.value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::terms::time::Timestamp;

    /// Refused by its mapping, if it was no more than that.
    fn letter(topic: &str, error: Option<&RowError>) -> DeadLetter {
        let by_mapping = RowError::mapping("rule all: line 1");
        let RowError { reason, message } = error.unwrap_or(&by_mapping).clone();
        let (topic, timestamp) = (topic.to_owned(), Timestamp(0));
        let (partition, offset, key, value, feed) = (0, 1, None, None, None);
        DeadLetter { topic, partition, offset, timestamp, reason, message, key, value, feed }
    }

    #[test]
    fn every_row_of_a_file_reads_again_as_it_read_the_first_time() {
        use Format::{Csv, Json, JsonLines, Xml};
        for (format, file) in [
            (
                JsonLines,
                "{\"a\": 1}\nno json\na,b\n<html>\n<a>1</a>\n[{\"a\": 1}\n{\"a\": 1},\n{\"a\": 1} {\"a\": 2}\n[1, 2]\n\"text\"\n{",
            ),
            (Json, "[{\"a\": 1}, {\"a\": }, nothing, \"a,b\", {\"a\":\n[1, 2]}, <a/>]"),
            (Csv, "a,b\n1,2\n1\n\"<a>\",\"{}\"\n1,2,3\n"),
            (Csv, "<a>,{b\n1,2\n1\n"),
            (Csv, "a\n\"x\ny\"\n"),
            (Xml, "<a><b>1</b></a>"),
            (Xml, "<a>"),
            (Xml, "no xml"),
        ] {
            let rows = Rows::of_bytes(file.into(), Some(format)).unwrap();
            let rows: Vec<_> = rows.map(Result::unwrap).collect();
            assert!(!rows.is_empty());
            for row in rows {
                let again = read(&letter("rows.txt", row.value.as_ref().err()), &row.raw);
                let raw = String::from_utf8_lossy(&row.raw);
                match (&row.value, &again) {
                    // Its line is another now.
                    (Err(then), Err(now)) if format == Csv => {
                        let cells = |text: &str| text.split_once(" has ").map(|c| c.1.to_owned());
                        assert_eq!(cells(&then.message), cells(&now.message), "{raw}");
                        assert!(cells(&now.message).is_some(), "{raw}");
                    }
                    _ => assert_eq!(row.value, again, "{format:?} {raw}"),
                }
            }
        }
    }

    #[test]
    fn a_request_is_json_whatever_it_looks_like() {
        for (body, part) in [
            (&b"<html><body>down</body></html>"[..], "no JSON: expected value"),
            (b"a,b\n1,2\n", "no JSON: expected value"),
            (b"{\"a\": 1", "no JSON: EOF"),
            (b"\x1f\x8b\x08\x00", "no JSON"),
        ] {
            let refused = malformed("the body is no JSON: expected value".to_owned());
            let error = read(&letter("http/acme", Some(&refused)), body).unwrap_err();
            assert!(error.message.contains(part), "{error}");
            assert_eq!(error.reason, DeadLetterReason::Malformed);
        }
        let list = read(&letter("http/acme", None), b"[1, 2]").unwrap();
        assert_eq!(list.to_string(), "[1,2]", "a list that was one row is one row");
    }
}
