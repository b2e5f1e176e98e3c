//! `buymode topics delete`: only the topics of one log go, and only when they are meant.

use super::{buymode, command, ok, wait};
use crate::support::readable::assert_readable;
use crate::support::{self, Address};
use buymode::kafka::{KafkaConfig, KafkaStore};
use buymode::log::{SessionSpec, Store};
use serde_json::Value;
use std::time::{Duration, Instant};

#[test]
fn should_delete_the_topics_of_one_log_once_it_is_named() {
    let Some(kafka) = support::kafka() else { return };
    let (prefix, other) = (kafka.unique("delete") + ".", kafka.unique("stay") + ".");
    let at = |prefix| ["--bootstrap", kafka.bootstrap(), "--prefix", prefix];
    for prefix in [&*prefix, &*other] {
        ok(&[&["topics", "create", "--partitions", "1"], &at(prefix)[..]].concat());
    }
    let inputs = format!("{prefix}buymode.inputs");
    let delete = |more: &[&str]| buymode(&[&["topics", "delete"], more, &at(&prefix)[..]].concat());
    let listed = delete(&[]);
    assert_eq!(listed.code, Some(1), "{listed:?}");
    assert!(listed.stdout.contains(&format!("`--yes {inputs}` deletes them")), "{listed:?}");
    let is_feed = |line: &str| line.contains("companies") && line.ends_with("your producers");
    assert!(listed.stdout.lines().any(is_feed), "{listed:?}");
    assert!(!listed.stdout.contains(&other), "{listed:?}");
    for (wrong, why) in [
        (["--yes", "buymode.inputs"], "the inputs of this log are"),
        (["--keep", "nothing"], "invalid --keep nothing"),
    ] {
        let refused = delete(&wrong);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.stderr.contains(why), "{refused:?}");
    }

    let bootstrap = kafka.bootstrap().to_owned();
    let store = KafkaStore::new(KafkaConfig { bootstrap, ..KafkaConfig::default() }).unwrap();
    let member = SessionSpec {
        group: format!("{prefix}buymode"),
        transactional_id: format!("{prefix}member"),
        topics: vec![inputs.clone()],
    };
    let mut session = store.session(&member).unwrap();
    let began = Instant::now();
    while !session.is_member() {
        assert!(began.elapsed() < Duration::from_secs(60), "the group has no member");
        session.poll(Duration::from_millis(100), 1, &mut |_| ()).unwrap();
    }
    let refused = delete(&["--yes", &inputs]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("has members (1)"), "{refused:?}");
    drop(session);
    // It has left the group.
    let began = Instant::now();
    while store.members(&member.group).unwrap() > 0 {
        assert!(began.elapsed() < Duration::from_secs(60), "the member stays");
        std::thread::sleep(Duration::from_millis(100));
    }

    let kept = format!("{prefix}companies");
    let done = delete(&["--yes", &inputs, "--keep", &kept, "--json"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let said: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_readable("topics delete", &said);
    assert_eq!(said["deleted"], true, "{said}");
    let mut left = store.topic_names().unwrap();
    left.retain(|name| name.starts_with(&prefix));
    assert_eq!(left, [kept]);
    ok(&[&["topics", "describe"], &at(&other)[..]].concat());
    let done = delete(&["--yes", &inputs]);
    assert!(done.code == Some(0) && done.stdout.ends_with("1 topic deleted\n"), "{done:?}");
    let done = delete(&["--yes", &inputs]);
    assert!(done.code == Some(1) && done.stderr.contains("is the prefix right?"), "{done:?}");
}

#[test]
fn should_leave_a_folder_as_it_is_and_say_how_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let at = ["--embedded", log.to_str().unwrap()];
    ok(&[&["topics", "create", "--partitions", "1"], &at[..]].concat());
    ok(&[&["topics", "create", "--partitions", "1", "--prefix", "v2."], &at[..]].concat());
    let delete = [&["topics", "delete", "--yes", "buymode.inputs"], &at[..]].concat();
    let refused = buymode(&delete);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("remove the folder"), "{refused:?}");
    assert!(refused.stderr.contains("such as v2."), "{refused:?}");
    // Names can be copied from a narrow screen.
    let mut describe = command(&[&["topics", "describe"], &at[..]].concat());
    let described = wait(describe.env("COLUMNS", "40").spawn().unwrap());
    assert!(described.stdout.contains("buymode.dead-letters.resolved "), "{described:?}");
}
