//! What the desk remembers between two records. Cases leave it once they have ended, so that it does not grow; of an
//! account only the number of its last decision stays.

pub use super::due::{Asked, Due, Rank, Report};
pub use super::ends::{Counts, End, Ended};

use super::action::{DigestItem, Gathered, Recipient};
use super::case::Case;
use super::ids::{
    ActionId, CaseId, DeliveryId, DestinationId, PersonId, Reference, ThreadId, WordId,
};
use super::kept::{Kept, KeptSet};
use super::past::Past;
use super::people::Enrolment;
use super::record::Verdict;
use super::roster::Roster;
use crate::domain::Text;
use crate::domain::account::decision::Decision;
use crate::domain::evidence::signal::SignalId;
use crate::domain::profile::Priority;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Timestamp;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The largest that was read.
    pub time: Timestamp,
    pub roster: Option<(u64, Arc<Roster>)>,
    /// The highest offset taken of each partition of the decisions.
    pub taken: Kept<(Text, i32), i64>,
    /// By account and product.
    pub streams: Kept<(AccountKey, Text), Stream>,
    pub cases: Kept<CaseId, Case>,
    /// Cases that have ended, and whose messages do not all say so yet.
    pub over: KeptSet<CaseId>,
    pub threads: Kept<ThreadId, Thread>,
    /// Those that have not ended.
    pub deliveries: Kept<DeliveryId, Delivery>,
    /// Actions whose result is awaited.
    pub sent: Kept<ActionId, Sent>,
    pub loads: Kept<(PersonId, NaiveDate), Load>,
    pub digest: Digest,
    /// What falls due, and when.
    pub due: KeptSet<(Timestamp, Due)>,
    pub counts: Kept<DestinationId, Counts>,
    /// What people said, as long as it can be taken back.
    pub words: Kept<WordId, Spoken>,
    /// When each person was last chosen by turn.
    pub turns: Kept<PersonId, u64>,
    /// When each digest went out last.
    pub last: Kept<Report, Timestamp>,
    /// Marks that senders have asked for, by the key of the answer.
    pub asks: Kept<Text, Asked>,
    /// People whom tools have put into sequences for us, by destination, account and product.
    pub enrolled: Kept<(DestinationId, AccountKey, Text), Vec<Enrolment>>,
    /// People of an account who opted out, whichever tool says it: never dropped.
    pub opted_out: Kept<AccountKey, BTreeSet<Text>>,
    /// Accounts that are another one now, so that what ends there ends what was begun here.
    pub merged: Kept<AccountKey, AccountKey>,
    /// Actions decided so far.
    pub actions: u64,
    /// Deliveries that have ended since it was settled; they do not make two states differ.
    pub ended: Ended,
    /// What single values were when it was settled.
    settled: Settled,
}

/// Single values of a state, as they were; they do not make two states differ.
#[derive(Clone, Debug, Default)]
struct Settled {
    time: Timestamp,
    roster: Option<(u64, Arc<Roster>)>,
    digest_due: Option<Timestamp>,
    actions: u64,
}

impl PartialEq for Settled {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Settled {}

/// The decisions about one account and product, which are read in the order of their numbers.
///
/// `D` is a decision, or in a record of the state its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream<D = Arc<Decision>> {
    /// The last number that was read.
    pub last: u32,
    /// Those that came before one with a lower number, each with when it came.
    pub waiting: BTreeMap<u32, (Timestamp, D)>,
    /// Numbers that were waited for in vain: the first and the last of each range.
    pub given_up: BTreeMap<u32, u32>,
    /// The number of the entry of the episode that is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<u32>,
    /// How its last case ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub past: Option<Past>,
}

impl<D> Default for Stream<D> {
    fn default() -> Self {
        Stream {
            last: 0,
            waiting: BTreeMap::new(),
            given_up: BTreeMap::new(),
            open: None,
            past: None,
        }
    }
}

/// A person's word, and what it was about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spoken {
    pub case: CaseId,
    pub account: AccountKey,
    pub product: Text,
    pub by: PersonId,
    pub at: Timestamp,
    pub verdict: Verdict,
    /// Reports that are taken back a while after the word.
    pub retracts: Vec<SignalId>,
    pub is_final: bool,
    pub taken_back: Option<WordId>,
}

/// One message at one destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    pub destination: DestinationId,
    pub to: Recipient,
    pub account: AccountKey,
    /// The company that the account belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<AccountKey>,
    /// The cases that it is about.
    pub cases: Vec<CaseId>,
    pub opened: Timestamp,
    pub phase: Phase,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery<D = Arc<Decision>> {
    pub destination: DestinationId,
    pub decision: D,
    pub stage: Stage,
}

/// Why a delivery is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// The message that will say it waits for its time.
    Waiting(ThreadId),
    /// It corrects or adds to a message that is being sent.
    Held(ThreadId),
    /// It lies in the digest.
    Gathered,
    /// Handed to a sender.
    Sent(ActionId),
    /// It ends what this action may begin, and follows its result.
    After(ActionId),
}

/// An action whose result is awaited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    pub destination: DestinationId,
    pub thread: Option<ThreadId>,
    /// Deliveries that end with it, and how if it succeeds.
    pub deliveries: Vec<DeliveryId>,
    pub then: Then,
    /// What a digest carries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Carried>,
    /// When the digest before that one went out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Its account dropped out while it was under way: whom it has put in is taken out again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_over: bool,
    /// Whom it takes out at a tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stops: Option<Stops>,
}

/// Enrolments that an action ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stops {
    pub account: AccountKey,
    pub product: Text,
    /// Their keys.
    pub ids: BTreeSet<Text>,
}

impl Sent {
    pub fn of(
        destination: &DestinationId,
        thread: Option<ThreadId>,
        deliveries: Vec<DeliveryId>,
        then: Then,
    ) -> Sent {
        let destination = destination.clone();
        let (items, is_over) = (Vec::new(), false);
        Sent { destination, thread, deliveries, then, items, since: None, is_over, stops: None }
    }
}

/// An entry of a digest that is being sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    pub decision: Uuid,
    pub why: Gathered,
    pub person: Option<PersonId>,
    /// Its case has ended, or was taken, since.
    pub is_over: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Then {
    Posted,
    Edited,
    Digested,
}

/// A person's day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    /// By the decision's rank.
    pub items: Kept<Rank, DigestItem>,
    /// When it goes out; none while it is empty.
    pub due: Option<Timestamp>,
}

impl State {
    /// A decision that was read before this desk began: the next about its account has the next number.
    pub fn passed(&mut self, decision: &Decision) {
        let key = (decision.account.clone(), decision.product.clone());
        let stream = self.streams.or_default(key);
        stream.last = stream.last.max(decision.sequence);
        self.remember(decision, None);
    }

    /// A case has ended, by this decision. `said`: the answer that held.
    pub(super) fn remember(&mut self, d: &Decision, said: Option<(PersonId, Verdict)>) {
        let Some(past) = Past::of(d, said) else { return };
        let stream = self.streams.or_default((d.account.clone(), d.product.clone()));
        stream.past = Some(past);
    }

    /// Counts changes from here on.
    pub fn settle(&mut self) {
        self.taken.settle();
        self.streams.settle();
        self.cases.settle();
        self.over.settle();
        self.threads.settle();
        self.deliveries.settle();
        self.sent.settle();
        self.loads.settle();
        self.digest.items.settle();
        self.due.settle();
        self.counts.settle();
        self.turns.settle();
        self.last.settle();
        self.asks.settle();
        self.enrolled.settle();
        self.opted_out.settle();
        self.merged.settle();
        self.ended.clear();
        self.words.settle();
        self.settled = Settled {
            time: self.time,
            roster: self.roster.clone(),
            digest_due: self.digest.due,
            actions: self.actions,
        };
    }

    /// Goes back to where it was settled last: what was read since counts for nothing.
    pub fn revert(&mut self) {
        self.taken.revert();
        self.streams.revert();
        self.cases.revert();
        self.over.revert();
        self.threads.revert();
        self.deliveries.revert();
        self.sent.revert();
        self.loads.revert();
        self.digest.items.revert();
        self.due.revert();
        self.counts.revert();
        self.turns.revert();
        self.last.revert();
        self.asks.revert();
        self.enrolled.revert();
        self.opted_out.revert();
        self.merged.revert();
        self.ended.clear();
        self.words.revert();
        let settled = self.settled.clone();
        self.time = settled.time;
        self.roster = settled.roster;
        self.digest.due = settled.digest_due;
        self.actions = settled.actions;
    }

    /// When something falls due next. A tick that is read at this time or later brings it about.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.due.first_key_value().map(|((at, _), ())| *at)
    }
}
