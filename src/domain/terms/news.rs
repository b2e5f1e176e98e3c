//! The kinds of news, and how a later notice changes an earlier one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum NewsKind {
    Expansion,
    NewOffice,
    Acquires,
    Acquired,
    Merger,
    Ipo,
    LeadershipChange,
    ProductLaunch,
    Partnership,
    NewClient,
    Award,
    Regulation,
    Disruption,
    Incident,
    Lawsuit,
    /// People leave for good.
    Layoffs,
    /// People leave for a time.
    TemporaryLayoff,
    HiringFreeze,
    /// A site closes.
    OfficeClosed,
    Bankruptcy,
    /// The whole company closes.
    Closure,
    #[default]
    Other,
}

impl NewsKind {
    /// Whether an employer gives notice of it, and may change or take back the notice.
    pub fn is_notice(self) -> bool {
        matches!(self, Self::Layoffs | Self::TemporaryLayoff | Self::OfficeClosed | Self::Closure)
    }
}

/// How a notice changes the one that the employer gave before, in order: of one day the later holds.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum NoticeChange {
    /// The same notice with newer facts.
    Amended,
    /// The notice is taken back.
    Rescinded,
}
