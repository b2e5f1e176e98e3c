//! Decodes a record of a raw topic into the row that a mapping reads.

use super::Failed;
use crate::codec::{Codec, DecodeFailure, INPUT_BYTES_MAX, Vendors};
use crate::config::RawFormat;
use crate::domain::account::records::DeadLetterReason;
use crate::mapping::canonical::RowError;
use crate::mapping::rows::{parse_json, parse_xml};
use jaq_json::Val;
use std::borrow::Cow;

/// Decodes a record's value. A value larger than an input may be is refused, since a dead letter could
/// not hold it either.
pub fn decode(codec: &mut Codec, format: RawFormat, value: &[u8]) -> Result<Val, Failed> {
    if value.len() > INPUT_BYTES_MAX {
        let message = format!(
            "record too large: {} bytes, at most {INPUT_BYTES_MAX} are accepted",
            value.len()
        );
        return Err(Failed::Row(RowError { reason: DeadLetterReason::TooLarge, message }));
    }
    match format {
        RawFormat::Json => json(value).map_err(Failed::Row),
        RawFormat::Xml => parse_xml(value).map_err(Failed::Row),
        RawFormat::Avro => match codec.decode_foreign(value) {
            Ok(Vendors::Json(text)) => parse_json(text).map_err(Failed::Row),
            Ok(Vendors::Value(json)) => serde_json::from_value(json).map_err(|error| {
                let message = format!("cannot convert the record to a row: {error}");
                Failed::Row(RowError { reason: DeadLetterReason::Malformed, message })
            }),
            Err(DecodeFailure::Registry(error)) => Err(Failed::Registry(error)),
            Err(DecodeFailure::Record(error)) => {
                let (reason, message) = (error.reason, error.message);
                Err(Failed::Row(RowError { reason, message }))
            }
        },
    }
}

/// JSON, also behind the five bytes that the serializers of a schema registry write: no JSON begins
/// with a zero byte.
fn json(value: &[u8]) -> Result<Val, RowError> {
    let [0, a, b, c, d, text @ ..] = value else { return parse_json(value) };
    parse_json(text).map_err(|RowError { reason, message }| {
        let id = u32::from_be_bytes([*a, *b, *c, *d]);
        let message = format!(
            "the record has schema id {id} before it (Confluent wire format), and what follows is not JSON; \
             set the source's format to avro ({message})"
        );
        RowError { reason, message }
    })
}

/// A key as text; invalid UTF-8 becomes replacement characters.
pub fn key_text(key: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_may_stand_behind_the_id_of_its_schema() {
        let read = |value: &[u8]| match decode(&mut Codec::local(), RawFormat::Json, value) {
            Ok(row) => row.to_string(),
            Err(Failed::Row(error)) => error.message,
            Err(Failed::Registry(error)) => panic!("{error}"),
        };
        for value in [&b"{\"a\":1}"[..], b"\0\0\0\0\x07{\"a\":1}", b"\0\0\0\0\x07 {\"a\": 1}\n"] {
            assert_eq!(read(value), r#"{"a":1}"#);
        }
        let other = read(b"\0\0\0\0\x07\x02\x0eone.com");
        assert!(other.contains("schema id 7") && other.contains("format to avro"), "{other}");
        assert!(!read(b"\0\0").contains("schema id"));
    }
}
