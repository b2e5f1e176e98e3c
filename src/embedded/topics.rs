//! Topics: made once, and not changed but for the stamp of a copy.

use heed::RoTxn;
use serde::{Deserialize, Serialize};

use super::environment::Environment;
use super::layout::{self, PartitionState, TopicId};
use crate::log::{Cleanup, LogError, Replication, Stamp, TopicSpec};

/// A topic with the number that stands for its name in keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Topic {
    pub id: TopicId,
    pub spec: TopicSpec,
}

#[derive(Serialize, Deserialize)]
struct StoredTopic {
    id: TopicId,
    partitions: i32,
    compact: bool,
    retention_ms: Option<i64>,
    log_append_time: bool,
    max_message_bytes: i32,
}

impl Topic {
    fn to_stored(&self) -> StoredTopic {
        StoredTopic {
            id: self.id,
            partitions: self.spec.partitions,
            compact: self.spec.cleanup == Cleanup::Compact,
            retention_ms: self.spec.retention_ms,
            log_append_time: self.spec.stamp == Stamp::LogAppendTime,
            max_message_bytes: self.spec.max_message_bytes,
        }
    }

    fn from_stored(name: &str, stored: StoredTopic) -> Topic {
        let cleanup = if stored.compact { Cleanup::Compact } else { Cleanup::Delete };
        let stamp = if stored.log_append_time { Stamp::LogAppendTime } else { Stamp::CreateTime };
        Topic {
            id: stored.id,
            spec: TopicSpec {
                name: name.to_owned(),
                partitions: stored.partitions,
                cleanup,
                retention_ms: stored.retention_ms,
                stamp,
                max_message_bytes: stored.max_message_bytes,
                compression: None,
                replication: Replication::default(),
            },
        }
    }

    pub(super) fn check_partition(&self, partition: i32) -> Result<(), LogError> {
        if (0..self.spec.partitions).contains(&partition) {
            return Ok(());
        }
        Err(LogError::Fatal(format!(
            "topic {} has no partition {partition}: it has {}, counted from 0",
            self.spec.name, self.spec.partitions
        )))
    }
}

impl Environment {
    /// Makes the topics that are missing and returns their names.
    pub(super) fn create_topics(&self, specs: &[TopicSpec]) -> Result<Vec<String>, LogError> {
        specs.iter().try_for_each(check_spec)?;
        self.write(|txn| {
            let mut id = self.tables.topics.len(txn).map_err(|e| self.fail(e))?;
            let mut created = Vec::new();
            for spec in specs {
                if self.find_topic(txn, &spec.name)?.is_some() {
                    continue;
                }
                // Topics are never deleted, so their number is the next free id.
                let next_id = TopicId::try_from(id).map_err(|_| self.damaged("topic ids"))?;
                let topic = Topic { id: next_id, spec: spec.clone() };
                let bytes = serde_json::to_vec(&topic.to_stored())
                    .map_err(|e| self.damaged(&format!("topic {}: {e}", spec.name)))?;
                self.tables
                    .topics
                    .put(txn, spec.name.as_bytes(), &bytes)
                    .map_err(|e| self.fail(e))?;
                created.push(spec.name.clone());
                id += 1;
            }
            Ok(created)
        })
    }

    /// Only a copy does this, before anybody else uses the topic: a writer remembers what it is like.
    pub(super) fn set_stamp(&self, name: &str, stamp: Stamp) -> Result<(), LogError> {
        self.write(|txn| {
            let mut topic = self.topic(txn, name)?;
            topic.spec.stamp = stamp;
            let bytes = serde_json::to_vec(&topic.to_stored())
                .map_err(|e| self.damaged(&format!("topic {name}: {e}")))?;
            self.tables.topics.put(txn, name.as_bytes(), &bytes).map_err(|e| self.fail(e))
        })
    }

    pub(super) fn find_topic(
        &self,
        txn: &RoTxn<'_>,
        name: &str,
    ) -> Result<Option<Topic>, LogError> {
        // The environment takes no empty key.
        if name.is_empty() || name.len() > MAX_NAME_BYTES {
            return Ok(None);
        }
        let found = self.tables.topics.get(txn, name.as_bytes()).map_err(|e| self.fail(e))?;
        found.map(|bytes| self.decode_topic(name, bytes)).transpose()
    }

    /// [`Environment::find_topic`] for one that has to be there.
    pub(super) fn topic(&self, txn: &RoTxn<'_>, name: &str) -> Result<Topic, LogError> {
        self.find_topic(txn, name)?.ok_or_else(|| {
            LogError::Fatal(format!(
                "topic {name} does not exist in {}: create it with `buymode topics create`",
                self.folder().display()
            ))
        })
    }

    /// Every topic, by name.
    pub(super) fn topics(&self, txn: &RoTxn<'_>) -> Result<Vec<Topic>, LogError> {
        let entries = self.tables.topics.iter(txn).map_err(|e| self.fail(e))?;
        entries
            .map(|entry| {
                let (name, bytes) = entry.map_err(|e| self.fail(e))?;
                let name = std::str::from_utf8(name).map_err(|_| self.damaged("a topic's name"))?;
                self.decode_topic(name, bytes)
            })
            .collect()
    }

    fn decode_topic(&self, name: &str, bytes: &[u8]) -> Result<Topic, LogError> {
        let stored = serde_json::from_slice(bytes)
            .map_err(|e| self.damaged(&format!("topic {name}: {e}")))?;
        Ok(Topic::from_stored(name, stored))
    }

    pub(super) fn partition_state(
        &self,
        txn: &RoTxn<'_>,
        topic: TopicId,
        partition: i32,
    ) -> Result<PartitionState, LogError> {
        let key = layout::partition_key(topic, partition);
        match self.tables.partitions.get(txn, &key).map_err(|e| self.fail(e))? {
            None => Ok(PartitionState::default()),
            Some(bytes) => {
                PartitionState::decode(bytes).ok_or_else(|| self.damaged("a partition's state"))
            }
        }
    }
}

/// A reader neither skips records silently that retention has deleted, nor waits at an offset of
/// another log.
pub(super) fn check_in_log(
    topic: &Topic,
    partition: i32,
    next: i64,
    state: PartitionState,
) -> Result<(), LogError> {
    if (state.low..=state.next).contains(&next) {
        return Ok(());
    }
    Err(LogError::Fatal(format!(
        "position {next} of partition {partition} of topic {} is outside of the log, which holds \
         {low} up to {}: raise the topic's retention; to go on without what is gone, begin at {low}",
        topic.spec.name,
        state.next,
        low = state.low
    )))
}

/// Kafka's limit.
const MAX_NAME_BYTES: usize = 249;

fn check_spec(spec: &TopicSpec) -> Result<(), LogError> {
    let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let name = &spec.name;
    if name.is_empty() || name.len() > MAX_NAME_BYTES || !name.chars().all(is_legal) {
        return Err(LogError::Fatal(format!(
            "{name:?} cannot name a topic: use 1 to {MAX_NAME_BYTES} letters, digits, dots, dashes \
             and underscores"
        )));
    }
    if spec.partitions < 1 || spec.max_message_bytes < 1 {
        return Err(LogError::Fatal(format!(
            "topic {name} needs at least one partition and one byte a record (it has {} and {})",
            spec.partitions, spec.max_message_bytes
        )));
    }
    Ok(())
}
