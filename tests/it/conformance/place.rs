//! A place where the promises are tried: a store, and names in it that nobody else uses.

use std::time::{Duration, Instant};

use buymode::log::trace::Trace;
use buymode::log::{
    Cleanup, Compression, Log, LogError, Membership, Output, Position, RecordRef, SessionSpec,
    Stamp, Store, TopicSpec, Writer,
};

/// Longer than any of the stores needs; only a broken promise waits it out.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(100);

pub(crate) struct Place {
    pub store: Box<dyn Store>,
    /// Prefix of every name used here.
    pub name: String,
    /// Removed when the test ends.
    pub _folder: Option<tempfile::TempDir>,
}

/// A record, owned.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seen {
    pub partition: i32,
    pub offset: i64,
    pub timestamp_ms: i64,
    pub key: Option<String>,
    pub value: Option<String>,
    pub trace: Option<Trace>,
}

impl Place {
    pub(crate) fn name_of(&self, what: &str) -> String {
        format!("{}-{what}", self.name)
    }

    pub(crate) fn spec(&self, what: &str, partitions: i32) -> TopicSpec {
        TopicSpec {
            name: self.name_of(what),
            partitions,
            cleanup: Cleanup::Delete,
            retention_ms: None,
            stamp: Stamp::LogAppendTime,
            max_message_bytes: 1_000_000,
            compression: Some(Compression::Producer),
            replication: Default::default(),
        }
    }

    pub(crate) fn create(&self, spec: TopicSpec) -> String {
        let name = spec.name.clone();
        assert_eq!(self.store.create_topics(&[spec]).unwrap(), [&*name]);
        name
    }

    /// A live topic.
    pub(crate) fn topic(&self, what: &str, partitions: i32) -> String {
        self.create(self.spec(what, partitions))
    }

    pub(crate) fn writer(&self, what: &str) -> Box<dyn Writer> {
        self.store.writer(&self.name_of(what)).unwrap()
    }

    pub(crate) fn session(&self, group: &str, id: &str, topics: &[&str]) -> Box<dyn Log> {
        self.store.session(&self.session_spec(group, id, topics)).unwrap()
    }

    pub(crate) fn session_spec(&self, group: &str, id: &str, topics: &[&str]) -> SessionSpec {
        SessionSpec {
            group: self.name_of(group),
            transactional_id: self.name_of(id),
            topics: topics.iter().map(|t| (*t).to_owned()).collect(),
        }
    }

    /// A session that has its partitions and reads each from `next_offset`.
    pub(crate) fn worker(
        &self,
        group: &str,
        id: &str,
        topics: &[&str],
        next_offset: i64,
    ) -> Box<dyn Log> {
        let mut session = self.session(group, id, topics);
        let positions = await_assignment(&mut *session, next_offset);
        session.seek(&positions).unwrap();
        session
    }

    /// Commits one transaction of values to partition 0, without keys.
    pub(crate) fn commit_values(&self, topic: &str, values: &[&str]) {
        let mut writer = self.writer("values");
        writer.begin().unwrap();
        for value in values {
            writer.send(&to(topic, 0, value)).unwrap();
        }
        writer.commit(&[]).unwrap();
    }

    /// What a read_committed reader finds in a partition once no transaction is open there: a
    /// commit may return a moment before readers see it.
    pub(crate) fn read(&self, topic: &str, partition: i32) -> Vec<Seen> {
        let mut reader = self.store.reader().unwrap();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let marks = reader.watermarks(topic, partition).unwrap();
            if marks.stable == marks.high {
                return self.read_now(topic, partition);
            }
            assert!(Instant::now() < deadline, "a transaction stays open in {topic}: {marks:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// What a read_committed reader finds in a partition at this moment.
    pub(crate) fn read_now(&self, topic: &str, partition: i32) -> Vec<Seen> {
        let mut reader = self.store.reader().unwrap();
        let marks = reader.watermarks(topic, partition).unwrap();
        let mut seen = Vec::new();
        let mut next = marks.low;
        let deadline = Instant::now() + PATIENCE;
        while next < marks.stable {
            assert!(Instant::now() < deadline, "stuck at {next} of {marks:?} of {topic}");
            let mut visit = |record: RecordRef<'_>| seen.push(seen_of(&record));
            let read = reader.read(topic, partition, next, marks.stable, POLL, &mut visit);
            next = read.unwrap();
        }
        seen
    }

    pub(crate) fn values(&self, topic: &str, partition: i32) -> Vec<String> {
        values_of(&self.read(topic, partition))
    }
}

pub(crate) fn seen_of(record: &RecordRef<'_>) -> Seen {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Seen {
        partition: record.partition,
        offset: record.offset,
        timestamp_ms: record.timestamp_ms,
        trace: record.trace,
        key: record.key.map(text),
        value: record.value.map(text),
    }
}

pub(crate) fn values_of(seen: &[Seen]) -> Vec<String> {
    seen.iter().map(|record| record.value.clone().unwrap_or_else(|| "tombstone".into())).collect()
}

/// A record for a partition.
pub(crate) fn to<'a>(topic: &'a str, partition: i32, value: &'a str) -> Output<'a> {
    Output { topic, partition: Some(partition), value: Some(value.as_bytes()), ..Output::default() }
}

/// A record whose key chooses the partition.
pub(crate) fn keyed<'a>(topic: &'a str, key: &'a str, value: Option<&'a str>) -> Output<'a> {
    Output {
        topic,
        key: Some(key.as_bytes()),
        value: value.map(str::as_bytes),
        ..Output::default()
    }
}

/// Polls until the first partitions come; a position at `next_offset` for each.
pub(crate) fn await_assignment(session: &mut dyn Log, next_offset: i64) -> Vec<Position> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let polled = session.poll(POLL, 100, &mut |record| {
            panic!("{record:?} was delivered before anybody said where to begin");
        });
        match polled.unwrap() {
            Membership::Assigned(partitions) => {
                let begin = |tp: buymode::log::TopicPartition| Position {
                    topic: tp.topic,
                    partition: tp.partition,
                    next_offset,
                };
                return partitions.into_iter().map(begin).collect();
            }
            other => assert!(Instant::now() < deadline, "no partitions came, only {other:?}"),
        }
    }
}

/// Polls until `count` records have come.
pub(crate) fn poll_records(session: &mut dyn Log, count: usize) -> Vec<Seen> {
    let deadline = Instant::now() + PATIENCE;
    let mut seen = Vec::new();
    while seen.len() < count {
        let left = count - seen.len();
        let polled = session.poll(POLL, left, &mut |record| seen.push(seen_of(&record)));
        assert_eq!(polled.unwrap(), Membership::Steady);
        assert!(Instant::now() < deadline, "only {} of {count} records came", seen.len());
    }
    seen
}

/// One transaction: a record and the position of partition 0.
pub(crate) fn commit_one(
    session: &mut dyn Log,
    output: &Output<'_>,
    input: &str,
    next_offset: i64,
) -> Result<(), LogError> {
    session.begin()?;
    session.send(output)?;
    let position = Position { topic: input.to_owned(), partition: 0, next_offset };
    session.commit(&[position])
}

/// The group's position, once it is known.
pub(crate) fn committed(session: &mut dyn Log, topic: &str, partition: i32) -> Option<i64> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match session.committed(topic, partition) {
            Err(LogError::NotYet(why)) => assert!(Instant::now() < deadline, "{why}"),
            told => return told.unwrap(),
        }
    }
}
