//! People whom a tool has put into a sequence for us: what our ledger says, and who wants no more mail. A result of an
//! action names them; the ledger goes by what a tool has confirmed, so that nothing is stopped that was not ours.

use crate::domain::Text;
use crate::domain::terms::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What became of an account's people at a tool; the reference of an action that enrols.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub enrolled: Vec<Enrolment>,
    /// People who opted out, as the tool says: digests of their addresses.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub opted_out: BTreeSet<Text>,
    /// Why others were left out, for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Text>,
}

/// One person in one sequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// As the tool names it.
    pub id: Text,
    /// The person's id at the tool.
    pub person: Text,
    /// The same person at every tool: a digest of the mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<Text>,
    /// The digest of the person's id at the tool, as an opt-out may name them; where it is not the one above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_id: Option<Text>,
    /// They are to be taken out, and no tool has confirmed it yet. Of the ledger alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_owed: bool,
    /// When the ledger took them up; the sender does not know it.
    #[serde(default, skip_serializing_if = "is_unset")]
    pub since: Timestamp,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference over")]
fn is_unset(at: &Timestamp) -> bool {
    *at == Timestamp::default()
}

impl Enrolment {
    /// It, among all of a tool: where the tool has no id for one person in one sequence, `id` is the sequence's own.
    pub fn key(&self) -> Text {
        format!("{} {}", self.id, self.person).into()
    }

    /// The digests by which opt-outs name the person.
    pub fn names(&self) -> impl Iterator<Item = &Text> {
        self.who.iter().chain(&self.by_id)
    }
}

impl Reached {
    /// None of another reference.
    pub fn read(reference: &str) -> Option<Reached> {
        serde_json::from_str(reference).ok()
    }
}
