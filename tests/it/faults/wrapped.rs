//! A store around a real one that fails, or waits, at chosen calls of its sessions.

use std::sync::Arc;
use std::time::Duration;

use buymode::log::{
    Log, LogError, Membership, Output, Position, Reader, RecordRef, RestoreProgress, SessionSpec,
    Store, TopicPartition, TopicSpec, Watermarks, Writer,
};

/// A call of a session, in the order of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    Open,
    Restore,
    /// An error here keeps a restore from ending: it is told that there is more to come.
    Restored,
    Committed,
    Marks,
    Seek,
    Poll,
    /// An error here takes a partition away for the time of a poll.
    Rebalance,
    Begin,
    Send,
    /// Before the commit: nothing of it happens.
    Commit,
    /// After it has succeeded: the answer is lost.
    Answer,
    Abort,
}

/// Asked before each call (after it, for [`Step::Answer`]); an error is returned in its stead.
pub(crate) type Meddle = dyn Fn(Step) -> Result<(), LogError> + Send + Sync;

pub(crate) struct Wrapped {
    pub inner: Arc<dyn Store>,
    pub meddle: Arc<Meddle>,
}

struct Session {
    inner: Box<dyn Log>,
    meddle: Arc<Meddle>,
    /// One of ours, and whether it was taken away.
    given: Option<TopicPartition>,
    taken: bool,
}

impl Store for Wrapped {
    fn session(&self, spec: &SessionSpec) -> Result<Box<dyn Log>, LogError> {
        (self.meddle)(Step::Open)?;
        let (inner, meddle) = (self.inner.session(spec)?, self.meddle.clone());
        Ok(Box::new(Session { inner, meddle, given: None, taken: false }))
    }

    fn writer(&self, transactional_id: &str) -> Result<Box<dyn Writer>, LogError> {
        self.inner.writer(transactional_id)
    }

    fn reader(&self) -> Result<Box<dyn Reader>, LogError> {
        self.inner.reader()
    }

    fn create_topics(&self, specs: &[TopicSpec]) -> Result<Vec<String>, LogError> {
        self.inner.create_topics(specs)
    }

    fn describe_topics(&self, names: &[String]) -> Result<Vec<Option<TopicSpec>>, LogError> {
        self.inner.describe_topics(names)
    }

    fn topic_names(&self) -> Result<Vec<String>, LogError> {
        self.inner.topic_names()
    }

    fn location(&self) -> String {
        self.inner.location()
    }
}

impl Writer for Session {
    fn begin(&mut self) -> Result<(), LogError> {
        (self.meddle)(Step::Begin)?;
        self.inner.begin()
    }

    fn send(&mut self, output: &Output<'_>) -> Result<(), LogError> {
        (self.meddle)(Step::Send)?;
        self.inner.send(output)
    }

    fn commit(&mut self, positions: &[Position]) -> Result<(), LogError> {
        (self.meddle)(Step::Commit)?;
        self.inner.commit(positions)?;
        (self.meddle)(Step::Answer)
    }

    fn abort(&mut self) -> Result<(), LogError> {
        (self.meddle)(Step::Abort)?;
        self.inner.abort()
    }
}

impl Log for Session {
    fn poll(
        &mut self,
        wait: Duration,
        max_records: usize,
        visit: &mut dyn FnMut(RecordRef<'_>),
    ) -> Result<Membership, LogError> {
        (self.meddle)(Step::Poll)?;
        if let Some(given) = &self.given {
            if std::mem::take(&mut self.taken) {
                return Ok(Membership::Assigned(vec![given.clone()]));
            }
            if (self.meddle)(Step::Rebalance).is_err() {
                self.taken = true;
                return Ok(Membership::Revoked(vec![given.clone()]));
            }
        }
        let membership = self.inner.poll(wait, max_records, visit)?;
        if let Membership::Assigned(partitions) = &membership {
            self.given = partitions.first().cloned();
        }
        Ok(membership)
    }

    fn seek(&mut self, positions: &[Position]) -> Result<(), LogError> {
        (self.meddle)(Step::Seek)?;
        self.inner.seek(positions)
    }

    fn committed(&mut self, topic: &str, partition: i32) -> Result<Option<i64>, LogError> {
        (self.meddle)(Step::Committed)?;
        self.inner.committed(topic, partition)
    }

    fn watermarks(&mut self, topic: &str, partition: i32) -> Result<Watermarks, LogError> {
        (self.meddle)(Step::Marks)?;
        self.inner.watermarks(topic, partition)
    }

    fn restore(
        &mut self,
        topic: &str,
        partition: i32,
        restart: bool,
        budget: Duration,
        visit: &mut dyn FnMut(RecordRef<'_>),
    ) -> Result<RestoreProgress, LogError> {
        (self.meddle)(Step::Restore)?;
        let progress = self.inner.restore(topic, partition, restart, budget, visit)?;
        let held = progress.done && (self.meddle)(Step::Restored).is_err();
        Ok(RestoreProgress { done: progress.done && !held, ..progress })
    }
}
