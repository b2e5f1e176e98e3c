//! `routes` and `value`: where decisions go, and what to say.

use super::Priority;
use super::is_default;
use crate::domain::Text;
use serde::{Deserialize, Serialize};

/// Where decisions go. A route named `ae` is the topic `sequencer.ae`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Routes {
    /// The first row that matches counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub table: Vec<RouteRow>,
    /// Where what no row matches goes.
    pub default: Text,
    /// Inbound requests below the medium band, and what is to be kept warm.
    #[serde(default = "nurture")]
    pub nurture: Text,
    /// Accounts whose intent holds but whose fit is not known well enough.
    #[serde(default = "enrich")]
    pub enrich: Text,
    /// Customers and open opportunities: their owner is informed, no sequencer is.
    #[serde(default = "owner")]
    pub owner: Text,
    /// First loads, tier changes, and what a profile change alone causes.
    #[serde(default = "digest")]
    pub digest: Text,
    /// Whether entries that a profile change alone causes go to sequencers, or to the digest.
    #[serde(default, skip_serializing_if = "is_default")]
    pub profile_change_to_sequencers: bool,
    /// The hold-out arm of an experiment.
    #[serde(default = "hold_out")]
    pub hold_out: Text,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RouteRow {
    pub route: Text,
    /// Left out: every tier, and so on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<u8>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub priorities: Vec<Priority>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<Text>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub territories: Vec<Text>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<Text>,
}

/// Why they buy, and what to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Value {
    /// The core pain, in the buyer's words.
    pub pain: Text,
    /// How the first message opens.
    pub angle: Text,
    pub personas: Vec<Persona>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Persona {
    /// Job titles, as people write them.
    pub titles: Vec<Text>,
    /// Left out: the profile's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pain: Option<Text>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub angle: Option<Text>,
}

fn nurture() -> Text {
    Text::const_new("nurture")
}
fn enrich() -> Text {
    Text::const_new("enrich")
}
fn owner() -> Text {
    Text::const_new("owner")
}
fn digest() -> Text {
    Text::const_new("digest")
}
fn hold_out() -> Text {
    Text::const_new("hold-out")
}
