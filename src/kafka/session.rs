//! A worker's session: a group member and a transactional producer, on one thread.

mod looks;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::{Message, Offset, TopicPartitionList};

use self::looks::MembershipLook;
use super::absent::{self, Absences};
use super::config::KafkaConfig;
use super::connect;
use super::context::Complains;
use super::holder::signature;
use super::login::{Held, Login};
use super::membership::{Change, GroupMember, MemberContext};
use super::offsets::{self, Patience, offset_list};
use super::partition::record;
use super::restore::Restorer;
use super::transactions::{Member, Transactions};
use super::waits::QUESTION;
use super::watch::Watch;
use super::watched::call;
use super::{errors, fault};
use crate::log::calls::Caller;
use crate::log::{
    Absent, Log, LogError, Membership, Output, Position, RecordRef, RestoreProgress, SessionSpec,
    TopicPartition, Watermarks, Writer,
};

/// How long one question for a stable offset waits; the caller asks again.
const STABLE_OFFSET_WAIT: Duration = Duration::from_secs(1);
const SEEK_RETRY: Duration = Duration::from_millis(5);

/// A partition that is being fetched.
struct Lane {
    topic: String,
    partition: i32,
    next: i64,
    /// For as long as nothing has come since the group last changed.
    watch: Option<Watch>,
}

pub(super) struct Session {
    // Dropped in this order: the open transaction is aborted before the group is left, so that
    // the next owner finds stable offsets.
    transactions: Transactions,
    consumer: GroupMember,
    restorer: Option<Restorer>,
    lanes: Vec<Lane>,
    /// The change of the group that the lanes are watched since.
    watched_since: u64,
    login: Login,
    held: Held,
    config: Arc<KafkaConfig>,
    calls: Caller,
    membership: MembershipLook,
    group: String,
    topics: Vec<String>,
    /// Of a patient session: the topics that it waits for.
    absences: Option<Absences>,
    transactional_id: String,
    stranger: Option<ConsumerGroupMetadata>,
}

impl Session {
    pub(super) fn open(config: Arc<KafkaConfig>, spec: &SessionSpec) -> Result<Session, LogError> {
        Session::open_as(config, spec, None)
    }

    /// Waits for topics that are missing or may not be read.
    pub(super) fn open_patiently(
        config: Arc<KafkaConfig>,
        spec: &SessionSpec,
    ) -> Result<Session, LogError> {
        Session::open_as(config, spec, Some(Absences::new()))
    }

    fn open_as(
        config: Arc<KafkaConfig>,
        spec: &SessionSpec,
        absences: Option<Absences>,
    ) -> Result<Session, LogError> {
        let began = Instant::now();
        let bootstrap = &config.bootstrap;
        let held = Held::new(&config);
        let member = match absences {
            None => config.member(&spec.group)?,
            Some(_) => config.patient_member(&spec.group)?,
        };
        let consumer: BaseConsumer<MemberContext> = member
            .create_with_context(MemberContext::default())
            .map_err(|error| errors::create(&error))?;
        let login = Login::open(&config, consumer.client())?;
        let metadata = connect::metadata(consumer.client(), &config, || {
            let _ = consumer.poll(connect::COMPLAINTS_WAIT);
        })?;
        if absences.is_none() {
            connect::require_topics(&metadata, &spec.topics, bootstrap)?;
        }
        let transactions = Transactions::open(&config, &spec.transactional_id, began)?;
        let topics: Vec<&str> = spec.topics.iter().map(String::as_str).collect();
        consumer.subscribe(&topics).map_err(|error| errors::create(&error))?;
        Ok(Session {
            transactions,
            consumer: GroupMember::new(consumer),
            restorer: None,
            lanes: Vec::new(),
            watched_since: 0,
            login,
            held,
            stranger: fault::stranger(&config, &spec.group),
            calls: config.caller(&format!("transactional id `{}`", spec.transactional_id)),
            membership: MembershipLook::default(),
            group: spec.group.clone(),
            topics: connect::named(&spec.topics).cloned().collect(),
            absences,
            transactional_id: spec.transactional_id.clone(),
            config,
        })
    }

    fn report(&mut self, change: Change) -> Result<Membership, LogError> {
        match change {
            Change::Assigned(partitions) => Ok(Membership::Assigned(partitions)),
            Change::Revoked(partitions) => {
                self.lanes.retain(|lane| {
                    !partitions
                        .iter()
                        .any(|p| p.partition == lane.partition && p.topic == lane.topic)
                });
                Ok(Membership::Revoked(partitions))
            }
            Change::Broken(reason) => Err(LogError::Reopen(reason)),
        }
    }

    /// What an error from the consumer means; most pass by themselves.
    fn check(&mut self, error: &KafkaError) -> Result<(), LogError> {
        let code = error.rdkafka_error_code();
        if code == Some(Code::AutoOffsetReset) {
            return self.out_of_range().map_err(|error| self.patiently(error));
        }
        if let (Some(absences), Some(code)) = (&mut self.absences, code)
            && absent::is_of_a_topic(code)
        {
            absences.hint(code);
            return Ok(());
        }
        let complaint = self.consumer.context().complaints().last();
        errors::poll(error, complaint).map_or(Ok(()), Err)
    }

    /// The client does not say which partition it is, so each is looked at.
    fn out_of_range(&self) -> Result<(), LogError> {
        let most = self.config.waits().call(QUESTION);
        let patience = Patience { most, gone: LogError::Reopen };
        for Lane { topic, partition, next, .. } in &self.lanes {
            let client = self.consumer.client();
            let (low, stable) = offsets::ask(client, &self.calls, topic, *partition, patience)?;
            if *next < low || *next > stable {
                return Err(errors::out_of_range(topic, *partition, *next, low, stable));
            }
        }
        Err(LogError::Reopen("a position was out of range; it no longer is".to_owned()))
    }

    fn require_owned(&self, positions: &[Position]) -> Result<(), LogError> {
        for Position { topic, partition, .. } in positions {
            if !self.consumer.context().owns(topic, *partition) {
                return Err(LogError::Abort(format!(
                    "{topic}[{partition}] is not assigned to this member any more"
                )));
            }
        }
        Ok(())
    }

    fn lane(&mut self, topic: &str, partition: i32) -> Option<&mut Lane> {
        self.lanes.iter_mut().find(|lane| lane.partition == partition && lane.topic == topic)
    }

    /// Begins to fetch partitions that are ours and were not fetched yet.
    fn start(&mut self, positions: &[&Position]) -> Result<(), LogError> {
        if positions.is_empty() {
            return Ok(());
        }
        let list = offset_list(positions.iter().copied(), "")?;
        let assign = || self.consumer.incremental_assign(&list);
        call(&self.calls, "incremental_assign", assign).map_err(|error| {
            LogError::Reopen(format!("cannot begin to read: {}", errors::text(&error)))
        })?;
        fault::pause_first_partition(&self.consumer, &list);
        self.lanes.extend(positions.iter().map(|position| Lane {
            topic: position.topic.clone(),
            partition: position.partition,
            next: position.next_offset,
            watch: Some(Watch::new(Instant::now())),
        }));
        Ok(())
    }

    /// Moves partitions that are fetched already. One that was only just begun may not be ready to
    /// be moved; it is asked again.
    fn rewind(&mut self, positions: &[&Position]) -> Result<(), LogError> {
        let (began, seek_max) = (Instant::now(), self.config.waits().long_call());
        let mut left: Vec<&Position> = positions.to_vec();
        while !left.is_empty() {
            let list = offset_list(left.iter().copied(), "")?;
            let seek = || self.consumer.seek_partitions(list, seek_max);
            let result = call(&self.calls, "seek_partitions", seek);
            let list = result.map_err(|error| {
                LogError::Reopen(format!("cannot seek: {}", errors::text(&error)))
            })?;
            let failed = |p: &&&Position| {
                let element = list.find_partition(&p.topic, p.partition);
                element.is_some_and(|element| element.error().is_err())
            };
            left = left.iter().filter(failed).copied().collect();
            if let Some(position) = left.first() {
                if began.elapsed() > seek_max {
                    let Position { topic, partition, .. } = position;
                    return Err(LogError::Reopen(format!("{topic}[{partition}]: cannot seek")));
                }
                std::thread::sleep(SEEK_RETRY);
            }
        }
        for position in positions {
            if let Some(lane) = self.lane(&position.topic, position.partition) {
                lane.next = position.next_offset;
            }
        }
        Ok(())
    }
}

impl Writer for Session {
    fn begin(&mut self) -> Result<(), LogError> {
        self.tend()?;
        self.transactions.begin()
    }

    fn send(&mut self, output: &Output<'_>) -> Result<(), LogError> {
        self.transactions.send(output)
    }

    fn commit(&mut self, positions: &[Position]) -> Result<(), LogError> {
        if positions.is_empty() {
            return Err(LogError::Fatal(
                "a session's commit needs a position, which fences a zombie".to_owned(),
            ));
        }
        if self.stranger.is_none() {
            self.require_owned(positions)?;
        }
        let (consumer, stranger) = (&self.consumer, self.stranger.as_ref());
        let signature = &signature(&self.transactional_id);
        self.transactions.commit_with(Some(Member { consumer, positions, signature, stranger }))
    }

    fn abort(&mut self) -> Result<(), LogError> {
        self.transactions.abort()
    }
}

impl Log for Session {
    fn poll(
        &mut self,
        wait: Duration,
        max_records: usize,
        visit: &mut dyn FnMut(RecordRef<'_>),
    ) -> Result<Membership, LogError> {
        if let Some(change) = self.consumer.context().take_change() {
            return self.report(change);
        }
        self.tend()?;
        let deadline = Instant::now() + wait;
        let mut visited = 0;
        let mut lane_index = 0;
        while visited < max_records {
            let left = if visited == 0 {
                deadline.saturating_duration_since(Instant::now())
            } else {
                Duration::ZERO
            };
            // Only the client's own wait is watched: what is done with its records has limits of its own.
            let polled = match left.is_zero() {
                true => self.consumer.poll(left),
                false => call(&self.calls, "consumer_poll", || self.consumer.poll(left)),
            };
            match polled {
                Some(Ok(message)) => {
                    let Some(index) = find_lane(&self.lanes, lane_index, &message) else {
                        continue;
                    };
                    lane_index = index;
                    let lane = &mut self.lanes[index];
                    if message.offset() < lane.next {
                        continue;
                    }
                    lane.next = message.offset() + 1;
                    lane.watch = None;
                    visit(record(&lane.topic, &message));
                    visited += 1;
                }
                Some(Err(error)) => self.check(&error)?,
                None if self.consumer.context().has_change() => break,
                None if visited > 0 || left.is_zero() => break,
                None => {}
            }
        }
        self.watch_anew_if_the_group_changed();
        self.look_for_topics();
        if visited > 0 {
            return Ok(Membership::Steady);
        }
        match self.consumer.context().take_change() {
            Some(change) => self.report(change),
            None => self.look().map(|()| Membership::Steady),
        }
    }

    fn seek(&mut self, positions: &[Position]) -> Result<(), LogError> {
        let (mut fetched, mut new) = (Vec::new(), Vec::new());
        for position in positions {
            let Position { topic, partition, .. } = position;
            if !self.consumer.context().owns(topic, *partition) {
                // Revoked a moment ago: the next poll says so.
                tracing::debug!(topic, partition, "no longer assigned: not read");
            } else if self.lane(topic, *partition).is_some() {
                fetched.push(position);
            } else {
                new.push(position);
            }
        }
        self.start(&new)?;
        self.rewind(&fetched)
    }

    fn committed(&mut self, topic: &str, partition: i32) -> Result<Option<i64>, LogError> {
        let mut list = TopicPartitionList::with_capacity(1);
        list.add_partition(topic, partition);
        // At read_committed librdkafka asks for stable offsets and waits for them.
        let ask = || self.consumer.committed_offsets(list, STABLE_OFFSET_WAIT);
        let answer = call(&self.calls, "committed", ask);
        let list =
            answer.map_err(|error| self.patiently(errors::committed(topic, partition, &error)))?;
        let Some(element) = list.find_partition(topic, partition) else {
            return Ok(None);
        };
        let failed =
            |error| self.patiently(offsets::sorted(topic, partition, &error, LogError::Reopen));
        element.error().map_err(failed)?;
        match element.offset() {
            Offset::Offset(offset) => Ok(Some(offset)),
            _ => Ok(None),
        }
    }

    fn is_member(&self) -> bool {
        self.looks_like_a_member()
    }

    fn watermarks(&mut self, topic: &str, partition: i32) -> Result<Watermarks, LogError> {
        // Not of the member's own client: an answer waits behind the fetch under way.
        let config = self.config.clone();
        let watermarks = self.restorer()?.watermarks(&config, topic, partition);
        watermarks.map_err(|error| self.patiently(error))
    }

    fn absent(&self) -> Vec<Absent> {
        self.absences.as_ref().map(Absences::list).unwrap_or_default()
    }

    fn restore(
        &mut self,
        topic: &str,
        partition: i32,
        restart: bool,
        budget: Duration,
        visit: &mut dyn FnMut(RecordRef<'_>),
    ) -> Result<RestoreProgress, LogError> {
        let config = self.config.clone();
        let which = TopicPartition { topic: topic.to_owned(), partition };
        self.restorer()?.restore(&config, which, restart, budget, visit)
    }
}

/// The lane of a message; most often that of the one before.
fn find_lane(lanes: &[Lane], guess: usize, message: &impl Message) -> Option<usize> {
    let (topic, partition) = (message.topic(), message.partition());
    let fits = |lane: &Lane| lane.partition == partition && lane.topic == topic;
    if lanes.get(guess).is_some_and(fits) {
        return Some(guess);
    }
    lanes.iter().position(fits)
}
