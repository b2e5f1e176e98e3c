//! What an audit found, for people and for scripts.

use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// How what was written differs from what the log says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(tag = "difference", rename_all = "snake_case")]
pub enum Difference {
    /// The fold makes it, the topic does not hold it.
    DecisionMissing {
        /// The decision's id.
        id: Uuid,
        /// The decision's topic.
        topic: String,
        /// The whole record, as the fold makes it.
        expected: serde_json::Value,
    },
    /// The topic holds it, the fold does not make it.
    DecisionUnexpected {
        /// The decision's id.
        id: Uuid,
        /// The decision's topic.
        topic: String,
        /// The whole record, as the topic holds it.
        found: serde_json::Value,
    },
    /// It names an input after the last one that was scored.
    DecisionAhead {
        /// The decision's id.
        id: Uuid,
        /// The decision's topic.
        topic: String,
        /// The input's partition and offset.
        input: String,
    },
    DecisionTwice {
        /// The decision's id.
        id: Uuid,
        /// The decision's topic.
        topic: String,
        /// How often the topic holds it.
        times: u64,
    },
    DecisionDiffers {
        /// The decision's id.
        id: Uuid,
        /// The decision's topic.
        topic: String,
        /// The whole record, as the fold makes it.
        expected: serde_json::Value,
        /// The whole record, as the topic holds it.
        found: serde_json::Value,
    },
    StateMissing {
        account: String,
        /// The whole record, as the fold makes it.
        expected: serde_json::Value,
    },
    StateUnexpected {
        account: String,
        /// The whole record, as the topic holds it.
        found: serde_json::Value,
    },
    StateDiffers {
        account: String,
        /// The whole record, as the fold makes it.
        expected: serde_json::Value,
        /// The whole record, as the topic holds it.
        found: serde_json::Value,
    },
    DeadLetterMissing {
        /// Partition and offset of the input.
        position: String,
    },
    DeadLetterUnexpected {
        /// Partition and offset of the input.
        position: String,
    },
    DeadLetterTwice {
        /// Partition and offset of the input.
        position: String,
    },
    /// The folded state breaks a numbered invariant.
    Invariant {
        /// The fault, for people.
        what: String,
    },
    Unreadable {
        /// The fault, for people.
        what: String,
    },
}

/// What an audit found.
#[derive(Clone, Debug, Default, Serialize, schemars::JsonSchema)]
pub struct Findings {
    /// Inputs that were folded again.
    pub inputs: u64,
    /// By record type and verdict; they sum to `inputs`.
    pub verdicts: BTreeMap<String, u64>,
    /// Decisions that were compared.
    pub decisions: u64,
    /// States of accounts that were compared.
    pub states: u64,
    /// Dead letters that were compared.
    pub dead_letters: u64,
    /// Of the dead letters: records in another partition than their key's.
    pub misplaced: u64,
    /// Records that are missing, duplicate or different, and what cannot be read.
    pub differences: u64,
    /// Decisions and dead letters of records that were copied: the older log has them.
    pub copied: u64,
    /// Decisions and dead letters of inputs before the snapshot that the audit began with.
    pub before_snapshot: u64,
    /// Decisions and dead letters that the fold makes, but whose topics no longer reach back.
    pub no_longer_held: u64,
    /// Dead letters of records that are not in the inputs (of `ingest`, imports and topics that `run` forwards): no
    /// fold makes them.
    pub outside_inputs: u64,
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
