//! Where a first start begins.

use buymode::codec::Codec;
use buymode::deliver::forward::forwarder;
use buymode::domain::terms::time::Timestamp;
use buymode::engine::topics::Topics;
use buymode::log::{RecordRef, TopicPartition, Watermarks};
use buymode::runtime::role::Role;

/// How many of three decisions, written at 10, 20 and 30, reach the desk; and the position then.
fn forwarded(from: Option<i64>, committed: Option<i64>) -> (usize, i64) {
    let topics = Topics::with_prefix("");
    let mut role = forwarder(&topics, Codec::local(), from.map(Timestamp));
    let partition = TopicPartition { topic: topics.route("ae"), partition: 0 };
    role.assigned(&partition);
    role.restored(&partition, committed, Watermarks { low: 0, stable: 3, high: 3 }).unwrap();
    for (offset, timestamp_ms) in [(0, 10), (1, 20), (2, 30)] {
        let (topic, value) = (partition.topic.as_str(), Some(&b"decision"[..]));
        let (key, trace) = (None, None);
        let record = RecordRef { topic, partition: 0, offset, timestamp_ms, key, value, trace };
        role.process(record).unwrap();
    }
    let mut sent = 0;
    let positions = role.drain(&mut |_| {
        sent += 1;
        Ok(())
    });
    (sent, positions.unwrap()[0].next_offset)
}

#[test]
fn a_first_start_leaves_out_what_was_before_and_a_later_one_leaves_out_nothing() {
    assert_eq!(forwarded(None, None), (3, 3));
    assert_eq!(forwarded(Some(20), None), (2, 3), "what was written from then on");
    assert_eq!(forwarded(Some(99), None), (0, 3), "the position moves all the same");
    assert_eq!(forwarded(Some(99), Some(0)), (3, 3), "it was started before");
}
