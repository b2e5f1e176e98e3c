//! The embedded log alone: records a second of 150 bytes, written in synced transactions of
//! several sizes and read back. `cargo bench --bench embedded [-- FOLDER]`; the folder decides
//! which disk is measured.

use std::time::{Duration, Instant};

use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::log::{
    Cleanup, LogError, Membership, Output, Position, SessionSpec, Stamp, Store, TopicSpec,
};

const PARTITIONS: i32 = 24;
const RECORD_BYTES: usize = 150;
const KEYS: usize = 50_000;

fn main() -> Result<(), LogError> {
    // Cargo passes flags of its own.
    let folder = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let folder = folder.unwrap_or_else(|| "target/bench-embedded".to_owned());
    let _ = std::fs::remove_dir_all(&folder);
    let store = EmbeddedStore::open(&EmbeddedOptions::new(&folder))?;
    let topic = |name: &str, cleanup| TopicSpec {
        name: name.to_owned(),
        partitions: PARTITIONS,
        cleanup,
        retention_ms: None,
        stamp: Stamp::LogAppendTime,
        max_message_bytes: 1_000_000,
        compression: None,
        replication: Default::default(),
    };
    let log = topic("log", Cleanup::Delete);
    store.create_topics(&[log, topic("compacted", Cleanup::Compact)])?;
    println!(
        "{RECORD_BYTES}-byte records, {PARTITIONS} partitions, synced to {}",
        store.location()
    );
    for (batch, transactions) in [(1, 2_000), (100, 2_000), (10_000, 100)] {
        append(&store, "log", batch, transactions)?;
    }
    append(&store, "compacted", 10_000, 50)?;
    read(&store)?;
    poll(&store)?;
    round_trip(&store)?;
    drop(store);
    let _ = std::fs::remove_dir_all(&folder);
    Ok(())
}

fn append(
    store: &EmbeddedStore,
    topic: &str,
    batch: usize,
    transactions: usize,
) -> Result<(), LogError> {
    let mut writer = store.writer("bench")?;
    let value = [7; RECORD_BYTES - 12];
    let began = Instant::now();
    for number in 0..transactions {
        writer.begin()?;
        for record in 0..batch {
            let account = (number * batch + record) * 7_919 % KEYS;
            let key = format!("a{account:07}.com");
            writer.send(&Output {
                topic,
                key: Some(key.as_bytes()),
                value: Some(&value),
                ..Output::default()
            })?;
        }
        writer.commit(&[])?;
    }
    let what = format!("append to {topic}, {batch} a transaction");
    report(&what, batch * transactions, began.elapsed());
    let each = began.elapsed() / u32::try_from(transactions).unwrap_or(u32::MAX);
    println!("{:46}{each:>12.2?} a transaction", "");
    Ok(())
}

fn read(store: &EmbeddedStore) -> Result<(), LogError> {
    let mut reader = store.reader()?;
    let began = Instant::now();
    let mut records = 0;
    let mut bytes = 0;
    for partition in 0..PARTITIONS {
        let end = reader.watermarks("log", partition)?.stable;
        let mut next = 0;
        while next < end {
            let budget = Duration::from_secs(1);
            next = reader.read("log", partition, next, end, budget, &mut |record| {
                records += 1;
                bytes += record.value.map_or(0, <[u8]>::len);
            })?;
        }
    }
    report("read by reader", records, began.elapsed());
    assert!(bytes > records * 100, "values are read");
    Ok(())
}

/// Consumes, writes one record for each read and commits with the positions: a worker's way.
fn poll(store: &EmbeddedStore) -> Result<(), LogError> {
    let mut session = store.session(&SessionSpec {
        group: "bench".to_owned(),
        transactional_id: "bench-worker".to_owned(),
        topics: vec!["log".to_owned()],
    })?;
    let mut positions = assigned(&mut *session)?;
    store.create_topics(&[TopicSpec {
        name: "out".to_owned(),
        partitions: PARTITIONS,
        cleanup: Cleanup::Delete,
        retention_ms: None,
        stamp: Stamp::LogAppendTime,
        max_message_bytes: 1_000_000,
        compression: None,
        replication: Default::default(),
    }])?;
    let began = Instant::now();
    let mut total = 0;
    loop {
        let mut batch = Vec::new();
        session.poll(Duration::ZERO, 10_000, &mut |record| {
            let key = record.key.unwrap_or_default().to_vec();
            batch.push((key, record.value.unwrap_or_default().to_vec()));
            positions[record.partition as usize].next_offset = record.offset + 1;
        })?;
        if batch.is_empty() {
            break;
        }
        session.begin()?;
        for (key, value) in &batch {
            let output =
                Output { topic: "out", key: Some(key), value: Some(value), ..Output::default() };
            session.send(&output)?;
        }
        session.commit(&positions)?;
        total += batch.len();
    }
    report("poll, write one each, commit, 10000 each", total, began.elapsed());
    Ok(())
}

fn assigned(session: &mut dyn buymode::log::Log) -> Result<Vec<Position>, LogError> {
    let mut positions = Vec::new();
    if let Membership::Assigned(partitions) = session.poll(Duration::ZERO, 1, &mut |_| ())? {
        let begin = |tp: buymode::log::TopicPartition| Position {
            topic: tp.topic,
            partition: tp.partition,
            next_offset: 0,
        };
        positions.extend(partitions.into_iter().map(begin));
    }
    positions.sort();
    session.seek(&positions)?;
    Ok(positions)
}

/// One record at a time from a writer's thread to a polling session.
fn round_trip(store: &EmbeddedStore) -> Result<(), LogError> {
    let mut reader = store.reader()?;
    let mut next = reader.watermarks("log", 0)?.stable;
    let mut writer = store.writer("bench-latency")?;
    let mut waits = Vec::new();
    for _ in 0..200 {
        let began = std::thread::scope(|scope| {
            let written = scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(5));
                let began = Instant::now();
                writer.begin()?;
                let output = Output { topic: "log", partition: Some(0), ..Output::default() };
                writer.send(&output)?;
                writer.commit(&[])?;
                Ok::<_, LogError>(began)
            });
            let wait = Duration::from_secs(5);
            next = reader.read("log", 0, next, i64::MAX, wait, &mut |_| ())?;
            let arrived = Instant::now();
            let began = written.join().expect("the writer does not panic")?;
            Ok::<_, LogError>(arrived - began)
        })?;
        waits.push(began);
    }
    waits.sort();
    println!("from begin to a waiting reader: p50 {:.2?}, p99 {:.2?}", waits[100], waits[198]);
    Ok(())
}

fn report(what: &str, records: usize, took: Duration) {
    let rate = records as f64 / took.as_secs_f64();
    println!("{what:46}{rate:>12.0} records/s  ({records} in {took:.2?})");
}
