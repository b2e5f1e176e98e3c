//! Flags that select dead letters, and how one is printed.

use crate::domain::account::origin::{DeadLetterOrigin, OriginKind, RowFormat};
use crate::domain::account::records::DeadLetterReason;
use crate::domain::terms::time::{DAY_MS, Precision, Timestamp};
use crate::ingest::dead_letters::{Filter, Stored};
use crate::log::trace::Trace;
use crate::mapping::normalise::date;
use schemars::JsonSchema;
use serde::Serialize;
use std::str::FromStr;
use strum::IntoEnumIterator;

#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Select dead letters (values of one flag: any; several flags: all)")]
pub(super) struct FilterArgs {
    /// Rejected for this reason; may be given several times
    #[arg(long, value_name = "REASON", value_parser = reason)]
    reason: Vec<DeadLetterReason>,
    /// From this source; may be given several times
    #[arg(long)]
    source: Vec<String>,
    /// From a record of a `topic`, a row of a `webhook` request or a row of a `file`; may be given
    /// several times
    #[arg(long, value_name = "KIND", value_parser = origin)]
    origin: Vec<OriginKind>,
    /// From this topic; may be given several times
    #[arg(long)]
    topic: Vec<String>,
    /// From the file of this name, without folders; may be given several times
    #[arg(long, value_name = "NAME")]
    file: Vec<String>,
    /// Rejected by the mapping of this file name; may be given several times
    #[arg(long = "rejected-by", value_name = "MAPPING")]
    rejected_by: Vec<String>,
    /// With the time of this day or later
    #[arg(long, value_name = "DATE", value_parser = begin)]
    since: Option<Timestamp>,
    /// With the time of this day or earlier; of a date with a time: before it
    #[arg(long, value_name = "DATE", value_parser = end)]
    until: Option<Timestamp>,
    /// With this text in key, value or message
    #[arg(long, value_name = "TEXT")]
    contains: Option<String>,
}

impl FilterArgs {
    pub(super) fn filter(&self, positions: &[Position]) -> Filter {
        Filter {
            positions: positions.iter().map(|position| (position.0, position.1)).collect(),
            reasons: self.reason.clone(),
            sources: self.source.clone(),
            origins: self.origin.clone(),
            topics: self.topic.clone(),
            files: self.file.clone(),
            mappings: self.rejected_by.clone(),
            since: self.since,
            until: self.until,
            contains: self.contains.clone(),
        }
    }
}

/// The id of a dead letter for people: partition and offset in the dead-letter topic.
#[derive(Clone, Copy, Debug)]
pub(super) struct Position(pub i32, pub i64);

impl FromStr for Position {
    type Err = String;

    fn from_str(text: &str) -> Result<Position, String> {
        let numbers = text.split_once(':').and_then(|(partition, offset)| {
            Some(Position(partition.parse().ok()?, offset.parse().ok()?))
        });
        numbers.ok_or_else(|| "use PARTITION:OFFSET, such as 3:120".to_owned())
    }
}

fn reason(text: &str) -> Result<DeadLetterReason, String> {
    text.parse().map_err(|_| one_of(DeadLetterReason::iter().map(<&str>::from)))
}

fn origin(text: &str) -> Result<OriginKind, String> {
    text.parse().map_err(|_| one_of(OriginKind::iter().map(<&str>::from)))
}

fn one_of(values: impl Iterator<Item = &'static str>) -> String {
    format!("use one of {}", values.collect::<Vec<_>>().join(", "))
}

fn day(text: &str) -> Result<Timestamp, String> {
    match date::parse(text) {
        Some((at, Precision::Day)) => Ok(at),
        _ => Err("use a date, such as 2026-10-01, or a date and time, such as \
                  2026-10-01T12:00:00Z"
            .to_owned()),
    }
}

fn begin(text: &str) -> Result<Timestamp, String> {
    day(text)
}

fn end(text: &str) -> Result<Timestamp, String> {
    let at = day(text)?;
    // A date without a time includes the whole day.
    let is_day = !text.contains(':');
    Ok(Timestamp(at.0 + if is_day { DAY_MS } else { 0 }))
}

/// A dead letter without its bytes.
#[derive(Serialize, JsonSchema)]
pub(in crate::cli) struct Shown<'a> {
    /// Partition and offset in the dead-letter topic, as `dead-letters show` takes them.
    id: String,
    /// Why it was rejected.
    reason: DeadLetterReason,
    /// One sentence for people that names the error and its place. It may be worded otherwise in a later version.
    message: &'a str,
    /// The source of the row; null for a record of buymode's own schemas.
    source: Option<&'a str>,
    /// The mapping that read the row, by its file's name; null for a record of buymode's own schemas.
    mapping: Option<&'a str>,
    /// A digest of the mapping, as it was then.
    mapping_version: Option<&'a str>,
    /// Where the record or row came from.
    origin: OriginShown<'a>,
    /// Of a topic the record's time in the log, of a webhook when the request came, of a file the date of its
    /// snapshot or when it was imported.
    timestamp: Timestamp,
    /// How many bytes were kept; null: none, or the record had none.
    value_bytes: Option<usize>,
    /// The trace of the request or record, where traces are on.
    trace_id: Option<String>,
}

/// Where a rejected record or row came from; `row` counts from 1.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schemars(rename = "Origin")]
pub(in crate::cli) enum OriginShown<'a> {
    /// A record of a topic.
    Topic {
        /// The topic, the source of the request, or the file without its folders.
        name: &'a str,
        partition: i32,
        offset: i64,
        /// How a vendor's row is written; null for a record of buymode's own schemas.
        format: Option<RowFormat>,
    },
    /// A row of a request to `/v1/ingest/NAME`.
    Webhook {
        /// The topic, the source of the request, or the file without its folders.
        name: &'a str,
        row: u64,
    },
    /// A row of an imported file.
    File {
        /// Without its folders.
        name: &'a str,
        row: u64,
        /// How the row is written.
        format: RowFormat,
        /// The date of the snapshot, as the import read it.
        snapshot_at: Option<&'a str>,
        /// It was rejected because of what its absence from that snapshot means; its bytes are those of the
        /// snapshot before.
        gone: bool,
    },
}

impl Shown<'_> {
    pub(super) fn of(stored: &Stored) -> Shown<'_> {
        let dead = &stored.dead_letter;
        let feed = dead.feed.as_ref();
        Shown {
            id: stored.id(),
            reason: dead.reason,
            message: &dead.message,
            source: feed.map(|feed| feed.source.as_str()),
            mapping: feed.map(|feed| feed.mapping.as_str()),
            mapping_version: feed.map(|feed| feed.version.as_str()),
            origin: OriginShown::of(&dead.origin),
            timestamp: dead.timestamp,
            value_bytes: dead.value.as_ref().map(Vec::len),
            trace_id: stored.trace.map(Trace::id_text),
        }
    }
}

impl OriginShown<'_> {
    fn of(origin: &DeadLetterOrigin) -> OriginShown<'_> {
        let name = origin.name();
        match origin {
            DeadLetterOrigin::Topic { partition, offset, format, .. } => {
                OriginShown::Topic { name, partition: *partition, offset: *offset, format: *format }
            }
            DeadLetterOrigin::Webhook { row, .. } => OriginShown::Webhook { name, row: *row },
            DeadLetterOrigin::File(file) => OriginShown::File {
                name,
                row: file.row,
                format: file.format,
                snapshot_at: file.snapshot_at.as_deref(),
                gone: file.gone,
            },
        }
    }
}
