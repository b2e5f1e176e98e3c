//! The forwarding role: records of our schemas in the per-kind topics, keyed again by account,
//! into the inputs topic. Each partition of each topic is a task whose only state is its position.

use super::dead::{dead_letter, push_dead_letter};
use super::staged::{Destination, Staged};
use super::tally::{Ledger, Tally};
use super::topics::Topics;
use crate::codec::{Codec, DecodeFailure, Decoded, RegistryError};
use crate::domain::decision::Verdict;
use crate::domain::input::{Broadcast, RecordType};
use crate::domain::records::DeadLetterReason;
use crate::domain::time::Timestamp;
use crate::runtime::log::{LogError, Output, Position, RecordRef, TopicPartition, Watermarks};
use crate::runtime::role::{Role, Start, Stop};
use std::collections::BTreeMap;
use std::sync::Arc;

pub struct Forwarder {
    topics: Topics,
    inputs: Arc<str>,
    dead_letters: Arc<str>,
    codec: Codec,
    /// Partitions of the inputs topic: market news goes into every one of them.
    partitions: i32,
    ledger: Arc<dyn Ledger>,
    tasks: BTreeMap<TopicPartition, Task>,
    staged: Staged,
}

struct Task {
    next_offset: i64,
    committed: i64,
    tally: Tally,
}

impl Forwarder {
    pub fn new(
        topics: Topics,
        codec: Codec,
        partitions: i32,
        ledger: Arc<dyn Ledger>,
    ) -> Forwarder {
        Forwarder {
            inputs: topics.inputs.as_str().into(),
            dead_letters: topics.dead_letters.as_str().into(),
            topics,
            codec,
            partitions,
            ledger,
            tasks: BTreeMap::new(),
            staged: Staged::default(),
        }
    }

    fn forward(
        &mut self,
        record: &RecordRef<'_>,
    ) -> Result<(RecordType, Option<(DeadLetterReason, String)>), Stop> {
        let stamp = Some(record.timestamp_ms.max(1));
        match self.codec.decode_unkeyed(record.value) {
            Ok(Decoded::Account { account, input }) => {
                let found = input.record_type();
                if !self.allows(record.topic, found) {
                    return Ok((found, Some(misplaced(found, record.topic))));
                }
                let to = Destination {
                    topic: &self.inputs,
                    partition: None,
                    key: Some(account.as_str().as_bytes()),
                    timestamp_ms: stamp,
                };
                let (codec, topic) = (&mut self.codec, &self.inputs);
                self.staged
                    .push(to, |out| codec.encode_input(topic, &account, &input, out))
                    .map_err(stop)?;
                Ok((found, None))
            }
            Ok(Decoded::Partition(
                broadcast @ (Broadcast::Market(_) | Broadcast::MarketRetraction(_)),
            )) => {
                for partition in 0..self.partitions {
                    let to = Destination {
                        topic: &self.inputs,
                        partition: Some(partition),
                        key: None,
                        timestamp_ms: stamp,
                    };
                    let (codec, topic) = (&mut self.codec, &self.inputs);
                    self.staged
                        .push(to, |out| codec.encode_broadcast(topic, &broadcast, out))
                        .map_err(stop)?;
                }
                Ok((RecordType::News, None))
            }
            Ok(Decoded::Partition(Broadcast::Activation(_))) => {
                Ok((RecordType::Activation, Some(misplaced(RecordType::Activation, record.topic))))
            }
            Ok(Decoded::Tick(_)) => {
                Ok((RecordType::Tick, Some(misplaced(RecordType::Tick, record.topic))))
            }
            Err(DecodeFailure::Registry(error)) => Err(stop(error)),
            Err(DecodeFailure::Record(error)) => {
                Ok((error.record_type, Some((error.reason, error.message))))
            }
        }
    }

    fn allows(&self, topic: &str, found: RecordType) -> bool {
        self.topics.kinds.iter().any(|(name, types)| name == topic && types.contains(&found))
    }
}

fn stop(error: RegistryError) -> Stop {
    Stop(error.to_string())
}

fn misplaced(found: RecordType, topic: &str) -> (DeadLetterReason, String) {
    (
        DeadLetterReason::UnexpectedType,
        format!("a record of type {found} does not belong into {topic}"),
    )
}

impl Role for Forwarder {
    fn topics(&self) -> Vec<String> {
        self.topics.kinds.iter().map(|(name, _)| name.clone()).collect()
    }

    fn changelog(&self, _topic: &str) -> Option<String> {
        None
    }

    fn reset(&mut self) {
        self.tasks.clear();
        self.staged.clear();
    }

    fn assigned(&mut self, partition: &TopicPartition) {
        self.tasks.remove(partition);
    }

    fn restore(&mut self, _: &TopicPartition, _: RecordRef<'_>) -> Result<(), Stop> {
        Ok(())
    }

    fn restored(
        &mut self,
        partition: &TopicPartition,
        committed: Option<i64>,
        w: Watermarks,
    ) -> Result<Start, Stop> {
        let (topic, p) = (&partition.topic, partition.partition);
        if let Some(next) = committed.filter(|next| *next < w.low || *next > w.high) {
            return Err(Stop(format!(
                "{topic}[{p}]: the group's position is {next}, but the log holds {} to {}; what lies outside \
                 cannot be read. Raise retention.ms of {topic}, or set the group's offset to where it should go on",
                w.low, w.high
            )));
        }
        let next_offset = committed.unwrap_or(w.low);
        let task = Task { next_offset, committed: next_offset, tally: Tally::default() };
        self.tasks.insert(partition.clone(), task);
        Ok(Start::At(next_offset))
    }

    fn revoked(&mut self, partition: &TopicPartition) {
        self.tasks.remove(partition);
        self.staged.forget(slot(partition));
    }

    fn process(&mut self, record: RecordRef<'_>) -> Result<(), Stop> {
        let partition =
            TopicPartition { topic: record.topic.to_owned(), partition: record.partition };
        if !self.tasks.contains_key(&partition) {
            return Ok(());
        }
        self.staged.belongs_to(slot(&partition));
        let (record_type, refused) = self.forward(&record)?;
        let verdict = if refused.is_some() { Verdict::DeadLettered } else { Verdict::Applied };
        let Some(task) = self.tasks.get_mut(&partition) else { return Ok(()) };
        task.tally.input(record_type, verdict);
        task.next_offset = record.offset + 1;
        if let Some((reason, message)) = refused {
            *task.tally.dead_letters.entry(reason).or_default() += 1;
            let letter = dead_letter(&record, reason, message);
            let time = Timestamp(record.timestamp_ms);
            push_dead_letter(&mut self.codec, &mut self.staged, &self.dead_letters, &letter, time)
                .map_err(stop)?;
        }
        Ok(())
    }

    fn idle(&mut self, _now_ms: i64) -> Result<(), Stop> {
        Ok(())
    }

    fn staged_bytes(&self) -> usize {
        self.staged.bytes() + self.tasks.values().filter(|t| t.next_offset > t.committed).count()
    }

    fn hand_over(
        &mut self,
        send: &mut dyn FnMut(&Output<'_>) -> Result<(), LogError>,
    ) -> Result<(), LogError> {
        self.staged.send_all(send)
    }

    fn drain(
        &mut self,
        send: &mut dyn FnMut(&Output<'_>) -> Result<(), LogError>,
    ) -> Result<Vec<Position>, LogError> {
        self.staged.send_all(send)?;
        let moved = self.tasks.iter().filter(|(_, task)| task.next_offset > task.committed);
        Ok(moved
            .map(|(partition, task)| Position {
                topic: partition.topic.clone(),
                partition: partition.partition,
                next_offset: task.next_offset,
            })
            .collect())
    }

    fn committed(&mut self) {
        self.staged.clear();
        for (partition, task) in &mut self.tasks {
            if task.next_offset > task.committed {
                task.committed = task.next_offset;
                let tally = std::mem::take(&mut task.tally);
                self.ledger.forwarded(&partition.topic, &tally);
            }
        }
    }

    fn aborted(&mut self) -> Vec<Position> {
        self.staged.clear();
        let rewind = |(partition, task): (&TopicPartition, &mut Task)| {
            task.next_offset = task.committed;
            task.tally = Tally::default();
            Position {
                topic: partition.topic.clone(),
                partition: partition.partition,
                next_offset: task.committed,
            }
        };
        self.tasks.iter_mut().map(rewind).collect()
    }
}

/// Which of the staged records belong to a partition of one of several topics.
fn slot(partition: &TopicPartition) -> i32 {
    let text = format!("{}/{}", partition.topic, partition.partition);
    xxhash_rust::xxh3::xxh3_64(text.as_bytes()) as i32
}
