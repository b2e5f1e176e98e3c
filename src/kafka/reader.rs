//! Reads without being a member of any group.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::Consumer;

use super::config::KafkaConfig;
use super::connect;
use super::errors;
use super::login::Held;
use super::offsets::{Meter, Patience};
use super::partition::PartitionReader;
use super::waits::{ANSWER, QUESTION};
use super::watched::call;
use crate::log::{LogError, Reader, RecordRef, Watermarks};

pub(super) struct KafkaReader {
    config: Arc<KafkaConfig>,
    reader: PartitionReader,
    meter: Meter,
    held: Held,
}

impl KafkaReader {
    pub(super) fn open(config: Arc<KafkaConfig>) -> Result<KafkaReader, LogError> {
        let held = Held::new(&config);
        let reader = Self::partition_reader(&config)?;
        let consumer = reader.consumer();
        connect::metadata(consumer.client(), &config, || {
            let _ = consumer.poll(connect::COMPLAINTS_WAIT);
        })?;
        Ok(KafkaReader { config, reader, meter: Meter::default(), held })
    }

    fn partition_reader(config: &KafkaConfig) -> Result<PartitionReader, LogError> {
        PartitionReader::open(config, &format!("{}-reader", config.client_id), LogError::Fatal)
    }

    /// New tokens for its clients, and new clients where their files have changed.
    fn tend(&mut self) -> Result<(), LogError> {
        self.reader.keep();
        self.meter.keep();
        if let Some(why) = self.held.changed(&self.config) {
            tracing::info!(why, "reading goes on with new connections");
            self.reader = Self::partition_reader(&self.config)?;
            self.meter = Meter::default();
        }
        Ok(())
    }
}

impl Reader for KafkaReader {
    fn watermarks(&mut self, topic: &str, partition: i32) -> Result<Watermarks, LogError> {
        self.tend()?;
        let client = self.reader.consumer().client();
        let patience = Patience { most: ANSWER, gone: LogError::Fatal };
        self.meter.watermarks(&self.config, client, topic, partition, patience)
    }

    fn answers(&mut self, topic: &str) -> Result<(), LogError> {
        self.tend()?;
        let consumer = self.reader.consumer();
        // A broker that takes longer to answer a small question is taken to be away.
        let asked = || consumer.client().fetch_metadata(Some(topic), QUESTION);
        let calls = self.config.caller("a reader");
        match call(&calls, "fetch_metadata", asked) {
            Ok(_) => Ok(()),
            Err(error) => {
                let _ = consumer.poll(Duration::ZERO);
                Err(LogError::Reopen(errors::text(&error)))
            }
        }
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
        self.tend()?;
        self.reader.read(topic, partition, from, to, budget, visit)
    }
}
