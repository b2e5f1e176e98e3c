//! Records of our schemas in the per-kind topics, keyed again by account, into the inputs topic.

use super::{Forwarder, Translate};
use crate::codec::{Codec, DecodeError, DecodeFailure, Decoded, Resolve};
use crate::domain::account::decision::Verdict;
use crate::domain::account::input::{Broadcast, RecordType};
use crate::domain::account::records::DeadLetterReason;
use crate::domain::terms::time::Timestamp;
use crate::engine::dead::{dead_letter, push_dead_letter};
use crate::engine::staged::{Destination, Staged};
use crate::engine::tally::{Ledger, Tally};
use crate::engine::topics::{Topics, place_of};
use crate::log::{RecordRef, TopicPartition};
use crate::runtime::role::Stop;
use std::sync::Arc;

/// Reads the per-kind topics.
pub struct Kinds {
    topics: Topics,
    inputs: Arc<str>,
    dead_letters: Arc<str>,
    codec: Codec,
    /// Partitions of the inputs topic: market news goes into every one of them.
    partitions: i32,
    ledger: Arc<dyn Ledger>,
    resolve: Resolve,
}

impl Forwarder<Kinds> {
    pub fn new(
        topics: Topics,
        codec: Codec,
        partitions: i32,
        ledger: Arc<dyn Ledger>,
        resolve: Resolve,
    ) -> Forwarder<Kinds> {
        Forwarder::of(Kinds {
            inputs: topics.inputs.as_str().into(),
            dead_letters: topics.dead_letters.as_str().into(),
            topics,
            codec,
            partitions,
            ledger,
            resolve,
        })
    }
}

impl Kinds {
    fn forward(
        &mut self,
        record: &RecordRef<'_>,
        staged: &mut Staged,
        tally: &mut Tally,
    ) -> Result<(RecordType, Option<(DeadLetterReason, String)>), Stop> {
        let stamp = Some(record.timestamp_ms.max(1));
        let decoded = match self.codec.decode_produced(record.value, self.resolve) {
            Ok((decoded, doubts)) => {
                let (partition, offset) = (record.partition, record.offset);
                let placed = |doubt| format!("partition {partition}, offset {offset}: {doubt}");
                tally.warnings.add(&doubts.into_iter().map(placed).collect::<Vec<_>>());
                decoded
            }
            Err(DecodeFailure::Registry(error)) => return Err(error.into()),
            Err(DecodeFailure::Record(error)) => {
                let reason = reason_of(&self.topics, record.topic, &error);
                return Ok((error.record_type, Some((reason, error.message))));
            }
        };
        match decoded {
            Decoded::Account { account, input } => {
                let found = input.record_type();
                if !allows(&self.topics, record.topic, found) {
                    return Ok((found, Some(misplaced(found, record.topic))));
                }
                let to = Destination {
                    topic: &self.inputs,
                    partition: Some(place_of(&account, self.partitions)),
                    key: Some(account.as_str().as_bytes()),
                    timestamp_ms: stamp,
                };
                let (codec, topic) = (&mut self.codec, &self.inputs);
                staged.push(to, |out| codec.encode_input(topic, &account, &input, out))?;
                Ok((found, None))
            }
            Decoded::Partition(
                broadcast @ (Broadcast::Market(_) | Broadcast::MarketRetraction(_)),
            ) => {
                for partition in 0..self.partitions {
                    let to = Destination {
                        topic: &self.inputs,
                        partition: Some(partition),
                        key: None,
                        timestamp_ms: stamp,
                    };
                    let (codec, topic) = (&mut self.codec, &self.inputs);
                    staged.push(to, |out| codec.encode_broadcast(topic, &broadcast, out))?;
                }
                Ok((RecordType::News, None))
            }
            Decoded::Partition(Broadcast::Activation(_)) => {
                Ok((RecordType::Activation, Some(misplaced(RecordType::Activation, record.topic))))
            }
            Decoded::Tick(_) => {
                Ok((RecordType::Tick, Some(misplaced(RecordType::Tick, record.topic))))
            }
        }
    }
}

/// Whether records of this type may lie in the per-kind topic.
pub fn allows(topics: &Topics, topic: &str, found: RecordType) -> bool {
    topics.kinds.iter().any(|(name, types)| name == topic && types.contains(&found))
}

/// Of a record that may be a suppression, one reason says it all: no account is protected by it.
pub fn reason_of(topics: &Topics, topic: &str, error: &DecodeError) -> DeadLetterReason {
    let is_suppression = error.record_type == RecordType::Suppression
        || allows(topics, topic, RecordType::Suppression);
    match error.reason {
        // Nothing was written; or its bytes are not kept, which a replay has to know.
        reason @ (DeadLetterReason::Empty | DeadLetterReason::TooLarge) => reason,
        _ if is_suppression => DeadLetterReason::UnresolvedSuppression,
        reason => reason,
    }
}

/// Why a record of this type is rejected in a topic that does not [allow](allows) it.
pub fn misplaced(found: RecordType, topic: &str) -> (DeadLetterReason, String) {
    let message = format!("topic {topic} takes no records of type {found}");
    (DeadLetterReason::UnexpectedType, message)
}

impl Translate for Kinds {
    type Tally = Tally;

    fn topics(&self) -> Vec<String> {
        self.topics.kinds.iter().map(|(name, _)| name.clone()).collect()
    }

    fn translate(
        &mut self,
        record: &RecordRef<'_>,
        staged: &mut Staged,
        tally: &mut Tally,
    ) -> Result<(), Stop> {
        let (record_type, refused) = self.forward(record, staged, tally)?;
        let verdict = if refused.is_some() { Verdict::DeadLettered } else { Verdict::Applied };
        tally.input(record_type, verdict);
        if let Some((reason, message)) = refused {
            *tally.dead_letters.entry(reason).or_default() += 1;
            let dead = dead_letter(record, None, reason, message);
            let (codec, time) = (&mut self.codec, Some(Timestamp(record.timestamp_ms)));
            push_dead_letter(codec, staged, &self.dead_letters, record, &dead, time)?;
        }
        Ok(())
    }

    fn committed(&mut self, topic: &str, tally: Tally) {
        self.ledger.forwarded(topic, &tally);
    }

    fn reached(&mut self, partition: &TopicPartition, next_offset: i64) {
        self.ledger.forwarded_upto(partition, next_offset);
    }
}
