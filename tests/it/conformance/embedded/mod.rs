//! Promises that only the embedded log makes: about its one member per group, its compaction and
//! its retention; below, about its folder and what other processes do to it.

mod folder;
mod other_process;
#[cfg(unix)]
mod trouble;

use std::time::Duration;

use buymode::log::{Cleanup, LogError, Output, Position, Stamp, TopicSpec};

use super::embedded_place;
use super::place::{commit_one, keyed, poll_records, to};

#[test]
fn a_second_member_takes_the_group_over() {
    let place = embedded_place("takeover");
    let topic = place.topic("in", 1);
    place.commit_values(&topic, &["a"]);
    let mut old = place.worker("g", "one", &[&topic], 0);
    poll_records(&mut *old, 1);
    let mut new = place.worker("g", "two", &[&topic], 0);
    let polled = old.poll(Duration::from_secs(20), 10, &mut |r| panic!("{r:?}"));
    assert!(matches!(polled, Err(LogError::Fenced(_))), "{polled:?}");
    let committed = commit_one(&mut *old, &to(&topic, 0, "old"), &topic, 1);
    assert!(matches!(committed, Err(LogError::Fenced(_))), "{committed:?}");
    assert_eq!(poll_records(&mut *new, 1)[0].value.as_deref(), Some("a"));
    commit_one(&mut *new, &to(&topic, 0, "new"), &topic, 1).unwrap();
    assert_eq!(place.values(&topic, 0), ["a", "new"]);
}

#[test]
fn a_compacted_topic_holds_one_record_a_key() {
    let place = embedded_place("compact");
    let topic = place.create(TopicSpec { cleanup: Cleanup::Compact, ..place.spec("t", 1) });
    let long = "k".repeat(3_000);
    let mut writer = place.writer("w");
    for version in ["1", "2", "3"] {
        writer.begin().unwrap();
        for key in ["a", "b", &long] {
            writer.send(&keyed(&topic, key, Some("superseded at once"))).unwrap();
            writer.send(&keyed(&topic, key, Some(version))).unwrap();
        }
        writer.commit(&[]).unwrap();
    }
    let seen = place.read(&topic, 0);
    let found: Vec<_> = seen.iter().map(|r| (r.key.as_deref().unwrap(), r.offset)).collect();
    assert_eq!(found, [("a", 13), ("b", 15), (&*long, 17)]);
    writer.begin().unwrap();
    let keyless = writer.send(&to(&topic, 0, "v")).unwrap_err();
    assert!(keyless.message().contains(&topic), "{keyless:?}");
}

#[test]
fn retention_trims_and_nobody_jumps_over_what_is_gone() {
    let place = embedded_place("retention");
    let spec = TopicSpec { stamp: Stamp::CreateTime, ..place.spec("t", 1) };
    let topic = place.create(TopicSpec { retention_ms: Some(3_600_000), ..spec });
    let mut session = place.worker("g", "s", &[&topic], 0);
    let mut writer = place.writer("w");
    let mut write = |timestamp_ms: Option<i64>| {
        writer.begin().unwrap();
        writer.send(&Output { timestamp_ms, ..to(&topic, 0, "v") }).unwrap();
        writer.commit(&[]).unwrap();
    };
    write(Some(1_000));
    write(Some(2_000));
    write(None);
    // A trim is due once a second.
    std::thread::sleep(Duration::from_millis(1_100));
    write(None);
    let marks = session.watermarks(&topic, 0).unwrap();
    assert_eq!((marks.low, marks.high), (2, 4));
    let mut reader = place.store.reader().unwrap();
    let read = reader.read(&topic, 0, 1, 4, Duration::ZERO, &mut |r| panic!("{r:?}"));
    assert!(matches!(read, Err(LogError::Fatal(_))), "{read:?}");
    let polled = session.poll(Duration::ZERO, 10, &mut |r| panic!("{r:?}"));
    let Err(LogError::Fatal(message)) = polled else { panic!("{polled:?}") };
    assert!(message.contains("position 0") && message.contains("2 up to 4"), "{message}");
    session.seek(&[Position { topic: topic.clone(), partition: 0, next_offset: 2 }]).unwrap();
    assert_eq!(poll_records(&mut *session, 2)[0].offset, 2);
}

#[test]
fn records_without_a_key_spread_evenly() {
    let place = embedded_place("keyless");
    let topic = place.topic("t", 4);
    let mut writer = place.writer("w");
    writer.begin().unwrap();
    for _ in 0..40 {
        writer.send(&Output { partition: None, ..to(&topic, 0, "v") }).unwrap();
    }
    writer.commit(&[]).unwrap();
    for partition in 0..4 {
        assert_eq!(place.read(&topic, partition).len(), 10);
    }
}
