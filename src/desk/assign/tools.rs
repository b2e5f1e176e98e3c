//! Decisions at tools: what a tool has not got yet of an episode that has ended is called off, so that no task or
//! enrolment follows from it.

use super::Desk;
use crate::desk::action::What;
use crate::desk::ids::{ActionId, DestinationId};
use crate::desk::roster::{Roster, Target};
use crate::domain::account::decision::{Decision, DecisionKind};

impl Desk<'_> {
    /// Calls off what a decision overtakes at a tool.
    pub(super) fn overtake(&mut self, roster: &Roster, d: &Decision, destination: &DestinationId) {
        let is_end = matches!(d.kind, DecisionKind::Exited | DecisionKind::Withdrawn);
        let target = roster.destinations.get(destination).map(|found| &found.target);
        if !is_end || !matches!(target, Some(Target::Tool(_))) {
            return;
        }
        let is_overtaken = |other: &Decision| {
            other.account == d.account
                && other.product == d.product
                && matches!(
                    other.kind,
                    DecisionKind::Entered | DecisionKind::Strengthened | DecisionKind::Triaged
                )
        };
        let under_way = self.state.sent.iter().filter(|(_, sent)| sent.destination == *destination);
        let overtaken: Vec<ActionId> = under_way
            .filter(|(_, sent)| {
                let mut all = sent.deliveries.iter().filter_map(|id| self.state.deliveries.get(id));
                all.any(|delivery| is_overtaken(&delivery.decision))
            })
            .map(|(action, _)| *action)
            .collect();
        for action in overtaken {
            let what = What::Cancel { destination: destination.clone(), action };
            self.act(Some(d.account.clone()), what);
        }
    }
}
