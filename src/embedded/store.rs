//! The folder as a [`Store`].

use std::path::PathBuf;
use std::sync::Arc;

use super::claim;
use super::environment::Environment;
use super::reader::EmbeddedReader;
use super::session::EmbeddedSession;
use super::writer::EmbeddedWriter;
use crate::log::holder::Holder;
use crate::log::{
    Claim, Log, LogError, Reader, SessionSpec, Stamp, Store, TopicPartition, TopicSpec, Writer,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddedOptions {
    /// Made if it does not exist. Must not lie on a network file system.
    pub folder: PathBuf,
    /// The size up to which the log may grow. Address space, not memory or disk: the file grows as
    /// it fills. Every process that uses the folder should use the same.
    pub map_size_bytes: usize,
    /// Stamp records even where this machine's clock is far from the log's last time.
    pub clock_is_right: bool,
}

impl EmbeddedOptions {
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        let map_size_bytes = if cfg!(target_pointer_width = "64") { 64 << 30 } else { 1 << 30 };
        EmbeddedOptions { folder: folder.into(), map_size_bytes, clock_is_right: false }
    }
}

/// Cheap to clone; closes the folder when the last clone, session, writer and reader is gone.
#[derive(Clone)]
pub struct EmbeddedStore {
    environment: Arc<Environment>,
}

impl EmbeddedStore {
    pub fn open(options: &EmbeddedOptions) -> Result<Self, LogError> {
        // A whole number of pages on every machine, and room for the tables themselves.
        let map_size = options.map_size_bytes.next_multiple_of(1 << 16).max(1 << 20);
        let environment = Environment::open(&options.folder, map_size)?;
        if options.clock_is_right {
            environment.trust_clock();
        }
        Ok(EmbeddedStore { environment })
    }
}

#[cfg(test)]
impl EmbeddedStore {
    pub(super) fn environment(&self) -> &Environment {
        &self.environment
    }
}

impl Store for EmbeddedStore {
    fn session(&self, spec: &SessionSpec) -> Result<Box<dyn Log>, LogError> {
        Ok(Box::new(EmbeddedSession::open(self.environment.clone(), spec, false)?))
    }

    fn patient_session(&self, spec: &SessionSpec) -> Result<Box<dyn Log>, LogError> {
        Ok(Box::new(EmbeddedSession::open(self.environment.clone(), spec, true)?))
    }

    fn writer(&self, transactional_id: &str) -> Result<Box<dyn Writer>, LogError> {
        let identity = self.environment.register(transactional_id, None)?;
        Ok(Box::new(EmbeddedWriter::new(self.environment.clone(), identity)))
    }

    fn reader(&self) -> Result<Box<dyn Reader>, LogError> {
        Ok(Box::new(EmbeddedReader { environment: self.environment.clone() }))
    }

    fn create_topics(&self, specs: &[TopicSpec]) -> Result<Vec<String>, LogError> {
        self.environment.create_topics(specs)
    }

    fn describe_topics(&self, names: &[String]) -> Result<Vec<Option<TopicSpec>>, LogError> {
        let txn = self.environment.read()?;
        let describe =
            |name: &String| Ok(self.environment.find_topic(&txn, name)?.map(|topic| topic.spec));
        names.iter().map(describe).collect()
    }

    fn set_stamp(&self, topic: &TopicSpec, stamp: Stamp) -> Result<(), LogError> {
        self.environment.set_stamp(&topic.name, stamp)
    }

    fn positions(
        &self,
        group: &str,
        partitions: &[TopicPartition],
    ) -> Result<Vec<Option<i64>>, LogError> {
        self.environment.positions(group, partitions)
    }

    fn topic_names(&self) -> Result<Vec<String>, LogError> {
        let topics = self.environment.topics(&*self.environment.read()?)?;
        Ok(topics.into_iter().map(|topic| topic.spec.name).collect())
    }

    fn claim(&self, name: &str, doing: &str) -> Result<Claim, LogError> {
        Ok(Claim::new(claim::take(self.environment.folder(), name, doing)?))
    }

    fn location(&self) -> String {
        self.environment.folder().display().to_string()
    }

    fn holder(&self, spec: &SessionSpec) -> Option<Holder> {
        self.environment.holder(&spec.transactional_id).ok().flatten()
    }
}
