//! A merged account leaves again: it is given what is its own.

use super::transfer::stands;
use super::{Applied, Fold};
use crate::domain::Text;
use crate::domain::account::decide::Happened;
use crate::domain::account::decision::Verdict;
use crate::domain::account::input::{LedgerSnapshot, Transfer};
use crate::domain::account::ledger::Member;
use crate::domain::account::standing::{Episode, ProductState};
use crate::domain::terms::account::AccountKey;

impl Fold<'_> {
    /// Gives an account its data. Where that is not here, the account has been informed where it is,
    /// and asks there.
    pub(super) fn recall<'i>(&mut self, t: &Transfer) -> Applied<'i> {
        if self.state.member(&t.from).is_none() || self.is_known(t.id) {
            return Applied::nothing(Verdict::Duplicate);
        }
        self.give(t);
        Applied::did(Verdict::Applied, Happened { correction: true, ..Happened::default() })
    }

    /// Sends an account what is its own, with the members that came with it.
    fn give(&mut self, t: &Transfer) {
        let leaving = self.leaving(&t.from);
        let mut snapshot = LedgerSnapshot::default();
        let members = self.state.ledgers.as_mut().map(|all| std::mem::take(&mut all.members));
        let mut staying = Vec::new();
        for mut member in members.unwrap_or_default() {
            if !leaving.contains(&member.account) {
                staying.push(member);
                continue;
            }
            member.ledger.lifted.clear();
            if member.account == t.from {
                snapshot.products = self.part(&member, &leaving);
                self.regain_cooldowns(&member);
                snapshot.ledger = member.ledger;
            } else {
                snapshot.members.push(member);
            }
        }
        if let Some(all) = &mut self.state.ledgers {
            all.members = staying;
        }
        self.send_back(t, snapshot);
        let children = std::mem::take(&mut self.state.kin.children);
        let (theirs, ours) = children.into_iter().partition(|child| leaving.contains(&child.names));
        self.state.kin.children = ours;
        self.introduce(theirs, &t.from);
        self.state.compose();
        self.due = None;
    }

    /// The account, and the members whose aliases name it, or one of those.
    fn leaving(&self, account: &AccountKey) -> Vec<AccountKey> {
        let mut leaving = vec![account.clone()];
        let members = self.state.members();
        while let Some(next) =
            members.iter().find(|m| leaving.contains(&m.under) && !leaving.contains(&m.account))
        {
            leaving.push(next.account.clone());
        }
        leaving
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
            let left = here.left.filter(|l| before.and_then(|p| p.left) != Some(*l));
            let open = before.and_then(|p| p.episode.as_ref()).map(|e| (e.since, e.entered));
            match (&here.episode, here.cooldown) {
                (Some(e), _) if e.account.as_ref().is_some_and(|a| leaving.contains(a)) => {
                    let account = e.account.clone().filter(|account| *account != member.account);
                    p.episode = Some(Episode { account, ..e.clone() });
                    p.mute(here.muted, here.muted_until);
                }
                // It stood for both, or a cooldown kept it from being taken over.
                (Some(e), _) if open == Some((e.since, e.entered)) => {}
                (None, Some(cooldown)) if cooled == Some(cooldown) => {}
                (_, cooldown) => {
                    p.episode = None;
                    p.left = left.or(p.left);
                    p.cooldown = cooldown.filter(|c| cooled != Some(*c)).or(p.cooldown);
                }
            }
        }
        products.retain(|p| stands(&p));
        products
    }

    /// What the leaving member's cooldown, its exit or its episode had put aside.
    fn regain_cooldowns(&mut self, member: &Member) {
        let of = |list: &[ProductState], product: &Text| {
            list.iter().find(|p| p.product == *product).and_then(|p| p.cooldown)
        };
        let left_of = |list: &[ProductState], product: &Text| {
            list.iter().find(|p| p.product == *product).and_then(|p| p.left)
        };
        for p in &mut self.state.products {
            let came = p.episode.as_ref().is_some_and(|e| e.account.is_some());
            if came || p.cooldown.is_some() && p.cooldown == of(&member.products, &p.product) {
                p.cooldown = of(&member.before, &p.product);
            }
            if came || p.left.is_some() && p.left == left_of(&member.products, &p.product) {
                p.left = left_of(&member.before, &p.product);
            }
        }
    }
}
