//! `routes` and `value`: where decisions go, and what to say.

use super::templates::Templates;
use super::{Priority, is_default};
use crate::domain::Text;
use crate::domain::terms::term::Term;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where decisions go. A route named `ae` is the topic `sequencer.ae`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Routes {
    /// The first row that matches counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub table: Vec<RouteRow>,
    /// Where what no row matches goes.
    #[schemars(with = "String")]
    pub default: Text,
    /// Inbound requests below the medium band, and what is to be kept warm.
    #[serde(default = "nurture")]
    #[schemars(with = "String")]
    pub nurture: Text,
    /// Accounts whose intent holds but whose fit is not known well enough.
    #[serde(default = "enrich")]
    #[schemars(with = "String")]
    pub enrich: Text,
    /// Customers and open opportunities: their owner is informed, no sequencer is.
    #[serde(default = "owner")]
    #[schemars(with = "String")]
    pub owner: Text,
    /// First loads, tier changes, and what a profile change alone causes.
    #[serde(default = "digest")]
    #[schemars(with = "String")]
    pub digest: Text,
    /// Whether entries that a profile change alone causes go to sequencers, or to the digest.
    #[serde(default, skip_serializing_if = "is_default")]
    pub profile_change_to_sequencers: bool,
    /// The hold-out arm of an experiment.
    #[serde(default = "hold_out")]
    #[schemars(with = "String")]
    pub hold_out: Text,
}

/// A row of the table: everything named must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RouteRow {
    /// Where to: lower-case letters, digits, hyphens.
    #[schemars(with = "String")]
    pub route: Text,
    /// Left out: every tier, and so on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<u8>,
    /// Left out: every priority.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub priorities: Vec<Priority>,
    /// Left out: every segment.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub segments: Vec<Text>,
    /// Left out: every territory.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub territories: Vec<Term>,
    /// Left out: every owner.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<Term>,
}

/// Why they buy, and what to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Value {
    /// The core pain, in the buyer's words.
    #[schemars(with = "String")]
    pub pain: Text,
    /// How the first message opens.
    #[schemars(with = "String")]
    pub angle: Text,
    /// What to say instead where the strongest signal is of certain rules, to personas without a pain
    /// or angle of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub angles: Vec<Angle>,
    /// Texts to send and to say.
    #[serde(default, skip_serializing_if = "is_default")]
    pub templates: Templates,
    /// Whom to write to. All reach the decision, those `for` a rule that contributes first.
    pub personas: Vec<Persona>,
}

/// What to say where the strongest signal is of certain rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Angle {
    /// Names of the rules.
    #[serde(rename = "for")]
    #[schemars(with = "Vec<String>")]
    pub rules: Vec<Text>,
    /// How the first message opens.
    #[schemars(with = "String")]
    pub angle: Text,
    /// Left out: the profile's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub pain: Option<Text>,
    /// Texts to send and to say; each key left out: the profile's.
    #[serde(default, skip_serializing_if = "is_default")]
    pub templates: Templates,
}

/// Whom to write to, and what to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Persona {
    /// Job titles, as people write them. A title is left out while a job post says that its seat is
    /// empty: an open post of a head, director, vice president or chief of the same function.
    #[schemars(with = "Vec<String>")]
    pub titles: Vec<Text>,
    /// Names of the rules that this persona is for: asked only where one of them contributes. Left out:
    /// always.
    #[serde(default, rename = "for", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub rules: Vec<Text>,
    /// Whom to ask while the seats of all these titles are empty. Left out: the chief of the function,
    /// where there is one, and the CEO.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub hired_by: Vec<Text>,
    /// Left out: the profile's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub pain: Option<Text>,
    /// Left out: the profile's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub angle: Option<Text>,
    /// Texts to send and to say; each key left out: that of `angles`, else the profile's.
    #[serde(default, skip_serializing_if = "is_default")]
    pub templates: Templates,
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
