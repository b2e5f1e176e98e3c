//! Exactly once, whatever dies: the pipeline is hurt while it works, and afterwards the audit must
//! find no difference. Each case says what it does to whom.
//!
//! The full version of the random one takes minutes: `.ci/long faults`. Each run prints its
//! seed; `BUYMODE_FAULTS_SEED` repeats one. That these tests notice what they are there for shows
//! with `--features fault-injection` and `BUYMODE_KAFKA_FAULT` (see `src/kafka/fault.rs`).

mod chaos;
mod copied;
mod copied_again;
mod copied_otherwise;
mod each_step;
mod erased;
mod grown;
mod instance;
mod kill9;
mod live_change;
mod offsets;
mod outage;
mod progress;
mod registry;
mod rubbish;
mod running;
mod same_company;
mod same_name;
mod snapshot;
mod snapshot_load;
mod snapshot_refused;
mod stalled;
mod storm;
mod trouble;
mod upgraded;
mod world;
pub(crate) mod wrapped;
mod zombies;

pub(crate) use kill9::is_full;

use std::sync::Arc;
use std::time::Duration;

use buymode::kafka::{KafkaConfig, KafkaStore};
use buymode::log::Store;

use crate::support::Address;

/// Longer than the session timeout below.
const PAUSE: Duration = Duration::from_secs(9);

/// Impatient, so that what dies is missed soon.
fn config(bootstrap: &str) -> KafkaConfig {
    let silence = ("max.poll.interval.ms".to_owned(), "7000".to_owned());
    KafkaConfig {
        bootstrap: bootstrap.to_owned(),
        memory_mib: 32,
        transaction_timeout_ms: 6_000,
        session_timeout_ms: 7_000,
        extra: [silence].into(),
        ..KafkaConfig::default()
    }
}

/// Topics of a test's own on a broker.
fn on_kafka(kafka: &impl Address, name: &str, partitions: i32) -> world::World {
    let store: Arc<dyn Store> = Arc::new(KafkaStore::new(config(kafka.bootstrap())).unwrap());
    world::World::history(store, &format!("{}.", kafka.unique(name)), partitions)
}
