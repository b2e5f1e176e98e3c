//! Decisions at tools. What a tool has not got yet of an episode that has ended is called off, so that no task or
//! enrolment follows from it; and the end of an enrolment follows what is still on its way, so that it knows whom we
//! have enrolled.

use super::Desk;
use crate::desk::action::{Inform, Informed, Standing, What};
use crate::desk::ids::{ActionId, DestinationId, PersonId};
use crate::desk::people::{Enrolment, Reached};
use crate::desk::record::Outcome;
use crate::desk::roster::{Roster, Target};
use crate::desk::state::{End, Sent, Stage};
use crate::domain::Text;
use crate::domain::account::decision::{Decision, DecisionKind, Origin};
use crate::domain::evidence::signal::SignalId;
use crate::domain::profile::ExitAdvice;
use crate::domain::score::fit::Tier;
use crate::domain::terms::account::AccountKey;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Desk<'_> {
    /// A program gets every decision, in order. A first load says where accounts stood long before, and puts no one into a
    /// sequence.
    pub(super) fn serve(
        &mut self,
        roster: &Arc<Roster>,
        d: &Arc<Decision>,
        destination: &DestinationId,
    ) {
        let is_entry = d.kind == DecisionKind::Entered;
        if is_entry && d.origin == Origin::Baseline && self.enrols(roster, destination) {
            return self.ends(destination, End::Suppressed);
        }
        self.overtake(roster, d, destination);
        match self.may_enrol(roster, d, destination) {
            Some(action) => self.deliver(destination, d, Stage::After(action)),
            None => {
                let action = self.hand_over(roster, d, destination, Standing::Open);
                if stops(d) && self.enrols(roster, destination) {
                    self.stop_by(action, d, destination);
                }
            }
        }
    }

    /// Calls off what a decision overtakes at a tool.
    fn overtake(&mut self, roster: &Roster, d: &Decision, destination: &DestinationId) {
        let target = roster.destinations.get(destination).map(|found| &found.target);
        if !is_end(d) || !matches!(target, Some(Target::Tool(_))) {
            return;
        }
        for action in self.under_way(destination, d) {
            let what = What::Cancel { destination: destination.clone(), action };
            self.act(Some(d.account.clone()), what);
        }
    }

    /// Actions that announce the episode of a decision to a tool, and have no result yet.
    fn under_way(&self, destination: &DestinationId, d: &Decision) -> Vec<ActionId> {
        let family = self.state.family_of(d);
        let announces = |other: &Decision| {
            family.contains(&other.account)
                && other.product == d.product
                && matches!(
                    other.kind,
                    DecisionKind::Entered | DecisionKind::Strengthened | DecisionKind::Triaged
                )
        };
        let there = self.state.sent.iter().filter(|(_, sent)| sent.destination == *destination);
        let found = there.filter(|(_, sent)| {
            let mut all = sent.deliveries.iter().filter_map(|id| self.state.deliveries.get(id));
            all.any(|delivery| announces(&delivery.decision))
        });
        found.map(|(action, _)| *action).collect()
    }

    /// An action that may still put people into a sequence that a decision ends.
    fn may_enrol(
        &self,
        roster: &Roster,
        d: &Decision,
        destination: &DestinationId,
    ) -> Option<ActionId> {
        let is_concerned = stops(d) && self.enrols(roster, destination);
        is_concerned.then(|| self.under_way(destination, d)).and_then(|all| all.first().copied())
    }

    pub(super) fn enrols(&self, roster: &Roster, destination: &DestinationId) -> bool {
        let target = roster.destinations.get(destination).map(|found| &found.target);
        matches!(target, Some(Target::Tool(tool)) if tool.enrol)
    }

    /// The same of one that is in the roster no more: who was put in by what it had under way is there.
    pub(super) fn may_have_enrolled(&self, roster: &Roster, destination: &DestinationId) -> bool {
        !roster.destinations.contains_key(destination) || self.enrols(roster, destination)
    }

    /// Hands over what waited for an action's result.
    pub(super) fn follow(&mut self, action: ActionId) {
        let waiting = self.deliveries(|delivery| delivery.stage == Stage::After(action));
        for id in waiting {
            let Some(roster) = self.roster() else { return };
            let Some(delivery) = self.state.deliveries.get(&id).cloned() else { continue };
            if !roster.destinations.contains_key(&delivery.destination) {
                self.end(id, End::Cancelled);
                continue;
            }
            self.state.deliveries.remove(&id);
            self.serve(&roster, &delivery.decision, &delivery.destination);
        }
    }

    /// What a tool has confirmed about people goes into the ledger.
    pub(super) fn reached(&mut self, sent: &Sent, outcome: &Outcome) {
        let Outcome::Confirmed(reference) = outcome else { return };
        if let Some(stops) = &sent.stops {
            return self.stopped(&sent.destination, stops);
        }
        let Some(roster) = self.roster() else { return };
        let delivery = sent.deliveries.first().and_then(|id| self.state.deliveries.get(id));
        let Some(d) = delivery.map(|delivery| delivery.decision.clone()) else { return };
        if !self.may_have_enrolled(&roster, &sent.destination) {
            return;
        }
        let key = (sent.destination.clone(), d.account.clone(), d.product.clone());
        let Some(found) = reference.as_ref().and_then(|said| Reached::read(&said.0)) else {
            return;
        };
        let people = self.state.enrolled.get(&key).into_iter().flatten();
        let known: BTreeSet<Text> = people.map(Enrolment::key).collect();
        let new = found.enrolled.into_iter().filter(|one| !known.contains(&one.key()));
        let new: Vec<_> = new.map(|one| Enrolment { since: self.now, ..one }).collect();
        if !new.is_empty() {
            self.state.enrolled.or_default(key.clone()).extend(new.iter().cloned());
        }
        if !found.opted_out.is_empty() {
            let target = roster.destinations.get(&sent.destination).map(|found| &found.target);
            if matches!(target, Some(Target::Tool(tool)) if tool.opt_out_suppresses) {
                self.suppress(&d, &sent.destination);
            }
            self.opt_out(&d.account, found.opted_out);
        }
        self.stop_late(&key, sent, &new);
    }

    /// The account's fold hears that no one there wants to be written to: only where the roster says so.
    fn suppress(&mut self, d: &Decision, destination: &DestinationId) {
        let inform = Inform {
            id: SignalId::new_v5(&d.id, destination.0.as_bytes()),
            product: d.product.clone(),
            person: PersonId(destination.0.clone()),
            what: Informed::OptedOut { at: self.now },
        };
        self.act(Some(d.account.clone()), What::Inform(inform));
    }

    /// People of an account have opted out. Actions on their way do not know it, and are called off.
    pub(super) fn opt_out(&mut self, account: &AccountKey, people: BTreeSet<Text>) {
        self.hear_opt_outs(account, &people);
        let Some(roster) = self.roster() else { return };
        for (action, destination) in self.enrolling(&roster, &self.state.family(account)) {
            self.act(Some(account.clone()), What::Cancel { destination, action });
        }
    }
}

fn is_end(d: &Decision) -> bool {
    matches!(d.kind, DecisionKind::Exited | DecisionKind::Withdrawn)
}

/// Whether our enrolments end by it: sales or the evidence says stop, or the company does not fit any more.
pub(super) fn stops(d: &Decision) -> bool {
    let advice = d.exit.as_ref().map(|exit| exit.advice);
    match d.kind {
        DecisionKind::Exited | DecisionKind::Withdrawn => advice == Some(ExitAdvice::StopNow),
        DecisionKind::TierChanged => d.tier == Tier::NotIcp,
        DecisionKind::Entered | DecisionKind::Strengthened | DecisionKind::Triaged => false,
    }
}
