//! A profile against a table of companies: how many it takes, what keeps the others out, what is
//! not known, and whether the profile is tight. Here is what is told; [`mod@tally`] counts it,
//! [`verdict`] says what follows from it, [`picture`] draws it.

pub mod picture;
pub mod standing;
pub mod tally;
pub mod verdict;

use crate::domain::Text;
use crate::domain::profile::Model;
use crate::domain::profile::when::Answer;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Day;
use crate::domain::terms::units::MilliPoints;
use serde::Serialize;
pub use standing::Standing;
pub use tally::{Options, tally};

/// A profile against a table of companies. Every company has exactly one standing.
#[derive(Clone, Debug, Serialize)]
pub struct Matching {
    pub profile: Text,
    pub product: Text,
    #[serde(rename = "profile_version")]
    pub version: Text,
    pub model: Model,
    /// The day on which the companies were looked at.
    pub on: Day,
    /// Accounts of which no company record speaks, only signals: no part of the table.
    pub accounts_without_company: u64,
    pub companies: u64,
    /// The whole market, where somebody named it.
    #[serde(rename = "market_companies")]
    pub market: Option<u64>,
    /// Those in a tier, past the gate and not excluded.
    pub matches: u64,
    /// Of the market, or of the companies given.
    pub share_percent: f64,
    /// Of the matches: customers and open opportunities, of whom only their owner hears.
    pub owner_only: u64,
    /// What the profile should be told about: the sentences that a person reads first.
    pub verdict: Vec<String>,
    pub standings: Vec<StandingCount>,
    pub criteria: Vec<CriterionCount>,
    pub exclusions: Vec<ExclusionCount>,
    /// The most often unknown first.
    pub unknowns: Vec<UnknownCount>,
    /// Companies that one criterion alone keeps out.
    pub near_misses: u64,
    pub near_miss_samples: Vec<Sample>,
}

/// How many companies stand so, and the best of them.
#[derive(Clone, Debug, Serialize)]
pub struct StandingCount {
    pub standing: Standing,
    pub companies: u64,
    /// Of all companies given.
    #[serde(rename = "share_percent")]
    pub percent: f64,
    pub samples: Vec<Sample>,
}

/// What one criterion does. Excluded companies are not asked.
#[derive(Clone, Debug, Serialize)]
pub struct CriterionCount {
    pub name: Text,
    /// The variants it belongs to; the primary one, and segments.
    pub segments: Vec<Text>,
    pub weight: i32,
    pub required: bool,
    pub yes: u64,
    pub no: u64,
    pub unknown: u64,
    /// Companies that do not get its points (for a criterion held against a company: that do).
    pub filters_out: u64,
    /// Companies that do not match and would, were only this answered well.
    pub alone_keeps_out: u64,
    /// Matching companies that would not match without its points.
    pub carries: u64,
    /// Where it is met by nobody: what the companies say in its place, the most frequent first.
    pub values: Vec<ValueCount>,
}

#[derive(Clone, Debug, Serialize)]
pub struct ValueCount {
    pub value: Text,
    pub companies: u64,
}

/// What one exclusion does. A company counts under the first reason that excludes it.
#[derive(Clone, Debug, Serialize)]
pub struct ExclusionCount {
    pub reason: Text,
    pub companies: u64,
    /// Of them, those that would match.
    pub would_match: u64,
}

#[derive(Clone, Debug, Serialize)]
pub struct UnknownCount {
    pub attribute: Text,
    pub companies: u64,
    /// Of the companies that are not excluded.
    #[serde(rename = "share_percent")]
    pub percent: f64,
}

/// A company as an example.
#[derive(Clone, Debug, Serialize)]
pub struct Sample {
    pub account: AccountKey,
    pub name: Option<Text>,
    pub segment: Text,
    #[serde(rename = "fit_lower_millipoints")]
    pub fit: MilliPoints,
    #[serde(rename = "fit_upper_millipoints")]
    pub fit_at_best: MilliPoints,
    pub known_percent: i32,
    /// Why it is excluded.
    pub excluded: Option<Text>,
    /// Of a near miss: each one of these alone would make it match. Else: what gives it no points.
    pub lacks: Vec<Lack>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Lack {
    pub criterion: Text,
    pub answer: Answer,
    /// What is known instead.
    pub found: Text,
}

impl CriterionCount {
    /// With its weight, and the segments it is for where it is not for all.
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

    /// What the share is a share of.
    pub fn denominator(&self) -> u64 {
        self.market.unwrap_or(self.companies)
    }
}
