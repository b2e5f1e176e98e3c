//! The table of what a profile is said to change, with the user's own numbers beside a vendor's claims.

use super::figures::{Figure, Measured, Unit};
use schemars::JsonSchema;
use serde::Serialize;

/// A row: a vendor's claim, and the same figure in the files.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Impact {
    pub figure: String,
    /// The unit of its values.
    pub unit: Unit,
    /// Without a profile, as the vendor claims.
    pub claimed_before: f64,
    /// With one.
    pub claimed_after: f64,
    /// Here, of the others.
    pub others: Option<Measured>,
    /// Here, of companies that fit.
    pub icp: Option<Measured>,
}

/// Figures of the claims, by the name under which they are computed here. Nothing supports them.
const CLAIMS: &[(&str, &str, Unit, f64, f64)] = &[
    ("win rate", "win rate", Unit::Share, 0.15, 0.35),
    ("cycle", "cycle, the usual average", Unit::Days, 120.0, 75.0),
    ("average deal (the claim: of a year)", "average deal", Unit::Money, 45_000.0, 95_000.0),
    ("net revenue retention", "net revenue retention", Unit::Share, 0.95, 1.18),
    ("CAC payback", "CAC payback", Unit::Months, 18.0, 9.0),
];

pub(super) fn impact(figures: &[Figure]) -> Vec<Impact> {
    let row = |(name, figure, unit, before, after): &(&str, &str, Unit, f64, f64)| {
        let found = figures.iter().find(|found| found.figure == *figure);
        Impact {
            figure: (*name).to_owned(),
            unit: *unit,
            claimed_before: *before,
            claimed_after: *after,
            others: found.and_then(|found| found.others),
            icp: found.and_then(|found| found.icp),
        }
    };
    CLAIMS.iter().map(row).collect()
}
