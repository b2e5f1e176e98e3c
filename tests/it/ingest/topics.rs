//! Sources whose topics are missing, deleted and created again: each waits for its own, and the others
//! go on.

use super::http::service::{MAPPING, Service, row, written};
use crate::cli::running::try_get;
use crate::support::{self, Address};
use buymode::kafka::{KafkaConfig, KafkaStore};
use buymode::log::{Output, Store};
use rdkafka::admin::AdminOptions;
use std::time::{Duration, Instant};

/// A topic is looked for every five seconds; a session that is opened again joins its group anew.
const PATIENCE: Duration = Duration::from_secs(60);

struct Ground {
    kafka: &'static support::Kafka,
    store: KafkaStore,
    prefix: String,
    service: Service,
}

impl Ground {
    /// What `/readyz` says of a source.
    fn state(&self, source: &str) -> String {
        let (status, body) = try_get(&self.service.http, "/readyz").unwrap();
        let ready: serde_json::Value = serde_json::from_str(&body).unwrap();
        // A session that is opened again makes the instance unready for a moment.
        assert!(status == 200 || ready["ready"] == false, "{status}: {body}");
        ready["sources"][source].as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
    }

    fn await_state(&self, source: &str, part: &str) {
        let began = Instant::now();
        while !self.state(source).contains(part) {
            assert!(began.elapsed() < PATIENCE, "{source}: {} lacks {part}", self.state(source));
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn write(&self, topic: &str, ids: &[&str]) {
        let mut writer = self.store.writer(&format!("{}test", self.prefix)).unwrap();
        writer.begin().unwrap();
        for id in ids {
            let row = row(id);
            let value = Some(row.as_bytes());
            writer.send(&Output { topic, value, ..Output::default() }).unwrap();
        }
        writer.commit(&[]).unwrap();
    }

    /// Waits until as many rows are in the log, and a moment more: each is there once.
    fn await_rows(&self, rows: usize) {
        let count = || {
            let (inputs, letters) = written(&self.store, &self.prefix);
            assert!(letters.is_empty(), "{letters:?}");
            inputs.values().flatten().count()
        };
        let began = Instant::now();
        while count() < rows {
            assert!(began.elapsed() < PATIENCE, "{} of {rows}", count());
            std::thread::sleep(Duration::from_millis(100));
        }
        assert_eq!(count(), rows);
    }

    fn takes_requests(&self, id: &str) {
        assert_eq!(self.service.post("open", &[], row(id).as_bytes()).status, 202);
    }

    fn delete(&self, topic: &str) {
        let admin = self.kafka.admin();
        let options = AdminOptions::new().operation_timeout(Some(Duration::from_secs(20)));
        let deleted = admin.delete_topics(&[topic], &options);
        support::block_on(deleted).unwrap().remove(0).unwrap();
    }
}

#[test]
fn should_wait_for_a_topic_and_go_on_with_the_others() {
    let Some(kafka) = support::kafka() else { return };
    let prefix = format!("{}.", kafka.unique("topics"));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("acme.yaml"), MAPPING).unwrap();
    let [first, second] = ["first", "second"].map(|name| format!("{prefix}{name}"));
    let text = format!(
        "kafka: {{bootstrap: '{}'}}\ntopics: {{partitions: 2, prefix: {prefix}}}\ninstance: test
http: {{listen: '127.0.0.1:0'}}\nlogging: {{format: json}}
ingest:
  listen: 127.0.0.1:0
  sources:
    first: {{mapping: acme.yaml, topic: {first}}}
    second: {{mapping: acme.yaml, topic: {second}}}
    open: {{mapping: acme.yaml, authentication: none}}
",
        kafka.bootstrap()
    );
    let file = folder.path().join("buymode.yaml");
    std::fs::write(&file, text).unwrap();
    kafka.create_topic(&first, 2, &[]);
    let service = Service::start(&file);
    let config = KafkaConfig { bootstrap: kafka.bootstrap().to_owned(), ..KafkaConfig::default() };
    let ground = Ground { kafka, store: KafkaStore::new(config).unwrap(), prefix, service };

    // The second does not exist yet.
    ground.write(&first, &["a", "b", "c"]);
    ground.takes_requests("d");
    ground.await_rows(4);
    ground.await_state("second", "the topic does not exist");
    assert_eq!(ground.state("first"), format!("reads topic {first}"));
    assert_eq!(ground.state("open"), "takes requests");
    assert_eq!(try_get(&ground.service.http, "/readyz").unwrap().0, 200);
    kafka.create_topic(&second, 1, &[]);
    ground.write(&second, &["e"]);
    ground.await_rows(5);
    ground.await_state("second", "reads topic");

    // The first is deleted, and later created again.
    ground.delete(&first);
    ground.await_state("first", "the topic does not exist");
    ground.write(&second, &["f"]);
    ground.takes_requests("g");
    ground.await_rows(7);
    kafka.create_topic(&first, 2, &[]);
    ground.write(&first, &["h"]);
    ground.await_rows(8);
    ground.await_state("first", "reads topic");

    // So soon that its absence may not be seen.
    ground.delete(&second);
    kafka.create_topic(&second, 1, &[]);
    ground.write(&second, &["i"]);
    ground.write(&first, &["j"]);
    ground.await_rows(10);
    assert_eq!(ground.service.stop().code, Some(0));
}
