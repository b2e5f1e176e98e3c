//! The states of a log in a file, and back: a backup that is taken while the log goes on, and a beginning
//! for another log, or for an audit of one whose beginning retention has deleted.
//!
//! A snapshot holds each partition as of the end of one transaction: the position, the profiles and market
//! news, the state of each account. Behind it the inputs that these states do not reflect, up to what was
//! in the log when the reading of the states was over; and the topics of one partition (published profiles,
//! aliases, rows of sources). So it holds all that was in the log when it was begun, as a state or as an
//! input. It does not hold inputs that the states reflect, decisions, and dead letters. Of the desk it holds what that
//! remembers, so that an audit of its log can begin there.

mod books;
mod desk;
mod file;
mod known;
mod restore;
mod save;
mod unfinished;

pub use desk::Desk;
pub use known::{Bases, Known, known_base};
pub use restore::{Finished, Restored, restore};
pub(in crate::admin) use save::save_as_it_is;
pub use save::{Saved, save};
pub use unfinished::remove_unfinished;

use crate::domain::account::records::TaskRecord;
use crate::domain::terms::time::Timestamp;
use crate::log::scan::Scan;
use crate::log::{Reader, RecordRef};
use file::{Frames, Kind};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::path::Path;
use uuid::Uuid;
use xxhash_rust::xxh3::Xxh3;

/// What a file says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema, Deserialize)]
pub struct Head {
    /// The version of the file's format.
    pub format: u32,
    /// The snapshot's id.
    pub id: Uuid,
    /// The rules version of that program.
    pub rules_version: i32,
    /// The version of the program that wrote it.
    pub build: String,
    /// When it was taken, in milliseconds since 1970 UTC.
    pub saved_at_ms: i64,
    /// Of the topics that it was taken of.
    pub prefix: String,
    pub partitions: i32,
    /// Whether the inputs were stamped by their writer.
    pub history: bool,
}

/// Where a partition stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema, Deserialize)]
pub struct Part {
    pub partition: i32,
    /// The first input that its states do not reflect.
    pub next_offset: i64,
    /// The partition's time in the log, in milliseconds since 1970 UTC.
    pub time_ms: i64,
    /// The number of the last transaction that its states reflect.
    pub transaction: i64,
    /// The snapshot that the log began with.
    pub seed: Option<Uuid>,
    /// The last input that its states reflect, if it was there still.
    pub last: Option<Mark>,
}

impl Part {
    fn task(&self, partitions: i32) -> TaskRecord {
        let new = TaskRecord::new(self.partition, partitions, self.next_offset);
        let (transaction, time) = (self.transaction, Timestamp(self.time_ms));
        TaskRecord { transaction, time, seed: self.seed, ..new }
    }
}

/// A record by which a log is known again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema, Deserialize)]
pub struct Mark {
    pub offset: i64,
    /// In milliseconds since 1970 UTC.
    pub time_ms: i64,
    /// Of key and value, 128 bits in hexadecimal.
    pub digest: String,
}

impl Mark {
    fn of(record: &RecordRef<'_>) -> Mark {
        let mut digest = Xxh3::new();
        for bytes in [record.key, record.value] {
            digest.update(&bytes.map_or(-1, |bytes| bytes.len() as i64).to_be_bytes());
            digest.update(bytes.unwrap_or_default());
        }
        let digest = format!("{:032x}", digest.digest128());
        Mark { offset: record.offset, time_ms: record.timestamp_ms, digest }
    }
}

/// What a whole file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Content {
    #[serde(flatten)]
    pub head: Head,
    /// States of accounts.
    pub accounts: u64,
    /// Behind the states.
    pub inputs: u64,
    /// Records of the topics of one partition.
    pub books: u64,
    /// Of what the file holds, in hexadecimal.
    pub sha256: String,
    /// Partition by partition.
    pub parts: Vec<Part>,
    /// Of the desk, if it had one.
    pub desk: Option<DeskPlace>,
}

/// Where the desk's log stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct DeskPlace {
    /// The first record of it that the snapshot does not reflect.
    pub next_offset: i64,
}

/// Reads a file to its end.
///
/// # Errors
/// It cannot be read, is another kind of file, torn, or not as it was written.
pub fn content(path: &Path) -> anyhow::Result<Content> {
    let mut frames = Frames::open(path)?;
    let (mut accounts, mut inputs, mut books, mut parts) = (0, 0, 0, Vec::new());
    let mut desk = None;
    while let Some(frame) = frames.next()? {
        match frame.kind {
            Kind::Part => parts.push(frame.parse()?),
            Kind::State => accounts += 1,
            Kind::Input => inputs += 1,
            Kind::Book => books += 1,
            Kind::Desk if frame.key.is_none() => {
                desk = Some(DeskPlace { next_offset: frame.parse::<desk::Stood>()?.next_offset });
            }
            Kind::Head | Kind::World | Kind::States | Kind::End | Kind::Desk => {}
        }
    }
    let (head, sha256) = (frames.head, frames.sha256.unwrap_or_default());
    Ok(Content { head, accounts, inputs, books, sha256, parts, desk })
}

/// The last record before an offset is at most so far from it: markers alone stand between.
const MARKERS_MAX: i64 = 1_000;

/// The last record of a range.
fn last(
    reader: &mut dyn Reader,
    topic: &str,
    partition: i32,
    range: Range<i64>,
) -> anyhow::Result<Option<Mark>> {
    let mut found = None;
    let near = range.start.max(range.end - MARKERS_MAX)..range.end;
    if !near.is_empty() {
        Scan::range(topic, partition, near)
            .each(reader, &mut |record| found = Some(Mark::of(&record)))?;
    }
    Ok(found)
}
