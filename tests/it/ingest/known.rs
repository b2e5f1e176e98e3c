//! A history is lived through in the order in which its records could be known, and an import says what
//! that order rests on.

use super::{file, options};
use crate::pipeline::{ROUTES, activate, audit, create, score, topics};
use buymode::codec::Codec;
use buymode::domain::account::decision::{Decision, DecisionKind};
use buymode::domain::terms::time::Timestamp;
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::ingest::import::{Destination, ImportOptions, Summary, collect, import};
use buymode::log::{RecordRef, Store};
use buymode::mapping::Mapping;
use buymode::mapping::file::MappingError;
use buymode::runtime::exit::Exit;
use std::ops::ControlFlow;
use std::time::Duration;

const PARTITIONS: i32 = 3;

const PROFILE: &str = "
profile: funded
product: crm
owner: revops
fit: {criteria: [{name: home, weight: 100, when: {country: [us]}}]}
intent:
  enter: 40
  exit: 20
  rules:
    - {name: raised, points: 50, half_life_days: 60, window_days: 120, funding: {}}
routes: {default: ae}
value: {pain: p, angle: a, personas: [{titles: [VP Sales]}]}
";

const RULES: &str = r#"
rules:
  - name: companies
    match: .country
    emit: '{record: "company", account: .site, as_of: .on, country: .country}'
  - name: rounds
    match: .round
    emit: |
      {record: "funding", account: .site, source_record_id: .id, round: .round, amount: "5M",
       occurred_at: .on, observed_at: .seen}
"#;

const ROWS: &str = "site,country,round,id,on,seen
acme.com,us,,,2012-01-01,
acme.com,,Series A,r1,2012-03-01,SEEN
";

fn mapping(head: &str) -> Mapping {
    let none = |name: &str| Err(MappingError::Unreadable { file: name.into(), message: "".into() });
    let text = format!("source: filings\n{head}\n{RULES}");
    Mapping::parse("m.yaml", &text, &none).unwrap_or_else(|e| panic!("{e}"))
}

/// Imports into a history and scores it; the days of the entries.
fn entries(mapping: &Mapping, rows: &str) -> (Summary, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let topics = topics();
    let store = EmbeddedStore::open(&EmbeddedOptions::new(folder.path().join("log"))).unwrap();
    create(&store, &topics, PARTITIONS, ROUTES);
    activate(&mut *store.writer("icp").unwrap(), &topics, PARTITIONS, PROFILE, 1, 0);
    let mut codec = Codec::local();
    let destination = Destination { store: &store, codec: &mut codec };
    let options = options(vec![file(folder.path(), "rows.csv", rows)]);
    let go_on = &mut |_| ControlFlow::Continue(());
    let summary = import(Some(destination), mapping, &options, go_on).unwrap();
    assert_eq!(score(&store, &topics, PARTITIONS, Duration::from_secs(60)), Exit::Stopped);
    assert_eq!(audit(&store, &topics).differences, 0);
    let mut reader = store.reader().unwrap();
    let mut days = Vec::new();
    for (topic, partition) in ROUTES.iter().flat_map(|r| (0..PARTITIONS).map(move |p| (r, p))) {
        let topic = topics.route(topic);
        let marks = reader.watermarks(&topic, partition).unwrap();
        let mut next = marks.low;
        while next < marks.stable {
            let mut visit = |r: RecordRef<'_>| {
                let decision: Decision = codec.decode_decision(r.value.unwrap()).unwrap();
                if decision.kind == DecisionKind::Entered {
                    days.push(decision.decided_at.day().to_string());
                }
            };
            let budget = Duration::from_secs(1);
            next = reader.read(&topic, partition, next, marks.stable, budget, &mut visit).unwrap();
        }
    }
    (summary, days)
}

#[test]
fn what_was_learned_ten_days_late_is_decided_ten_days_later() {
    for (head, seen, day) in [
        ("", "", "2012-03-01"),
        ("", "2012-03-11", "2012-03-11"),
        ("known_after: 10 days", "", "2012-03-11"),
        ("known_after: 10 days", "2012-03-04", "2012-03-04"),
        ("known_after: 2 weeks", "", "2012-03-15"),
    ] {
        let (_, days) = entries(&mapping(head), &ROWS.replace("SEEN", seen));
        assert_eq!(days, [day], "{head:?} {seen:?}");
    }
}

#[test]
fn an_import_says_what_its_order_rests_on() {
    let rows = "site,country,round,id,on,seen
a.com,us,,,2012-01-01,
a.com,,Series A,r1,2012-03-01,2012-03-01
b.com,,Series A,r2,2012-03-01,2012-03-03
c.com,,Series A,r3,2012-03-01,2012-03-21
d.com,,Series A,r4,2012-03-05,2012-03-01
e.com,,Series A,r5,2012-03-05,
f.com,,Series A,r6,2012-03,2012-06-01
";
    let told = |head: &str| {
        let folder = tempfile::tempdir().unwrap();
        let options = options(vec![file(folder.path(), "rows.csv", rows)]);
        let summary = import(None, &mapping(head), &options, &mut |_| ControlFlow::Continue(()));
        serde_json::to_value(summary.unwrap().known).unwrap()
    };
    // A month has no day to measure from.
    let measured = serde_json::json!({"filings": {"records": 4, "median_days": 0, "p90_days": 20}});
    let count = |own, after| {
        serde_json::json!({"measured": measured, "own_date_records": own, "delayed_records": after,
            "file_day_records": 0})
    };
    assert_eq!(told(""), count(2, 0));
    assert_eq!(told("known_after: 3 days"), count(0, 2));
}

#[test]
fn facts_without_a_date_are_of_their_files_day() {
    let folder = tempfile::tempdir().unwrap();
    let path =
        file(folder.path(), "rows.csv", "site,country,on\nacme.com,us,\nb.com,us,2012-01-05\n");
    let written = std::time::UNIX_EPOCH + Duration::from_secs(1_331_000_000);
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(written).unwrap();
    let days = |options: &ImportOptions| {
        let mut days = Vec::new();
        let go_on = &mut |_| ControlFlow::Continue(());
        let summary = collect(&mapping(""), options, go_on, &mut |record| {
            days.push(record.known_at.to_rfc3339()[..10].to_owned());
        });
        (days, summary.unwrap())
    };
    let by_file = ImportOptions { by_file_day: true, ..options(vec![path]) };
    let (known, summary) = days(&by_file);
    assert_eq!(known, ["2012-03-06", "2012-01-05"]);
    assert_eq!(summary.known.file_day_records, 1);
    let snapshot = ImportOptions { snapshot_at: Some("2012-02-01".into()), ..by_file };
    assert_eq!(
        days(&snapshot).0,
        ["2012-02-01", "2012-02-01"],
        "what says when it was taken holds"
    );
    // A clock that goes ahead makes no file of tomorrow.
    let early = ImportOptions { snapshot_at: None, now: Timestamp(1_330_000_000_000), ..snapshot };
    assert_eq!(days(&early).0[0], "2012-02-23");
}

#[test]
fn a_word_that_is_no_delay_is_refused_with_what_to_write() {
    let none = |name: &str| Err(MappingError::Unreadable { file: name.into(), message: "".into() });
    for word in ["soon", "3", "3 hours", "400 days"] {
        let text = format!("source: filings\nknown_after: {word}\n{RULES}");
        let error = Mapping::parse("m.yaml", &text, &none).err().unwrap().to_string();
        assert!(error.contains("known_after") && error.starts_with("m.yaml:2"), "{error}");
    }
}
