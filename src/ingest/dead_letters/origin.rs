//! A dead letter's bytes, read again as its origin says: in the form that they came in, never in
//! another that they might pass for.

use crate::codec::Codec;
use crate::config::RawFormat;
use crate::domain::account::origin::{DeadLetterOrigin, FileOrigin, RowFormat};
use crate::domain::account::records::DeadLetter;
use crate::ingest::http;
use crate::ingest::raw::{Came, Failed, decode};
use crate::mapping::canonical::RowError;
use crate::mapping::rows::{Rows, malformed, parse_json};
use jaq_json::Val;
use std::borrow::Cow;

/// What the mapping saw as `$file` the first time.
pub(super) fn file_of(origin: &DeadLetterOrigin) -> Cow<'_, str> {
    match origin {
        DeadLetterOrigin::Webhook { source, .. } => Cow::Owned(http::file_of(source)),
        DeadLetterOrigin::Topic { topic: name, .. }
        | DeadLetterOrigin::File(FileOrigin { name, .. }) => Cow::Borrowed(name),
    }
}

/// A dead letter as the mapping saw it the first time. `file` is its [`file_of`].
pub(super) fn came_as<'a>(dead_letter: &'a DeadLetter, file: &'a str) -> Came<'a> {
    let row = |row: u64| i64::try_from(row).unwrap_or(i64::MAX);
    let (offset, snapshot_at, live) = match &dead_letter.origin {
        DeadLetterOrigin::Topic { offset, .. } => (*offset, None, true),
        DeadLetterOrigin::Webhook { row: number, .. } => (row(*number), None, true),
        DeadLetterOrigin::File(file) => (row(file.row), file.snapshot_at.as_deref(), false),
    };
    let time = dead_letter.timestamp.0;
    Came {
        file,
        offset,
        // 1: an import into a history had no time for it.
        timestamp_ms: if time > 1 { time } else { 0 },
        key: dead_letter.key.as_deref(),
        snapshot_at,
        live,
    }
}

/// The row, or what the mapping takes apart into rows. `set`: the format that the settings now give
/// for the topic; it is tried where the recorded one fails, since it may be the setting that was
/// wrong.
pub(super) fn read(
    codec: &mut Codec,
    origin: &DeadLetterOrigin,
    value: &[u8],
    set: Option<RawFormat>,
) -> Result<Val, Failed> {
    let recorded = match origin {
        DeadLetterOrigin::Webhook { .. } => RowFormat::Json,
        DeadLetterOrigin::File(file) => file.format,
        DeadLetterOrigin::Topic { format, .. } => {
            let format = format.or(set.map(RowFormat::from));
            format.ok_or_else(|| Failed::Row(malformed("no format is recorded".to_owned())))?
        }
    };
    match (parse(codec, recorded, value), set) {
        (Err(Failed::Row(_)), Some(set)) if RowFormat::from(set) != recorded => {
            decode(codec, set, value)
        }
        (read, _) => read,
    }
}

fn parse(codec: &mut Codec, format: RowFormat, value: &[u8]) -> Result<Val, Failed> {
    match format {
        RowFormat::Json => parse_json(value).map_err(Failed::Row),
        RowFormat::Xml => decode(codec, RawFormat::Xml, value),
        RowFormat::Avro => decode(codec, RawFormat::Avro, value),
        RowFormat::Csv => delimited(value).map_err(Failed::Row),
    }
}

/// The header, and the row after it.
fn delimited(value: &[u8]) -> Result<Val, RowError> {
    let unreadable = |error: std::io::Error| malformed(error.to_string());
    match Rows::of_csv_row(value.to_vec()).map_err(unreadable)? {
        None => Err(malformed("a header without a row".to_owned())),
        Some(row) => row.value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::records::DeadLetterReason;
    use crate::mapping::rows::Format;

    fn again(origin: &DeadLetterOrigin, value: &[u8]) -> Result<Val, RowError> {
        match read(&mut Codec::local(), origin, value, None) {
            Ok(row) => Ok(row),
            Err(Failed::Row(error)) => Err(error),
            Err(Failed::Registry(error)) => panic!("{error}"),
        }
    }

    #[test]
    fn every_row_of_a_file_reads_again_as_it_read_the_first_time() {
        use Format::{Csv, Json, JsonLines, Xml};
        for (format, file) in [
            (
                JsonLines,
                "{\"a\": 1}\nno json\na,b\n<html>\n<a>1</a>\n[{\"a\": 1}\n{\"a\": 1},\n{\"a\": 1} {\"a\": 2}\n[1, 2]\n\"text\"\n{\n",
            ),
            (Json, "[{\"a\": 1}, {\"a\": }, nothing, \"a,b\", {\"a\":\n[1, 2]}, <a/>]"),
            (Csv, "a,b\n1,2\n1\n\"<a>\",\"{}\"\n1,2,3\n"),
            (Csv, "<a>,{b\n1,2\n1\n"),
            (Csv, "a\n\"x\ny\"\n"),
            // A CSV that is JSON or XML too.
            (Csv, "{}\n1\n"),
            (Csv, "1\n2\n"),
            (Csv, "<a>\n</a>\n"),
            // A delimiter that the header alone would not show, columns of one name, a trailing comma.
            (Csv, "Name; legal,\"a;b;c\"\n1,2\n1,2,3\n"),
            (Csv, "a|a|b|\n|2|3|\n1|2|3||x\n"),
            (Csv, "Report of May\n\na,b\n1,2\n3,4\n"),
            (Csv, "a,b\n\"x\n\ny\",\"a \"\"b\"\"\"\n"),
            (Xml, "<a><b>1</b></a>"),
            (Xml, "<a></b>"),
            (Xml, "no xml"),
        ] {
            let rows = Rows::of_bytes(file.into(), Some(format)).unwrap();
            let rows: Vec<_> = rows.map(Result::unwrap).collect();
            assert!(!rows.is_empty());
            for row in rows {
                let origin = DeadLetterOrigin::File(FileOrigin {
                    name: "rows.txt".to_owned(),
                    row: row.number,
                    format: row.format,
                    snapshot_at: None,
                    gone: false,
                });
                let again = again(&origin, &row.raw);
                let raw = String::from_utf8_lossy(&row.raw);
                match (&row.value, &again) {
                    // The row is on another line now.
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
        let request = DeadLetterOrigin::Webhook { source: "acme".to_owned(), row: 1 };
        for body in [
            &b"<html><body>down</body></html>"[..],
            b"a,b\n1,2\n",
            b"{\"a\": 1",
            b"\x1f\x8b\x08\x00",
        ] {
            let error = again(&request, body).unwrap_err();
            assert_eq!(error.reason, DeadLetterReason::Malformed);
        }
        let list = again(&request, b"[1, 2]").unwrap();
        assert_eq!(list.to_string(), "[1,2]", "a list that was one row is one row");
    }

    #[test]
    fn a_record_of_a_topic_is_read_as_recorded_or_as_the_settings_now_say() {
        let topic = |format| DeadLetterOrigin::Topic {
            topic: "rows".to_owned(),
            partition: 0,
            offset: 1,
            format,
        };
        let mut codec = Codec::local();
        let mut read = |format, value: &[u8], set| {
            read(&mut codec, &topic(format), value, set).ok().map(|row| row.to_string())
        };
        let (json, xml) = (Some(RowFormat::Json), Some(RowFormat::Xml));
        assert_eq!(read(json, b"{\"a\":1}", None).as_deref(), Some("{\"a\":1}"));
        assert_eq!(read(json, b"<a/>", None), None);
        // The setting was wrong, and is corrected.
        let null = Some("{\"a\":null}");
        assert_eq!(read(json, b"<a/>", Some(RawFormat::Xml)).as_deref(), null);
        // One row of a document is kept as JSON, whatever the topic holds.
        assert_eq!(read(json, b"{\"a\":1}", Some(RawFormat::Xml)).as_deref(), Some("{\"a\":1}"));
        assert_eq!(read(xml, b"<a/>", None).as_deref(), null);
        assert_eq!(read(None, b"<a/>", Some(RawFormat::Xml)).as_deref(), null);
        assert_eq!(read(None, b"<a/>", None), None);
    }
}
