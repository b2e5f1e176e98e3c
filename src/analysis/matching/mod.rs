//! A profile against a table of companies: how many match, what keeps the others out, what is unknown,
//! and whether the profile is selective. This file holds the result; [`mod@tally`] counts,
//! [`mod@words`] the words that
//! companies have, [`verdict`] draws conclusions, [`picture`] makes a chart, [`sheet`] a table of all.

pub mod picture;
pub mod sheet;
pub mod standing;
pub mod tally;
pub mod verdict;
pub mod words;

use crate::domain::Text;
use crate::domain::profile::Model;
use crate::domain::profile::when::Answer;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Day;
use crate::domain::terms::units::MilliPoints;
use serde::Serialize;
pub use standing::Standing;
pub use tally::{Options, tally};

/// The result of matching a profile against a table of companies. Every company has exactly one standing.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Matching {
    #[schemars(with = "String")]
    pub profile: Text,
    #[schemars(with = "String")]
    pub product: Text,
    #[serde(rename = "profile_version")]
    #[schemars(with = "String")]
    pub version: Text,
    /// How the profile scores.
    pub model: Model,
    /// The day of the evaluation.
    pub on: Day,
    /// Accounts with signals but without a company record; they are not part of the table.
    pub accounts_without_company: u64,
    /// Companies that were given.
    pub companies: u64,
    /// Size of the whole market, if given.
    #[serde(rename = "market_companies")]
    pub market: Option<u64>,
    /// Companies in a tier, at or above the gate and not excluded.
    pub matches: u64,
    /// Matches in percent of the market, or of the companies given.
    pub share_percent: f64,
    /// Matches that are customers or open opportunities: only their owner is informed.
    pub owner_only: u64,
    /// Conclusions, the sentences that a person reads first.
    pub verdict: Vec<String>,
    /// Companies by standing.
    pub standings: Vec<StandingCount>,
    /// The effect of each criterion.
    pub criteria: Vec<CriterionCount>,
    /// The effect of each exclusion.
    pub exclusions: Vec<ExclusionCount>,
    /// Unknown attributes, the most frequent first.
    pub unknowns: Vec<UnknownCount>,
    /// Companies whose fit would pass, but of which less than `fit.known_percent` is known.
    #[serde(rename = "known_too_little_count")]
    pub known_too_little: u64,
    /// The words that companies have, by attribute that the profile asks about, the most frequent
    /// first.
    pub words: Vec<AttributeWords>,
    /// Number of companies that one criterion alone keeps out.
    pub near_misses: u64,
    /// Some of these, the nearest first.
    pub near_miss_samples: Vec<Sample>,
}

/// Number of companies with a standing, and the best of them.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct StandingCount {
    /// The standing.
    pub standing: Standing,
    pub companies: u64,
    /// In percent of all companies given.
    #[serde(rename = "share_percent")]
    pub percent: f64,
    /// The best of them.
    pub samples: Vec<Sample>,
}

/// The effect of one criterion. Excluded companies are not counted.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct CriterionCount {
    #[schemars(with = "String")]
    pub name: Text,
    /// The variants it belongs to: `primary`, and names of segments.
    #[schemars(with = "Vec<String>")]
    pub segments: Vec<Text>,
    /// In points; less than 0 of a negative criterion.
    pub weight: i32,
    /// Without it there is no match.
    pub required: bool,
    /// Companies that meet it.
    pub yes: u64,
    /// Companies that do not.
    pub no: u64,
    /// Companies of which it is not known.
    pub unknown: u64,
    /// Of the unknown, those that are known, but older than `stale_after_days` allows.
    #[serde(rename = "stale_count")]
    pub stale: u64,
    /// Companies that do not get its points (for a negative criterion: that do).
    pub filters_out: u64,
    /// Companies that do not match, but would if only this criterion were met.
    pub alone_keeps_out: u64,
    /// Companies that match, but would not without its points.
    pub carries: u64,
    /// For a criterion that no company meets: the values that the companies have, the most frequent
    /// first.
    pub values: Vec<ValueCount>,
}

#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct ValueCount {
    /// The value.
    #[schemars(with = "String")]
    pub value: Text,
    pub companies: u64,
}

#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct AttributeWords {
    #[schemars(with = "String")]
    pub attribute: Text,
    /// Number of different words.
    #[serde(rename = "word_count")]
    pub count: u64,
    /// The most frequent ones.
    pub words: Vec<ValueCount>,
}

/// The effect of one exclusion. A company counts under the first reason that excludes it.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct ExclusionCount {
    /// The reason in the profile.
    #[schemars(with = "String")]
    pub reason: Text,
    pub companies: u64,
    /// Of these, the companies that would match otherwise.
    pub would_match: u64,
}

#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct UnknownCount {
    #[schemars(with = "String")]
    pub attribute: Text,
    pub companies: u64,
    /// In percent of the companies that are not excluded.
    #[serde(rename = "share_percent")]
    pub percent: f64,
}

/// A company as an example.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Sample {
    pub account: AccountKey,
    /// The company's name.
    #[schemars(with = "Option<String>")]
    pub name: Option<Text>,
    #[schemars(with = "String")]
    pub segment: Text,
    #[serde(rename = "fit_lower_millipoints")]
    pub fit: MilliPoints,
    #[serde(rename = "fit_upper_millipoints")]
    pub fit_at_best: MilliPoints,
    /// How much of the criteria's weight is known, from 0 to 100.
    pub known_percent: i32,
    /// What its signals are worth on the day.
    #[serde(rename = "intent_millipoints")]
    pub intent: MilliPoints,
    /// The reason of the exclusion, if it is excluded.
    #[schemars(with = "Option<String>")]
    pub excluded: Option<Text>,
    /// For a near miss: criteria each of which alone would make it match. Otherwise: criteria that give
    /// it no points.
    pub lacks: Vec<Lack>,
}

#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Lack {
    /// The criterion's name in the profile.
    #[schemars(with = "String")]
    pub criterion: Text,
    /// Whether the company meets it.
    pub answer: Answer,
    /// The known value instead.
    #[schemars(with = "String")]
    pub found: Text,
}

impl CriterionCount {
    /// The name with its weight, and with its segments unless it applies to all.
    pub fn label(&self) -> String {
        let required = if self.required { ", required" } else { "" };
        let everywhere = self.segments.iter().any(|segment| segment == "primary");
        let segments =
            if everywhere { String::new() } else { format!("{}: ", self.segments.join(", ")) };
        format!("{segments}{} ({}{required})", self.name, self.weight)
    }
}

impl Matching {
    pub fn of(&self, standing: Standing) -> u64 {
        self.standings.iter().find(|s| s.standing == standing).map_or(0, |s| s.companies)
    }

    /// The number that the share refers to: the market, or the companies given.
    pub fn denominator(&self) -> u64 {
        self.market.unwrap_or(self.companies)
    }
}
