//! On the embedded log.

use super::*;
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::engine::audit::Difference;
use buymode::engine::topics::{TASK_KEY, Topics};
use buymode::runtime::exit::Exit;
use std::time::Duration;

const PARTITIONS: i32 = 3;

fn store(folder: &std::path::Path) -> EmbeddedStore {
    EmbeddedStore::open(&EmbeddedOptions::new(folder)).unwrap()
}

#[test]
fn should_write_what_the_audit_folds() {
    let folder = tempfile::tempdir().unwrap();
    let (store, topics) = (store(folder.path()), topics());
    create(&store, &topics, PARTITIONS, ROUTES);
    let mut writer = buymode::log::Store::writer(&store, "test").unwrap();
    activate(&mut *writer, &topics, PARTITIONS, PROFILE, 1, 0);
    for day in 0..60 {
        let of_day = (0..100).flat_map(|n| {
            let company = (day == i64::from(n % 10)).then(|| (account(n), company(n, day), day));
            let acts = (n * 7 + day as u32 * 3).is_multiple_of(11);
            let signal = acts.then(|| (account(n), signal(n, day as u32, day), day));
            [company, signal].into_iter().flatten()
        });
        write(&mut *writer, &topics, &of_day.collect::<Vec<_>>());
        if day % 20 == 10 {
            // Every stop is a restart: the next session restores what the last one committed.
            assert_eq!(score(&store, &topics, PARTITIONS, Duration::from_secs(20)), Exit::Stopped);
        }
        if day == 30 {
            let looser = PROFILE.replace("enter: 50", "enter: 35");
            activate(&mut *writer, &topics, PARTITIONS, &looser, 2, day);
        }
    }
    assert_eq!(score(&store, &topics, PARTITIONS, Duration::from_secs(20)), Exit::Stopped);
    let findings = audit(&store, &topics);
    assert_eq!(findings.differences, 0, "{:#?}", findings.first);
    assert!(findings.decisions > 20, "{findings:#?}");
    assert_eq!(findings.verdicts.values().sum::<u64>(), findings.inputs);
    assert!(findings.is_proof());
    println!("{findings:#?}");
    nothing_stands_for_more_than_was_scored(&store, &topics);
}

/// Decisions and states of inputs that the task record does not know of are differences, whether it
/// is behind or gone.
fn nothing_stands_for_more_than_was_scored(store: &EmbeddedStore, topics: &Topics) {
    let whole = audit(store, topics);
    let mut writer = buymode::log::Store::writer(store, "test").unwrap();
    writer.begin().unwrap();
    for partition in 0..PARTITIONS {
        let gone = buymode::log::Output {
            topic: &topics.accounts,
            partition: Some(partition),
            key: Some(TASK_KEY),
            ..Default::default()
        };
        writer.send(&gone).unwrap();
    }
    writer.commit(&[]).unwrap();
    let findings = audit(store, topics);
    assert_eq!((findings.inputs, findings.decisions), (0, 0));
    assert!(!findings.is_proof());
    let ahead = |d: &&Difference| matches!(d, Difference::DecisionAhead { .. });
    assert_eq!(findings.first.iter().filter(ahead).count(), findings.first.len());
    assert_eq!(findings.differences, whole.decisions + whole.states, "{findings:#?}");
    assert!(!audit(&empty(), topics).is_proof(), "nothing is no proof");
}

fn empty() -> EmbeddedStore {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    create(&store, &topics(), 1, ROUTES);
    store
}
