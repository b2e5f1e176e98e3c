//! Conditions about a company, with three answers: yes, no, unknown.
//!
//! Written as attributes with what is asked of each; several in one `when` must all hold. The
//! logic is Kleene's: unknown stays unknown unless the other side decides.
//! Here is the shape of a condition; [`words`] reads its terms, [`spelt`] adds their other names, and
//! [`ask`] answers it.

mod age;
mod ask;
mod spelt;
mod words;

use super::amount::Amount;
use crate::domain::evidence::company::Attribute;
use crate::domain::terms::catalogue::{Function, FundingStage};
use crate::domain::terms::time::Day;
pub use ask::Question;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
pub use spelt::{both, vocabulary};
pub use words::{KeyTest, TermTest, Test};

/// An answer to a question about a company.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    schemars::JsonSchema,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Answer {
    Yes,
    No,
    Unknown,
}

impl Answer {
    fn from_bool(yes: bool) -> Answer {
        if yes { Answer::Yes } else { Answer::No }
    }

    fn and(self, other: Answer) -> Answer {
        match (self, other) {
            (Answer::No, _) | (_, Answer::No) => Answer::No,
            (Answer::Yes, Answer::Yes) => Answer::Yes,
            _ => Answer::Unknown,
        }
    }

    fn not(self) -> Answer {
        match self {
            Answer::Yes => Answer::No,
            Answer::No => Answer::Yes,
            Answer::Unknown => Answer::Unknown,
        }
    }

    fn or(self, other: Answer) -> Answer {
        self.not().and(other.not()).not()
    }
}

/// A condition. Everything named must hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// What business it is in (`software`, `fintech`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub industry: Option<TermTest>,
    /// The part of that business.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_industry: Option<TermTest>,
    /// How many people work there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employees: Option<NumberTest>,
    /// Yearly revenue, US dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revenue_usd: Option<NumberTest>,
    /// Annual recurring revenue, US dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arr_usd: Option<NumberTest>,
    /// ISO 3166 two-letter code of the headquarters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<TermTest>,
    /// The region of the headquarters (`north-america`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<TermTest>,
    /// Countries and regions it operates in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operates_in: Option<TermTest>,
    /// How it earns (`b2b`, `saas`, `marketplace`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_model: Option<TermTest>,
    /// The year it was founded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub founded_year: Option<NumberTest>,
    /// Calendar years since the founding year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_years: Option<NumberTest>,
    /// How far its equity has come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub funding_stage: Option<StageTest>,
    /// early, growth, mature, as the source says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub growth_stage: Option<TermTest>,
    /// Legal form: private, public, nonprofit, government, subsidiary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<TermTest>,
    /// The CRM's lifecycle stage: lead, opportunity, customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<TermTest>,
    /// operating, acquired, closed, bankrupt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<TermTest>,
    /// The parent company's account key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<KeyTest>,
    /// Who owns the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<TermTest>,
    /// The sales territory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub territory: Option<TermTest>,
    /// Your own tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<TermTest>,
    /// Entered by hand: how they decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_style: Option<TermTest>,
    /// Entered by hand: who holds the budget.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget_owner: Option<TermTest>,
    /// Entered by hand: how urgent it is for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urgency: Option<TermTest>,
    /// Entered by hand: how far they are, technically.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub technical_maturity: Option<TermTest>,
    /// Entered by hand: who or what regulates them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regulated_by: Option<TermTest>,
    /// Account keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<KeyTest>,
    /// Tools in use; `none_of` for absence. One that is not listed is unknown, unless a source
    /// sees them all, and so is one that is less sure than `fit.tool_confidence_percent`: say under
    /// the criterion's `unknown` what that counts as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub technologies: Option<TermTest>,
    /// How many people work in a function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<DepartmentTest>,
    /// Every one of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub all: Vec<When>,
    /// At least one of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub any: Vec<When>,
    /// Not this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not: Option<Box<When>>,
}

/// A range of numbers; both ends belong to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NumberTest {
    /// Included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<Amount>,
    /// Included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<Amount>,
}

/// On the ordered scale from bootstrapped to public: `min: series_b` is "Series B or later".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StageTest {
    /// This stage or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<FundingStage>,
    /// This stage or earlier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<FundingStage>,
    /// One of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<FundingStage>,
}

/// How many people work in a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DepartmentTest {
    /// Which; `sales` takes in sales_development, `marketing` takes in growth.
    pub function: Function,
    /// At least this many; included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<u32>,
    /// At most this many; included. 0: no one yet, or with `or_first_hire_within_days` no one but the
    /// first for so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// Holds as well while the first hire is at most this many days ago: one that a source calls the
    /// first, or that came after the department was last counted as empty and is not yet counted.
    /// Once those days are over, `max: 0` does not hold, even while a source still counts no one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub or_first_hire_within_days: Option<u16>,
}

/// An answer, and the day on which time alone may change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    pub answer: Answer,
    pub flips: Option<Day>,
}

impl When {
    pub fn is_empty(&self) -> bool {
        *self == When::default()
    }

    /// What the condition asks about, for "missing attributes".
    pub fn attributes(&self) -> Vec<&'static str> {
        let mut names: Vec<&'static str> = self.term_tests().map(|(a, _)| a.into()).collect();
        names.extend(self.number_tests().map(|(a, _)| <&'static str>::from(a)));
        let others = [
            (self.parent.is_some(), "parent"),
            (self.age_years.is_some(), "founded_year"),
            (self.funding_stage.is_some(), "funding_stage"),
            (self.technologies.is_some(), "technologies"),
            (self.department.is_some(), "department headcount"),
        ];
        names.extend(others.into_iter().filter(|(asked, _)| *asked).map(|(_, name)| name));
        for when in self.all.iter().chain(&self.any).chain(self.not.as_deref()) {
            names.extend(when.attributes());
        }
        names
    }

    /// The questions about departments, in this condition and its parts.
    pub fn departments(&self) -> Vec<DepartmentTest> {
        let parts = self.all.iter().chain(&self.any).chain(self.not.as_deref());
        self.department.into_iter().chain(parts.flat_map(When::departments)).collect()
    }

    /// The questions about each attribute that is a list of words.
    pub fn term_tests(&self) -> impl Iterator<Item = (Attribute, &TermTest)> {
        [
            (Attribute::Industry, &self.industry),
            (Attribute::SubIndustry, &self.sub_industry),
            (Attribute::Country, &self.country),
            (Attribute::Region, &self.region),
            (Attribute::OperatesIn, &self.operates_in),
            (Attribute::BusinessModel, &self.business_model),
            (Attribute::GrowthStage, &self.growth_stage),
            (Attribute::Organisation, &self.organisation),
            (Attribute::Lifecycle, &self.lifecycle),
            (Attribute::Status, &self.status),
            (Attribute::Owner, &self.owner),
            (Attribute::Territory, &self.territory),
            (Attribute::Tags, &self.tags),
            (Attribute::DecisionStyle, &self.decision_style),
            (Attribute::BudgetOwner, &self.budget_owner),
            (Attribute::Urgency, &self.urgency),
            (Attribute::TechnicalMaturity, &self.technical_maturity),
            (Attribute::RegulatedBy, &self.regulated_by),
        ]
        .into_iter()
        .filter_map(|(attribute, test)| Some((attribute, test.as_ref()?)))
    }

    /// The questions about each attribute that is a number.
    pub fn number_tests(&self) -> impl Iterator<Item = (Attribute, NumberTest)> {
        [
            (Attribute::Employees, self.employees),
            (Attribute::RevenueUsd, self.revenue_usd),
            (Attribute::ArrUsd, self.arr_usd),
            (Attribute::FoundedYear, self.founded_year),
        ]
        .into_iter()
        .filter_map(|(attribute, test)| Some((attribute, test?)))
    }
}
