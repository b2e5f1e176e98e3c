//! Counts of people: accounts that were announced to them, and what they said. Names are those of the
//! roster and of profiles, so that there are not more of them than these have.

use super::report::rules_of;
use crate::desk::action::{Action, What};
use crate::desk::ids::WordId;
use crate::desk::state::State;
use crate::domain::Text;
use crate::domain::account::decision::Decision;
use crate::telemetry::Deliveries;
use std::collections::BTreeSet;

/// One of them.
pub(super) struct Deed {
    profile: Text,
    person: Text,
    rules: BTreeSet<Text>,
    /// None: it was announced.
    said: Option<&'static str>,
}

impl Deed {
    fn of(d: &Decision, person: &str, said: Option<&'static str>) -> Deed {
        Deed { profile: d.profile.clone(), person: person.into(), rules: rules_of(d), said }
    }

    pub(super) fn count(&self, meters: &Deliveries) {
        let rules = self.rules.iter().map(Text::as_str);
        match self.said {
            None => meters.announced(&self.profile, &self.person, rules),
            Some(said) => meters.acted(&self.profile, &self.person, said, rules),
        }
    }
}

/// What the actions of a record come to.
pub(super) fn deeds(state: &State, decided: &[Action]) -> Vec<Deed> {
    let mut deeds = Vec::new();
    for action in decided {
        match &action.what {
            // Each case once, at the first of its destinations.
            What::Post { destination, notice, .. } => {
                let first = notice.cases.iter().filter(|view| {
                    let case = state.cases.get(&view.id).filter(|case| case.heard.is_empty());
                    case.and_then(|case| case.threads.keys().next()) == Some(destination)
                });
                deeds.extend(first.map(|view| {
                    let person = view.assignment.as_ref().map_or("none", |a| a.person.as_str());
                    Deed::of(&view.decision, person, None)
                }));
            }
            What::Inform(inform) => {
                // What takes a word back, or carries it out later, has another id.
                let spoken = state.words.get(&WordId(inform.id));
                let case = spoken.and_then(|spoken| state.cases.get(&spoken.case));
                if let (Some(spoken), Some(case)) = (spoken, case) {
                    let said = Some(spoken.verdict.name());
                    deeds.push(Deed::of(&case.decision, inform.person.as_str(), said));
                }
            }
            _ => {}
        }
    }
    deeds
}
