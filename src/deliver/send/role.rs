//! What a sender knows and does: takes actions up, listens to what came of calls, begins the next ones, and puts
//! all that has changed into the batch.

use super::answer::Answer;
use super::limits::Limits;
use super::part::{Asked, Begun, Ended, Next, Part};
use super::{Call, Calls, Heard, Reports};
use crate::codec::{Codec, DecodeFailure, RegistryError, SenderRecord};
use crate::deliver::batch::Batch;
use crate::domain::Text;
use crate::domain::account::outbox::{
    ActionEnd, ActionKind, ActionResult, Ask, DisabledTarget, Health,
};
use crate::engine::topics::{TASK_KEY, Topics};
use crate::log::RecordRef;
use crate::log::trace::Trace;
use crate::telemetry::Telemetry;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use uuid::Uuid;

/// A message that waited longer from its decision on did so on purpose: hours, a digest.
const AT_ONCE_MS: i64 = 60_000;
/// After so long a partition that is not ours is taken to be another sender's: shorter than a lease.
const STRANGE_MS: i64 = 5_000;

pub struct SenderRole {
    pub(super) codec: Codec,
    pub(super) outbox: Arc<str>,
    pub(super) attempts: Arc<str>,
    pub(super) desk: Arc<str>,
    pub(super) partitions: i32,
    pub(super) telemetry: Arc<Telemetry>,
    pub(super) calls: Box<dyn Calls>,
    pub(super) limits: Limits,
    pub(super) restoring: BTreeMap<i32, Part>,
    pub(super) parts: BTreeMap<i32, Part>,
    pub(super) batch: Batch,
    /// Begun in this transaction, and made once it is committed.
    pub(super) begun: Vec<Call>,
    /// Answers that this transaction is about.
    pub(super) heard: Vec<Heard>,
    /// The same of one that was aborted.
    pub(super) again: VecDeque<Heard>,
    /// Answers of partitions that are not ours, each with when it came.
    pub(super) strange: Vec<(i64, Heard)>,
    pub(super) reports: Box<dyn Reports>,
    /// What this transaction ends.
    pub(super) ended: Vec<Ended>,
    pub(super) unreadable: Vec<(i64, String)>,
    /// Of actions that were taken up, by their headers.
    pub(super) traces: BTreeMap<Uuid, Trace>,
    pub(super) now_ms: i64,
}

impl SenderRole {
    /// `partitions`: of the outbox.
    pub fn new(
        topics: &Topics,
        codec: Codec,
        partitions: i32,
        calls: Box<dyn Calls>,
        reports: Box<dyn Reports>,
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
            again: VecDeque::new(),
            strange: Vec::new(),
            reports,
            ended: Vec::new(),
            unreadable: Vec::new(),
            traces: BTreeMap::new(),
            now_ms: 0,
        }
    }

    /// Actions that were taken up and have not ended.
    pub fn open(&self) -> usize {
        self.parts.values().map(|part| part.open.len()).sum()
    }

    /// Destinations that failed when their partition was another sender's are known at once.
    pub(super) fn tell_failing(&self, part: &Part) {
        for (name, target) in part.health.targets.iter() {
            let since = target.failed_first.map(|at| at.0 / 1_000);
            self.telemetry.deliveries().was_failing(name, since);
        }
    }

    /// Of destinations that fail in no partition of this sender, another one knows.
    pub(super) fn tell_lost(&self) {
        let fails = |name: &str| {
            self.parts.values().any(|part| part.health.targets.get(&Text::from(name)).is_some())
        };
        self.telemetry.deliveries().not_failing(|name| !fails(name));
    }

    pub(super) fn remember(
        &mut self,
        partition: i32,
        record: &RecordRef<'_>,
    ) -> Result<(), DecodeFailure> {
        let part = self.restoring.entry(partition).or_default();
        let Some(key) = record.key else { return Ok(()) };
        if key == TASK_KEY {
            part.record = record.value.map(|value| self.codec.decode_task(value)).transpose()?;
            return Ok(());
        }
        let key = String::from_utf8_lossy(key).into_owned();
        let id = key.parse::<Uuid>();
        match (id, record.value) {
            (Ok(id), None) => {
                self.traces.remove(&id);
                part.open.restore(id, None);
            }
            (Err(_), None) => part.health.targets.restore(key.as_str().into(), None),
            (_, Some(value)) => match self.codec.decode_sender(value)? {
                SenderRecord::Attempt(attempt) => {
                    if let Some(trace) = record.trace {
                        self.traces.insert(attempt.action.id, trace);
                    }
                    part.open.restore(attempt.action.id, Some(*attempt));
                }
                SenderRecord::Disabled(disabled) => {
                    let name = disabled.destination.clone();
                    part.health.targets.restore(name, Some(disabled));
                }
            },
        }
        Ok(())
    }

    /// Goes through the results of calls. One of a partition that is not ours now may be in a moment, once it is
    /// restored: it counts if its attempt is still the last one. Else it is reported from outside of the group.
    pub(super) fn listen(&mut self) -> Result<(), RegistryError> {
        for heard in self.calls.heard() {
            self.note(&heard);
            self.again.push_back(heard);
        }
        let waiting = std::mem::take(&mut self.strange);
        let heard = std::mem::take(&mut self.again).into_iter().map(|heard| (self.now_ms, heard));
        for (since_ms, heard) in waiting.into_iter().chain(heard.collect::<Vec<_>>()) {
            let Some(part) = self.parts.get_mut(&heard.partition) else {
                let is_opening = self.restoring.contains_key(&heard.partition);
                if is_opening || (self.now_ms - since_ms).abs() < STRANGE_MS {
                    self.strange.push((since_ms, heard));
                } else {
                    self.report_late(&heard)?;
                }
                continue;
            };
            let (ended, failed) =
                part.hear(heard.action.id, heard.number, heard.answer.clone(), self.now_ms);
            if let Some(failed) = failed {
                let again = failed.again_ms.map(|ms| ms / 1_000);
                let meters = self.telemetry.deliveries();
                let trace = self.traces.get(&heard.action.id).copied();
                meters.failed(&failed.destination, failed.attempt, again, &failed.why, trace);
            }
            let news = part.health.news();
            self.heard.push(heard);
            for disabled in news {
                self.report_disabled(disabled)?;
            }
            if let Some(ended) = ended {
                self.end(ended)?;
            }
        }
        Ok(())
    }

    /// People learn of a destination that takes nothing more.
    fn report_disabled(&mut self, disabled: DisabledTarget) -> Result<(), RegistryError> {
        let DisabledTarget { destination, why, .. } = disabled;
        self.telemetry.deliveries().disabled(&destination, &why);
        let health = Health { destination, is_disabled: true, why: Some(why), by: None };
        let mut value = Vec::new();
        self.codec.encode_health(&self.desk, &health, &mut value)?;
        self.batch.push(&self.desk, Some(0), None, Some(value));
        Ok(())
    }

    /// The answer of an attempt that another sender has now: it need not find out by itself.
    fn report_late(&mut self, heard: &Heard) -> Result<(), RegistryError> {
        let Some(end) = heard.answer.end().filter(|_| heard.action.awaited) else { return Ok(()) };
        let (reference, why) = match &heard.answer {
            Answer::Confirmed(reference) => (reference.clone(), None),
            Answer::Refused(why) | Answer::Disabled(why) => (None, Some(why.as_str().into())),
            _ => (None, None),
        };
        let (action, attempts) = (heard.action.id, heard.number);
        let result = ActionResult { action, end, reference, why, attempts, is_late: true };
        let mut value = Vec::new();
        self.codec.encode_result(&self.desk, &result, &mut value)?;
        self.reports.report(value);
        Ok(())
    }

    /// What a result says about limits, and in metrics.
    fn note(&mut self, heard: &Heard) {
        self.limits.give_back(&heard.action);
        let meters = self.telemetry.deliveries();
        let answer = &heard.answer;
        meters.attempt(&heard.action.destination, answer.result(), answer.is_taken());
        match &heard.answer {
            Answer::Later(setback) | Answer::Unknown(setback) => {
                if let Some(after) = setback.after_ms.filter(|_| setback.is_limit) {
                    self.limits.pause(&heard.action, self.now_ms.saturating_add(after));
                }
                if setback.is_late {
                    meters.late(&heard.action.destination);
                }
            }
            _ => {}
        }
    }

    pub(super) fn begin(&mut self) -> Result<(), RegistryError> {
        self.limits.tidy(self.now_ms);
        let (mut over, mut asks) = (Vec::new(), Vec::new());
        for (partition, part) in &mut self.parts {
            let mut waits = None;
            for id in part.ready(self.now_ms) {
                match part.begin(id, &mut self.limits, self.now_ms) {
                    Some(Next::Begins(Begun { number, is_doubtful, is_cancelled, action })) => {
                        let partition = *partition;
                        let trace = self
                            .traces
                            .get(&action.id)
                            .map(|own| (own.child(&[b"attempt", &number.to_be_bytes()]), *own));
                        self.begun.push(Call {
                            partition,
                            number,
                            is_doubtful,
                            is_cancelled,
                            action,
                            trace,
                        });
                    }
                    Some(Next::Ends(ended)) => over.push(ended),
                    Some(Next::NeedsMark(domain)) => waits = Some(domain),
                    None => {}
                }
            }
            if let Some(domain) = waits.filter(|_| part.asked.is_none()) {
                let token: Text = format!("{partition} {}", self.now_ms).into();
                part.asked = Some(Asked { token: token.clone(), is_written: false });
                asks.push(Ask { domain, token });
            }
        }
        for ask in asks {
            let mut value = Vec::new();
            self.codec.encode_ask(&self.desk, &ask, &mut value)?;
            self.batch.push(&self.desk, Some(0), None, Some(value));
        }
        over.into_iter().try_for_each(|ended| self.end(ended))
    }

    /// Reports an end to the desk, where it waits for one.
    pub(super) fn end(&mut self, ended: Ended) -> Result<(), RegistryError> {
        if ended.action.awaited {
            let result = ActionResult {
                action: ended.action.id,
                end: ended.end,
                reference: ended.reference.clone(),
                why: ended.why.as_deref().map(Into::into),
                attempts: ended.attempts,
                is_late: false,
            };
            let mut value = Vec::new();
            self.codec.encode_result(&self.desk, &result, &mut value)?;
            self.batch.push(&self.desk, Some(0), None, Some(value));
        }
        self.ended.push(ended);
        Ok(())
    }

    /// Puts what has changed into the batch.
    pub(super) fn store(&mut self) -> Result<(), RegistryError> {
        let topic = &self.attempts;
        for (partition, part) in &self.parts {
            let to = Some(*partition);
            for (id, _, open) in part.open.changes() {
                let record = open.map(|open| SenderRecord::Attempt(Box::new(open.clone())));
                let value = record.map(|record| {
                    let mut out = Vec::new();
                    self.codec.encode_sender(topic, &record, &mut out).map(|()| out)
                });
                let pair = (Some(id.to_string().into()), value.transpose()?);
                self.batch.push_traced(topic, to, pair, self.traces.get(id).copied());
            }
            for (destination, _, disabled) in part.health.targets.changes() {
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

    pub(super) fn tell(&self) {
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
