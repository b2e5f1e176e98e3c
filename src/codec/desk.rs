//! Records of the desk and of its senders.

use super::schemas::Record;
use super::wire::change::ChangeWire;
use super::wire::desk::{
    ActionWire, AskWire, AttemptWire, DisabledWire, EntryWire, ForwardedWire, HealthWire, MarkWire,
    ReplayWire, ResultWire, RosterWire, TickWire,
};
use super::wire::words::{OutcomeWire, WordWire};
use super::{Codec, DecodeFailure, Encoded, Flaw, translate, unframe};
use crate::domain::account::decision::Decision;
use crate::domain::account::outbox::{
    ActionResult, Ask, Attempt, DeskRecord, DisabledTarget, Health, OutboxAction, PersonsWord,
    ProfileChange, PublishedRoster, Replay,
};
use crate::domain::account::records::{DeadLetterReason, TaskRecord};
use crate::domain::terms::time::Timestamp;

/// A record of what a sender remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SenderRecord {
    Attempt(Box<Attempt>),
    Disabled(DisabledTarget),
}

/// A value of what the desk remembers.
#[derive(Clone, Debug, PartialEq)]
pub enum DeskValue {
    Entry(String),
    Decision(Box<Decision>),
    Record(DeskRecord),
    Task(TaskRecord),
}

impl Codec {
    /// `decision`: the value of its record, as it lies in the topic of the route.
    pub fn encode_forwarded(
        &mut self,
        topic: &str,
        (from, partition, offset): (&str, i32, i64),
        decision: &[u8],
        out: &mut Vec<u8>,
    ) -> Encoded {
        let wire = ForwardedWire::of(from, partition, offset, decision);
        self.write(topic, Record::DeskDecision, &wire, out)
    }

    pub fn encode_roster(
        &mut self,
        topic: &str,
        roster: &PublishedRoster,
        out: &mut Vec<u8>,
    ) -> Encoded {
        self.write(topic, Record::DeskRoster, &RosterWire::of(roster), out)
    }

    pub fn encode_result(
        &mut self,
        topic: &str,
        result: &ActionResult,
        out: &mut Vec<u8>,
    ) -> Encoded {
        self.write(topic, Record::DeskResult, &ResultWire::of(result), out)
    }

    pub fn encode_word(&mut self, topic: &str, word: &PersonsWord, out: &mut Vec<u8>) -> Encoded {
        self.write(topic, Record::DeskWord, &WordWire::of(word), out)
    }

    /// `record`: the value of the input, as it lies in its topic.
    pub fn encode_outcome(
        &mut self,
        topic: &str,
        (from, partition, offset): (&str, i32, i64),
        record: &[u8],
        out: &mut Vec<u8>,
    ) -> Encoded {
        let wire = OutcomeWire::of(from, partition, offset, record);
        self.write(topic, Record::DeskOutcome, &wire, out)
    }

    /// The type of one of our records, without reading all of it.
    pub fn type_of(&mut self, value: &[u8]) -> Result<super::schemas::Record, DecodeFailure> {
        let flaw = |flaw: Flaw| flaw.of(Record::DeskOutcome.record_type());
        let (id, datum) = unframe(value).map_err(flaw)?;
        self.writers.ours(id, datum).map(|(record, _)| record)
    }

    pub fn encode_desk_tick(&mut self, topic: &str, due: Timestamp, out: &mut Vec<u8>) -> Encoded {
        self.write(topic, Record::DeskTick, &TickWire { due: due.0 }, out)
    }

    pub fn encode_change(
        &mut self,
        topic: &str,
        change: &ProfileChange,
        out: &mut Vec<u8>,
    ) -> Encoded {
        self.write(topic, Record::DeskChange, &ChangeWire::of(change), out)
    }

    pub fn encode_ask(&mut self, topic: &str, ask: &Ask, out: &mut Vec<u8>) -> Encoded {
        self.write(topic, Record::DeskAsk, &AskWire::of(ask), out)
    }

    pub fn encode_health(&mut self, topic: &str, health: &Health, out: &mut Vec<u8>) -> Encoded {
        self.write(topic, Record::DeskHealth, &HealthWire::of(health), out)
    }

    pub fn encode_replay(&mut self, topic: &str, replay: &Replay, out: &mut Vec<u8>) -> Encoded {
        self.write(topic, Record::DeskReplay, &ReplayWire::of(replay), out)
    }

    pub fn encode_mark(&mut self, topic: &str, of: Timestamp, out: &mut Vec<u8>) -> Encoded {
        self.write(topic, Record::DeskMark, &MarkWire { of: of.0 }, out)
    }

    /// A record of the desk's log.
    pub fn decode_desk(&mut self, value: &[u8]) -> Result<DeskRecord, DecodeFailure> {
        let flaw = |flaw: Flaw| flaw.of(Record::DeskDecision.record_type());
        let (id, datum) = unframe(value).map_err(flaw)?;
        let (record, datum) = self.writers.ours(id, datum)?;
        match record {
            Record::DeskDecision => {
                translate(record, &datum, ForwardedWire::forwarded).map(DeskRecord::Decision)
            }
            Record::DeskRoster => {
                translate(record, &datum, RosterWire::roster).map(DeskRecord::Roster)
            }
            Record::DeskResult => {
                translate(record, &datum, ResultWire::result).map(DeskRecord::Result)
            }
            Record::DeskWord => translate(record, &datum, WordWire::word).map(DeskRecord::Word),
            Record::DeskOutcome => {
                translate(record, &datum, OutcomeWire::outcome).map(DeskRecord::Outcome)
            }
            Record::DeskTick => translate(record, &datum, |_: TickWire| Ok(DeskRecord::Tick)),
            Record::DeskChange => translate(record, &datum, |wire: ChangeWire<'_>| {
                Ok(DeskRecord::Change(Box::new(wire.change())))
            }),
            Record::DeskAsk => {
                translate(record, &datum, |wire: AskWire<'_>| Ok(DeskRecord::Ask(wire.ask())))
            }
            Record::DeskHealth => translate(record, &datum, |wire: HealthWire<'_>| {
                Ok(DeskRecord::Health(wire.health()))
            }),
            Record::DeskReplay => {
                translate(record, &datum, ReplayWire::replay).map(DeskRecord::Replay)
            }
            Record::DeskEntry => translate(record, &datum, |wire: EntryWire<'_>| {
                Ok(DeskRecord::Entry(wire.content.to_owned()))
            }),
            Record::DeskMark => translate(record, &datum, |wire: MarkWire| {
                Ok(DeskRecord::Mark { of: Timestamp(wire.of) })
            }),
            other => Err(misplaced(other, "the desk").into()),
        }
    }

    pub fn encode_action(
        &mut self,
        topic: &str,
        action: &OutboxAction,
        out: &mut Vec<u8>,
    ) -> Encoded {
        self.write(topic, Record::OutboxAction, &ActionWire::of(action), out)
    }

    pub fn decode_action(&mut self, value: &[u8]) -> Result<OutboxAction, DecodeFailure> {
        let datum = self.datum(Record::OutboxAction, value)?;
        translate(Record::OutboxAction, &datum, ActionWire::action)
    }

    pub fn encode_sender(
        &mut self,
        topic: &str,
        record: &SenderRecord,
        out: &mut Vec<u8>,
    ) -> Encoded {
        match record {
            SenderRecord::Attempt(attempt) => {
                self.write(topic, Record::Attempt, &AttemptWire::of(attempt), out)
            }
            SenderRecord::Disabled(disabled) => {
                self.write(topic, Record::DisabledTarget, &DisabledWire::of(disabled), out)
            }
        }
    }

    pub fn decode_sender(&mut self, value: &[u8]) -> Result<SenderRecord, DecodeFailure> {
        let flaw = |flaw: Flaw| flaw.of(Record::Attempt.record_type());
        let (id, datum) = unframe(value).map_err(flaw)?;
        let (record, datum) = self.writers.ours(id, datum)?;
        match record {
            Record::Attempt => translate(record, &datum, AttemptWire::attempt)
                .map(|attempt| SenderRecord::Attempt(Box::new(attempt))),
            Record::DisabledTarget => {
                translate(record, &datum, |wire: DisabledWire<'_>| Ok(wire.disabled()))
                    .map(SenderRecord::Disabled)
            }
            other => Err(misplaced(other, "the attempts").into()),
        }
    }

    /// The value of what the desk remembers, whatever its key.
    pub fn decode_remembered(&mut self, value: &[u8]) -> Result<DeskValue, DecodeFailure> {
        let flaw = |flaw: Flaw| flaw.of(Record::DeskEntry.record_type());
        let (id, datum) = unframe(value).map_err(flaw)?;
        let (record, _) = self.writers.ours(id, datum)?;
        match record {
            Record::DeskEntry => self.decode_entry(value).map(DeskValue::Entry),
            Record::Decision => {
                self.decode_decision(value).map(|decision| DeskValue::Decision(Box::new(decision)))
            }
            Record::DeskRoster => self.decode_desk(value).map(DeskValue::Record),
            Record::TaskRecord => self.decode_task(value).map(DeskValue::Task),
            other => Err(misplaced(other, "what the desk remembers").into()),
        }
    }

    pub fn encode_remembered(
        &mut self,
        topic: &str,
        value: &DeskValue,
        out: &mut Vec<u8>,
    ) -> Encoded {
        match value {
            DeskValue::Entry(content) => self.encode_entry(topic, content, out),
            DeskValue::Decision(decision) => self.encode_decision(topic, decision, out),
            DeskValue::Record(DeskRecord::Roster(roster)) => self.encode_roster(topic, roster, out),
            DeskValue::Task(task) => self.encode_task(topic, task, out),
            // None of them is remembered.
            DeskValue::Record(_) => Ok(()),
        }
    }

    /// A part of what the desk remembers.
    pub fn encode_entry(&mut self, topic: &str, content: &str, out: &mut Vec<u8>) -> Encoded {
        self.write(topic, Record::DeskEntry, &EntryWire { content }, out)
    }

    pub fn decode_entry(&mut self, value: &[u8]) -> Result<String, DecodeFailure> {
        let datum = self.datum(Record::DeskEntry, value)?;
        translate(Record::DeskEntry, &datum, |wire: EntryWire<'_>| Ok(wire.content.to_owned()))
    }
}

fn misplaced(record: Record, place: &str) -> super::DecodeError {
    let message =
        format!("invalid record type {}: it does not belong in {place}", record.full_name());
    Flaw::new(DeadLetterReason::UnexpectedType, message).of(record.record_type())
}
