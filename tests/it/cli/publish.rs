//! Two people who publish at the same moment leave every partition with the same versions, in the
//! same order.

use super::{EXAMPLE, buymode, command, ok, wait};
use crate::support::{self, Address};
use buymode::codec::{Codec, Decoded};
use buymode::domain::account::input::Broadcast;
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::engine::topics::Topics;
use buymode::kafka::{KafkaConfig, KafkaStore};
use buymode::log::Store;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

const PARTITIONS: i32 = 3;
const ROUNDS: usize = 4;

/// Number and version of every activation of a partition, in order.
fn activations(store: &dyn Store, topic: &str, partition: i32) -> Vec<(u64, String)> {
    let (mut reader, mut codec) = (store.reader().unwrap(), Codec::local());
    let range = reader.watermarks(topic, partition).unwrap();
    let (mut next, mut found) = (range.low, Vec::new());
    while next < range.stable {
        let budget = Duration::from_secs(5);
        next = reader
            .read(topic, partition, next, range.stable, budget, &mut |record| {
                let decoded = codec.decode_unkeyed(record.value).unwrap();
                let Decoded::Partition(Broadcast::Activation(a)) = decoded else { panic!() };
                found.push((a.number, a.profile.version.to_string()));
            })
            .unwrap();
    }
    found
}

fn race(place: &[&str], store: &dyn Store, prefix: &str) {
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other.yaml");
    let text = std::fs::read_to_string(EXAMPLE).unwrap();
    std::fs::write(&other, text.replace("enter: 40", "enter: 45")).unwrap();
    let other = other.to_str().unwrap();
    let partitions = PARTITIONS.to_string();
    let create = ["topics", "create", "--profile", EXAMPLE, "--partitions", &partitions];
    ok(&[&create[..], place].concat());

    let pairs: [[&[&str]; 2]; ROUNDS] = [
        [&["publish", EXAMPLE, "--force"], &["publish", other, "--force"]],
        [&["publish", EXAMPLE], &["publish", other]],
        [&["rollback", "--force"], &["publish", other, "--force"]],
        [&["rollback"], &["rollback", "1", "--force"]],
    ];
    let mut told = BTreeSet::new();
    for pair in pairs {
        let call = |args: &[&str]| command(&[&["icp"], args, &["--json"], place].concat());
        let both = pair.map(|args| call(args).spawn().unwrap());
        let ended = both.map(wait);
        let done: Vec<_> = ended.iter().filter(|ended| ended.code == Some(0)).collect();
        assert!(!done.is_empty(), "{ended:?}");
        told.extend(done.iter().map(|ended| {
            let said: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
            let version = said["profile_version"].as_str().unwrap().to_owned();
            (said["activation"].as_u64().unwrap(), version)
        }));
        for loser in ended.iter().filter(|ended| ended.code != Some(0)) {
            let reasons = ["at the same moment", "is active already"];
            assert!(reasons.iter().any(|said| loser.stderr.contains(said)), "{loser:?}");
        }
    }
    let topics = Topics::with_prefix(prefix);
    let expected = activations(store, &topics.profiles, 0);
    assert_eq!(expected, told.into_iter().collect::<Vec<_>>(), "what was said was done");
    let numbers: Vec<u64> = expected.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    for partition in 0..PARTITIONS {
        assert_eq!(activations(store, &topics.inputs, partition), expected, "{partition}");
    }
}

#[test]
fn two_at_once_on_the_embedded_log() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let place = ["--embedded", data.to_str().unwrap()];
    ok(&[&["topics", "create", "--profile", EXAMPLE, "--partitions", "3"], &place[..]].concat());
    let store = EmbeddedStore::open(&EmbeddedOptions::new(&data)).unwrap();
    race(&place, &store, "");
}

#[test]
fn two_at_once_on_kafka() {
    let Some(kafka) = support::kafka() else { return };
    let prefix = format!("{}.", kafka.unique("publish"));
    let config = KafkaConfig { bootstrap: kafka.bootstrap().to_owned(), ..KafkaConfig::default() };
    let store = KafkaStore::new(config).unwrap();
    race(&["--bootstrap", kafka.bootstrap(), "--prefix", &prefix], &store, &prefix);
}

#[test]
fn what_is_active_already_is_not_published_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let place = ["--embedded", data.to_str().unwrap()];
    let publish = [&["icp", "publish", EXAMPLE], &place[..]].concat();
    let ended = buymode(&publish);
    assert!(ended.stderr.contains("topics create"), "{ended:?}");
    assert!(!data.exists(), "{ended:?}");
    ok(&[&["topics", "create", "--profile", EXAMPLE], &place[..]].concat());
    assert!(ok(&publish).contains("activation 1"));
    let ended = buymode(&publish);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("unchanged") && ended.stderr.contains("--force"), "{ended:?}");
    let broken = folder.path().join("broken.yaml");
    let text = std::fs::read_to_string(EXAMPLE).unwrap();
    std::fs::write(&broken, text.replace("weight: 30", "weight: 31")).unwrap();
    let ended = buymode(&[&["icp", "publish", path(&broken)], &place[..]].concat());
    assert!(ended.code == Some(1) && ended.stderr.contains("101"), "{ended:?}");
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}
