//! A Kafka cluster as a place where topics live.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::config::KafkaConfig;
use super::reader::KafkaReader;
use super::session::Session;
use super::topics::Topics;
use super::transactions::Transactions;
use crate::log::{Log, LogError, Reader, SessionSpec, Stamp, Store, TopicSpec, Writer};

/// Holds checked settings; each opening makes clients of its own.
#[derive(Clone, Debug)]
pub struct KafkaStore {
    config: Arc<KafkaConfig>,
    /// This machine's clock, in milliseconds since 1970.
    now_ms: fn() -> i64,
}

impl KafkaStore {
    /// Checks the settings; nothing is connected yet.
    pub fn new(config: KafkaConfig) -> Result<KafkaStore, LogError> {
        KafkaStore::with_clock(config, || {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        })
    }

    /// The same with a clock in place of this machine's, in milliseconds since 1970.
    pub fn with_clock(config: KafkaConfig, now_ms: fn() -> i64) -> Result<KafkaStore, LogError> {
        config.validate()?;
        Ok(KafkaStore { config: Arc::new(config), now_ms })
    }
}

impl Store for KafkaStore {
    fn session(&self, spec: &SessionSpec) -> Result<Box<dyn Log>, LogError> {
        Ok(Box::new(Session::open(Arc::clone(&self.config), spec)?))
    }

    fn writer(&self, transactional_id: &str) -> Result<Box<dyn Writer>, LogError> {
        Ok(Box::new(Transactions::open_alone(&self.config, transactional_id, self.now_ms)?))
    }

    fn reader(&self) -> Result<Box<dyn Reader>, LogError> {
        Ok(Box::new(KafkaReader::open(Arc::clone(&self.config))?))
    }

    fn create_topics(&self, specs: &[TopicSpec]) -> Result<Vec<String>, LogError> {
        Topics::open(&self.config)?.create(specs)
    }

    fn describe_topics(&self, names: &[String]) -> Result<Vec<Option<TopicSpec>>, LogError> {
        Topics::open(&self.config)?.describe(names)
    }

    fn set_stamp(&self, topic: &TopicSpec, stamp: Stamp) -> Result<(), LogError> {
        Topics::open(&self.config)?.set_stamp(topic, stamp)
    }

    fn members(&self, group: &str) -> Result<usize, LogError> {
        Topics::open(&self.config)?.members(group)
    }

    fn topic_names(&self) -> Result<Vec<String>, LogError> {
        Topics::open(&self.config)?.names()
    }

    fn location(&self) -> String {
        self.config.bootstrap.clone()
    }
}
