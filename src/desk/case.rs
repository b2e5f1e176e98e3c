//! A case: what one person takes care of, whose capacity it takes, and its clock.

use super::action::Assignment;
use super::due::Rank;
use super::ids::{DestinationId, PersonId, ThreadId, WordId};
use super::record::Verdict;
use crate::domain::account::decision::Decision;
use crate::domain::terms::time::Timestamp;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What one person takes care of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case<D = Arc<Decision>> {
    pub decision: D,
    pub assigned: Option<Assigned>,
    /// When the first decision that it is about became true.
    #[serde(default)]
    pub opened: Timestamp,
    pub clock: Clock,
    /// The decision that ended it; it stays until its messages say so.
    pub ended: Option<D>,
    /// The words that were heard, so that a click counts once.
    pub heard: BTreeSet<WordId>,
    /// Its message at each destination.
    pub threads: BTreeMap<DestinationId, ThreadId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assigned {
    pub assignment: Assignment,
    pub slot: Slot,
    /// The day of the place that it used, or shares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_on: Option<NaiveDate>,
}

impl Assigned {
    /// The day of the person whose capacity it takes, by itself or with another case of the account.
    pub fn day(&self) -> Option<NaiveDate> {
        match self.slot {
            Slot::Kept { day, .. } => Some(day),
            Slot::Used | Slot::Shared => self.used_on,
        }
    }
}

/// A case's place in a person's capacity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Slot {
    /// Kept for that day; one of a higher rank may take it.
    Kept { day: NaiveDate, rank: Rank },
    /// A message was sent.
    Used,
    /// It takes none: another case of the account has it.
    Shared,
}

/// The clock of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
