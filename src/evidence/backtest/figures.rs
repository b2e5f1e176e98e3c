//! The figures of a backtest, as data: the command prints them, and [`super::page`] lays them out.

pub use crate::evidence::deals::order::{Single, Tenth};
use crate::evidence::deals::sales::{Asked, Sales};
use crate::evidence::history::Rule;
use crate::evidence::stats::Interval;
use crate::evidence::stats::survival::Step;
use schemars::JsonSchema;
use serde::Serialize;

/// Permutations of outcomes.
pub(super) const PERMUTATIONS: usize = 999;
/// A good profile has at least so many times the rate of the others: a rule of thumb of sales teams.
pub const MARK: f64 = 2.0;

#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    pub rule: Rule,
    pub seed: u64,
    /// Accounts that the team can work: precision and recall of the best ones.
    pub capacity: Option<u64>,
    pub sales: Asked,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Backtest {
    pub profile: String,
    pub product: String,
    pub profile_version: String,
    /// What counts, and within how many days.
    pub outcome: String,
    /// The log's days.
    pub from_day: Option<String>,
    /// The last day.
    pub to_day: String,
    pub seed: u64,
    /// Accounts that the profile lets enter.
    pub entered: Group,
    /// Accounts that were there on the same days.
    pub others: Group,
    /// Entered over others; none where one of them has no outcome.
    pub times: Option<Times>,
    /// How often shuffled outcomes differ as much: by family within quarter.
    #[serde(rename = "shuffled_p")]
    pub p: f64,
    /// Accounts that do not count, and why.
    pub left_out: Vec<LeftOut>,
    /// Tier, band, segment, source, owner, and time before or after the first activation.
    pub groups: Vec<Group>,
    /// By quarter of the entry, those whose window is over: the last ones.
    pub quarters: Vec<Group>,
    /// The accounts that entered, by score.
    pub ranking: Option<Ranking>,
    /// The share with the outcome by day since the entry, with lost as a competing end.
    pub incidence: Vec<Incidence>,
    /// Money of won deals, as reported.
    pub deal: Option<Deal>,
    /// Deals, the funnel, the effort and the pipeline, as sales reported them.
    pub sales: Sales,
}

/// Accounts of one kind whose window is over.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Group {
    /// What the group is made by, such as `tier`.
    pub by: String,
    pub name: String,
    pub account_count: u64,
    pub family_count: u64,
    /// Accounts with the outcome.
    pub happened_count: u64,
    /// Their share, from 0 to 1.
    pub rate_share: f64,
    /// At 95 %, by company family.
    pub interval: Interval,
    /// Their window has not ended.
    pub open_count: u64,
}

/// One rate over another.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Times {
    /// How many times as often.
    pub times_ratio: f64,
    /// At 95 %, by resamples of families.
    pub interval: Option<Interval>,
    /// Further accounts of both kinds, at the rates seen, that would show a difference; 0 where it shows.
    pub more_count: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LeftOut {
    pub why: String,
    /// How many.
    pub account_count: u64,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Incidence {
    pub name: String,
    pub account_count: u64,
    /// The share by the end of the outcome's window.
    pub window_share: f64,
    /// Up to the end of the window: beyond, ever fewer accounts are left.
    #[serde(skip)]
    pub steps: Vec<Step>,
}

/// Won deals of accounts that entered, in the currency of the log.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Deal {
    pub deal_count: u64,
    /// The mean, in whole units of that currency.
    pub mean_usd: f64,
    /// At 95 %, by resamples of families.
    pub interval: Option<Interval>,
}

/// The accounts that entered, by score. An AUC is the probability that one with the outcome stands above one
/// without; 0.5 is a random order.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Ranking {
    /// The AUC of the score, from 0 to 1.
    pub score_auc_share: f64,
    /// How often outcomes that are shuffled within the quarter are ordered as well.
    #[serde(rename = "shuffled_p")]
    pub p: f64,
    /// The newest signal first.
    pub recency_auc_share: Option<f64>,
    /// The AUC of the fit alone, from 0 to 1.
    pub fit_auc_share: f64,
    /// The single group that orders them best, found on the same accounts, so that it looks too good.
    pub best_single: Option<Single>,
    /// Tenths by score, the highest first.
    pub deciles: Vec<Tenth>,
    /// At the capacity that was given.
    pub at_capacity: Option<Capacity>,
}

/// The accounts with the best score, as many as the team can work.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Capacity {
    pub account_count: u64,
    /// Of these, the share with the outcome.
    pub precision_share: f64,
    /// Of those with the outcome, the share among these.
    pub recall_share: f64,
}
