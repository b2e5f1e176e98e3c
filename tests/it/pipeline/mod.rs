//! The pipeline on a real log, end to end in one process: inputs in, decisions out, exactly once,
//! and the audit as the oracle.

mod bench_world;
mod diff;
mod embedded;
mod stalled;

pub(crate) use bench_world::*;

use buymode::codec::Codec;
use buymode::domain::account::decision::Decision;
use buymode::engine::topics::Topics;
use buymode::log::Store;
use std::time::Duration;

/// All decisions of all routes, by account in their order.
pub(crate) fn decisions(store: &dyn Store, topics: &Topics, partitions: i32) -> Vec<Decision> {
    let (mut reader, mut codec, mut found) = (store.reader().unwrap(), Codec::local(), Vec::new());
    for route in ROUTES {
        let topic = topics.route(route);
        for partition in 0..partitions {
            let end = reader.watermarks(&topic, partition).unwrap().stable;
            let budget = Duration::from_secs(5);
            reader
                .read(&topic, partition, 0, end, budget, &mut |record| {
                    found.push(codec.decode_decision(record.value.unwrap()).unwrap());
                })
                .unwrap();
        }
    }
    found.sort_by_key(|d: &Decision| (d.account.clone(), d.sequence));
    found
}
