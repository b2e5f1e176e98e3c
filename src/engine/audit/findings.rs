//! What an audit found, for people and for scripts.

use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// How what was written differs from what the log says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "difference", rename_all = "snake_case")]
pub enum Difference {
    /// The fold makes it, the topic does not hold it.
    DecisionMissing {
        id: Uuid,
        topic: String,
        expected: serde_json::Value,
    },
    /// The topic holds it, the fold does not make it.
    DecisionUnexpected {
        id: Uuid,
        topic: String,
        found: serde_json::Value,
    },
    /// It names an input after the last one that was scored.
    DecisionAhead {
        id: Uuid,
        topic: String,
        /// The input's partition and offset.
        input: String,
    },
    DecisionTwice {
        id: Uuid,
        topic: String,
        times: u64,
    },
    DecisionDiffers {
        id: Uuid,
        topic: String,
        expected: serde_json::Value,
        found: serde_json::Value,
    },
    StateMissing {
        account: String,
        expected: serde_json::Value,
    },
    StateUnexpected {
        account: String,
        found: serde_json::Value,
    },
    StateDiffers {
        account: String,
        expected: serde_json::Value,
        found: serde_json::Value,
    },
    DeadLetterMissing {
        position: String,
    },
    DeadLetterUnexpected {
        position: String,
    },
    DeadLetterTwice {
        position: String,
    },
    /// The folded state breaks a numbered invariant.
    Invariant {
        what: String,
    },
    Unreadable {
        what: String,
    },
}

/// What an audit found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Findings {
    pub inputs: u64,
    /// By record type and verdict; they sum to `inputs`.
    pub verdicts: BTreeMap<String, u64>,
    pub decisions: u64,
    pub states: u64,
    pub dead_letters: u64,
    /// Of the dead letters: records in another partition than their key's.
    pub misplaced: u64,
    pub differences: u64,
    /// Decisions and dead letters of records that were copied: the older log has them.
    pub copied: u64,
    /// Decisions and dead letters of inputs before the snapshot that the audit began with.
    pub before_snapshot: u64,
    /// Decisions and dead letters that the fold makes, but whose topics no longer reach back.
    pub no_longer_held: u64,
    /// Decisions that were written as tests (`buymode decisions send-sample`): no fold makes them.
    pub tests: u64,
    /// The first ones in full.
    pub first: Vec<Difference>,
}

impl Findings {
    /// Whether inputs were folded again and nothing differs: all else proves nothing.
    pub fn is_proof(&self) -> bool {
        self.inputs > 0 && self.differences == 0
    }
}
