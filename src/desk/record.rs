//! What can happen at the desk: the records of its log.

use super::ids::{ActionId, CaseId, DestinationId, PersonId, Reference, WordId};
use super::roster::Roster;
use crate::domain::Text;
use crate::domain::account::decision::Decision;
use crate::domain::account::input::SalesOutcome;
use crate::domain::account::outbox::ProfileChange;
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::OutcomeKind;
use crate::domain::terms::time::Timestamp;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A decision, forwarded from the topic of a route.
    Decision {
        origin: Origin,
        decision: Arc<Decision>,
    },
    /// A roster. One with a number that is not higher than the last one's changes nothing.
    Roster {
        number: u64,
        roster: Arc<Roster>,
    },
    Word(Word),
    /// What a CRM or a sequencer says of an account, forwarded from the inputs.
    Sales {
        origin: Origin,
        account: AccountKey,
        outcome: Box<SalesOutcome>,
    },
    /// An account was put on a list of those that are kept from sequencers, forwarded from the inputs.
    Suppressed {
        origin: Origin,
        account: AccountKey,
    },
    /// An account is another one from now on, or again one of its own, forwarded from the inputs.
    Merged {
        origin: Origin,
        account: AccountKey,
        into: Option<AccountKey>,
    },
    /// How an action ended.
    Result {
        action: ActionId,
        outcome: Outcome,
    },
    /// Accounts are scored by another profile.
    Change(Arc<ProfileChange>),
    /// The same of an attempt whose sender had lost it when the answer came.
    Late {
        action: ActionId,
        outcome: Outcome,
    },
    /// Time passes.
    Tick,
    /// A sender asks for a mark; `domain`: under which key the answer is to lie in the outbox.
    Ask {
        domain: Text,
        token: Text,
    },
    /// A person has a decision sent to a destination once more.
    Replay {
        destination: DestinationId,
        decision: Arc<Decision>,
    },
    /// A destination takes nothing more, or is tried again.
    Health {
        destination: DestinationId,
        is_disabled: bool,
        why: Text,
    },
    /// All that follows from the inputs as they were at this time of the log was read before.
    Mark {
        of: Timestamp,
    },
}

/// Where a forwarded decision was read: one that is not above the highest of its partition was forwarded
/// before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    pub topic: Text,
    pub partition: i32,
    pub offset: i64,
}

/// What a person said about a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Made of the click, so that one that is sent twice counts once.
    pub id: WordId,
    pub case: CaseId,
    pub person: PersonId,
    pub said: Said,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    Verdict(Verdict),
    /// An earlier word does not hold.
    TakeBack(WordId),
}

/// What stops the clock of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// I take care of it.
    Claim,
    /// It is worth working on.
    Accept,
    Reject {
        reason: Text,
        /// In the person's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Text>,
    },
    /// Say it again on that day.
    Snooze {
        until: NaiveDate,
    },
    AlreadyInTouch,
    DoNotContact,
    WrongCompany,
    /// One report of an event that the decision names.
    NoLongerTrue {
        evidence: SignalId,
    },
    /// A CRM or a sequencer knows that someone works on it.
    Reported {
        outcome: OutcomeKind,
    },
}

impl Verdict {
    /// In metrics and reports: `do_not_contact`.
    pub fn name(&self) -> &'static str {
        match self {
            Verdict::Claim => "claim",
            Verdict::Accept => "accept",
            Verdict::Reject { .. } => "reject",
            Verdict::Snooze { .. } => "snooze",
            Verdict::AlreadyInTouch => "already_in_touch",
            Verdict::DoNotContact => "do_not_contact",
            Verdict::WrongCompany => "wrong_company",
            Verdict::NoLongerTrue { .. } => "no_longer_true",
            Verdict::Reported { .. } => "reported",
        }
    }

    /// As a message puts it: `claimed`.
    pub fn past(&self) -> &'static str {
        match self {
            Verdict::Claim => "claimed",
            Verdict::Accept => "accepted",
            Verdict::Reject { .. } => "rejected",
            Verdict::Snooze { .. } => "snoozed",
            Verdict::AlreadyInTouch => "already in touch",
            Verdict::DoNotContact => "marked do not contact",
            Verdict::WrongCompany => "marked as the wrong company",
            Verdict::NoLongerTrue { .. } => "marked as no longer true",
            Verdict::Reported { outcome } => (*outcome).into(),
        }
    }
}

/// How an action ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The target has shown it to be there; a target whose messages can be edited names it.
    Confirmed(Option<Reference>),
    /// The target took it, and cannot confirm more.
    Accepted,
    /// It will not be tried again.
    Failed(Text),
    /// The message that it was to change has been deleted there.
    Gone,
    /// It was cancelled before it was sent.
    NotSent,
    /// Too many wait for its destination already.
    Crowded,
}
