//! Promises about topics, partitions, times and ranges.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use buymode::log::{Cleanup, Compression, LogError, Output, RecordRef, Stamp, TopicSpec};

use super::place::{PATIENCE, Place, keyed, seen_of, to, values_of};

fn specs(place: &Place) -> [TopicSpec; 3] {
    let live = place.spec("live", 6);
    let history = TopicSpec {
        stamp: Stamp::CreateTime,
        compression: Some(Compression::Gzip),
        retention_ms: Some(86_400_000),
        max_message_bytes: 2_000_000,
        ..place.spec("history", 1)
    };
    let state = TopicSpec { cleanup: Cleanup::Compact, ..place.spec("state", 3) };
    [live, history, state]
}

pub(super) fn topics_come_back_as_they_were_created(place: &Place) {
    let specs = specs(place);
    let names: Vec<_> = specs.iter().map(|spec| spec.name.clone()).collect();
    assert_eq!(place.store.describe_topics(&names).unwrap(), [None, None, None]);
    assert_eq!(place.store.create_topics(&specs).unwrap(), names);
    assert_eq!(found(place, &specs), specs.map(Some));
    let all = place.store.topic_names().unwrap();
    assert!(all.is_sorted() && names.iter().all(|name| all.contains(name)), "{all:?}");
}

/// The topics as they are. A folder compresses nothing, and how often a topic lies is the broker's choice.
fn found(place: &Place, wanted: &[TopicSpec]) -> Vec<Option<TopicSpec>> {
    let names: Vec<_> = wanted.iter().map(|spec| spec.name.clone()).collect();
    let mut found = place.store.describe_topics(&names).unwrap();
    for (found, wanted) in found.iter_mut().flatten().zip(wanted) {
        assert!(found.compression.is_none() || found.compression == wanted.compression);
        found.compression = wanted.compression;
        assert!(found.replication.factor.is_none_or(|copies| copies > 0));
        found.replication = wanted.replication;
    }
    found
}

pub(super) fn creating_again_changes_nothing(place: &Place) {
    let [live, history, _] = specs(place);
    place.store.create_topics(std::slice::from_ref(&live)).unwrap();
    place.commit_values(&live.name, &["kept"]);
    let other = TopicSpec { partitions: 9, ..live.clone() };
    let created = place.store.create_topics(&[other, history.clone()]).unwrap();
    assert_eq!(created, [history.name]);
    assert_eq!(found(place, std::slice::from_ref(&live)), [Some(live.clone())]);
    assert_eq!(place.values(&live.name, 0), ["kept"]);
}

pub(super) fn an_unknown_topic_is_named(place: &Place) {
    let topic = &place.name_of("nowhere");
    let is_named = |error: LogError| {
        assert!(matches!(&error, LogError::Fatal(m) if m.contains(topic.as_str())), "{error:?}");
    };
    let opened = place.store.session(&place.session_spec("g", "s", &[topic]));
    is_named(opened.err().expect("a session on a topic that is not there"));
    let mut reader = place.store.reader().unwrap();
    is_named(reader.watermarks(topic, 0).unwrap_err());
    let read = reader.read(topic, 0, 0, 10, Duration::from_millis(10), &mut |r| panic!("{r:?}"));
    is_named(read.unwrap_err());
    let mut writer = place.writer("w");
    writer.begin().unwrap();
    // A topic may just have been deleted, or not be known everywhere yet: aborting and trying
    // again is as good an answer as stopping, opening the session again is not.
    let sent = writer.send(&to(topic, 0, "lost"));
    let error = sent.and_then(|()| writer.commit(&[])).unwrap_err();
    assert!(!matches!(error, LogError::Reopen(_)), "{error:?}");
    assert!(error.message().contains(topic.as_str()), "{error:?}");
}

pub(super) fn a_key_goes_to_the_partition_that_java_would_choose(place: &Place) {
    let topic = place.topic("t", 7);
    // Hashes from Apache Kafka's own test of `Utils.murmur2`.
    let hashes = [
        ("21", -973_932_308),
        ("foobar", -790_332_482),
        ("a-little-bit-long-string", -985_981_536),
        ("a-little-bit-longer-string", -1_486_304_829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
        ("abc", 479_470_107_i32),
    ];
    let mut writer = place.writer("w");
    writer.begin().unwrap();
    for (key, _) in hashes {
        writer.send(&keyed(&topic, key, Some("v"))).unwrap();
    }
    writer.commit(&[]).unwrap();
    for (key, hash) in hashes {
        let partition = (hash & 0x7fff_ffff) % 7;
        let found = place.read(&topic, partition);
        assert!(found.iter().any(|record| record.key.as_deref() == Some(key)), "{key}");
    }
}

pub(super) fn a_live_topic_has_the_logs_clock_and_it_never_goes_back(place: &Place) {
    let topic = place.topic("t", 1);
    let mut writer = place.writer("w");
    for _ in 0..5 {
        writer.begin().unwrap();
        for _ in 0..3 {
            let output = Output { timestamp_ms: Some(1_000), ..to(&topic, 0, "v") };
            writer.send(&output).unwrap();
        }
        writer.commit(&[]).unwrap();
    }
    let seen = place.read(&topic, 0);
    assert_eq!(seen.len(), 15);
    assert!(seen.is_sorted_by_key(|record| record.timestamp_ms));
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
    assert!(seen.iter().all(|r| (now_ms - 60_000..=now_ms + 1_000).contains(&r.timestamp_ms)));
}

pub(super) fn a_history_topic_keeps_the_writers_time(place: &Place) {
    let spec = TopicSpec { stamp: Stamp::CreateTime, ..place.spec("t", 1) };
    let topic = place.create(spec);
    let times = [1_385_856_000_000, 1, 1_262_304_000_000, 0];
    let mut writer = place.writer("w");
    writer.begin().unwrap();
    for time in times {
        let output = Output { timestamp_ms: Some(time), ..to(&topic, 0, "v") };
        writer.send(&output).unwrap();
    }
    writer.commit(&[]).unwrap();
    let seen: Vec<_> = place.read(&topic, 0).iter().map(|r| r.timestamp_ms).collect();
    assert_eq!(seen, [1_385_856_000_000, 1, 1_262_304_000_000, 1], "the floor is 1");
}

pub(super) fn a_reader_reads_exactly_the_range(place: &Place) {
    let topic = place.topic("t", 1);
    place.commit_values(&topic, &["a", "b", "c", "d", "e"]);
    let all = place.read(&topic, 0);
    let (from, to) = (all[1].offset, all[3].offset);
    let mut reader = place.store.reader().unwrap();
    let mut seen = Vec::new();
    let mut next = from;
    while next < to {
        next = reader
            .read(&topic, 0, next, to, Duration::from_secs(1), &mut |r| seen.push(seen_of(&r)))
            .unwrap();
    }
    assert_eq!(values_of(&seen), ["b", "c"]);
}

pub(super) fn watermarks_frame_the_records(place: &Place) {
    let topic = place.topic("t", 2);
    let mut reader = place.store.reader().unwrap();
    let empty = reader.watermarks(&topic, 0).unwrap();
    assert_eq!((empty.low, empty.stable, empty.high), (0, 0, 0));
    place.commit_values(&topic, &["a", "b"]);
    let seen = place.read(&topic, 0);
    let marks = reader.watermarks(&topic, 0).unwrap();
    assert!(marks.low <= seen[0].offset && seen[1].offset < marks.stable, "{marks:?}");
    assert_eq!(marks.stable, marks.high, "nothing is open");
    assert_eq!(reader.watermarks(&topic, 1).unwrap().high, 0);
}

/// A follower reads beyond the end: it is given what comes, and waits meanwhile.
pub(super) fn a_reader_follows_what_comes(place: &Place) {
    const BUDGET: Duration = Duration::from_millis(200);
    let topic = place.topic("t", 1);
    let mut reader = place.store.reader().unwrap();
    let mut next = 0;
    for value in ["a", "b"] {
        let began = Instant::now();
        let mut visit = |r: RecordRef<'_>| panic!("{r:?} came from nowhere");
        next = reader.read(&topic, 0, next, i64::MAX, BUDGET, &mut visit).unwrap();
        assert!(began.elapsed() >= BUDGET / 2, "a follower should wait, not spin");
        place.commit_values(&topic, &[value]);
        let mut seen = Vec::new();
        while seen.is_empty() {
            assert!(began.elapsed() < PATIENCE, "{value} did not come");
            let mut visit = |r: RecordRef<'_>| seen.push(seen_of(&r));
            next = reader.read(&topic, 0, next, i64::MAX, BUDGET, &mut visit).unwrap();
        }
        assert_eq!(values_of(&seen), [value]);
    }
}

pub(super) fn a_partition_that_is_not_there_is_named(place: &Place) {
    let topic = place.topic("t", 2);
    let mut reader = place.store.reader().unwrap();
    let error = reader.watermarks(&topic, 7).unwrap_err();
    assert!(matches!(&error, LogError::Fatal(_)), "{error:?}");
    assert!(error.message().contains(&topic), "{error:?}");
    let mut writer = place.writer("w");
    writer.begin().unwrap();
    let sent = writer.send(&to(&topic, 7, "lost"));
    let error = sent.and_then(|()| writer.commit(&[])).unwrap_err();
    assert!(!matches!(&error, LogError::Reopen(_)), "{error:?}");
    assert!(error.message().contains(&topic), "{error:?}");
}
