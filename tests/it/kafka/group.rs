//! Two members of one group.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use buymode::log::{LogError, Membership};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::{Offset, TopicPartitionList};

use super::{Member, at, config, place, until};
use crate::conformance::place::{PATIENCE, committed, to};
use crate::support::{self, Address};

#[test]
fn should_share_partitions_and_keep_those_that_do_not_move() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let place = place(kafka, "share", config(&kafka.bootstrap));
    let (topic, other) = (place.topic("in", 4), place.topic("other", 2));
    let topics: [&str; 2] = [&topic, &other];
    let mut first = Member::new(place.session("g", "a", &topics));
    until("the whole assignment", || {
        first.poll().unwrap();
        first.owned.len() == 6
    });
    let all: BTreeSet<_> = first.owned.iter().cloned().collect();

    let mut second = Member::new(place.session("g", "b", &topics));
    until("an even share", || {
        first.poll().unwrap();
        second.poll().unwrap();
        first.owned.len() == 3 && second.owned.len() == 3
    });
    let together: BTreeSet<_> = first.owned.iter().chain(&second.owned).cloned().collect();
    assert_eq!(together, all);

    let moved = second.owned[0].clone();
    first.log.begin().unwrap();
    let refused = first.log.commit(&[at(&moved.topic, moved.partition, 0)]);
    assert!(matches!(refused, Err(LogError::Abort(_))), "{refused:?}");
    first.log.abort().unwrap();

    let kept = first.owned.clone();
    drop(second);
    until("the rest coming back", || {
        if let Membership::Revoked(gone) = first.poll().unwrap() {
            panic!("{gone:?} did not need to move");
        }
        first.owned.len() == 6
    });
    assert_eq!(&first.owned[..3], &kept[..]);
}

#[test]
fn should_deliver_each_partition_to_its_owner_only_after_a_rebalance() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let place = place(kafka, "owner", config(&kafka.bootstrap));
    let topic = place.topic("in", 2);
    let mut first = Member::new(place.session("g", "a", &[&topic]));
    until("both partitions", || {
        first.poll().unwrap();
        first.owned.len() == 2
    });
    let mut writer = place.writer("w");
    let mut second = Member::new(place.session("g", "b", &[&topic]));
    for round in 0..40 {
        writer.begin().unwrap();
        for partition in 0..2 {
            writer.send(&to(&topic, partition, &round.to_string())).unwrap();
        }
        writer.commit(&[]).unwrap();
        // `poll` asserts that what comes is owned.
        first.poll().unwrap();
        second.poll().unwrap();
    }
    until("a share for each", || {
        first.poll().unwrap();
        second.poll().unwrap();
        first.owned.len() == 1 && second.owned.len() == 1
    });
    let mine = second.owned[0].partition;
    until("all of its partition", || {
        second.poll().unwrap();
        second.seen.iter().filter(|(p, _)| *p == mine).count() >= 40
    });
    let offsets: Vec<i64> =
        second.seen.iter().filter(|(p, _)| *p == mine).map(|(_, offset)| *offset).collect();
    assert!(offsets.is_sorted_by(|a, b| a < b), "{offsets:?}");
}

#[test]
fn should_refuse_the_commit_of_a_member_that_was_silent_for_too_long() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let mut impatient = config(&kafka.bootstrap);
    impatient.transaction_timeout_ms = 5_000;
    impatient.session_timeout_ms = 6_000;
    let silence = ("max.poll.interval.ms".to_owned(), "6000".to_owned());
    impatient.extra.insert(silence.0, silence.1);
    let place = place(kafka, "silent", impatient);
    let (topic, output) = (place.topic("in", 1), place.topic("out", 1));
    place.commit_values(&topic, &["a"]);
    let mut zombie = Member::new(place.session("g", "a", &[&topic]));
    until("the record", || {
        zombie.poll().unwrap();
        !zombie.seen.is_empty()
    });
    let mut heir = Member::new(place.session("g", "b", &[&topic]));
    std::thread::sleep(Duration::from_secs(7));
    until("the heir taking over", || {
        heir.poll().unwrap();
        heir.owned.len() == 1
    });
    zombie.log.begin().unwrap();
    zombie.log.send(&to(&output, 0, "zombie")).unwrap();
    let refused = zombie.log.commit(&[at(&topic, 0, 1)]).unwrap_err();
    assert!(matches!(refused, LogError::Abort(_)), "{refused:?}");
    zombie.log.abort().unwrap();
    assert_eq!(committed(&mut *heir.log, &topic, 0), None);
    assert_eq!(place.values(&output, 0), Vec::<String>::new());
    until("the zombie learning of it", || matches!(zombie.poll().unwrap(), Membership::Revoked(_)));
}

#[test]
fn should_wait_for_the_end_of_a_predecessors_transaction_before_telling_the_offset() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let place = place(kafka, "stable", config(&kafka.bootstrap));
    let topic = place.topic("in", 1);
    let mut heir = Member::new(place.session("g", "heir", &[&topic]));
    until("the partition", || {
        heir.poll().unwrap();
        heir.owned.len() == 1
    });
    // The broker takes offsets without a generation from anybody, which stands in for a member
    // that died between sending its offsets and the commit.
    let mut client = kafka.client();
    client.set("group.id", place.name_of("g"));
    client.set("transactional.id", place.name_of("dead"));
    let stranger: BaseConsumer = client.create().unwrap();
    let producer: BaseProducer = client.create().unwrap();
    let mut offsets = TopicPartitionList::new();
    let five = offsets.add_partition_offset(&topic, 0, Offset::Offset(5));
    five.unwrap();
    producer.init_transactions(PATIENCE).unwrap();
    producer.begin_transaction().unwrap();
    let group = stranger.group_metadata().unwrap();
    let sent = producer.send_offsets_to_transaction(&offsets, &group, PATIENCE);
    sent.unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_secs(1));
            producer.commit_transaction(PATIENCE).unwrap();
        });
        let began = Instant::now();
        assert_eq!(committed(&mut *heir.log, &topic, 0), Some(5));
        assert!(began.elapsed() > Duration::from_millis(800), "told too soon");
    });
}
