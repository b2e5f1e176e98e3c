//! The standing of a company with a profile, by the core's fit.

use crate::analysis::advice::most_intent;
use crate::domain::profile::variant::{CompiledProfile, Variant};
use crate::domain::score::fit::{Fit, Tier};
use crate::domain::terms::units::MilliPoints;
use serde::Serialize;

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
    schemars::JsonSchema,
    strum::Display,
    strum::EnumIter,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Standing {
    #[serde(rename = "tier_1")]
    #[strum(serialize = "tier_1")]
    Tier1,
    #[serde(rename = "tier_2")]
    #[strum(serialize = "tier_2")]
    Tier2,
    #[serde(rename = "tier_3")]
    #[strum(serialize = "tier_3")]
    Tier3,
    /// In an additive profile: below every tier, but strong signals could still make it enter.
    NoTier,
    /// In a tier, but below the gate.
    BelowGate,
    /// Would match if all unknown criteria were met.
    Might,
    No,
    Excluded,
}

impl Standing {
    /// The name for people.
    pub fn said(self) -> &'static str {
        match self {
            Standing::Tier1 => "tier 1",
            Standing::Tier2 => "tier 2",
            Standing::Tier3 => "tier 3",
            Standing::NoTier => "no tier, but could enter",
            Standing::BelowGate => "in a tier, below the gate",
            Standing::Might => "might match: too little is known",
            Standing::No => "no match",
            Standing::Excluded => "excluded",
        }
    }

    pub fn matches(self) -> bool {
        matches!(self, Standing::Tier1 | Standing::Tier2 | Standing::Tier3 | Standing::NoTier)
    }
}

/// The standing that a fit gives, without exclusions.
pub fn standing(profile: &CompiledProfile, variant: &Variant, fit: &Fit) -> Standing {
    let tier = fit.tier(variant, profile.profile.fit.known_percent);
    // An additive profile has no gate, but a company that cannot reach the enter line does not match.
    let in_reach = |fit: MilliPoints| {
        let most = MilliPoints(most_intent(profile, variant) * 1_000);
        !profile.is_additive() || fit + most >= variant.enter
    };
    match tier {
        _ if fit.passes(profile, variant) && in_reach(fit.lower) => match tier {
            Tier::One => Standing::Tier1,
            Tier::Two => Standing::Tier2,
            Tier::Three => Standing::Tier3,
            Tier::NotIcp => Standing::NoTier,
        },
        _ if fit.might_pass(profile, variant) && in_reach(fit.upper) => Standing::Might,
        Tier::NotIcp => Standing::No,
        _ => Standing::BelowGate,
    }
}
