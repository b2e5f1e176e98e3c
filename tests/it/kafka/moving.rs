//! A cluster of which one broker is down: any other one is enough, for everything that is started.

use std::time::{Duration, Instant};

use buymode::log::LogError;

use super::{config, place};
use crate::conformance::place::{await_assignment, commit_one, committed, poll_records, to};
use crate::support::{self, Address};

/// Commands wait for so long while leaders and coordinators move.
const LIMIT: Duration = Duration::from_secs(40);

#[test]
fn should_start_everything_with_one_broker_of_three_down_and_dead_entries_in_the_list() {
    let Some(cluster) = support::cluster() else {
        return;
    };
    // The first entries are dead: nothing listens there, nor is there such a name.
    let dead = "127.0.0.1:1,there-is-none.invalid:9092";
    let bootstrap = format!("{dead},{}", cluster.bootstrap());
    let whole = place(&cluster, "moving", config(&bootstrap));
    let input = whole.topic("in", 3);
    whole.commit_values(&input, &["a", "b", "c"]);
    cluster.brokers[0].kill9();
    let began = Instant::now();
    let took = |what: &str| {
        println!("{what} after {:?}", began.elapsed());
        assert!(began.elapsed() < 3 * LIMIT, "{what}");
    };

    // At once, and each with clients of its own: nothing has moved yet.
    assert!(whole.store.topic_names().unwrap().contains(&input));
    took("topics are listed");
    // A client hears of one broker that passes its questions on, at times of the dead one.
    for _ in 0..4 {
        let found = whole.store.describe_topics(std::slice::from_ref(&input)).unwrap();
        assert_eq!(found[0].as_ref().map(|spec| spec.partitions), Some(3));
        took("topics are described");
    }
    let output = whole.topic("out", 3);
    took("a topic is created");
    whole.commit_values(&output, &["d"]);
    took("a writer has written");
    let mut reader = whole.store.reader().unwrap();
    for partition in 0..3 {
        let marks = reader.watermarks(&input, partition).unwrap();
        let (mut next, mut records) = (marks.low, 0);
        while next < marks.stable {
            let budget = Duration::from_secs(1);
            let read = reader.read(&input, partition, next, marks.stable, budget, &mut |_| {
                records += 1;
            });
            next = read.unwrap();
            assert!(began.elapsed() < 3 * LIMIT, "{next} of {marks:?}");
        }
        assert!(records > 0 || partition > 0, "{marks:?}");
    }
    took("everything is read");
    // Its supervisor opens a session again where it has to.
    let spec = whole.session_spec("g", "s", &[&input]);
    let mut session = loop {
        match whole.store.session(&spec) {
            Ok(session) => break session,
            Err(error) => assert!(matches!(error, LogError::Reopen(_)), "{error:?}"),
        }
        took("no session yet");
    };
    let positions = await_assignment(&mut *session, 0);
    assert_eq!(positions.len(), 3);
    session.seek(&positions).unwrap();
    poll_records(&mut *session, 3);
    commit_one(&mut *session, &to(&output, 0, "e"), &input, 3).unwrap();
    assert_eq!(committed(&mut *session, &input, 0), Some(3));
    took("a member has read and committed");
}
