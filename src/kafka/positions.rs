//! How far a consumer group has come, asked by a client outside of it.

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode as Code;
use rdkafka::{Offset, TopicPartitionList};
use std::time::Duration;

use super::config::KafkaConfig;
use super::context::PlainContext;
use super::errors;
use super::login::Login;
use super::watched::call;
use crate::log::{LogError, TopicPartition};

/// A position that a transaction may still change is waited for so long: then it is asked for again.
const STABLE_WAIT: Duration = Duration::from_secs(5);

/// The client reads at read_committed: a position is that of before a transaction that is open, or the answer
/// is [`LogError::NotYet`].
pub(super) fn of(
    config: &KafkaConfig,
    group: &str,
    partitions: &[TopicPartition],
) -> Result<Vec<Option<i64>>, LogError> {
    if partitions.is_empty() {
        return Ok(Vec::new());
    }
    let consumer: BaseConsumer<PlainContext> = config
        .reader(group)?
        .create_with_context(PlainContext::default())
        .map_err(|error| errors::create(&error))?;
    Login::open(config, consumer.client())?;
    let mut list = TopicPartitionList::with_capacity(partitions.len());
    for of in partitions {
        list.add_partition(&of.topic, of.partition);
    }
    let calls = config.caller(&format!("group `{group}`"));
    let ask = || consumer.committed_offsets(list, STABLE_WAIT);
    let answered =
        call(&calls, "committed", ask).map_err(|error| match error.rdkafka_error_code() {
            Some(code @ Code::GroupAuthorizationFailed) => LogError::Fatal(format!(
                "cannot see the positions of consumer group {group}: {code}; grant Describe on it"
            )),
            code => LogError::NotYet(format!(
                "the positions of consumer group {group} are not known: {}",
                code.map_or_else(|| error.to_string(), |code| code.to_string())
            )),
        })?;
    let position = |of: &TopicPartition| {
        let Some(found) = answered.find_partition(&of.topic, of.partition) else { return Ok(None) };
        found.error().map_err(|error| {
            LogError::NotYet(format!(
                "the position of consumer group {group} in {}[{}] is not known: {error}",
                of.topic, of.partition
            ))
        })?;
        Ok(match found.offset() {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        })
    };
    partitions.iter().map(position).collect()
}
