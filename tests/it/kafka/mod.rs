//! What only Kafka can get wrong: groups that rebalance, brokers that die, logins and topics that
//! are refused. Everything that all logs promise is in `conformance`.

mod clock;
mod group;
mod login;
mod moving;
mod opening;
mod rights;
mod settings;
mod shown;
mod subscribers;
mod trouble;

use std::time::{Duration, Instant};

use buymode::kafka::{KafkaConfig, KafkaStore};
use buymode::log::{Log, LogError, Membership, Position, TopicPartition};

use crate::conformance::place::{PATIENCE, Place};
use crate::support::Address;

const POLL: Duration = Duration::from_millis(100);

fn config(bootstrap: &str) -> KafkaConfig {
    KafkaConfig { bootstrap: bootstrap.to_owned(), memory_mib: 16, ..KafkaConfig::default() }
}

fn place(kafka: &impl Address, prefix: &str, config: KafkaConfig) -> Place {
    Place {
        store: Box::new(KafkaStore::new(config).unwrap()),
        name: kafka.unique(prefix),
        _folder: None,
    }
}

fn at(topic: &str, partition: i32, next_offset: i64) -> Position {
    Position { topic: topic.to_owned(), partition, next_offset }
}

/// A member as the worker will be: it begins new partitions at 0 and forgets revoked ones.
struct Member {
    log: Box<dyn Log>,
    owned: Vec<TopicPartition>,
    seen: Vec<(i32, i64)>,
}

impl Member {
    fn new(log: Box<dyn Log>) -> Self {
        Member { log, owned: Vec::new(), seen: Vec::new() }
    }

    fn poll(&mut self) -> Result<Membership, LogError> {
        let (owned, seen) = (&self.owned, &mut self.seen);
        let membership = self.log.poll(POLL, 1_000, &mut |record| {
            let ours = |p: &TopicPartition| p.partition == record.partition;
            assert!(owned.iter().any(ours), "{record:?} is not of {owned:?}");
            seen.push((record.partition, record.offset));
        })?;
        match &membership {
            Membership::Assigned(new) => {
                let begin: Vec<Position> =
                    new.iter().map(|p| at(&p.topic, p.partition, 0)).collect();
                self.log.seek(&begin)?;
                self.owned.extend(new.iter().cloned());
            }
            Membership::Revoked(gone) => self.owned.retain(|p| !gone.contains(p)),
            Membership::Steady => {}
        }
        Ok(membership)
    }
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "{what} did not come to be");
    }
}
