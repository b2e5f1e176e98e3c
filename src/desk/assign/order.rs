//! Decisions in order. One episode's can lie in several topics, which have no order between them: within
//! an account and product they are read by their numbers. One that comes too early waits for those before
//! it, a minute at most of the log's time. An end takes out at once whom we have put into sequences.

use super::Desk;
use crate::desk::record::Origin;
use crate::desk::state::{Due, End, Stream};
use crate::domain::Text;
use crate::domain::account::decision::{Decision, DecisionKind};
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Timestamp;
use std::sync::Arc;

const WAIT_MS: i64 = 60_000;

type Key = (AccountKey, Text);

impl Desk<'_> {
    pub(super) fn take(&mut self, origin: &Origin, decision: &Arc<Decision>) {
        if !self.is_new(origin) {
            return;
        }
        let key = (decision.account.clone(), decision.product.clone());
        let stream = self.state.streams.or_default(key.clone());
        if decision.sequence <= stream.last {
            if stream.was_given_up(decision.sequence) {
                self.overtaken(decision);
            }
            return;
        }
        stream.waiting.insert(decision.sequence, (self.now, decision.clone()));
        let early = decision.sequence > stream.last + 1;
        self.read_in_order(&key);
        if early {
            // Whom we have put in does not wait for what is missing, which may be from before this desk began.
            if let Some(roster) = self.roster() {
                self.end_elsewhere(&roster, decision, &[]);
            }
            let until = Timestamp(self.now.0 + WAIT_MS);
            self.at(until, Due::Missing(key.0, key.1));
        }
    }

    /// Whether nothing from there or after it was forwarded before; it counts as forwarded then.
    pub(super) fn is_new(&mut self, origin: &Origin) -> bool {
        let place = (origin.topic.clone(), origin.partition);
        let highest = self.state.taken.or_insert(place, -1);
        let is_new = origin.offset > *highest;
        *highest = origin.offset.max(*highest);
        is_new
    }

    pub(super) fn wait_no_longer(&mut self, key: &Key) {
        let latest = self.now.0 - WAIT_MS;
        let Some(stream) = self.state.streams.get_mut(key) else { return };
        let Some((first, (came, _))) = stream.waiting.first_key_value() else { return };
        if came.0 > latest {
            return;
        }
        let (from, to) = (stream.last + 1, first - 1);
        if from <= to {
            stream.given_up.insert(from, to);
        }
        stream.last = to;
        self.read_in_order(key);
    }

    fn read_in_order(&mut self, key: &Key) {
        while let Some(stream) = self.state.streams.get_mut(key) {
            let Some((_, next)) = stream.waiting.remove(&(stream.last + 1)) else { break };
            stream.last += 1;
            match next.kind {
                DecisionKind::Entered => stream.open = Some(next.sequence),
                DecisionKind::Exited | DecisionKind::Withdrawn => stream.open = None,
                DecisionKind::Strengthened | DecisionKind::Triaged | DecisionKind::TierChanged => {}
            }
            self.read(&next);
        }
    }

    /// A decision that came after a later one was read: that one says all that holds now.
    fn overtaken(&mut self, decision: &Decision) {
        let Some(roster) = self.roster() else { return };
        for (destination, _) in roster.takers(decision) {
            self.counts(&destination).read += 1;
            self.ends(&destination, End::Cancelled);
        }
    }
}

impl Stream {
    /// Whether this number was waited for in vain; it is not expected a second time.
    fn was_given_up(&mut self, number: u32) -> bool {
        let Some((&from, &to)) = self.given_up.range(..=number).next_back() else { return false };
        if number > to {
            return false;
        }
        self.given_up.remove(&from);
        if from < number {
            self.given_up.insert(from, number - 1);
        }
        if number < to {
            self.given_up.insert(number + 1, to);
        }
        true
    }
}
