//! Decodes a record of a raw topic into the row that a mapping reads.

use super::Failed;
use crate::codec::{Codec, DecodeFailure, INPUT_BYTES_MAX};
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
        RawFormat::Json => parse_json(value).map_err(Failed::Row),
        RawFormat::Xml => parse_xml(value).map_err(Failed::Row),
        RawFormat::Avro => match codec.decode_foreign(value) {
            Ok(json) => serde_json::from_value(json).map_err(|error| {
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

/// A key as text; invalid UTF-8 becomes replacement characters.
pub fn key_text(key: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(key)
}
