//! A suggestion, as data: the command lays it out, and [`super::profile`] writes it as a profile.

use super::best::Best;
use super::candidates::Test;
use super::judge::Judged;
use crate::evidence::stats::Interval;
use serde::Serialize;

#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Suggestion {
    /// Won and other records that were compared.
    #[serde(rename = "record_count")]
    pub records: u64,
    /// Of these, won.
    #[serde(rename = "won_count")]
    pub won: u64,
    /// Accounts behind them.
    #[serde(rename = "account_count")]
    pub accounts: u64,
    /// Whether records say which account they belong to.
    pub has_accounts: bool,
    /// How many properties were looked at.
    #[serde(rename = "candidate_count")]
    pub candidates: u64,
    /// Of these, those that go with winning by more than chance.
    #[serde(rename = "proven_count")]
    pub proven: u64,
    /// Those that were chosen, with their weights.
    pub criteria: Vec<Criterion>,
    /// Nothing is proven, or hypotheses were asked for: the likeliest ones.
    pub hypotheses: Vec<Criterion>,
    /// What happened shortly before, or did not: the likeliest, proven or not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<Criterion>,
    /// Other choices that rank nearly as well.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Vec<Weighted>>,
    /// How well such a choice ranks records that it was not made on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ranking: Option<Judged>,
    /// Columns that were left out, and why.
    pub left_out: Vec<LeftOut>,
    pub seed: u64,
    /// The best customers; none where won records are compared with lost ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best: Option<Best>,
    /// What 60 % of the best, or of the won, have.
    pub shares: Vec<Share>,
}

impl Suggestion {
    /// What a record with the outcome is.
    pub fn what(&self) -> &'static str {
        if self.best.is_some() { "one of the best" } else { "won" }
    }
}

/// A property that most of the best have.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Share {
    /// The property.
    pub name: String,
    /// Of the best, from 0 to 1.
    pub best_share: f64,
    /// Of the others, from 0 to 1.
    pub others_share: f64,
    /// Of lost records that ended as fast as the faster half of the won ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fast_lost_share: Option<f64>,
}

/// A lift among customers alone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Among {
    /// The rate of the best with it over the one without.
    #[serde(rename = "lift_ratio")]
    pub lift: f64,
    /// At 95 %.
    pub interval: Interval,
}

/// A property with its figures.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Criterion {
    /// For people.
    pub name: String,
    pub file: String,
    pub column: String,
    /// The question to the column.
    pub test: Test,
    /// Of 100.
    pub weight: u32,
    /// Won records with it.
    #[serde(rename = "won_with_count")]
    pub won_with: u64,
    /// Records with it.
    #[serde(rename = "with_count")]
    pub with: u64,
    /// Won records without it.
    #[serde(rename = "won_without_count")]
    pub won_without: u64,
    /// Records without it.
    #[serde(rename = "without_count")]
    pub without: u64,
    /// The win rate with it over that of all, drawn towards 1.
    #[serde(rename = "shrunken_ratio")]
    pub shrunken: f64,
    /// The win rate with it over the one without.
    #[serde(rename = "lift_ratio", skip_serializing_if = "Option::is_none")]
    pub lift: Option<f64>,
    /// Its 95 % interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// The probability of as much by chance, for all that were looked at together.
    #[serde(rename = "adjusted_p")]
    pub p: f64,
    /// The share of resamples that chose it too.
    #[serde(rename = "stability_share")]
    pub stability: f64,
    /// Further accounts, at the rates seen, that would settle it.
    #[serde(rename = "more_accounts_count", skip_serializing_if = "Option::is_none")]
    pub more: Option<u64>,
    /// Against the other customers, where the best of them are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub among_customers: Option<Among>,
}

#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Weighted {
    /// The property.
    pub name: String,
    /// Of 100.
    pub weight: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct LeftOut {
    pub file: String,
    pub column: String,
    pub why: &'static str,
}
