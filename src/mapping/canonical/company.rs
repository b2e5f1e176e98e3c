//! What one source says of a company on one day.

use super::fields::{Fields, choice, people_band};
use super::known::{self, Known, KnownBy};
use super::{Context, Head, Norms, RowError};
use crate::domain::Text;
use crate::domain::evidence::company::{Attribute, CompanyUpdate, Value};
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::FundingStage;
use crate::domain::terms::country;
use crate::domain::terms::term::Term;
use crate::domain::terms::time::Timestamp;
use crate::mapping::identity;
use crate::mapping::identity::IdentityError;
use crate::mapping::normalise::round;

/// Lists of terms and of ids.
const TERMS: &[(&str, Attribute)] = &[
    ("business_models", Attribute::BusinessModel),
    ("tags", Attribute::Tags),
    ("regulated_by", Attribute::RegulatedBy),
    ("crm_ids", Attribute::CrmId),
];

/// Lists of terms that go through the catalogue of industries.
const INDUSTRIES: &[(&str, Attribute)] =
    &[("industries", Attribute::Industry), ("sub_industries", Attribute::SubIndustry)];

/// One term, or name, each.
const TERM: &[(&str, Attribute)] = &[
    ("name", Attribute::Name),
    ("owner", Attribute::Owner),
    ("region", Attribute::Region),
    ("growth_stage", Attribute::GrowthStage),
    ("organisation", Attribute::Organisation),
    ("lifecycle", Attribute::Lifecycle),
    ("status", Attribute::Status),
    ("territory", Attribute::Territory),
    ("decision_style", Attribute::DecisionStyle),
    ("budget_owner", Attribute::BudgetOwner),
    ("urgency", Attribute::Urgency),
    ("technical_maturity", Attribute::TechnicalMaturity),
];

pub(super) fn read(
    fields: &mut Fields,
    head: Head<'_>,
    account: &AccountKey,
) -> Result<(CompanyUpdate, Known), RowError> {
    let (as_of, known) = dated(fields, head.context)?;
    let mut facts = Vec::new();
    let mut say = |attribute, value: Option<Value>| {
        facts.extend(value.map(|value| (attribute, value)));
    };
    say(Attribute::Parent, Value::said(Attribute::Parent, parent(fields, account)?.as_deref()));
    say(Attribute::Site, Value::said(Attribute::Site, site(fields, account)?.as_deref()));
    for (name, attribute) in TERM {
        say(*attribute, Value::said(*attribute, fields.text(name)?.as_deref()));
    }
    let norms = head.context.norms;
    for (name, attribute) in INDUSTRIES {
        let terms = fields.terms(name, |term| norms.industries.knows(term))?;
        say(*attribute, Value::terms(terms.iter().filter_map(|term| norms.industries.of(term))));
    }
    for (name, attribute) in TERMS {
        let texts = fields.terms(name, |_| false)?;
        say(*attribute, Value::said(*attribute, texts.iter().map(Text::as_str)));
    }
    say(Attribute::Country, headquarters(fields)?);
    let places = fields.terms("operates_in", |place| country::iso2(place).is_some())?;
    let places: Vec<Text> = places.into_iter().map(country_or_region).collect();
    say(Attribute::OperatesIn, Value::said(Attribute::OperatesIn, places.iter().map(Text::as_str)));
    say(Attribute::Employees, fields.band("employees", people_band)?.map(number));
    let (rates, on) = (&norms.rates, as_of.day());
    say(Attribute::RevenueUsd, fields.money("revenue_usd", rates, on)?.map(number));
    say(Attribute::ArrUsd, fields.money("arr_usd", rates, on)?.map(number));
    say(Attribute::FoundedYear, founded(fields)?);
    say(Attribute::FundingStage, stage(fields)?.map(Value::Stage));
    facts.sort_by_key(|(attribute, _)| *attribute);
    let baseline = fields.flag("baseline")?.unwrap_or(head.context.baseline);
    let update = CompanyUpdate {
        id: head.id,
        source: head.source,
        as_of,
        baseline,
        facts,
        tools: tools(fields, norms)?,
        tools_complete: fields.flag("tools_complete")?.unwrap_or(false),
        departments: fields.departments()?,
        departments_complete: fields.flag("departments_complete")?.unwrap_or(false),
    };
    if update.facts.is_empty() && update.tools.is_empty() && update.departments.is_empty() {
        return Err(RowError::value("company says nothing of the company"));
    }
    Ok((update, known))
}

/// Since when the company is like this, and when it could be known. Facts without a date are of the day
/// of their file.
fn dated(fields: &mut Fields, context: &Context<'_>) -> Result<(Timestamp, Known), RowError> {
    let own = fields.instant("observed_at", context)?;
    let as_of = fields.instant("as_of", context)?;
    if let (None, None, Some(day)) = (as_of, own, context.file_day) {
        return Ok((day, (context.observed_at.unwrap_or(day), Some(KnownBy::FileDay))));
    }
    let seen = own.or(context.observed_at);
    let date = as_of.or(seen).ok_or_else(|| {
        RowError::value("as_of is missing: nothing says since when the company is like this")
    })?;
    let (at, by) = known::known(own.filter(|_| as_of.is_some()), seen, date, context.norms);
    // Nothing is known before it is so.
    Ok((date, (at.max(date), by)))
}

/// By its account, where a website or key says it; a name stays one, and inherits nothing. Who heads
/// a group is its own parent to some sources, which is to have none.
fn parent(fields: &mut Fields, account: &AccountKey) -> Result<Option<Text>, RowError> {
    let Some(text) = fields.text("parent")? else { return Ok(None) };
    match identity::resolve(&text) {
        Ok(parent) => Ok(Some(parent.as_str().into()).filter(|_| parent != *account)),
        Err(why @ (IdentityError::Shared(_) | IdentityError::FreeMail(_))) => {
            Err(RowError::value(format!("parent {why}, and no company")))
        }
        Err(_) => Ok(Some(text)),
    }
}

/// Only where it names another account; a shared host names none.
fn site(fields: &mut Fields, account: &AccountKey) -> Result<Option<Text>, RowError> {
    let site = fields.text("site")?.and_then(|text| identity::resolve(&text).ok());
    Ok(site.filter(|site| site != account).map(|site| site.as_str().into()))
}

fn number((low, high): (u64, u64)) -> Value {
    Value::Number { low, high }
}

/// An unknown country is an error: a fit on countries would silently never match.
fn headquarters(fields: &mut Fields) -> Result<Option<Value>, RowError> {
    let Some(text) = fields.text("country")? else { return Ok(None) };
    let code = country::iso2(&text).ok_or_else(|| {
        RowError::value(format!(
            "invalid country: {text:?}; use the ISO code or the name of a country"
        ))
    })?;
    Ok(Value::said(Attribute::Country, [code.as_str()]))
}

/// The country's code, else the words as they are: regions ("Asia-Pacific", "global") have no code.
fn country_or_region(place: Text) -> Text {
    country::iso2(&place).unwrap_or(place)
}

/// The oldest that do business are of the sixth century. 0 is how some say that they do not know.
fn founded(fields: &mut Fields) -> Result<Option<Value>, RowError> {
    match fields.whole("founded_year")? {
        None | Some(0) => Ok(None),
        Some(year) if (500..=2199).contains(&year) => Ok(Some(Value::number(year))),
        Some(year) => {
            Err(RowError::value(format!("invalid founded_year: {year}; use 500 to 2199")))
        }
    }
}

/// By our name, or by the name of the round that led to it; none where that round has no stage. A last
/// round of private equity is one: it does not say that the company was bought.
fn stage(fields: &mut Fields) -> Result<Option<FundingStage>, RowError> {
    let Some(text) = fields.text("funding_stage")? else { return Ok(None) };
    match round::parse(&text) {
        Some((Some(FundingStage::PeBacked), _)) if !round::says_bought(&text) => Ok(None),
        Some((stage, _)) => Ok(stage),
        None => choice("funding_stage", &text).map(Some),
    }
}

fn tools(fields: &mut Fields, norms: &Norms) -> Result<Vec<(Term, bool)>, RowError> {
    let mut tools: Vec<(Term, bool)> = Vec::new();
    for (name, in_use) in [("tools", true), ("dropped_tools", false)] {
        let names = fields.terms(name, |tool| norms.tools.knows(tool))?;
        let tool = |name: &Text| Some((norms.tools.of(name)?, in_use));
        tools.extend(names.iter().filter_map(tool));
    }
    tools.sort();
    // Said both in use and dropped: in use.
    tools.reverse();
    tools.dedup_by(|a, b| a.0 == b.0);
    tools.reverse();
    Ok(tools)
}

#[cfg(test)]
mod tests {
    use super::super::read as read_record;
    use super::super::tests::context;
    use super::*;
    use crate::domain::account::input::Input;
    use crate::mapping::normalise::industry::Industries;
    use serde_json::json;

    fn told(norms: &Norms, more: serde_json::Value) -> CompanyUpdate {
        let context = Context { norms, ..context() };
        let mut said = json!({"record": "company", "account": "acme.com", "as_of": "2026-05-06",
            "name": "Acme"});
        said.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        match read_record(said, &context).unwrap().input {
            Input::Company(update) => update,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_round_that_tells_no_stage_says_nothing_of_it() {
        for (round, stage) in [
            ("Series B", Some(FundingStage::SeriesB)),
            ("Pre-IPO", Some(FundingStage::LateStage)),
            ("Venture - Series Unknown", None),
            ("Undisclosed", None),
        ] {
            let update = told(&Norms::default(), json!({"funding_stage": round}));
            let known = update.facts.iter().find_map(|(_, value)| match value {
                Value::Stage(stage) => Some(*stage),
                _ => None,
            });
            assert_eq!(known, stage, "{round}");
        }
    }

    #[test]
    fn a_text_in_a_list_field_is_several_terms_and_no_invented_one() {
        let industries = [("technology", "Technology, Information and Internet"), ("saas", "SaaS")];
        let industries = industries.map(|(own, name)| (own.to_owned(), vec![name.to_owned()]));
        let norms =
            Norms { industries: Industries::new(industries.into()).unwrap(), ..Norms::default() };
        let got = told(
            &norms,
            json!({"industries": "SaaS; Technology, Information and Internet, Fintech",
                "sub_industries": ["Computer, Internet & Software"], "tags": "a|b",
                "operates_in": "USA, Bonaire, Sint Eustatius and Saba; Asia Pacific", "crm_ids": "crm:1,crm:2",
                "tools": "Salesforce, HubSpot", "dropped_tools": "Zoho"}),
        );
        let terms = |attribute| {
            let fact = got.facts.iter().find(|(known, _)| *known == attribute);
            fact.map_or(Vec::new(), |(_, value)| value.texts().collect())
        };
        assert_eq!(terms(Attribute::Industry), ["fintech", "saas", "technology"]);
        assert_eq!(terms(Attribute::SubIndustry), ["computer-internet-software"]);
        assert_eq!(terms(Attribute::Tags), ["a", "b"]);
        assert_eq!(terms(Attribute::CrmId), ["crm:1", "crm:2"]);
        assert_eq!(terms(Attribute::OperatesIn), ["asia-pacific", "bq", "us"]);
        let tools: Vec<_> = got.tools.iter().map(|(tool, used)| (tool.as_str(), *used)).collect();
        assert_eq!(tools, [("hubspot", true), ("salesforce", true), ("zoho", false)]);
    }
}
