//! Messages: one a case and destination. It waits for its hour, is posted once, and then edited. Cases of
//! one account, or of a company and its parent, that come within an hour share a message.

use super::Desk;
use super::decide::case_of;
use super::views::family;
use crate::desk::action::{Gathered, Notice, Recipient, Reply, What};
use crate::desk::case::{Clock, Slot};
use crate::desk::ids::{CaseId, DeliveryId, DestinationId, PersonId, ThreadId};
use crate::desk::roster::{Audience, Roster};
use crate::desk::state::{Delivery, Due, End, Phase, Sent, Stage, Then, Thread};
use crate::domain::account::decision::Decision;
use crate::domain::profile::Priority;
use crate::domain::terms::time::Timestamp;
use std::sync::Arc;

/// How long a message takes in other cases of its account.
pub(super) const JOIN_MS: i64 = 3_600_000;

impl Desk<'_> {
    /// Announces a case at a destination: with the message that is there about the same account, or with
    /// one of its own. `at`: when its person works.
    pub(super) fn announce(
        &mut self,
        roster: &Arc<Roster>,
        id: CaseId,
        d: &Arc<Decision>,
        destination: &DestinationId,
        audience: Audience,
        at: Option<Timestamp>,
    ) {
        if let Some(thread) = self.joinable(id, d, destination) {
            return self.join(roster, id, d, destination, thread);
        }
        let Some((to, at)) = self.whereto(roster, id, destination, audience, at) else {
            return self.gather(d, &[(destination.clone(), audience)], Gathered::NoOneThere, None);
        };
        let thread = self.open_thread(id, destination, to, at);
        self.deliver(destination, d, Stage::Waiting(thread));
        self.release_at(thread, at);
    }

    /// A message about a case that delivers no decision: after an escalation, or a snooze. False
    /// where no one can be reached there.
    pub(super) fn announce_again(
        &mut self,
        roster: &Arc<Roster>,
        id: CaseId,
        destination: &DestinationId,
        audience: Audience,
        at: Option<Timestamp>,
    ) -> bool {
        let Some((to, at)) = self.whereto(roster, id, destination, audience, at) else {
            return false;
        };
        let thread = self.open_thread(id, destination, to, at);
        self.release_at(thread, at);
        true
    }

    pub(super) fn release_at(&mut self, thread: ThreadId, at: Timestamp) {
        if at <= self.now {
            self.release(thread);
        } else {
            let rank = self.rank_of_thread(thread);
            self.at(at, Due::Release(rank, thread));
        }
    }

    fn open_thread(
        &mut self,
        id: CaseId,
        destination: &DestinationId,
        to: Recipient,
        at: Timestamp,
    ) -> ThreadId {
        let made = u64::try_from(self.state.threads.len()).unwrap_or(u64::MAX);
        let thread = ThreadId::of(id, destination, self.state.actions.wrapping_add(made << 32));
        if let Some(case) = self.state.cases.get_mut(&id) {
            let opened = Thread {
                destination: destination.clone(),
                to,
                account: case.decision.account.clone(),
                parent: case.decision.parent.clone(),
                cases: vec![id],
                opened: self.now,
                phase: Phase::Waiting(at),
            };
            case.threads.insert(destination.clone(), thread);
            self.state.threads.insert(thread, opened);
        }
        thread
    }

    /// To whom a message goes, and when. None: it is for a person, and the case has none.
    fn whereto(
        &self,
        roster: &Roster,
        id: CaseId,
        destination: &DestinationId,
        audience: Audience,
        at: Option<Timestamp>,
    ) -> Option<(Recipient, Timestamp)> {
        let case = self.state.cases.get(&id)?;
        if audience == Audience::Person {
            let person = case.assigned.as_ref()?.assignment.person.clone();
            return Some((Recipient::Person(person), at?));
        }
        Some((Recipient::Place, self.place_opens(roster, id, destination)?))
    }

    /// The message of another case of the account, or of its kin, that came within the hour, and goes to
    /// the same person.
    fn joinable(&self, id: CaseId, d: &Decision, destination: &DestinationId) -> Option<ThreadId> {
        let person = self.person_of(id);
        let fits = |thread: &Thread| {
            let same_person = match &thread.to {
                Recipient::Person(to) => person == Some(to),
                Recipient::Place => true,
            };
            let there = match thread.phase {
                Phase::Waiting(_) | Phase::Posting(_) | Phase::Shown(Some(_)) => true,
                Phase::Shown(None) | Phase::Gone(_) => false,
            };
            thread.destination == *destination
                && thread.family() == family(d)
                && self.now.0 - thread.opened.0 <= JOIN_MS
                && !thread.cases.contains(&id)
                && thread.cases.iter().any(|case| self.is_live(*case))
                && same_person
                && there
        };
        self.state.threads.iter().find(|(_, thread)| fits(thread)).map(|(id, _)| *id)
    }

    fn join(
        &mut self,
        roster: &Arc<Roster>,
        id: CaseId,
        d: &Arc<Decision>,
        destination: &DestinationId,
        thread: ThreadId,
    ) {
        if let Some(found) = self.state.threads.get_mut(&thread) {
            found.cases.push(id);
        }
        if let Some(case) = self.state.cases.get_mut(&id) {
            case.threads.insert(destination.clone(), thread);
        }
        if matches!(self.phase(thread), Some(Phase::Waiting(_))) {
            return self.deliver(destination, d, Stage::Waiting(thread));
        }
        self.share_slot(id, thread);
        self.deliver(destination, d, Stage::Held(thread));
        if matches!(self.phase(thread), Some(Phase::Shown(Some(_)))) {
            self.edit(roster, thread, vec![DeliveryId::of(d.id, destination)]);
            self.reply(roster, thread, Reply::News(d.clone()));
        }
    }

    /// A case that joins a person's message costs no capacity of its own: that message is there, or took a place of the
    /// same day.
    fn share_slot(&mut self, id: CaseId, thread: ThreadId) {
        let Some(found) = self.state.threads.get(&thread) else { return };
        let mine = self.day_of(id);
        let is_there = matches!(found.phase, Phase::Shown(_));
        let others = found.cases.iter().filter(|case| **case != id);
        let day =
            others.filter_map(|case| self.day_of(*case)).find(|day| is_there || Some(*day) == mine);
        match (found.to.clone(), day, self.person_of(id).cloned()) {
            (Recipient::Person(_), Some(day), Some(person)) => {
                self.free(id);
                self.share(id, person, day);
            }
            _ => self.use_slot(id),
        }
        if self.slot(id) != Some(&Slot::Used) {
            self.plan_reminder(id);
        }
    }

    pub(super) fn release_due(&mut self, thread: ThreadId) {
        // A message that was put off has another time.
        if matches!(self.phase(thread), Some(Phase::Waiting(at)) if at <= self.now) {
            self.release(thread);
        }
    }

    /// Sends a message that waited; one whose cases have all been claimed or have ended is not sent.
    fn release(&mut self, thread: ThreadId) {
        let Some(found) = self.state.threads.get(&thread) else { return };
        let (destination, to, account) =
            (found.destination.clone(), found.to.clone(), found.account.clone());
        let cases: Vec<CaseId> =
            found.cases.iter().copied().filter(|case| self.is_announceable(*case)).collect();
        let Some(roster) = self.roster().filter(|_| !cases.is_empty()) else {
            self.end_all(End::Expired, |delivery| delivery.stage == Stage::Waiting(thread));
            return self.forget_thread(thread);
        };
        for case in &cases {
            self.use_slot(*case);
            if !matches!(self.slot(*case), Some(Slot::Used)) {
                self.plan_reminder(*case);
            }
        }
        let notice = Notice { roster, cases: self.views(&cases) };
        let post = What::Post { destination: destination.clone(), thread, to, notice };
        let action = self.act(Some(account), post);
        let deliveries = self.deliveries(|delivery| delivery.stage == Stage::Waiting(thread));
        for id in &deliveries {
            if let Some(delivery) = self.state.deliveries.get_mut(id) {
                delivery.stage = Stage::Sent(action);
            }
        }
        if let Some(found) = self.state.threads.get_mut(&thread) {
            found.phase = Phase::Posting(action);
        }
        let sent = Sent::of(&destination, Some(thread), deliveries, Then::Posted);
        self.state.sent.insert(action, sent);
    }

    /// A newer decision about a case whose message waits, is being sent, or is there. `before`: the
    /// priority that the case had.
    pub(super) fn update(
        &mut self,
        roster: &Arc<Roster>,
        id: CaseId,
        d: &Arc<Decision>,
        destination: &DestinationId,
        before: Priority,
    ) {
        let thread =
            self.state.cases.get(&id).and_then(|case| case.threads.get(destination)).copied();
        let Some(thread) = thread else { return };
        let Some(phase) = self.phase(thread) else { return };
        let audience =
            roster.destinations.get(destination).map_or(Audience::Shared, |d| d.audience());
        match phase {
            Phase::Waiting(_) => {
                let stage = Stage::Waiting(thread);
                self.end_all(End::Cancelled, |delivery| {
                    delivery.stage == stage && case_of(&delivery.decision) == id
                });
                self.deliver(destination, d, stage);
            }
            Phase::Posting(_) => self.deliver(destination, d, Stage::Held(thread)),
            Phase::Shown(Some(_)) => {
                self.deliver(destination, d, Stage::Held(thread));
                self.edit(roster, thread, vec![DeliveryId::of(d.id, destination)]);
                self.reply(roster, thread, Reply::News(d.clone()));
            }
            Phase::Shown(None) if d.priority > before && self.is_announceable(id) => {
                self.replace(roster, id, d, destination, audience, thread);
            }
            Phase::Shown(None) => {
                let person = self.person_of(id).cloned();
                self.gather(d, &[(destination.clone(), audience)], Gathered::Update, person);
            }
            Phase::Gone(then) if d.priority > then && self.is_announceable(id) => {
                self.replace(roster, id, d, destination, audience, thread);
            }
            Phase::Gone(_) => self.ends(destination, End::Suppressed),
        }
    }

    /// A second message in place of one that cannot be changed, or was deleted.
    fn replace(
        &mut self,
        roster: &Arc<Roster>,
        id: CaseId,
        d: &Arc<Decision>,
        destination: &DestinationId,
        audience: Audience,
        thread: ThreadId,
    ) {
        self.forget_thread(thread);
        let at = self.hour_of(roster, id);
        self.announce(roster, id, d, destination, audience, at);
    }

    /// The message as it should read now; it ends these deliveries.
    pub(super) fn edit(
        &mut self,
        roster: &Arc<Roster>,
        thread: ThreadId,
        deliveries: Vec<DeliveryId>,
    ) {
        let Some(found) = self.state.threads.get(&thread) else { return };
        let Phase::Shown(Some(of)) = found.phase.clone() else { return };
        let (destination, account) = (found.destination.clone(), found.account.clone());
        let notice = Notice { roster: roster.clone(), cases: self.views(&found.cases.clone()) };
        let edit = What::Edit { destination: destination.clone(), thread, of, notice };
        let action = self.act(Some(account), edit);
        for id in &deliveries {
            if let Some(delivery) = self.state.deliveries.get_mut(id) {
                delivery.stage = Stage::Sent(action);
            }
        }
        let sent = Sent::of(&destination, Some(thread), deliveries, Then::Edited);
        self.state.sent.insert(action, sent);
    }

    /// A line below the message, where the destination has that; a person off work is left in peace, the
    /// message itself says it too.
    pub(super) fn reply(&mut self, roster: &Roster, thread: ThreadId, reply: Reply) {
        let Some(found) = self.state.threads.get(&thread) else { return };
        let Phase::Shown(Some(of)) = found.phase.clone() else { return };
        if !self.may_disturb(roster, thread) {
            return;
        }
        let (destination, account) = (found.destination.clone(), found.account.clone());
        self.act(Some(account), What::Reply { destination, thread, of, reply });
    }

    /// Whether who reads a message works now; a shared place always does.
    pub(super) fn may_disturb(&self, roster: &Roster, thread: ThreadId) -> bool {
        match self.state.threads.get(&thread).map(|thread| &thread.to) {
            Some(Recipient::Person(to)) => self.working_at(roster, Some(to)) == Some(self.now),
            _ => true,
        }
    }

    /// Every message of a case that is there, as it should read now.
    pub(super) fn refresh(&mut self, roster: &Arc<Roster>, id: CaseId) {
        for thread in self.threads_of(id) {
            self.edit(roster, thread, Vec::new());
        }
    }

    pub(super) fn threads_of(&self, id: CaseId) -> Vec<ThreadId> {
        let about = self.state.threads.iter().filter(|(_, thread)| thread.cases.contains(&id));
        about.map(|(id, _)| *id).collect()
    }

    /// A case leaves a message that waits: what it would have said there has expired.
    pub(super) fn leave_unsaid(&mut self, id: CaseId, thread: ThreadId) {
        let stage = Stage::Waiting(thread);
        self.end_all(End::Expired, |delivery: &Delivery| {
            delivery.stage == stage && case_of(&delivery.decision) == id
        });
        let Some(found) = self.state.threads.get_mut(&thread) else { return };
        found.cases.retain(|case| *case != id);
        let destination = found.destination.clone();
        let rest = found.cases.clone();
        if let Some(case) = self.state.cases.get_mut(&id) {
            case.threads.remove(&destination);
        }
        if rest.is_empty() {
            self.state.threads.remove(&thread);
        } else if let Some(roster) = self.roster() {
            // One that had no capacity of its own needs some now.
            let keeps = rest.iter().any(|c| matches!(self.slot(*c), Some(Slot::Kept { .. })));
            if let Some(first) = rest.first().filter(|_| !keeps) {
                self.replan(&roster, *first);
            }
        }
    }

    pub(super) fn person_of(&self, id: CaseId) -> Option<&PersonId> {
        let assigned = self.state.cases.get(&id)?.assigned.as_ref()?;
        Some(&assigned.assignment.person)
    }

    pub(super) fn is_live(&self, id: CaseId) -> bool {
        self.state.cases.get(&id).is_some_and(|case| case.ended.is_none())
    }

    pub(super) fn live_cases(&self, thread: ThreadId) -> usize {
        let found = self.state.threads.get(&thread);
        found.map_or(0, |found| found.cases.iter().filter(|case| self.is_live(**case)).count())
    }

    /// Neither ended nor taken by a word.
    pub(super) fn is_announceable(&self, id: CaseId) -> bool {
        self.is_live(id)
            && self.state.cases.get(&id).is_some_and(|c| !matches!(c.clock, Clock::Stopped { .. }))
    }
}
