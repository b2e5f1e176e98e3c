//! What each account merged into another brought with it, so that an undo can give it back.

use crate::domain::account::standing::{ProductState, Suppression};
use crate::domain::evidence::company::Company;
use crate::domain::evidence::event::Evidence;
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::SuppressionList;
use crate::domain::terms::time::{Day, Timestamp};
use serde::Serialize;

/// What is known of one account alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ledger {
    pub company: Company,
    /// Sorted by day and id.
    pub evidence: Vec<Evidence>,
    /// Sorted by id.
    pub tombstones: Vec<(SignalId, Day)>,
    /// Sorted by list.
    pub suppressions: Vec<Suppression>,
    /// Lists that were lifted where this ledger is not all there is: by a record of another
    /// member, or while what it had was still on its way. Sorted.
    pub lifted: Vec<SuppressionList>,
}

/// An account that was merged into this one, or into another member of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Member {
    pub account: AccountKey,
    /// The account it is an alias of: this one, or a member that brought it along.
    pub under: AccountKey,
    /// Since when.
    pub since: Timestamp,
    /// The request that merged it. None: all there is are notes, or what came late.
    pub link: Option<SignalId>,
    pub ledger: Ledger,
    /// Where it stood when it was merged: what it gets back.
    pub products: Vec<ProductState>,
    /// Where the account that took it in stood before.
    pub before: Vec<ProductState>,
}
