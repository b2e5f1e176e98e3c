//! What is kept of an account: the company, its evidence, and where each product stands.

use super::kin::Kin;
use crate::domain::account::ledger::{Ledger, Member};
use crate::domain::account::standing::{ProductState, Stage, Suppression};
use crate::domain::evidence::company::Company;
use crate::domain::evidence::event::Evidence;
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::SuppressionList;
use crate::domain::terms::time::Day;
use serde::Serialize;

/// With members, company, evidence, tombstones and suppressions are what all their ledgers come to
/// together (see [`members`](super::members)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountState {
    /// The offset of the last broadcast of the partition that this account has applied; -1: none.
    pub applied: i64,
    /// The last midnight that was visited.
    pub through: Day,
    /// The offset of the last input or broadcast that this state reflects.
    pub offset: i64,
    pub company: Company,
    /// Sorted by day and id.
    pub evidence: Vec<Evidence>,
    /// Retracted and superseded signals, so that a late copy of one is not believed. Sorted by id.
    pub tombstones: Vec<(SignalId, Day)>,
    /// Sorted by list.
    pub suppressions: Vec<Suppression>,
    /// Sorted by product.
    pub products: Vec<ProductState>,
    /// The account that took everything over.
    pub moved_to: Option<AccountKey>,
    /// With [`moved_to`](Self::moved_to): the request that moved it. Without: the request to
    /// return that is still on its way; until its answer the account has only what came since.
    pub link: Option<SignalId>,
    /// Whom it asked to return what is its own, while that may be on its way.
    pub asks: Option<AccountKey>,
    /// Lists it was taken off while what it had was still on its way. Sorted.
    pub lifted: Vec<SuppressionList>,
    /// With members: its own ledger.
    pub own: Option<Box<Ledger>>,
    /// The accounts that were merged into it. Sorted by account.
    pub members: Vec<Member>,
    /// Its parent and its subsidiaries.
    pub kin: Kin,
}

impl AccountState {
    /// A new account knows every broadcast so far: there was nothing of it to apply them to.
    pub fn new(applied: i64, through: Day) -> AccountState {
        AccountState {
            applied,
            through,
            offset: -1,
            company: Company::default(),
            evidence: Vec::new(),
            tombstones: Vec::new(),
            suppressions: Vec::new(),
            products: Vec::new(),
            moved_to: None,
            link: None,
            asks: None,
            lifted: Vec::new(),
            own: None,
            members: Vec::new(),
            kin: Kin::default(),
        }
    }

    /// Whether what it had is still on its way back.
    pub fn awaits_return(&self) -> bool {
        self.moved_to.is_none() && self.link.is_some()
    }

    pub fn product(&self, product: &str) -> Option<&ProductState> {
        self.products.iter().find(|p| p.product == product)
    }

    /// The most advanced stage over all products.
    pub fn stage(&self) -> Stage {
        let rank = |stage| match stage {
            Stage::Dormant => 0,
            Stage::Cooling => 1,
            Stage::Warming => 2,
            Stage::Buying => 3,
        };
        self.products.iter().map(|p| p.stage).max_by_key(|s| rank(*s)).unwrap_or(Stage::Dormant)
    }

    /// The suppression in force, the strictest first.
    pub fn suppressed(&self, today: Day) -> Option<&Suppression> {
        self.suppressions.iter().find(|s| s.until.is_none_or(|until| today < until))
    }

    /// Whether it is worth nothing to remember: no company, no evidence, no decision ever made.
    pub fn is_blank(&self) -> bool {
        !self.company.is_known()
            && self.evidence.is_empty()
            && self.tombstones.is_empty()
            && self.suppressions.is_empty()
            && self.moved_to.is_none()
            && self.link.is_none()
            && self.members.is_empty()
            && self.kin.is_none()
            && self.products.iter().all(|p| p.sequence == 0 && p.cooldown.is_none())
    }
}
