//! Suppression lists from files: who is on one does not enter, and may once it has lapsed.

use super::{file, options, shipped};
use crate::pipeline::{
    PROFILE, ROUTES, activate, audit, company, create, score, signal, tick, topics, write,
};
use crate::support::{self, Address as _};
use buymode::codec::Codec;
use buymode::domain::account::decision::Decision;
use buymode::domain::account::input::Input;
use buymode::domain::terms::account::AccountKey;
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::engine::topics::Topics;
use buymode::ingest::import::{Destination, import};
use buymode::kafka::{KafkaConfig, KafkaStore};
use buymode::log::Store;
use std::time::Duration;

const PARTITIONS: i32 = 2;

fn decisions(store: &dyn Store, topics: &Topics) -> Vec<Decision> {
    let (mut reader, mut codec, mut found) = (store.reader().unwrap(), Codec::local(), Vec::new());
    for route in ROUTES {
        let topic = topics.route(route);
        for partition in 0..PARTITIONS {
            let end = reader.watermarks(&topic, partition).unwrap().stable;
            let budget = Duration::from_secs(5);
            reader
                .read(&topic, partition, 0, end, budget, &mut |record| {
                    found.push(codec.decode_decision(record.value.unwrap()).unwrap());
                })
                .unwrap();
        }
    }
    found.sort_by_key(|d: &Decision| (d.account.clone(), d.sequence));
    found
}

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

    let found = decisions(&store, &topics());
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

/// What a suppression's `until` may be that is no plain end, and one that is.
const UNTIL: &[(&str, &str)] = &[
    ("seconds.com", "253402300799"),
    ("milliseconds.com", "253402300799000"),
    ("sentinel.com", "\"9999-12-31\""),
    ("compact-sentinel.com", "99991231"),
    ("compact.com", "20120701"),
    ("text.com", "\"2012-07-01\""),
    ("never.com", "\"never\""),
    ("nothing.com", "null"),
    ("riddle.com", "\"when they call back\""),
    ("float.com", "20120701.0"),
    ("year.com", "\"2012\""),
    ("lapsed.com", "\"2012-01-03\""),
];

/// Accounts that fit and have signals, each suppressed until something: only where that is plainly
/// over does one enter.
fn only_a_plain_end_lets_through(store: &dyn Store, topics: &Topics) {
    create(store, topics, PARTITIONS, ROUTES);
    let key = |name: &str| AccountKey::parse(name).unwrap();
    let mut writer = store.writer(&format!("{}-test", topics.inputs)).unwrap();
    activate(&mut *writer, topics, PARTITIONS, PROFILE, 1, 0);
    let companies: Vec<_> = UNTIL.iter().map(|(name, _)| (key(name), company(4, 0), 0)).collect();
    write(&mut *writer, topics, &companies);
    let rows: String = UNTIL
        .iter()
        .map(|(name, until)| {
            format!(
                "{{\"record\": \"suppression\", \"account\": \"{name}\", \"list\": \"do_not_contact\", \
                 \"occurred_at\": \"2012-01-02\", \"until\": {until}}}\n"
            )
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(vec![file(folder.path(), "do-not-contact.jsonl", &rows)]);
    options.topic = topics.inputs.clone();
    options.dead_letters_topic = topics.dead_letters.clone();
    let destination = Destination { store, codec: &mut Codec::local() };
    let mapping = shipped("canonical.yaml");
    let summary =
        import(Some(destination), &mapping, &options, &mut |_| std::ops::ControlFlow::Continue(()))
            .unwrap();
    assert_eq!((summary.records_total(), summary.dead_letters_total()), (UNTIL.len() as u64, 0));
    let [doubt] = &summary.warnings[..] else { panic!("{:?}", summary.warnings) };
    assert!(doubt.message.starts_with("until is \"when they call back\", not a date"), "{doubt:?}");
    let signals: Vec<_> = UNTIL
        .iter()
        .flat_map(|(name, _)| [0, 1].map(|nth| (key(name), signal(name.len() as u32, nth, 5), 5)))
        .collect();
    write(&mut *writer, topics, &signals);
    tick(&mut *writer, topics, PARTITIONS, 12);
    score(store, topics, PARTITIONS, Duration::from_secs(40));
    let entered: Vec<String> =
        decisions(store, topics).iter().map(|d| format!("{} {}", d.account, d.kind)).collect();
    assert_eq!(entered, ["lapsed.com entered"]);
    assert_eq!(audit(store, topics).differences, 0);
}

#[test]
fn only_a_plain_end_of_a_suppression_lets_an_account_through() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(&EmbeddedOptions::new(folder.path().join("log"))).unwrap();
    only_a_plain_end_lets_through(&store, &topics());
}

#[test]
fn only_a_plain_end_of_a_suppression_lets_an_account_through_on_kafka() {
    let Some(kafka) = support::kafka() else { return };
    let bootstrap = kafka.bootstrap().to_owned();
    let config = KafkaConfig { bootstrap, memory_mib: 16, ..KafkaConfig::default() };
    let topics = Topics::with_prefix(&format!("{}.", kafka.unique("until")));
    only_a_plain_end_lets_through(&KafkaStore::new(config).unwrap(), &topics);
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
