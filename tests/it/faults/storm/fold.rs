//! A fresh fold: the same inputs into a log of its own, scored from nothing by one instance that
//! nobody hurts. Every decision and every account comes out the same, field by field; only where in
//! the log each was written differs.

use std::sync::Arc;
use std::time::Duration;

use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::engine::scorer::Clock;
use buymode::log::Output;

use crate::faults::copied::placeless;
use crate::faults::running::Running;
use crate::faults::world::World;

struct Copied {
    timestamp_ms: i64,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
}

/// How many decisions and accounts are equal.
pub(super) fn assert_equal(world: &World) -> (usize, usize) {
    let folder = tempfile::tempdir().unwrap();
    let options = EmbeddedOptions {
        map_size_bytes: 4 << 30,
        clock_is_right: true,
        ..EmbeddedOptions::new(folder.path())
    };
    let store = Arc::new(EmbeddedStore::open(&options).unwrap());
    let codec = world.codec.clone();
    let fresh = World { codec, ..World::history(store, "", world.partitions) };
    copy(world, &fresh);
    let running = Running::on(&fresh, "fresh", fresh.store.clone(), Clock::History);
    fresh.await_consumed();
    running.stop();
    let (made, again) = (placeless(world.decisions()), placeless(fresh.decisions()));
    assert_eq!(made.keys().collect::<Vec<_>>(), again.keys().collect::<Vec<_>>());
    for (id, decision) in &made {
        assert_eq!(decision, &again[id]);
    }
    let (states, others) = (world.states(), fresh.states());
    assert_eq!(states.len(), others.len());
    for (account, (_, state)) in &states {
        let (_, other) = &others[account];
        assert_eq!(state.company, other.company, "{account}");
        assert_eq!(state.evidence, other.evidence, "{account}");
        assert_eq!(state.products, other.products, "{account}");
    }
    (made.len(), states.len())
}

fn copy(from: &World, to: &World) {
    let mut writer = to.writer("copy");
    let mut reader = from.store.reader().unwrap();
    let topic = &from.topics.inputs;
    for partition in 0..from.partitions {
        let mut records = Vec::new();
        let marks = reader.watermarks(topic, partition).unwrap();
        let mut next = marks.low;
        while next < marks.stable {
            let budget = Duration::from_secs(2);
            let read = reader.read(topic, partition, next, marks.stable, budget, &mut |record| {
                let own = |bytes: Option<&[u8]>| bytes.map(<[u8]>::to_vec);
                let (key, value) = (own(record.key), own(record.value));
                records.push(Copied { timestamp_ms: record.timestamp_ms, key, value });
            });
            next = read.unwrap();
        }
        for some in records.chunks(2_000) {
            writer.begin().unwrap();
            for Copied { timestamp_ms, key, value } in some {
                let output = Output {
                    topic: &to.topics.inputs,
                    partition: Some(partition),
                    key: key.as_deref(),
                    value: value.as_deref(),
                    timestamp_ms: Some(*timestamp_ms),
                    ..Output::default()
                };
                writer.send(&output).unwrap();
            }
            writer.commit(&[]).unwrap();
        }
    }
}
