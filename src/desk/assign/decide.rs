//! What a decision does at each destination that takes its route.

use super::Desk;
use super::choose::Choice;
use super::tools::stops;
use crate::desk::action::{CaseView, Gathered, Notice, Recipient, Standing, What};
use crate::desk::case::{Case, Clock, Slot};
use crate::desk::ids::{ActionId, CaseId, DeliveryId, DestinationId, ThreadId};
use crate::desk::roster::hours::STALE_MS;
use crate::desk::roster::{Audience, Roster, Target};
use crate::desk::state::{Due, End, Phase, Sent, Stage, Then};
use crate::domain::account::decision::{Decision, DecisionKind, Origin};
use crate::domain::profile::ExitAdvice;
use crate::domain::terms::experiment::Arm;
use crate::domain::terms::time::{DAY_MS, Timestamp};
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How long a request is remembered, so that what was said about it can be taken back.
const REQUEST_MS: i64 = 7 * DAY_MS;

pub(super) type Taker = (DestinationId, Audience);
type Takers = Vec<Taker>;

impl Desk<'_> {
    pub(super) fn read(&mut self, d: &Arc<Decision>) {
        let Some(roster) = self.roster() else { return self.state.remember(d, None) };
        let takers = roster.takers(d);
        for (destination, _) in &takers {
            self.counts(destination).read += 1;
        }
        let served: &[Taker] = if d.arm == Arm::HoldOut { &[] } else { &takers };
        self.end_elsewhere(&roster, d, served);
        if d.arm == Arm::HoldOut {
            for (destination, _) in &takers {
                self.ends(destination, End::Suppressed);
            }
            return;
        }
        let (machines, people): (Takers, Takers) =
            takers.into_iter().partition(|(_, audience)| *audience == Audience::Machine);
        match d.kind {
            DecisionKind::Entered | DecisionKind::Triaged => self.opens(&roster, d, &people),
            DecisionKind::Strengthened => self.grows(&roster, d, &people),
            DecisionKind::Exited | DecisionKind::Withdrawn => self.closes(&roster, d, &people),
            DecisionKind::TierChanged => self.gather(d, &people, Gathered::TierChanged, None),
        }
        for (destination, _) in &machines {
            self.serve(&roster, d, destination);
        }
    }

    /// A decision that was sent before, or failed, or came before a destination was switched on. One that is on
    /// its way is not sent a second time.
    pub(super) fn replay(&mut self, destination: &DestinationId, d: &Arc<Decision>) {
        let Some(roster) = self.roster() else { return };
        let audience = roster.destinations.get(destination).map(|found| found.audience());
        let is_under_way = self.state.deliveries.contains_key(&DeliveryId::of(d.id, destination));
        let is_end = matches!(d.kind, DecisionKind::Exited | DecisionKind::Withdrawn);
        let standing = match audience {
            None | Some(Audience::Person) => return,
            Some(Audience::Shared) if is_end => Standing::Ended(d.clone()),
            Some(Audience::Shared | Audience::Machine) => Standing::Open,
        };
        if is_under_way || d.arm == Arm::HoldOut {
            return;
        }
        let counts = self.counts(destination);
        counts.read += 1;
        counts.replayed += 1;
        let target = roster.destinations.get(destination).map(|found| &found.target);
        let is_tool = matches!(target, Some(Target::Tool(_)));
        // What follows at a tool is not only a message: tasks, and people in a sequence.
        let (announces, ends) =
            (is_tool || audience == Some(Audience::Shared), is_tool && stops(d));
        if (announces && self.is_outdated(d)) || (ends && self.began_after(d)) {
            return self.ends(destination, End::Expired);
        }
        if is_tool {
            self.serve(&roster, d, destination);
        } else {
            self.hand_over(&roster, d, destination, standing);
        }
    }

    /// Whether what a decision announces does not hold any more, or a person has taken it.
    fn is_outdated(&self, d: &Decision) -> bool {
        let (id, entry) = (case_of(d), self.entry_of_open(d));
        match d.kind {
            DecisionKind::Entered | DecisionKind::Strengthened => {
                entry.is_none_or(|entry| d.sequence < entry)
                    || (self.state.cases.contains_key(&id) && !self.is_announceable(id))
            }
            DecisionKind::Triaged => d.sla_deadline.is_some_and(|deadline| deadline <= self.now),
            DecisionKind::Exited | DecisionKind::Withdrawn | DecisionKind::TierChanged => false,
        }
    }

    /// Whether another episode has begun since, which it does not end.
    fn began_after(&self, d: &Decision) -> bool {
        self.entry_of_open(d).is_some_and(|entry| d.sequence < entry)
    }

    /// The number of the entry of the episode that is open.
    fn entry_of_open(&self, d: &Decision) -> Option<u32> {
        self.state.streams.get(&(d.account.clone(), d.product.clone()))?.open
    }

    /// A program gets every decision as it is, at once.
    pub(super) fn hand_over(
        &mut self,
        roster: &Arc<Roster>,
        d: &Arc<Decision>,
        destination: &DestinationId,
        standing: Standing,
    ) -> ActionId {
        let case = self.state.cases.get(&case_of(d));
        let view = CaseView {
            id: case_of(d),
            decision: d.clone(),
            assignment: case.and_then(|c| c.assigned.as_ref()).map(|a| a.assignment.clone()),
            standing,
            said: None,
            heard: 0,
            is_late: false,
            before: None,
        };
        let notice = Notice { roster: roster.clone(), cases: vec![view] };
        let thread = ThreadId::of(CaseId(d.id), destination, 0);
        let to = Recipient::Place;
        let post = What::Post { destination: destination.clone(), thread, to, notice };
        let action = self.act(Some(d.account.clone()), post);
        self.deliver(destination, d, Stage::Sent(action));
        let deliveries = vec![DeliveryId::of(d.id, destination)];
        let sent = Sent::of(destination, None, deliveries, Then::Posted);
        self.state.sent.insert(action, sent);
        action
    }

    fn opens(&mut self, roster: &Arc<Roster>, d: &Arc<Decision>, takers: &[Taker]) {
        if d.sla_deadline.is_some_and(|deadline| deadline <= self.now) {
            for (destination, _) in takers {
                self.ends(destination, End::Expired);
            }
            return;
        }
        let is_old = d.sla_deadline.is_none() && self.now.0 - d.decided_at.0 > STALE_MS;
        let gathered = match () {
            () if d.origin == Origin::Baseline => Some(Gathered::Baseline),
            () if roster.gathers(&d.route) => Some(Gathered::Route),
            () if is_old => Some(Gathered::Old),
            () => None,
        };
        if let Some(why) = gathered {
            self.gather(d, takers, why, None);
        } else if !takers.is_empty() {
            self.drop_gathered(d, End::Cancelled);
            self.new_case(d);
            self.place(roster, case_of(d), d, takers);
        }
    }

    fn new_case(&mut self, d: &Arc<Decision>) {
        let id = case_of(d);
        let clock = match d.sla_deadline {
            Some(deadline) => {
                self.at(deadline, Due::Escalation(id));
                Clock::Runs { deadline }
            }
            None => Clock::None,
        };
        if d.kind == DecisionKind::Triaged {
            let from = d.sla_deadline.unwrap_or(self.now).max(self.now);
            self.at(Timestamp(from.0 + REQUEST_MS), Due::Forget(id));
        }
        let case = Case {
            decision: d.clone(),
            assigned: None,
            opened: d.decided_at,
            clock,
            ended: None,
            heard: BTreeSet::new(),
            threads: BTreeMap::new(),
        };
        self.state.over.remove(&id);
        self.state.cases.insert(id, case);
    }

    /// Finds out who takes a case on, and announces it; or puts it into the digest.
    pub(super) fn place(
        &mut self,
        roster: &Arc<Roster>,
        id: CaseId,
        d: &Arc<Decision>,
        takers: &[Taker],
    ) {
        let sibling = self.sibling(roster, id, d);
        if let Some(found) = sibling.as_ref().filter(|found| found.shares) {
            self.share(id, found.person.clone(), found.opening.day);
            for (destination, audience) in takers {
                self.announce(roster, id, d, destination, *audience, Some(found.opening.at));
            }
            return;
        }
        let same = sibling.and_then(|found| self.stay_with(roster, &found.person, d));
        match same.unwrap_or_else(|| self.choose(roster, d, self.now)) {
            Choice::To(chosen) => {
                let at = chosen.at;
                self.give(id, d, chosen);
                for (destination, audience) in takers {
                    self.announce(roster, id, d, destination, *audience, Some(at));
                }
            }
            Choice::NoPeople => {
                let (shared, personal): (Takers, Takers) =
                    takers.iter().cloned().partition(|(_, a)| *a == Audience::Shared);
                for (destination, audience) in &shared {
                    self.announce(roster, id, d, destination, *audience, None);
                }
                self.gather(d, &personal, Gathered::NoOneThere, None);
            }
            Choice::Nobody { why } => {
                self.gather(d, takers, why, None);
                self.escalate_early(roster, id, why);
            }
        }
    }

    fn grows(&mut self, roster: &Arc<Roster>, d: &Arc<Decision>, takers: &[Taker]) {
        let id = case_of(d);
        let open = self.state.cases.get(&id).is_some_and(|case| case.ended.is_none());
        if !open {
            return self.opens(roster, d, takers);
        }
        self.drop_gathered(d, End::Cancelled);
        let before = self.renew(id, d);
        let Some(case) = self.state.cases.get(&id) else { return };
        let (is_stopped, is_assigned) =
            (matches!(case.clock, Clock::Stopped { .. }), case.assigned.is_some());
        let threads = case.threads.clone();
        let (there, missing): (Takers, Takers) =
            takers.iter().cloned().partition(|(destination, _)| threads.contains_key(destination));
        for (destination, _) in &there {
            self.update(roster, id, d, destination, before);
        }
        self.keep_in_time(roster, id);
        if is_stopped {
            for (destination, _) in &missing {
                self.ends(destination, End::Expired);
            }
        } else if is_assigned {
            let at = self.hour_of(roster, id);
            for (destination, audience) in &missing {
                self.announce(roster, id, d, destination, *audience, at);
            }
        } else if !missing.is_empty() {
            self.place(roster, id, d, &missing);
        }
    }

    fn closes(&mut self, roster: &Arc<Roster>, d: &Arc<Decision>, takers: &[Taker]) {
        let id = case_of(d);
        self.drop_gathered(d, End::Expired);
        self.free(id);
        self.is_ended_by(id, d);
        self.call_digest_off(id);
        let threads =
            self.state.cases.get(&id).map(|case| case.threads.clone()).unwrap_or_default();
        for (destination, _) in takers {
            if !threads.contains_key(destination) {
                // There is no message that it would correct.
                self.ends(destination, End::Cancelled);
            }
        }
        for thread in self.threads_of(id) {
            let Some(found) = self.state.threads.get(&thread) else { continue };
            let destination = found.destination.clone();
            let is_latest = threads.get(&destination) == Some(&thread);
            let taken = is_latest && takers.iter().any(|(taker, _)| *taker == destination);
            self.correct(roster, id, d, &destination, thread, taken);
        }
    }

    /// Says at one destination that a case has ended. `taken`: this is also a delivery of it.
    pub(super) fn correct(
        &mut self,
        roster: &Arc<Roster>,
        id: CaseId,
        d: &Arc<Decision>,
        destination: &DestinationId,
        thread: ThreadId,
        taken: bool,
    ) {
        let Some(phase) = self.phase(thread) else { return };
        match phase {
            Phase::Waiting(_) => {
                self.leave_unsaid(id, thread);
                if taken {
                    self.ends(destination, End::Cancelled);
                }
            }
            Phase::Posting(action) => {
                let of_others = self.live_cases(thread) > 0;
                if !of_others {
                    let cancel = What::Cancel { destination: destination.clone(), action };
                    let account = self.state.threads.get(&thread).map(|t| t.account.clone());
                    self.act(account, cancel);
                }
                if taken {
                    self.deliver(destination, d, Stage::Held(thread));
                }
            }
            Phase::Shown(Some(_)) => {
                let deliveries = taken.then(|| {
                    let id = DeliveryId::of(d.id, destination);
                    self.deliver(destination, d, Stage::Held(thread));
                    id
                });
                self.edit(roster, thread, deliveries.into_iter().collect());
            }
            Phase::Shown(None) => {
                let stop = d.exit.is_some_and(|exit| exit.advice == ExitAdvice::StopNow);
                let matters = stop || d.kind == DecisionKind::Withdrawn;
                if taken && self.is_by_word(id, d) {
                    self.ends(destination, End::Cancelled);
                } else if taken && matters && self.may_disturb(roster, thread) {
                    self.hand_over_correction(roster, id, d, destination, thread);
                } else if taken {
                    let audience = Audience::Shared;
                    self.gather(d, &[(destination.clone(), audience)], Gathered::Update, None);
                }
            }
            Phase::Gone(_) if taken => self.ends(destination, End::Suppressed),
            Phase::Gone(_) => {}
        }
    }

    /// A message of its own, where the one that it corrects cannot be changed.
    fn hand_over_correction(
        &mut self,
        roster: &Arc<Roster>,
        id: CaseId,
        d: &Arc<Decision>,
        destination: &DestinationId,
        thread: ThreadId,
    ) {
        let Some(to) = self.state.threads.get(&thread).map(|thread| thread.to.clone()) else {
            return;
        };
        let notice = Notice { roster: roster.clone(), cases: self.views(&[id]) };
        let post = What::Post { destination: destination.clone(), thread, to, notice };
        let action = self.act(Some(d.account.clone()), post);
        self.deliver(destination, d, Stage::Sent(action));
        let deliveries = vec![DeliveryId::of(d.id, destination)];
        let sent = Sent::of(destination, None, deliveries, Then::Posted);
        self.state.sent.insert(action, sent);
    }

    /// A case's newer decision. Returns the priority before.
    fn renew(&mut self, id: CaseId, d: &Arc<Decision>) -> crate::domain::profile::Priority {
        let now = self.now;
        let Some(case) = self.state.cases.get_mut(&id) else { return d.priority };
        let before = case.decision.priority;
        case.decision = d.clone();
        let deadline = d.sla_deadline.filter(|deadline| *deadline > now);
        match (&mut case.clock, deadline) {
            (Clock::Stopped { deadline: kept, .. }, Some(deadline)) => *kept = Some(deadline),
            (clock, Some(deadline)) => {
                *clock = Clock::Runs { deadline };
                self.at(deadline, Due::Escalation(id));
            }
            (_, None) => {}
        }
        self.rerank(id, d);
        before
    }

    /// The slot of a case, as `place` gives it.
    pub(super) fn slot(&self, id: CaseId) -> Option<&Slot> {
        self.state.cases.get(&id)?.assigned.as_ref().map(|assigned| &assigned.slot)
    }

    /// The day whose capacity a case takes.
    pub(super) fn day_of(&self, id: CaseId) -> Option<NaiveDate> {
        self.state.cases.get(&id)?.assigned.as_ref()?.day()
    }
}

/// What a decision is about: its episode, or the request that it answers.
pub(super) fn case_of(d: &Decision) -> CaseId {
    let episode = d.episode_id.filter(|_| d.kind != DecisionKind::Triaged);
    CaseId(episode.unwrap_or(d.id))
}
