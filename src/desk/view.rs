//! How things stand, as a message or an answer shows them, or a sender asks.

use super::action::{CaseView, SaidBy, Standing};
use super::case::Clock;
use super::ids::{CaseId, DestinationId};
use super::state::State;
use crate::domain::Text;
use crate::domain::account::decision::Decision;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Timestamp;
use std::collections::BTreeSet;

/// None of a case that is not remembered.
pub fn view(state: &State, id: CaseId) -> Option<CaseView> {
    let case = state.cases.get(&id)?;
    let standing = match (&case.ended, &case.clock) {
        (Some(end), _) => Standing::Ended(end.clone()),
        (None, Clock::Stopped { by, at, verdict, .. }) => {
            Standing::Said { by: by.clone(), at: *at, verdict: verdict.clone() }
        }
        (None, _) => Standing::Open,
    };
    let said = match &case.clock {
        Clock::Stopped { word, by, verdict, .. } => {
            Some(SaidBy { word: *word, by: by.clone(), verdict: verdict.clone() })
        }
        _ => None,
    };
    let assignment = case.assigned.as_ref().map(|assigned| assigned.assignment.clone());
    let (decision, heard) = (case.decision.clone(), case.heard.len());
    let stream = state.streams.get(&(decision.account.clone(), decision.product.clone()));
    // The end of this case is not what was before it.
    let before = stream.and_then(|stream| stream.past.clone()).filter(|_| case.ended.is_none());
    let is_late = matches!(case.clock, Clock::Escalated);
    Some(CaseView { id, decision, assignment, standing, said, heard, is_late, before })
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

    /// Whether a decision of an account, or of one that was merged into it, was read.
    pub fn knows(&self, account: &AccountKey) -> bool {
        self.family(account).into_iter().any(|one| {
            let from = (one.clone(), Text::default());
            self.streams.range(from..).next().is_some_and(|((of, _), _)| *of == one)
        })
    }

    /// Deliveries of a destination that have not ended.
    pub fn open(&self, destination: &DestinationId) -> u64 {
        let open = self.deliveries.values().filter(|d| d.destination == *destination);
        u64::try_from(open.count()).unwrap_or(u64::MAX)
    }

    /// When the latest mark was asked for that no one has answered.
    pub fn asked(&self) -> Option<Timestamp> {
        self.asks.values().map(|asked| asked.at).max()
    }
}
