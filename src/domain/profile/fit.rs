//! `fit`: how well a company matches.

use super::{is_default, when::When};
use crate::domain::Text;
use crate::domain::evidence::facts::SURE_PERCENT;
use crate::domain::terms::catalogue::SuppressionList;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How well a company matches, about the company alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fit {
    /// The lowest fit that may enter buying mode. Default: the line of tier 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<i32>,
    /// The lowest fit of each tier.
    #[serde(default)]
    pub tiers: TierLines,
    /// How much of the weight must be known, in percent, before an account has a tier.
    #[serde(default = "default_known_percent")]
    pub known_percent: i32,
    /// How sure it must be, in percent, that a company uses a tool, or has adopted or dropped it. A
    /// less sure report, such as a tool that a text merely mentions, proves neither use nor absence: a
    /// criterion is unknown, and a rule does not count it.
    #[serde(
        default = "default_tool_confidence",
        skip_serializing_if = "is_default_tool_confidence"
    )]
    pub tool_confidence_percent: u8,
    /// In a gate profile the weights of the positive criteria sum to 100.
    pub criteria: Vec<Criterion>,
    /// What beats any score.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<Exclusion>,
    /// Which suppression lists of a company's parent count for the company too (`parent` of its
    /// company record). `[]`: none.
    #[serde(default = "default_inherited", skip_serializing_if = "is_default_inherited")]
    pub inherit_from_parent: Vec<SuppressionList>,
}

/// A subsidiary of a customer may well be sold to; one of a competitor may not.
pub(super) fn default_inherited() -> Vec<SuppressionList> {
    vec![SuppressionList::DoNotContact, SuppressionList::Competitor]
}

fn is_default_inherited(lists: &[SuppressionList]) -> bool {
    *lists == default_inherited()
}

/// The lowest fit of each tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TierLines {
    /// From here on an account is tier 1, the best.
    pub tier_1: i32,
    /// From here on tier 2.
    pub tier_2: i32,
    /// From here on tier 3; below, the company does not match the ideal customer profile.
    pub tier_3: i32,
}

impl Default for TierLines {
    fn default() -> Self {
        TierLines { tier_1: 85, tier_2: 70, tier_3: 60 }
    }
}

/// One thing that makes a company fit, or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// What people call it; reasons and decisions say this.
    #[schemars(with = "String")]
    pub name: Text,
    /// Points of 100 when it holds; negative to hold it against a company.
    pub weight: i32,
    /// What must hold.
    pub when: When,
    /// What an unknown answer counts as; left out: `no`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unknown: Unknown,
    /// Without a yes here the company does not fit at all.
    #[serde(default, skip_serializing_if = "is_default")]
    pub required: bool,
    /// An answer that was last confirmed more than this many days ago counts as unknown; left out:
    /// none is too old.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stale_after_days: Option<u16>,
}

/// What an unknown answer counts as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unknown {
    /// No points.
    #[default]
    No,
    /// Half of the weight.
    Half,
    /// All of the weight.
    Yes,
}

/// What beats any score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// What people call it.
    #[schemars(with = "String")]
    pub name: Text,
    /// Which companies it keeps out; an unknown answer keeps none out.
    pub when: When,
    /// What a seller reads when the account is asked about.
    #[schemars(with = "String")]
    pub reason: Text,
    /// Who decided it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub owner: Option<Text>,
    /// The first day it no longer holds (`2027-04-01`); left out: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<chrono::NaiveDate>,
}

pub(super) fn default_tool_confidence() -> u8 {
    SURE_PERCENT
}

fn is_default_tool_confidence(percent: &u8) -> bool {
    *percent == SURE_PERCENT
}

fn default_known_percent() -> i32 {
    60
}
