//! The past: how the last case of an account and product ended, and what was said of it. Messages
//! about the next one begin with it.

use super::ids::PersonId;
use super::record::Verdict;
use crate::domain::account::decision::{Decision, DecisionKind, ExitReason};
use crate::domain::terms::catalogue::OutcomeKind;
use crate::domain::terms::time::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    pub at: Timestamp,
    pub end: Ending,
    /// The last answer to it, and by whom.
    pub said: Option<(PersonId, Verdict)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    Left {
        reason: ExitReason,
        outcome: Option<OutcomeKind>,
    },
    Withdrawn,
    /// It was a request.
    Request,
}

impl Past {
    pub(super) fn of(d: &Decision, said: Option<(PersonId, Verdict)>) -> Option<Past> {
        let end = match (d.kind, d.exit) {
            (DecisionKind::Withdrawn, _) => Ending::Withdrawn,
            (DecisionKind::Exited, Some(exit)) => {
                Ending::Left { reason: exit.reason, outcome: exit.outcome }
            }
            (DecisionKind::Triaged, _) if said.is_some() => Ending::Request,
            _ => return None,
        };
        Some(Past { at: d.decided_at, end, said })
    }
}
