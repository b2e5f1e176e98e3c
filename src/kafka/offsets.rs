//! Offsets: lists of them, and those of a partition. `low` and `stable` are asked of a read_committed client, `high` of
//! one at read_uncommitted: the broker answers each with what it may see.

use std::time::{Duration, Instant};

use rdkafka::client::Client;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};

use super::config::KafkaConfig;
use super::context::{Complains, PlainContext};
use super::errors;
use super::login::Login;
use super::waits::{ATTEMPT, UNKNOWN};
use super::watched::call;
use crate::log::calls::Caller;
use crate::log::{LogError, Position, Watermarks, notice};

/// A wait that is longer is said.
pub(super) const SILENT_MAX: Duration = Duration::from_secs(6);
const END_ANSWER_MAX: Duration = Duration::from_millis(500);
pub(super) const RETRY: Duration = Duration::from_millis(50);

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
        patience: Patience,
    ) -> Result<Watermarks, LogError> {
        let calls = config.caller("a reader");
        let (low, stable) = ask(committed, &calls, topic, partition, patience)?;
        // Asked last: the end only grows, so that it is never below the stable offset.
        let (_, high) =
            ask(self.client(config).map_err(errors::later)?, &calls, topic, partition, patience)?;
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

/// The first offset, and the end that this client may see: one question.
pub(super) fn attempt<C: Complains>(
    client: &Client<C>,
    calls: &Caller,
    topic: &str,
    partition: i32,
) -> Result<(i64, i64), KafkaError> {
    let ask = || client.fetch_watermarks(topic, partition, ATTEMPT.min(calls.limit() * 4 / 5));
    call(calls, "query_watermark_offsets", ask)
}

/// A partition of which no broker can say where it begins and ends: it has no leader, or those that
/// have just started do not know it yet.
pub(super) struct Unanswered {
    since: Instant,
    /// Since when every answer was that there is no such partition.
    unknown_since: Option<Instant>,
    said: bool,
}

impl Unanswered {
    pub(super) fn new(now: Instant) -> Unanswered {
        Unanswered { since: now, unknown_since: None, said: false }
    }

    /// Whether it is worth asking again after this error: until `patience` is over, or the partition has
    /// been unknown for so long that it is gone.
    pub(super) fn asks_again(
        &mut self,
        error: &KafkaError,
        patience: Option<Duration>,
        now: Instant,
    ) -> bool {
        if errors::is_unknown(error) {
            return now - *self.unknown_since.get_or_insert(now) < UNKNOWN;
        }
        self.unknown_since = None;
        errors::passes(error) && patience.is_none_or(|patience| now - self.since < patience)
    }

    /// Whether the last answer was that there is no such partition.
    pub(super) fn is_unknown(&self) -> bool {
        self.unknown_since.is_some()
    }

    /// Says once that this waits, if it takes long.
    pub(super) fn say(&mut self, why: &LogError, now: Instant) {
        if now - self.since > SILENT_MAX && !std::mem::replace(&mut self.said, true) {
            notice::say(&format!("the brokers have no answer yet; waiting: {why}"));
        }
    }
}

/// How long a question is asked again, and what follows where brokers do not know the partition.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    pub most: Duration,
    pub gone: Gone,
}

/// [`LogError::Fatal`] for a command. [`LogError::Reopen`] for a worker, to which the group has given the
/// partition: brokers may have just started, and the opening of the next session looks for its topic.
pub(super) type Gone = fn(String) -> LogError;

/// What the answer means to who asked.
pub(super) fn sorted(topic: &str, partition: i32, error: &KafkaError, gone: Gone) -> LogError {
    match errors::offsets(topic, partition, error) {
        LogError::Fatal(why) if errors::is_unknown(error) => gone(why),
        other => other,
    }
}

/// The same, asked again for about as long as `patience` says.
pub(super) fn ask<C: Complains>(
    client: &Client<C>,
    calls: &Caller,
    topic: &str,
    partition: i32,
    patience: Patience,
) -> Result<(i64, i64), LogError> {
    let mut unanswered = Unanswered::new(Instant::now());
    loop {
        let error = match attempt(client, calls, topic, partition) {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let (why, now) = (sorted(topic, partition, &error, patience.gone), Instant::now());
        if !unanswered.asks_again(&error, Some(patience.most), now) {
            return Err(why);
        }
        unanswered.say(&why, now);
        std::thread::sleep(RETRY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rdkafka::error::RDKafkaErrorCode as Code;

    #[test]
    fn a_partition_is_gone_only_once_brokers_that_answer_have_not_known_it_for_a_while() {
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        let mut unanswered = Unanswered::new(start);
        let mut asks_again = |code: Code, after: u32, patience: Option<Duration>| {
            unanswered.asks_again(
                &KafkaError::MetadataFetch(code),
                patience,
                start + after * second,
            )
        };
        let (away, unknown) = (Code::BrokerTransportFailure, Code::UnknownPartition);
        assert!(asks_again(away, 0, None) && asks_again(away, 30, None));
        assert!(!asks_again(away, 30, Some(20 * second)), "a command has waited long enough");
        assert!(asks_again(unknown, 31, None), "a broker that has just started");
        assert!(asks_again(unknown, 40, None));
        assert!(asks_again(Code::NotLeaderForPartition, 41, None));
        assert!(asks_again(unknown, 42, None) && asks_again(Code::UnknownTopic, 51, None));
        assert!(!asks_again(Code::UnknownTopicOrPartition, 53, None), "it was deleted");
        assert!(!asks_again(Code::TopicAuthorizationFailed, 54, None));
    }
}
