//! Reads without being a member of any group.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::Consumer;

use super::config::KafkaConfig;
use super::connect;
use super::offsets::Meter;
use super::partition::PartitionReader;
use crate::log::{LogError, Reader, RecordRef, Watermarks};

pub(super) struct KafkaReader {
    config: Arc<KafkaConfig>,
    reader: PartitionReader,
    meter: Meter,
}

impl KafkaReader {
    pub(super) fn open(config: Arc<KafkaConfig>) -> Result<KafkaReader, LogError> {
        let reader = PartitionReader::open(&config, &format!("{}-reader", config.client_id))?;
        let consumer = reader.consumer();
        connect::metadata(consumer.client(), &config, || {
            let _ = consumer.poll(connect::COMPLAINTS_WAIT);
        })?;
        Ok(KafkaReader { config, reader, meter: Meter::default() })
    }
}

impl Reader for KafkaReader {
    fn watermarks(&mut self, topic: &str, partition: i32) -> Result<Watermarks, LogError> {
        let client = self.reader.consumer().client();
        self.meter.watermarks(&self.config, client, topic, partition)
    }

    fn read(
        &mut self,
        topic: &str,
        partition: i32,
        from: i64,
        to: i64,
        budget: Duration,
        visit: &mut dyn FnMut(RecordRef<'_>),
    ) -> Result<i64, LogError> {
        self.reader.read(topic, partition, from, to, budget, visit)
    }
}
