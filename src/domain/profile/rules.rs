//! Trigger rules: which evidence counts, for how many points, and for how long.

use super::amount::Amount;
use super::when::StageTest;
use crate::domain::Text;
use crate::domain::terms::catalogue::{
    EngagementKind, Function, HiringAction, Instrument, NewsKind, Seniority,
};
use crate::domain::terms::term::Term;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One trigger. Exactly one of `funding`, `hiring`, `headcount`, `technology`, `uses`, `news`,
/// `engagement` says what it looks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What people call it; reasons and decisions say this.
    #[schemars(with = "String")]
    pub name: Text,
    /// Points at full strength; negative for bad news.
    pub points: i32,
    /// Days at full points.
    #[serde(default = "default_hold")]
    pub hold_days: u16,
    /// After the hold, points halve in this many days. Left out: no decay inside the window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub half_life_days: Option<u16>,
    /// Days after which nothing is left.
    #[serde(default = "default_window")]
    pub window_days: u16,
    /// How many pieces of evidence count, the strongest first.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub count: u8,
    /// Strength by size: amount in US dollars, growth in percent, people, number of posts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
    /// A round of funding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funding: Option<FundingMatch>,
    /// A job posted, or a person hired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hiring: Option<HiringMatch>,
    /// Growth, or decline, of the company or one department.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headcount: Option<HeadcountMatch>,
    /// A tool adopted, or dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technology: Option<TechnologyMatch>,
    /// A standing fact: it does not decay while it lives, and cannot alone bring an entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<UsesMatch>,
    /// News about the company, or about its market.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub news: Option<NewsMatch>,
    /// What people of the company did with you.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engagement: Option<EngagementMatch>,
}

/// Strength grows evenly from `least_percent` at `from` to 100 % at `full`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// Where it begins.
    #[serde(default)]
    pub from: Amount,
    /// From here on it counts in full.
    pub full: Amount,
    /// What counts at `from` and below, in percent.
    #[serde(default)]
    pub least_percent: u8,
}

/// A round of funding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FundingMatch {
    /// Left out: any stage, also an unknown one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<StageTest>,
    /// The least amount, US dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_amount_usd: Option<Amount>,
    /// A round whose amount is unknown: `counts`, since an undisclosed Series A is a Series A, or
    /// `ignored`.
    #[serde(skip_serializing_if = "UnknownAmount::counts")]
    pub unknown_amount: UnknownAmount,
    /// Left out: equity and extensions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub instruments: Vec<Instrument>,
}

/// Whether a round counts whose amount is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnknownAmount {
    /// It counts as any other.
    #[default]
    Counts,
    /// It does not count.
    Ignored,
}

impl UnknownAmount {
    fn counts(&self) -> bool {
        *self == UnknownAmount::Counts
    }
}

/// A job posted, closed, or a person hired.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HiringMatch {
    /// Left out: posted and hired.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<HiringAction>,
    /// Left out: any. `sales` takes in sales_development, `marketing` takes in growth.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<Function>,
    /// Left out: any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seniorities: Vec<Seniority>,
    /// Any of these within the title: `market` finds Head of Marketing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub titles: Vec<Term>,
    /// Only the first of its function, and only where a source would know.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub first_in_function: bool,
    /// This many different jobs (one vacancy in ten towns is one) …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u16>,
    /// … within this many days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within_days: Option<u16>,
}

/// Growth between two dated counts of one source. It is as old as the first count that showed it; more
/// than twice as many people a quarter (or ten more, where that is more) is taken for a corrected count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeadcountMatch {
    /// Left out: the whole company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<Function>,
    /// Where the department is not counted, take the whole company.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub or_total: bool,
    /// Over about this many days.
    #[serde(default = "six_months")]
    pub over_days: u16,
    /// At least this much, in percent; with `decline` a loss of as much.
    pub percent: u16,
    /// And at least this many people.
    #[serde(default)]
    pub people: u32,
    /// A loss instead of growth.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub decline: bool,
}

/// A tool adopted, or dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TechnologyMatch {
    /// `true`: dropped; `false`: adopted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dropped: bool,
    /// Left out: any tool.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<Term>,
    /// Any tool of these categories (`crm`, `forecasting`), where the signal names one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<Term>,
}

/// Tools in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UsesMatch {
    /// The tools.
    pub any_of: Vec<Term>,
}

/// News about the company, or about its market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewsMatch {
    /// Which news.
    pub kinds: Vec<NewsKind>,
}

/// What people of the company did with you.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EngagementMatch {
    /// What they did.
    pub kinds: Vec<EngagementKind>,
    /// Left out: any topic.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<Term>,
    /// By this many different people, as the source names them: a team that tries the product, a
    /// buying group. What no person is known for counts for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<u16>,
    /// This many times …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u16>,
    /// … within this many days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_days: Option<u16>,
}

impl EngagementMatch {
    /// Several different people, not several things that one person did.
    pub fn asks_for_a_group(&self) -> bool {
        self.people.is_some_and(|people| people > 1)
    }
}

/// Points on top when several rules contribute close together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Conjunction {
    /// What people call it.
    #[schemars(with = "String")]
    pub name: Text,
    /// Names of rules, or of kinds (`funding`, `hiring`).
    #[schemars(with = "Vec<String>")]
    pub all_of: Vec<Text>,
    /// All of them within this many days.
    pub within_days: u16,
    /// Points on top.
    pub points: i32,
}

fn default_hold() -> u16 {
    7
}
fn default_window() -> u16 {
    90
}
fn six_months() -> u16 {
    182
}
fn one() -> u8 {
    1
}
fn is_one(count: &u8) -> bool {
    *count == 1
}
