//! A new roster: what waits is planned anew by it.

use super::Desk;
use crate::desk::action::Recipient;
use crate::desk::case::Slot;
use crate::desk::ids::{CaseId, DestinationId, ThreadId};
use crate::desk::roster::Roster;
use crate::desk::roster::hours::Availability;
use crate::desk::state::{Delivery, End, Phase, Stage};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Desk<'_> {
    pub(super) fn change(&mut self, number: u64, roster: &Arc<Roster>) {
        if self.state.roster.as_ref().is_some_and(|(before, _)| number <= *before) {
            return;
        }
        self.state.roster = Some((number, roster.clone()));
        for destination in roster.destinations.keys() {
            self.counts(destination);
        }
        if roster.digest.is_none() {
            self.end_all(End::Cancelled, |delivery| delivery.stage == Stage::Gathered);
        }
        self.state.turns.retain(|person, _| roster.people.contains_key(person));
        self.close_destinations(roster);
        for case in self.unsettled(roster) {
            self.replan(roster, case);
        }
        self.state.digest.due = None;
        self.plan_digest();
        self.plan_week();
        self.stop_owed(None);
    }

    /// What a destination that is gone had open ends there; what a sender has, with its result.
    fn close_destinations(&mut self, roster: &Roster) {
        let gone = |destination: &DestinationId| !roster.destinations.contains_key(destination);
        // An end that waits for who was put in reaches them once the destination is back.
        let waiting = self.state.deliveries.values().filter(|d| gone(&d.destination));
        let after = waiting.filter_map(|delivery| match delivery.stage {
            Stage::After(action) => Some(action),
            _ => None,
        });
        for action in after.collect::<Vec<_>>() {
            if let Some(sent) = self.state.sent.get_mut(&action) {
                sent.is_over = true;
            }
        }
        self.end_all(End::Cancelled, |delivery: &Delivery| {
            gone(&delivery.destination) && !matches!(delivery.stage, Stage::Sent(_))
        });
        let threads = self.state.threads.iter();
        let threads: Vec<(ThreadId, bool)> = threads
            .filter(|(_, thread)| gone(&thread.destination))
            .map(|(id, thread)| (*id, matches!(thread.phase, Phase::Posting(_))))
            .collect();
        for (thread, is_posting) in threads {
            if !is_posting {
                self.forget_thread(thread);
            }
        }
        // What only such destinations would have said is not said in the digest either.
        let gathered: BTreeSet<uuid::Uuid> = self
            .state
            .deliveries
            .values()
            .filter(|delivery| delivery.stage == Stage::Gathered)
            .map(|delivery| delivery.decision.id)
            .collect();
        self.state.digest.items.retain(|_, item| gathered.contains(&item.decision.id));
    }

    /// Cases with a kept place, and those whose message waits for a person who is not there any more; the
    /// highest rank first.
    fn unsettled(&self, roster: &Roster) -> Vec<CaseId> {
        let waits_in_vain = |case: &CaseId| {
            let mut threads =
                self.state.threads.values().filter(|thread| thread.cases.contains(case));
            threads.any(|thread| match (&thread.phase, &thread.to) {
                (Phase::Waiting(_), Recipient::Person(person)) => {
                    let person = roster.people.get(person);
                    let there = person.map(|person| person.calendar.availability(self.now));
                    !matches!(there, Some(Availability::From(_)))
                }
                _ => false,
            })
        };
        let cases = self.state.cases.iter().filter(|(id, case)| {
            case.ended.is_none()
                && (matches!(self.slot(**id), Some(Slot::Kept { .. })) || waits_in_vain(id))
        });
        let mut ranked: Vec<_> =
            cases.map(|(id, case)| (super::choose::rank_of(&case.decision), *id)).collect();
        ranked.sort();
        ranked.into_iter().map(|(_, id)| id).collect()
    }
}
