//! What the scorer is measured against: librdkafka alone, consuming the same inputs and producing
//! the same records in transactions, without reading any of it. The clients are told the same as
//! those of `src/kafka/clients.rs`.

use crate::load::PARTITIONS;
use crate::meter::Written;
use buymode::engine::topics::Topics;
use buymode::log::Store;
use buymode::runtime::worker::Limits;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::util::Timeout;
use rdkafka::{Offset, TopicPartitionList};
use std::time::{Duration, Instant};

const WAIT: Duration = Duration::from_secs(10);

pub(crate) struct Clients {
    pub consumer: BaseConsumer,
    pub producer: BaseProducer,
}

pub(crate) fn config(bootstrap: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap).set("enable.metrics.push", "false");
    config
}

/// A group member at read_committed and a transactional producer.
pub(crate) fn open(bootstrap: &str, name: &str, topic: &str) -> anyhow::Result<Clients> {
    let consumer: BaseConsumer = config(bootstrap)
        .set("group.id", name)
        .set("session.timeout.ms", "15000")
        .set("isolation.level", "read_committed")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "earliest")
        .set("queued.max.messages.kbytes", "65536")
        .set("fetch.max.bytes", "33554432")
        .set("fetch.queue.backoff.ms", "10")
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("fetch.wait.max.ms", "100")
        .set("heartbeat.interval.ms", "1000")
        .create()?;
    let producer: BaseProducer = config(bootstrap)
        .set("transactional.id", name)
        .set("transaction.timeout.ms", "10000")
        .set("message.timeout.ms", "8000")
        .set("delivery.report.only.error", "true")
        .set("partitioner", "murmur2_random")
        .set("compression.type", "lz4")
        .set("linger.ms", "1")
        .set("message.max.bytes", "16777216")
        .set("queue.buffering.max.messages", "1000000")
        .set("queue.buffering.max.kbytes", "32768")
        .create()?;
    producer.init_transactions(WAIT)?;
    consumer.subscribe(&[topic])?;
    Ok(Clients { consumer, producer })
}

impl Clients {
    /// Ends the transaction together with the positions read up to, as the worker does.
    pub(crate) fn commit(&self, next: &[i64], topic: &str) -> anyhow::Result<()> {
        while self.producer.in_flight_count() > 0 {
            self.producer.poll(Duration::from_millis(1));
        }
        let mut positions = TopicPartitionList::new();
        for (partition, next) in next.iter().enumerate().filter(|(_, next)| **next >= 0) {
            positions.add_partition_offset(topic, partition as i32, Offset::Offset(*next))?;
        }
        let member = self.consumer.group_metadata();
        let member = member.ok_or_else(|| anyhow::anyhow!("the bare loop left its group"))?;
        self.producer.send_offsets_to_transaction(&positions, &member, WAIT)?;
        self.producer.commit_transaction(Timeout::Never)?;
        Ok(())
    }

    pub(crate) fn send(&self, mut record: BaseRecord<'_, [u8], [u8]>) -> anyhow::Result<()> {
        while let Err((error, back)) = self.producer.send(record) {
            if error.rdkafka_error_code() != Some(rdkafka::types::RDKafkaErrorCode::QueueFull) {
                return Err(error.into());
            }
            record = back;
            self.producer.poll(Duration::from_millis(1));
        }
        Ok(())
    }
}

/// Sets the group to where the inputs end now.
pub(crate) fn begin_here(
    store: &dyn Store,
    bootstrap: &str,
    name: &str,
    topic: &str,
) -> anyhow::Result<()> {
    let mut reader = store.reader()?;
    let mut positions = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        let end = reader.watermarks(topic, partition)?.high;
        positions.add_partition_offset(topic, partition, Offset::Offset(end))?;
    }
    let consumer: BaseConsumer = config(bootstrap).set("group.id", name).create()?;
    Ok(consumer.commit(&positions, CommitMode::Sync)?)
}

/// Reads one input after another, and sends as large a part of `written` as the
/// part of the inputs it has read. Returns how long it took from the first record to the last
/// commit.
pub(crate) fn replay(
    bootstrap: &str,
    name: &str,
    topics: &Topics,
    written: &Written,
    inputs: u64,
    limits: &Limits,
) -> anyhow::Result<Duration> {
    let clients = open(bootstrap, name, &topics.inputs)?;
    let names: Vec<String> = written.topics.iter().map(|t| format!("{name}.{t}")).collect();
    let outputs = written.records.len() as u64;
    let mut next = vec![-1; PARTITIONS as usize];
    let (mut read, mut sent) = (0, 0);
    let mut began = None;
    while read < inputs {
        let batch = Instant::now();
        let mut taken = 0;
        let mut open = false;
        let most = limits.batch_records_max as u64;
        while taken < most && batch.elapsed() < limits.batch_time_max && read < inputs {
            let Some(message) = clients.consumer.poll(Duration::from_millis(20)) else {
                if taken > 0 {
                    break;
                }
                continue;
            };
            let message = message?;
            began.get_or_insert_with(Instant::now);
            if !open {
                clients.producer.begin_transaction()?;
                open = true;
            }
            next[message.partition() as usize] = message.offset() + 1;
            (taken, read) = (taken + 1, read + 1);
            while sent < outputs * read / inputs {
                let record = &written.records[sent as usize];
                let mut out = BaseRecord::to(&names[record.topic])
                    .key(&written.bytes[record.key.clone()])
                    .payload(&written.bytes[record.value.clone()]);
                out.partition = record.partition;
                out.timestamp = record.timestamp_ms;
                clients.send(out)?;
                sent += 1;
            }
        }
        if open {
            clients.commit(&next, &topics.inputs)?;
        }
    }
    Ok(began.map_or(Duration::ZERO, |began| began.elapsed()))
}
