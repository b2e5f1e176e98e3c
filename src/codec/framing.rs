//! The Confluent wire format: a zero byte, the schema id in four bytes, an Avro datum.

use super::error::Flaw;
use super::{INPUT_BYTES_MAX, TRANSFER_BYTES_MAX};
use crate::domain::account::records::DeadLetterReason;
use crate::domain::terms::figures::counted;

/// Size of the header in bytes: the zero byte and the schema id.
pub(super) const HEADER_BYTES: usize = 5;

/// The schema id and the datum of a record of the inputs topic.
pub(super) fn frame(value: Option<&[u8]>) -> Result<(u32, &[u8]), Flaw> {
    let value = value.ok_or_else(|| {
        Flaw::new(
            DeadLetterReason::Empty,
            "the record has no value (tombstone); an input needs one",
        )
    })?;
    if value.len() > TRANSFER_BYTES_MAX {
        return Err(too_large(value.len(), INPUT_BYTES_MAX));
    }
    unframe(value)
}

pub(super) fn too_large(bytes: usize, most: usize) -> Flaw {
    let message = format!("record too large: {bytes} bytes, at most {most} are accepted");
    Flaw::new(DeadLetterReason::TooLarge, message)
}

pub(super) fn unframe(value: &[u8]) -> Result<(u32, &[u8]), Flaw> {
    match value {
        [0, a, b, c, d, datum @ ..] => Ok((u32::from_be_bytes([*a, *b, *c, *d]), datum)),
        [0, ..] | [] => {
            let n = value.len();
            let message = format!(
                "record too short: {}, the header needs {HEADER_BYTES}",
                counted(n, "byte")
            );
            Err(Flaw::new(DeadLetterReason::Framing, message))
        }
        [magic, ..] => {
            let message = format!(
                "the first byte is {magic}, not 0; use the Confluent wire format (0, schema id, datum)"
            );
            Err(Flaw::new(DeadLetterReason::Framing, message))
        }
    }
}
