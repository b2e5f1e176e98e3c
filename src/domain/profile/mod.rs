//! The ideal customer profile as RevOps writes it: fit, intent, episode, priority, routes, value,
//! segments. This folder is the shape of the YAML; every doc comment here is the reference of its
//! key. [`check`] finds errors in a profile, [`variant`] makes it ready to score with; advice about it is
//! in `crate::analysis::advice`.
//!
//! Unknown keys are refused everywhere, so that a misspelt one is never silently ignored.

pub mod amount;
pub mod check;
mod episode;
mod fit;
mod intent;
pub mod links;
mod overlay;
mod routes;
pub mod rules;
pub mod templates;
pub mod trigger;
pub mod variant;
pub mod when;

use super::Text;
pub use episode::{
    Band, BusinessHours, Episode, ExitAdvice, Priorities, Priority, PriorityRow, Sla, Weekday,
};
pub use fit::{Criterion, Exclusion, Fit, TierLines, Unknown};
pub use intent::{Bands, Intent};
pub use routes::{Angle, Persona, RouteRow, Routes, Value};
use rules::Rule;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use when::When;

/// A profile: whom one product is for, what shows that they are ready, and what then happens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The profile's name: lower-case letters, digits, hyphens.
    #[schemars(with = "String")]
    pub profile: Text,
    /// What you sell: lower-case letters, digits, hyphens. One account has one open episode per product.
    #[schemars(with = "String")]
    pub product: Text,
    /// Who owns this document.
    #[schemars(with = "String")]
    pub owner: Text,
    /// When people last went through it (`2026-10-01`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewed_at: Option<chrono::NaiveDate>,
    /// How fit and intent are put together.
    #[serde(default, skip_serializing_if = "is_default")]
    pub model: Model,
    /// Who fits: firmographics and technographics, 0 to 100 points.
    pub fit: Fit,
    /// What shows that a company is ready now: the triggers.
    pub intent: Intent,
    /// How long a stay in buying mode lasts, and what ends it.
    #[serde(default)]
    pub episode: Episode,
    /// How soon sales must act, by tier and strength of intent.
    #[serde(default)]
    pub priority: Priorities,
    /// Where decisions go.
    pub routes: Routes,
    /// Why they buy, and what to say to whom.
    pub value: Value,
    /// Pages about an account in your own systems, for decisions to link to: a name, and an address
    /// with `{crm_id}` in the place of the id (`crm: "https://example.my.salesforce.com/{crm_id}"`). Ids
    /// are `system:id`: a pattern named like a system is for its ids, `crm` for those of all others.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub links: BTreeMap<Text, Text>,
    /// Variations for parts of the market, at most three. They inherit everything they do not
    /// override, and compete: the best fit wins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<Segment>,
    /// Holding accounts back at random, so that lift can be proven.
    #[serde(default, skip_serializing_if = "is_default")]
    pub experiment: Experiment,
    /// Who works what enters. Only `icp check` reads it: more entries than hands are a warning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<Team>,
}

/// How fit and intent are put together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// Fit must pass the gate, and intent must reach `enter`.
    #[default]
    Gate,
    /// Fit points and intent points are added; the sum must reach `enter`. There is no gate.
    Additive,
}

/// A variation of the profile for a part of the market.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// The segment's name: lower-case letters, digits, hyphens; `primary` is taken.
    #[schemars(with = "String")]
    pub segment: Text,
    /// Which companies it is for; left out: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    /// Criteria that replace those of the same name; others are added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub criteria: Vec<Criterion>,
    /// Names of criteria and rules that do not hold here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub without: Vec<Text>,
    /// Instead of `fit.gate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<i32>,
    /// Instead of `fit.tiers`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiers: Option<TierLines>,
    /// Instead of `intent.enter`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enter: Option<i32>,
    /// Instead of `intent.exit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<i32>,
    /// Rules that replace those of the same name; others are added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// What to say here, instead of the profile's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// Holding accounts back at random, so that lift can be proven.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Experiment {
    /// Percent of entering accounts that go to the hold-out route.
    pub hold_out_percent: u8,
    /// Change it to draw the arms anew.
    pub salt: u64,
}

/// How much the sales team can take on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// How many people take on new accounts.
    pub reps: u32,
    /// New accounts that one rep can take on in a week.
    pub accounts_a_week: u32,
}

impl Team {
    /// New accounts that the team can take on in a week.
    pub fn capacity(self) -> u64 {
        u64::from(self.reps) * u64::from(self.accounts_a_week)
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
