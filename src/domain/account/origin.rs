//! Where a dead letter came from. It says how the kept bytes are read again, so that a replay never
//! guesses from a name or from the text of a message.

use crate::domain::terms::plain::plain;
use serde::Serialize;
use std::fmt;
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

/// Where a rejected record or row came from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DeadLetterOrigin {
    /// A record of a topic. `format`: how a vendor's row is written; `None` for a record of our own
    /// schemas.
    Topic { topic: String, partition: i32, offset: i64, format: Option<RowFormat> },
    /// A row of a request to `/v1/ingest/{source}`, in JSON. `row` counts from 1.
    Webhook { source: String, row: u64 },
    /// A row of an imported file.
    File(FileOrigin),
}

/// A row of an imported file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileOrigin {
    /// Without its folders.
    pub name: String,
    /// Counts from 1.
    pub row: u64,
    /// Of the kept bytes: a row that the mapping took out of a document is JSON.
    pub format: RowFormat,
    /// The date of the snapshot, as the import read it; of a `gone` row the one that lacks it.
    pub snapshot_at: Option<String>,
    /// The row was rejected because of what its absence from that snapshot means: its bytes are
    /// those of the snapshot before.
    pub gone: bool,
}

/// The kinds of [`DeadLetterOrigin`].
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Display, EnumString, EnumIter, IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum OriginKind {
    Topic,
    Webhook,
    File,
}

/// How the bytes of a row are written.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    schemars::JsonSchema,
    Display,
    EnumString,
    EnumIter,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RowFormat {
    /// A header and one row.
    Csv,
    Json,
    Xml,
    /// Behind the id of the writer's schema.
    Avro,
}

impl DeadLetterOrigin {
    pub fn kind(&self) -> OriginKind {
        match self {
            DeadLetterOrigin::Topic { .. } => OriginKind::Topic,
            DeadLetterOrigin::Webhook { .. } => OriginKind::Webhook,
            DeadLetterOrigin::File(_) => OriginKind::File,
        }
    }

    /// The topic, the source of a webhook, or the file.
    pub fn name(&self) -> &str {
        match self {
            DeadLetterOrigin::Topic { topic: name, .. }
            | DeadLetterOrigin::Webhook { source: name, .. } => name,
            DeadLetterOrigin::File(file) => &file.name,
        }
    }
}

impl fmt::Display for DeadLetterOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeadLetterOrigin::Topic { topic, partition, offset, .. } => {
                write!(f, "topic {topic}, partition {partition}, offset {offset}")
            }
            DeadLetterOrigin::Webhook { source, row } => {
                write!(f, "request to /v1/ingest/{source}, row {row}")
            }
            DeadLetterOrigin::File(FileOrigin { name, row, snapshot_at, gone, .. }) => {
                write!(f, "file {}, row {row}", plain(name))?;
                match (snapshot_at, gone) {
                    (Some(date), true) => write!(f, ", missing from the snapshot of {date}"),
                    (None, true) => write!(f, ", missing from the next snapshot"),
                    (Some(date), false) => write!(f, ", snapshot of {date}"),
                    (None, false) => Ok(()),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_reads_where_it_came_from() {
        let file = |snapshot_at: Option<&str>, gone| {
            DeadLetterOrigin::File(FileOrigin {
                name: "rows.csv".to_owned(),
                row: 3,
                format: RowFormat::Csv,
                snapshot_at: snapshot_at.map(str::to_owned),
                gone,
            })
        };
        let topic = "signals.hiring".to_owned();
        let source = "acme".to_owned();
        for (origin, text) in [
            (
                DeadLetterOrigin::Topic { topic, partition: 2, offset: 7, format: None },
                "topic signals.hiring, partition 2, offset 7",
            ),
            (DeadLetterOrigin::Webhook { source, row: 4 }, "request to /v1/ingest/acme, row 4"),
            (file(None, false), "file rows.csv, row 3"),
            (file(Some("2026-05-06"), false), "file rows.csv, row 3, snapshot of 2026-05-06"),
            (
                file(Some("2026-07-26"), true),
                "file rows.csv, row 3, missing from the snapshot of 2026-07-26",
            ),
        ] {
            assert_eq!(origin.to_string(), text);
        }
    }
}
