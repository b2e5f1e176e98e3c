//! Promises about a group's member: what it is given to read, and where it goes on.

use std::time::{Duration, Instant};

use buymode::log::{LogError, Membership, Position, TopicPartition};

use super::place::{Place, await_assignment, commit_one, committed, poll_records, to, values_of};

pub(super) fn nothing_comes_before_a_seek(place: &Place) {
    let topic = place.topic("in", 2);
    place.commit_values(&topic, &["a", "b"]);
    let mut session = place.session("g", "s", &[&topic]);
    let positions = await_assignment(&mut *session, 0);
    let mut partitions: Vec<_> = positions.iter().map(|p| (&*p.topic, p.partition)).collect();
    partitions.sort_unstable();
    assert_eq!(partitions, [(&*topic, 0), (&*topic, 1)]);
    for _ in 0..5 {
        let polled = session.poll(Duration::from_millis(50), 10, &mut |r| panic!("{r:?}"));
        assert_eq!(polled.unwrap(), Membership::Steady);
    }
    session.seek(&positions).unwrap();
    assert_eq!(values_of(&poll_records(&mut *session, 2)), ["a", "b"]);
}

pub(super) fn positions_and_outputs_commit_together(place: &Place) {
    let (input, output) = (place.topic("in", 1), place.topic("out", 1));
    place.commit_values(&input, &["a", "b", "c"]);
    let mut session = place.worker("g", "s", &[&input], 0);
    assert_eq!(committed(&mut *session, &input, 0), None);
    let seen = poll_records(&mut *session, 2);
    let next = seen[1].offset + 1;
    commit_one(&mut *session, &to(&output, 0, "of a and b"), &input, next).unwrap();
    assert_eq!(committed(&mut *session, &input, 0), Some(next));
    assert_eq!(place.values(&output, 0), ["of a and b"]);
    // A client that is no member sees it too.
    assert_eq!(positions(place, "g", &[&input, &output]), [Some(next), None]);
    assert_eq!(positions(place, "unknown", &[&input]), [None]);
}

fn positions(place: &Place, group: &str, topics: &[&str]) -> Vec<Option<i64>> {
    let group = place.session_spec(group, "s", &[]).group;
    let partitions: Vec<_> = topics
        .iter()
        .map(|topic| TopicPartition { topic: (*topic).to_owned(), partition: 0 })
        .collect();
    let began = Instant::now();
    loop {
        match place.store.positions(&group, &partitions) {
            Err(LogError::NotYet(why)) => {
                assert!(began.elapsed() < Duration::from_secs(30), "{why}");
            }
            found => return found.unwrap(),
        }
    }
}

pub(super) fn positions_and_outputs_are_aborted_together(place: &Place) {
    let (input, output) = (place.topic("in", 1), place.topic("out", 1));
    place.commit_values(&input, &["a", "b"]);
    let mut session = place.worker("g", "s", &[&input], 0);
    let first = poll_records(&mut *session, 1)[0].offset + 1;
    commit_one(&mut *session, &to(&output, 0, "of a"), &input, first).unwrap();
    poll_records(&mut *session, 1);
    session.begin().unwrap();
    session.send(&to(&output, 0, "of b")).unwrap();
    session.abort().unwrap();
    assert_eq!(committed(&mut *session, &input, 0), Some(first));
    assert_eq!(place.values(&output, 0), ["of a"]);
}

pub(super) fn abort_and_seek_replay_the_same_records(place: &Place) {
    let topic = place.topic("in", 1);
    place.commit_values(&topic, &["a", "b", "c", "d"]);
    let mut session = place.worker("g", "s", &[&topic], 0);
    let first = poll_records(&mut *session, 1)[0].offset + 1;
    let before = poll_records(&mut *session, 3);
    session.begin().unwrap();
    session.abort().unwrap();
    let back = Position { topic: topic.clone(), partition: 0, next_offset: first };
    session.seek(&[back]).unwrap();
    assert_eq!(poll_records(&mut *session, 3), before);
}

pub(super) fn a_fenced_session_cannot_commit(place: &Place) {
    let (input, output) = (place.topic("in", 1), place.topic("out", 1));
    place.commit_values(&input, &["a"]);
    let mut old = place.worker("g", "s", &[&input], 0);
    let next = poll_records(&mut *old, 1)[0].offset + 1;
    old.begin().unwrap();
    old.send(&to(&output, 0, "old")).unwrap();
    let new = place.session("g", "s", &[&input]);
    let position = Position { topic: input.clone(), partition: 0, next_offset: next };
    let error = old.commit(&[position]).unwrap_err();
    assert!(matches!(error, LogError::Fenced(_)), "{error:?}");
    drop((old, new));
    assert_eq!(place.values(&output, 0), Vec::<String>::new());
    let mut next_session = place.worker("g", "s", &[&input], 0);
    assert_eq!(committed(&mut *next_session, &input, 0), None);
}

pub(super) fn a_reopened_session_goes_on_at_the_last_commit(place: &Place) {
    let (input, output) = (place.topic("in", 1), place.topic("out", 1));
    place.commit_values(&input, &["a", "b", "c"]);
    let mut session = place.worker("g", "s", &[&input], 0);
    let next = poll_records(&mut *session, 1)[0].offset + 1;
    commit_one(&mut *session, &to(&output, 0, "of a"), &input, next).unwrap();
    // Read and even sent, but not committed: the drop aborts it.
    poll_records(&mut *session, 1);
    session.begin().unwrap();
    session.send(&to(&output, 0, "of b, too early")).unwrap();
    drop(session);

    let mut session = place.session("g", "s", &[&input]);
    let mut positions = await_assignment(&mut *session, 0);
    positions[0].next_offset = committed(&mut *session, &input, 0).expect("was committed");
    session.seek(&positions).unwrap();
    let seen = poll_records(&mut *session, 2);
    assert_eq!(values_of(&seen), ["b", "c"]);
    commit_one(&mut *session, &to(&output, 0, "of b"), &input, seen[0].offset + 1).unwrap();
    assert_eq!(place.values(&output, 0), ["of a", "of b"]);
}

pub(super) fn a_poll_takes_no_more_than_it_was_asked_for(place: &Place) {
    let topic = place.topic("in", 2);
    let values: Vec<_> = (0..50).map(|n| n.to_string()).collect();
    let mut writer = place.writer("w");
    writer.begin().unwrap();
    for (number, value) in values.iter().enumerate() {
        writer.send(&to(&topic, number as i32 % 2, value)).unwrap();
    }
    writer.commit(&[]).unwrap();
    let mut session = place.worker("g", "s", &[&topic], 0);
    let mut seen = Vec::new();
    let deadline = Instant::now() + super::place::PATIENCE;
    while seen.len() < 50 && Instant::now() < deadline {
        let mut count = 0;
        session
            .poll(Duration::from_millis(100), 7, &mut |record| {
                count += 1;
                seen.push(super::place::seen_of(&record));
            })
            .unwrap();
        assert!(count <= 7, "{count} records at once");
    }
    for partition in 0..2 {
        let got: Vec<_> = seen.iter().filter(|r| r.partition == partition).cloned().collect();
        assert_eq!(got, place.read(&topic, partition));
    }
}

pub(super) fn a_poll_returns_when_a_record_comes(place: &Place) {
    let topic = place.topic("in", 1);
    let mut session = place.worker("g", "s", &[&topic], 0);
    poll_nothing(&mut *session);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(300));
            place.commit_values(&topic, &["a"]);
        });
        let began = Instant::now();
        let mut values = Vec::new();
        while values.is_empty() && began.elapsed() < super::place::PATIENCE {
            let wait = Duration::from_secs(20);
            session.poll(wait, 10, &mut |r| values.push(super::place::seen_of(&r))).unwrap();
        }
        assert_eq!(values_of(&values), ["a"]);
        assert!(began.elapsed() < Duration::from_secs(10), "waited {:?}", began.elapsed());
    });
}

fn poll_nothing(session: &mut dyn buymode::log::Log) {
    let began = Instant::now();
    let wait = Duration::from_millis(50);
    let polled = session.poll(wait, 10, &mut |r| panic!("{r:?} came from nowhere"));
    assert_eq!(polled.unwrap(), Membership::Steady);
    assert!(began.elapsed() >= wait, "an idle poll should wait, not spin");
}
