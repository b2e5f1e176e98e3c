//! Records of the log that are not inputs of an account: ticks, a task's own record, dead letters.

use crate::domain::Text;
use crate::domain::account::origin::DeadLetterOrigin;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Timestamp;
use serde::Serialize;
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use uuid::Uuid;

/// Appended by a task to its own partition: when it is read back, what is due is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Tick {
    pub reason: TickReason,
}

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Display, EnumString, EnumIter, IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum TickReason {
    /// Something falls due by time.
    Due,
    /// The tick before left work over.
    More,
    /// Accounts have not applied the last activation yet.
    Sweep,
    /// The end of an import: the log's time is the same in every partition.
    ImportEnd,
}

/// Where a scoring task stands. **It is the position**: the group's committed offset must equal
/// `next_offset`. Written with every transaction; what the task knows of its broadcasts (the
/// [`super::world::World`]) is a record of its own, written only when it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TaskRecord {
    pub partition: i32,
    /// Partitions of the inputs topic when this was written; another number later stops the task.
    pub partitions: i32,
    /// The next input to read.
    pub next_offset: i64,
    /// Counts the task's transactions: shows whether one with an unknown outcome was committed.
    pub transaction: i64,
    /// The largest log time read.
    pub time: Timestamp,
    /// Records below this offset were copied from an older log, which has their outputs; 0: none were.
    /// Beyond `next_offset`: the copy is not finished, and nothing may be scored.
    pub copied: i64,
    /// The snapshot that the log began with: the states at its beginning are those of the snapshot.
    /// `None`: it began with nothing.
    pub seed: Option<Uuid>,
}

impl TaskRecord {
    /// Of a task that has written nothing yet.
    pub fn new(partition: i32, partitions: i32, next_offset: i64) -> TaskRecord {
        let (transaction, time, copied, seed) = (0, Timestamp(0), 0, None);
        TaskRecord { partition, partitions, next_offset, transaction, time, copied, seed }
    }
}

/// An account that is the same company as another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    pub account: AccountKey,
    /// With both accounts it names the transfer.
    pub since: Timestamp,
    pub source: Text,
    pub reason: Option<Text>,
    pub by: Option<Text>,
}

/// A row of the last snapshot of a source, as the sources topic keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRow {
    /// The last snapshot that held it.
    pub snapshot_at: Timestamp,
    /// Without its folders.
    pub file: String,
    /// In that file, from 1.
    pub row: u64,
    /// As JSON; `None` where it is too large to be kept.
    pub content: Option<String>,
    /// The account of its first record.
    pub account: Option<AccountKey>,
    /// The account before, where a snapshot named another.
    pub former: Option<AccountKey>,
}

/// A record or row that could not be processed, with its bytes, where it came from and why it was
/// rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    pub origin: DeadLetterOrigin,
    /// Of a topic the record's time in the log, of a webhook when the request came, of a file the
    /// date of its snapshot or when it was imported.
    pub timestamp: Timestamp,
    pub reason: DeadLetterReason,
    /// One sentence for people that names the error and its place. Nothing is decided by its text.
    pub message: String,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    /// `None`: a record of our own schemas.
    pub feed: Option<Feed>,
}

/// The source of a row and the mapping that read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Feed {
    /// As the settings name it; of a file, the mapping's own name for its source.
    pub source: String,
    /// The mapping, by its file's name.
    pub mapping: String,
    /// A digest of the mapping's text, and of what it reads beside it.
    pub version: String,
}

/// A dead letter that is resolved: replayed or dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// The dead letter's partition and offset in the dead-letter topic.
    pub partition: i32,
    pub offset: i64,
    /// The dead letter's time in the log: offsets start again when a topic is created again.
    pub timestamp: Timestamp,
    pub kind: ResolutionKind,
    pub at: Timestamp,
    /// Records that were written in its place.
    pub records: i64,
    /// Of the mapping that read it for the replay.
    pub mapping_version: Option<String>,
    /// The person who asked for it.
    pub by: Option<String>,
    /// Why it was dropped.
    pub note: Option<String>,
}

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Display, EnumString, EnumIter, IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ResolutionKind {
    /// It was read again, and what it became was written.
    Replayed,
    /// A person decided not to process it.
    Dropped,
}

#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    schemars::JsonSchema,
    Display,
    EnumString,
    EnumIter,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DeadLetterReason {
    /// A tombstone where a record is required.
    Empty,
    /// Shorter than five bytes, or another first byte than 0.
    Framing,
    /// The schema id is not known to the registry, or to this build in local mode.
    UnknownSchema,
    /// The bytes do not follow the schema.
    Malformed,
    /// A record type that this topic does not take.
    UnexpectedType,
    /// The account key is missing, malformed, or another than the record's.
    Account,
    /// An invalid value: a date, an amount, a confidence.
    Value,
    /// An invalid profile.
    Profile,
    /// Larger than the limit.
    TooLarge,
    /// The account refused it, in the state that it was in.
    Refused,
    /// The mapping rejected the row.
    Mapping,
    /// The account of a suppression cannot be resolved: the suppression protects no account.
    UnresolvedSuppression,
    /// The record lies in another partition than its key's.
    Misplaced,
    /// A person left the record out of a copy of the log.
    LeftOut,
}
