//! What who subscribes sees on a broker before anything is real: the demo under a prefix of its own, a decision that
//! is marked as a test, and the headers of CloudEvents.

use crate::cli::{buymode, command, ok};
use crate::support::{self, Address};
use rdkafka::Message;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{BorrowedMessage, Headers};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

fn headers(message: &BorrowedMessage<'_>) -> BTreeMap<String, String> {
    let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
    let text = |value: &[u8]| String::from_utf8(value.to_vec()).unwrap();
    headers.map(|h| (h.key.to_owned(), h.value.map(text).unwrap_or_default())).collect()
}

#[test]
fn the_demo_runs_under_a_prefix_of_its_own_and_a_test_is_marked_in_header_and_body() {
    let Some(kafka) = support::kafka() else { return };
    let prefix = format!("d{}.", uuid::Uuid::new_v4().simple());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("buymode.yaml");
    let bootstrap = kafka.bootstrap();
    let text = format!(
        "kafka: {{ bootstrap: \"{bootstrap}\" }}\n\
         topics: {{ prefix: {prefix}, partitions: 1, event_source: \"https://example.com/buymode\" }}\n",
    );
    std::fs::write(&file, text).unwrap();
    let config = file.to_str().unwrap();

    // Topics that the demo did not make.
    kafka.create_topic(&format!("{prefix}taken.orders"), 1, &[]);
    let taken = format!("{prefix}taken.");
    // A broker lists a new topic a moment later.
    let lister: BaseConsumer = kafka.client().create().unwrap();
    let until = Instant::now() + Duration::from_secs(90);
    loop {
        let known = lister.fetch_metadata(None, Duration::from_secs(30)).unwrap();
        if known.topics().iter().any(|topic| topic.name().starts_with(&taken)) {
            break;
        }
        assert!(Instant::now() < until, "the topic is not listed");
        std::thread::sleep(Duration::from_millis(100));
    }
    let refused = buymode(&["demo", "--config", config, "--prefix", &taken]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    for part in ["topics that the demo did not make", "kafka-topics.sh", "--delete --topic"] {
        assert!(refused.stderr.contains(part), "{part}: {refused:?}");
    }
    let same = buymode(&["demo", "--config", config, "--prefix", &prefix]);
    assert!(same.code == Some(1) && same.stderr.contains("invalid --prefix"), "{same:?}");

    let small =
        ["demo", "--config", config, "--signals", "60", "--rate", "max", "--companies", "20"];
    // Without the limit of `ok`: on a busy machine a demo may take longer.
    let demo = command(&[&small[..], &["--json"]].concat()).output().unwrap();
    assert!(demo.status.success(), "{demo:?}");
    let printed = String::from_utf8(demo.stdout).unwrap();
    let summary: Value = serde_json::from_str(printed.lines().last().unwrap()).unwrap();
    let own = format!("{prefix}demo.");
    assert_eq!(
        (&summary["data"], &summary["left"]),
        (&own.as_str().into(), &0.into()),
        "{summary}"
    );

    let at = ["--config", config, "--prefix", &own];
    let call = |args: &[&str]| ok(&[args, &at[..]].concat());
    let sent = call(&["decisions", "send-sample", "--route", "sdr", "--kind", "exited", "--json"]);
    let sent: Value = serde_json::from_str(&sent).unwrap();
    let audit: Value = serde_json::from_str(&call(&["audit", "--json"])).unwrap();
    assert_eq!((&audit["differences"], &audit["tests"]), (&0.into(), &1.into()), "{audit}");

    let mut client = kafka.client();
    client.set("group.id", kafka.unique("shown")).set("auto.offset.reset", "earliest");
    let consumer: BaseConsumer = client.create().unwrap();
    consumer.subscribe(&[sent["topic"].as_str().unwrap()]).unwrap();
    let until = Instant::now() + Duration::from_secs(90);
    let (mut test, mut scored) = (None, 0);
    while test.is_none() {
        assert!(Instant::now() < until, "the test is not in the topic");
        let Some(message) = consumer.poll(Duration::from_millis(500)) else { continue };
        let message = message.unwrap();
        let headers = headers(&message);
        match headers.get("buymode-test") {
            Some(mark) => {
                assert_eq!(
                    (mark.as_str(), message.key()),
                    ("true", Some(&b"buymode-test.example"[..]))
                );
                test = Some(headers);
            }
            None => {
                assert_eq!(headers["ce_specversion"], "1.0");
                assert!(headers["ce_type"].starts_with("buymode.decision."), "{headers:?}");
                scored += 1;
            }
        }
    }
    // Of the partitions that were read before the test's.
    eprintln!("{scored} decisions of the scorer had the headers, too");
    let (test, decision) = (test.unwrap(), &sent["decision"]);
    let header = |name: &str| Value::from(test[name].as_str());
    assert_eq!(
        (header("ce_id"), header("ce_time")),
        (decision["id"].clone(), decision["decided_at"].clone())
    );
    assert_eq!(header("ce_specversion"), "1.0");
    assert_eq!(header("ce_type"), "buymode.decision.exited");
    assert_eq!(header("ce_source"), "https://example.com/buymode");
    assert_eq!(decision["origin"], "test");
}
