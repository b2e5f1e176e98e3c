//! The closed lists that signals and profiles share. The compiler lists who must know a new entry.
pub use super::news::{NewsKind, NoticeChange};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumCount, EnumIter, EnumString, IntoStaticStr};

/// What a signal is about. A profile's caps and required kinds name these.
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
    JsonSchema,
    Display,
    EnumCount,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    Funding,
    Hiring,
    Headcount,
    Technology,
    News,
    Engagement,
}

/// How far a company's equity has come, in order: a later stage is greater.
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
    JsonSchema,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum FundingStage {
    Bootstrapped,
    PreSeed,
    Seed,
    SeriesA,
    SeriesB,
    SeriesC,
    SeriesD,
    SeriesE,
    SeriesF,
    /// Series G and later, growth rounds.
    LateStage,
    PeBacked,
    Public,
}

/// What money a round is. Only equity moves the company's stage.
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
pub enum Instrument {
    #[default]
    Equity,
    /// A bridge or an extension of an earlier round.
    Extension,
    Convertible,
    Debt,
    Grant,
    Crowdfunding,
    Secondary,
    Other,
}

/// What a job, or a department, is for.
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
    JsonSchema,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Function {
    Sales,
    SalesDevelopment,
    RevenueOperations,
    Marketing,
    Growth,
    CustomerSuccess,
    Support,
    Engineering,
    Data,
    Product,
    Design,
    Security,
    InformationTechnology,
    Finance,
    Legal,
    People,
    Operations,
    SupplyChain,
    Research,
    Executive,
    Other,
}

impl Function {
    /// Whether a job of this function counts for `asked`: an SDR is a sales hire.
    pub fn counts_as(self, asked: Function) -> bool {
        asked.and_narrower().contains(&self)
    }

    /// The functions whose people count as this one's.
    pub fn and_narrower(&self) -> &[Function] {
        match self {
            Function::Sales => &[Function::Sales, Function::SalesDevelopment],
            Function::Marketing => &[Function::Marketing, Function::Growth],
            other => std::slice::from_ref(other),
        }
    }
}

/// How senior a job is, in order.
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
    JsonSchema,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Seniority {
    Intern,
    Junior,
    Individual,
    Senior,
    Lead,
    Manager,
    Head,
    Director,
    VicePresident,
    CLevel,
}

/// A job posted, closed and a person hired are three things; closed does not mean hired.
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
    JsonSchema,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum HiringAction {
    Posted,
    Closed,
    Hired,
}

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
pub enum TechnologyAction {
    /// Seen for the first time, on that day.
    Adopted,
    /// Gone, on that day.
    Dropped,
    /// In use: a standing fact with no beginning.
    InUse,
}

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
    JsonSchema,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum EngagementKind {
    DemoRequest,
    Form,
    SignUp,
    PricingPage,
    WebsiteVisit,
    ProductUsage,
    ReviewSiteComparison,
    CompetitorEngagement,
    IntentTopic,
    Webinar,
    Email,
}

impl EngagementKind {
    /// Gets a `triaged` answer of its own.
    pub fn is_inbound_request(self) -> bool {
        matches!(self, Self::DemoRequest | Self::Form | Self::SignUp)
    }
}

/// What sales did or learned.
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
    schemars::JsonSchema,
    Deserialize,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum OutcomeKind {
    Enrolled,
    Contacted,
    Replied,
    Meeting,
    Opportunity,
    Won,
    Lost,
    Rejected,
    Renewed,
    Expanded,
    Churned,
    /// Sales takes it on.
    Accepted,
    /// Sales has found that it is worth an opportunity.
    Qualified,
    /// Sales comes back to it on a day.
    Snoozed,
    /// Sales takes back what it said last: it may be announced again, and may enter again.
    Reopened,
    /// A person of the account wants no more mail: whose word it is stands beside it. Of the account it says nothing.
    OptedOut,
}

/// Why an account is kept from sequencers.
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
    JsonSchema,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SuppressionList {
    DoNotContact,
    Competitor,
    Customer,
    OpenOpportunity,
    Other,
}

impl SuppressionList {
    /// Whether the account's owner is still informed. The other lists inform no one.
    pub fn informs_owner(self) -> bool {
        matches!(self, Self::Customer | Self::OpenOpportunity)
    }
}
