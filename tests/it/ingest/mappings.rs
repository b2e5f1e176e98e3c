//! The shipped mappings, on rows of our own making.

use super::shipped;
use buymode::domain::account::input::Input;
use buymode::domain::evidence::company::{Attribute, CompanyUpdate, Value};
use buymode::domain::evidence::signal::{Event, Signal};
use buymode::domain::terms::catalogue::{
    EngagementKind, Function, FundingStage, HiringAction, Instrument, NewsKind, OutcomeKind,
    Seniority, SuppressionList, TechnologyAction,
};
use buymode::domain::terms::time::Timestamp;
use buymode::mapping::canonical::Canonical;
use buymode::mapping::normalise::date;
use buymode::mapping::program::Scope;
use buymode::mapping::{Mapped, Mapping, Seen};
use jaq_json::Val;
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::path::Path;
use strum::IntoEnumIterator;

fn map(mapping: &Mapping, row: serde_json::Value, snapshot: Option<&str>) -> Vec<Canonical> {
    let tables: Val = serde_json::from_value(
        json!({"sites": {"7": {"website": "https://www.pilot-kite.com/jobs",
            "is_active": true}}}),
    )
    .unwrap();
    let scope = Scope { snapshot_at: snapshot, tables: &tables, ..Scope::default() };
    let observed_at = snapshot.map(|s| date::parse(s).unwrap().0);
    let row: Val = serde_json::from_value(row).unwrap();
    match mapping.map(&row, &scope, Seen { observed_at, ..Seen::default() }) {
        Ok(Mapped::Records(_, records)) => records,
        Ok(Mapped::Skipped | Mapped::Unmatched) => Vec::new(),
        Err(error) => panic!("{error}"),
    }
}

fn signal(record: &Canonical) -> (&str, String, &Event) {
    let Input::Signal(Signal { occurred, event, .. }) = &record.input else {
        panic!("no signal: {record:?}")
    };
    (record.account.as_str(), occurred.day.to_string(), event)
}

fn company(record: &Canonical) -> &CompanyUpdate {
    let Input::Company(update) = &record.input else { panic!("no company: {record:?}") };
    update
}

fn terms(update: &CompanyUpdate, attribute: Attribute) -> Vec<&str> {
    let fact = update.facts.iter().find(|(known, _)| *known == attribute);
    fact.map_or(Vec::new(), |(_, value)| value.texts().collect())
}

#[test]
fn crunchbase_companies_do_not_look_ahead() {
    let mapping = shipped("crunchbase-2013.yaml");
    let row = |founded: Option<&str>, funded: Option<&str>| {
        json!({"permalink": "/company/pilot-kite", "name": "Pilot Kite", "category_code": "web",
            "funding_total_usd": "9000000", "status": "acquired", "country_code": "USA",
            "state_code": "CA", "region": "SF Bay", "founded_at": founded, "founded_year": "2009",
            "first_funding_at": funded, "last_funding_at": "2012-01-01"})
    };
    for (founded, funded, as_of) in [
        (Some("2009-04-01"), Some("2010-02-03"), "2009-04-01"),
        (Some("2011-04-01"), Some("2010-02-03"), "2010-02-03"),
        (None, Some("2010-02-03"), "2010-02-03"),
    ] {
        let records = map(&mapping, row(founded, funded), None);
        let [record] = &records[..] else { panic!("{records:?}") };
        assert_eq!(record.account.as_str(), "crunchbase:pilot-kite");
        let update = company(record);
        assert_eq!(update.as_of.day().to_string(), as_of);
        assert_eq!(terms(update, Attribute::Country), ["us"]);
        let known: Vec<Attribute> = update.facts.iter().map(|(attribute, _)| *attribute).collect();
        use Attribute as A;
        assert_eq!(known, [A::Name, A::Industry, A::Country, A::Region, A::FoundedYear]);
    }
}

#[test]
fn crunchbase_rounds_and_acquisitions_are_dated_events() {
    let mapping = shipped("crunchbase-2013.yaml");
    let round = json!({"company_permalink": "/company/pilot-kite", "funding_round_type": "series-c+",
        "funded_at": "2012-06-30", "raised_amount_usd": "1750000"});
    let records = map(&mapping, round, None);
    let (account, day, event) = signal(&records[0]);
    assert_eq!((account, day.as_str()), ("crunchbase:pilot-kite", "2012-06-30"));
    let Event::Funding(funding) = event else { panic!("{event:?}") };
    assert_eq!(funding.stage, Some(FundingStage::SeriesC));
    assert_eq!(funding.amount_usd, Some(1_750_000));

    let bought = |acquirer: &str| {
        json!({"company_permalink": "/company/pilot-kite", "company_name": "Pilot Kite",
            "acquirer_permalink": acquirer, "acquirer_name": "Big Sky", "acquired_at": "2012-10-03",
            "price_amount": "43000000", "price_currency_code": "EUR"})
    };
    let records = map(&mapping, bought("/company/big-sky"), None);
    let id = |record: &Canonical| match &record.input {
        Input::Signal(signal) => signal.id,
        other => panic!("{other:?}"),
    };
    assert_ne!(id(&records[0]), id(&records[1]), "a signal's id is unique over all accounts");
    let told: Vec<_> = records
        .iter()
        .map(|record| match signal(record) {
            // Euros are not dollars, and nothing is converted.
            (account, day, Event::News(news)) => (account, day, news.news, news.amount_usd),
            other => panic!("{other:?}"),
        })
        .collect();
    let day = "2012-10-03".to_owned();
    assert_eq!(
        told,
        [
            ("crunchbase:pilot-kite", day.clone(), NewsKind::Acquired, None),
            ("crunchbase:big-sky", day, NewsKind::Acquires, None),
        ]
    );
    assert!(map(&mapping, bought("/company/pilot-kite"), None).is_empty());
    let blank = json!({"company_permalink": null, "acquirer_permalink": null});
    assert!(map(&mapping, blank, None).is_empty());
}

#[test]
fn yc_companies_report_their_size_on_the_snapshots_day() {
    let mapping = shipped("yc-radar.yaml");
    let row = |id: &str, people: &str| {
        json!({"id": id, "name": "Pilot Kite", "slug": "pilot-kite", "website": "http://x.example",
            "yc_url": "https://example.com/pilot-kite", "status": "Active", "stage": "Early",
            "team_size": people, "industry": "B2B", "subindustry": "B2B -> Sales",
            "industries": "B2B; Sales", "tags": "SaaS; Sales; AI",
            "all_locations": "Remote; Berlin, BE, Germany; Paris, France",
            "regions": "Germany; Europe; Remote; Fully Remote"})
    };
    let records = map(&mapping, row("7", "40"), Some("2026-05-06"));
    let [first, second] = &records[..] else { panic!("{records:?}") };
    assert_eq!(first.account.as_str(), "pilot-kite.com", "the website the table knows");
    let update = company(first);
    assert_eq!(update.as_of.day().to_string(), "2026-05-06");
    assert_eq!(terms(update, Attribute::Country), ["de"]);
    assert_eq!(terms(update, Attribute::Region), ["europe"]);
    assert_eq!(terms(update, Attribute::Industry), ["sales"]);
    assert_eq!(terms(update, Attribute::BusinessModel), ["b2b", "saas"]);
    assert_eq!(terms(update, Attribute::Status), ["operating"]);
    assert!(update.facts.contains(&(Attribute::Employees, Value::number(40))));
    let (_, day, Event::Headcount(headcount)) = signal(second) else { panic!("{second:?}") };
    assert_eq!((day.as_str(), headcount.total), ("2026-05-06", Some(40)));

    // Nobody has no employees: nothing is said. Without a website there is still a key.
    let records = map(&mapping, row("8", "0"), Some("2026-05-06"));
    let [only] = &records[..] else { panic!("{records:?}") };
    assert_eq!(only.account.as_str(), "yc:pilot-kite");
}

#[test]
fn yc_jobs_are_as_old_as_they_say() {
    let mapping = shipped("yc-radar.yaml");
    let job = json!({"id": "99", "company_id": "7", "company_slug": "pilot-kite",
        "title": "Founding SDR", "location": "Berlin", "created_at": "22 days",
        "absolute_url": "https://example.com/99"});
    let records = map(&mapping, job, Some("2026-05-06"));
    let (account, day, Event::Hiring(hiring)) = signal(&records[0]) else { panic!() };
    assert_eq!((account, day.as_str()), ("pilot-kite.com", "2026-04-14"));
    assert_eq!(
        (hiring.action, hiring.function),
        (HiringAction::Posted, Function::SalesDevelopment)
    );
    assert_eq!(records[0].known_at.day().to_string(), "2026-05-06");
}

#[test]
fn ashby_posts_name_their_company_and_its_tools() {
    let mapping = shipped("ashby.yaml");
    let post = json!({"id": "p-1", "title": "Head of Growth", "location": "Berlin",
        "publishedAt": "2025-10-10T21:10:27.371+00:00", "isListed": true,
        "jobUrl": "https://jobs.ashbyhq.com/Rose%20Rocket/p-1",
        "descriptionPlain": "You know HubSpot, Salesforce or Outreach. ASAP. Outreach to clients."});
    let records = map(&mapping, post, None);
    assert!(records.iter().all(|r| r.account.as_str() == "ashby:rose-rocket"), "{records:?}");
    assert_eq!(terms(company(&records[0]), Attribute::Name), ["Rose Rocket"]);
    let (_, day, Event::Hiring(hiring)) = signal(&records[1]) else { panic!() };
    assert_eq!((day.as_str(), hiring.function), ("2025-10-10", Function::Growth));
    let tools: Vec<_> = records[2..]
        .iter()
        .map(|record| match &record.input {
            Input::Signal(Signal { event: Event::Technology(t), confidence, .. }) => {
                (t.tool.as_str(), confidence.get())
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(tools, [("salesforce", 8_000), ("hubspot", 8_000), ("outreach", 8_000)]);

    let own = json!({"id": "p-2", "title": "Engineer", "publishedAt": "2025-10-10T00:00:00Z",
        "jobUrl": "https://jobs.ashbyhq.com/notion/p-2", "descriptionPlain": "Build Notion."});
    assert_eq!(map(&mapping, own, None).len(), 2, "a company's own product is no tool it uses");
}

/// Whoever writes a mapping finds every word of the canonical form in the head of that mapping.
#[test]
fn the_canonical_form_is_told_whole() {
    fn words<T: IntoEnumIterator + Display>() -> Vec<String> {
        T::iter().map(|known| known.to_string()).collect()
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/mappings/canonical.yaml");
    let text = std::fs::read_to_string(file).unwrap();
    let told: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let known = [
        words::<Function>(),
        words::<HiringAction>(),
        words::<NewsKind>(),
        words::<Instrument>(),
        words::<Seniority>(),
        words::<EngagementKind>(),
        words::<SuppressionList>(),
        words::<OutcomeKind>(),
        words::<TechnologyAction>(),
    ];
    for word in known.iter().flatten() {
        assert!(told.contains(word.as_str()), "{word} is not told");
    }
    let stages = words::<FundingStage>();
    let between = |stage: &&String| !stage.starts_with("series_");
    for stage in stages.iter().filter(between) {
        assert!(told.contains(stage.as_str()), "{stage} is not told");
    }
}

/// On a live feed a suppression that is set, lifted and set again in the same words is three
/// statements, whatever dates the row has; in a file equal rows are one.
#[test]
fn a_suppression_set_again_is_another_statement() {
    let mapping = shipped("suppression.yaml");
    let id = |row: &serde_json::Value, at: i64| {
        let time = Timestamp(at).to_rfc3339();
        let scope = Scope { timestamp: Some(&time), ..Scope::default() };
        let seen = Seen { observed_at: Some(Timestamp(at)), live: true, ..Seen::default() };
        let row: Val = serde_json::from_value(row.clone()).unwrap();
        let Mapped::Records(_, records) = mapping.map(&row, &scope, seen).unwrap() else {
            panic!()
        };
        let Input::Suppression(change) = &records[0].input else { panic!("{records:?}") };
        change.id
    };
    for row in [
        json!({"domain": "acme.com", "list": "do_not_contact"}),
        json!({"domain": "acme.com", "list": "do_not_contact", "since": "2026-05-01"}),
        json!({"domain": "acme.com", "list": "do_not_contact", "since": "2026-05-01T00:00:00Z"}),
        json!({"domain": "acme.com", "Opted Out": "yes", "Opt-out Date": "2026-05-01"}),
    ] {
        assert_ne!(id(&row, 1_790_000_000_000), id(&row, 1_790_000_060_000), "{row}");
    }
}
