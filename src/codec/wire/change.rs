//! The record by which the desk hears of another profile.

use crate::domain::account::outbox::{ChangeCounts, ProfileChange};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(crate) struct ChangeWire<'a> {
    product: &'a str,
    profile: &'a str,
    profile_version: &'a str,
    activation: i64,
    replaced_profile_version: Option<&'a str>,
    rolled_back: bool,
    published_by: Option<&'a str>,
    note: Option<&'a str>,
    #[serde(borrow)]
    changes: Vec<&'a str>,
    enters: Option<i64>,
    leaves: Option<i64>,
    tiers: Option<i64>,
}

impl<'a> ChangeWire<'a> {
    pub(crate) fn of(change: &'a ProfileChange) -> ChangeWire<'a> {
        let count =
            |of: fn(&ChangeCounts) -> u64| change.counts.as_ref().map(|c| of(c).cast_signed());
        ChangeWire {
            product: &change.product,
            profile: &change.profile,
            profile_version: &change.version,
            activation: change.activation.cast_signed(),
            replaced_profile_version: change.before.as_deref(),
            rolled_back: change.is_rollback,
            published_by: change.by.as_deref(),
            note: change.note.as_deref(),
            changes: change.changes.iter().map(String::as_str).collect(),
            enters: count(|c| c.enters),
            leaves: count(|c| c.leaves),
            tiers: count(|c| c.tiers),
        }
    }

    pub(crate) fn change(self) -> ProfileChange {
        let count = |n: Option<i64>| n.map(i64::cast_unsigned);
        let counts = (count(self.enters), count(self.leaves), count(self.tiers));
        ProfileChange {
            product: self.product.into(),
            profile: self.profile.into(),
            version: self.profile_version.into(),
            activation: self.activation.cast_unsigned(),
            before: self.replaced_profile_version.map(Into::into),
            is_rollback: self.rolled_back,
            by: self.published_by.map(Into::into),
            note: self.note.map(Into::into),
            changes: self.changes.into_iter().map(str::to_owned).collect(),
            counts: match counts {
                (Some(enters), Some(leaves), Some(tiers)) => {
                    Some(ChangeCounts { enters, leaves, tiers })
                }
                _ => None,
            },
        }
    }
}
