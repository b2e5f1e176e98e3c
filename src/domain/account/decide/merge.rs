//! What becomes of episodes when accounts are merged, or part again: an episode goes with the
//! account that entered, and no subscriber gets it twice.

use super::leave::End;
use super::{Cause, Happened, Turn};
use crate::domain::account::decision::{DecisionKind, ExitReason};
use crate::domain::account::standing::{Cooldown, Ended, Episode, Left};
use crate::domain::profile::ExitAdvice;

impl Turn<'_, '_> {
    /// An open episode is taken over without another `entered`, unless one is open here, or a
    /// cooldown that its news would not break. Of two cooldowns the stricter holds.
    pub(super) fn take_over(&mut self) {
        let Cause::Input(Happened { given: Some((given, from)), .. }) = self.look.cause else {
            return;
        };
        let Some(given) = given.iter().find(|p| p.product == self.p.product) else {
            return;
        };
        if self.p.episode.is_some() {
            return;
        }
        let today = self.today();
        let (here, there) = (self.p.cooldown, given.cooldown.filter(|c| today < c.until));
        self.p.cooldown = match (here, there) {
            // Sales said once more, while its own was on the way back, what had been said.
            (Some(here), Some(own)) if from.is_none() && here.until == own.until => Some(own),
            (here, there) => here.into_iter().chain(there).max_by_key(strictness),
        };
        let lefts = self.p.left.into_iter().chain(given.left);
        self.p.left = lefts.reduce(Left::stricter);
        let Some(episode) = &given.episode else {
            return;
        };
        if self.p.cooldown.is_some_and(|c| self.a.fresh_score(c.since) < self.a.variant.enter) {
            return;
        }
        let account = episode.account.clone().or(from.cloned());
        self.p.episode = Some(Episode {
            account: account.filter(|account| account != self.account),
            ..episode.clone()
        });
        self.p.mute(given.muted, given.muted_until);
        self.p.cooldown = None;
        self.p.left = None;
    }

    /// An episode of an account that has left goes on there.
    pub(super) fn give_back(&mut self) {
        let left = self.p.episode.as_ref().and_then(|e| e.account.as_ref());
        let Some(left) = left.filter(|account| self.state.member(account).is_none()) else {
            return;
        };
        let happened = format!("left buying mode: {left} was unmerged");
        let end = End {
            kind: DecisionKind::Exited,
            reason: ExitReason::Moved,
            by: Ended::Moved,
            advice: ExitAdvice::NoNewEnrolment,
            outcome: None,
            cooldown: self.p.cooldown,
        };
        self.exit(end, &happened);
    }
}

fn strictness(
    cooldown: &Cooldown,
) -> (crate::domain::terms::time::Day, crate::domain::terms::time::Timestamp) {
    (cooldown.until, cooldown.since)
}
