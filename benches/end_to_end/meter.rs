//! A log that counts what goes through it, and keeps what a session wrote, so that the bare loop
//! can write the very same.

use buymode::log::{
    Log, LogError, Membership, Output, Position, Reader, RecordRef, RestoreProgress, SessionSpec,
    Store, TopicSpec, Watermarks, Writer,
};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What a session did.
#[derive(Default)]
pub(crate) struct Meter {
    /// Stop once so many records are consumed and committed.
    pub expected: u64,
    pub keep: bool,
    pub stop: AtomicBool,
    pub polled: AtomicU64,
    pub partitions: AtomicU64,
    pub inner: Mutex<Inner>,
}

#[derive(Default)]
pub(crate) struct Inner {
    restore_began: Option<Instant>,
    restored: Option<(Instant, u64)>,
    last_commit: Option<Instant>,
    transactions: u64,
    written: Written,
}

/// Records as they were sent.
#[derive(Clone, Default)]
pub(crate) struct Written {
    pub topics: Vec<String>,
    pub records: Vec<Sent>,
    pub bytes: Vec<u8>,
    pub by_topic: BTreeMap<String, (u64, u64)>,
}

#[derive(Clone)]
pub(crate) struct Sent {
    pub topic: usize,
    pub partition: Option<i32>,
    pub key: Range<usize>,
    pub value: Range<usize>,
    pub timestamp_ms: Option<i64>,
}

impl Written {
    fn add(&mut self, output: &Output<'_>, keep: bool) {
        let (key, value) = (output.key.unwrap_or_default(), output.value.unwrap_or_default());
        match self.by_topic.get_mut(output.topic) {
            Some((records, bytes)) => {
                *records += 1;
                *bytes += value.len() as u64;
            }
            None => {
                self.by_topic.insert(output.topic.to_owned(), (1, value.len() as u64));
                self.topics.push(output.topic.to_owned());
            }
        }
        if !keep {
            return;
        }
        let topic = self.topics.iter().position(|t| t == output.topic).unwrap_or_default();
        let start = self.bytes.len();
        self.bytes.extend_from_slice(key);
        let middle = self.bytes.len();
        self.bytes.extend_from_slice(value);
        self.records.push(Sent {
            topic,
            partition: output.partition,
            key: start..middle,
            value: middle..self.bytes.len(),
            timestamp_ms: output.timestamp_ms,
        });
    }
}

/// How long it took from the end of the restore to the last commit, over how many records.
pub(crate) struct Run {
    pub records: u64,
    pub took: Duration,
    pub restore: Duration,
    pub transactions: u64,
    pub written: Written,
}

impl Meter {
    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A partition is restored; the last one starts the clock.
    pub(crate) fn restored(&self) {
        let polled = self.polled.load(Ordering::Relaxed);
        self.inner().restored = Some((Instant::now(), polled));
        self.partitions.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn run(&self) -> anyhow::Result<Run> {
        let mut inner = self.inner();
        let missing = || anyhow::anyhow!("the session restored or committed nothing");
        let (began, before) = inner.restored.ok_or_else(missing)?;
        let ended = inner.last_commit.unwrap_or(began);
        let restore_began = inner.restore_began.unwrap_or(began);
        Ok(Run {
            records: self.polled.load(Ordering::Relaxed) - before,
            took: ended.saturating_duration_since(began),
            restore: began - restore_began,
            transactions: inner.transactions,
            written: std::mem::take(&mut inner.written),
        })
    }
}

pub(crate) struct Metered<'a> {
    pub store: &'a dyn Store,
    pub meter: Arc<Meter>,
}

impl Store for Metered<'_> {
    fn session(&self, spec: &SessionSpec) -> Result<Box<dyn Log>, LogError> {
        let log = self.store.session(spec)?;
        Ok(Box::new(MeteredLog { log, meter: self.meter.clone(), written: Written::default() }))
    }

    fn writer(&self, transactional_id: &str) -> Result<Box<dyn Writer>, LogError> {
        self.store.writer(transactional_id)
    }

    fn reader(&self) -> Result<Box<dyn Reader>, LogError> {
        self.store.reader()
    }

    fn create_topics(&self, specs: &[TopicSpec]) -> Result<Vec<String>, LogError> {
        self.store.create_topics(specs)
    }

    fn describe_topics(&self, names: &[String]) -> Result<Vec<Option<TopicSpec>>, LogError> {
        self.store.describe_topics(names)
    }

    fn topic_names(&self) -> Result<Vec<String>, LogError> {
        self.store.topic_names()
    }

    fn location(&self) -> String {
        self.store.location()
    }
}

struct MeteredLog {
    log: Box<dyn Log>,
    meter: Arc<Meter>,
    written: Written,
}

impl Drop for MeteredLog {
    fn drop(&mut self) {
        self.meter.inner().written = std::mem::take(&mut self.written);
    }
}

impl Writer for MeteredLog {
    fn begin(&mut self) -> Result<(), LogError> {
        self.log.begin()
    }

    fn send(&mut self, output: &Output<'_>) -> Result<(), LogError> {
        self.written.add(output, self.meter.keep);
        self.log.send(output)
    }

    fn commit(&mut self, positions: &[Position]) -> Result<(), LogError> {
        self.log.commit(positions)?;
        let mut inner = self.meter.inner();
        inner.last_commit = Some(Instant::now());
        inner.transactions += 1;
        if self.meter.polled.load(Ordering::Relaxed) >= self.meter.expected {
            self.meter.stop.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    fn abort(&mut self) -> Result<(), LogError> {
        self.log.abort()
    }
}

impl Log for MeteredLog {
    fn poll(
        &mut self,
        wait: Duration,
        max_records: usize,
        visit: &mut dyn FnMut(RecordRef<'_>),
    ) -> Result<Membership, LogError> {
        let mut polled = 0;
        let membership = self.log.poll(wait, max_records, &mut |record| {
            polled += 1;
            visit(record);
        });
        self.meter.polled.fetch_add(polled, Ordering::Relaxed);
        membership
    }

    fn seek(&mut self, positions: &[Position]) -> Result<(), LogError> {
        self.log.seek(positions)
    }

    fn committed(&mut self, topic: &str, partition: i32) -> Result<Option<i64>, LogError> {
        self.log.committed(topic, partition)
    }

    fn watermarks(&mut self, topic: &str, partition: i32) -> Result<Watermarks, LogError> {
        self.log.watermarks(topic, partition)
    }

    fn restore(
        &mut self,
        topic: &str,
        partition: i32,
        restart: bool,
        budget: Duration,
        visit: &mut dyn FnMut(RecordRef<'_>),
    ) -> Result<RestoreProgress, LogError> {
        self.meter.inner().restore_began.get_or_insert_with(Instant::now);
        self.log.restore(topic, partition, restart, budget, visit)
    }
}
