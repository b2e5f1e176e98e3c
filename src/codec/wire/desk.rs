//! Records of the desk's topics.

use super::UuidText;
use crate::codec::symbols::Code;
use crate::domain::account::outbox::{
    ActionEnd, ActionKind, ActionResult, Ask, Attempt, DisabledTarget, ForwardedDecision, Health,
    OutboxAction, PublishedRoster, Replay,
};
use crate::domain::profile::Priority;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::Arc;
use uuid::Uuid;

/// Bytes as Avro has them, borrowed.
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Bytes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&[u8]>::deserialize(deserializer).map(Bytes)
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct ForwardedWire<'a> {
    topic: &'a str,
    partition: i32,
    offset: i64,
    #[serde(borrow)]
    decision: Bytes<'a>,
}

impl<'a> ForwardedWire<'a> {
    pub(crate) fn of(topic: &'a str, partition: i32, offset: i64, decision: &'a [u8]) -> Self {
        ForwardedWire { topic, partition, offset, decision: Bytes(decision) }
    }

    pub(crate) fn forwarded(self) -> Result<ForwardedDecision, String> {
        Ok(ForwardedDecision {
            topic: self.topic.into(),
            partition: self.partition,
            offset: self.offset,
            decision: self.decision.0.to_vec(),
        })
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct RosterWire<'a> {
    number: i64,
    roster: &'a str,
    digest: &'a str,
    published_by: Option<&'a str>,
    note: Option<&'a str>,
}

impl<'a> RosterWire<'a> {
    pub(crate) fn of(roster: &'a PublishedRoster) -> Self {
        RosterWire {
            number: roster.number.cast_signed(),
            roster: &roster.text,
            digest: &roster.digest,
            published_by: roster.by.as_deref(),
            note: roster.note.as_deref(),
        }
    }

    pub(crate) fn roster(self) -> Result<PublishedRoster, String> {
        Ok(PublishedRoster {
            number: self.number.cast_unsigned(),
            text: self.roster.to_owned(),
            digest: self.digest.into(),
            by: self.published_by.map(Into::into),
            note: self.note.map(Into::into),
        })
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct ResultWire<'a> {
    #[serde(borrow)]
    action: UuidText<'a>,
    end: Code<ActionEnd>,
    reference: Option<&'a str>,
    why: Option<&'a str>,
    attempts: i32,
    late: bool,
}

impl<'a> ResultWire<'a> {
    pub(crate) fn of(result: &'a ActionResult) -> Self {
        ResultWire {
            action: UuidText::Write(result.action),
            end: Code(result.end),
            reference: result.reference.as_deref(),
            why: result.why.as_deref(),
            attempts: result.attempts.cast_signed(),
            late: result.is_late,
        }
    }

    pub(crate) fn result(self) -> Result<ActionResult, String> {
        Ok(ActionResult {
            action: uuid("action", self.action)?,
            end: self.end.0,
            reference: self.reference.map(Into::into),
            why: self.why.map(Into::into),
            attempts: self.attempts.cast_unsigned(),
            is_late: self.late,
        })
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct TickWire {
    pub(crate) due: i64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct AskWire<'a> {
    domain: &'a str,
    token: &'a str,
}

impl<'a> AskWire<'a> {
    pub(crate) fn of(ask: &'a Ask) -> Self {
        AskWire { domain: &ask.domain, token: &ask.token }
    }

    pub(crate) fn ask(self) -> Ask {
        Ask { domain: self.domain.into(), token: self.token.into() }
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct ReplayWire<'a> {
    destination: &'a str,
    topic: &'a str,
    partition: i32,
    offset: i64,
    #[serde(borrow)]
    decision: Bytes<'a>,
    #[serde(borrow)]
    request: UuidText<'a>,
    number: i32,
    by: Option<&'a str>,
}

impl<'a> ReplayWire<'a> {
    pub(crate) fn of(replay: &'a Replay) -> Self {
        let ForwardedDecision { topic, partition, offset, decision } = &replay.forwarded;
        ReplayWire {
            destination: &replay.destination,
            topic,
            partition: *partition,
            offset: *offset,
            decision: Bytes(decision),
            request: UuidText::Write(replay.request),
            number: replay.number.cast_signed(),
            by: replay.by.as_deref(),
        }
    }

    pub(crate) fn replay(self) -> Result<Replay, String> {
        let forwarded = ForwardedDecision {
            topic: self.topic.into(),
            partition: self.partition,
            offset: self.offset,
            decision: self.decision.0.to_vec(),
        };
        Ok(Replay {
            destination: self.destination.into(),
            forwarded,
            request: uuid("request", self.request)?,
            number: self.number.cast_unsigned(),
            by: self.by.map(Into::into),
        })
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct HealthWire<'a> {
    destination: &'a str,
    disabled: bool,
    why: Option<&'a str>,
    by: Option<&'a str>,
}

impl<'a> HealthWire<'a> {
    pub(crate) fn of(health: &'a Health) -> Self {
        HealthWire {
            destination: &health.destination,
            disabled: health.is_disabled,
            why: health.why.as_deref(),
            by: health.by.as_deref(),
        }
    }

    pub(crate) fn health(self) -> Health {
        Health {
            destination: self.destination.into(),
            is_disabled: self.disabled,
            why: self.why.map(Into::into),
            by: self.by.map(Into::into),
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct MarkWire {
    pub(crate) of: i64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct EntryWire<'a> {
    pub(crate) content: &'a str,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct ActionWire<'a> {
    #[serde(borrow)]
    id: UuidText<'a>,
    at: i64,
    kind: Code<ActionKind>,
    destination: &'a str,
    domain: &'a str,
    account: Option<&'a str>,
    priority: Code<Priority>,
    roster: i64,
    target: &'a str,
    to: Option<&'a str>,
    of: Option<&'a str>,
    #[serde(borrow)]
    cancels: Option<UuidText<'a>>,
    awaited: bool,
    decided: Option<i64>,
    body: &'a str,
}

impl<'a> ActionWire<'a> {
    pub(crate) fn of(action: &'a OutboxAction) -> Self {
        ActionWire {
            id: UuidText::Write(action.id),
            at: action.at.0,
            kind: Code(action.kind),
            destination: &action.destination,
            domain: &action.domain,
            account: action.account.as_ref().map(AccountKey::as_str),
            priority: Code(action.priority),
            roster: action.roster.cast_signed(),
            target: &action.target,
            to: action.to.as_deref(),
            of: action.of.as_deref(),
            cancels: action.cancels.map(UuidText::Write),
            awaited: action.awaited,
            decided: action.decided.map(|at| at.0),
            body: &action.body,
        }
    }

    pub(crate) fn action(self) -> Result<OutboxAction, String> {
        let account = self.account.map(AccountKey::parse).transpose();
        Ok(OutboxAction {
            id: uuid("id", self.id)?,
            at: Timestamp(self.at),
            kind: self.kind.0,
            destination: self.destination.into(),
            domain: self.domain.into(),
            account: account.map_err(|error| error.to_string())?,
            priority: self.priority.0,
            roster: self.roster.cast_unsigned(),
            target: self.target.to_owned(),
            to: self.to.map(Into::into),
            of: self.of.map(Into::into),
            cancels: self.cancels.map(|id| uuid("cancels", id)).transpose()?,
            awaited: self.awaited,
            decided: self.decided.map(Timestamp),
            body: self.body.to_owned(),
        })
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct AttemptWire<'a> {
    offset: i64,
    number: i32,
    began: Option<i64>,
    is_open: bool,
    is_doubtful: bool,
    not_before: Option<i64>,
    is_cancelled: bool,
    #[serde(borrow)]
    action: ActionWire<'a>,
}

impl<'a> AttemptWire<'a> {
    pub(crate) fn of(attempt: &'a Attempt) -> Self {
        AttemptWire {
            offset: attempt.offset,
            number: attempt.number.cast_signed(),
            began: attempt.began.map(|at| at.0),
            is_open: attempt.is_open,
            is_doubtful: attempt.is_doubtful,
            not_before: attempt.not_before.map(|at| at.0),
            is_cancelled: attempt.is_cancelled,
            action: ActionWire::of(&attempt.action),
        }
    }

    pub(crate) fn attempt(self) -> Result<Attempt, String> {
        Ok(Attempt {
            offset: self.offset,
            number: self.number.cast_unsigned(),
            began: self.began.map(Timestamp),
            is_open: self.is_open,
            is_doubtful: self.is_doubtful,
            not_before: self.not_before.map(Timestamp),
            is_cancelled: self.is_cancelled,
            action: Arc::new(self.action.action()?),
        })
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct DisabledWire<'a> {
    destination: &'a str,
    roster: i64,
    why: &'a str,
    disabled: bool,
    failed_first: Option<i64>,
    failing_since: Option<i64>,
}

impl<'a> DisabledWire<'a> {
    pub(crate) fn of(disabled: &'a DisabledTarget) -> Self {
        DisabledWire {
            destination: &disabled.destination,
            roster: disabled.roster.cast_signed(),
            why: &disabled.why,
            disabled: disabled.is_disabled,
            failed_first: disabled.failed_first.map(|at| at.0),
            failing_since: disabled.failing_since.map(|at| at.0),
        }
    }

    pub(crate) fn disabled(self) -> DisabledTarget {
        DisabledTarget {
            destination: self.destination.into(),
            roster: self.roster.cast_unsigned(),
            why: self.why.into(),
            is_disabled: self.disabled,
            failed_first: self.failed_first.map(Timestamp),
            failing_since: self.failing_since.map(Timestamp),
        }
    }
}

pub(super) fn uuid(field: &str, text: UuidText<'_>) -> Result<Uuid, String> {
    super::check::uuid(field, text).map_err(|flaw| flaw.message)
}
