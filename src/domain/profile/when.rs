//! Conditions about a company, with three answers: yes, no, unknown.
//!
//! Written as attributes with what is asked of each; several in one `when` must all hold. The
//! logic is Kleene's: unknown stays unknown unless the other side decides.

use super::amount::Amount;
use crate::domain::Text;
use crate::domain::catalogue::{Function, FundingStage};
use crate::domain::company::{Attribute, Value};
use crate::domain::facts::Facts;
use crate::domain::signal::slug;
use crate::domain::time::Day;
use chrono::Datelike;
use serde::{Deserialize, Deserializer, Serialize};

/// An answer to a question about a company.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub industry: Option<TermTest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_industry: Option<TermTest>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<TermTest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operates_in: Option<TermTest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_model: Option<TermTest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub founded_year: Option<NumberTest>,
    /// Calendar years since the founding year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_years: Option<NumberTest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub funding_stage: Option<StageTest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub growth_stage: Option<TermTest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<TermTest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<TermTest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<TermTest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<TermTest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<TermTest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub territory: Option<TermTest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<TermTest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_style: Option<TermTest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget_owner: Option<TermTest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urgency: Option<TermTest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub technical_maturity: Option<TermTest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regulated_by: Option<TermTest>,
    /// Account keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<TermTest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub technologies: Option<TermTest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<DepartmentTest>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub all: Vec<When>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub any: Vec<When>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not: Option<Box<When>>,
}

/// A test of words. Written as one word, a list (any of them), or with operators.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TermTest {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<Text>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub all_of: Vec<Text>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub none_of: Vec<Text>,
    /// Any of these within any term.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contains: Vec<Text>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StageTest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<FundingStage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<FundingStage>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<FundingStage>,
}

/// How many people work in a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepartmentTest {
    pub function: Function,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// Holds as well while the first hire is at most this many days ago.
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

    pub fn ask(&self, facts: &Facts<'_>) -> Answered {
        let mut all = Answered { answer: Answer::Yes, flips: None };
        let mut both = |next: Answered| {
            all.answer = all.answer.and(next.answer);
            all.flips = [all.flips, next.flips].into_iter().flatten().min();
        };
        for (attribute, test) in self.term_tests() {
            both(steady(test.ask_attribute(facts, attribute)));
        }
        for (attribute, test) in self.number_tests() {
            both(steady(test.ask_value(facts.value(attribute).as_deref())));
        }
        if let Some(test) = self.age_years {
            both(test.ask_age(facts));
        }
        if let Some(test) = &self.funding_stage {
            both(steady(test.ask(facts.value(Attribute::FundingStage).as_deref())));
        }
        if let Some(test) = &self.account {
            both(steady(test.ask_terms(&[Text::new(facts.account.as_str())])));
        }
        if let Some(test) = &self.technologies {
            both(steady(test.ask_tools(facts)));
        }
        if let Some(test) = self.department {
            both(test.ask(facts));
        }
        for when in &self.all {
            both(when.ask(facts));
        }
        if !self.any.is_empty() {
            let mut any = Answered { answer: Answer::No, flips: None };
            for when in &self.any {
                let next = when.ask(facts);
                any.answer = any.answer.or(next.answer);
                any.flips = [any.flips, next.flips].into_iter().flatten().min();
            }
            both(any);
        }
        if let Some(when) = &self.not {
            let inner = when.ask(facts);
            both(Answered { answer: inner.answer.not(), ..inner });
        }
        all
    }

    /// What the condition asks about, for "missing attributes".
    pub fn attributes(&self) -> Vec<&'static str> {
        let mut names: Vec<&'static str> = self.term_tests().map(|(a, _)| a.into()).collect();
        names.extend(self.number_tests().map(|(a, _)| <&'static str>::from(a)));
        let others = [
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

    fn term_tests(&self) -> impl Iterator<Item = (Attribute, &TermTest)> {
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
            (Attribute::Parent, &self.parent),
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

    fn number_tests(&self) -> impl Iterator<Item = (Attribute, NumberTest)> {
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

fn steady(answer: Answer) -> Answered {
    Answered { answer, flips: None }
}

impl TermTest {
    fn ask_attribute(&self, facts: &Facts<'_>, attribute: Attribute) -> Answer {
        match facts.value(attribute).as_deref() {
            Some(Value::Terms(terms)) => self.ask_terms(terms),
            _ => Answer::Unknown,
        }
    }

    fn ask_terms(&self, terms: &[Text]) -> Answer {
        let any = self.any_of.is_empty() || self.any_of.iter().any(|t| terms.contains(t));
        let all = self.all_of.iter().all(|t| terms.contains(t));
        let none = !self.none_of.iter().any(|t| terms.contains(t));
        let within = self.contains.is_empty()
            || self.contains.iter().any(|part| terms.iter().any(|t| t.contains(part.as_str())));
        Answer::from_bool(any && all && none && within)
    }

    /// Of tools, one that is not listed is unknown unless a source vouches for the whole list.
    fn ask_tools(&self, facts: &Facts<'_>) -> Answer {
        let uses = |tool: &Text| match facts.tool(tool) {
            Some(in_use) => Answer::from_bool(in_use),
            None if facts.tools_are_complete() => Answer::No,
            None => Answer::Unknown,
        };
        let any_used = |tools: &[Text]| tools.iter().map(uses).fold(Answer::No, Answer::or);
        let any = if self.any_of.is_empty() { Answer::Yes } else { any_used(&self.any_of) };
        let all = self.all_of.iter().map(uses).fold(Answer::Yes, Answer::and);
        any.and(all).and(any_used(&self.none_of).not())
    }
}

impl NumberTest {
    fn ask_value(self, value: Option<&Value>) -> Answer {
        let Some(Value::Number { low, high }) = value else {
            return Answer::Unknown;
        };
        let min = self.min.map_or(0, |a| a.0);
        let max = self.max.map_or(u64::MAX, |a| a.0);
        match (*low >= min && *high <= max, *high < min || *low > max) {
            (true, _) => Answer::Yes,
            (_, true) => Answer::No,
            // The band lies across the line.
            _ => Answer::Unknown,
        }
    }

    fn ask_age(self, facts: &Facts<'_>) -> Answered {
        let today = facts.today.date();
        let (Some(today), Some(Value::Number { low, high })) =
            (today, facts.value(Attribute::FoundedYear).as_deref().cloned())
        else {
            return steady(Answer::Unknown);
        };
        let year = u64::try_from(today.year()).unwrap_or(0);
        let age = Value::Number { low: year.saturating_sub(high), high: year.saturating_sub(low) };
        let flips = chrono::NaiveDate::from_ymd_opt(today.year() + 1, 1, 1).map(Day::from_date);
        Answered { answer: self.ask_value(Some(&age)), flips }
    }
}

impl StageTest {
    pub fn holds(&self, stage: FundingStage) -> bool {
        self.min.is_none_or(|min| stage >= min)
            && self.max.is_none_or(|max| stage <= max)
            && (self.any_of.is_empty() || self.any_of.contains(&stage))
    }

    fn ask(&self, value: Option<&Value>) -> Answer {
        match value {
            Some(Value::Stage(stage)) => Answer::from_bool(self.holds(*stage)),
            _ => Answer::Unknown,
        }
    }
}

impl DepartmentTest {
    fn ask(self, facts: &Facts<'_>) -> Answered {
        let people = facts.department(self.function);
        let count = match people {
            Some(n) => Answer::from_bool(
                self.min.is_none_or(|min| n >= min) && self.max.is_none_or(|max| n <= max),
            ),
            None => Answer::Unknown,
        };
        let Some(days) = self.or_first_hire_within_days else {
            return steady(count);
        };
        let Some(first) = facts.first_hire(self.function) else {
            return steady(count);
        };
        let lapses = first.plus(i32::from(days) + 1);
        if facts.today < lapses {
            return Answered { answer: Answer::Yes, flips: Some(lapses) };
        }
        // Somebody was hired and the time is over: an empty department is not believed any more.
        let over = if self.max == Some(0) { Answer::No } else { count };
        steady(over)
    }
}

impl<'de> Deserialize<'de> for TermTest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize, Default)]
        #[serde(deny_unknown_fields, default)]
        struct Operators {
            any_of: Vec<Text>,
            all_of: Vec<Text>,
            none_of: Vec<Text>,
            contains: Vec<Text>,
        }
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = TermTest;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a word, a list of words, or any_of, all_of, none_of, contains")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<TermTest, E> {
                Ok(TermTest { any_of: vec![slug_of(word)], ..TermTest::default() })
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, seq: A) -> Result<TermTest, A::Error> {
                let words: Vec<Text> =
                    Deserialize::deserialize(serde::de::value::SeqAccessDeserializer::new(seq))?;
                Ok(TermTest { any_of: slugs(words), ..TermTest::default() })
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<TermTest, A::Error> {
                let by: Operators =
                    Deserialize::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                Ok(TermTest {
                    any_of: slugs(by.any_of),
                    all_of: slugs(by.all_of),
                    none_of: slugs(by.none_of),
                    contains: slugs(by.contains),
                })
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// Words compare as slugs; an account key or a mail address keeps its dots.
fn slug_of(word: &str) -> Text {
    if word.contains(['.', ':', '@']) { Text::new(word.trim().to_lowercase()) } else { slug(word) }
}

fn slugs(words: Vec<Text>) -> Vec<Text> {
    words.iter().map(|w| slug_of(w)).collect()
}
