//! The wire structs of our records, and their translation to and from the domain. A struct has the
//! fields of its schema in the schema's order; texts are borrowed from the record's bytes.
//!
//! Records from outside (signals, companies, …) are checked here. Records that only buymode writes
//! (states, decisions, …) are translated exactly, without checks.

pub(super) mod alias;
pub(super) mod change;
pub(super) mod check;
pub(super) mod company;
pub(super) mod dead_letter;
pub(super) mod decision;
pub(super) mod desk;
pub(super) mod evidence;
pub(super) mod fit;
pub(super) mod head;
pub(super) mod inputs;
pub(super) mod intent;
pub(super) mod kept;
pub(super) mod kinship;
pub(super) mod ledger;
pub(super) mod market;
pub(super) mod product;
pub(super) mod resolution;
pub(super) mod signals;
pub(super) mod source_row;
pub(super) mod state;
pub(super) mod task;
pub(super) mod transfer;
pub(super) mod whom;
pub(super) mod words;
pub(super) mod world;

use super::datum::{Datum, Put, Take, Taken, put_list};
use crate::domain::Text;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use uuid::Uuid;

fn borrow(texts: &[Text]) -> Vec<&str> {
    texts.iter().map(Text::as_str).collect()
}

fn own(texts: Vec<&str>) -> Vec<Text> {
    texts.into_iter().map(Into::into).collect()
}

/// An id as its 16 bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fixed16(pub Uuid);

impl Serialize for Fixed16 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0.as_bytes())
    }
}

impl<'de> Deserialize<'de> for Fixed16 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Fixed16;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("16 bytes")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Fixed16, E> {
                Uuid::from_slice(bytes).map(Fixed16).map_err(E::custom)
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

impl Put for Fixed16 {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.0.as_bytes());
    }
}

impl Take<'_> for Fixed16 {
    #[inline]
    fn take(from: &mut Datum<'_>) -> Taken<Fixed16> {
        let bytes = from.bytes(16)?;
        Uuid::from_slice(bytes).map(Fixed16).map_err(|e| e.to_string())
    }
}

/// An id as text: as it was read, or to be written.
#[derive(Clone, Copy, Debug)]
pub(super) enum UuidText<'a> {
    Read(&'a str),
    Write(Uuid),
}

impl Serialize for UuidText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            UuidText::Read(text) => serializer.serialize_str(text),
            UuidText::Write(id) => {
                let mut buffer = Uuid::encode_buffer();
                serializer.serialize_str(id.hyphenated().encode_lower(&mut buffer))
            }
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for UuidText<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&str>::deserialize(deserializer).map(UuidText::Read)
    }
}

impl Put for UuidText<'_> {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            UuidText::Read(text) => text.put(out),
            UuidText::Write(id) => {
                let mut buffer = Uuid::encode_buffer();
                (*id.hyphenated().encode_lower(&mut buffer)).put(out);
            }
        }
    }
}

impl<'a> Take<'a> for UuidText<'a> {
    #[inline]
    fn take(from: &mut Datum<'a>) -> Taken<UuidText<'a>> {
        Take::take(from).map(UuidText::Read)
    }
}

/// A list of texts; only the first is used.
#[derive(Clone, Copy, Debug)]
pub(super) struct FirstText<'a>(pub Option<&'a str>);

impl Put for FirstText<'_> {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        put_list(self.0.iter(), out);
    }
}

impl<'a> Take<'a> for FirstText<'a> {
    #[inline]
    fn take(from: &mut Datum<'a>) -> Taken<FirstText<'a>> {
        let mut first = None;
        from.each(|from| <&str>::take(from).map(|text| *first.get_or_insert(text)).map(drop))?;
        Ok(FirstText(first))
    }
}

/// A slice of domain values written as a list of `W`, without an intermediate vector.
pub(super) struct List<'a, T, W>(pub &'a [T], pub fn(&'a T) -> W);

impl<'a, T, W: Put> Put for List<'a, T, W> {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        put_list(self.0.iter().map(self.1), out);
    }
}

#[cfg(test)]
mod oracle;
