//! `intent`: what shows that a company is ready now.

use super::rules::{Conjunction, Rule};
use crate::domain::terms::catalogue::Kind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What shows that a company is ready now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    /// Points at which an account enters buying mode.
    pub enter: i32,
    /// Points below which it leaves; lower than `enter`, so that it does not flap.
    pub exit: i32,
    /// Points from which a dormant account counts as warming. Default: `exit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm: Option<i32>,
    /// Lines between low, medium and high intent.
    #[serde(default)]
    pub bands: Bands,
    /// The most points that signals of one kind give together.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub caps: BTreeMap<Kind, i32>,
    /// At least one of these kinds must contribute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub require_any: Vec<Kind>,
    /// Every one of these kinds must contribute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub require_all: Vec<Kind>,
    /// The triggers.
    pub rules: Vec<Rule>,
    /// Points on top when several rules contribute close together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conjunctions: Vec<Conjunction>,
}

/// Lines between low, medium and high, in points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bands {
    /// From here on intent is high.
    pub high: i32,
    /// From here on intent is medium.
    pub medium: i32,
}

impl Default for Bands {
    fn default() -> Self {
        Bands { high: 70, medium: 40 }
    }
}
