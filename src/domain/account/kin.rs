//! Kin: a subsidiary keeps its own account and names its parent. The suppression lists that a parent
//! is on are passed to its subsidiaries, and keep them out where the profile says so; signals, headcount
//! and whatever else is known stay where they are. One level: who names the parent of its parent
//! inherits from that.

use crate::domain::account::standing::Suppression;
use crate::domain::terms::account::AccountKey;
use serde::Serialize;

/// Whom an account belongs to, and who belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Kin {
    /// The company that it belongs to.
    pub parent: Option<Parent>,
    /// Sorted, none twice.
    pub children: Vec<Child>,
}

/// The parent as the company names it, with the lists it is on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Parent {
    pub account: AccountKey,
    /// Sorted by list.
    pub lists: Vec<Suppression>,
}

/// A subsidiary.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
pub struct Child {
    pub account: AccountKey,
    /// Whom it names: this account, or one that was merged into it.
    pub names: AccountKey,
}

impl Kin {
    pub fn is_none(&self) -> bool {
        self.parent.is_none() && self.children.is_empty()
    }

    /// The lists that the parent is on.
    pub fn inherited(&self) -> &[Suppression] {
        self.parent.as_ref().map_or(&[], |parent| &parent.lists)
    }
}
