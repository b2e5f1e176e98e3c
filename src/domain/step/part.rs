//! A merged account leaves again: it is given what is its own.

use super::transfer::stands;
use super::{Applied, Effect, Fold};
use crate::domain::Text;
use crate::domain::account::AccountKey;
use crate::domain::decide::Happened;
use crate::domain::decision::Verdict;
use crate::domain::input::{Parcel, Transfer, TransferStep};
use crate::domain::members::Member;
use crate::domain::state::{Episode, ProductState};

impl Fold<'_> {
    pub(super) fn recall<'i>(&mut self, t: &'i Transfer) -> Applied<'i> {
        if self.is_known(t) {
            return Applied::nothing(Verdict::Duplicate);
        }
        if t.from == *self.account {
            // Round a circle: there is nobody who has it.
            if self.state.link == Some(t.cause) {
                self.state.link = None;
            }
            return self.given(&[], None);
        }
        // Two that ask each other at once must not wait for each other: what came whole goes home.
        let known = self.state.member(&t.from);
        let whole = known.is_some_and(|m| m.under != m.account && m.recalled.is_none());
        if self.state.awaits_return() && !whole {
            match self.state.members.iter_mut().find(|m| m.account == t.from) {
                Some(member) => member.recalled = Some(t.cause),
                None => self.expect(t, Some(t.cause)),
            }
            self.state.compose();
            return Applied { verdict: Verdict::Applied, refused: None, effect: Effect::Filed };
        }
        self.give(t);
        self.state.compose();
        Applied::did(Verdict::Applied, Happened { correction: true, ..Happened::default() })
    }

    /// Sends an account what is its own, with the members that came with it.
    pub(super) fn give(&mut self, t: &Transfer) {
        let mut parcel = Parcel::default();
        let mut leaving = vec![t.from.clone()];
        while let Some(at) = self.state.members.iter().position(|m| {
            m.account == t.from || leaving.contains(&m.under) && !leaving.contains(&m.account)
        }) {
            let mut member = self.state.members.remove(at);
            member.ledger.lifted.clear();
            if member.account == t.from {
                parcel.products = self.part(&member, &leaving);
                self.regain_cooldowns(&member);
                parcel.ledger = member.ledger;
            } else {
                leaving.push(member.account.clone());
                parcel.members.push(member);
            }
        }
        let back = Transfer { hop: 0, ..t.clone() };
        self.answer(&back, Some(t.from.clone()), TransferStep::Return(Box::new(parcel)));
        let children = std::mem::take(&mut self.state.kin.children);
        let (theirs, ours) = children.into_iter().partition(|child| leaving.contains(&child.names));
        self.state.kin.children = ours;
        self.introduce(theirs, &t.from);
    }

    /// Where a leaving member stands. Its episode is the one it brought, if that is still open, or
    /// if this account's own is, which stood for both; what sales said meanwhile holds for both.
    fn part(&self, member: &Member, leaving: &[AccountKey]) -> Vec<ProductState> {
        let before = |product: &Text| member.before.iter().find(|p| p.product == *product);
        let mut products = member.products.clone();
        for here in &self.state.products {
            let at = products.binary_search_by(|p| p.product.cmp(&here.product));
            let at = at.unwrap_or_else(|at| {
                products.insert(at, ProductState::new(here.product.clone()));
                at
            });
            let p = &mut products[at];
            let before = before(&here.product);
            let cooled = before.and_then(|p| p.cooldown);
            let open = before.and_then(|p| p.episode.as_ref()).map(|e| (e.since, e.entered));
            match (&here.episode, here.cooldown) {
                (Some(e), _) if e.account.as_ref().is_some_and(|a| leaving.contains(a)) => {
                    let account = e.account.clone().filter(|account| *account != member.account);
                    p.episode = Some(Episode { account, ..e.clone() });
                    p.muted = here.muted;
                }
                // It stood for both, or a cooldown kept it from being taken over.
                (Some(e), _) if open == Some((e.since, e.entered)) => {}
                (None, Some(cooldown)) if cooled == Some(cooldown) => {}
                (_, cooldown) => {
                    p.episode = None;
                    p.cooldown = cooldown.filter(|c| cooled != Some(*c)).or(p.cooldown);
                }
            }
        }
        products.retain(|p| stands(&p));
        products
    }

    /// What the leaving member's cooldown, or its episode, had put aside.
    fn regain_cooldowns(&mut self, member: &Member) {
        let of = |list: &[ProductState], product: &Text| {
            list.iter().find(|p| p.product == *product).and_then(|p| p.cooldown)
        };
        for p in &mut self.state.products {
            let came = p.episode.as_ref().is_some_and(|e| e.account.is_some());
            if came || p.cooldown.is_some() && p.cooldown == of(&member.products, &p.product) {
                p.cooldown = of(&member.before, &p.product);
            }
        }
    }
}
