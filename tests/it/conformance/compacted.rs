//! Promises about restoring from a compacted topic.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use buymode::log::{Cleanup, Log, RestoreProgress};

use super::place::{PATIENCE, Place, Seen, keyed, seen_of, to, values_of};

const BUDGET: Duration = Duration::from_millis(200);

fn compacted(place: &Place) -> String {
    let mut spec = place.spec("accounts", 1);
    spec.cleanup = Cleanup::Compact;
    place.create(spec)
}

fn restore(session: &mut dyn Log, topic: &str, restart: bool) -> (Vec<Seen>, RestoreProgress) {
    let mut seen = Vec::new();
    let mut restart = restart;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let progress = session
            .restore(topic, 0, restart, BUDGET, &mut |record| seen.push(seen_of(&record)))
            .unwrap();
        restart = false;
        assert!(progress.start <= progress.position, "{progress:?}");
        if progress.done {
            return (seen, progress);
        }
        assert!(Instant::now() < deadline, "the restore is stuck at {progress:?}");
    }
}

fn latest(seen: &[Seen]) -> BTreeMap<&str, &str> {
    let mut latest = BTreeMap::new();
    for record in seen {
        let key = record.key.as_deref().unwrap();
        match record.value.as_deref() {
            Some(value) => latest.insert(key, value),
            None => latest.remove(key),
        };
    }
    latest
}

pub(super) fn restore_ends_with_the_latest_value_of_each_key(place: &Place) {
    let input = place.topic("in", 1);
    let topic = compacted(place);
    let mut writer = place.writer("w");
    for version in ["1", "2", "3"] {
        writer.begin().unwrap();
        for key in ["a", "b", "c"] {
            writer.send(&keyed(&topic, key, Some(version))).unwrap();
        }
        writer.commit(&[]).unwrap();
    }
    writer.begin().unwrap();
    writer.send(&keyed(&topic, "b", Some("4"))).unwrap();
    writer.send(&keyed(&topic, "b", Some("5"))).unwrap();
    writer.send(&keyed(&topic, "c", None)).unwrap();
    writer.commit(&[]).unwrap();
    let mut session = place.worker("g", "s", &[&input], 0);
    let (seen, progress) = restore(&mut *session, &topic, false);
    assert_eq!(latest(&seen), BTreeMap::from([("a", "3"), ("b", "5")]));
    assert!(progress.position >= progress.end && seen.is_sorted_by_key(|r| r.offset));
}

pub(super) fn restore_of_an_empty_partition_is_done_at_once(place: &Place) {
    let input = place.topic("in", 1);
    let topic = compacted(place);
    let mut session = place.worker("g", "s", &[&input], 0);
    let (seen, progress) = restore(&mut *session, &topic, false);
    assert_eq!((seen, progress.end), (vec![], 0));
}

/// A transaction that is open when the restore begins may have been our stalled predecessor's. If
/// its records are in the log by then, the restore waits for its end and brings them.
pub(super) fn restore_includes_what_was_in_flight_when_it_began(place: &Place) {
    let input = place.topic("in", 1);
    let topic = compacted(place);
    let mut session = place.worker("g", "s", &[&input], 0);
    let mut writer = place.writer("w");
    writer.begin().unwrap();
    writer.send(&keyed(&topic, "a", Some("in flight"))).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    let is_in_the_log = session.watermarks(&topic, 0).unwrap().high > 0;
    let (seen, progress) = std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(Duration::from_millis(500));
            writer.commit(&[]).unwrap();
        });
        restore(&mut *session, &topic, false)
    });
    assert_eq!(progress.end > 0, is_in_the_log);
    if is_in_the_log {
        assert_eq!(values_of(&seen), ["in flight"]);
    }
    let (seen, _) = restore(&mut *session, &topic, true);
    assert_eq!(values_of(&seen), ["in flight"]);
}

pub(super) fn restore_can_begin_anew(place: &Place) {
    let input = place.topic("in", 1);
    let topic = compacted(place);
    let mut writer = place.writer("w");
    let mut session = place.worker("g", "s", &[&input], 0);
    for (key, found) in [("a", "a"), ("b", "a b")] {
        writer.begin().unwrap();
        writer.send(&keyed(&topic, key, Some(key))).unwrap();
        writer.commit(&[]).unwrap();
        let (seen, _) = restore(&mut *session, &topic, true);
        assert_eq!(values_of(&seen).join(" "), found);
    }
    // Restoring does not disturb polling.
    place.commit_values(&input, &["input"]);
    let seen = super::place::poll_records(&mut *session, 1);
    assert_eq!(values_of(&seen), ["input"]);
    super::place::commit_one(&mut *session, &to(&input, 0, "x"), &input, 1).unwrap();
}
