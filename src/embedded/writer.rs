//! Transactions, of a session and of a writer outside any consumer group.

use std::collections::HashMap;
use std::sync::Arc;

use super::environment::{Environment, now_ms};
use super::identity::Identity;
use super::staged::Staged;
use super::topics::Topic;
use crate::log::partitioner;
use crate::log::{Cleanup, LogError, Output, Position, Writer};

pub(super) struct EmbeddedWriter {
    pub environment: Arc<Environment>,
    pub identity: Identity,
    /// Topics written to so far; they never change once made.
    topics: Vec<Topic>,
    topic_index: HashMap<String, usize>,
    /// Records without a key written so far, which spreads them evenly.
    keyless: u32,
    staged: Staged,
    is_open: bool,
}

impl EmbeddedWriter {
    pub(super) fn new(environment: Arc<Environment>, identity: Identity) -> Self {
        EmbeddedWriter {
            environment,
            identity,
            topics: Vec::new(),
            topic_index: HashMap::new(),
            keyless: 0,
            staged: Staged::default(),
            is_open: false,
        }
    }

    fn topic_slot(&mut self, name: &str) -> Result<usize, LogError> {
        if let Some(slot) = self.topic_index.get(name) {
            return Ok(*slot);
        }
        let txn = self.environment.read()?;
        let topic = self.environment.topic(&txn, name)?;
        let slot = self.topics.len();
        self.topics.push(topic);
        self.topic_index.insert(name.to_owned(), slot);
        Ok(slot)
    }

    fn choose_partition(&mut self, slot: usize, output: &Output<'_>) -> Result<i32, LogError> {
        let topic = &self.topics[slot];
        match (output.partition, output.key) {
            (Some(partition), _) => topic.check_partition(partition).map(|()| partition),
            (None, Some(key)) => Ok(partitioner::partition_of(key, topic.spec.partitions)),
            (None, None) => {
                let turn = (self.keyless & 0x7fff_ffff) as i32;
                self.keyless = self.keyless.wrapping_add(1);
                Ok(turn % topic.spec.partitions)
            }
        }
    }

    /// Appends what is staged and stores the positions, in one go.
    pub(super) fn publish(&mut self, positions: &[Position]) -> Result<(), LogError> {
        if !self.is_open {
            return Err(out_of_order("commit", "begin it first"));
        }
        let environment = &*self.environment;
        if self.staged.is_empty() && positions.is_empty() {
            environment.check_current(&*environment.read()?, &self.identity)?;
        } else {
            environment.append(&self.identity, &self.topics, &mut self.staged, positions)?;
        }
        self.staged.clear();
        self.is_open = false;
        Ok(())
    }
}

fn out_of_order(call: &str, remedy: &str) -> LogError {
    LogError::Fatal(format!("{call} was called in the wrong order for a transaction: {remedy}"))
}

impl Writer for EmbeddedWriter {
    fn begin(&mut self) -> Result<(), LogError> {
        if self.is_open {
            return Err(out_of_order("begin", "commit or abort the open one first"));
        }
        self.is_open = true;
        Ok(())
    }

    fn send(&mut self, output: &Output<'_>) -> Result<(), LogError> {
        if !self.is_open {
            return Err(out_of_order("send", "begin one first"));
        }
        let slot = self.topic_slot(output.topic)?;
        let partition = self.choose_partition(slot, output)?;
        let topic = &self.topics[slot];
        if topic.spec.cleanup == Cleanup::Compact && output.key.is_none() {
            return Err(LogError::Fatal(format!(
                "a record without a key was sent to the compacted topic {}",
                output.topic
            )));
        }
        self.staged.push(slot, topic, partition, output, now_ms())
    }

    fn commit(&mut self, positions: &[Position]) -> Result<(), LogError> {
        if positions.is_empty() {
            return self.publish(&[]);
        }
        Err(LogError::Fatal("a writer outside a consumer group cannot commit positions".into()))
    }

    fn abort(&mut self) -> Result<(), LogError> {
        self.staged.clear();
        self.is_open = false;
        Ok(())
    }
}
