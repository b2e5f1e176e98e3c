//! One company as many vendors tell of it, each in its own words: one account, and each event once.

use super::shipped;
use crate::fold::{Entry, Network};
use buymode::domain::evidence::event::Evidence;
use buymode::domain::evidence::signal::Event;
use buymode::domain::terms::time::DAY_MS;
use buymode::ingest::raw::{Came, map_row, rows};
use buymode::mapping::normalise::date;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const COMPANY: &str = "brindle.com";
/// Under which vendors know it.
const KEYS: [&str; 3] = ["crunchbase:brindle", "linkedin:brindle", "apollo:66f0a1b2"];

/// A round of 42 million, and a leader of sales who is looked for.
fn told() -> Vec<(&'static str, Value)> {
    let link = "https://www.linkedin.com/company/brindle";
    vec![
        (
            "crunchbase",
            json!({"uuid": "7d1f0a52-2c7e-4d7b-8a44-6f3e5b9d1001", "properties": {
                "identifier": {"uuid": "7d1f0a52-2c7e-4d7b-8a44-6f3e5b9d1001",
                    "permalink": "brindle-series-b--7d1f0a52", "entity_def_id": "funding_round"},
                "funded_organization_identifier": {"permalink": "brindle", "value": "Brindle"},
                "investment_type": "series_b", "announced_on": "2026-05-11",
                "money_raised": {"value": 42_000_000, "currency": "USD", "value_usd": 42_000_000}}}),
        ),
        (
            "crunchbase",
            json!({"uuid": "0b6f4c1e-5a54-4a39-9d4e-1f6f2a7c0001", "properties": {
                "identifier": {"uuid": "0b6f4c1e-5a54-4a39-9d4e-1f6f2a7c0001",
                    "permalink": "brindle", "value": "Brindle", "entity_def_id": "organization"},
                "website": {"value": "https://www.brindle.com"},
                "updated_at": "2026-05-12T06:11:00Z", "num_employees_enum": "c_00251_00500"}}),
        ),
        (
            "apollo",
            json!({"organization": {"id": "66f0a1b2", "name": "Brindle",
                "primary_domain": "brindle.com", "estimated_num_employees": 412,
                "funding_events": [{"id": "e1", "date": "2026-05-10T00:00:00.000+00:00",
                    "type": "Series B", "investors": "Fathom Growth", "amount": "42M",
                    "currency": "$"}]}}),
        ),
        (
            "predictleads",
            json!({"data": {"id": "f1c2", "type": "financing_event", "attributes": {
                    "found_at": "2026-05-12T05:12:44Z", "effective_date": "2026-05-10",
                    "financing_type": "Series B", "financing_type_normalized": "series_b",
                    "amount": "$42 million", "amount_normalized": 42_000_000, "source_urls": []},
                    "relationships": {"company": {"data": {"id": "c-1", "type": "company"}}}},
                "included": [{"id": "c-1", "type": "company",
                    "attributes": {"domain": "brindle.com", "company_name": "Brindle"}}]}),
        ),
        (
            "people-data-labs",
            json!({"id": "tK3v", "name": "brindle", "display_name": "Brindle",
                "website": "brindle.com", "employee_count": 405, "number_funding_rounds": 3,
                "latest_funding_stage": "series_b", "last_funding_date": "2026-05-10",
                "funding_stages": ["seed", "series_a", "series_b"]}),
        ),
        (
            "coresignal",
            json!({"id": 91, "name": "Brindle", "website": "https://www.brindle.com",
                "linkedin_url": link, "employees_count": 398,
                "last_funding_round_name": "Series B - Brindle",
                "last_funding_round_announced_date": "2026-05-12",
                "last_funding_round_amount_raised": 42_000_000,
                "last_funding_round_amount_raised_currency": "$",
                "last_updated": "2026-05-14 03:11:20"}),
        ),
        (
            "coresignal",
            json!({"id": 551, "title": "VP of Sales", "company_name": "Brindle",
                "url": "https://www.linkedin.com/jobs/view/551", "company_url": link,
                "location": "Boston, MA", "application_active": 1, "date_posted": "2026-05-14",
                "last_updated": "2026-05-15", "status_changed_at": null}),
        ),
        (
            "theirstack",
            json!({"id": 88, "type": "job.new", "payload": {"id": 41, "job_title": "VP, Sales",
                "date_posted": "2026-05-13", "discovered_at": "2026-05-14T02:14:33",
                "has_blurred_data": false, "company_domain": "brindle.com",
                "locations": [{"display_name": "Boston, Massachusetts, United States",
                    "name": "Boston", "country_code": "US"}],
                "company_object": {"name": "Brindle", "domain": "brindle.com"}}}),
        ),
    ]
}

fn fold(told: &[(&str, Value)]) -> Network {
    let begin = date::parse("2026-05-16").unwrap().0.day();
    let accounts: Vec<&str> = KEYS.into_iter().chain([COMPANY]).collect();
    let mut net = Network::new(&accounts, begin);
    let mut time = begin.start();
    for (vendor, payload) in told {
        time.0 += DAY_MS / 100;
        let mapping = shipped(&format!("{vendor}.yaml"));
        let came = Came {
            file: vendor,
            offset: 1,
            timestamp_ms: time.0,
            key: None,
            snapshot_at: None,
            live: true,
        };
        let payload = serde_json::from_value(payload.clone()).unwrap();
        for row in rows(&mapping, payload, came).unwrap() {
            for record in map_row(&mapping, &row, came, false).unwrap_or_else(|e| panic!("{e}")) {
                net.read(record.account.as_str(), time, &Entry::Input(record.input));
                net.deliver_all();
            }
        }
    }
    net
}

fn of(net: &Network, is: fn(&Event) -> bool) -> Vec<&Evidence> {
    let evidence = net.fold(COMPANY).state.evidence.iter();
    evidence.filter(|e| is(e.event())).collect()
}

fn sources(evidence: &Evidence) -> BTreeSet<&str> {
    evidence.reports().iter().map(|r| r.source.as_str()).collect()
}

#[test]
fn a_round_that_five_vendors_tell_of_and_a_post_that_two_saw_are_one_each() {
    let forth = told();
    let back: Vec<_> = told().into_iter().rev().collect();
    for told in [forth, back] {
        let net = fold(&told);
        let rounds = of(&net, |e| matches!(e, Event::Funding(_)));
        let [round] = &rounds[..] else { panic!("{rounds:#?}") };
        let vendors = ["apollo", "coresignal", "crunchbase", "people-data-labs", "predictleads"];
        assert_eq!(sources(round), BTreeSet::from(vendors));
        let posts = of(&net, |e| matches!(e, Event::Hiring(_)));
        let [post] = &posts[..] else { panic!("{posts:#?}") };
        assert_eq!(sources(post), BTreeSet::from(["coresignal", "theirstack"]));
        for key in KEYS {
            let state = &net.fold(key).state;
            assert_eq!(state.moved_to().map(|to| to.as_str()), Some(COMPANY), "{key}");
            assert!(state.evidence.is_empty(), "{key} keeps some");
        }
    }
}
