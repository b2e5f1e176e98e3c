//! Inputs of an account that others were merged into, or that was merged itself: booked in the
//! ledger of whoever they came for, or handed on.

use super::{Applied, Effect, Fold};
use crate::domain::account::decide::Happened;
use crate::domain::account::decision::Verdict;
use crate::domain::account::input::{Input, Transfer, TransferStep};
use crate::domain::account::members::{handed_on, note};
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::limits::LEDGERS_BYTES_MAX;

impl Fold<'_> {
    /// Hands an input on to the account that this one was merged into.
    pub(super) fn hand_on<'i>(&mut self, input: &Input, to: AccountKey) -> Applied<'i> {
        let cause = input.id();
        let mut effect = Effect::None;
        if matches!(input, Input::Outcome(_) | Input::Suppression(_)) {
            if self.is_dead(cause) {
                return Applied::nothing(Verdict::Duplicate);
            }
            self.bury(handed_on(cause, self.account), self.at.time.day());
            effect = Effect::Filed;
        }
        let id = SignalId::new_v5(&cause, format!("{}\n{to}", self.account).as_bytes());
        let step = TransferStep::Forwarded(Box::new(input.clone()));
        self.send(Transfer { id, from: self.account.clone(), to, at: None, cause, hop: 1, step });
        Applied { verdict: Verdict::Applied, refused: None, effect }
    }

    /// Whether it was handed on before, and is on its way, there or back: nothing else tells.
    pub(super) fn was_handed_on(&self, input: &Input) -> bool {
        matches!(input, Input::Outcome(_) | Input::Suppression(_))
            && self.is_dead(handed_on(input.id(), self.account))
    }

    /// Books an input of the account's own, or of a member.
    pub(super) fn book<'i>(
        &mut self,
        member: Option<&AccountKey>,
        input: &'i Input,
    ) -> Applied<'i> {
        if let Input::Outcome(outcome) = input
            && let Some(why) = self.unheard(outcome)
        {
            return Applied::refused(why);
        }
        // Who belongs to whom is in no ledger.
        if self.state.members.is_empty() || matches!(input, Input::Kinship(_)) {
            return self.applied(input);
        }
        let before: Vec<_> = self.state.suppressions.iter().map(|s| s.list).collect();
        // What it means for all of them together,
        let applied = self.applied(input);
        let lifted: Vec<_> = before
            .into_iter()
            .filter(|list| self.state.suppressions.iter().all(|s| s.list != *list))
            .collect();
        // and what the ledger keeps, as if there were no other.
        let weight = self.state.weight();
        let former = (weight > LEDGERS_BYTES_MAX).then(|| self.state.ledger_mut(member).cloned());
        self.state.swap(member);
        let kept = self.applied(input);
        self.state.swap(member);
        self.state.shed(member);
        if let Some(former) = former.flatten()
            && self.state.weight() > weight
            && let Some(ledger) = self.state.ledger_mut(member)
        {
            // No room, and no evidence to make some: it stays as it was.
            *ledger = former;
        }
        for ledger in self.state.ledgers_mut() {
            for list in &lifted {
                if ledger.suppressions.iter().any(|s| s.list == *list) {
                    note(&mut ledger.lifted, *list);
                }
            }
        }
        self.state.compose();
        self.due = None;
        match (&applied.effect, &kept.effect) {
            (_, Effect::None) | (Effect::Happened(_), _) => applied,
            // Known from another member.
            (_, Effect::Filed) => Applied { effect: Effect::Filed, ..applied },
            (_, Effect::Happened(_)) => Applied {
                effect: Effect::Happened(Happened { merged: true, ..Happened::default() }),
                ..applied
            },
        }
    }
}
