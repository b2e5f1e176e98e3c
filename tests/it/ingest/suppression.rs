//! Suppression lists from files: who is on one does not enter, and may once it has lapsed.

use super::{file, options, shipped};
use crate::pipeline::{
    PROFILE, ROUTES, activate, audit, company, create, decisions, score, signal, tick, topics,
    write,
};
use buymode::codec::Codec;
use buymode::domain::account::input::Input;
use buymode::domain::terms::account::AccountKey;
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::ingest::import::{Destination, import};
use buymode::log::Store as _;
use std::time::Duration;

const PARTITIONS: i32 = 2;

#[test]
fn a_suppressed_account_does_not_enter_and_can_when_it_has_lapsed() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(&EmbeddedOptions::new(folder.path().join("log"))).unwrap();
    create(&store, &topics(), PARTITIONS, ROUTES);
    let key = |name: &str| AccountKey::parse(name).unwrap();
    let names = ["asked.com", "customer.com", "free.com", "lifted.com", "rival.com"];
    let mut writer = store.writer("test").unwrap();
    activate(&mut *writer, &topics(), PARTITIONS, PROFILE, 1, 0);
    // Each of them fits.
    let companies: Vec<(AccountKey, Input, i64)> =
        names.iter().map(|name| (key(name), company(4, 0), 0)).collect();
    write(&mut *writer, &topics(), &companies);
    // As people export them: any order and case, several lists, one file without a list.
    let lists = "Reason,Domain,List,Owner,Expires,Active\n\
        asked us to stop,https://www.asked.com/about,Do not contact,kim,2012-01-10,\n\
        ,sales@customer.com,Customers,lou,,\n\
        ,lifted.com,DNC,,,\n\
        ,lifted.com,DNC,,,no\n\
        ,nobody.com,Friends,,,\n";
    let competitors = "account\nrival.com\n";
    let options = options(vec![
        file(folder.path(), "lists-2012-01-02.csv", lists),
        file(folder.path(), "competitors-2012-01-02.csv", competitors),
    ]);
    for _ in 0..2 {
        let mapping = shipped("suppression.yaml");
        let destination = Destination { store: &store, codec: &mut Codec::local() };
        let summary = import(Some(destination), &mapping, &options, &mut |_| {
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
        // A list that is none of ours is taken for the strictest.
        assert_eq!((summary.records_total(), summary.dead_letters_total()), (6, 0));
    }
    let signals: Vec<_> = names
        .iter()
        .flat_map(|name| [0, 1].map(|nth| (key(name), signal(name.len() as u32, nth, 5), 5)))
        .collect();
    write(&mut *writer, &topics(), &signals);
    tick(&mut *writer, &topics(), PARTITIONS, 12);
    score(&store, &topics(), PARTITIONS, Duration::from_secs(20));

    let found = decisions(&store, &topics(), PARTITIONS);
    let told: Vec<String> = found
        .iter()
        .map(|d| format!("{} {} {} {}", d.account, d.kind, d.decided_at.day(), d.route))
        .collect();
    let expected = [
        "asked.com entered 2012-01-10 ae",
        "customer.com entered 2012-01-06 owner",
        "free.com entered 2012-01-06 ae",
        "lifted.com entered 2012-01-06 ae",
    ];
    assert_eq!(told, expected);
    let findings = audit(&store, &topics());
    assert_eq!(findings.differences, 0, "{:#?}", findings.first);
    let verdict = |name: &str| findings.verdicts.get(name).copied().unwrap_or_default();
    // The second import changed nothing.
    assert_eq!((verdict("suppression applied"), verdict("suppression duplicate")), (6, 6));
}

#[test]
fn a_suppression_whose_account_cannot_be_resolved_is_reported_first() {
    let folder = tempfile::tempdir().unwrap();
    let row = |record: &str, account: &str| {
        format!(
            "{{\"record\": \"{record}\", \"account\": \"{account}\", \"list\": \"customer\"}}\n"
        )
    };
    let mut rows: String = (0..8).map(|_| row("funding", "localhost")).collect();
    rows += &row("suppression", "https://linkedin.com/company/acme");
    let options = options(vec![file(folder.path(), "rows.jsonl", &rows)]);
    let summary = import(None, &shipped("canonical.yaml"), &options, &mut |_| {
        std::ops::ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(summary.unresolved_suppressions(), 1);
    assert_eq!((summary.samples[0].row, summary.samples.len()), (9, 5), "{:?}", summary.samples);
}
