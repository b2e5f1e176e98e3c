//! What can be known of a company, by name, and the values it can have.

use super::signal::bounded;
use crate::domain::Text;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::FundingStage;
use crate::domain::terms::limits::TERMS_MAX;
use crate::domain::terms::term::Term;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

/// A named property of a company.
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
pub enum Attribute {
    Name,
    Industry,
    SubIndustry,
    Employees,
    RevenueUsd,
    ArrUsd,
    Country,
    Region,
    OperatesIn,
    BusinessModel,
    FoundedYear,
    FundingStage,
    GrowthStage,
    /// Legal form: private, public, nonprofit, government, subsidiary.
    Organisation,
    /// The CRM's lifecycle stage: lead, opportunity, customer …
    Lifecycle,
    /// operating, acquired, closed, bankrupt.
    Status,
    /// The parent company's account key.
    Parent,
    Owner,
    Territory,
    /// `system:id` in the team's CRMs.
    CrmId,
    Tags,
    DecisionStyle,
    BudgetOwner,
    Urgency,
    TechnicalMaturity,
    RegulatedBy,
    /// The name by a source that knows only a slug or a domain.
    Handle,
    /// The website that a source names where it is another company's: its buyer's, or the site of
    /// the active one of two.
    Site,
}

impl Attribute {
    /// Whether people read it as the source wrote it. Of these the owner is compared as a term, the
    /// parent and the site as account keys.
    pub fn is_name(self) -> bool {
        use Attribute as A;
        matches!(self, A::Name | A::Handle | A::Parent | A::Owner | A::CrmId | A::Site)
    }
}

/// A fact's value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// A number, or the band it lies in, both ends included.
    Number {
        /// In the unit that the attribute's name ends with; people of `employees`, years of `founded_year`.
        low: u64,
        /// The same; equal where the number is known.
        high: u64,
    },
    /// The stage of the last round.
    Stage(FundingStage),
    /// Words that profiles compare: sorted, none twice, never empty.
    Terms(Vec<Term>),
    /// Names and ids as the source wrote them: sorted, none twice, never empty.
    Names(#[schemars(with = "Vec<String>")] Vec<Text>),
}

impl Value {
    pub fn number(value: u64) -> Value {
        Value::Number { low: value, high: value }
    }

    /// What a source wrote of an attribute that is words: names stay as they are written, terms are
    /// normalised. `None` if nothing is left.
    pub fn said<'a>(
        attribute: Attribute,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Option<Value> {
        let texts = texts.into_iter();
        if !attribute.is_name() {
            return Value::terms(texts.filter_map(|text| Term::parse(text).ok()));
        }
        let key = |text: &str| {
            let key = AccountKey::read(text)
                .filter(|_| matches!(attribute, Attribute::Parent | Attribute::Site));
            key.map(|key| key.as_str().into())
        };
        Value::names(texts.filter_map(|text| key(text).or_else(|| bounded(text))))
    }

    /// `None` if nothing is left.
    pub fn terms(terms: impl IntoIterator<Item = Term>) -> Option<Value> {
        some_of(terms).map(Value::Terms)
    }

    /// `None` if nothing is left.
    pub fn names(names: impl IntoIterator<Item = Text>) -> Option<Value> {
        some_of(names).map(Value::Names)
    }

    pub fn as_stage(&self) -> Option<FundingStage> {
        match self {
            Value::Stage(stage) => Some(*stage),
            _ => None,
        }
    }

    pub fn as_terms(&self) -> &[Term] {
        match self {
            Value::Terms(terms) => terms,
            _ => &[],
        }
    }

    /// Terms or names, for people to read.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let names: &[Text] = match self {
            Value::Names(names) => names,
            _ => &[],
        };
        self.as_terms().iter().map(Term::as_str).chain(names.iter().map(Text::as_str))
    }
}

/// Sorted, none twice, at most [`TERMS_MAX`].
fn some_of<T: Ord>(texts: impl IntoIterator<Item = T>) -> Option<Vec<T>> {
    let mut texts: Vec<T> = texts.into_iter().collect();
    texts.sort_unstable();
    texts.dedup();
    texts.truncate(TERMS_MAX);
    (!texts.is_empty()).then_some(texts)
}
