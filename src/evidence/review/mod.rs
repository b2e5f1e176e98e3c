//! The review of a profile: whether its own results say that it should change, how sure that is, and with which
//! change. [`mod@of_deals`] asks a CRM's export, [`mod@of_log`] the log's entries and reports; [`compare`] tests two times
//! against each other; [`page`] writes it down.
//!
//! A rule fires only where its interval leaves no doubt at 95 %, corrected for the number looked at. Where there is
//! too little to say so, the finding says how much is missing.

pub mod change;
mod compare;
mod concentration;
mod of_deals;
mod of_log;
mod of_pipeline;
pub mod page;
mod segments;
mod times;

pub use change::Change;
pub use of_deals::of_deals;
pub use of_log::of_log;
pub use of_pipeline::pipeline;

use crate::domain::profile::variant::CompiledProfile;
use crate::domain::terms::time::Day;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How often a review is due.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
    strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Cadence {
    /// Rejections by reason, and rules whose alerts are rejected.
    Weekly,
    /// Also the open pipeline.
    Monthly,
    /// Also wins, losses, churn and drift.
    Quarterly,
    /// Also whether to rebuild the profile.
    Yearly,
}

/// Why a review is held out of turn.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
    strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Occasion {
    /// The product opens or closes a segment.
    Product,
    /// What it costs changes.
    Pricing,
    /// A competitor, a law, the economy.
    Market,
    /// A segment that does better or worse than expected.
    Segment,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Because {
    /// What changed.
    pub occasion: Occasion,
    /// In a sentence.
    pub text: String,
}

/// A review.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Review {
    pub profile: String,
    pub product: String,
    pub profile_version: String,
    /// The day of the review.
    pub held_on: String,
    /// Which review was due.
    pub cadence: Cadence,
    /// Why it was held out of turn; null: it was due.
    pub because: Option<Because>,
    /// What follows.
    pub verdict: Verdict,
    /// The records that were looked at, in a sentence each.
    #[serde(rename = "grounds")]
    pub looked_at: Vec<String>,
    /// Those that fire first.
    pub findings: Vec<Finding>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Verdict {
    /// No rule fires.
    Keep,
    /// At least one rule fires.
    Change,
    /// Every rule that was asked has too little to go by.
    TooFew,
}

/// What a rule says.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema, strum::Display,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Says {
    /// Something should change.
    Fires,
    /// Too little to say so.
    TooFew,
    /// Looked at, and nothing found.
    Quiet,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Finding {
    /// The rule's name.
    pub rule: &'static str,
    /// What it says.
    pub says: Says,
    /// With its uncertainty.
    pub found: String,
    /// What to do.
    pub proposal: Option<String>,
    /// The change of the profile that does it, as `--propose` writes it.
    pub change: Option<Change>,
}

impl Finding {
    fn new(rule: &'static str, says: Says, found: String) -> Finding {
        Finding { rule, says, found, proposal: None, change: None }
    }

    fn propose(mut self, proposal: impl Into<String>) -> Finding {
        self.proposal = Some(proposal.into());
        self
    }

    fn change(mut self, change: Change) -> Finding {
        self.change = Some(change);
        self
    }
}

/// A quarter and the days in which people come to it.
const STALE_DAYS: i32 = 100;
const YEAR_DAYS: i32 = 366;

/// Whether people have gone through the profile lately.
pub fn reviewed(profile: &CompiledProfile, on: Day, cadence: Cadence) -> Option<Finding> {
    if cadence < Cadence::Quarterly {
        return None;
    }
    let most = if cadence == Cadence::Yearly { YEAR_DAYS } else { STALE_DAYS };
    let rule = "last reviewed";
    let Some(at) = profile.profile.reviewed_at else {
        let found = "the profile does not say when people last went through it".to_owned();
        return Some(
            Finding::new(rule, Says::Fires, found)
                .propose("go through it, and set reviewed_at")
                .change(Change::Reviewed { on: on.to_string() }),
        );
    };
    let days = on.since(Day::from_date(at));
    let found = format!("people last went through it on {at}, {days} days ago");
    Some(match days > most {
        true => Finding::new(rule, Says::Fires, format!("{found}: more than {most} days"))
            .propose("go through it, and set reviewed_at")
            .change(Change::Reviewed { on: on.to_string() }),
        false => Finding::new(rule, Says::Quiet, found),
    })
}

/// Once a year a profile is made anew, beside the old one.
pub fn rebuilt(cadence: Cadence) -> Option<Finding> {
    let found = "once a year the profile is made anew from the records, and three to five of the best customers are \
                 asked whether they recognise themselves";
    (cadence == Cadence::Yearly).then(|| {
        Finding::new("rebuild", Says::Quiet, found.to_owned()).propose(
            "run buymode icp suggest on a fresh export, and compare with buymode icp diff; then ask the customers",
        )
    })
}

/// The review of these findings.
pub fn review(
    profile: &CompiledProfile,
    (on, cadence): (Day, Cadence),
    because: Option<Because>,
    looked_at: Vec<String>,
    mut findings: Vec<Finding>,
) -> Review {
    findings.sort_by_key(|finding| finding.says);
    let asked = || findings.iter().filter(|finding| finding.rule != "last reviewed");
    let verdict = match () {
        () if findings.iter().any(|finding| finding.says == Says::Fires) => Verdict::Change,
        () if asked().count() > 0 && asked().all(|f| f.says == Says::TooFew) => Verdict::TooFew,
        () => Verdict::Keep,
    };
    Review {
        profile: profile.profile.profile.to_string(),
        product: profile.profile.product.to_string(),
        profile_version: profile.version.to_string(),
        held_on: on.to_string(),
        cadence,
        because,
        verdict,
        looked_at,
        findings,
    }
}
