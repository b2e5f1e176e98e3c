//! Promises about transactions.

use buymode::log::trace::Trace;
use buymode::log::{LogError, Output};

use super::place::{Place, to};

pub(super) fn records_of_a_partition_come_in_the_order_of_sending(place: &Place) {
    let topic = place.topic("t", 3);
    let mut writer = place.writer("w");
    let mut sent = vec![Vec::new(); 3];
    for transaction in 0..5 {
        writer.begin().unwrap();
        for number in 0..200 {
            let value = format!("{transaction}.{number}");
            let partition = number % 3;
            writer.send(&to(&topic, partition, &value)).unwrap();
            sent[partition as usize].push(value);
        }
        writer.commit(&[]).unwrap();
    }
    for partition in 0..3 {
        let seen = place.read(&topic, partition);
        assert!(seen.is_sorted_by_key(|record| record.offset));
        assert_eq!(super::place::values_of(&seen), sent[partition as usize]);
    }
}

pub(super) fn nothing_is_visible_before_the_commit(place: &Place) {
    let topic = place.topic("t", 2);
    let mut writer = place.writer("w");
    writer.begin().unwrap();
    writer.send(&to(&topic, 0, "a")).unwrap();
    writer.send(&to(&topic, 1, "b")).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(100));
    assert_eq!(place.read_now(&topic, 0), []);
    assert_eq!(place.read_now(&topic, 1), []);
    writer.commit(&[]).unwrap();
    assert_eq!(place.values(&topic, 0), ["a"]);
    assert_eq!(place.values(&topic, 1), ["b"]);
}

pub(super) fn aborted_records_are_never_visible(place: &Place) {
    let topic = place.topic("t", 1);
    let mut writer = place.writer("w");
    writer.begin().unwrap();
    writer.send(&to(&topic, 0, "aborted")).unwrap();
    writer.abort().unwrap();
    assert_eq!(place.values(&topic, 0), Vec::<String>::new());
    place.commit_values(&topic, &["kept"]);
    assert_eq!(place.values(&topic, 0), ["kept"]);
}

pub(super) fn a_writer_can_go_on_after_an_abort(place: &Place) {
    let topic = place.topic("t", 1);
    let mut writer = place.writer("w");
    writer.abort().expect("nothing to abort is fine");
    for (value, keep) in [("a", true), ("b", false), ("c", true)] {
        writer.begin().unwrap();
        writer.send(&to(&topic, 0, value)).unwrap();
        if keep { writer.commit(&[]).unwrap() } else { writer.abort().unwrap() }
    }
    assert_eq!(place.values(&topic, 0), ["a", "c"]);
}

pub(super) fn a_fenced_writer_cannot_commit(place: &Place) {
    let topic = place.topic("t", 1);
    let mut old = place.writer("w");
    old.begin().unwrap();
    old.send(&to(&topic, 0, "old")).unwrap();
    let mut new = place.writer("w");
    let error = old.commit(&[]).unwrap_err();
    assert!(matches!(error, LogError::Fenced(_)), "{error:?}");
    drop(old);
    new.begin().unwrap();
    new.send(&to(&topic, 0, "new")).unwrap();
    new.commit(&[]).unwrap();
    assert_eq!(place.values(&topic, 0), ["new"]);
}

pub(super) fn a_record_comes_back_as_it_was_sent(place: &Place) {
    let topic = place.topic("t", 1);
    let large = "x".repeat(900_000);
    let trace = Trace::root(&[b"a trace"]);
    let records: [(Option<&str>, Option<&str>); 6] = [
        (None, Some("no key")),
        (Some("key"), None),
        (Some(""), Some("empty key")),
        (Some("empty value"), Some("")),
        (Some("large"), Some(&large)),
        (Some(&large[..2_000]), Some("long key")),
    ];
    let mut writer = place.writer("w");
    writer.begin().unwrap();
    for (key, value) in records {
        let output = Output {
            topic: &topic,
            partition: Some(0),
            key: key.map(str::as_bytes),
            value: value.map(str::as_bytes),
            headers: &[("other", "header")],
            trace: Some(trace),
            ..Output::default()
        };
        writer.send(&output).unwrap();
    }
    writer.commit(&[]).unwrap();
    let seen = place.read(&topic, 0);
    assert!(seen.iter().all(|record| record.trace == Some(trace)), "{:?}", seen[0].trace);
    let seen: Vec<_> = seen.iter().map(|r| (r.key.as_deref(), r.value.as_deref())).collect();
    assert_eq!(seen, records);
}

pub(super) fn a_record_too_large_for_its_topic_is_refused_by_name(place: &Place) {
    let mut spec = place.spec("t", 1);
    spec.max_message_bytes = 10_000;
    let topic = place.create(spec);
    let mut writer = place.writer("w");
    writer.begin().unwrap();
    // Digits that compression cannot bring below the limit: brokers weigh what arrives.
    let mut number = 1_u64;
    let large: String = std::iter::repeat_with(|| {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        format!("{:016x}", number ^ (number >> 33))
    })
    .take(2_500)
    .collect();
    let sent = writer.send(&to(&topic, 0, &large));
    let error = sent.and_then(|()| writer.commit(&[])).unwrap_err();
    assert!(error.message().contains(&topic), "{error:?}");
    writer.abort().unwrap();
    assert_eq!(place.values(&topic, 0), Vec::<String>::new());
}
