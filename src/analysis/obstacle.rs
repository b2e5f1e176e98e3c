//! One obstacle between an account and buying mode, as people's scripts read it.

use crate::domain::Text;
use crate::domain::account::standing::Ended;
use crate::domain::profile::when::Answer;
use crate::domain::terms::catalogue::{Kind, SuppressionList};
use crate::domain::terms::time::{Day, Timestamp};
use crate::domain::terms::units::MilliPoints;
use serde::Serialize;

/// One reason that keeps an account out. It enters only when none is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(tag = "kept_out_by", rename_all = "snake_case")]
pub enum Obstacle {
    /// Excluded by a suppression list or by the profile, whatever the score.
    Excluded {
        /// Why, for people.
        #[schemars(with = "String")]
        reason: Text,
        /// The list; null where the profile excludes it.
        list: Option<SuppressionList>,
        /// The first day on which the exclusion no longer applies.
        until: Option<Day>,
    },
    /// There are signals, but no company record.
    CompanyUnknown,
    /// A required criterion is not met.
    Required {
        /// The criterion's name in the profile.
        #[schemars(with = "String")]
        criterion: Text,
        /// Whether the company meets it.
        answer: Answer,
        /// The known value instead, for people.
        #[schemars(with = "String")]
        found: Text,
    },
    /// Too little of the criteria's weight is known for a tier.
    KnownTooLittle {
        /// How much of the criteria's weight is known, from 0 to 100.
        known_percent: i32,
        /// How much must be known for a tier.
        needed_percent: i32,
        /// The attributes that no source has said.
        #[schemars(with = "Vec<String>")]
        unknown: Vec<Text>,
    },
    /// The fit is below the gate.
    Fit {
        /// The fit, in thousandths of a point.
        #[serde(rename = "fit_millipoints")]
        fit: MilliPoints,
        /// The line to reach, in thousandths of a point.
        #[serde(rename = "needed_millipoints")]
        needed: MilliPoints,
        /// What would move it, the most effective first.
        ways: Vec<Way>,
    },
    /// Intent, or the sum of an additive profile, is below the enter line.
    Intent {
        /// The score is the sum of fit and intent.
        additive: bool,
        /// The score, in thousandths of a point.
        #[serde(rename = "score_millipoints")]
        score: MilliPoints,
        /// The line to reach, in thousandths of a point.
        #[serde(rename = "needed_millipoints")]
        needed: MilliPoints,
        /// What would move it, the most effective first.
        ways: Vec<Way>,
        /// Contributions that take points away.
        against: Vec<Way>,
        /// The day of the next planned event.
        to_come: Option<Day>,
        /// Growth that is not plausible, and does not count.
        doubts: Vec<String>,
    },
    /// The score is high enough, but the profile requires a signal of one of these kinds.
    Kind {
        /// The kinds.
        one_of: Vec<Kind>,
    },
    /// The score is high enough by permanent rules (`uses`) alone; entry needs a signal.
    NothingHappened,
    /// It left buying mode a short time ago.
    Cooldown {
        /// Only evidence first seen from this time on counts as new.
        since: Timestamp,
        /// The first day on which it may enter again.
        until: Day,
        /// The worth of new evidence, in thousandths of a point.
        #[serde(rename = "fresh_millipoints")]
        fresh: MilliPoints,
        /// The line to reach, in thousandths of a point.
        #[serde(rename = "needed_millipoints")]
        needed: MilliPoints,
    },
    /// All its evidence is too old for a first entry.
    OldEvidence {
        /// The bound that the profile sets, in days.
        within_days: Option<u16>,
    },
    /// It has left buying mode, and nothing new has come since.
    NothingNew {
        /// Only evidence first seen from this time on counts as new.
        since: Timestamp,
        /// What ended the episode.
        left_by: Ended,
    },
}

/// A change that would move the score, and by how many points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Way {
    /// Name of the criterion or rule.
    #[schemars(with = "String")]
    pub name: Text,
    #[serde(flatten)]
    pub of: Of,
    /// By how much, in thousandths of a point.
    #[serde(rename = "millipoints")]
    pub points: MilliPoints,
    /// Whether it alone would be enough.
    pub enough: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// Of a criterion: the answer as it is now.
    Criterion {
        /// Whether the company meets it now.
        answer: Answer,
    },
    /// Of a rule.
    Rule {
        /// The kind of signal that it counts.
        kind: Kind,
    },
}
