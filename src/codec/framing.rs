//! The Confluent wire format: a zero byte, the schema's id in four bytes, an Avro datum.

use super::error::Flaw;
use super::{INPUT_BYTES_MAX, TRANSFER_BYTES_MAX};
use crate::domain::account::records::DeadLetterReason;

/// The zero byte and the schema's id.
pub const HEADER_BYTES: usize = 5;

/// The schema's id and the datum, of a value that may be an input.
pub fn frame(value: Option<&[u8]>) -> Result<(u32, &[u8]), Flaw> {
    let value = value.ok_or_else(|| {
        Flaw::new(DeadLetterReason::Empty, "the record has no value, where an input is needed")
    })?;
    if value.len() > TRANSFER_BYTES_MAX {
        return Err(too_large(value.len(), INPUT_BYTES_MAX));
    }
    unframe(value)
}

pub fn too_large(bytes: usize, most: usize) -> Flaw {
    let message = format!("{bytes} bytes are more than the {most} taken");
    Flaw::new(DeadLetterReason::TooLarge, message)
}

pub fn unframe(value: &[u8]) -> Result<(u32, &[u8]), Flaw> {
    match value {
        [0, a, b, c, d, datum @ ..] => Ok((u32::from_be_bytes([*a, *b, *c, *d]), datum)),
        [0, ..] | [] => {
            let n = value.len();
            let message = format!("{n} bytes are fewer than the {HEADER_BYTES} of the framing");
            Err(Flaw::new(DeadLetterReason::Framing, message))
        }
        [magic, ..] => {
            let message = format!(
                "the first byte is {magic}, not 0: the value is not in the registry's framing"
            );
            Err(Flaw::new(DeadLetterReason::Framing, message))
        }
    }
}
