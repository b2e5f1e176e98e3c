//! How deliveries end: each in exactly one way, counted by destination.

use super::ids::DeliveryId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use strum::{Display, EnumIter};

/// Where the decisions of a destination are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Decisions read, from the roster on that named the destination, and those that were sent once more.
    pub read: u64,
    /// Of these, those that a person has had sent once more.
    #[serde(default)]
    pub replayed: u64,
    pub ended: BTreeMap<End, u64>,
}

/// How a delivery ended: each in exactly one way.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Display, EnumIter,
)]
#[serde(rename_all = "snake_case")]
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
    /// Held out by an experiment, or its message was deleted by people; a first load, where it would put people into a
    /// sequence.
    Suppressed,
    /// No longer true, or no longer in time.
    Expired,
    Failed,
}

/// Deliveries that have ended, for those who read the log again.
#[derive(Clone, Debug, Default)]
pub struct Ended(Vec<(DeliveryId, End)>);

impl PartialEq for Ended {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Ended {}

impl Ended {
    pub(super) fn note(&mut self, id: DeliveryId, end: End) {
        self.0.push((id, end));
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub fn iter(&self) -> impl Iterator<Item = (DeliveryId, End)> {
        self.0.iter().copied()
    }
}
