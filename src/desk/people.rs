//! People whom a tool has put into a sequence for us: what our ledger says, and who wants no more mail. A result of an
//! action names them; the ledger goes by what a tool has confirmed, so that nothing is stopped that was not ours.

use super::state::State;
use crate::domain::Text;
use crate::domain::account::decision::Decision;
use crate::domain::terms::account::AccountKey;
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
    /// When the ledger took them up; the sender does not know it.
    #[serde(default, skip_serializing_if = "is_unset")]
    pub since: Timestamp,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference over")]
fn is_unset(at: &Timestamp) -> bool {
    *at == Timestamp::default()
}

impl Reached {
    /// None of another reference.
    pub fn read(reference: &str) -> Option<Reached> {
        serde_json::from_str(reference).ok()
    }
}

impl State {
    /// Whether a person has opted out, whatever account it was said of.
    pub fn has_opted_out(&self, who: &str) -> bool {
        self.opted_out.values().any(|people| people.contains(who))
    }

    /// An account, with all that were merged into it: what ends there ends what was begun under their names.
    pub fn family(&self, account: &AccountKey) -> BTreeSet<AccountKey> {
        let mut family = BTreeSet::from([account.clone()]);
        loop {
            let members = self.merged.iter().filter(|(_, into)| family.contains(*into));
            let members: Vec<_> = members.map(|(member, _)| member.clone()).collect();
            let before = family.len();
            family.extend(members);
            if family.len() == before {
                return family;
            }
        }
    }

    /// Those of the account of a decision, and the one that its episode was announced under.
    pub fn family_of(&self, d: &Decision) -> BTreeSet<AccountKey> {
        let mut family = self.family(&d.account);
        family.extend(d.entered_as.clone());
        family
    }

    /// Whether a decision of an account was read.
    pub fn knows(&self, account: &AccountKey) -> bool {
        let from = (account.clone(), Text::default());
        self.streams.range(from..).next().is_some_and(|((of, _), _)| of == account)
    }
}
