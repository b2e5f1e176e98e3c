//! The ideal customer profile as RevOps writes it: fit, intent, episode, priority, routes, value,
//! segments. This file is the shape of the YAML; every doc comment here is the reference of its
//! key. [`check`] says what is wrong with a profile, [`variant`] makes it ready to score with.
//!
//! Unknown keys are refused everywhere, so that a misspelt one is never silently ignored.

pub mod amount;
pub mod check;
pub mod rules;
pub mod variant;
pub mod when;

use super::Text;
use super::catalogue::Kind;
use rules::{Conjunction, Rule};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use when::When;

/// A profile: whom one product is for, what tells that they are ready, and what then happens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The profile's name: lower-case letters, digits, hyphens.
    pub profile: Text,
    /// What you sell. One account has one open episode per product.
    pub product: Text,
    /// Who owns this document.
    pub owner: Text,
    /// When people last went through it (`2026-10-01`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewed_at: Option<chrono::NaiveDate>,
    /// How fit and intent are put together.
    #[serde(default, skip_serializing_if = "is_default")]
    pub model: Model,
    pub fit: Fit,
    pub intent: Intent,
    #[serde(default)]
    pub episode: Episode,
    #[serde(default)]
    pub priority: Priorities,
    pub routes: Routes,
    pub value: Value,
    /// Variations for parts of the market, at most three. They inherit everything they do not
    /// override, and compete: the best fit wins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<Segment>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub experiment: Experiment,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// Fit must pass the gate, and intent must reach `enter`.
    #[default]
    Gate,
    /// Fit points and intent points are added; the sum must reach `enter`. There is no gate.
    Additive,
}

/// How well a company matches, about the company alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fit {
    /// The lowest fit that may enter buying mode. Default: the line of tier 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<i32>,
    #[serde(default)]
    pub tiers: TierLines,
    /// How much of the weight must be known, in percent, before an account has a tier.
    #[serde(default = "default_known_percent")]
    pub known_percent: i32,
    /// In a gate profile the weights of the positive criteria sum to 100.
    pub criteria: Vec<Criterion>,
    /// What beats any score.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<Exclusion>,
}

/// The lowest fit of each tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierLines {
    pub tier_1: i32,
    pub tier_2: i32,
    pub tier_3: i32,
}

impl Default for TierLines {
    fn default() -> Self {
        TierLines { tier_1: 85, tier_2: 70, tier_3: 60 }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    pub name: Text,
    /// Points of 100 when it holds; negative to hold it against a company.
    pub weight: i32,
    pub when: When,
    /// What an unknown answer counts as.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unknown: Unknown,
    /// Without a yes here there is no fit at all.
    #[serde(default, skip_serializing_if = "is_default")]
    pub required: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unknown {
    #[default]
    No,
    /// Half of the weight.
    Half,
    Yes,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    pub name: Text,
    pub when: When,
    /// What a seller reads when the account is asked about.
    pub reason: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Text>,
    /// The first day it no longer holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<chrono::NaiveDate>,
}

/// What tells that a company is ready now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    /// Points at which an account enters buying mode.
    pub enter: i32,
    /// Points below which it leaves; lower than `enter`, so that it does not flap.
    pub exit: i32,
    /// Points from which a dormant account counts as warming. Default: `exit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm: Option<i32>,
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
    pub rules: Vec<Rule>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conjunctions: Vec<Conjunction>,
}

/// Lines between low, medium and high, in points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bands {
    pub high: i32,
    pub medium: i32,
}

impl Default for Bands {
    fn default() -> Self {
        Bands { high: 70, medium: 40 }
    }
}

/// How an episode of buying mode runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Episode {
    /// After an exit, only new evidence worth the enter line alone brings the account back sooner.
    pub cooldown_days: u16,
    /// An episode ends after this many days.
    pub max_days: u16,
    /// `strengthened` at most once in this many days.
    pub strengthen_days: u16,
    /// Cooldown after an opportunity was opened or won.
    pub won_cooldown_days: u16,
    /// Cooldown after lost or rejected, by reason; other reasons take `cooldown_days`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub lost_cooldown_days: BTreeMap<Text, u16>,
}

impl Default for Episode {
    fn default() -> Self {
        Episode {
            cooldown_days: 30,
            max_days: 180,
            strengthen_days: 7,
            won_cooldown_days: 180,
            lost_cooldown_days: BTreeMap::new(),
        }
    }
}

/// The table of tier and intent band, and the clock of its deadlines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Priorities {
    /// The first row that matches counts; without one the priority is normal, with no deadline.
    pub table: Vec<PriorityRow>,
    pub business_hours: BusinessHours,
}

impl Default for Priorities {
    fn default() -> Self {
        let row = |tier, band, priority, sla_hours| PriorityRow {
            tier,
            band,
            priority,
            sla_hours: Some(sla_hours),
        };
        Priorities {
            table: vec![
                row(Some(1), Some(Band::High), Priority::Urgent, 4),
                row(Some(1), Some(Band::Medium), Priority::High, 8),
                row(Some(2), Some(Band::High), Priority::High, 8),
                row(None, None, Priority::Normal, 24),
            ],
            business_hours: BusinessHours::default(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriorityRow {
    /// 1, 2 or 3; left out: every tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub band: Option<Band>,
    pub priority: Priority,
    /// Business hours until somebody should have acted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sla_hours: Option<u16>,
}

/// How strong intent is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Band {
    Low,
    Medium,
    High,
}

#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumIter,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Priority {
    Normal,
    High,
    Urgent,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BusinessHours {
    /// IANA name, such as `America/New_York`.
    pub zone: chrono_tz::Tz,
    /// Hour at which the day begins and ends, 0 to 24.
    pub from_hour: u8,
    pub to_hour: u8,
    pub days: Vec<Weekday>,
}

impl Default for BusinessHours {
    fn default() -> Self {
        use Weekday::{Fri, Mon, Thu, Tue, Wed};
        BusinessHours {
            zone: chrono_tz::UTC,
            from_hour: 9,
            to_hour: 17,
            days: vec![Mon, Tue, Wed, Thu, Fri],
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weekday {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

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

/// A variation of the profile for a part of the market.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    pub segment: Text,
    /// Which companies it is for; left out: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    /// Criteria that replace those of the same name; others are added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub criteria: Vec<Criterion>,
    /// Names of criteria and rules that do not hold here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<Text>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiers: Option<TierLines>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enter: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<i32>,
    /// Rules that replace those of the same name; others are added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// Holding accounts back at random, so that lift can be proven.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Experiment {
    /// Percent of entering accounts that go to the hold-out route.
    pub hold_out_percent: u8,
    /// Change it to draw the arms anew.
    pub salt: u64,
}

fn default_known_percent() -> i32 {
    60
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

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
