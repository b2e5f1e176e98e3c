//! The result of a comparison, for people and for scripts.

use super::trial::Decided;
use crate::domain::Text;
use crate::domain::account::standing::Stage;
use crate::domain::profile::Priority;
use crate::domain::profile::variant::CompiledProfile;
use crate::domain::score::fit::Tier;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Day;
use crate::domain::terms::units::MilliPoints;
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Findings {
    #[schemars(with = "String")]
    pub product: Text,
    /// Accounts that were scored by both.
    pub accounts: u64,
    /// The last day of both folds.
    pub upto: Option<Day>,
    /// Under the old profile.
    pub old: Side,
    /// Under the new one.
    pub new: Side,
    /// Number of accounts by change; one account may count under several.
    pub changes: BTreeMap<Change, u64>,
    /// The first of these accounts, each once, the most important change first.
    pub first: Vec<Changed>,
    #[serde(skip)]
    show: usize,
}

/// The totals of one profile.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Side {
    #[schemars(with = "String")]
    pub profile: Text,
    #[serde(rename = "profile_version")]
    #[schemars(with = "String")]
    pub version: Text,
    /// Accounts in buying mode at the end.
    pub buying: u64,
    /// Accounts in buying mode, by priority.
    pub priorities: BTreeMap<Priority, u64>,
    /// Accounts by tier.
    pub tiers: BTreeMap<Tier, u64>,
    /// Entries over the whole log, without those that only a first load or publication caused.
    pub entries: u64,
    /// Entries that only a first load or publication caused.
    pub baseline_entries: u64,
    /// Exits over the whole log.
    pub exits: u64,
    /// Entries by week, under the date of its Monday.
    pub entries_by_week: BTreeMap<String, u64>,
}

#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    schemars::JsonSchema,
    strum::Display,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Change {
    Enters,
    Leaves,
    Priority,
    Tier,
    Segment,
}

/// The state of an account at the end of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Stands {
    pub stage: Stage,
    pub tier: Tier,
    #[schemars(with = "String")]
    pub segment: Text,
    /// Only while it is in buying mode.
    pub priority: Option<Priority>,
    #[serde(rename = "fit_millipoints")]
    pub fit: MilliPoints,
    #[serde(rename = "score_millipoints")]
    pub score: MilliPoints,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Changed {
    pub account: AccountKey,
    /// The company's name.
    #[schemars(with = "Option<String>")]
    pub name: Option<Text>,
    /// The most important first.
    pub changes: Vec<Change>,
    /// Under the old profile.
    pub old: Stands,
    /// Under the new one.
    pub new: Stands,
    /// Why, for people.
    pub reason: String,
}

/// Order of the list: by change, the most urgent first, then by name.
type Rank<'a> = (Option<Change>, Reverse<Option<Priority>>, &'a AccountKey);

impl Changed {
    fn rank(&self) -> Rank<'_> {
        let priority = self.new.priority.or(self.old.priority);
        (self.changes.first().copied(), Reverse(priority), &self.account)
    }
}

impl Findings {
    /// `show`: the number of accounts to list with their reasons.
    pub fn new(old: &CompiledProfile, new: &CompiledProfile, show: usize) -> Findings {
        Findings {
            product: new.profile.product.clone(),
            accounts: 0,
            upto: None,
            old: Side::of(old),
            new: Side::of(new),
            changes: BTreeMap::new(),
            first: Vec::new(),
            show,
        }
    }

    /// Whether an account would be listed. Reasons are worked out only for those.
    pub(super) fn shows(
        &self,
        change: Change,
        priority: Option<Priority>,
        account: &AccountKey,
    ) -> bool {
        let rank: Rank<'_> = (Some(change), Reverse(priority), account);
        let before = |last: &Changed| rank < last.rank();
        self.first.len() < self.show || self.first.last().is_some_and(before)
    }

    pub(super) fn show(&mut self, changed: Changed) {
        let at = self.first.partition_point(|known| known.rank() < changed.rank());
        self.first.insert(at, changed);
        self.first.truncate(self.show);
    }
}

impl Side {
    fn of(profile: &CompiledProfile) -> Side {
        Side {
            profile: profile.profile.profile.clone(),
            version: profile.version.clone(),
            buying: 0,
            priorities: BTreeMap::new(),
            tiers: BTreeMap::new(),
            entries: 0,
            baseline_entries: 0,
            exits: 0,
            entries_by_week: BTreeMap::new(),
        }
    }

    pub(super) fn stands(&mut self, stands: Option<&Stands>) {
        let Some(stands) = stands else { return };
        *self.tiers.entry(stands.tier).or_default() += 1;
        if let Some(priority) = stands.priority {
            self.buying += 1;
            *self.priorities.entry(priority).or_default() += 1;
        }
    }

    pub(super) fn decided(&mut self, decided: &Decided) {
        self.entries += decided.entries;
        self.baseline_entries += decided.baseline;
        self.exits += decided.exits;
        for (week, n) in &decided.weeks {
            *self.entries_by_week.entry(week.to_string()).or_default() += n;
        }
    }
}
