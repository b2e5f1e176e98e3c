//! How actions ended, and with them the deliveries. A result of an action that is not awaited changes
//! nothing: it came twice.

use super::Desk;
use super::decide::case_of;
use crate::desk::action::{Gathered, Reply, What};
use crate::desk::ids::{ActionId, CaseId, DestinationId, ThreadId};
use crate::desk::record::Outcome;
use crate::desk::roster::Audience;
use crate::desk::state::{End, Phase, Sent, Stage, Then};
use crate::domain::account::decision::DecisionKind;

impl Desk<'_> {
    pub(super) fn result(&mut self, action: ActionId, outcome: &Outcome) {
        let Some(sent) = self.state.sent.remove(&action) else { return };
        match (sent.then, outcome) {
            (Then::Digested, Outcome::NotSent) => return self.digest_again(&sent),
            (Then::Posted, Outcome::NotSent) if self.announce_later(&sent, action) => return,
            (Then::Posted | Then::Edited, Outcome::Crowded)
                if !self.is_program(&sent.destination) =>
            {
                return self.gather_instead(&sent, action);
            }
            _ => {}
        }
        let end = match (sent.then, outcome) {
            (Then::Posted, Outcome::Confirmed(_)) => End::Confirmed,
            (Then::Posted, Outcome::Accepted) => End::Accepted,
            (Then::Edited, Outcome::Confirmed(_) | Outcome::Accepted) => End::Edited,
            (Then::Digested, Outcome::Confirmed(_) | Outcome::Accepted) => End::Digested,
            (Then::Edited, Outcome::Gone) => End::Suppressed,
            (_, Outcome::NotSent) => End::Expired,
            (_, Outcome::Failed(_) | Outcome::Gone | Outcome::Crowded) => End::Failed,
        };
        self.reached(&sent, outcome);
        for delivery in &sent.deliveries {
            self.end(*delivery, end);
        }
        self.follow(action);
        if let Some(thread) = sent.thread {
            self.thread_heard(thread, &sent, action, outcome);
        }
    }

    /// A program reads no digest: what it cannot take has failed, and can be sent again.
    fn is_program(&self, destination: &DestinationId) -> bool {
        let found = self.roster();
        let found = found.as_ref().and_then(|roster| roster.destinations.get(destination));
        found.is_some_and(|found| found.audience() == Audience::Machine)
    }

    /// An answer that came after its sender had lost the partition: who has taken the action over need not try
    /// it again.
    pub(super) fn late(&mut self, action: ActionId, outcome: &Outcome) {
        let Some(sent) = self.state.sent.get(&action) else { return };
        let destination = sent.destination.clone();
        self.act(None, What::Cancel { destination, action });
        self.result(action, outcome);
    }

    /// Too many messages wait for a destination: the digest says it instead.
    fn gather_instead(&mut self, sent: &Sent, action: ActionId) {
        for delivery in &sent.deliveries {
            self.gather_delivery(*delivery, Gathered::Crowded);
        }
        let Some(thread) = sent.thread else { return };
        if self.phase(thread) != Some(Phase::Posting(action)) {
            return;
        }
        for held in self.deliveries(|delivery| delivery.stage == Stage::Held(thread)) {
            self.gather_delivery(held, Gathered::Crowded);
        }
        self.forget_thread(thread);
    }

    fn thread_heard(&mut self, thread: ThreadId, sent: &Sent, action: ActionId, outcome: &Outcome) {
        match (sent.then, outcome) {
            (Then::Posted, Outcome::Confirmed(reference)) => {
                self.shown(thread, action, Phase::Shown(reference.clone()));
            }
            (Then::Posted, Outcome::Accepted) => self.shown(thread, action, Phase::Shown(None)),
            (Then::Posted, _) => self.not_shown(thread, action),
            (Then::Edited, Outcome::Gone) => {
                let live = self.state.threads.get(&thread).into_iter().flat_map(|t| &t.cases);
                let cases = live.filter_map(|case| self.state.cases.get(case));
                let highest = cases.map(|case| case.decision.priority).max();
                if let (Some(found), Some(highest)) = (self.state.threads.get_mut(&thread), highest)
                {
                    found.phase = Phase::Gone(highest);
                }
            }
            _ => {}
        }
    }

    /// A message is there: what waited to be added to it is said now.
    fn shown(&mut self, thread: ThreadId, action: ActionId, phase: Phase) {
        let Some(found) = self.state.threads.get_mut(&thread) else { return };
        if found.phase != Phase::Posting(action) {
            return;
        }
        found.phase = phase.clone();
        let destination = found.destination.clone();
        let cases = found.cases.clone();
        let Some(roster) = self.roster() else { return };
        if !roster.destinations.contains_key(&destination) {
            return self.forget_thread(thread);
        }
        let held = self.deliveries(|delivery| delivery.stage == Stage::Held(thread));
        // What people said while it was on its way belongs into it too.
        let is_stale = cases.iter().any(|case| !self.is_announceable(*case));
        if matches!(phase, Phase::Shown(Some(_))) {
            for view in self.views(&cases) {
                self.reply(&roster, thread, Reply::Sum(view.decision));
            }
            if !held.is_empty() || is_stale {
                self.edit(&roster, thread, held);
            }
            return;
        }
        for id in held {
            let Some(delivery) = self.state.deliveries.remove(&id) else { continue };
            let d = delivery.decision;
            let case = case_of(&d);
            let audience =
                roster.destinations.get(&destination).map_or(Audience::Shared, |d| d.audience());
            match d.kind {
                DecisionKind::Exited | DecisionKind::Withdrawn => {
                    self.correct(&roster, case, &d, &destination, thread, true);
                }
                // A case that was to join a message which cannot be changed gets one of its own.
                DecisionKind::Entered | DecisionKind::Triaged if self.is_announceable(case) => {
                    self.part(case, thread, &destination);
                    self.announce_late(&roster, case, &d, &destination, audience);
                }
                _ => {
                    let takers = [(destination.clone(), audience)];
                    self.gather(&d, &takers, Gathered::Update, None);
                }
            }
        }
    }

    fn part(&mut self, case: CaseId, thread: ThreadId, destination: &DestinationId) {
        if let Some(found) = self.state.threads.get_mut(&thread) {
            found.cases.retain(|other| *other != case);
        }
        if let Some(case) = self.state.cases.get_mut(&case) {
            case.threads.remove(destination);
        }
    }

    /// A message that never was: what was to be added to it is announced by itself, or has nothing to
    /// correct.
    fn not_shown(&mut self, thread: ThreadId, action: ActionId) {
        if self.phase(thread) != Some(Phase::Posting(action)) {
            return;
        }
        let Some(destination) = self.state.threads.get(&thread).map(|t| t.destination.clone())
        else {
            return;
        };
        self.forget_thread(thread);
        let Some(roster) = self.roster() else { return };
        for id in self.deliveries(|delivery| delivery.stage == Stage::Held(thread)) {
            let Some(delivery) = self.state.deliveries.get(&id) else { continue };
            let d = delivery.decision.clone();
            let case = case_of(&d);
            let says = matches!(d.kind, DecisionKind::Entered | DecisionKind::Strengthened);
            let audience = roster.destinations.get(&destination).map(|d| d.audience());
            match audience {
                Some(audience) if says && self.is_announceable(case) => {
                    self.state.deliveries.remove(&id);
                    self.announce_late(&roster, case, &d, &destination, audience);
                }
                _ => self.end(id, End::Cancelled),
            }
        }
    }
}
