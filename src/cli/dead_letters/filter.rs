//! Which letters are meant, as flags.

use crate::domain::account::records::DeadLetterReason;
use crate::domain::terms::time::{DAY_MS, Precision, Timestamp};
use crate::ingest::dead_letters::{Filter, Kept};
use crate::mapping::normalise::date;
use serde_json::{Value, json};
use std::str::FromStr;
use strum::IntoEnumIterator;

#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Which")]
pub struct FilterArgs {
    /// Refused for this reason; this and the next three may be given several times
    #[arg(long, value_name = "REASON", value_parser = reason)]
    reason: Vec<DeadLetterReason>,
    /// Of this source
    #[arg(long)]
    source: Vec<String>,
    /// Read from this topic, file or `http/SOURCE`
    #[arg(long)]
    topic: Vec<String>,
    /// Refused by the mapping of this file name
    #[arg(long = "refused-by", value_name = "MAPPING")]
    refused_by: Vec<String>,
    /// Came on this day or later
    #[arg(long, value_name = "DATE", value_parser = begin)]
    since: Option<Timestamp>,
    /// Came on this day or earlier; with a time, before it
    #[arg(long, value_name = "DATE", value_parser = end)]
    until: Option<Timestamp>,
    /// With this text in key, value or message
    #[arg(long, value_name = "TEXT")]
    contains: Option<String>,
}

impl FilterArgs {
    pub fn filter(&self, places: &[Place]) -> Filter {
        Filter {
            places: places.iter().map(|place| (place.0, place.1)).collect(),
            reasons: self.reason.clone(),
            sources: self.source.clone(),
            topics: self.topic.clone(),
            mappings: self.refused_by.clone(),
            since: self.since,
            until: self.until,
            contains: self.contains.clone(),
        }
    }
}

/// Where a letter lies: partition and offset.
#[derive(Clone, Copy, Debug)]
pub struct Place(pub i32, pub i64);

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Place, String> {
        let numbers = text.split_once(':').and_then(|(partition, offset)| {
            Some(Place(partition.parse().ok()?, offset.parse().ok()?))
        });
        numbers.ok_or_else(|| "a letter is named PARTITION:OFFSET, such as 3:120".to_owned())
    }
}

fn reason(text: &str) -> Result<DeadLetterReason, String> {
    text.parse().map_err(|_| {
        let all: Vec<&str> = DeadLetterReason::iter().map(<&str>::from).collect();
        format!("the reasons are {}", all.join(", "))
    })
}

fn day(text: &str) -> Result<Timestamp, String> {
    match date::parse(text) {
        Some((at, Precision::Day)) => Ok(at),
        _ => Err("a day, such as 2026-10-01, or a time, such as 2026-10-01T12:00:00Z".to_owned()),
    }
}

fn begin(text: &str) -> Result<Timestamp, String> {
    day(text)
}

fn end(text: &str) -> Result<Timestamp, String> {
    let at = day(text)?;
    // A day is meant to its end.
    let is_day = !text.contains(':');
    Ok(Timestamp(at.0 + if is_day { DAY_MS } else { 0 }))
}

/// A letter's name.
pub fn name(kept: &Kept) -> String {
    format!("{}:{}", kept.partition, kept.offset)
}

/// Where its record was read.
pub fn origin(kept: &Kept) -> String {
    let letter = &kept.letter;
    format!("{}[{}] offset {}", letter.topic, letter.partition, letter.offset)
}

/// All of a letter but its bytes.
pub fn as_json(kept: &Kept) -> Value {
    let letter = &kept.letter;
    let feed = letter.feed.as_ref();
    json!({
        "letter": name(kept),
        "reason": letter.reason,
        "message": letter.message,
        "source": feed.map(|feed| &feed.source),
        "mapping": feed.map(|feed| &feed.mapping),
        "mapping_version": feed.map(|feed| &feed.version),
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "timestamp": letter.timestamp.to_rfc3339(),
        "value_bytes": letter.value.as_ref().map(Vec::len),
    })
}
