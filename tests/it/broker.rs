//! What the other tests take for granted about the brokers and the registry they are given.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::Message;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use crate::support::{self, Address, PASSWORD, USER};

const PATIENCE: Duration = Duration::from_secs(30);

fn write(client: &ClientConfig, topic: &str, value: &str) {
    let producer: BaseProducer = client.create().expect("producer");
    let record: BaseRecord<'_, str, str> = BaseRecord::to(topic).payload(value).key("k");
    producer.send(record).map_err(|(error, _)| error).expect("queued");
    producer.flush(PATIENCE).expect("delivered");
}

fn read(client: &ClientConfig, topic: &str, count: usize) -> Vec<String> {
    let mut config = client.clone();
    config
        .set("group.id", topic)
        .set("auto.offset.reset", "earliest")
        .set("isolation.level", "read_committed");
    let consumer: BaseConsumer = config.create().expect("consumer");
    consumer.subscribe(&[topic]).expect("subscribed");
    let deadline = Instant::now() + PATIENCE;
    let mut values = Vec::new();
    while values.len() < count && Instant::now() < deadline {
        if let Some(Ok(message)) = consumer.poll(Duration::from_millis(100)) {
            let value = message.payload().unwrap_or_default();
            values.push(String::from_utf8_lossy(value).into_owned());
        }
    }
    values
}

#[test]
fn should_hide_aborted_records_and_show_committed_ones() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let topic = kafka.topic("visible", 1, &[]);
    let mut config = kafka.client();
    config.set("transactional.id", kafka.unique("writer"));
    let producer: BaseProducer = config.create().expect("producer");
    producer.init_transactions(PATIENCE).expect("initialised");
    for (value, commit) in [("aborted", false), ("committed", true)] {
        producer.begin_transaction().expect("begun");
        let record: BaseRecord<'_, str, str> = BaseRecord::to(&topic).payload(value);
        producer.send(record).map_err(|(error, _)| error).expect("queued");
        producer.flush(PATIENCE).expect("written");
        let ended = if commit {
            producer.commit_transaction(PATIENCE)
        } else {
            producer.abort_transaction(PATIENCE)
        };
        ended.expect("ended");
    }
    assert_eq!(read(&kafka.client(), &topic, 1), ["committed"]);
}

#[test]
fn should_serve_over_tls_with_a_password_and_refuse_a_wrong_one() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let (Some(tls), Some(ca)) = (&kafka.tls_bootstrap, &kafka.ca) else {
        return; // Somebody's own broker: nothing known about its listeners.
    };
    let topic = kafka.topic("tls", 1, &[]);
    let mut config = kafka.client();
    config
        .set("bootstrap.servers", tls)
        .set("security.protocol", "sasl_ssl")
        .set("sasl.mechanism", "PLAIN")
        .set("sasl.username", USER)
        .set("sasl.password", PASSWORD)
        .set("ssl.ca.location", ca.to_string_lossy());
    write(&config, &topic, "sealed");
    assert_eq!(read(&config, &topic, 1), ["sealed"]);

    for (protocol, bootstrap) in [
        ("sasl_ssl", tls),
        ("sasl_plaintext", kafka.sasl_bootstrap.as_ref().expect("started with tls")),
    ] {
        config
            .set("security.protocol", protocol)
            .set("bootstrap.servers", bootstrap)
            .set("sasl.password", "wrong");
        let consumer: BaseConsumer = config.create().expect("consumer");
        let answer = consumer.fetch_metadata(None, Duration::from_secs(3));
        assert!(answer.is_err(), "{protocol} let a wrong password in");
    }
}

#[test]
fn should_keep_acknowledged_records_when_its_broker_is_killed_and_paused() {
    let Some(mut broker) = support::own_broker() else {
        return;
    };
    let topic = broker.topic("killed", 1, &[]);
    write(&broker.client(), &topic, "before");
    broker.kill9();
    broker.start();
    broker.sigstop();
    std::thread::sleep(Duration::from_millis(300));
    broker.sigcont();
    write(&broker.client(), &topic, "after");
    assert_eq!(read(&broker.client(), &topic, 2), ["before", "after"]);
}

#[test]
fn should_go_on_with_two_of_three_brokers() {
    let Some(mut cluster) = support::cluster() else {
        return;
    };
    let topic = cluster.topic("replicated", 1, &[]);
    write(&cluster.client(), &topic, "three");
    cluster.brokers[0].kill9();
    write(&cluster.client(), &topic, "two");
    cluster.brokers[0].start();
    cluster.brokers[1].kill9();
    assert_eq!(read(&cluster.client(), &topic, 2), ["three", "two"]);
}

#[test]
fn should_have_a_registry_that_gives_ids() {
    let Some(registry) = support::registry() else {
        return;
    };
    let (host, path) = registry
        .url
        .strip_prefix("http://")
        .and_then(|url| url.split_once('/'))
        .expect("a plain URL with a path");
    let body = r#"{"schema":"\"string\""}"#;
    let mut stream = TcpStream::connect(host).expect("connected");
    write!(
        stream,
        "POST /{path}/subjects/broker-test/versions HTTP/1.0\r\nHost: {host}\r\nContent-Type: application/vnd.schemaregistry.v1+json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .expect("asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    assert!(answer.contains("\"id\":"), "{answer}");
}
