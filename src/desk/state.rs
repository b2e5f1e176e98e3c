//! What the desk remembers between two records. Cases leave it once they have ended, so that it does not grow; of an
//! account only the number of its last decision stays.

use super::action::{Assignment, DigestItem, Recipient};
use super::ids::{
    ActionId, CaseId, DeliveryId, DestinationId, PersonId, Reference, ThreadId, WordId,
};
use super::record::Verdict;
use super::roster::Roster;
use crate::domain::Text;
use crate::domain::account::decision::Decision;
use crate::domain::profile::Priority;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Timestamp;
use chrono::NaiveDate;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use strum::{Display, EnumIter};
use uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The largest that was read.
    pub time: Timestamp,
    pub roster: Option<(u64, Arc<Roster>)>,
    /// The highest offset taken of each partition of the decisions.
    pub taken: BTreeMap<(Text, i32), i64>,
    /// By account and product.
    pub streams: BTreeMap<(AccountKey, Text), Stream>,
    pub cases: BTreeMap<CaseId, Case>,
    /// Cases that have ended, and whose messages do not all say so yet.
    pub over: BTreeSet<CaseId>,
    pub threads: BTreeMap<ThreadId, Thread>,
    /// Those that have not ended.
    pub deliveries: BTreeMap<DeliveryId, Delivery>,
    /// Actions whose result is awaited.
    pub sent: BTreeMap<ActionId, Sent>,
    pub loads: BTreeMap<(PersonId, NaiveDate), Load>,
    pub digest: Digest,
    /// What falls due, and when.
    pub due: BTreeSet<(Timestamp, Due)>,
    pub counts: BTreeMap<DestinationId, Counts>,
    /// When each person was last chosen by turn.
    pub turns: BTreeMap<PersonId, u64>,
    /// Actions decided so far.
    pub actions: u64,
}

/// The decisions about one account and product, which are read in the order of their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    /// The last number that was read.
    pub last: u32,
    /// Those that came before one with a lower number, each with when it came.
    pub waiting: BTreeMap<u32, (Timestamp, Arc<Decision>)>,
    /// Numbers that were waited for in vain: the first and the last of each range.
    pub given_up: BTreeMap<u32, u32>,
}

/// What one person takes care of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    pub decision: Arc<Decision>,
    pub assigned: Option<Assigned>,
    pub clock: Clock,
    /// The decision that ended it; it stays until its messages say so.
    pub ended: Option<Arc<Decision>>,
    /// The words that were heard, so that a click counts once.
    pub heard: BTreeSet<WordId>,
    /// Its message at each destination.
    pub threads: BTreeMap<DestinationId, ThreadId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    pub assignment: Assignment,
    pub slot: Slot,
}

/// A case's place in a person's capacity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slot {
    /// Kept for that day; one of a higher rank may take it.
    Kept { day: NaiveDate, rank: Rank },
    /// A message was sent.
    Used,
    /// It takes none: another case of the account has it.
    Shared,
}

/// The clock of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clock {
    /// It has no deadline.
    None,
    Runs {
        deadline: Timestamp,
    },
    /// The deadline has passed, and the next in the chain was informed.
    Escalated,
    /// A word stopped it; `deadline` is there for one who takes the word back.
    Stopped {
        word: WordId,
        by: PersonId,
        at: Timestamp,
        verdict: Verdict,
        deadline: Option<Timestamp>,
    },
}

/// One message at one destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    pub destination: DestinationId,
    pub to: Recipient,
    pub account: AccountKey,
    /// The cases that it is about.
    pub cases: Vec<CaseId>,
    pub opened: Timestamp,
    pub phase: Phase,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It will be sent then.
    Waiting(Timestamp),
    /// Handed to a sender.
    Posting(ActionId),
    /// It is there. A target that gave no reference cannot change it.
    Shown(Option<Reference>),
    /// It was deleted there, when the case had this priority.
    Gone(Priority),
}

/// One decision for one destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub destination: DestinationId,
    pub decision: Arc<Decision>,
    pub stage: Stage,
}

/// Why a delivery is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The message that will say it waits for its time.
    Waiting(ThreadId),
    /// It corrects or adds to a message that is being sent.
    Held(ThreadId),
    /// It lies in the digest.
    Gathered,
    /// Handed to a sender.
    Sent(ActionId),
}

/// An action whose result is awaited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub destination: DestinationId,
    pub thread: Option<ThreadId>,
    /// Deliveries that end with it, and how if it succeeds.
    pub deliveries: Vec<DeliveryId>,
    pub then: Then,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Posted,
    Edited,
    Digested,
}

/// A person's day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Load {
    pub used: u16,
    /// Cases whose message waits, the highest rank first.
    pub kept: BTreeSet<(Rank, CaseId)>,
}

impl Load {
    pub fn taken(&self) -> u16 {
        self.used.saturating_add(u16::try_from(self.kept.len()).unwrap_or(u16::MAX))
    }
}

/// The order in which capacity is given; the first is the least.
///
/// By priority, then tier, then the fresher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    pub priority: Reverse<Priority>,
    pub tier: u8,
    pub decided: Reverse<Timestamp>,
    pub decision: Uuid,
}

impl Rank {
    /// Below every other.
    pub const LOWEST: Rank = Rank {
        priority: Reverse(Priority::Normal),
        tier: u8::MAX,
        decided: Reverse(Timestamp(i64::MIN)),
        decision: Uuid::max(),
    };
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    /// By the decision's rank.
    pub items: BTreeMap<Rank, DigestItem>,
    /// When it goes out; none while it is empty.
    pub due: Option<Timestamp>,
}

/// What falls due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// A missing decision is waited for no longer.
    Missing(AccountKey, Text),
    /// A message's time has come; of several, the highest rank first.
    Release(Rank, ThreadId),
    Reminder(CaseId),
    Escalation(CaseId),
    /// A snooze is over.
    Again(CaseId),
    /// A request, which no decision ends, is remembered no longer.
    Forget(CaseId),
    Digest,
}

/// Where the decisions of a destination are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Decisions read, from the roster on that named the destination.
    pub read: u64,
    pub ended: BTreeMap<End, u64>,
}

/// How a delivery ended: each in exactly one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Display, EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum End {
    /// The target has the message.
    Confirmed,
    /// The target took the message and cannot confirm more.
    Accepted,
    /// The message that was there says it.
    Edited,
    Digested,
    /// Overtaken by a later decision, or there was nothing to correct.
    Cancelled,
    /// Held out by an experiment, or its message was deleted by people.
    Suppressed,
    /// No longer true, or no longer in time.
    Expired,
    Failed,
}

impl State {
    /// A decision that was read before this desk began: the next about its account has the next number.
    pub fn passed(&mut self, decision: &Decision) {
        let key = (decision.account.clone(), decision.product.clone());
        let stream = self.streams.entry(key).or_default();
        stream.last = stream.last.max(decision.sequence);
    }

    /// When something falls due next. A tick that is read at this time or later brings it about.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Deliveries of a destination that have not ended.
    pub fn open(&self, destination: &DestinationId) -> u64 {
        let open = self.deliveries.values().filter(|d| d.destination == *destination);
        u64::try_from(open.count()).unwrap_or(u64::MAX)
    }
}
