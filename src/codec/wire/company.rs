//! Company records: what one source says of a company on one day.

use super::UuidText;
use super::check::{band, required, slugs, term, time, uuid};
use super::signals::{Department, departments, dollars};
use crate::codec::error::Flaw;
use crate::codec::symbols::Open;
use crate::domain::Text;
use crate::domain::account::input::Input;
use crate::domain::evidence::company::{Attribute, CompanyUpdate, Value};
use crate::domain::evidence::signal::bounded;
use crate::domain::terms::catalogue::FundingStage;
use crate::domain::terms::limits::TOOLS_MAX;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Band {
    low: i64,
    high: Option<i64>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Company<'a> {
    #[serde(borrow)]
    pub record_id: UuidText<'a>,
    pub account: &'a str,
    pub source: &'a str,
    pub as_of: i64,
    pub baseline: bool,
    pub name: Option<&'a str>,
    #[serde(borrow)]
    pub industries: Vec<&'a str>,
    #[serde(borrow)]
    pub sub_industries: Vec<&'a str>,
    pub employees: Option<Band>,
    pub revenue_usd: Option<Band>,
    pub arr_usd: Option<Band>,
    pub country: Option<&'a str>,
    pub region: Option<&'a str>,
    #[serde(borrow)]
    pub operates_in: Vec<&'a str>,
    #[serde(borrow)]
    pub business_models: Vec<&'a str>,
    pub founded_year: Option<i32>,
    pub funding_stage: Open<FundingStage>,
    pub growth_stage: Option<&'a str>,
    pub organisation: Option<&'a str>,
    pub lifecycle: Option<&'a str>,
    pub status: Option<&'a str>,
    pub parent: Option<&'a str>,
    pub owner: Option<&'a str>,
    pub territory: Option<&'a str>,
    #[serde(borrow)]
    pub crm_ids: Vec<&'a str>,
    #[serde(borrow)]
    pub tags: Vec<&'a str>,
    pub decision_style: Option<&'a str>,
    pub budget_owner: Option<&'a str>,
    pub urgency: Option<&'a str>,
    pub technical_maturity: Option<&'a str>,
    #[serde(borrow)]
    pub regulated_by: Vec<&'a str>,
    #[serde(borrow)]
    pub tools: Vec<&'a str>,
    #[serde(borrow)]
    pub dropped_tools: Vec<&'a str>,
    pub tools_complete: bool,
    pub departments: Vec<Department>,
    pub departments_complete: bool,
}

impl<'a> Company<'a> {
    pub fn input(&self) -> Result<Input, Flaw> {
        Ok(Input::Company(CompanyUpdate {
            id: uuid("record_id", self.record_id)?,
            source: required("source", self.source)?,
            as_of: time("as_of", self.as_of)?,
            baseline: self.baseline,
            facts: self.facts()?,
            tools: self.tools(),
            tools_complete: self.tools_complete,
            departments: departments(&self.departments)?,
            departments_complete: self.departments_complete,
        }))
    }

    /// In the order of attributes.
    fn facts(&self) -> Result<Vec<(Attribute, Value)>, Flaw> {
        use Attribute as A;
        let mut facts = Vec::with_capacity(12);
        let mut add = |attribute, value: Option<Value>| facts.extend(value.map(|v| (attribute, v)));
        add(A::Name, raw(self.name.as_slice()));
        add(A::Industry, terms(&self.industries));
        add(A::SubIndustry, terms(&self.sub_industries));
        add(A::Employees, number("employees", self.employees)?);
        add(A::RevenueUsd, number("revenue_usd", self.revenue_usd)?);
        add(A::ArrUsd, number("arr_usd", self.arr_usd)?);
        add(A::Country, terms(self.country.as_slice()));
        add(A::Region, terms(self.region.as_slice()));
        add(A::OperatesIn, terms(&self.operates_in));
        add(A::BusinessModel, terms(&self.business_models));
        add(A::FoundedYear, self.founded_year.map(year).transpose()?);
        add(A::FundingStage, self.funding_stage.0.map(Value::Stage));
        add(A::GrowthStage, terms(self.growth_stage.as_slice()));
        add(A::Organisation, terms(self.organisation.as_slice()));
        add(A::Lifecycle, terms(self.lifecycle.as_slice()));
        add(A::Status, terms(self.status.as_slice()));
        add(A::Parent, terms(self.parent.as_slice()));
        add(A::Owner, terms(self.owner.as_slice()));
        add(A::Territory, terms(self.territory.as_slice()));
        add(A::CrmId, raw(&self.crm_ids));
        add(A::Tags, terms(&self.tags));
        add(A::DecisionStyle, terms(self.decision_style.as_slice()));
        add(A::BudgetOwner, terms(self.budget_owner.as_slice()));
        add(A::Urgency, terms(self.urgency.as_slice()));
        add(A::TechnicalMaturity, terms(self.technical_maturity.as_slice()));
        add(A::RegulatedBy, terms(&self.regulated_by));
        Ok(facts)
    }

    /// Sorted; what is said both to be in use and to be gone is in use.
    fn tools(&self) -> Vec<(Text, bool)> {
        let in_use = slugs(&self.tools, TOOLS_MAX).into_iter().map(|tool| (tool, true));
        let gone = slugs(&self.dropped_tools, TOOLS_MAX).into_iter().map(|tool| (tool, false));
        let mut tools: Vec<(Text, bool)> = in_use.chain(gone).collect();
        tools.sort_unstable_by(|a, b| (&a.0, !a.1).cmp(&(&b.0, !b.1)));
        tools.dedup_by(|a, b| a.0 == b.0);
        tools
    }

    /// Of a single-valued attribute the first term is written; no attribute has a value of another
    /// kind than its field.
    pub fn of(account: &'a str, update: &'a CompanyUpdate) -> Company<'a> {
        let all = |attribute| terms_of(update, attribute);
        let one = |attribute| terms_of(update, attribute).first().copied();
        let band = |attribute| band_of(update, attribute);
        let tools = |in_use: bool| {
            let tools = update.tools.iter().filter(move |(_, used)| *used == in_use);
            tools.map(|(tool, _)| tool.as_str()).collect()
        };
        Company {
            record_id: UuidText::Write(update.id),
            account,
            source: &update.source,
            as_of: update.as_of.0,
            baseline: update.baseline,
            name: one(Attribute::Name),
            industries: all(Attribute::Industry),
            sub_industries: all(Attribute::SubIndustry),
            employees: band(Attribute::Employees),
            revenue_usd: band(Attribute::RevenueUsd),
            arr_usd: band(Attribute::ArrUsd),
            country: one(Attribute::Country),
            region: one(Attribute::Region),
            operates_in: all(Attribute::OperatesIn),
            business_models: all(Attribute::BusinessModel),
            founded_year: band(Attribute::FoundedYear).and_then(|b| i32::try_from(b.low).ok()),
            funding_stage: Open(stage_of(update)),
            growth_stage: one(Attribute::GrowthStage),
            organisation: one(Attribute::Organisation),
            lifecycle: one(Attribute::Lifecycle),
            status: one(Attribute::Status),
            parent: one(Attribute::Parent),
            owner: one(Attribute::Owner),
            territory: one(Attribute::Territory),
            crm_ids: all(Attribute::CrmId),
            tags: all(Attribute::Tags),
            decision_style: one(Attribute::DecisionStyle),
            budget_owner: one(Attribute::BudgetOwner),
            urgency: one(Attribute::Urgency),
            technical_maturity: one(Attribute::TechnicalMaturity),
            regulated_by: all(Attribute::RegulatedBy),
            tools: tools(true),
            dropped_tools: tools(false),
            tools_complete: update.tools_complete,
            departments: update.departments.iter().map(Department::of).collect(),
            departments_complete: update.departments_complete,
        }
    }
}

fn raw(texts: &[&str]) -> Option<Value> {
    Value::terms(texts.iter().filter_map(|text| bounded(text)))
}

fn terms(texts: &[&str]) -> Option<Value> {
    Value::terms(texts.iter().map(|text| term(text)))
}

fn number(field: &str, value: Option<Band>) -> Result<Option<Value>, Flaw> {
    let Some(Band { low, high }) = value else {
        return Ok(None);
    };
    let (low, high) = band(field, low, high.unwrap_or(low))?;
    Ok(Some(Value::Number { low, high }))
}

fn year(year: i32) -> Result<Value, Flaw> {
    // The oldest company at work was founded in 578.
    let believable = u64::try_from(year).ok().filter(|year| (500..2200).contains(year));
    believable
        .map(Value::number)
        .ok_or_else(|| Flaw::value(format!("founded_year {year} must be 500 to 2199")))
}

fn value_of(update: &CompanyUpdate, attribute: Attribute) -> Option<&Value> {
    update.facts.iter().find(|(known, _)| *known == attribute).map(|(_, value)| value)
}

fn terms_of(update: &CompanyUpdate, attribute: Attribute) -> Vec<&str> {
    let terms = value_of(update, attribute).map(Value::as_terms).unwrap_or_default();
    terms.iter().map(|term| term.as_str()).collect()
}

fn band_of(update: &CompanyUpdate, attribute: Attribute) -> Option<Band> {
    match value_of(update, attribute)? {
        Value::Number { low, high } => {
            let high = (high != low).then(|| dollars(*high));
            Some(Band { low: dollars(*low), high })
        }
        _ => None,
    }
}

fn stage_of(update: &CompanyUpdate) -> Option<FundingStage> {
    match value_of(update, Attribute::FundingStage)? {
        Value::Stage(stage) => Some(*stage),
        _ => None,
    }
}
