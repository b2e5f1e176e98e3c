//! What each account merged into another brought with it, so that an undo can give it back.

use crate::domain::account::standing::{ProductState, Suppression};
use crate::domain::evidence::company::Company;
use crate::domain::evidence::event::Evidence;
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::SuppressionList;
use crate::domain::terms::time::{Day, Timestamp};
use serde::Serialize;

/// The facts of one account alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ledger {
    pub company: Company,
    /// Sorted by day and id.
    pub evidence: Vec<Evidence>,
    /// Sorted by id.
    pub tombstones: Vec<(SignalId, Day)>,
    /// Sorted by list.
    pub suppressions: Vec<Suppression>,
    /// Lists that a record of another account of the same company has lifted. Sorted.
    pub lifted: Vec<SuppressionList>,
}

/// The ledgers of an account that others were merged into. What counts is worked out of all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ledgers {
    pub own: Ledger,
    /// Sorted by account; at least one.
    pub members: Vec<Member>,
}

impl Ledgers {
    /// `None`: its own.
    pub fn of(&mut self, member: Option<&AccountKey>) -> Option<&mut Ledger> {
        match member {
            None => Some(&mut self.own),
            Some(account) => {
                self.members.iter_mut().find(|m| m.account == *account).map(|m| &mut m.ledger)
            }
        }
    }
}

/// An account that was merged into this one, or into another member of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Member {
    pub account: AccountKey,
    /// The account that its alias names: this one, or a member, with which it leaves.
    pub under: AccountKey,
    /// Since when.
    pub since: Timestamp,
    pub ledger: Ledger,
    /// Where it stood when it was merged: what it gets back.
    pub products: Vec<ProductState>,
    /// Where the account that took it in stood before.
    pub before: Vec<ProductState>,
}
