//! Messages that senders hold back until a mark says that the desk knows what has become of their accounts
//! since; and what is called off meanwhile.

use super::Desk;
use super::decide::case_of;
use crate::desk::action::{Recipient, What};
use crate::desk::case::Slot;
use crate::desk::ids::{ActionId, CaseId, DeliveryId, DestinationId, ThreadId};
use crate::desk::roster::{Audience, Roster};
use crate::desk::state::{Asked, End, Phase, Report, Sent, Stage, Then};
use crate::domain::Text;
use crate::domain::account::decision::{Decision, DecisionKind};
use crate::domain::terms::time::Timestamp;
use std::sync::Arc;
use uuid::Uuid;

impl Desk<'_> {
    pub(super) fn ask(&mut self, domain: &Text, token: &Text) {
        let asked = Asked { at: self.now, token: token.clone() };
        self.state.asks.insert(domain.clone(), asked);
    }

    /// Answers those who had asked by then. Cancellations that follow from what was read before stand before
    /// the answer.
    pub(super) fn mark(&mut self, of: Timestamp) {
        let asks = self.state.asks.iter().filter(|(_, asked)| asked.at <= of);
        let answered: Vec<(Text, Text)> =
            asks.map(|(domain, asked)| (domain.clone(), asked.token.clone())).collect();
        if !answered.is_empty() {
            self.put_off();
        }
        for (domain, token) in answered {
            self.state.asks.remove(&domain);
            self.act(None, What::Mark { domain, token });
        }
    }

    /// Calls messages off that were held back until their reader was not there any more.
    fn put_off(&mut self) {
        let Some(roster) = self.roster() else { return };
        let away = |(id, action): &(ThreadId, ActionId)| {
            self.is_there(&roster, *id).is_some_and(|is_there| !is_there).then_some((*id, *action))
        };
        let off: Vec<_> = self.posting(|_| true).iter().filter_map(away).collect();
        for (thread, action) in off {
            self.cancel(thread, action);
        }
    }

    /// Messages that a sender has, and that match.
    fn posting(&self, matches: impl Fn(&[CaseId]) -> bool) -> Vec<(ThreadId, ActionId)> {
        let all = self.state.threads.iter().filter(|(_, thread)| matches(&thread.cases));
        all.filter_map(|(id, thread)| match thread.phase {
            Phase::Posting(action) => Some((*id, action)),
            _ => None,
        })
        .collect()
    }

    fn cancel(&mut self, thread: ThreadId, action: ActionId) {
        let Some(found) = self.state.threads.get(&thread) else { return };
        let (destination, account) = (found.destination.clone(), found.account.clone());
        self.act(Some(account), What::Cancel { destination, action });
    }

    /// Whether who reads a message would be there now. A shared place that opens only after the deadline counts
    /// as open.
    fn is_there(&self, roster: &Roster, thread: ThreadId) -> Option<bool> {
        let found = self.state.threads.get(&thread)?;
        let at = match &found.to {
            Recipient::Person(person) => self.working_at(roster, Some(person)),
            Recipient::Place => {
                let case = found.cases.iter().find(|case| self.is_announceable(**case))?;
                Some(self.place_opens(roster, *case, &found.destination)?)
            }
        };
        Some(at == Some(self.now))
    }

    /// A word has taken a case: what a sender has not sent of it is called off.
    pub(super) fn call_off(&mut self, id: CaseId) {
        let about = self.posting(|cases| cases.contains(&id));
        for (thread, action) in about {
            let cases = self.state.threads.get(&thread).map(|found| found.cases.clone());
            if !cases.into_iter().flatten().any(|case| self.is_announceable(case)) {
                self.cancel(thread, action);
            }
        }
        self.call_digest_off(id);
    }

    /// A digest that has not been sent is made anew without what is over.
    pub(super) fn call_digest_off(&mut self, id: CaseId) {
        let digests = self.state.sent.iter().filter(|(_, sent)| sent.then == Then::Digested);
        let digests: Vec<(ActionId, DestinationId, Vec<Uuid>)> = digests
            .map(|(action, sent)| {
                let all = sent.deliveries.iter().filter_map(|id| self.state.deliveries.get(id));
                let over = all.map(|delivery| &delivery.decision).filter(|d| case_of(d) == id);
                (*action, sent.destination.clone(), over.map(|d| d.id).collect())
            })
            .collect();
        for (action, destination, over) in digests {
            let Some(sent) = self.state.sent.get_mut(&action).filter(|_| !over.is_empty()) else {
                continue;
            };
            let before = sent.items.iter().any(|item| item.is_over);
            for item in sent.items.iter_mut().filter(|item| over.contains(&item.decision)) {
                item.is_over = true;
            }
            if !before {
                self.act(None, What::Cancel { destination, action });
            }
        }
    }

    /// A digest that was called off in time: the rest of it goes out at once.
    pub(super) fn digest_again(&mut self, sent: &Sent) {
        let (mut is_left, has_digest) = (false, self.has_digest());
        for id in &sent.deliveries {
            let Some(delivery) = self.state.deliveries.get_mut(id) else { continue };
            let d = delivery.decision.clone();
            match sent.items.iter().find(|item| item.decision == d.id) {
                Some(item) if !item.is_over && has_digest => {
                    is_left = true;
                    delivery.stage = Stage::Gathered;
                    self.lay_down(&d, item.why, item.person.clone());
                }
                _ => self.end(*id, End::Expired),
            }
        }
        // As if the one that was called off had not been made.
        match sent.since {
            Some(since) => self.state.last.insert(Report::Digest, since),
            None => drop(self.state.last.remove(&Report::Digest)),
        }
        if is_left {
            self.state.digest.due = Some(self.now);
            self.send_digest();
        }
    }

    /// A message that was called off although there is something to say is announced anew, at the hour of who
    /// reads it. False: there is nothing to say.
    pub(super) fn announce_later(&mut self, sent: &Sent, action: ActionId) -> bool {
        let Some(thread) = sent.thread else { return false };
        if self.phase(thread) != Some(Phase::Posting(action)) {
            return false;
        }
        let Some(found) = self.state.threads.get(&thread) else { return false };
        let (destination, cases) = (found.destination.clone(), found.cases.clone());
        let open: Vec<CaseId> =
            cases.into_iter().filter(|case| self.is_announceable(*case)).collect();
        let Some(roster) = self.roster().filter(|_| !open.is_empty()) else { return false };
        let Some(audience) = roster.destinations.get(&destination).map(|d| d.audience()) else {
            return false;
        };
        let held = self.deliveries(|delivery| delivery.stage == Stage::Held(thread));
        self.forget_thread(thread);
        let posted = sent.deliveries.iter().map(|id| (*id, End::Expired));
        for (id, end) in posted.chain(held.into_iter().map(|id| (id, End::Cancelled))) {
            let Some(delivery) = self.state.deliveries.get(&id) else { continue };
            let d: Arc<Decision> = delivery.decision.clone();
            let is_end = matches!(d.kind, DecisionKind::Exited | DecisionKind::Withdrawn);
            match open.contains(&case_of(&d)) && !is_end {
                true => self.deliver_anew(&roster, id, &d, &(destination.clone(), audience)),
                // A held correction has nothing to correct.
                false => self.end(id, end),
            }
        }
        for case in open {
            // One that delivered no decision: after an escalation, or a snooze.
            if sent.deliveries.is_empty() && !self.has_message(case, &destination) {
                let at = self.hour_of(&roster, case);
                self.announce_again(&roster, case, &destination, audience, at);
            }
        }
        true
    }

    /// A delivery whose message was called off: in the case's new message, or in one that is planned now.
    fn deliver_anew(
        &mut self,
        roster: &Arc<Roster>,
        id: DeliveryId,
        d: &Arc<Decision>,
        taker: &(DestinationId, Audience),
    ) {
        let (case, (destination, audience)) = (case_of(d), taker);
        let new = self.state.cases.get(&case).and_then(|case| case.threads.get(destination));
        if let Some(thread) = new.copied() {
            return self.add_to(thread, id);
        }
        self.state.deliveries.remove(&id);
        if matches!(self.slot(case), Some(Slot::Kept { .. })) || self.is_known_to_person(case) {
            let at = self.hour_of(roster, case);
            return self.announce(roster, case, d, destination, *audience, at);
        }
        // Its place was in a day that is over.
        if let Some(case) = self.state.cases.get_mut(&case) {
            case.assigned = None;
        }
        self.place(roster, case, d, std::slice::from_ref(taker));
    }

    /// A delivery is said by a message that was planned just now, or sent.
    fn add_to(&mut self, thread: ThreadId, id: DeliveryId) {
        let Some(found) = self.state.threads.get(&thread) else { return };
        let stage = match found.phase {
            Phase::Waiting(_) => Stage::Waiting(thread),
            Phase::Posting(action) if found.opened == self.now => Stage::Sent(action),
            // Another message about the case, of before.
            _ => return self.end(id, End::Cancelled),
        };
        if let Stage::Sent(action) = stage
            && let Some(sent) = self.state.sent.get_mut(&action)
        {
            sent.deliveries.push(id);
        }
        if let Some(delivery) = self.state.deliveries.get_mut(&id) {
            delivery.stage = stage;
        }
    }

    /// Whether another message about a case is a person's.
    fn is_known_to_person(&self, id: CaseId) -> bool {
        let mut about = self.state.threads.values().filter(|thread| thread.cases.contains(&id));
        about.any(|thread| matches!(thread.to, Recipient::Person(_)))
    }

    fn has_message(&self, id: CaseId, destination: &DestinationId) -> bool {
        self.state.cases.get(&id).is_some_and(|case| case.threads.contains_key(destination))
    }
}
