//! The log as buymode sees it: topics of partitions of records, read in order, written in
//! transactions. Three implementations keep this contract (Kafka, the embedded store, and the
//! simulated one in the tests); one conformance suite in `tests/` holds them to it.
//!
//! A worker's session is driven by one thread. A rebalance needs no draining: the caller forgets
//! what it staged for a revoked partition, and aborts the transaction if one is open.

pub mod calls;
pub mod clock;
#[cfg(test)]
pub(crate) mod fake;
pub mod holder;
pub mod notice;
pub mod partitioner;
pub mod pattern;
pub mod ranges;
pub mod scan;
pub mod trace;
pub mod transact;

use holder::Holder;
use std::time::Duration;
use trace::Trace;

/// A record of the log, borrowed from the client's buffers for the time of a visit.
#[derive(Clone, Copy, Debug)]
pub struct RecordRef<'a> {
    pub topic: &'a str,
    pub partition: i32,
    pub offset: i64,
    /// Milliseconds since 1970-01-01 UTC: the broker's clock on a live topic, the writer's on a
    /// history topic.
    pub timestamp_ms: i64,
    pub key: Option<&'a [u8]>,
    /// `None` is a tombstone.
    pub value: Option<&'a [u8]>,
    /// By its header; nothing is decided by it.
    pub trace: Option<Trace>,
}

/// A record to write.
#[derive(Clone, Copy, Debug, Default)]
pub struct Output<'a> {
    pub topic: &'a str,
    /// `None`: chosen by the key, with Kafka's murmur2 partitioner, on every implementation.
    pub partition: Option<i32>,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    /// Used on topics with `CreateTime`; a topic with `LogAppendTime` stamps its own. `None`: now.
    /// Never below 1: librdkafka takes 0 for "now".
    pub timestamp_ms: Option<i64>,
    pub headers: &'a [(&'a str, &'a str)],
    /// Written as a header of its own.
    pub trace: Option<Trace>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TopicPartition {
    pub topic: String,
    pub partition: i32,
}

/// A position in a partition: the offset of the next record to read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub topic: String,
    pub partition: i32,
    pub next_offset: i64,
}

/// What a poll reports besides records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Membership {
    /// Nothing changed; only records were visited.
    Steady,
    /// These partitions are assigned to us. None of their records is delivered until [`Log::seek`]
    /// sets their positions.
    Assigned(Vec<TopicPartition>),
    /// These are no longer ours: forget what is staged for them. No record of them is delivered
    /// after this, and a commit that names them fails.
    Revoked(Vec<TopicPartition>),
}

/// A topic of a session that cannot be read at present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absent {
    pub topic: String,
    /// It does not exist, or may not be read.
    pub why: String,
}

/// How far a restore has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestoreProgress {
    /// The reader's position; offsets, not records: a compacted topic has holes.
    pub position: i64,
    pub start: i64,
    /// The end of the partition, taken at read_uncommitted when the restore began.
    pub end: i64,
    pub done: bool,
}

/// Offsets of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watermarks {
    /// The first offset that retention has left.
    pub low: i64,
    /// The last stable offset: what a read_committed reader may reach, exclusive.
    pub stable: i64,
    /// The end of the log, open transactions included, exclusive.
    pub high: i64,
}

/// Why a call on the log failed, sorted by what the caller must do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// Abort the transaction, seek back to the last commit, go on. Nothing was published.
    #[error("{0}")]
    Abort(String),
    /// Drop the session and open it again: its producer died, or whether the last transaction
    /// committed is not known. The task records say how far the log got.
    #[error("{0}")]
    Reopen(String),
    /// Another instance opened the same transactional id (or took over the group) since. Nothing
    /// that was sent after that is published. Opening it again fences the other in turn.
    #[error("{0}")]
    Fenced(String),
    /// Stop with this cause; a retry does not help until an operator changes something.
    #[error("{0}")]
    Fatal(String),
    /// The answer is not known yet: ask again in a moment, and do other work meanwhile. Only
    /// [`Log::committed`] returns it.
    #[error("{0}")]
    NotYet(String),
}

impl LogError {
    /// The cause, without what the caller must do.
    pub fn message(&self) -> &str {
        match self {
            LogError::Abort(m)
            | LogError::Reopen(m)
            | LogError::Fenced(m)
            | LogError::Fatal(m)
            | LogError::NotYet(m) => m,
        }
    }
}

/// Writes in transactions. Every record between `begin` and `commit` becomes visible to
/// read_committed readers at once, or none of them does.
pub trait Writer: Send {
    fn begin(&mut self) -> Result<(), LogError>;

    /// Sends a record. Its error may be returned here or by the commit.
    fn send(&mut self, output: &Output<'_>) -> Result<(), LogError>;

    /// Publishes the transaction. A writer outside a consumer group passes no positions; a session
    /// passes one for **every** partition its transaction touches, even where it is unchanged,
    /// since that is what fences a zombie.
    fn commit(&mut self, positions: &[Position]) -> Result<(), LogError>;

    /// Aborts the transaction; does nothing when none is open.
    fn abort(&mut self) -> Result<(), LogError>;

    /// To be called now and then while nothing is written, so that a connection does not outlive its
    /// login.
    fn tend(&mut self) {}
}

/// A worker's session: a group member that reads its topics and writes its results together with
/// the positions it read up to. Opening a second session with the same transactional id fences
/// the first. Dropping a session aborts what is open and leaves the group.
pub trait Log: Writer {
    /// Waits up to `wait` for the first record, then takes what is there without waiting, at most
    /// `max_records`, in order within each partition. Either membership changed and no record was
    /// visited, or records (perhaps none) were visited and membership is `Steady`.
    fn poll(
        &mut self,
        wait: Duration,
        max_records: usize,
        visit: &mut dyn FnMut(RecordRef<'_>),
    ) -> Result<Membership, LogError>;

    /// Reads from these positions on: for a new assignment, and after an abort.
    fn seek(&mut self, positions: &[Position]) -> Result<(), LogError>;

    /// The group's committed position of an assigned partition; stable, that is after every
    /// transaction that could still change it has ended. `None`: never committed, or expired. Waits
    /// about a second at most for it to become so, and is then [`LogError::NotYet`].
    fn committed(&mut self, topic: &str, partition: i32) -> Result<Option<i64>, LogError>;

    /// Offsets of any partition.
    fn watermarks(&mut self, topic: &str, partition: i32) -> Result<Watermarks, LogError>;

    /// Topics that a patient session waits for.
    fn absent(&self) -> Vec<Absent> {
        Vec::new()
    }

    /// Reads a partition of another topic from its start, at read_committed, until the position
    /// reaches the end seen at the first call. Returns after about `budget` so that the caller
    /// can poll in between; call again until `done`. `restart` starts over with the present end.
    fn restore(
        &mut self,
        topic: &str,
        partition: i32,
        restart: bool,
        budget: Duration,
        visit: &mut dyn FnMut(RecordRef<'_>),
    ) -> Result<RestoreProgress, LogError>;

    /// Whether the group counts this session among its members now.
    fn is_member(&self) -> bool {
        true
    }
}

/// Reads without being a member of any group, at read_committed.
pub trait Reader: Send {
    fn watermarks(&mut self, topic: &str, partition: i32) -> Result<Watermarks, LogError>;

    /// Visits the records with `from <= offset < to` of a partition in order, for at most
    /// `budget`, and returns the offset to go on from: `to` or more once all is read.
    fn read(
        &mut self,
        topic: &str,
        partition: i32,
        from: i64,
        to: i64,
        budget: Duration,
        visit: &mut dyn FnMut(RecordRef<'_>),
    ) -> Result<i64, LogError>;

    /// Whether the place where `topic` lies answers now; says so within about two seconds.
    fn answers(&mut self, _topic: &str) -> Result<(), LogError> {
        Ok(())
    }

    /// How long reads may bring nothing before a [`scan`] fails.
    fn stall_max(&self) -> Duration {
        scan::STALL_MAX
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleanup {
    Compact,
    Delete,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// The broker stamps records: the clock of a live topic.
    LogAppendTime,
    /// The writer stamps records: the clock of a history topic.
    CreateTime,
}

/// A topic as it should be, or as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSpec {
    pub name: String,
    pub partitions: i32,
    pub cleanup: Cleanup,
    /// `None`: kept without limit (`retention.ms=-1`).
    pub retention_ms: Option<i64>,
    pub stamp: Stamp,
    /// The largest record the topic takes, in bytes (`max.message.bytes`).
    pub max_message_bytes: i32,
    /// `None`: where nothing is compressed, as in a folder.
    pub compression: Option<Compression>,
    pub replication: Replication,
}

/// On how many brokers a topic's records lie. `None`: as the brokers' administrator chose, or, of a
/// topic that was found, where there are no brokers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replication {
    /// Replicas of each partition; of a topic that was found, of the partition that has the fewest.
    pub factor: Option<i32>,
    /// Replicas that must have a record before it counts as written (`min.insync.replicas`).
    pub min_insync: Option<i32>,
}

/// How readers find a topic's records compressed (`compression.type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display, strum::EnumString)]
#[strum(serialize_all = "lowercase")]
pub enum Compression {
    /// As the producer sent them.
    Producer,
    Uncompressed,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}

/// What a worker's session is opened with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSpec {
    /// Consumer group id.
    pub group: String,
    /// Must be stable over restarts of one worker and differ between workers that live at the
    /// same time; opening it again fences the predecessor.
    pub transactional_id: String,
    /// Names, or [patterns](pattern).
    pub topics: Vec<String>,
}

/// Work that this process alone does at a place, until the value is dropped or the process ends.
pub struct Claim(#[allow(dead_code, reason = "kept for its drop")] Box<dyn Send>);

impl Claim {
    pub fn new(held: impl Send + 'static) -> Claim {
        Claim(Box::new(held))
    }
}

/// A place where topics live: a Kafka cluster or a folder. Opening anything on it fails within
/// ten seconds, with a cause, when it cannot be reached or rejects this client.
pub trait Store: Send + Sync {
    fn session(&self, spec: &SessionSpec) -> Result<Box<dyn Log>, LogError>;

    /// A session that waits for topics that do not exist or may not be read, and reads the others
    /// meanwhile. A log whose topics stay as they are need not know it.
    fn patient_session(&self, spec: &SessionSpec) -> Result<Box<dyn Log>, LogError> {
        self.session(spec)
    }

    /// A writer outside any consumer group. The id is fenced like a session's.
    fn writer(&self, transactional_id: &str) -> Result<Box<dyn Writer>, LogError>;

    fn reader(&self) -> Result<Box<dyn Reader>, LogError>;

    /// Creates what is missing; leaves existing topics as they are.
    fn create_topics(&self, specs: &[TopicSpec]) -> Result<Vec<String>, LogError>;

    /// Deletes topics with all their records; one that is not there counts as deleted.
    fn delete_topics(&self, _names: &[String]) -> Result<(), LogError> {
        Err(LogError::Fatal("topics cannot be deleted in this log".to_owned()))
    }

    /// `None` for a topic that does not exist.
    fn describe_topics(&self, names: &[String]) -> Result<Vec<Option<TopicSpec>>, LogError>;

    /// Who stamps the records of a topic from now on.
    fn set_stamp(&self, topic: &TopicSpec, _stamp: Stamp) -> Result<(), LogError> {
        Err(LogError::Fatal(format!("topic {} cannot be changed in this log", topic.name)))
    }

    /// How many members a consumer group has at the moment, as far as the log knows.
    fn members(&self, _group: &str) -> Result<usize, LogError> {
        Ok(0)
    }

    /// The committed position of a consumer group in each of these partitions, in their order; `None`: never
    /// committed, or expired. One that may still change is [`LogError::NotYet`].
    fn positions(
        &self,
        group: &str,
        _partitions: &[TopicPartition],
    ) -> Result<Vec<Option<i64>>, LogError> {
        Err(LogError::Fatal(format!("the positions of group {group} cannot be seen in this log")))
    }

    /// Every consumer group that this client may see, sorted; none where the log has no groups of others.
    fn groups(&self) -> Result<Vec<String>, LogError> {
        Ok(Vec::new())
    }

    /// Every topic's name, sorted.
    fn topic_names(&self) -> Result<Vec<String>, LogError>;

    /// Claims work that one process alone may do here: refused, naming the process that does it, while
    /// that one lives. `doing`: what to say of this process. On Kafka the group shares out the work.
    fn claim(&self, _name: &str, _doing: &str) -> Result<Claim, LogError> {
        Ok(Claim::new(()))
    }

    /// Its address to show to people: the bootstrap servers, or the folder.
    fn location(&self) -> String;

    /// The other process that was last seen under this session's transactional id, if that can be
    /// found out within some ten seconds. For a writer's id the group and the topics are empty.
    fn holder(&self, _spec: &SessionSpec) -> Option<Holder> {
        None
    }
}
