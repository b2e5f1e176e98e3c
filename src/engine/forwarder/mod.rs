//! The forwarding role: records of one topic become records of another, in one transaction with
//! the position they were read up to. Each partition of each topic is a task whose only state is
//! its position; what a record becomes is up to a [`Translate`].

mod kinds;

pub use kinds::{Kinds, allows, misplaced, reason_of};

use super::staged::Staged;
use super::tally::{Ledger, NoLedger};
use crate::log::{LogError, Output, Position, RecordRef, TopicPartition, Watermarks};
use crate::runtime::role::{Role, Start, Stop};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What becomes of a record.
pub trait Translate {
    /// What a batch came to.
    type Tally: Default;

    /// The topics to read.
    fn topics(&self) -> Vec<String>;

    /// Stages the outputs of a record, or its dead letter, and counts them. A failure is not the
    /// record's fault: the record is read again.
    fn translate(
        &mut self,
        record: &RecordRef<'_>,
        staged: &mut Staged,
        tally: &mut Self::Tally,
    ) -> Result<(), Stop>;

    /// A batch of a topic's is in the log.
    fn committed(&mut self, topic: &str, tally: Self::Tally);

    /// Whether a topic may be missing, or be created again: a vendor's. Of one that was created
    /// again all records are read.
    fn is_patient(&self) -> bool {
        false
    }

    /// The topic was created again: the position was `was`, but it ends before that.
    fn created_again(&mut self, _partition: &TopicPartition, _was: i64) {}

    /// A partition is opened; `is_first`: the group has no position in it.
    fn opened(&mut self, _partition: &TopicPartition, _is_first: bool) {}

    /// A partition goes on at this offset; everything before it is in the log.
    fn reached(&mut self, _partition: &TopicPartition, _next_offset: i64) {}
}

pub struct Forwarder<T: Translate> {
    translate: T,
    tasks: BTreeMap<TopicPartition, Task<T::Tally>>,
    staged: Staged,
    /// The consumer group, for messages.
    group: String,
    ledger: Arc<dyn Ledger>,
}

struct Task<C> {
    next_offset: i64,
    committed: i64,
    tally: C,
}

impl<T: Translate> Forwarder<T> {
    pub fn of(translate: T) -> Forwarder<T> {
        let group = "the consumer group".to_owned();
        let ledger = Arc::new(NoLedger);
        Forwarder { translate, tasks: BTreeMap::new(), staged: Staged::default(), group, ledger }
    }

    /// Reports traces. `begins_one_in`: one in so many records without a trace begins one.
    pub fn reporting(
        mut self,
        ledger: Arc<dyn Ledger>,
        begins_one_in: Option<u32>,
    ) -> Forwarder<T> {
        self.staged.hops.begins_one_in = begins_one_in;
        Forwarder { ledger, ..self }
    }

    /// Names the consumer group, as Kafka knows it, in messages.
    pub fn of_group(self, group: &str) -> Forwarder<T> {
        Forwarder { group: format!("consumer group {group}"), ..self }
    }
}

impl<T: Translate> Role for Forwarder<T> {
    fn topics(&self) -> Vec<String> {
        self.translate.topics()
    }

    fn is_patient(&self) -> bool {
        self.translate.is_patient()
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
        let beyond = committed.filter(|next| *next > w.high && self.translate.is_patient());
        if let Some(was) = beyond {
            self.translate.created_again(partition, was);
        }
        let committed = committed.filter(|_| beyond.is_none());
        if let Some(next) = committed.filter(|next| *next < w.low || *next > w.high) {
            return Err(Stop::Fatal(format!(
                "{topic}[{p}]: the position of {group} is {next}, but the log holds {} to {}; \
                 offsets outside cannot be read. Raise retention.ms of {topic}, or set the \
                 offset of {group} to where it should go on",
                w.low,
                w.high,
                group = self.group
            )));
        }
        self.translate.opened(partition, committed.is_none());
        let next_offset = committed.unwrap_or(w.low);
        let task = Task { next_offset, committed: next_offset, tally: T::Tally::default() };
        self.tasks.insert(partition.clone(), task);
        self.translate.reached(partition, next_offset);
        Ok(Start::At(next_offset))
    }

    fn revoked(&mut self, partition: &TopicPartition) {
        self.tasks.remove(partition);
        self.staged.forget(slot(partition));
    }

    fn process(&mut self, record: RecordRef<'_>) -> Result<(), Stop> {
        let partition =
            TopicPartition { topic: record.topic.to_owned(), partition: record.partition };
        let Some(task) = self.tasks.get_mut(&partition) else { return Ok(()) };
        self.staged.belongs_to(slot(&partition));
        self.staged.begin(&record);
        self.translate.translate(&record, &mut self.staged, &mut task.tally)?;
        self.staged.end();
        task.next_offset = record.offset + 1;
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
        self.staged.hops.report(|hops| self.ledger.traced(hops));
        self.staged.clear();
        for (partition, task) in &mut self.tasks {
            if task.next_offset > task.committed {
                task.committed = task.next_offset;
                let tally = std::mem::take(&mut task.tally);
                self.translate.committed(&partition.topic, tally);
                self.translate.reached(partition, task.committed);
            }
        }
    }

    fn aborted(&mut self) -> Vec<Position> {
        self.staged.clear();
        let rewind = |(partition, task): (&TopicPartition, &mut Task<T::Tally>)| {
            task.next_offset = task.committed;
            task.tally = T::Tally::default();
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
