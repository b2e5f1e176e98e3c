//! A merged account leaves again: it is given what is its own.

use super::transfer::stands;
use super::{Applied, Effect, Fold};
use crate::domain::Text;
use crate::domain::account::decide::Happened;
use crate::domain::account::decision::Verdict;
use crate::domain::account::input::{Parcel, Transfer};
use crate::domain::account::ledger::Member;
use crate::domain::account::members::recall_of;
use crate::domain::account::standing::{Episode, ProductState};
use crate::domain::terms::account::AccountKey;
use std::sync::LazyLock;

impl Fold<'_> {
    /// Whoever has the account gives it back. Whoever waits, and has not, gives what is here and
    /// sends the recall the way that its own has gone. Where that ends, it goes back to the account
    /// that was asked: by then either that one has it, or nobody has.
    pub(super) fn recall<'i>(&mut self, t: &'i Transfer) -> Applied<'i> {
        if t.from == *self.account {
            return self.came_round(t);
        }
        let again = self.is_known(t.id);
        let member = self.state.member(&t.from);
        let here = member.is_some_and(Member::is_whole);
        let link = member.and_then(|m| m.link);
        if again && link.is_some_and(|request| recall_of(request) != t.id) {
            // It has come anew since.
            self.answer_home(t, Parcel::default());
            return Applied::nothing(Verdict::Duplicate);
        }
        let asked = || Some(t.to.clone()).filter(|to| to != self.account);
        let elsewhere = self.state.asks.clone().or_else(asked).filter(|_| !here);
        if elsewhere.is_some() && t.hop == t.hops_max() {
            return self.not_found(t);
        }
        let gave = match elsewhere {
            Some(at) => {
                self.send(Transfer { at: Some(at), hop: t.hop + 1, ..t.clone() });
                self.give_what_is_here(&t.from)
            }
            None => self.give(t),
        };
        let effect = match gave {
            true => Effect::Happened(Happened { correction: true, ..Happened::default() }),
            false if again => Effect::None,
            false => Effect::Filed,
        };
        Applied { verdict: Verdict::Applied, refused: None, effect }
    }

    /// Round a circle: nobody has anything of it.
    fn came_round<'i>(&mut self, t: &'i Transfer) -> Applied<'i> {
        static NOTHING: LazyLock<Parcel> = LazyLock::new(Parcel::default);
        if self.state.moved_to.is_some() || self.state.asks.is_none() {
            return Applied::nothing(Verdict::Duplicate);
        }
        self.take_back(t, &NOTHING)
    }

    /// Sends an account what is its own, with the members that came with it. Whether there was
    /// anything.
    pub(super) fn give(&mut self, t: &Transfer) -> bool {
        let before = self.state.members.len();
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
        self.answer_home(t, parcel);
        let children = std::mem::take(&mut self.state.kin.children);
        let (theirs, ours) = children.into_iter().partition(|child| leaving.contains(&child.names));
        self.state.kin.children = ours;
        self.introduce(theirs, &t.from);
        let gave = self.state.members.len() < before;
        if gave {
            self.state.compose();
            self.due = None;
        }
        gave
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
