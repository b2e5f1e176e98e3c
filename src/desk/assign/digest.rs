//! The digest: what interrupts no one, gathered until its hour, ranked.

use super::Desk;
use super::choose::rank_of;
use super::decide::{Taker, case_of};
use crate::desk::action::{DigestItem, Gathered, What};
use crate::desk::ids::{DeliveryId, PersonId};
use crate::desk::state::{Carried, Delivery, Due, End, Report, Sent, Stage, Then};
use crate::domain::account::decision::Decision;
use crate::domain::terms::time::Timestamp;
use std::sync::Arc;

/// Entries that one digest carries; of the others it says how many there are.
const ITEMS_MAX: usize = 100;

impl Desk<'_> {
    pub(super) fn gather(
        &mut self,
        d: &Arc<Decision>,
        takers: &[Taker],
        why: Gathered,
        person: Option<PersonId>,
    ) {
        let has_digest = self.has_digest();
        for (destination, _) in takers {
            match has_digest {
                true => self.deliver(destination, d, Stage::Gathered),
                false => self.ends(destination, End::Cancelled),
            }
        }
        if !has_digest {
            return;
        }
        if !takers.is_empty() {
            self.lay_down(d, why, person);
        }
    }

    /// A delivery whose message waited goes into the digest instead.
    pub(super) fn gather_delivery(&mut self, id: DeliveryId, why: Gathered) {
        if !self.has_digest() {
            return self.end(id, End::Cancelled);
        }
        let Some(delivery) = self.state.deliveries.get_mut(&id) else { return };
        delivery.stage = Stage::Gathered;
        let decision = delivery.decision.clone();
        self.lay_down(&decision, why, None);
    }

    pub(super) fn lay_down(&mut self, d: &Arc<Decision>, why: Gathered, person: Option<PersonId>) {
        let item = DigestItem { decision: d.clone(), why, person };
        self.state.digest.items.insert(rank_of(d), item);
        self.plan_digest();
    }

    /// Where only programs read there is none; what people of an earlier roster would have read is over.
    pub(super) fn has_digest(&self) -> bool {
        self.state.roster.as_ref().is_some_and(|(_, roster)| roster.digest.is_some())
    }

    /// The next digest after now, once there is something to say.
    pub(super) fn plan_digest(&mut self) {
        if self.state.digest.due.is_some() || self.state.digest.items.is_empty() {
            return;
        }
        let Some(due) = self.next_digest() else { return };
        self.state.digest.due = Some(due);
        self.at(due, Due::Digest);
    }

    pub(super) fn next_digest(&self) -> Option<Timestamp> {
        let (_, roster) = self.state.roster.as_ref()?;
        self.state.digest.due.or_else(|| roster.digest.as_ref()?.hours.beginning(self.now))
    }

    /// Takes what the digest has about the same case out of it.
    pub(super) fn drop_gathered(&mut self, d: &Decision, end: End) {
        let case = case_of(d);
        self.state.digest.items.retain(|_, item| case_of(&item.decision) != case);
        self.end_all(end, |delivery: &Delivery| {
            delivery.stage == Stage::Gathered && case_of(&delivery.decision) == case
        });
    }

    pub(super) fn send_digest(&mut self) {
        // A digest whose time has changed has another entry.
        if self.state.digest.due.is_none_or(|due| due > self.now) {
            return;
        }
        self.state.digest.due = None;
        let items: Vec<DigestItem> = self.state.digest.items.take().into_values().collect();
        let Some(roster) = self.roster().filter(|_| !items.is_empty()) else { return };
        let Some(plan) = &roster.digest else { return };
        let destination = plan.destination.clone();
        let carried = items.iter().map(|item| Carried {
            decision: item.decision.id,
            why: item.why,
            person: item.person.clone(),
            is_over: false,
        });
        let carried = carried.collect();
        let more = items.len().saturating_sub(ITEMS_MAX);
        let changes = self.changes(&items).map(Box::new);
        let since = self.state.last.get(&Report::Digest).copied();
        self.state.last.insert(Report::Digest, self.now);
        let items = items.into_iter().take(ITEMS_MAX).collect();
        let what = What::Digest { destination: destination.clone(), roster, items, more, changes };
        let action = self.act(None, what);
        let deliveries = self.deliveries(|delivery| delivery.stage == Stage::Gathered);
        for id in &deliveries {
            if let Some(delivery) = self.state.deliveries.get_mut(id) {
                delivery.stage = Stage::Sent(action);
            }
        }
        let sent = Sent {
            items: carried,
            since,
            ..Sent::of(&destination, None, deliveries, Then::Digested)
        };
        self.state.sent.insert(action, sent);
    }
}
