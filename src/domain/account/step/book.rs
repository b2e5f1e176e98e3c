//! Inputs of an account that others were merged into, or that was merged itself: booked in the
//! ledger of the account they came for, or handed on.

use super::{Applied, Effect, Fold};
use crate::domain::account::decide::Happened;
use crate::domain::account::decision::Verdict;
use crate::domain::account::input::{Input, Transfer, TransferStep};
use crate::domain::account::members::{handed_on, note};
use crate::domain::account::standing::Suppression;
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::limits::{HOPS_MAX, LEDGERS_BYTES_MAX};

impl Fold<'_> {
    /// Hands an input on to the account that this one was merged into.
    pub(super) fn hand_on<'i>(&mut self, input: &Input, to: AccountKey) -> Applied<'i> {
        let cause = input.id();
        let mut effect = Effect::None;
        if matches!(input, Input::Outcome(_) | Input::Suppression(_)) {
            if self.is_dead(cause) {
                return Applied::nothing(Verdict::Duplicate);
            }
            self.record_tombstone(handed_on(cause, self.account), self.at.time.day());
            effect = Effect::Filed;
        }
        let id = SignalId::new_v5(&cause, format!("{}\n{to}", self.account).as_bytes());
        let mut input = input.clone();
        if let Input::Suppression(change) = &mut input {
            // Who reads it reads it later.
            change.stated_on.get_or_insert(self.at.time.day());
        }
        let step = TransferStep::Forwarded(Box::new(input));
        self.send(Transfer { id, from: self.account.clone(), to, at: None, cause, hop: 0, step });
        Applied { verdict: Verdict::Applied, refused: None, effect }
    }

    /// An input of a member; or one of the account's own that has not found the account's data.
    pub(super) fn forwarded<'i>(&mut self, t: &Transfer, input: &'i Input) -> Applied<'i> {
        let own = t.from == *self.account;
        let (to, at) = match self.state.moved_to() {
            None if own => return self.book(None, input),
            Some(to) if own => (to.clone(), None),
            _ if self.state.member(&t.from).is_some() => return self.book(Some(&t.from), input),
            // It has been informed where its data is.
            _ => (t.to.clone(), Some(t.from.clone())),
        };
        if t.hop == HOPS_MAX {
            return Applied::refused(format!("handed on {HOPS_MAX} times; aliases still change"));
        }
        self.send(Transfer { to, at, hop: t.hop + 1, ..t.clone() });
        Applied::nothing(Verdict::Applied)
    }

    /// Whether it was handed on before, and is on its way, there or back: nothing else shows it.
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
        if self.state.ledgers.is_none() || matches!(input, Input::Kinship(_)) {
            return self.applied(member, input);
        }
        // What it means for all of them together,
        self.lists.clear();
        let applied = self.applied(member, input);
        let lifts = self.lists.iter().filter_map(|(list, lift)| Some((*list, (*lift)?)));
        let lifted = lifts.collect::<Vec<_>>();
        // and what the ledger keeps, as if there were no other.
        let weight = self.state.weight();
        let former = (weight > LEDGERS_BYTES_MAX).then(|| self.state.ledger_mut(member).cloned());
        self.state.swap(member);
        self.lists.clear();
        let kept = self.applied(member, input);
        self.state.swap(member);
        self.state.evict(member);
        if let Some(former) = former.flatten()
            && self.state.weight() > weight
            && let Some(ledger) = self.state.ledger_mut(member)
        {
            // No room, and no evidence to make some: it stays as it was.
            *ledger = former;
        }
        if let Some(ledger) = self.state.ledger_mut(member) {
            ledger.lifted.retain(|list| !self.lists.contains(&(*list, None)));
        }
        for ledger in self.state.each_ledger_mut() {
            for (list, stated_on) in &lifted {
                let lifts = |s: &Suppression| s.is_lifted_by(*list, *stated_on);
                if ledger.suppressions.iter().any(lifts) {
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
