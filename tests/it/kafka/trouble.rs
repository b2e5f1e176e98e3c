//! Brokers that die, topics that go, positions that are no more.

use std::time::{Duration, Instant};

use buymode::log::{LogError, Membership};
use rdkafka::admin::AdminOptions;

use super::{Member, POLL, at, config, place, until};
use crate::conformance::place::{
    await_assignment, commit_one, committed, poll_records, to, values_of,
};
use crate::support::{self, Address};

#[test]
fn should_abort_with_the_topics_name_when_an_output_is_deleted_and_go_on_when_it_is_back() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let place = place(kafka, "deleted", config(&kafka.bootstrap));
    let (input, output) = (place.topic("in", 1), place.topic("out", 1));
    place.commit_values(&input, &["a"]);
    let mut session = place.worker("g", "s", &[&input], 0);
    poll_records(&mut *session, 1);
    commit_one(&mut *session, &to(&output, 0, "before"), &input, 1).unwrap();
    let admin = kafka.admin();
    let deleted = admin.delete_topics(&[&output], &AdminOptions::new());
    let _ = support::block_on(deleted).unwrap();

    let began = Instant::now();
    let error = commit_one(&mut *session, &to(&output, 0, "lost"), &input, 1).unwrap_err();
    let told =
        matches!(&error, LogError::Abort(m) if m.contains(&output) && m.contains("does not exist"));
    assert!(told, "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    // The broker never heard of this transaction, and takes its end for a mistake of the client's.
    if let Err(error) = session.abort() {
        assert!(matches!(error, LogError::Reopen(_)), "{error:?}");
    }
    drop(session);

    place.topic("out", 1);
    let mut session = place.worker("g", "s", &[&input], 0);
    assert_eq!(values_of(&poll_records(&mut *session, 1)), ["a"]);
    commit_one(&mut *session, &to(&output, 0, "after"), &input, 1).unwrap();
    assert_eq!(place.values(&output, 0), ["after"]);
}

#[test]
fn should_stop_at_a_position_that_the_log_no_longer_holds() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let place = place(kafka, "trimmed", config(&kafka.bootstrap));
    let topic = place.topic("in", 2);
    place.commit_values(&topic, &["a", "b", "c"]);
    let mut trimmed = rdkafka::TopicPartitionList::new();
    let end = trimmed.add_partition_offset(&topic, 0, rdkafka::Offset::Offset(2));
    end.unwrap();
    let admin = kafka.admin();
    let deleted = admin.delete_records(&trimmed, &AdminOptions::new());
    support::block_on(deleted).unwrap();
    let mut session = place.worker("g", "s", &[&topic], 0);
    let deadline = Instant::now() + Duration::from_secs(20);
    let error = loop {
        match session.poll(POLL, 10, &mut |record| panic!("{record:?}")) {
            Ok(_) => assert!(Instant::now() < deadline, "nothing was said"),
            Err(error) => break error,
        }
    };
    let names = [format!("{topic}[0]"), "offset 0".into(), "2 to 4".into()];
    assert!(
        matches!(&error, LogError::Fatal(m) if names.iter().all(|n| m.contains(n.as_str()))),
        "{error:?}"
    );
}

#[test]
fn should_end_a_restore_whose_last_records_were_aborted() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let place = place(kafka, "tail", config(&kafka.bootstrap));
    let (input, accounts) = (place.topic("in", 1), place.topic("accounts", 1));
    place.commit_values(&accounts, &["kept"]);
    let mut writer = place.writer("w");
    for _ in 0..3 {
        writer.begin().unwrap();
        for _ in 0..100 {
            writer.send(&to(&accounts, 0, "aborted")).unwrap();
        }
        // On its way to the log before it is aborted.
        std::thread::sleep(Duration::from_millis(50));
        writer.abort().unwrap();
    }
    let mut session = place.worker("g", "s", &[&input], 0);
    let mut values = Vec::new();
    let mut restore = |restart| {
        let budget = Duration::from_millis(200);
        session.restore(&accounts, 0, restart, budget, &mut |record| {
            values.push(record.value.map(<[u8]>::to_vec));
        })
    };
    let mut progress = restore(true).unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !progress.done {
        assert!(Instant::now() < deadline, "{progress:?}");
        progress = restore(false).unwrap();
    }
    assert!(progress.position >= progress.end && progress.end > 100);
    assert_eq!(values, [Some(b"kept".to_vec())]);
}

#[test]
fn should_reopen_after_the_broker_died_in_a_transaction_and_lose_nothing() {
    let Some(mut kafka) = support::own_broker() else {
        return;
    };
    let place = place(&kafka, "died", config(kafka.bootstrap()));
    let (input, output) = (place.topic("in", 1), place.topic("out", 1));
    place.commit_values(&input, &["a", "b"]);
    let mut session = place.worker("g", "s", &[&input], 0);
    poll_records(&mut *session, 2);
    commit_one(&mut *session, &to(&output, 0, "of a"), &input, 1).unwrap();
    // Seen to be stable: Kafka 4.3.0, killed within milliseconds of a commit, may never again tell
    // the group's offset, and that is not what is tried here.
    assert_eq!(committed(&mut *session, &input, 0), Some(1));
    session.begin().unwrap();
    session.send(&to(&output, 0, "of b")).unwrap();
    kafka.kill9();
    let began = Instant::now();
    let error = session.commit(&[at(&input, 0, 2)]).unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(25), "commit {:?}", began.elapsed());
    assert!(matches!(error, LogError::Abort(_) | LogError::Reopen(_)), "{error:?}");
    assert_eq!(session.poll(POLL, 10, &mut |r| panic!("{r:?}")).unwrap(), Membership::Steady);
    let began = Instant::now();
    drop(session);
    assert!(began.elapsed() < Duration::from_secs(5), "drop {:?}", began.elapsed());

    kafka.start();
    let mut session = place.session("g", "s", &[&input]);
    let mut positions = await_assignment(&mut *session, 0);
    let next = committed(&mut *session, &input, 0).unwrap();
    assert_eq!(next, 1);
    positions[0].next_offset = next;
    session.seek(&positions).unwrap();
    let mut member = Member::new(session);
    member.owned = vec![buymode::log::TopicPartition { topic: input.clone(), partition: 0 }];
    until("the uncommitted record again", || {
        member.poll().unwrap();
        member.seen == [(0, 1)]
    });
    commit_one(&mut *member.log, &to(&output, 0, "of b"), &input, 2).unwrap();
    assert_eq!(place.values(&output, 0), ["of a", "of b"]);
}
