//! The state kept of an account: the company, its evidence, and where each product stands.

use super::kin::Kin;
use super::memo::Memo;
use crate::domain::account::ledger::{Ledgers, Member};
use crate::domain::account::standing::{ProductState, Stage, Standing, Suppression};
use crate::domain::evidence::company::Company;
use crate::domain::evidence::event::Evidence;
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Day;
use serde::Serialize;

/// Company, evidence, tombstones and suppressions are what counts: the account's only ledger, or what
/// is worked out of all its [`ledgers`](Self::ledgers) (see [`members`](super::members)).
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
    pub standing: Standing,
    /// `None`: no account was merged into it.
    pub ledgers: Option<Box<Ledgers>>,
    /// Its parent and its subsidiaries.
    pub kin: Kin,
    /// What the last look worked out. Not part of what is known of the account.
    #[serde(skip)]
    pub memo: Memo,
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
            standing: Standing::Own,
            ledgers: None,
            kin: Kin::default(),
            memo: Memo::default(),
        }
    }

    /// The account that has its data, where it is an alias.
    pub fn moved_to(&self) -> Option<&AccountKey> {
        match &self.standing {
            Standing::MovedTo { to, .. } => Some(to),
            Standing::Own | Standing::AwaitingReturn(_) => None,
        }
    }

    /// Whether its data is on its way back.
    pub fn awaits_return(&self) -> bool {
        matches!(self.standing, Standing::AwaitingReturn(_))
    }

    /// The accounts that were merged into it, sorted by account.
    pub fn members(&self) -> &[Member] {
        self.ledgers.as_ref().map_or(&[], |ledgers| &ledgers.members)
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
            && self.standing == Standing::Own
            && self.ledgers.is_none()
            && self.kin.is_none()
            && self
                .products
                .iter()
                .all(|p| p.sequence == 0 && p.cooldown.is_none() && p.left.is_none())
    }
}
