//! A vendor deletes a record and names only that.

use crate::fold::{Entry, Network, activation, compile};
use buymode::domain::account::decision::DecisionKind;
use buymode::domain::account::input::Broadcast;
use buymode::domain::terms::time::{DAY_MS, Day, Timestamp};
use buymode::mapping::program::Scope;
use buymode::mapping::{Mapped, Mapping, Seen};
use jaq_json::Val;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

const ROUND: &str = "7d1f0a52-2c7e-4d7b-8a44-6f3e5b9d1001";
/// A day before the round.
const BEGIN: Day = Day(20_724);

/// The shipped mapping, told to expect deletions that come alone.
fn expecting() -> Mapping {
    let folder = tempfile::tempdir().unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/mappings");
    let text = std::fs::read_to_string(shipped.join("crunchbase.yaml")).unwrap();
    let told = text.replace("def live_deletes: false;", "def live_deletes: true;");
    assert_ne!(text, told);
    for beside in ["industries.yaml", "words.jq"] {
        std::fs::copy(shipped.join(beside), folder.path().join(beside)).unwrap();
    }
    std::fs::write(folder.path().join("crunchbase.yaml"), told).unwrap();
    Mapping::load(&folder.path().join("crunchbase.yaml")).unwrap()
}

/// What comes over HTTP: one row at a time, of which no table knows.
fn feed(net: &mut Network, mapping: &Mapping, row: serde_json::Value, time: Timestamp) {
    let row: Val = serde_json::from_value(row).unwrap();
    let tables = mapping.empty_tables();
    let scope = Scope { tables, ..Scope::default() };
    let seen = Seen { observed_at: Some(time), live: true, ..Seen::default() };
    let records = match mapping.map(&row, &scope, seen) {
        Ok(Mapped::Records(_, records)) => records,
        other => panic!("{other:?}"),
    };
    for record in records {
        net.read(record.account.as_str(), time, &Entry::Input(record.input));
        net.deliver_all();
    }
}

#[test]
fn a_deletion_that_comes_alone_withdraws_what_the_round_brought() {
    let key = format!("crunchbase_round:{ROUND}");
    let accounts = ["tallowmere.io", "crunchbase:tallowmere", &key];
    let (mut net, mapping) = (Network::new(&accounts, BEGIN), expecting());
    let at = |days: i64| Timestamp(BEGIN.start().0 + days * DAY_MS + DAY_MS / 2);
    let profile = Arc::new(compile(include_str!("../scenarios/simple.yaml")));
    let activate: Broadcast = activation(1, &profile);
    net.read(accounts[0], at(0), &Entry::Broadcast(activate));
    let company = json!({"identifier": {"uuid": "0b6f4c1e-5a54-4a39-9d4e-1f6f2a7c0001",
        "permalink": "tallowmere", "value": "Tallowmere", "entity_def_id": "organization"},
        "website": "https://tallowmere.io", "updated_at": "2026-09-28T06:11:00Z",
        "category_groups": [{"value": "SaaS"}], "num_employees_enum": "c_00251_00500",
        "last_funding_type": "series_a"});
    feed(&mut net, &mapping, company, at(0));
    let round = |million: u32, updated: &str| {
        json!({"uuid": ROUND, "properties": {
        "identifier": {"uuid": ROUND, "permalink": "tallowmere-series-b--7d1f0a52",
            "value": "Series B - Tallowmere", "entity_def_id": "funding_round"},
        "funded_organization_identifier": {"permalink": "tallowmere", "value": "Tallowmere"},
        "investment_type": "series_b", "announced_on": "2026-09-29", "updated_at": updated,
        "money_raised": {"value": million * 1_000_000, "currency": "USD",
            "value_usd": million * 1_000_000}}})
    };
    // Polled, corrected, and polled again.
    feed(&mut net, &mapping, round(25, "2026-09-29T08:00:00Z"), at(1));
    feed(&mut net, &mapping, round(30, "2026-09-30T08:00:00Z"), at(2));
    feed(&mut net, &mapping, round(30, "2026-09-30T08:00:00Z"), at(3));
    let evidence = &net.fold(accounts[0]).state.evidence;
    assert_eq!((evidence.len(), evidence[0].reports()[0].corrected), (1, true));
    let deleted = json!({"uuid": ROUND, "entity_def_id": "funding_round",
        "deleted_at": "2026-10-03T04:00:12Z"});
    feed(&mut net, &mapping, deleted.clone(), at(4));
    feed(&mut net, &mapping, deleted, at(5));
    feed(&mut net, &mapping, round(30, "2026-09-30T08:00:00Z"), at(6));
    let told: Vec<DecisionKind> = net.fold(accounts[0]).decisions.iter().map(|d| d.kind).collect();
    assert_eq!(told, [DecisionKind::Entered, DecisionKind::Withdrawn]);
    assert!(net.fold(accounts[0]).state.evidence.is_empty());
}
