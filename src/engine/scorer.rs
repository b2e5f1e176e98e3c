//! The scoring role: a task for each partition of the inputs topic that this worker holds.

use super::hot::Hot;
use super::names::Names;
use super::staged::Staged;
use super::tally::Ledger;
use super::task::{Task, TaskError};
use super::topics::{TASK_KEY, Topics, WORLD_KEY};
use super::view::{Packed, PartitionView, Views};
use crate::codec::{Codec, DecodeFailure};
use crate::domain::account::records::TaskRecord;
use crate::domain::account::world::World;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::{DAY_MS, Timestamp};
use crate::log::{LogError, Output, Position, RecordRef, TopicPartition, Watermarks};
use crate::runtime::role::{Role, Start, Stop};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

/// How many bytes of changed states, about, wait for the end of a batch: an account that many of its records
/// are about is then encoded and written once. Beyond this, those touched longest ago are handed over until
/// half of it is left, so that not all is left to be written at the commit, while nothing is computed.
const WAITING_BYTES_MAX: usize = 8 << 20;

/// Whose clock the inputs topic goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// `LogAppendTime`: changes due by the wall clock ask for a tick.
    Live,
    /// `CreateTime`: the fold lives through the past; the wall clock says nothing.
    History,
}

impl Clock {
    /// The time to look at a log whose records reach up to `time`: on a live one the wall clock,
    /// in milliseconds since 1970, unless the log is ahead of it.
    pub fn as_of(self, time: Timestamp, now_ms: i64) -> Timestamp {
        match self {
            Clock::Live => time.max(Timestamp(now_ms)),
            Clock::History => time,
        }
    }
}

pub struct Scorer {
    names: Names,
    codec: Codec,
    clock: Clock,
    /// Partitions of the inputs topic.
    partitions: i32,
    views: Views,
    ledger: Arc<dyn Ledger>,
    restoring: BTreeMap<i32, Restoring>,
    tasks: BTreeMap<i32, Task>,
    staged: Staged,
    hot: Hot,
    now_ms: i64,
    /// See [`WAITING_BYTES_MAX`].
    waiting_bytes_max: usize,
    /// The consumer group, for messages.
    group: String,
}

/// What a restore has read so far.
#[derive(Default)]
struct Restoring {
    record: Option<TaskRecord>,
    world: World,
    view: Arc<PartitionView>,
}

impl Scorer {
    pub fn new(
        topics: Topics,
        codec: Codec,
        clock: Clock,
        partitions: i32,
        views: Views,
        ledger: Arc<dyn Ledger>,
    ) -> Scorer {
        Scorer {
            names: Names::new(topics),
            codec,
            clock,
            partitions,
            views,
            ledger,
            restoring: BTreeMap::new(),
            tasks: BTreeMap::new(),
            staged: Staged::default(),
            hot: Hot::default(),
            now_ms: 0,
            waiting_bytes_max: WAITING_BYTES_MAX,
            group: "the consumer group".to_owned(),
        }
    }

    /// Names the consumer group, as Kafka knows it, in messages.
    pub fn of_group(self, group: &str) -> Scorer {
        Scorer { group: format!("consumer group {group}"), ..self }
    }

    /// Bytes of memory for decoded accounts, of all partitions together.
    pub fn with_decoded_bytes_max(self, bytes: usize) -> Scorer {
        self.sharing(Hot::new(bytes))
    }

    /// Shares the memory for decoded accounts with other scorers of the process.
    pub fn sharing(self, hot: Hot) -> Scorer {
        Scorer { hot, ..self }
    }

    /// Forgets a partition. What another worker of the process says of it stays.
    fn give_up(&mut self, partition: i32) {
        self.restoring.remove(&partition);
        if let Some(task) = self.tasks.remove(&partition)
            && self.views.remove(partition, task.view())
        {
            self.ledger.gave_up(partition);
        }
    }

    /// Lets about this many bytes of changed states wait for the end of a batch.
    pub fn holding_back(self, bytes: usize) -> Scorer {
        Scorer { waiting_bytes_max: bytes, ..self }
    }

    /// Of all partitions.
    fn waiting_bytes(&self) -> usize {
        self.tasks.values().map(Task::waiting_bytes).sum()
    }

    fn check_clock(&self, record: &RecordRef<'_>) -> Result<(), Stop> {
        let ahead = record.timestamp_ms - self.now_ms > DAY_MS;
        if self.clock == Clock::History || self.now_ms == 0 || !ahead {
            return Ok(());
        }
        let error = TaskError::AheadOfClock {
            topic: record.topic.to_owned(),
            partition: record.partition,
            offset: record.offset,
            time: Timestamp(record.timestamp_ms).to_rfc3339(),
        };
        Err(Stop::Fatal(error.to_string()))
    }

    /// Where to begin, from what was restored, the group's position and what the log still holds.
    fn start(
        &self,
        partition: &TopicPartition,
        record: Option<&TaskRecord>,
        committed: Option<i64>,
        w: Watermarks,
    ) -> Result<Start, Stop> {
        let (topic, p) = (&partition.topic, partition.partition);
        let accounts = &self.names.topics.accounts;
        let group = &self.group;
        if p >= self.partitions {
            // More than there were when this instance started.
            return Err(Stop::Fatal(self.names.topics.grown(p + 1, self.partitions)));
        }
        let Some(record) = record else {
            return Ok(match committed {
                None => Start::At(w.low),
                Some(offset) => Start::Disagrees(format!(
                    "{topic}[{p}]: the position of {group} is {offset}, but {accounts}[{p}] holds no task record; \
                     was {accounts} emptied? to score the log anew, delete the offsets of {group}"
                )),
            });
        };
        if record.partitions != self.partitions {
            return Err(Stop::Fatal(self.names.topics.grown(self.partitions, record.partitions)));
        }
        let next = record.next_offset;
        if record.copied > next {
            return Err(Stop::Fatal(self.names.topics.half_copied()));
        }
        if committed.is_some_and(|offset| offset != next) {
            return Ok(Start::Disagrees(format!(
                "{topic}[{p}]: the position of {group} is {}, the task record in {accounts}[{p}] says \
                 {next}; the offsets were moved by hand. Set them back to {next}, or \
                 delete them: the task record is the position",
                committed.unwrap_or_default()
            )));
        }
        if next < w.low {
            return Err(Stop::Fatal(format!(
                "{topic}[{p}]: the next input to read is {next}, but retention has left only {} \
                 and later; {group} cannot read the inputs between. Raise retention.ms of \
                 {topic}; to go on without them, delete {accounts} and the offsets of {group}",
                w.low
            )));
        }
        if next > w.high {
            return Err(Stop::Fatal(format!(
                "{topic}[{p}]: the next input to read is {next}, but the log ends at {}; was the topic made anew? \
                 then {accounts} and the offsets of {group} belong to the old one: delete both",
                w.high
            )));
        }
        Ok(Start::At(next))
    }
}

impl Role for Scorer {
    fn topics(&self) -> Vec<String> {
        vec![self.names.topics.inputs.clone()]
    }

    fn changelog(&self, _topic: &str) -> Option<String> {
        Some(self.names.topics.accounts.clone())
    }

    fn reset(&mut self) {
        let held: Vec<i32> = self.tasks.keys().copied().collect();
        held.into_iter().for_each(|partition| self.give_up(partition));
        self.restoring.clear();
        self.staged.clear();
    }

    fn assigned(&mut self, partition: &TopicPartition) {
        if let Some(task) = self.tasks.remove(&partition.partition) {
            self.views.remove(partition.partition, task.view());
        }
        self.restoring.insert(partition.partition, Restoring::default());
    }

    fn restore(&mut self, partition: &TopicPartition, record: RecordRef<'_>) -> Result<(), Stop> {
        let Some(restoring) = self.restoring.get_mut(&partition.partition) else { return Ok(()) };
        let unreadable = |what: &str, why: &dyn Display| {
            format!(
                "{}[{}] offset {}: {what} cannot be read: {why}",
                record.topic, record.partition, record.offset
            )
        };
        let unread = |what: &str, failure: DecodeFailure| {
            stop(TaskError::unread(failure, |error| unreadable(what, &error)))
        };
        match (record.key, record.value) {
            (Some(TASK_KEY), Some(value)) => {
                let read = self.codec.decode_task(value);
                restoring.record =
                    Some(read.map_err(|failure| unread("the task record", failure))?);
            }
            (Some(WORLD_KEY), Some(value)) => {
                let read = self.codec.decode_world(value);
                restoring.world = read.map_err(|failure| unread("the world record", failure))?;
            }
            (Some(key), value) => {
                let account = std::str::from_utf8(key).ok().and_then(|k| AccountKey::parse(k).ok());
                let account = account
                    .ok_or_else(|| Stop::Fatal(unreadable("the key", &"invalid account key")))?;
                match value {
                    Some(bytes) => {
                        restoring.view.accounts.insert(account, Packed::restored(bytes));
                    }
                    None => {
                        restoring.view.accounts.remove(&account);
                    }
                }
            }
            (None, _) => {}
        }
        Ok(())
    }

    fn restored(
        &mut self,
        partition: &TopicPartition,
        committed: Option<i64>,
        watermarks: Watermarks,
    ) -> Result<Start, Stop> {
        let p = partition.partition;
        let Some(restoring) = self.restoring.remove(&p) else {
            return Err(Stop::Fatal(format!(
                "{}[{p}] was restored without being assigned",
                partition.topic
            )));
        };
        let start = self.start(partition, restoring.record.as_ref(), committed, watermarks)?;
        let Start::At(next_offset) = start else { return Ok(start) };
        let fresh = TaskRecord::new(p, self.partitions, next_offset);
        let record = restoring.record.unwrap_or(fresh);
        let mut task =
            Task::new(record, restoring.view.clone(), restoring.world, self.names.clone())
                .sharing(self.hot.clone());
        task.take_up(&mut self.codec).map_err(stop)?;
        self.ledger.committed(p, next_offset, &std::mem::take(&mut task.tally));
        self.tasks.insert(p, task);
        self.views.insert(p, restoring.view);
        Ok(start)
    }

    fn revoked(&mut self, partition: &TopicPartition) {
        self.give_up(partition.partition);
        self.staged.forget(partition.partition);
    }

    fn process(&mut self, record: RecordRef<'_>) -> Result<(), Stop> {
        self.check_clock(&record)?;
        let Some(task) = self.tasks.get_mut(&record.partition) else { return Ok(()) };
        self.staged.belongs_to(record.partition);
        let done = task.process(&mut self.codec, self.staged.begin(&record), record);
        self.staged.end();
        done.map_err(stop)
    }

    fn idle(&mut self, now_ms: i64) -> Result<(), Stop> {
        self.now_ms = now_ms;
        let now = (self.clock == Clock::Live).then_some(Timestamp(now_ms));
        for (partition, task) in &mut self.tasks {
            self.staged.belongs_to(*partition);
            task.idle(&mut self.codec, &mut self.staged, now).map_err(stop)?;
        }
        Ok(())
    }

    fn staged_bytes(&self) -> usize {
        let read = self.tasks.values().filter(|task| task.has_read()).count();
        self.staged.bytes() + self.waiting_bytes() + read
    }

    fn is_full(&self) -> bool {
        self.hot.is_full()
    }

    fn hand_over(
        &mut self,
        send: &mut dyn FnMut(&Output<'_>) -> Result<(), LogError>,
    ) -> Result<(), LogError> {
        let many = self.waiting_bytes() > self.waiting_bytes_max;
        for (partition, task) in &mut self.tasks {
            self.staged.belongs_to(*partition);
            let waiting = task.waiting_bytes();
            let left = if many { waiting / 2 } else { waiting };
            task.stage_accounts(&mut self.codec, &mut self.staged, left)
                .map_err(|error| LogError::Reopen(error.to_string()))?;
        }
        self.staged.send_all(send)
    }

    fn drain(
        &mut self,
        send: &mut dyn FnMut(&Output<'_>) -> Result<(), LogError>,
    ) -> Result<Vec<Position>, LogError> {
        let mut positions = Vec::new();
        for (partition, task) in &mut self.tasks {
            if task.has_read() || self.staged.touches(*partition) {
                self.staged.belongs_to(*partition);
                task.stage_states(&mut self.codec, &mut self.staged)
                    .map_err(|error| LogError::Reopen(error.to_string()))?;
                positions.push(Position {
                    topic: self.names.topics.inputs.clone(),
                    partition: *partition,
                    next_offset: task.record().next_offset,
                });
            }
        }
        self.staged.send_all(send)?;
        Ok(positions)
    }

    fn committed(&mut self) {
        for (partition, task) in &mut self.tasks {
            if task.has_read() || self.staged.touches(*partition) {
                let tally = task.commit();
                self.ledger.committed(*partition, task.committed_offset(), &tally);
            }
        }
        self.ledger.decoded(self.hot.bytes());
        self.staged.hops.report(|hops| self.ledger.traced(hops));
        self.staged.clear();
    }

    fn aborted(&mut self) -> Vec<Position> {
        self.staged.clear();
        let topic = &self.names.topics.inputs;
        let rewind = |(partition, task): (&i32, &mut Task)| {
            task.abort();
            Position {
                topic: topic.clone(),
                partition: *partition,
                next_offset: task.committed_offset(),
            }
        };
        self.tasks.iter_mut().map(rewind).collect()
    }
}

fn stop(error: TaskError) -> Stop {
    match error {
        TaskError::Registry(error) => error.into(),
        error => Stop::Fatal(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
