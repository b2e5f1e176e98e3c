//! Dead letters: a record or row with its bytes, where it came from and why it was rejected.

use crate::codec::datum::{Put, put_sized};
use crate::codec::symbols::{Code, Open};
use crate::domain::account::origin::{DeadLetterOrigin, FileOrigin, OriginKind, RowFormat};
use crate::domain::account::records::{DeadLetter, DeadLetterReason, Feed};
use crate::domain::terms::time::Timestamp;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

#[derive(Serialize, Deserialize)]
pub(crate) struct DeadLetterWire<'a> {
    #[serde(borrow)]
    origin: OriginWire<'a>,
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

#[derive(Serialize, Deserialize)]
struct OriginWire<'a> {
    kind: Code<OriginKind>,
    name: &'a str,
    partition: Option<i32>,
    offset: Option<i64>,
    row: Option<i64>,
    /// `None`: a record of our own schemas.
    format: Open<RowFormat>,
    snapshot_at: Option<&'a str>,
    gone: bool,
}

/// Bytes as they are.
pub(crate) struct Bytes<'a>(pub &'a [u8]);

impl Put for Bytes<'_> {
    fn put(&self, out: &mut Vec<u8>) {
        put_sized(self.0, out);
    }
}

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

impl<'a> OriginWire<'a> {
    fn of(origin: &'a DeadLetterOrigin) -> OriginWire<'a> {
        let number = |row: u64| Some(i64::try_from(row).unwrap_or(i64::MAX));
        let wire = OriginWire {
            kind: Code(origin.kind()),
            name: origin.name(),
            partition: None,
            offset: None,
            row: None,
            format: Open(None),
            snapshot_at: None,
            gone: false,
        };
        match origin {
            DeadLetterOrigin::Topic { partition, offset, format, .. } => OriginWire {
                partition: Some(*partition),
                offset: Some(*offset),
                format: Open(*format),
                ..wire
            },
            DeadLetterOrigin::Webhook { row, .. } => {
                OriginWire { row: number(*row), format: Open(Some(RowFormat::Json)), ..wire }
            }
            DeadLetterOrigin::File(file) => OriginWire {
                row: number(file.row),
                format: Open(Some(file.format)),
                snapshot_at: file.snapshot_at.as_deref(),
                gone: file.gone,
                ..wire
            },
        }
    }

    fn origin(self) -> Result<DeadLetterOrigin, String> {
        let kind = self.kind.0;
        let lacks = |field: &str| format!("origin of kind {kind} without {field}");
        let name = self.name.to_owned();
        let row = || self.row.and_then(|row| u64::try_from(row).ok()).ok_or_else(|| lacks("row"));
        Ok(match kind {
            OriginKind::Topic => DeadLetterOrigin::Topic {
                topic: name,
                partition: self.partition.ok_or_else(|| lacks("partition"))?,
                offset: self.offset.ok_or_else(|| lacks("offset"))?,
                format: self.format.0,
            },
            OriginKind::Webhook => DeadLetterOrigin::Webhook { source: name, row: row()? },
            OriginKind::File => DeadLetterOrigin::File(FileOrigin {
                name,
                row: row()?,
                format: self.format.0.ok_or_else(|| lacks("format"))?,
                snapshot_at: self.snapshot_at.map(str::to_owned),
                gone: self.gone,
            }),
        })
    }
}

impl<'a> DeadLetterWire<'a> {
    pub(crate) fn of(dead_letter: &'a DeadLetter) -> DeadLetterWire<'a> {
        let feed = dead_letter.feed.as_ref();
        DeadLetterWire {
            origin: OriginWire::of(&dead_letter.origin),
            timestamp: dead_letter.timestamp.0,
            reason: Code(dead_letter.reason),
            message: &dead_letter.message,
            key: dead_letter.key.as_deref().map(Bytes),
            value: dead_letter.value.as_deref().map(Bytes),
            source: feed.map(|feed| feed.source.as_str()),
            mapping: feed.map(|feed| feed.mapping.as_str()),
            mapping_version: feed.map(|feed| feed.version.as_str()),
        }
    }

    pub(crate) fn dead_letter(self) -> Result<DeadLetter, String> {
        Ok(DeadLetter {
            origin: self.origin.origin()?,
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
        })
    }
}
