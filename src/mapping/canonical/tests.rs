//! Tables: a canonical record in, an input or a refusal out.

mod suppression;
mod wrong;

use super::*;
use crate::domain::evidence::company::{Attribute, Value as Fact};
use crate::domain::evidence::signal::Event;
use crate::domain::terms::catalogue::{
    Function, FundingStage, HiringAction, Instrument, Seniority,
};
use crate::mapping::normalise::date;
use serde_json::json;

pub(super) fn context() -> Context<'static> {
    let norms = Box::leak(Box::default());
    Context {
        source: "test",
        observed_at: None,
        file_day: None,
        arrived: None,
        read_at: None,
        baseline: false,
        norms,
    }
}

fn good(value: Value) -> Canonical {
    read(value.clone(), &context()).unwrap_or_else(|e| panic!("{value}: {e}"))
}

#[test]
fn a_round_is_normalised() {
    let got = good(json!({
        "record": "funding", "account": "https://www.acme.co.uk/about", "occurred_at": "2012-06",
        "round": "Series A", "amount": "$3.5M", "confidence": 0.8, "lead_investor": " ",
    }));
    assert_eq!(got.account.as_str(), "acme.co.uk");
    assert_eq!(got.known_at.day().to_string(), "2012-06-01");
    let Input::Signal(signal) = got.input else { panic!("no signal") };
    assert_eq!(signal.confidence.get(), 8_000);
    assert_eq!(signal.occurred.precision, Precision::Month);
    let Event::Funding(funding) = signal.event else { panic!("no funding") };
    assert_eq!(funding.stage, Some(FundingStage::SeriesA));
    assert_eq!(funding.instrument, Instrument::Equity);
    assert_eq!((funding.amount_usd, funding.lead_investor), (Some(3_500_000), None));
}

#[test]
fn what_is_not_known_of_money_is_unknown_and_no_mistake() {
    for (amount, currency, usd) in [
        (json!("Undisclosed"), None, None),
        (json!("€5M"), None, None),
        (json!("5M"), Some("EUR"), None),
        (json!("5M"), Some("$"), Some(5_000_000)),
        (json!("$5M"), Some("CAD"), None),
        (json!("US$5M"), Some("CAD"), Some(5_000_000)),
        (json!("up to $5M"), None, None),
        (json!("$5M - $10M"), None, Some(5_000_000)),
        (json!("$5M CAD"), None, None),
        (json!("HK$5M"), None, None),
        (json!("Z$5M"), Some("USD"), None),
        (json!("US$5M CAD"), Some("USD"), None),
        (json!("50M"), Some("kr"), None),
        (json!("$1.125M"), None, Some(1_125_000)),
    ] {
        let got = good(json!({"record": "funding", "account": "acme.com", "occurred_at": "2012",
            "amount": amount, "currency": currency}));
        let Input::Signal(Signal { event: Event::Funding(funding), .. }) = got.input else {
            panic!("no funding")
        };
        assert_eq!(funding.amount_usd, usd, "{amount}");
    }
}

#[test]
fn a_company_is_as_old_as_companies_are() {
    let founded = |year: Value| {
        let company = json!({"record": "company", "account": "acme.com", "as_of": "2026-01-01",
            "name": "Acme", "founded_year": year});
        let Input::Company(update) = read(company, &context())?.input else { panic!("no company") };
        let fact = update.facts.iter().find(|(a, _)| *a == Attribute::FoundedYear);
        Ok::<_, RowError>(fact.map(|(_, value)| value.clone()))
    };
    assert_eq!(founded(json!(1088)), Ok(Some(Fact::number(1088))));
    // A vendor's nought says that it does not know; its other facts stand.
    assert_eq!(founded(json!(0)), Ok(None));
    assert_eq!(founded(json!("0")), Ok(None));
    for year in [19, 499, 2200] {
        let message = founded(json!(year)).unwrap_err().message;
        assert_eq!(message, format!("invalid founded_year: {year}; use 500 to 2199"));
    }
}

#[test]
fn a_quarter_is_as_old_as_its_year_may_be() {
    let seen = Some(date::parse("2025-12-20").unwrap().0);
    let norms = Norms::default();
    let context = Context { observed_at: seen, norms: &norms, ..context() };
    let told = json!({"record": "funding", "account": "acme.com", "occurred_at": "Q4 2025"});
    let got = super::read(told, &context).unwrap();
    let Input::Signal(signal) = got.input else { panic!("no signal") };
    let Occurred { day, precision } = signal.occurred;
    assert_eq!((day.to_string().as_str(), precision), ("2025-01-01", Precision::Year));
    assert_eq!(signal.occurred.latest().to_string(), "2026-01-01");
    assert_eq!(Some(got.known_at), seen, "a history hears of it when it was seen");
}

#[test]
fn what_a_company_does_not_tell_is_not_known() {
    for (revenue, employees, known) in
        [("€50M - €100M", "Unknown", 0), ("undisclosed", "n/a", 0), ("less than $1M", "<50", 2)]
    {
        let got = good(json!({"record": "company", "account": "acme.com", "as_of": "2026-05-01",
            "name": "Acme", "revenue_usd": revenue, "employees": employees}));
        let Input::Company(update) = got.input else { panic!("no company") };
        assert_eq!(update.facts.len(), 1 + known, "{revenue}, {employees}: {:?}", update.facts);
    }
}

#[test]
fn a_name_is_the_last_resort_and_believed_by_half() {
    let news = |account: Value, confidence: Value| {
        good(json!({"record": "news", "account": account, "occurred_at": "2012-01-01",
            "kind": "layoffs", "confidence": confidence}))
    };
    let named = json!({"name": "Pilot Kite, Inc.", "country": "US"});
    let confidence = |record: &Canonical| match &record.input {
        Input::Signal(signal) => signal.confidence.get(),
        other => panic!("{other:?}"),
    };
    let got = news(json!([named, "gmail.com", "pilot-kite.com"]), json!(null));
    assert_eq!((got.account.as_str(), confidence(&got)), ("pilot-kite.com", 10_000));
    let got = news(json!([named, "gmail.com"]), json!(null));
    assert_eq!((got.account.as_str(), confidence(&got)), ("name:us:pilotkite", 5_000));
    assert_eq!(confidence(&news(named.clone(), json!(0.9))), 5_000);
    assert_eq!(confidence(&news(named, json!(0.3))), 3_000);
}

#[test]
fn a_title_tells_what_the_job_is_for() {
    let got = good(json!({
        "record": "hiring", "account": "ashby:Acme", "occurred_at": 1_700_000_000_000i64,
        "action": "posted", "title": "VP of Sales, EMEA",
    }));
    assert_eq!(got.known_at, Timestamp(1_700_000_000_000));
    let Input::Signal(Signal { event: Event::Hiring(hiring), .. }) = got.input else {
        panic!("no hiring")
    };
    let what = (hiring.action, hiring.function, hiring.seniority);
    assert_eq!(what, (HiringAction::Posted, Function::Sales, Seniority::VicePresident));
}

#[test]
fn a_company_holds_facts_as_profiles_compare_them() {
    let got = good(json!({
        "record": "company", "account": ["https://linkedin.com/company/acme", "yc:Acme"],
        "as_of": "2026-05-06", "name": "Acme GmbH", "industries": ["Real Estate", null],
        "country": "USA", "employees": "11-50", "tools": ["HubSpot", "Salesforce"],
        "dropped_tools": "Salesforce", "departments": {"sales": 0}, "founded_year": "2012",
    }));
    assert_eq!(got.account.as_str(), "yc:acme");
    let Input::Company(update) = got.input else { panic!("no company") };
    let said = |attribute, text: &str| (attribute, Fact::said(attribute, [text]).unwrap());
    assert_eq!(
        update.facts,
        [
            said(Attribute::Name, "Acme GmbH"),
            said(Attribute::Industry, "real-estate"),
            (Attribute::Employees, Fact::Number { low: 11, high: 50 }),
            said(Attribute::Country, "us"),
            (Attribute::FoundedYear, Fact::number(2012)),
        ]
    );
    let tools: Vec<_> = update.tools.iter().map(|(tool, used)| (tool.as_str(), *used)).collect();
    assert_eq!(tools, [("hubspot", true), ("salesforce", true)]);
    assert_eq!(update.departments, [(Function::Sales, 0)]);
}

#[test]
fn an_age_counts_from_the_snapshot_and_the_snapshot_is_when_it_is_known() {
    let at = crate::mapping::normalise::date::parse("2026-05-06").unwrap().0;
    let seen = Context { observed_at: Some(at), ..context() };
    let job = json!({"record": "hiring", "account": "acme.com", "action": "posted", "title": "SDR",
        "occurred_at": "22 days"});
    let got = read(job.clone(), &seen).unwrap();
    assert_eq!(got.known_at, at);
    let Input::Signal(signal) = got.input else { panic!("no signal") };
    assert_eq!(signal.occurred.day.to_string(), "2026-04-14");
    let error = read(job, &context()).unwrap_err();
    assert!(error.message.contains("say when it was observed"), "{error}");
}

#[test]
fn of_two_tellings_the_one_that_was_updated_last_holds() {
    let day = |text| crate::mapping::normalise::date::parse(text).unwrap().0;
    let live = Context { observed_at: Some(day("2026-05-06")), ..context() };
    let told = |context: &Context<'_>, more: Value| {
        let mut job = json!({"record": "hiring", "account": "acme.com", "action": "posted",
            "title": "SDR", "occurred_at": "2026-04-01"});
        job.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let got = read(job, context).unwrap();
        let Input::Signal(signal) = got.input else { panic!("no signal") };
        (signal.observed_at, got.known_at, signal.occurred.day)
    };
    let (came, posted) = (day("2026-05-06"), day("2026-04-01"));
    let (updated, found) = (day("2026-05-02"), day("2026-04-03"));
    for (context, more, observed_at, known_at) in [
        (&live, json!({}), came, came),
        (&live, json!({"updated_at": "2026-05-02"}), updated, came),
        (&live, json!({"observed_at": "2026-04-03"}), found, found),
        (&live, json!({"observed_at": "2026-04-03", "updated_at": "now"}), came, found),
        (&context(), json!({}), posted, posted),
        // What was changed years later was known when it happened.
        (&context(), json!({"updated_at": "2026-05-02"}), updated, posted),
        (&context(), json!({"observed_at": "2026-04-03", "updated_at": "now"}), found, found),
        // The next time the same words tell of a later day: the first telling holds.
        (&live, json!({"occurred_at": "5 weeks", "action": "hired"}), Timestamp(0), came),
        (&live, json!({"occurred_at": "5 weeks", "updated_at": "2026-05-02"}), updated, came),
        // A post keeps its first date; when it was seen shows whether it is open.
        (&live, json!({"occurred_at": "5 weeks"}), came, came),
        // Without a date the day it was seen stands in.
        (&live, json!({"occurred_at": null, "updated_at": "2026-05-02"}), came, came),
    ] {
        let said = more.to_string();
        let got = told(context, more);
        assert_eq!((got.0, got.1), (observed_at, known_at), "{said}");
    }
    let ahead = json!({"record": "funding", "account": "acme.com", "occurred_at": "2026-04-01",
        "updated_at": "2031-01-01"});
    let error = read(ahead, &live).unwrap_err();
    assert!(error.message.contains("2031-01-01 lies after 2026-05-06"), "{error}");
}

#[test]
fn the_same_record_has_the_same_id_and_another_has_another() {
    let id = |value: Value| match good(value).input {
        Input::Signal(signal) => signal.id,
        Input::Retraction(retraction) => retraction.retracts,
        other => panic!("{other:?}"),
    };
    let round = |amount: u64| {
        json!({"record": "funding", "account": "acme.com", "occurred_at": "2012-06-30",
            "round": "seed", "amount_usd": amount})
    };
    assert_eq!(id(round(5)), id(round(5)));
    assert_ne!(id(round(5)), id(round(6)));
    let named = |name: &str| {
        json!({"record": "funding", "account": "acme.com", "occurred_at": "2012-06-30",
            "source_record_id": name})
    };
    assert_ne!(id(named("a")), id(named("b")));
    let undo = json!({"record": "retraction", "account": "acme.com", "occurred_at": "2013-01-01",
        "retracts": "a", "retracts_record": "funding"});
    assert_eq!(id(named("a")), id(undo));
    // A vendor's record id may look like an id of ours.
    let uuid = "0c3b1f5e-54c1-4b6e-8e3b-1f2f60a7d001";
    let undo = json!({"record": "retraction", "account": "acme.com", "occurred_at": "2013-01-01",
        "retracts": uuid, "retracts_record": "funding"});
    assert_eq!(id(named(uuid)), id(undo));
    let undo = json!({"record": "retraction", "account": "acme.com", "occurred_at": "2013-01-01",
        "retracts_signal_id": uuid});
    assert_eq!(id(undo).to_string(), uuid);
    // For ever: a log written today is met again by a later build.
    assert_eq!(id(named("a")).to_string(), "f14bd738-9a09-50ba-9020-69cfa9dfe91a");
}

#[test]
fn an_alias_has_one_id_however_it_is_told() {
    let told = |id: &str| {
        let value = json!({"record": "alias", "account": "crm:1", "of": "https://www.acme.com",
            "occurred_at": "2026-01-01", "source_record_id": id});
        let read = read(value, &context()).unwrap();
        assert_eq!(read.account.as_str(), "crm:1");
        read.input.id()
    };
    assert_eq!(told("a"), told("b"));
}
