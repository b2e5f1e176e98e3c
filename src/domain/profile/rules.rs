//! Trigger rules: which evidence counts, for how many points, and for how long.

use super::amount::Amount;
use super::when::StageTest;
use crate::domain::Text;
use crate::domain::catalogue::{
    EngagementKind, Function, HiringAction, Instrument, Kind, NewsKind, Seniority,
};
use serde::{Deserialize, Serialize};

/// One trigger. Exactly one of `funding`, `hiring`, `headcount`, `technology`, `uses`, `news`,
/// `engagement` says what it looks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funding: Option<FundingMatch>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hiring: Option<HiringMatch>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headcount: Option<HeadcountMatch>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technology: Option<TechnologyMatch>,
    /// A standing fact: it does not decay while it lives, and cannot alone bring an entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<UsesMatch>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub news: Option<NewsMatch>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engagement: Option<EngagementMatch>,
}

impl Rule {
    /// How many events together count as one.
    pub fn at_least(&self) -> Option<u16> {
        let hiring = self.hiring.as_ref().and_then(|m| m.at_least);
        let engagement = self.engagement.as_ref().and_then(|m| m.at_least);
        hiring.or(engagement).filter(|least| *least > 1)
    }

    /// `None` unless exactly one match is given.
    pub fn kind(&self) -> Option<Kind> {
        let given = [
            (self.funding.is_some(), Kind::Funding),
            (self.hiring.is_some(), Kind::Hiring),
            (self.headcount.is_some(), Kind::Headcount),
            (self.technology.is_some(), Kind::Technology),
            (self.uses.is_some(), Kind::Technology),
            (self.news.is_some(), Kind::News),
            (self.engagement.is_some(), Kind::Engagement),
        ];
        let mut given = given.into_iter().filter(|(is, _)| *is).map(|(_, kind)| kind);
        let first = given.next()?;
        given.next().is_none().then_some(first)
    }
}

/// Strength grows evenly from `least_percent` at `from` to 100 % at `full`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    #[serde(default)]
    pub from: Amount,
    pub full: Amount,
    #[serde(default)]
    pub least_percent: u8,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FundingMatch {
    /// Left out: any stage, also an unknown one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<StageTest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_amount_usd: Option<Amount>,
    /// Left out: equity and extensions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub instruments: Vec<Instrument>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HiringMatch {
    /// Left out: posted and hired.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<HiringAction>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<Function>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seniorities: Vec<Seniority>,
    /// Any of these within the title, whatever the case.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub titles: Vec<Text>,
    /// Only the first of its function, and only where a source would know.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub first_in_function: bool,
    /// This many different jobs …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u16>,
    /// … within this many days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within_days: Option<u16>,
}

/// Growth between two dated counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadcountMatch {
    /// Left out: the whole company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<Function>,
    /// Where the department is not counted, take the whole company.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub or_total: bool,
    #[serde(default = "six_months")]
    pub over_days: u16,
    /// At least this much, in percent; with `decline` a loss of as much.
    pub percent: u16,
    /// And at least this many people.
    #[serde(default)]
    pub people: u32,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub decline: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TechnologyMatch {
    /// `true`: dropped; `false`: adopted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dropped: bool,
    /// Left out: any tool.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<Text>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<Text>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsesMatch {
    pub any_of: Vec<Text>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewsMatch {
    pub kinds: Vec<NewsKind>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngagementMatch {
    pub kinds: Vec<EngagementKind>,
    /// Left out: any topic.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<Text>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_days: Option<u16>,
}

/// Points on top when several rules contribute close together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conjunction {
    pub name: Text,
    /// Names of rules, or of kinds (`funding`, `hiring`).
    pub all_of: Vec<Text>,
    pub within_days: u16,
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
