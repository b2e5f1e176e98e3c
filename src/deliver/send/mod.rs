//! The role of a sender: carries out the actions of the outbox. Taking an action up, the beginning of each
//! attempt and its end are transactions with the position in the outbox, so that a sender that has lost a
//! partition cannot begin. Calls run beside the loop ([`call`]); nothing waits for them.
//!
//! A file each: what an answer leads to ([`answer`], [`part`]), limits ([`limits`]), the services
//! ([`target`]).

pub mod answer;
pub mod call;
pub mod limits;
pub mod part;
pub mod retry_after;
pub mod sign;
pub mod target;

use super::batch::Batch;
use crate::codec::{Codec, DecodeFailure, RegistryError, SenderRecord};
use crate::domain::account::outbox::{ActionEnd, ActionKind, ActionResult, OutboxAction};
use crate::domain::account::records::TaskRecord;
use crate::engine::topics::{TASK_KEY, Topics};
use crate::log::{LogError, Output, Position, RecordRef, TopicPartition, Watermarks};
use crate::runtime::role::{Role, Start, Stop};
use crate::telemetry::Telemetry;
use answer::Answer;
use limits::Limits;
use part::{Ended, Open, Part};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// A message that waited longer from its decision on did so on purpose: hours, a digest.
const AT_ONCE_MS: i64 = 60_000;

/// An attempt to make.
#[derive(Clone, Debug)]
pub struct Call {
    pub partition: i32,
    pub number: u32,
    /// An earlier attempt may have reached the target.
    pub is_doubtful: bool,
    /// It should not be sent any more: only find out whether it was.
    pub is_cancelled: bool,
    pub action: Arc<OutboxAction>,
}

/// What came of one.
#[derive(Clone, Debug)]
pub struct Heard {
    pub partition: i32,
    pub number: u32,
    pub action: Arc<OutboxAction>,
    pub answer: Answer,
}

/// Makes calls beside the loop.
pub trait Calls: Send {
    fn begin(&mut self, call: Call);

    /// What came of calls since this was asked last.
    fn heard(&mut self) -> Vec<Heard>;
}

pub struct SenderRole {
    codec: Codec,
    outbox: Arc<str>,
    attempts: Arc<str>,
    desk: Arc<str>,
    partitions: i32,
    telemetry: Arc<Telemetry>,
    calls: Box<dyn Calls>,
    limits: Limits,
    restoring: BTreeMap<i32, Part>,
    parts: BTreeMap<i32, Part>,
    batch: Batch,
    /// Begun in this transaction, and made once it is committed.
    begun: Vec<Call>,
    /// Answers that this transaction is about.
    heard: Vec<Heard>,
    /// The same of one that was aborted.
    again: Vec<Heard>,
    /// What this transaction ends.
    ended: Vec<Ended>,
    unreadable: Vec<(i64, String)>,
    now_ms: i64,
}

impl SenderRole {
    /// `partitions`: of the outbox.
    pub fn new(
        topics: &Topics,
        codec: Codec,
        partitions: i32,
        calls: Box<dyn Calls>,
        telemetry: Arc<Telemetry>,
    ) -> SenderRole {
        SenderRole {
            codec,
            outbox: topics.outbox.as_str().into(),
            attempts: topics.attempts.as_str().into(),
            desk: topics.desk.as_str().into(),
            partitions,
            telemetry,
            calls,
            limits: Limits::default(),
            restoring: BTreeMap::new(),
            parts: BTreeMap::new(),
            batch: Batch::default(),
            begun: Vec::new(),
            heard: Vec::new(),
            again: Vec::new(),
            ended: Vec::new(),
            unreadable: Vec::new(),
            now_ms: 0,
        }
    }

    /// Actions that were taken up and have not ended.
    pub fn open(&self) -> usize {
        self.parts.values().map(|part| part.open.len()).sum()
    }

    fn remember(&mut self, partition: i32, record: &RecordRef<'_>) -> Result<(), DecodeFailure> {
        let part = self.restoring.entry(partition).or_default();
        let Some(key) = record.key else { return Ok(()) };
        if key == TASK_KEY {
            part.record = record.value.map(|value| self.codec.decode_task(value)).transpose()?;
            return Ok(());
        }
        let key = String::from_utf8_lossy(key).into_owned();
        let id = key.parse::<Uuid>();
        match (id, record.value) {
            (Ok(id), None) => part.open.restore(id, None),
            (Err(_), None) => part.disabled.restore(key.as_str().into(), None),
            (_, Some(value)) => match self.codec.decode_sender(value)? {
                SenderRecord::Attempt(attempt) => {
                    part.open.restore(attempt.action.id, Some(Open::of(*attempt)));
                }
                SenderRecord::Disabled(disabled) => {
                    part.disabled.restore(disabled.destination.clone(), Some(disabled));
                }
            },
        }
        Ok(())
    }

    /// Goes through what came of calls.
    fn listen(&mut self) -> Result<(), RegistryError> {
        let fresh = self.calls.heard();
        for heard in &fresh {
            self.limits.give_back(&heard.action);
        }
        let all: Vec<Heard> = std::mem::take(&mut self.again).into_iter().chain(fresh).collect();
        for heard in all {
            let Some(part) = self.parts.get_mut(&heard.partition) else { continue };
            let meters = self.telemetry.deliveries();
            meters.attempt(&heard.action.destination, heard.answer.result());
            if let Answer::Later(setback) | Answer::Unknown(setback) = &heard.answer {
                if let Some(after) = setback.after_ms.filter(|_| setback.is_limit) {
                    self.limits.pause(&heard.action, self.now_ms.saturating_add(after));
                }
                if setback.is_late {
                    meters.late(&heard.action.destination);
                }
            }
            if let Answer::Disabled(why) = &heard.answer {
                meters.disabled(&heard.action.destination, why);
            }
            let (ended, failed) =
                part.hear(heard.action.id, heard.number, heard.answer.clone(), self.now_ms);
            if let Some(failed) = failed {
                let again = failed.again_ms.map(|ms| ms / 1_000);
                meters.failed(&failed.destination, failed.attempt, again, &failed.why);
            }
            self.heard.push(heard);
            if let Some(ended) = ended {
                self.end(ended)?;
            }
        }
        Ok(())
    }

    fn begin(&mut self) -> Result<(), RegistryError> {
        self.limits.tidy(self.now_ms);
        let mut over = Vec::new();
        for (partition, part) in &mut self.parts {
            for id in part.ready(self.now_ms) {
                match part.begin(id, &mut self.limits, self.now_ms) {
                    Some(Ok((number, is_doubtful, is_cancelled, action))) => {
                        let partition = *partition;
                        self.begun.push(Call {
                            partition,
                            number,
                            is_doubtful,
                            is_cancelled,
                            action,
                        });
                    }
                    Some(Err(ended)) => over.push(ended),
                    None => {}
                }
            }
        }
        over.into_iter().try_for_each(|ended| self.end(ended))
    }

    /// Reports an end to the desk, where it waits for one.
    fn end(&mut self, ended: Ended) -> Result<(), RegistryError> {
        if ended.action.awaited {
            let result = ActionResult {
                action: ended.action.id,
                end: ended.end,
                reference: ended.reference.clone(),
                why: ended.why.as_deref().map(Into::into),
                attempts: ended.attempts,
            };
            let mut value = Vec::new();
            self.codec.encode_result(&self.desk, &result, &mut value)?;
            self.batch.push(&self.desk, Some(0), None, Some(value));
        }
        self.ended.push(ended);
        Ok(())
    }

    /// Puts what has changed into the batch.
    fn store(&mut self) -> Result<(), RegistryError> {
        let topic = &self.attempts;
        for (partition, part) in &self.parts {
            let to = Some(*partition);
            for (id, _, open) in part.open.changes() {
                let record = open.map(|open| SenderRecord::Attempt(Box::new(open.attempt())));
                let value = record.map(|record| {
                    let mut out = Vec::new();
                    self.codec.encode_sender(topic, &record, &mut out).map(|()| out)
                });
                self.batch.push(topic, to, Some(id.to_string().into()), value.transpose()?);
            }
            for (destination, _, disabled) in part.disabled.changes() {
                let record = disabled.cloned().map(SenderRecord::Disabled);
                let value = record.map(|record| {
                    let mut out = Vec::new();
                    self.codec.encode_sender(topic, &record, &mut out).map(|()| out)
                });
                self.batch.push(topic, to, Some(destination.as_bytes().into()), value.transpose()?);
            }
            if part.next_offset > part.committed {
                let mut value = Vec::new();
                let record = part.task_record(*partition, self.partitions);
                self.codec.encode_task(topic, &record, &mut value)?;
                self.batch.push(topic, to, Some(TASK_KEY.to_vec()), Some(value));
            }
        }
        Ok(())
    }

    fn tell(&self) {
        let meters = self.telemetry.deliveries();
        let mut waiting: BTreeMap<String, i64> = BTreeMap::new();
        for open in self.parts.values().flat_map(|part| part.open.values()) {
            *waiting.entry(open.action.destination.to_string()).or_default() += 1;
        }
        meters.waiting(&waiting);
        for ended in &self.ended {
            let action = &ended.action;
            let shown = matches!(ended.end, ActionEnd::Confirmed | ActionEnd::Accepted)
                && matches!(action.kind, ActionKind::Post | ActionKind::Edit);
            let at_once = |at: i64| action.at.0 - at <= AT_ONCE_MS;
            let decided = action.decided.map(|at| at.0).filter(|at| shown && at_once(*at));
            let seconds = decided.map(|at| (self.now_ms - at).max(0) as f64 / 1_000.0);
            meters.action(&action.destination, <&str>::from(ended.end), seconds);
        }
        for (offset, why) in &self.unreadable {
            meters.unreadable(*offset, why);
        }
    }
}

impl Role for SenderRole {
    fn topics(&self) -> Vec<String> {
        vec![self.outbox.to_string()]
    }

    fn changelog(&self, _topic: &str) -> Option<String> {
        Some(self.attempts.to_string())
    }

    fn reset(&mut self) {
        self.restoring.clear();
        self.parts.clear();
        self.batch.clear();
        for call in std::mem::take(&mut self.begun) {
            self.limits.give_back(&call.action);
        }
        // An answer of an attempt that is still the last one counts, whichever session began it.
        let heard = std::mem::take(&mut self.heard);
        self.again.extend(heard);
        self.ended.clear();
        self.unreadable.clear();
    }

    fn assigned(&mut self, partition: &TopicPartition) {
        self.parts.remove(&partition.partition);
        self.restoring.insert(partition.partition, Part::default());
    }

    fn restore(&mut self, partition: &TopicPartition, record: RecordRef<'_>) -> Result<(), Stop> {
        let place = |error: DecodeFailure| match error {
            DecodeFailure::Registry(error) => Stop::from(error),
            DecodeFailure::Record(error) => Stop::Fatal(format!(
                "{}[{}] offset {}: {error}",
                record.topic, record.partition, record.offset
            )),
        };
        self.remember(partition.partition, &record).map_err(place)
    }

    fn restored(
        &mut self,
        partition: &TopicPartition,
        committed: Option<i64>,
        w: Watermarks,
    ) -> Result<Start, Stop> {
        let p = partition.partition;
        let mut part = self.restoring.remove(&p).unwrap_or_default();
        let stored = part.record.as_ref().map(|record| record.next_offset);
        let next_offset = stored.or(committed).unwrap_or(w.low);
        if committed.is_some_and(|committed| committed != next_offset) {
            return Ok(Start::Disagrees(format!(
                "{}[{p}]: the position of the consumer group is {committed:?}, but {} says {next_offset}; use \
                 the offset {next_offset} for the group",
                self.outbox, self.attempts
            )));
        }
        if next_offset < w.low || next_offset > w.high {
            return Err(Stop::Fatal(format!(
                "{}[{p}]: goes on at offset {next_offset}, but the log holds {} to {}; raise its retention.ms",
                self.outbox, w.low, w.high
            )));
        }
        (part.next_offset, part.committed) = (next_offset, next_offset);
        self.parts.insert(p, part);
        Ok(Start::At(next_offset))
    }

    fn revoked(&mut self, partition: &TopicPartition) {
        let p = partition.partition;
        self.restoring.remove(&p);
        self.parts.remove(&p);
        for call in self.begun.extract_if(.., |call| call.partition == p) {
            self.limits.give_back(&call.action);
        }
    }

    fn process(&mut self, record: RecordRef<'_>) -> Result<(), Stop> {
        let Some(part) = self.parts.get_mut(&record.partition) else { return Ok(()) };
        part.next_offset = record.offset + 1;
        let ended = match self.codec.decode_action(record.value.unwrap_or_default()) {
            Ok(action) => part.take(record.offset, action),
            Err(DecodeFailure::Registry(error)) => return Err(error.into()),
            Err(DecodeFailure::Record(error)) => {
                self.unreadable.push((record.offset, error.message));
                None
            }
        };
        Ok(ended.map_or(Ok(()), |ended| self.end(ended))?)
    }

    fn idle(&mut self, now_ms: i64) -> Result<(), Stop> {
        self.now_ms = now_ms;
        self.listen()?;
        Ok(self.begin()?)
    }

    fn staged_bytes(&self) -> usize {
        // What a partition that was taken away left is written with a position of another one, or not at all.
        match self.parts.is_empty() {
            true => 0,
            false => {
                self.batch.bytes() + self.parts.values().filter(|part| part.has_changed()).count()
            }
        }
    }

    fn hand_over(
        &mut self,
        _: &mut dyn FnMut(&Output<'_>) -> Result<(), LogError>,
    ) -> Result<(), LogError> {
        Ok(())
    }

    fn drain(
        &mut self,
        send: &mut dyn FnMut(&Output<'_>) -> Result<(), LogError>,
    ) -> Result<Vec<Position>, LogError> {
        self.store().map_err(|error| LogError::Abort(error.to_string()))?;
        self.batch.send_all(send)?;
        let positions = self.parts.iter().map(|(partition, part)| Position {
            topic: self.outbox.to_string(),
            partition: *partition,
            next_offset: part.next_offset,
        });
        Ok(positions.collect())
    }

    fn committed(&mut self) {
        self.tell();
        self.batch.clear();
        self.heard.clear();
        self.ended.clear();
        self.unreadable.clear();
        for (partition, part) in &mut self.parts {
            part.settle(*partition, self.partitions);
        }
        for call in self.begun.drain(..) {
            self.calls.begin(call);
        }
    }

    fn aborted(&mut self) -> Vec<Position> {
        self.batch.clear();
        self.ended.clear();
        self.unreadable.clear();
        for call in std::mem::take(&mut self.begun) {
            self.limits.give_back(&call.action);
            if let Some(part) = self.parts.get_mut(&call.partition) {
                part.running.remove(&call.action.id);
            }
        }
        let heard = std::mem::take(&mut self.heard);
        self.again.extend(heard);
        let rewind = |(partition, part): (&i32, &mut Part)| {
            part.revert();
            let topic = self.outbox.to_string();
            Position { topic, partition: *partition, next_offset: part.next_offset }
        };
        self.parts.iter_mut().map(rewind).collect()
    }
}

impl Part {
    fn task_record(&self, partition: i32, partitions: i32) -> TaskRecord {
        let before =
            self.record.unwrap_or_else(|| TaskRecord::new(partition, partitions, self.committed));
        let transaction = before.transaction + 1;
        TaskRecord { next_offset: self.next_offset, transaction, ..before }
    }

    fn settle(&mut self, partition: i32, partitions: i32) {
        if self.next_offset > self.committed {
            self.record = Some(self.task_record(partition, partitions));
            self.committed = self.next_offset;
        }
        self.open.settle();
        self.disabled.settle();
    }

    fn revert(&mut self) {
        self.open.revert();
        self.disabled.revert();
        self.next_offset = self.committed;
    }
}
