//! What people and CRMs say to the desk.

use super::UuidText;
use super::desk::{Bytes, uuid};
use crate::codec::symbols::Code;
use crate::domain::account::outbox::{ForwardedOutcome, PersonsWord, WordKind};
use crate::domain::terms::time::Day;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(crate) struct WordWire<'a> {
    #[serde(borrow)]
    id: UuidText<'a>,
    #[serde(borrow)]
    case: UuidText<'a>,
    person: &'a str,
    said: Code<WordKind>,
    reason: Option<&'a str>,
    note: Option<&'a str>,
    until: Option<i32>,
    #[serde(borrow)]
    of: Option<UuidText<'a>>,
}

impl<'a> WordWire<'a> {
    pub(crate) fn of(word: &'a PersonsWord) -> Self {
        WordWire {
            id: UuidText::Write(word.id),
            case: UuidText::Write(word.case),
            person: &word.person,
            said: Code(word.said),
            reason: word.reason.as_deref(),
            note: word.note.as_deref(),
            until: word.until.map(|until| until.0),
            of: word.of.map(UuidText::Write),
        }
    }

    pub(crate) fn word(self) -> Result<PersonsWord, String> {
        Ok(PersonsWord {
            id: uuid("id", self.id)?,
            case: uuid("case", self.case)?,
            person: self.person.into(),
            said: self.said.0,
            reason: self.reason.map(Into::into),
            note: self.note.map(Into::into),
            until: self.until.map(Day),
            of: self.of.map(|id| uuid("of", id)).transpose()?,
        })
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct OutcomeWire<'a> {
    topic: &'a str,
    partition: i32,
    offset: i64,
    #[serde(borrow)]
    record: Bytes<'a>,
}

impl<'a> OutcomeWire<'a> {
    pub(crate) fn of(topic: &'a str, partition: i32, offset: i64, record: &'a [u8]) -> Self {
        OutcomeWire { topic, partition, offset, record: Bytes(record) }
    }

    pub(crate) fn outcome(self) -> Result<ForwardedOutcome, String> {
        Ok(ForwardedOutcome {
            topic: self.topic.into(),
            partition: self.partition,
            offset: self.offset,
            record: self.record.0.to_vec(),
        })
    }
}
