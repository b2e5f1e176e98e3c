//! What a copy of the topics asks of the cluster: whether anybody is alive, and another clock.

use crate::support::{self, Address as _, block_on};
use buymode::kafka::{KafkaConfig, KafkaStore};
use buymode::log::{SessionSpec, Stamp, Store};
use rdkafka::admin::{AdminOptions, ConfigSource, ResourceSpecifier};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

fn store(kafka: &support::Kafka) -> KafkaStore {
    let bootstrap = kafka.bootstrap().to_owned();
    let config = KafkaConfig { bootstrap, memory_mib: 16, ..KafkaConfig::default() };
    KafkaStore::new(config).unwrap()
}

/// The settings that the topic has of its own.
fn own(kafka: &support::Kafka, topic: &str) -> BTreeMap<String, String> {
    let (admin, whose) = (kafka.admin(), ResourceSpecifier::Topic(topic));
    let options = AdminOptions::new();
    let described = admin.describe_configs([&whose], &options);
    let described = block_on(described).unwrap().remove(0).unwrap();
    let own = described.entries.into_iter().filter(|e| e.source == ConfigSource::DynamicTopic);
    own.map(|entry| (entry.name, entry.value.unwrap())).collect()
}

#[test]
fn should_change_the_stamp_of_a_topic_and_nothing_else() {
    let Some(kafka) = support::kafka() else { return };
    let topic = kafka.unique("stamp");
    let set = [
        ("message.timestamp.type", "CreateTime"),
        ("min.insync.replicas", "1"),
        ("segment.ms", "3600000"),
        ("retention.ms", "777000000"),
        ("message.timestamp.before.max.ms", "9000000000000"),
    ];
    kafka.create_topic(&topic, 2, &set);
    let store = store(kafka);
    let names = [topic.clone()];
    let spec = store.describe_topics(&names).unwrap().remove(0).unwrap();
    store.set_stamp(&spec, Stamp::LogAppendTime).unwrap();
    let mut expected: BTreeMap<_, _> =
        set.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    expected.insert("message.timestamp.type".to_owned(), "LogAppendTime".to_owned());
    let began = Instant::now();
    while own(kafka, &topic) != expected {
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", own(kafka, &topic));
        std::thread::sleep(Duration::from_millis(50));
    }
    let after = store.describe_topics(&names).unwrap().remove(0).unwrap();
    assert_eq!(after.stamp, Stamp::LogAppendTime);
}

#[test]
fn should_count_the_members_of_a_group() {
    let Some(kafka) = support::kafka() else { return };
    let (topic, group) = (kafka.unique("members"), kafka.unique("members"));
    kafka.create_topic(&topic, 1, &[]);
    let store = store(kafka);
    assert_eq!(store.members(&group).unwrap(), 0, "nobody knows that group");
    let spec = SessionSpec {
        group: group.clone(),
        transactional_id: format!("{group}-a"),
        topics: vec![topic],
    };
    let mut session = store.session(&spec).unwrap();
    let began = Instant::now();
    while store.members(&group).unwrap() == 0 {
        assert!(began.elapsed() < Duration::from_secs(30), "it does not join");
        session.poll(Duration::from_millis(100), 1, &mut |_| ()).unwrap();
    }
    assert_eq!(store.members(&group).unwrap(), 1);
}
