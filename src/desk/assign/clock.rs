//! The clock of a case: a reminder at half of the time, an escalation at the deadline, the end of a snooze.
//! All follow from times of the log, so that a replay gives the same.

use super::Desk;
use crate::desk::action::{Because, Gathered, Recipient, Reply};
use crate::desk::case::{Clock, Slot};
use crate::desk::ids::{CaseId, DestinationId, PersonId, ThreadId};
use crate::desk::record::Verdict;
use crate::desk::roster::hours::{Availability, Calendar, halfway};
use crate::desk::roster::{Audience, Roster};
use crate::desk::state::{Due, Phase};
use crate::domain::terms::time::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Desk<'_> {
    /// Half of the time between now, when the case was announced, and its deadline; in the hours of its
    /// person.
    pub(super) fn plan_reminder(&mut self, id: CaseId) {
        let Some(case) = self.state.cases.get(&id) else { return };
        let Clock::Runs { deadline } = case.clock else { return };
        let half = halfway(self.now, deadline);
        let person = self.person_of(id).and_then(|id| {
            let (_, roster) = self.state.roster.as_ref()?;
            roster.people.get(id)
        });
        let at = match person.map(|person| person.calendar.availability(half)) {
            None => half,
            Some(Availability::From(opening)) => opening.at,
            Some(Availability::Away(_) | Availability::Never) => return,
        };
        if at > self.now && at < deadline {
            self.at(at, Due::Reminder(id));
        }
    }

    pub(super) fn remind(&mut self, id: CaseId) {
        let Some(roster) = self.roster().filter(|_| self.is_live(id)) else { return };
        let Some(Clock::Runs { deadline }) = self.clock(id) else { return };
        if deadline <= self.now {
            return;
        }
        let person = self.person_of(id).cloned();
        for thread in self.threads_of(id) {
            let reply = Reply::Reminder { deadline, person: person.clone() };
            self.reply(&roster, thread, reply);
        }
    }

    pub(super) fn deadline_passed(&mut self, id: CaseId) {
        let Some(roster) = self.roster().filter(|_| self.is_live(id)) else { return };
        if let Some(Clock::Runs { deadline }) = self.clock(id)
            && deadline <= self.now
        {
            self.escalate(&roster, id, deadline);
        }
    }

    /// A case that no one takes on now: the next in the chain hears of it at once, unless the digest comes
    /// in time.
    pub(super) fn escalate_early(&mut self, roster: &Arc<Roster>, id: CaseId, why: Gathered) {
        let Some(Clock::Runs { deadline }) = self.clock(id) else { return };
        let digest_in_time = self.next_digest().is_some_and(|digest| digest < deadline);
        if why != Gathered::OverCapacity || !digest_in_time {
            self.escalate(roster, id, deadline);
        }
    }

    fn escalate(&mut self, roster: &Arc<Roster>, id: CaseId, deadline: Timestamp) {
        let from = self.person_of(id).cloned();
        let chain = roster.escalation.iter().flat_map(|escalation| &escalation.people);
        let chain = chain.filter(|person| Some(*person) != from.as_ref());
        let next =
            chain.filter_map(|person| Some((person, self.is_free(roster, person).ok()?))).next();
        let to = next.map(|(person, day)| (person.clone(), day));
        if let Some((person, day)) = to.clone() {
            self.hand_to(id, person, day, Because::Escalation);
        }
        if let Some(case) = self.state.cases.get_mut(&id) {
            case.clock = Clock::Escalated;
        }
        let to = to.map(|(person, _)| person);
        let mut reached = false;
        let mut redirected = Vec::new();
        for thread in self.threads_of(id) {
            let Some(found) = self.state.threads.get_mut(&thread) else { continue };
            match (&found.phase, &found.to, &to) {
                (Phase::Waiting(_), Recipient::Person(_), Some(person)) => {
                    found.to = Recipient::Person(person.clone());
                    redirected.push(found.destination.clone());
                    reached = true;
                    self.put_forward(thread);
                }
                (Phase::Waiting(_), Recipient::Place, _) => {
                    reached = true;
                    self.put_forward(thread);
                }
                (Phase::Shown(Some(_)), place, _) => {
                    reached |= *place == Recipient::Place;
                    self.edit(roster, thread, Vec::new());
                    let (from, to) = (from.clone(), to.clone());
                    self.reply(roster, thread, Reply::Escalated { deadline, from, to });
                }
                _ => {}
            }
        }
        if let Some(person) = &to {
            reached |= self.announce_to(roster, id, person, &redirected);
        }
        let Some(channel) = roster.escalation.as_ref().map(|escalation| &escalation.channel) else {
            return;
        };
        if !reached || (to.is_none() && !self.is_shown(id, channel)) {
            self.announce_again(roster, id, channel, Audience::Shared, None);
        }
    }

    fn is_shown(&self, id: CaseId, channel: &DestinationId) -> bool {
        let thread = self.state.cases.get(&id).and_then(|case| case.threads.get(channel));
        let phase = thread.and_then(|thread| self.phase(*thread));
        matches!(phase, Some(Phase::Shown(Some(_)) | Phase::Posting(_)))
    }

    /// Sends a case to a person at every destination that writes to people, but for those that already do.
    /// False where there is none.
    fn announce_to(
        &mut self,
        roster: &Arc<Roster>,
        id: CaseId,
        person: &PersonId,
        done: &[DestinationId],
    ) -> bool {
        let Some(case) = self.state.cases.get(&id) else { return false };
        let takers = roster.takers(&case.decision);
        let personal =
            takers.into_iter().filter(|(id, a)| *a == Audience::Person && !done.contains(id));
        let at = self.working_at(roster, Some(person));
        let mut reached = false;
        for (destination, audience) in personal {
            reached |= self.announce_again(roster, id, &destination, audience, at);
        }
        reached
    }

    fn put_forward(&mut self, thread: ThreadId) {
        if let Some(found) = self.state.threads.get_mut(&thread) {
            found.phase = Phase::Waiting(self.now);
        }
        self.release_due(thread);
    }

    /// A snooze is over: the case is open again, and its messages say so.
    pub(super) fn again(&mut self, id: CaseId) {
        let Some(roster) = self.roster().filter(|_| self.is_live(id)) else { return };
        let Some(Clock::Stopped { by, verdict: Verdict::Snooze { until }, deadline, .. }) =
            self.clock(id)
        else {
            return;
        };
        // It may have been snoozed again, for longer.
        if self.morning_of(&roster, id, &by, until).is_some_and(|morning| morning > self.now) {
            return;
        }
        self.resume(id, deadline.filter(|deadline| *deadline > self.now));
        self.say_again(&roster, id, &by);
    }

    /// The messages of a case that is open again; new ones where there are none that can say it.
    pub(super) fn say_again(&mut self, roster: &Arc<Roster>, id: CaseId, person: &PersonId) {
        self.refresh(roster, id);
        let Some(case) = self.state.cases.get(&id) else { return };
        let (d, threads) = (case.decision.clone(), case.threads.clone());
        for (destination, audience) in roster.takers(&d) {
            let thread = threads.get(&destination).copied();
            match thread.and_then(|thread| Some((thread, self.phase(thread)?))) {
                Some((thread, Phase::Shown(Some(_)))) => {
                    self.reply(roster, thread, Reply::Again { person: person.clone() });
                }
                None | Some((_, Phase::Shown(None))) if audience != Audience::Machine => {
                    let at = self.hour_of(roster, id);
                    if !self.announce_again(roster, id, &destination, audience, at)
                        && let Some(escalation) = &roster.escalation
                    {
                        let channel = &escalation.channel;
                        self.announce_again(roster, id, channel, Audience::Shared, None);
                    }
                }
                _ => {}
            }
        }
    }

    /// The clock runs again after a word; none where the case had no deadline, or it is over.
    pub(super) fn resume(&mut self, id: CaseId, deadline: Option<Timestamp>) {
        let clock = match deadline {
            Some(deadline) => {
                self.at(deadline, Due::Escalation(id));
                Clock::Runs { deadline }
            }
            None => Clock::None,
        };
        if let Some(case) = self.state.cases.get_mut(&id) {
            case.clock = clock;
        }
    }

    /// The morning of a day for who said it; for one who is not in the roster, as a CRM, for the case's
    /// person, and else by the hours of the digest.
    pub(super) fn morning_of(
        &self,
        roster: &Roster,
        id: CaseId,
        by: &PersonId,
        day: chrono::NaiveDate,
    ) -> Option<Timestamp> {
        let known = roster.people.get(by).or_else(|| roster.people.get(self.person_of(id)?));
        let calendar = match known {
            Some(person) => person.calendar.clone(),
            None => Calendar {
                hours: roster.digest.as_ref()?.hours.clone(),
                holidays: BTreeSet::new(),
                absences: Vec::new(),
            },
        };
        calendar.morning(day)
    }

    /// No decision ends a request: after a while it is over.
    pub(super) fn forget(&mut self, id: CaseId) {
        if matches!(self.slot(id), Some(Slot::Kept { .. })) {
            self.free(id);
        }
        if let Some(d) = self.state.cases.get(&id).map(|case| case.decision.clone()) {
            self.is_ended_by(id, &d);
        }
    }

    fn clock(&self, id: CaseId) -> Option<Clock> {
        self.state.cases.get(&id).map(|case| case.clock.clone())
    }
}
