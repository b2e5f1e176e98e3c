//! Which partitions the group has given to this session.
//!
//! The group is answered at once, with an *empty* change of what is fetched: a new partition
//! reaches the fetcher only when the session seeks it, with its position. So nothing is
//! fetched from a position that was not chosen, and no partition has to be paused or record dropped.

use std::collections::{BTreeSet, VecDeque};
use std::ops::Deref;
use std::sync::Mutex;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, RebalanceProtocol};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{ClientContext, TopicPartitionList};

use super::context::{Complains, Complaints, lock, log};
use crate::log::TopicPartition;
use crate::log::ranges::partitions_text;

/// A change the session has not reported yet.
#[derive(Debug)]
pub(super) enum Change {
    Assigned(Vec<TopicPartition>),
    Revoked(Vec<TopicPartition>),
    /// The group's change could not be followed: the session cannot be used any more.
    Broken(String),
}

#[derive(Debug, Default)]
struct State {
    owned: BTreeSet<TopicPartition>,
    changes: VecDeque<Change>,
    /// How often the group has changed, whether or not our partitions did.
    answered: u64,
    /// The group has counted this member out, as after an outage, and has not given it its part since: it may wait
    /// for what this member was before, whose session has not timed out yet.
    is_out: bool,
}

/// The context of a group member: the rebalances, which run inside a poll.
#[derive(Debug, Default)]
pub(super) struct MemberContext {
    state: Mutex<State>,
    complaints: Complaints,
}

impl MemberContext {
    pub(super) fn take_change(&self) -> Option<Change> {
        lock(&self.state).changes.pop_front()
    }

    pub(super) fn has_change(&self) -> bool {
        !lock(&self.state).changes.is_empty()
    }

    /// Whether the partition is ours now; a revocation counts before it is reported.
    pub(super) fn owns(&self, topic: &str, partition: i32) -> bool {
        let wanted = TopicPartition { topic: topic.to_owned(), partition };
        lock(&self.state).owned.contains(&wanted)
    }

    pub(super) fn answered(&self) -> u64 {
        lock(&self.state).answered
    }

    /// Whether the group has given this member its part, which may be none, since it was counted out last.
    pub(super) fn has_part(&self) -> bool {
        !lock(&self.state).is_out
    }

    fn assigned(&self, partitions: Vec<TopicPartition>) {
        if partitions.is_empty() {
            return;
        }
        let mut state = lock(&self.state);
        state.owned.extend(partitions.iter().cloned());
        state.changes.push_back(Change::Assigned(partitions));
    }

    fn revoked(&self, mut partitions: Vec<TopicPartition>) {
        let mut state = lock(&self.state);
        partitions.retain(|partition| state.owned.remove(partition));
        if !partitions.is_empty() {
            state.changes.push_back(Change::Revoked(partitions));
        }
    }

    fn broken(&self, reason: String) {
        lock(&self.state).changes.push_back(Change::Broken(reason));
    }
}

impl Complains for MemberContext {
    fn complaints(&self) -> &Complaints {
        &self.complaints
    }
}

impl ClientContext for MemberContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.complaints.note(&error, reason);
    }
}

impl ConsumerContext for MemberContext {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        event: RDKafkaRespErr,
        partitions: &mut TopicPartitionList,
    ) {
        let named = names(partitions);
        let lost = consumer.assignment_lost();
        let answer = match event {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => {
                if !named.is_empty() {
                    tracing::info!(partitions = %partitions_text(&named), "partitions assigned");
                }
                self.assigned(named);
                accept(consumer)
            }
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS => {
                if !named.is_empty() {
                    let partitions = partitions_text(&named);
                    tracing::info!(partitions, lost, "partitions revoked");
                }
                let answer = give_up(consumer, &named);
                self.revoked(named);
                answer
            }
            // The crate passes only the two above on.
            _ => Ok(()),
        };
        let mut state = lock(&self.state);
        state.answered += 1;
        // Every join ends with one, even where it gives nothing.
        state.is_out =
            event != RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS && (state.is_out || lost);
        drop(state);
        if let Err(error) = answer {
            self.broken(format!("cannot follow the group's change of partitions: {error}"));
        }
    }
}

/// How long a session waits for its leave. An orderly stop has five seconds for everything.
const LEAVE_MAX: Duration = Duration::from_millis(1_500);

/// A member that leaves the group when it is dropped, and waits for that only so long: the leave is
/// queued behind a join, which the group answers only after a dead member's session has timed out.
pub(super) struct GroupMember(Option<BaseConsumer<MemberContext>>);

impl GroupMember {
    pub(super) fn new(consumer: BaseConsumer<MemberContext>) -> GroupMember {
        GroupMember(Some(consumer))
    }
}

impl Deref for GroupMember {
    type Target = BaseConsumer<MemberContext>;
    fn deref(&self) -> &Self::Target {
        self.0.as_ref().expect("taken only by the drop")
    }
}

impl Drop for GroupMember {
    fn drop(&mut self) {
        let Some(consumer) = self.0.take() else { return };
        let (left, leaving) = channel::<()>();
        let leave = move || {
            drop(consumer);
            drop(left);
        };
        // Where no thread can be had, the closure and the member in it are dropped here.
        if std::thread::Builder::new().name("leave".to_owned()).spawn(leave).is_ok()
            && leaving.recv_timeout(LEAVE_MAX) == Err(RecvTimeoutError::Timeout)
        {
            tracing::warn!(
                "leaving the group takes long: it removes this member after the session timeout"
            );
        }
    }
}

fn accept(consumer: &BaseConsumer<MemberContext>) -> KafkaResult<()> {
    let nothing = TopicPartitionList::new();
    match consumer.rebalance_protocol() {
        RebalanceProtocol::Cooperative => consumer.incremental_assign(&nothing),
        RebalanceProtocol::Eager | RebalanceProtocol::None => consumer.assign(&nothing),
    }
}

/// Stops fetching what was revoked, as far as it was being fetched.
fn give_up(consumer: &BaseConsumer<MemberContext>, revoked: &[TopicPartition]) -> KafkaResult<()> {
    if !matches!(consumer.rebalance_protocol(), RebalanceProtocol::Cooperative) {
        return consumer.unassign();
    }
    let fetched = consumer.assignment()?;
    let mut stopped = TopicPartitionList::new();
    for TopicPartition { topic, partition } in revoked {
        if fetched.find_partition(topic, *partition).is_some() {
            stopped.add_partition(topic, *partition);
        }
    }
    consumer.incremental_unassign(&stopped)
}

fn names(list: &TopicPartitionList) -> Vec<TopicPartition> {
    let elements = list.elements();
    let name = elements.iter().map(|element| TopicPartition {
        topic: element.topic().to_owned(),
        partition: element.partition(),
    });
    name.collect()
}
