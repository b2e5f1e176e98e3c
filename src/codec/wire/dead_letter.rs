//! Dead letters: a record as it was, and why it was refused.

use crate::codec::symbols::Code;
use crate::domain::account::records::{DeadLetter, DeadLetterReason, Feed};
use crate::domain::terms::time::Timestamp;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

#[derive(Serialize, Deserialize)]
pub struct DeadLetterWire<'a> {
    topic: &'a str,
    partition: i32,
    offset: i64,
    timestamp: i64,
    reason: Code<DeadLetterReason>,
    message: &'a str,
    #[serde(borrow)]
    key: Option<Bytes<'a>>,
    #[serde(borrow)]
    value: Option<Bytes<'a>>,
    source: Option<&'a str>,
    mapping: Option<&'a str>,
    mapping_version: Option<&'a str>,
}

/// Bytes as they are.
pub struct Bytes<'a>(pub &'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Bytes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowed;
        impl<'de> Visitor<'de> for Borrowed {
            type Value = Bytes<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_borrowed_bytes<E: Error>(self, bytes: &'de [u8]) -> Result<Bytes<'de>, E> {
                Ok(Bytes(bytes))
            }
        }
        deserializer.deserialize_bytes(Borrowed)
    }
}

impl<'a> DeadLetterWire<'a> {
    pub fn of(letter: &'a DeadLetter) -> DeadLetterWire<'a> {
        DeadLetterWire {
            topic: &letter.topic,
            partition: letter.partition,
            offset: letter.offset,
            timestamp: letter.timestamp.0,
            reason: Code(letter.reason),
            message: &letter.message,
            key: letter.key.as_deref().map(Bytes),
            value: letter.value.as_deref().map(Bytes),
            source: letter.feed.as_ref().map(|feed| feed.source.as_str()),
            mapping: letter.feed.as_ref().map(|feed| feed.mapping.as_str()),
            mapping_version: letter.feed.as_ref().map(|feed| feed.version.as_str()),
        }
    }

    pub fn dead_letter(self) -> DeadLetter {
        DeadLetter {
            topic: self.topic.to_owned(),
            partition: self.partition,
            offset: self.offset,
            timestamp: Timestamp(self.timestamp),
            reason: self.reason.0,
            message: self.message.to_owned(),
            key: self.key.map(|key| key.0.to_vec()),
            value: self.value.map(|value| value.0.to_vec()),
            feed: self.source.zip(self.mapping).zip(self.mapping_version).map(
                |((source, mapping), version)| Feed {
                    source: source.to_owned(),
                    mapping: mapping.to_owned(),
                    version: version.to_owned(),
                },
            ),
        }
    }
}
