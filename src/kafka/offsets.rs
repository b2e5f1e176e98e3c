//! Offsets: lists of them, and those of a partition. `low` and `stable` are asked of a read_committed client, `high` of
//! one at read_uncommitted: the broker answers each with what it may see.

use std::time::{Duration, Instant};

use rdkafka::client::Client;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Offset, TopicPartitionList};

use super::config::KafkaConfig;
use super::context::{Complains, PlainContext};
use super::errors;
use super::login::Login;
use super::watched::call;
use crate::log::calls::Caller;
use crate::log::{LogError, Position, Watermarks, notice};

/// Longer than a cluster needs to choose new leaders after one of its brokers died.
const ANSWER_MAX: Duration = Duration::from_secs(40);
/// How long a partition may be unknown before it counts as missing.
const UNKNOWN_MAX: Duration = Duration::from_secs(6);
/// A wait that is longer is said.
const SILENT_MAX: Duration = Duration::from_secs(3);
/// One attempt: who the leader is, is asked again each time.
const ATTEMPT_MAX: Duration = Duration::from_millis(2_500);
const END_ANSWER_MAX: Duration = Duration::from_millis(500);
const RETRY: Duration = Duration::from_millis(50);

/// The positions as librdkafka takes them. `signature`, which says who commits them, goes with each.
pub(super) fn offset_list<'a>(
    positions: impl IntoIterator<Item = &'a Position>,
    signature: &str,
) -> Result<TopicPartitionList, LogError> {
    let mut list = TopicPartitionList::new();
    for Position { topic, partition, next_offset } in positions {
        let added = list.add_partition_offset(topic, *partition, Offset::Offset(*next_offset));
        added.map_err(|error| {
            let error = errors::text(&error);
            LogError::Fatal(format!("{topic}[{partition}]: invalid offset {next_offset}: {error}"))
        })?;
        if let Some(mut element) = list.find_partition(topic, *partition)
            && !signature.is_empty()
        {
            element.set_metadata(signature);
        }
    }
    Ok(list)
}

/// The client at read_uncommitted; made when first needed.
#[derive(Default)]
pub(super) struct Meter {
    client: Option<(BaseConsumer<PlainContext>, Login)>,
}

impl Meter {
    pub(super) fn watermarks<C: Complains>(
        &mut self,
        config: &KafkaConfig,
        committed: &Client<C>,
        topic: &str,
        partition: i32,
    ) -> Result<Watermarks, LogError> {
        let calls = config.caller("a reader");
        let (low, stable) = ask(committed, &calls, topic, partition)?;
        // Asked last: the end only grows, so that it is never below the stable offset.
        let (_, high) = ask(self.client(config).map_err(errors::later)?, &calls, topic, partition)?;
        Ok(Watermarks { low, stable, high })
    }

    fn client(&mut self, config: &KafkaConfig) -> Result<&Client<PlainContext>, LogError> {
        self.keep();
        let made = match self.client.take() {
            Some(made) => made,
            None => {
                let consumer: BaseConsumer<PlainContext> = config
                    .meter()?
                    .create_with_context(PlainContext::default())
                    .map_err(|error| errors::create(&error))?;
                let login = Login::open(config, consumer.client())?;
                (consumer, login)
            }
        };
        let (consumer, _) = self.client.insert(made);
        Ok(consumer.client())
    }

    /// Gives the client a newer access token, if there is one. Nothing is read with it; polling only
    /// lets its log and complaints out.
    pub(super) fn keep(&mut self) {
        if let Some((consumer, login)) = &mut self.client {
            login.keep(consumer.client());
            let _ = consumer.poll(Duration::ZERO);
        }
    }
}

/// The end that this client may see, if the broker answers soon.
pub(super) fn end<C: Complains>(client: &Client<C>, topic: &str, partition: i32) -> Option<i64> {
    client.fetch_watermarks(topic, partition, END_ANSWER_MAX).ok().map(|(_, end)| end)
}

/// The first offset, and the end that this client may see.
pub(super) fn ask<C: Complains>(
    client: &Client<C>,
    calls: &Caller,
    topic: &str,
    partition: i32,
) -> Result<(i64, i64), LogError> {
    let began = Instant::now();
    let mut said = false;
    loop {
        let left = ANSWER_MAX.saturating_sub(began.elapsed()).clamp(RETRY, ATTEMPT_MAX);
        let attempt = || client.fetch_watermarks(topic, partition, left);
        match call(calls, "query_watermark_offsets", attempt) {
            Ok(answer) => return Ok(answer),
            Err(error) if errors::is_unknown(&error) && began.elapsed() < UNKNOWN_MAX => {
                std::thread::sleep(RETRY);
            }
            Err(error) if errors::passes(&error) && began.elapsed() < ANSWER_MAX => {
                if began.elapsed() > SILENT_MAX && !std::mem::replace(&mut said, true) {
                    let why = errors::offsets(topic, partition, &error);
                    notice::say(&format!("waiting for up to {} s: {why}", ANSWER_MAX.as_secs()));
                }
                std::thread::sleep(RETRY);
            }
            Err(error) => return Err(errors::offsets(topic, partition, &error)),
        }
    }
}
