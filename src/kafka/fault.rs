//! Faults that tests switch on to see that they would be noticed: without the feature
//! `fault-injection` every question here is answered "no" at compile time.
//!
//! `BUYMODE_KAFKA_FAULT` names them, separated by commas:
//! - `offsets-outside`: the offsets are committed after the transaction instead of within it.
//! - `no-fencing`: each opening has a transactional id of its own.
//! - `no-generation`: offsets are sent as by a client outside the group, which no generation fences.
//! - `hang:CALL`: the client's call of this name does not return, until the process has started
//!   itself anew; `hang-again:CALL`: not even then. Debug builds know these two without the feature,
//!   so that the tests of every day see the watchdog at work.
//! - `deaf`: the first partition that a process fetches is paused without notice. The only effect
//!   must be that the session is opened again (`watch`).

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, ConsumerGroupMetadata};

use super::config::KafkaConfig;

#[cfg(feature = "fault-injection")]
fn chosen(fault: &str) -> bool {
    std::env::var("BUYMODE_KAFKA_FAULT")
        .is_ok_and(|names| names.split(',').any(|name| name == fault))
}

#[cfg(not(feature = "fault-injection"))]
const fn chosen(_: &str) -> bool {
    false
}

/// Stands still where `hang` asks for it.
#[cfg(any(debug_assertions, feature = "fault-injection"))]
pub(super) fn hang(call: &str) {
    let Ok(names) = std::env::var("BUYMODE_KAFKA_FAULT") else { return };
    let is_anew = std::env::var_os("BUYMODE_STARTED_ANEW").is_some();
    let hangs = names.split(',').any(|name| match name.split_once(':') {
        Some(("hang", named)) => named == call && !is_anew,
        Some(("hang-again", named)) => named == call,
        _ => false,
    });
    if hangs {
        loop {
            std::thread::park();
        }
    }
}

#[cfg(not(any(debug_assertions, feature = "fault-injection")))]
pub(super) const fn hang(_: &str) {}

pub(super) fn offsets_outside() -> bool {
    chosen("offsets-outside")
}

pub(super) fn no_fencing() -> bool {
    chosen("no-fencing")
}

pub(super) fn pause_first_partition<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    begun: &TopicPartitionList,
) {
    use std::sync::atomic::{AtomicBool, Ordering};
    static DONE: AtomicBool = AtomicBool::new(false);
    if chosen("deaf") && !DONE.swap(true, Ordering::Relaxed) {
        drop(consumer.pause(begun));
    }
}

/// With `no-generation`: the group's metadata of a client that never joined.
#[cfg(feature = "fault-injection")]
pub fn stranger(config: &KafkaConfig, group: &str) -> Option<ConsumerGroupMetadata> {
    if !chosen("no-generation") {
        return None;
    }
    let consumer: Option<BaseConsumer> = config.reader(group).ok()?.create().ok();
    consumer.and_then(|consumer| consumer.group_metadata())
}

#[cfg(not(feature = "fault-injection"))]
pub(super) const fn stranger(_: &KafkaConfig, _: &str) -> Option<ConsumerGroupMetadata> {
    None
}
