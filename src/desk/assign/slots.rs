//! A case's place in a person's day: kept until its first message is sent, used from then on.

use super::Desk;
use super::choose::{Choice, Chosen, rank_of};
use super::posts::JOIN_MS;
use super::views::family;
use crate::desk::action::{Assignment, Because, Recipient};
use crate::desk::case::{Assigned, Slot};
use crate::desk::ids::{CaseId, DestinationId, PersonId, ThreadId};
use crate::desk::roster::hours::{Availability, Opening};
use crate::desk::roster::{Audience, Roster};
use crate::desk::state::{Delivery, Phase, Stage, Thread};
use crate::domain::account::decision::Decision;
use crate::domain::terms::time::Timestamp;
use chrono::NaiveDate;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The person who has another case of the account.
pub(super) struct Sibling {
    pub(super) person: PersonId,
    /// When they work next.
    pub(super) opening: Opening,
    /// The other case took a place of that day, which does for both.
    pub(super) shares: bool,
}

impl Desk<'_> {
    /// Keeps the place, and finds another one for the case that it was taken from.
    pub(super) fn give(&mut self, id: CaseId, d: &Decision, chosen: Chosen) {
        let Chosen { assignment, day, displaces, .. } = chosen;
        if let Some(displaced) = displaces {
            self.free(displaced);
        }
        let person = assignment.person.clone();
        if matches!(assignment.because, Because::Team { .. } | Because::Fallback { .. }) {
            let turn = self.state.turns.values().max().copied().unwrap_or(0) + 1;
            self.state.turns.insert(person.clone(), turn);
        }
        let rank = rank_of(d);
        self.state.loads.or_default((person, day)).kept.insert((rank, id));
        if let Some(case) = self.state.cases.get_mut(&id) {
            let slot = Slot::Kept { day, rank };
            case.assigned = Some(Assigned { assignment, slot, used_on: None });
        }
        if let (Some(displaced), Some(roster)) = (displaces, self.roster()) {
            self.replan(&roster, displaced);
        }
    }

    /// Gives the place of a case back that was kept for it.
    pub(super) fn free(&mut self, id: CaseId) {
        let Some(Slot::Kept { day, rank }) = self.slot(id).cloned() else { return };
        let Some(case) = self.state.cases.get_mut(&id) else { return };
        let Some(assigned) = case.assigned.take() else { return };
        if let Some(load) = self.state.loads.get_mut(&(assigned.assignment.person, day)) {
            load.kept.remove(&(rank, id));
        }
    }

    /// A message about the case is being sent: its place is used.
    pub(super) fn use_slot(&mut self, id: CaseId) {
        let Some(Slot::Kept { day, rank }) = self.slot(id).cloned() else { return };
        let Some(case) = self.state.cases.get_mut(&id) else { return };
        let Some(assigned) = &mut case.assigned else { return };
        (assigned.slot, assigned.used_on) = (Slot::Used, Some(day));
        let load = self.state.loads.or_default((assigned.assignment.person.clone(), day));
        if load.kept.remove(&(rank, id)) {
            load.used = load.used.saturating_add(1);
        }
        self.plan_reminder(id);
    }

    /// A case that goes to a person without regard to turns.
    pub(super) fn hand_to(
        &mut self,
        id: CaseId,
        person: PersonId,
        day: NaiveDate,
        because: Because,
    ) {
        self.free(id);
        let load = self.state.loads.or_default((person.clone(), day));
        load.used = load.used.saturating_add(1);
        let assignment = Assignment { person, because, skipped: Vec::new() };
        if let Some(case) = self.state.cases.get_mut(&id) {
            let used_on = Some(day);
            case.assigned = Some(Assigned { assignment, slot: Slot::Used, used_on });
        }
    }

    /// A case that another one of its account has the place of, on that day.
    pub(super) fn share(&mut self, id: CaseId, person: PersonId, day: NaiveDate) {
        let assignment = Assignment { person, because: Because::SameAccount, skipped: Vec::new() };
        if let Some(case) = self.state.cases.get_mut(&id) {
            let used_on = Some(day);
            case.assigned = Some(Assigned { assignment, slot: Slot::Shared, used_on });
        }
    }

    /// The person who has another case of the account, or of its kin, of which a message was made within the hour;
    /// none where they work next after the deadline.
    pub(super) fn sibling(&self, roster: &Roster, id: CaseId, d: &Decision) -> Option<Sibling> {
        let recent = |thread: &&Thread| {
            thread.family() == family(d) && self.now.0 - thread.opened.0 <= JOIN_MS
        };
        let cases = self.state.threads.values().filter(recent).flat_map(|thread| &thread.cases);
        let mut open = cases.filter(|case| **case != id && self.is_announceable(**case));
        let of = open.find_map(|case| self.state.cases.get(case)?.assigned.as_ref())?;
        let (person, opening) =
            (&of.assignment.person, self.opening(roster, &of.assignment.person)?);
        let is_in_time = d.sla_deadline.is_none_or(|deadline| opening.at < deadline);
        let shares = of.day() == Some(opening.day);
        is_in_time.then(|| Sibling { person: person.clone(), opening, shares })
    }

    fn opening(&self, roster: &Roster, person: &PersonId) -> Option<Opening> {
        match roster.people.get(person)?.calendar.availability(self.now) {
            Availability::From(opening) => Some(opening),
            Availability::Away(_) | Availability::Never => None,
        }
    }

    /// When a person works next, now if they do; none where they are away, or there is none.
    pub(super) fn working_at(
        &self,
        roster: &Roster,
        person: Option<&PersonId>,
    ) -> Option<Timestamp> {
        self.opening(roster, person?).map(|opening| opening.at)
    }

    /// When the person of a case works next.
    pub(super) fn hour_of(&self, roster: &Roster, id: CaseId) -> Option<Timestamp> {
        self.working_at(roster, self.person_of(id))
    }

    /// A message of its own for a case that was to join another one. Where its place was in another day, it takes one of
    /// the day on which the message comes.
    pub(super) fn announce_late(
        &mut self,
        roster: &Arc<Roster>,
        id: CaseId,
        d: &Arc<Decision>,
        destination: &DestinationId,
        audience: Audience,
    ) {
        let person = self.person_of(id).cloned();
        let opening = person.as_ref().and_then(|person| self.opening(roster, person));
        let is_of_another_day = opening.is_some_and(|opening| self.day_of(id) != Some(opening.day));
        if audience != Audience::Person || !is_of_another_day {
            let at = opening.map(|opening| opening.at);
            return self.announce(roster, id, d, destination, audience, at);
        }
        self.free(id);
        if let Some(case) = self.state.cases.get_mut(&id) {
            case.assigned = None;
        }
        match person.and_then(|person| self.stay_with(roster, &person, d)) {
            Some(Choice::To(chosen)) => {
                let at = chosen.at;
                self.give(id, d, chosen);
                self.announce(roster, id, d, destination, audience, Some(at));
            }
            _ => self.place(roster, id, d, &[(destination.clone(), audience)]),
        }
    }

    /// When a message about a case may go to a shared place: in its hours, or at once where those begin after
    /// the deadline.
    pub(super) fn place_opens(
        &self,
        roster: &Roster,
        id: CaseId,
        destination: &DestinationId,
    ) -> Option<Timestamp> {
        let case = self.state.cases.get(&id)?;
        let hours = roster.destinations.get(destination).and_then(|d| d.hours.as_ref());
        let opens = hours.and_then(|hours| hours.opening(self.now, &BTreeSet::new()));
        let opens = opens.map_or(self.now, |opening| opening.at);
        let deadline = case.decision.sla_deadline;
        let in_time = deadline.is_none_or(|deadline| opens < deadline);
        Some(if in_time { opens } else { self.now })
    }

    /// The place of a case in its rank, after its decision has changed.
    pub(super) fn rerank(&mut self, id: CaseId, d: &Decision) {
        let new = rank_of(d);
        let Some(case) = self.state.cases.get_mut(&id) else { return };
        let Some(assigned) = &mut case.assigned else { return };
        let Slot::Kept { day, rank } = &mut assigned.slot else { return };
        let key = (assigned.assignment.person.clone(), *day);
        let load = self.state.loads.or_default(key);
        load.kept.remove(&(*rank, id));
        load.kept.insert((new, id));
        *rank = new;
    }

    /// Finds another place for a case of which no message has been sent, or puts it into the digest.
    pub(super) fn replan(&mut self, roster: &Arc<Roster>, id: CaseId) {
        self.free(id);
        let Some(case) = self.state.cases.get(&id) else { return };
        let (d, threads) = (case.decision.clone(), case.threads.clone());
        let waits = |desk: &Self, thread| matches!(desk.phase(thread), Some(Phase::Waiting(_)));
        let waiting: Vec<(DestinationId, ThreadId)> =
            threads.into_iter().filter(|(_, thread)| waits(self, *thread)).collect();
        match self.choose(roster, &d, self.now) {
            Choice::To(chosen) => {
                let (person, at) = (chosen.assignment.person.clone(), chosen.at);
                self.give(id, &d, chosen);
                for (destination, thread) in waiting {
                    let audience = roster.destinations.get(&destination).map(|d| d.audience());
                    if audience == Some(Audience::Person) {
                        self.redirect(thread, id, &person, at);
                    }
                }
            }
            Choice::NoPeople => {}
            Choice::Nobody { why } => {
                for (_, thread) in waiting {
                    let stage = Stage::Waiting(thread);
                    let mine = |delivery: &Delivery| {
                        delivery.stage == stage && super::decide::case_of(&delivery.decision) == id
                    };
                    for delivery in self.deliveries(mine) {
                        self.gather_delivery(delivery, why);
                    }
                    self.leave_unsaid(id, thread);
                }
                self.escalate_early(roster, id, why);
            }
        }
    }

    /// A case whose deadline has moved before the hours of its person goes to someone else.
    pub(super) fn keep_in_time(&mut self, roster: &Arc<Roster>, id: CaseId) {
        let Some(case) = self.state.cases.get(&id) else { return };
        let Some(deadline) = case.decision.sla_deadline else { return };
        let late = |thread: &ThreadId| {
            let found = self.state.threads.get(thread);
            found.is_some_and(|t| matches!(t.phase, Phase::Waiting(at) if at >= deadline))
        };
        let is_kept = matches!(self.slot(id), Some(Slot::Kept { .. }));
        if is_kept && case.threads.values().any(late) {
            self.replan(roster, id);
        }
    }

    /// A waiting message goes to another person, with all the cases that it is about.
    fn redirect(&mut self, thread: ThreadId, first: CaseId, person: &PersonId, at: Timestamp) {
        let used_on = self.day_of(first);
        let Some(found) = self.state.threads.get_mut(&thread) else { return };
        found.to = Recipient::Person(person.clone());
        found.phase = Phase::Waiting(at);
        for case in found.cases.clone() {
            let shared = case != first && self.slot(case) == Some(&Slot::Shared);
            let case = self.state.cases.get_mut(&case).filter(|_| shared);
            if let Some(assigned) = case.and_then(|case| case.assigned.as_mut()) {
                assigned.assignment.person = person.clone();
                assigned.used_on = used_on;
            }
        }
        self.release_at(thread, at);
    }
}
