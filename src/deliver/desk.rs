//! The role of the desk: folds its log, and writes what follows into the outbox, together with what it
//! remembers and with its position. Of several instances one has the desk; another one takes over from what
//! is remembered.

use super::batch::Batch;
use super::deeds::{Deed, deeds};
use super::fold::Fold;
use super::held::Held;
use super::mark::Marks;
use super::remembered::Remembered;
use super::traced::{Traced, decision};
use crate::codec::{Codec, DecodeFailure};
use crate::desk::entry::{Changes, Key, Named, changes};
use crate::desk::state::End;
use crate::domain::account::outbox::PublishedRoster;
use crate::domain::account::records::TaskRecord;
use crate::domain::terms::time::Timestamp;
use crate::engine::tally::Ledger;
use crate::engine::topics::{TASK_KEY, Topics};
use crate::log::trace::Trace;
use crate::log::{LogError, Output, Position, RecordRef, TopicPartition, Watermarks};
use crate::runtime::role::{Role, Start, Stop};
use crate::telemetry::{Deliveries, Telemetry};
use std::collections::BTreeMap;
use std::sync::Arc;
use strum::IntoEnumIterator;
use uuid::Uuid;

/// A tick that was asked for is asked for again after so long.
const TICK_EVERY_MS: i64 = 1_000;

pub struct DeskRole {
    codec: Codec,
    desk: Arc<str>,
    desk_state: Arc<str>,
    outbox: Arc<str>,
    inputs: Arc<str>,
    telemetry: Arc<Telemetry>,
    held: Held,
    restoring: Option<Remembered>,
    task: Option<Task>,
}

struct Task {
    fold: Fold,
    named: Named,
    record: TaskRecord,
    next_offset: i64,
    batch: Batch,
    /// The roster that is remembered.
    stored: Option<Arc<PublishedRoster>>,
    /// Changes that are written with the batch, from when it is drained until it is committed.
    changes: Option<Changes>,
    /// What fell due when a tick was last asked for, and when that was.
    asked: Option<(Timestamp, i64)>,
    traced: Traced,
    tally: Tally,
}

#[derive(Default)]
struct Tally {
    records: BTreeMap<(&'static str, bool), u64>,
    flaws: Vec<(i64, String)>,
    deeds: Vec<Deed>,
}

impl DeskRole {
    pub fn new(
        topics: &Topics,
        codec: Codec,
        marks: Box<dyn Marks>,
        telemetry: Arc<Telemetry>,
    ) -> DeskRole {
        DeskRole {
            codec,
            desk: topics.desk.as_str().into(),
            desk_state: topics.desk_state.as_str().into(),
            outbox: topics.outbox.as_str().into(),
            inputs: topics.inputs.as_str().into(),
            telemetry,
            held: Held::new(marks),
            restoring: None,
            task: None,
        }
    }

    /// Everything that this instance knows of the desk, where it has it.
    pub fn fold(&self) -> Option<&Fold> {
        self.task.as_ref().map(|task| &task.fold)
    }
}

impl Role for DeskRole {
    fn topics(&self) -> Vec<String> {
        vec![self.desk.to_string()]
    }

    fn changelog(&self, _topic: &str) -> Option<String> {
        Some(self.desk_state.to_string())
    }

    fn reset(&mut self) {
        self.held.reset();
        (self.restoring, self.task) = (None, None);
        self.telemetry.deliveries().desk_left();
    }

    fn assigned(&mut self, _: &TopicPartition) {
        (self.restoring, self.task) = (Some(Remembered::default()), None);
    }

    fn restore(&mut self, _: &TopicPartition, record: RecordRef<'_>) -> Result<(), Stop> {
        let place = |error: DecodeFailure| match error {
            DecodeFailure::Registry(error) => Stop::from(error),
            DecodeFailure::Record(error) => {
                Stop::Fatal(format!("{} offset {}: {error}", record.topic, record.offset))
            }
        };
        let remembered = self.restoring.get_or_insert_default();
        let RecordRef { key, value, trace, .. } = record;
        remembered.take(&mut self.codec, key, value, trace).map_err(place)
    }

    fn restored(
        &mut self,
        partition: &TopicPartition,
        committed: Option<i64>,
        w: Watermarks,
    ) -> Result<Start, Stop> {
        let mut remembered = self.restoring.take().unwrap_or_default();
        let traced = Traced::restored(std::mem::take(&mut remembered.traces));
        let record = remembered.record.unwrap_or_else(|| TaskRecord::new(0, 1, w.low));
        let next_offset = record.next_offset;
        if committed.is_some_and(|committed| committed != next_offset) {
            return Ok(Start::Disagrees(format!(
                "{partition:?}: the position of the consumer group is {committed:?}, but {} says {next_offset}; \
                 use the offset {next_offset} for the group",
                self.desk_state
            )));
        }
        if next_offset < w.low || next_offset > w.high {
            return Err(Stop::Fatal(format!(
                "{}: goes on at offset {next_offset}, but the log holds {} to {}; raise its retention.ms",
                self.desk, w.low, w.high
            )));
        }
        let broken = |why: String| Stop::Fatal(format!("{}: {why}", self.desk_state));
        let (fold, named) = remembered.finish().map_err(broken)?;
        let stored = fold.published.clone();
        let task = Task {
            fold,
            named,
            record,
            next_offset,
            batch: Batch::default(),
            stored,
            changes: None,
            asked: None,
            traced,
            tally: Tally::default(),
        };
        task.begin_at_zero(self.telemetry.deliveries());
        self.task = Some(task);
        Ok(Start::At(next_offset))
    }

    fn revoked(&mut self, _: &TopicPartition) {
        self.held.reset();
        (self.restoring, self.task) = (None, None);
        self.telemetry.deliveries().desk_left();
    }

    fn process(&mut self, record: RecordRef<'_>) -> Result<(), Stop> {
        let Some(task) = &mut self.task else { return Ok(()) };
        let followed = task.fold.read(&mut self.codec, &record)?;
        task.batch.hops.begin(&record);
        let about: BTreeMap<Uuid, Uuid> = followed
            .decided
            .iter()
            .filter_map(|action| Some((action.id.0, decision(action)?)))
            .collect();
        for action in followed.actions {
            let mut value = Vec::new();
            self.codec.encode_action(&self.outbox, &action, &mut value)?;
            let key = Some(action.domain.as_bytes().to_vec());
            let trace = task.trace(&self.outbox, action.id, about.get(&action.id).copied());
            task.batch.push_traced(&self.outbox, None, (key, Some(value)), trace);
        }
        for (account, input) in &followed.inputs {
            let mut value = Vec::new();
            self.codec.encode_input(&self.inputs, account, input, &mut value)?;
            let key = Some(account.as_str().as_bytes().to_vec());
            let trace = task.batch.hops.output(&self.inputs);
            task.batch.push_traced(&self.inputs, None, (key, Some(value)), trace);
        }
        let own = match followed.of {
            Some(_) => task.batch.hops.keep(0),
            None => {
                task.batch.hops.end(0);
                None
            }
        };
        if let Some(id) = followed.of {
            task.traced.read(id, own);
        }
        *task.tally.records.entry((followed.record, followed.flaw.is_none())).or_default() += 1;
        task.tally.deeds.extend(deeds(&task.fold.state, &followed.decided));
        task.tally.flaws.extend(followed.flaw.map(|why| (record.offset, why)));
        task.next_offset = record.offset + 1;
        Ok(())
    }

    fn idle(&mut self, now_ms: i64) -> Result<(), Stop> {
        let Some(task) = &mut self.task else { return Ok(()) };
        let meters = self.telemetry.deliveries();
        if let Some(of) = self.held.turn(&task.fold.state, now_ms, meters) {
            let mut value = Vec::new();
            self.codec.encode_mark(&self.desk, of, &mut value)?;
            task.batch.push(&self.desk, Some(0), None, Some(value));
        }
        let Some(due) = task.fold.state.next_due().filter(|due| due.0 <= now_ms) else {
            return Ok(());
        };
        let recent = |(of, at): (Timestamp, i64)| {
            of == due && (0..TICK_EVERY_MS).contains(&now_ms.saturating_sub(at))
        };
        if task.asked.is_some_and(recent) {
            return Ok(());
        }
        task.asked = Some((due, now_ms));
        let mut value = Vec::new();
        self.codec.encode_desk_tick(&self.desk, due, &mut value)?;
        task.batch.push(&self.desk, Some(0), None, Some(value));
        Ok(())
    }

    fn staged_bytes(&self) -> usize {
        let read = |task: &Task| usize::from(task.next_offset > task.record.next_offset);
        self.task.as_ref().map_or(0, |task| task.batch.bytes() + read(task))
    }

    fn drain(
        &mut self,
        send: &mut dyn FnMut(&Output<'_>) -> Result<(), LogError>,
    ) -> Result<Vec<Position>, LogError> {
        let (codec, topic) = (&mut self.codec, &self.desk_state);
        let Some(task) = &mut self.task else { return Ok(Vec::new()) };
        if task.next_offset > task.record.next_offset {
            task.remember(codec, topic).map_err(|error| LogError::Abort(error.to_string()))?;
        }
        task.batch.send_all(send)?;
        let position =
            Position { topic: self.desk.to_string(), partition: 0, next_offset: task.next_offset };
        Ok(vec![position])
    }

    fn committed(&mut self) {
        let Some(task) = &mut self.task else { return };
        task.batch.hops.report(|hops| self.telemetry.traced(hops));
        task.batch.clear();
        let meters = self.telemetry.deliveries();
        for ((record, is_readable), n) in std::mem::take(&mut task.tally.records) {
            meters.read(record, is_readable, n);
        }
        for (offset, why) in std::mem::take(&mut task.tally.flaws) {
            meters.unreadable(offset, &why);
        }
        for (destination, end, n) in task.ended() {
            meters.ended(&destination, &end.to_string(), n);
        }
        for deed in std::mem::take(&mut task.tally.deeds) {
            deed.count(meters);
        }
        if task.is_new_roster()
            && let Some(roster) = &task.fold.published
        {
            meters.roster(roster.number, &roster.digest, roster.by.as_deref());
            task.begin_at_zero(meters);
        }
        self.held.committed();
        task.stored.clone_from(&task.fold.published);
        task.record.next_offset = task.next_offset;
        if let Some(changes) = task.changes.take() {
            task.record.transaction += 1;
            let named = changes.named.iter().map(|decision| decision.id);
            task.traced.settle(named, changes.unnamed.iter());
            task.named.settle(&changes);
        }
        task.fold.state.settle();
    }

    fn aborted(&mut self) -> Vec<Position> {
        let Some(task) = &mut self.task else { return Vec::new() };
        task.batch.clear();
        task.changes = None;
        task.asked = None;
        self.held.aborted();
        task.tally = Tally::default();
        task.traced.revert();
        task.fold.state.revert();
        task.fold.published.clone_from(&task.stored);
        task.next_offset = task.record.next_offset;
        let topic = self.desk.to_string();
        vec![Position { topic, partition: 0, next_offset: task.next_offset }]
    }
}

impl Task {
    fn begin_at_zero(&self, meters: &Deliveries) {
        let Some((_, roster)) = &self.fold.state.roster else { return };
        let ends: Vec<String> = End::iter().map(|end| end.to_string()).collect();
        meters.destinations(&roster.destinations.keys().map(|name| name.as_str()).collect());
        for destination in roster.destinations.keys() {
            meters.begin_at_zero(destination.as_str(), &ends);
        }
    }

    /// The trace that an action belongs to: that of the record which is read, or of the decision that it is about,
    /// which was read before.
    fn trace(&mut self, topic: &Arc<str>, action: Uuid, decision: Option<Uuid>) -> Option<Trace> {
        if let Some(trace) = self.batch.hops.output(topic) {
            return Some(trace);
        }
        let own = self.traced.get(decision?)?;
        Some(self.batch.hops.later(0, own, topic, action.as_bytes()))
    }

    fn is_new_roster(&self) -> bool {
        let number = |roster: &Option<Arc<PublishedRoster>>| roster.as_ref().map(|r| r.number);
        number(&self.fold.published) != number(&self.stored)
    }

    /// Puts what has changed into the batch.
    fn remember(
        &mut self,
        codec: &mut Codec,
        topic: &Arc<str>,
    ) -> Result<(), crate::codec::RegistryError> {
        let changes = changes(&self.fold.state, &self.named);
        for (key, value) in &changes.parts {
            let value = value.as_ref().map(|value| {
                let content = json(value);
                let mut out = Vec::new();
                codec.encode_entry(topic, &content, &mut out).map(|()| out)
            });
            self.batch.push(topic, Some(0), Some(json(key).into_bytes()), value.transpose()?);
        }
        for decision in &changes.named {
            let mut value = Vec::new();
            codec.encode_decision(topic, decision, &mut value)?;
            let key = json(&Key::Decision(decision.id)).into_bytes();
            let trace = self.traced.get(decision.id);
            self.batch.push_traced(topic, Some(0), (Some(key), Some(value)), trace);
        }
        for id in &changes.unnamed {
            let key = json(&Key::Decision(*id)).into_bytes();
            self.batch.push(topic, Some(0), Some(key), None);
        }
        if self.is_new_roster()
            && let Some(roster) = &self.fold.published
        {
            let mut value = Vec::new();
            codec.encode_roster(topic, roster, &mut value)?;
            let key = json(&Key::Roster).into_bytes();
            self.batch.push(topic, Some(0), Some(key), Some(value));
        }
        let record = TaskRecord {
            next_offset: self.next_offset,
            transaction: self.record.transaction + 1,
            time: self.fold.state.time,
            ..self.record
        };
        let mut value = Vec::new();
        codec.encode_task(topic, &record, &mut value)?;
        self.batch.push(topic, Some(0), Some(TASK_KEY.to_vec()), Some(value));
        self.changes = Some(changes);
        Ok(())
    }

    /// Deliveries that have ended since the last commit.
    fn ended(&self) -> Vec<(String, End, u64)> {
        let mut ended = Vec::new();
        for (destination, before, now) in self.fold.state.counts.changes() {
            for (end, n) in now.into_iter().flat_map(|counts| &counts.ended) {
                let before = before.and_then(|counts| counts.ended.get(end)).copied();
                let more = n.saturating_sub(before.unwrap_or(0));
                if more > 0 {
                    ended.push((destination.to_string(), *end, more));
                }
            }
        }
        ended
    }
}

fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("keys of its maps are texts and numbers")
}
