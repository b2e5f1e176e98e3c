//! A Kafka cluster as a place where topics live.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::config::KafkaConfig;
use super::groups;
use super::holder;
use super::offsets::SILENT_MAX;
use super::positions;
use super::reader::KafkaReader;
use super::session::Session;
use super::topics::Topics;
use super::transactions::Transactions;
use super::waits::ANSWER;
use crate::log::holder::Holder;
use crate::log::notice;
use crate::log::{
    Log, LogError, Reader, SessionSpec, Stamp, Store, TopicPartition, TopicSpec, Writer,
};

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

const PAUSE: Duration = Duration::from_millis(500);

impl KafkaStore {
    /// Tries again while a cluster that answers chooses leaders and coordinators; says once that it waits, if that
    /// takes more than a moment.
    fn patiently<T>(&self, attempt: impl Fn() -> Result<T, LogError>) -> Result<T, LogError> {
        let began = Instant::now();
        let mut said = false;
        loop {
            let why = match attempt() {
                Err(LogError::Reopen(why) | LogError::NotYet(why)) => why,
                other => return other,
            };
            if began.elapsed() >= ANSWER {
                return Err(LogError::Fatal(format!("{why}, for {} s", ANSWER.as_secs())));
            }
            if began.elapsed() > SILENT_MAX && !std::mem::replace(&mut said, true) {
                let most = ANSWER.as_secs();
                notice::say(&format!(
                    "the cluster is not ready yet; waiting for up to {most} s: {why}"
                ));
            }
            std::thread::sleep(PAUSE);
        }
    }
}

impl Store for KafkaStore {
    fn session(&self, spec: &SessionSpec) -> Result<Box<dyn Log>, LogError> {
        // Its supervisor tries again, and can be stopped meanwhile.
        Ok(Box::new(Session::open(Arc::clone(&self.config), spec)?))
    }

    fn patient_session(&self, spec: &SessionSpec) -> Result<Box<dyn Log>, LogError> {
        Ok(Box::new(Session::open_patiently(Arc::clone(&self.config), spec)?))
    }

    fn writer(&self, transactional_id: &str) -> Result<Box<dyn Writer>, LogError> {
        let open = || Transactions::open_alone(&self.config, transactional_id, self.now_ms);
        Ok(Box::new(self.patiently(open)?))
    }

    fn reader(&self) -> Result<Box<dyn Reader>, LogError> {
        Ok(Box::new(KafkaReader::open(Arc::clone(&self.config))?))
    }

    fn create_topics(&self, specs: &[TopicSpec]) -> Result<Vec<String>, LogError> {
        self.patiently(|| Topics::open(&self.config)?.create(specs))
    }

    fn describe_topics(&self, names: &[String]) -> Result<Vec<Option<TopicSpec>>, LogError> {
        self.patiently(|| Topics::open(&self.config)?.describe(names))
    }

    fn delete_topics(&self, names: &[String]) -> Result<(), LogError> {
        self.patiently(|| Topics::open(&self.config)?.delete(names))
    }

    fn set_stamp(&self, topic: &TopicSpec, stamp: Stamp) -> Result<(), LogError> {
        self.patiently(|| Topics::open(&self.config)?.set_stamp(topic, stamp))
    }

    fn members(&self, group: &str) -> Result<usize, LogError> {
        self.patiently(|| Topics::open(&self.config)?.members(group))
    }

    fn positions(
        &self,
        group: &str,
        partitions: &[TopicPartition],
    ) -> Result<Vec<Option<i64>>, LogError> {
        positions::of(&self.config, group, partitions)
    }

    fn groups(&self) -> Result<Vec<String>, LogError> {
        groups::all(&self.config)
    }

    fn topic_names(&self) -> Result<Vec<String>, LogError> {
        Topics::open(&self.config)?.names()
    }

    fn location(&self) -> String {
        self.config.bootstrap.clone()
    }

    fn holder(&self, spec: &SessionSpec) -> Option<Holder> {
        holder::find(&self.config, spec)
    }
}
