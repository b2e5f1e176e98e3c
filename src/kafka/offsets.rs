//! The offsets of a partition. `low` and `stable` are asked of a read_committed client, `high` of
//! one at read_uncommitted: the broker answers each with what it may see.

use std::time::{Duration, Instant};

use rdkafka::client::Client;
use rdkafka::consumer::{BaseConsumer, Consumer};

use super::config::KafkaConfig;
use super::context::{Complains, PlainContext};
use super::errors;
use crate::log::{LogError, Watermarks};

const ANSWER_MAX: Duration = Duration::from_secs(10);
const END_ANSWER_MAX: Duration = Duration::from_millis(500);
const RETRY: Duration = Duration::from_millis(50);

/// The client at read_uncommitted; made when first needed.
#[derive(Default)]
pub(super) struct Meter {
    client: Option<BaseConsumer<PlainContext>>,
}

impl Meter {
    pub(super) fn watermarks<C: Complains>(
        &mut self,
        config: &KafkaConfig,
        committed: &Client<C>,
        topic: &str,
        partition: i32,
    ) -> Result<Watermarks, LogError> {
        let (low, stable) = ask(committed, topic, partition)?;
        // Asked last: the end only grows, so that it is never below the stable offset.
        let (_, high) = ask(self.client(config)?, topic, partition)?;
        Ok(Watermarks { low, stable, high })
    }

    fn client(&mut self, config: &KafkaConfig) -> Result<&Client<PlainContext>, LogError> {
        let consumer = match self.client.take() {
            Some(consumer) => consumer,
            None => config
                .meter()
                .create_with_context(PlainContext::default())
                .map_err(|error| errors::create(&error))?,
        };
        let consumer = self.client.insert(consumer);
        // Nothing is read with it; this only lets its log and complaints out.
        let _ = consumer.poll(Duration::ZERO);
        Ok(consumer.client())
    }
}

/// The end that this client may see, if the broker answers soon.
pub(super) fn end<C: Complains>(client: &Client<C>, topic: &str, partition: i32) -> Option<i64> {
    client.fetch_watermarks(topic, partition, END_ANSWER_MAX).ok().map(|(_, end)| end)
}

/// The first offset, and the end that this client may see.
pub(super) fn ask<C: Complains>(
    client: &Client<C>,
    topic: &str,
    partition: i32,
) -> Result<(i64, i64), LogError> {
    let began = Instant::now();
    loop {
        let left = ANSWER_MAX.saturating_sub(began.elapsed()).max(RETRY);
        match client.fetch_watermarks(topic, partition, left) {
            Ok(answer) => return Ok(answer),
            Err(error) if errors::passes(&error) && began.elapsed() < ANSWER_MAX => {
                std::thread::sleep(RETRY);
            }
            Err(error) => return Err(errors::offsets(topic, partition, &error)),
        }
    }
}
