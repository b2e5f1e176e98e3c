//! The fold of the desk. [`assign`] first brings about what has fallen due, each thing at its own
//! instant, then what the record says. So ticks change how soon something is done, never what.
//!
//! A file each: the order of decisions ([`order`]), what a decision does ([`decide`]), who gets it
//! ([`choose`], [`slots`]), its messages ([`posts`], [`views`], [`digest`], [`weekly`]), words ([`words`],
//! [`reports`]), results
//! ([`results`]), what tools get ([`tools`]), enrolments that end without a decision ([`stops`]), the health of destinations ([`health`]), what is held back or called off ([`marks`]),
//! deadlines ([`clock`]), and a new roster ([`roster`]).

mod changes;
mod choose;
mod clock;
mod decide;
mod digest;
mod health;
mod marks;
mod order;
mod posts;
mod reports;
mod results;
mod roster;
mod slots;
mod stops;
mod tools;
mod views;
mod weekly;
mod words;

use super::action::{Action, What};
use super::case::Clock;
use super::ids::{ActionId, CaseId, DeliveryId, DestinationId, ThreadId};
use super::record::Record;
use super::roster::Roster;
use super::state::{Counts, Delivery, Due, End, Phase, Stage, State};
use crate::domain::account::decision::{Decision, Origin};
use crate::domain::account::outbox::ProfileChange;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::{DAY_MS, Timestamp};
use std::sync::Arc;

/// What follows from a record that was read at `time`. A time before the last one's counts as that one.
pub fn assign(state: &mut State, record: &Record, time: Timestamp) -> Vec<Action> {
    let time = time.max(state.time);
    let mut desk = Desk { now: state.time, state, out: Vec::new() };
    desk.pass(time);
    match record {
        // Made up, so that subscribers can be tried; nothing follows from it.
        Record::Decision { decision, .. } | Record::Replay { decision, .. }
            if decision.origin == Origin::Test => {}
        Record::Decision { origin, decision } => desk.take(origin, decision),
        Record::Roster { number, roster } => desk.change(*number, roster),
        Record::Word(word) => desk.hear(word),
        Record::Sales { origin, account, outcome } => desk.report(origin, account, outcome),
        Record::Suppressed { origin, account } => desk.suppressed(origin, account),
        Record::Merged { origin, account, into } => desk.merged(origin, account, into.as_ref()),
        Record::Result { action, outcome } => desk.result(*action, outcome),
        Record::Change(change) => desk.tell_change(change),
        Record::Ask { domain, token } => desk.ask(domain, token),
        Record::Mark { of } => desk.mark(*of),
        Record::Health { destination, is_disabled, why } => {
            desk.health(destination, *is_disabled, why);
        }
        Record::Replay { destination, decision } => desk.replay(destination, decision),
        Record::Late { action, outcome } => desk.late(*action, outcome),
        Record::Tick => {}
    }
    desk.sweep();
    // What the record itself made due at this instant does not wait for the next one.
    desk.pass(time);
    desk.out
}

struct Desk<'a> {
    state: &'a mut State,
    now: Timestamp,
    out: Vec<Action>,
}

impl Desk<'_> {
    /// Brings about what has fallen due until `time`, in order.
    fn pass(&mut self, time: Timestamp) {
        while self.state.next_due().is_some_and(|at| at <= time) {
            let Some(((at, due), ())) = self.state.due.pop_first() else { break };
            self.now = at.max(self.now);
            match due {
                Due::Missing(account, product) => self.wait_no_longer(&(account, product)),
                Due::Release(_, thread) => self.release_due(thread),
                Due::Reminder(case) => self.remind(case),
                Due::Escalation(case) => self.deadline_passed(case),
                Due::Again(case) => self.again(case),
                Due::Forget(case) => self.forget(case),
                Due::Digest => self.send_digest(),
                Due::Retract(word) => self.retract(word),
                Due::ForgetWord(word) => self.forget_word(word),
                Due::Week => self.send_week(),
            }
            self.sweep();
        }
        self.now = time;
        self.state.time = time;
        let oldest = Timestamp(time.0.saturating_sub(2 * DAY_MS)).day().date();
        self.state.loads.retain(|(_, day), _| oldest.is_none_or(|oldest| *day >= oldest));
    }

    /// The roster in force. Decisions are read, and all else follows from them, only once there is one.
    fn roster(&self) -> Option<Arc<Roster>> {
        self.state.roster.as_ref().map(|(_, roster)| roster.clone())
    }

    /// Accounts are scored by another profile: each publication is reported once.
    fn tell_change(&mut self, change: &Arc<ProfileChange>) {
        let Some(roster) = self.roster() else { return };
        let place = (format!("profile {}", change.product).into(), 0);
        let highest = self.state.taken.or_insert(place, -1);
        let number = i64::try_from(change.activation).unwrap_or(i64::MAX);
        if number > *highest {
            *highest = number;
            if let Some(destination) = roster.changes.clone() {
                self.act(None, What::Change { destination, roster, change: change.clone() });
            }
        }
    }

    fn at(&mut self, at: Timestamp, due: Due) {
        self.state.due.add((at.max(self.now), due));
    }

    fn act(&mut self, account: Option<AccountKey>, what: What) -> ActionId {
        self.state.actions += 1;
        let id = ActionId::of(self.state.actions);
        self.out.push(Action { id, at: self.now, account, what });
        id
    }

    fn counts(&mut self, destination: &DestinationId) -> &mut Counts {
        self.state.counts.or_default(destination.clone())
    }

    /// Counts a delivery that ends as it begins.
    fn ends(&mut self, destination: &DestinationId, end: End) {
        *self.counts(destination).ended.entry(end).or_default() += 1;
    }

    fn deliver(&mut self, destination: &DestinationId, decision: &Arc<Decision>, stage: Stage) {
        let id = DeliveryId::of(decision.id, destination);
        let delivery =
            Delivery { destination: destination.clone(), decision: decision.clone(), stage };
        self.state.deliveries.insert(id, delivery);
    }

    fn end(&mut self, id: DeliveryId, end: End) {
        if let Some(delivery) = self.state.deliveries.remove(&id) {
            self.state.ended.note(id, end);
            self.ends(&delivery.destination, end);
        }
    }

    /// Ends the deliveries that match, all alike.
    fn end_all(&mut self, end: End, matches: impl Fn(&Delivery) -> bool) {
        for id in self.deliveries(matches) {
            self.end(id, end);
        }
    }

    fn deliveries(&self, matches: impl Fn(&Delivery) -> bool) -> Vec<DeliveryId> {
        let all = self.state.deliveries.iter().filter(|(_, delivery)| matches(delivery));
        all.map(|(id, _)| *id).collect()
    }

    fn phase(&self, thread: ThreadId) -> Option<Phase> {
        self.state.threads.get(&thread).map(|thread| thread.phase.clone())
    }

    /// Forgets messages whose cases have all ended, and cases without a message that have.
    fn sweep(&mut self) {
        let over: Vec<CaseId> = self.state.over.keys().copied().collect();
        for case in over {
            for thread in self.threads_of(case) {
                if self.is_over(thread) {
                    self.forget_thread(thread);
                }
            }
            if self.threads_of(case).is_empty() {
                self.state.cases.remove(&case);
                self.state.over.remove(&case);
            }
        }
    }

    /// Whether nothing more will be said in a message.
    fn is_over(&self, id: ThreadId) -> bool {
        let Some(thread) = self.state.threads.get(&id) else { return true };
        let on = |stage| matches!(stage, Stage::Waiting(on) | Stage::Held(on) if on == id);
        !matches!(thread.phase, Phase::Posting(_))
            && thread.cases.iter().all(|case| !self.is_live(*case))
            && !self.state.deliveries.values().any(|delivery| on(delivery.stage))
    }

    /// A case has ended, by this decision.
    fn is_ended_by(&mut self, id: CaseId, decision: &Arc<Decision>) {
        let said = match self.state.cases.get(&id).map(|case| &case.clock) {
            Some(Clock::Stopped { by, verdict, .. }) => Some((by.clone(), verdict.clone())),
            _ => None,
        };
        self.state.remember(decision, said);
        if let Some(case) = self.state.cases.get_mut(&id) {
            case.ended = Some(decision.clone());
            self.state.over.add(id);
        }
    }

    fn forget_thread(&mut self, id: ThreadId) {
        let Some(thread) = self.state.threads.remove(&id) else { return };
        for case in &thread.cases {
            if let Some(case) = self.state.cases.get_mut(case) {
                case.threads.retain(|_, other| *other != id);
            }
        }
    }
}
