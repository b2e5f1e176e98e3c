//! On the embedded log.

use super::*;
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
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
    println!("{findings:#?}");
}
