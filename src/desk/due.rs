//! What falls due, and what senders have asked for.

use super::ids::{CaseId, ThreadId, WordId};
use crate::domain::Text;
use crate::domain::profile::Priority;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use uuid::Uuid;

/// A message to a channel by the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    Digest,
    Week,
}

/// A mark that a sender has asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub at: Timestamp,
    pub token: Text,
}

/// What falls due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
    /// A word that evidence is no longer true is carried out.
    Retract(WordId),
    /// A word cannot be taken back any more.
    ForgetWord(WordId),
    Week,
}

/// The order in which capacity is given; the first is the least.
///
/// By priority, then tier, then the fresher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
