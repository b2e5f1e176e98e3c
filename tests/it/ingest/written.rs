//! Imports into an embedded log, read back record for record.

use super::{file, options, shipped};
use crate::support;
use crate::support::Address;
use buymode::codec::{Codec, Decoded};
use buymode::domain::account::input::Input;
use buymode::domain::account::origin::{DeadLetterOrigin, RowFormat};
use buymode::domain::account::records::{DeadLetter, DeadLetterReason, Tick, TickReason};
use buymode::domain::terms::account::AccountKey;
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::ingest::import::{
    Destination, ImportError, ImportOptions, Phase, Progress, Summary, import,
};
use buymode::kafka::{KafkaConfig, KafkaStore};
use buymode::log::partitioner::partition_of;
use buymode::log::{Cleanup, Stamp, Store, TopicSpec};
use std::path::Path;
use std::time::Duration;

const PARTITIONS: i32 = 3;

fn store(folder: &Path, stamp: Stamp) -> EmbeddedStore {
    let options =
        EmbeddedOptions { map_size_bytes: 1 << 28, ..EmbeddedOptions::new(folder.join("log")) };
    let store = EmbeddedStore::open(&options).unwrap();
    create(&store, "", stamp);
    store
}

fn create(store: &dyn Store, prefix: &str, stamp: Stamp) {
    let topic = |name: &str, partitions| TopicSpec {
        name: format!("{prefix}{name}"),
        partitions,
        cleanup: Cleanup::Delete,
        retention_ms: None,
        stamp,
        max_message_bytes: 1 << 20,
        compression: None,
        replication: Default::default(),
    };
    let topics = [topic("buymode.inputs", PARTITIONS), topic("buymode.dead-letters", 1)];
    store.create_topics(&topics).unwrap();
}

#[derive(Clone, Debug, PartialEq)]
struct Written {
    partition: i32,
    timestamp_ms: i64,
    key: Option<Vec<u8>>,
    value: Vec<u8>,
}

fn read(store: &EmbeddedStore, topic: &str, partitions: i32) -> Vec<Written> {
    let mut reader = store.reader().unwrap();
    let mut all = Vec::new();
    for partition in 0..partitions {
        let end = reader.watermarks(topic, partition).unwrap().high;
        let mut from = 0;
        while from < end {
            from = reader
                .read(topic, partition, from, end, Duration::from_secs(5), &mut |r| {
                    all.push(Written {
                        partition,
                        timestamp_ms: r.timestamp_ms,
                        key: r.key.map(<[u8]>::to_vec),
                        value: r.value.unwrap().to_vec(),
                    });
                })
                .unwrap();
        }
    }
    all
}

fn run(store: &dyn Store, options: &ImportOptions) -> Summary {
    let mapping = shipped("crunchbase-2013.yaml");
    let destination = Destination { store, codec: &mut Codec::local() };
    import(Some(destination), &mapping, options, &mut |_| std::ops::ControlFlow::Continue(()))
        .unwrap_or_else(|e| panic!("{e}"))
}

fn inputs(folder: &Path) -> ImportOptions {
    let mut rounds =
        "company_permalink,funding_round_type,funded_at,raised_amount_usd\n".to_owned();
    for company in 0..40 {
        for year in (1963..2013).rev().step_by(7) {
            rounds += &format!("/company/c-{company},angel,{year}-03-0{},1000\n", 1 + company % 9);
        }
    }
    rounds += "/company/c-1,angel,never,1000\n/company/c-1,angel,2001-02-03,1000,,EUR\n";
    let companies = "permalink,name,founded_at,first_funding_at,category_code,country_code,region,\
        founded_year\n/company/c-1,\"Kite, \"\"One\"\"\",1999-05-05,,web,USA,SF Bay,1999\n";
    options(vec![file(folder, "companies.csv", companies), file(folder, "rounds.csv", &rounds)])
}

fn decode(written: &Written) -> Decoded {
    Codec::local().decode_input(written.key.as_deref(), Some(&written.value)).unwrap()
}

#[test]
fn a_history_is_written_in_order_of_time_and_ends_with_a_tick_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), Stamp::CreateTime);
    let summary = run(&store, &inputs(folder.path()));
    assert_eq!(summary.rows(), 40 * 8 + 3);
    assert_eq!(summary.records_total(), 40 * 8 + 1);
    assert_eq!(summary.dead_letters_total(), 2);
    assert_eq!((summary.written, summary.ticks), (40 * 8 + 3, PARTITIONS as u64));

    let written = read(&store, "buymode.inputs", PARTITIONS);
    assert_eq!(written.len() as u64, summary.records_total() + summary.ticks);
    let last = summary.last.unwrap().0;
    for partition in 0..PARTITIONS {
        let here: Vec<&Written> = written.iter().filter(|w| w.partition == partition).collect();
        assert!(here.len() > 50, "each partition has its share");
        assert!(here.is_sorted_by_key(|w| w.timestamp_ms), "partition {partition}");
        assert_eq!(here[0].timestamp_ms, 1, "1963 has a floor");
        let (end, records) = here.split_last().unwrap();
        assert_eq!(end.timestamp_ms, last);
        let tick = matches!(decode(end), Decoded::Tick(Tick { reason: TickReason::ImportEnd }));
        assert!(tick, "partition {partition} ends with a tick");
        for record in records {
            let key = record.key.as_deref().unwrap();
            assert_eq!(partition_of(key, PARTITIONS), partition);
            let Decoded::Account { account, .. } = decode(record) else { panic!("{record:?}") };
            assert_eq!(account.as_str().as_bytes(), key);
        }
    }
}

#[test]
fn importing_again_writes_the_same_records_with_the_same_ids() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), Stamp::CreateTime);
    run(&store, &inputs(folder.path()));
    let once = read(&store, "buymode.inputs", PARTITIONS);
    run(&store, &inputs(folder.path()));
    let mut twice = read(&store, "buymode.inputs", PARTITIONS);
    assert_eq!(twice.len(), 2 * once.len());
    for record in &once {
        for _ in 0..2 {
            let at = twice.iter().position(|w| w == record).expect("it is there twice");
            twice.swap_remove(at);
        }
    }
    assert_eq!(twice, []);
}

#[test]
fn a_row_that_does_not_map_lies_in_the_dead_letters_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), Stamp::CreateTime);
    let summary = run(&store, &inputs(folder.path()));
    let letters: Vec<_> = read(&store, "buymode.dead-letters", 1)
        .iter()
        .map(|written| Codec::local().decode_dead_letter(&written.value).unwrap())
        .collect();
    let [date, width] = &letters[..] else { panic!("{letters:?}") };
    let row = |dead: &DeadLetter| {
        let DeadLetterOrigin::File(file) = &dead.origin else { panic!("{dead:?}") };
        assert_eq!((file.name.as_str(), file.format), ("rounds.csv", RowFormat::Csv));
        file.row
    };
    assert_eq!(row(date), 321);
    assert_eq!(date.reason, DeadLetterReason::Value);
    assert_eq!(date.message, "rule rounds: occurred_at is \"never\", not a date");
    let header = "company_permalink,funding_round_type,funded_at,raised_amount_usd";
    let whole = |row: &str| Some(format!("{header}\n{row}").into_bytes());
    assert_eq!(date.value, whole("/company/c-1,angel,never,1000"), "a CSV of its own");
    assert_eq!((row(width), width.reason), (322, DeadLetterReason::Malformed));
    assert_eq!(width.value, whole("/company/c-1,angel,2001-02-03,1000,,EUR"));
    assert_eq!(summary.samples[0].message, date.message);
}

#[test]
fn a_live_topic_is_stamped_by_its_own_clock_and_gets_no_tick() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), Stamp::LogAppendTime);
    let summary = run(&store, &inputs(folder.path()));
    let written = read(&store, "buymode.inputs", PARTITIONS);
    assert_eq!((written.len() as u64, summary.ticks), (summary.records_total(), 0));
    assert!(written.iter().all(|w| w.timestamp_ms > 1_700_000_000_000));
    let account = AccountKey::parse("crunchbase:c-1").unwrap();
    let companies = written
        .iter()
        .filter(|w| {
            matches!(decode(w), Decoded::Account { account: a, input: Input::Company(_) }
                if a == account)
        })
        .count();
    assert_eq!(companies, 1);
}

#[test]
fn a_missing_topic_is_said_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), Stamp::CreateTime);
    let options = ImportOptions { topic: "elsewhere".into(), ..inputs(folder.path()) };
    let mapping = shipped("crunchbase-2013.yaml");
    let destination = Destination { store: &store, codec: &mut Codec::local() };
    let error =
        import(Some(destination), &mapping, &options, &mut |_| std::ops::ControlFlow::Continue(()))
            .unwrap_err();
    let message = error.to_string();
    assert!(message.starts_with("topic elsewhere does not exist at "), "{message}");
    assert_eq!(read(&store, "buymode.dead-letters", 1), []);
}

fn letters(store: &EmbeddedStore) -> Vec<DeadLetter> {
    let letters = read(store, "buymode.dead-letters", 1);
    letters.iter().map(|w| Codec::local().decode_dead_letter(&w.value).unwrap()).collect()
}

#[test]
fn a_dead_letter_is_not_written_again_by_the_same_import_and_is_by_another() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), Stamp::LogAppendTime);
    let options = inputs(folder.path());
    let first = run(&store, &options);
    assert_eq!((first.dead_letters_total(), first.dead_letters_known), (2, 0));
    let again = run(&store, &options);
    assert_eq!((again.dead_letters_total(), again.dead_letters_known), (2, 2));
    assert_eq!(again.written, again.records_total());
    assert_eq!(letters(&store).len(), 2);
    // The same row in the next month's snapshot is another.
    let of =
        |day: &str| ImportOptions { snapshot_at: Some(day.to_owned()), ..inputs(folder.path()) };
    for (day, known) in [("2026-10-01", 0), ("2026-11-01", 0), ("2026-10-01", 2)] {
        assert_eq!(run(&store, &of(day)).dead_letters_known, known, "{day}");
    }
    assert_eq!(letters(&store).len(), 6);
    // Another row in its place, in a file of the same name.
    let header = "company_permalink,funding_round_type,funded_at,raised_amount_usd";
    file(folder.path(), "rounds.csv", &format!("{header}\n/company/c-2,angel,never,1000\n"));
    let other = run(&store, &options);
    assert_eq!((other.dead_letters_total(), other.dead_letters_known), (1, 0));
    assert_eq!(letters(&store).len(), 7);
}

#[test]
fn a_row_that_a_dead_letter_cannot_hold_is_described_by_its_size_and_digest() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), Stamp::LogAppendTime);
    let header = "company_permalink,funding_round_type,funded_at,raised_amount_usd";
    let long = "x".repeat(5 << 20);
    let text = format!("{header}\n/company/c-1,angel,{long},1\n/company/c-1,angel,never,1\n");
    let options = options(vec![file(folder.path(), "rounds.csv", &text)]);
    let summary = run(&store, &options);
    assert_eq!((summary.dead_letters_total(), summary.written), (2, 2));
    let [large, small] = &letters(&store)[..] else { panic!("two letters") };
    assert!(matches!(&large.origin, DeadLetterOrigin::File(file) if file.row == 1));
    assert_eq!(large.value, None);
    let size = header.len() + 1 + "/company/c-1,angel,".len() + long.len() + ",1".len();
    let said = format!("; the row of {size} bytes (sha256 ");
    assert!(large.message.contains(&said), "{}", large.message);
    assert!(large.message.len() < 1_000, "{}", large.message.len());
    assert!(small.value.is_some());
    assert_eq!(run(&store, &options).dead_letters_known, 2);
}

/// Begins a second import when the first has come so far, and runs it to its end.
fn two_at_once(
    store: &dyn Store,
    prefix: &str,
    at: Phase,
) -> (Result<Summary, ImportError>, Summary) {
    let folder = tempfile::tempdir().unwrap();
    let header = "company_permalink,funding_round_type,funded_at,raised_amount_usd";
    let rounds = |n| (0..n).map(|i| format!("/company/c-{i},angel,2012-01-01,{i}\n"));
    let text = |n| format!("{header}\n{}", rounds(n).collect::<String>());
    let options = |name, n| ImportOptions {
        topic: format!("{prefix}buymode.inputs"),
        dead_letters_topic: format!("{prefix}buymode.dead-letters"),
        ..options(vec![file(folder.path(), name, &text(n))])
    };
    let (long, short) = (options("long.csv", 3_000), options("short.csv", 10));
    let mapping = shipped("crunchbase-2013.yaml");
    let mut second = None;
    let mut progress = |p: Progress| {
        if p.phase == at && second.is_none() {
            second = Some(run(store, &short));
        }
        std::ops::ControlFlow::Continue(())
    };
    let destination = Destination { store, codec: &mut Codec::local() };
    let first = import(Some(destination), &mapping, &long, &mut progress);
    (first, second.expect("the first has come so far"))
}

#[test]
fn of_two_imports_into_a_history_at_once_the_later_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), Stamp::CreateTime);
    let (first, second) = two_at_once(&store, "", Phase::Writing);
    let error = first.unwrap_err().to_string();
    assert!(
        error.starts_with("another import into the history buymode.inputs has taken"),
        "{error}"
    );
    assert_eq!(second.written, 10);
}

#[test]
fn of_two_imports_into_a_history_on_kafka_too() {
    let Some(kafka) = support::kafka() else { return };
    let bootstrap = kafka.bootstrap().to_owned();
    let config = KafkaConfig { bootstrap, memory_mib: 16, ..KafkaConfig::default() };
    let store = KafkaStore::new(config).unwrap();
    let prefix = format!("{}.", kafka.unique("import"));
    create(&store, &prefix, Stamp::CreateTime);
    let (first, second) = two_at_once(&store, &prefix, Phase::Writing);
    assert!(matches!(first, Err(ImportError::TakenOver { .. })), "{first:?}");
    assert_eq!(second.written, 10);
}

#[test]
fn two_imports_into_a_live_log_at_once_both_end_well() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), Stamp::LogAppendTime);
    let (first, second) = two_at_once(&store, "", Phase::Reading);
    assert_eq!((first.unwrap().written, second.written), (3_000, 10));
    assert_eq!(read(&store, "buymode.inputs", PARTITIONS).len(), 3_010);
}
