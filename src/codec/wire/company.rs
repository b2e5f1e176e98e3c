//! Company records: the facts that one source reports about a company on one day.

use super::UuidText;
use super::check::{band, required, terms, time, uuid};
use super::signals::{Department, departments, dollars};
use crate::codec::datum::record;
use crate::codec::error::Flaw;
use crate::codec::symbols::Open;
use crate::domain::account::input::Input;
use crate::domain::evidence::company::{Attribute, CompanyUpdate, Value};
use crate::domain::terms::catalogue::FundingStage;
use crate::domain::terms::limits::TOOLS_MAX;
use crate::domain::terms::term::Term;

record! {
    "buymode.Band"
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Band {
        low: i64,
        high: Option<i64>,
    }
}

record! {
    "buymode.Company"
    #[derive(Clone, Debug)]
    pub(crate) struct Company<'a> {
        pub record_id: UuidText<'a>,
        pub account: &'a str,
        pub source: &'a str,
        pub as_of: i64,
        pub baseline: bool,
        pub name: Option<&'a str>,
        pub industries: Vec<&'a str>,
        pub sub_industries: Vec<&'a str>,
        pub employees: Option<Band>,
        pub revenue_usd: Option<Band>,
        pub arr_usd: Option<Band>,
        pub country: Option<&'a str>,
        pub region: Option<&'a str>,
        pub operates_in: Vec<&'a str>,
        pub business_models: Vec<&'a str>,
        pub founded_year: Option<i32>,
        pub funding_stage: Open<FundingStage>,
        pub growth_stage: Option<&'a str>,
        pub organisation: Option<&'a str>,
        pub lifecycle: Option<&'a str>,
        pub status: Option<&'a str>,
        pub parent: Option<&'a str>,
        pub site: Option<&'a str>,
        pub owner: Option<&'a str>,
        pub territory: Option<&'a str>,
        pub crm_ids: Vec<&'a str>,
        pub tags: Vec<&'a str>,
        pub decision_style: Option<&'a str>,
        pub budget_owner: Option<&'a str>,
        pub urgency: Option<&'a str>,
        pub technical_maturity: Option<&'a str>,
        pub regulated_by: Vec<&'a str>,
        pub tools: Vec<&'a str>,
        pub dropped_tools: Vec<&'a str>,
        pub tools_complete: bool,
        pub departments: Vec<Department>,
        pub departments_complete: bool,
    }
}

impl<'a> Company<'a> {
    pub(crate) fn input(&self) -> Result<Input, Flaw> {
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
        add(A::Employees, number("employees", self.employees)?);
        add(A::RevenueUsd, number("revenue_usd", self.revenue_usd)?);
        add(A::ArrUsd, number("arr_usd", self.arr_usd)?);
        add(A::FoundedYear, self.founded_year.map(year).transpose()?);
        add(A::FundingStage, self.funding_stage.0.map(Value::Stage));
        for (attribute, texts) in [
            (A::Name, self.name.as_slice()),
            (A::Industry, &self.industries),
            (A::SubIndustry, &self.sub_industries),
            (A::Country, self.country.as_slice()),
            (A::Region, self.region.as_slice()),
            (A::OperatesIn, &self.operates_in),
            (A::BusinessModel, &self.business_models),
            (A::GrowthStage, self.growth_stage.as_slice()),
            (A::Organisation, self.organisation.as_slice()),
            (A::Lifecycle, self.lifecycle.as_slice()),
            (A::Status, self.status.as_slice()),
            (A::Parent, self.parent.as_slice()),
            (A::Site, self.site.as_slice()),
            (A::Owner, self.owner.as_slice()),
            (A::Territory, self.territory.as_slice()),
            (A::CrmId, &self.crm_ids),
            (A::Tags, &self.tags),
            (A::DecisionStyle, self.decision_style.as_slice()),
            (A::BudgetOwner, self.budget_owner.as_slice()),
            (A::Urgency, self.urgency.as_slice()),
            (A::TechnicalMaturity, self.technical_maturity.as_slice()),
            (A::RegulatedBy, &self.regulated_by),
        ] {
            add(attribute, Value::said(attribute, texts.iter().copied()));
        }
        facts.sort_unstable_by_key(|(attribute, _)| *attribute);
        Ok(facts)
    }

    /// Sorted; a tool reported both in use and dropped is in use.
    fn tools(&self) -> Vec<(Term, bool)> {
        let in_use = terms(&self.tools, TOOLS_MAX).into_iter().map(|tool| (tool, true));
        let gone = terms(&self.dropped_tools, TOOLS_MAX).into_iter().map(|tool| (tool, false));
        let mut tools: Vec<(Term, bool)> = in_use.chain(gone).collect();
        tools.sort_unstable_by(|a, b| (&a.0, !a.1).cmp(&(&b.0, !b.1)));
        tools.dedup_by(|a, b| a.0 == b.0);
        tools
    }

    /// Of a single-valued attribute the first text is written; no attribute has a value of another
    /// kind than its field.
    pub(crate) fn of(account: &'a str, update: &'a CompanyUpdate) -> Company<'a> {
        let all = |attribute| texts_of(update, attribute).collect();
        let one = |attribute| texts_of(update, attribute).next();
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
            site: one(Attribute::Site),
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

fn number(field: &str, value: Option<Band>) -> Result<Option<Value>, Flaw> {
    let Some(Band { low, high }) = value else {
        return Ok(None);
    };
    let (low, high) = band(field, low, high.unwrap_or(low))?;
    Ok(Some(Value::Number { low, high }))
}

fn year(year: i32) -> Result<Value, Flaw> {
    // The oldest company still in business was founded in 578.
    let believable = u64::try_from(year).ok().filter(|year| (500..2200).contains(year));
    believable
        .map(Value::number)
        .ok_or_else(|| Flaw::value(format!("invalid founded_year: {year}; use 500 to 2199")))
}

fn value_of(update: &CompanyUpdate, attribute: Attribute) -> Option<&Value> {
    update.facts.iter().find(|(known, _)| *known == attribute).map(|(_, value)| value)
}

fn texts_of(update: &CompanyUpdate, attribute: Attribute) -> impl Iterator<Item = &str> {
    value_of(update, attribute).into_iter().flat_map(Value::texts)
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
