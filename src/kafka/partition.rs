//! Reads one partition between two offsets, at read_committed.
//!
//! The end is found by position. The last offsets below it may hold no record that we would ever
//! see (a transaction marker, an aborted record, one compacted away), so the reader takes the
//! broker's word: an "end of partition" that answers a fetch sent *after* the last stable offset
//! was known to be at or past the goal means that everything below the goal has been read.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::Headers;
use rdkafka::{Message, Offset, TopicPartitionList};

use super::config::KafkaConfig;
use super::context::{Complains, PlainContext};
use super::login::Login;
use super::offsets::{Gone, RETRY, Unanswered};
use super::watched::call;
use super::{errors, offsets};
use crate::log::calls::{Call, Caller};
use crate::log::trace::{HEADER, Trace};
use crate::log::{LogError, RecordRef};

/// One wait; short enough for the budget to be kept.
const WAIT_MAX: Duration = Duration::from_millis(50);

/// Where the fetcher stands.
struct Cursor {
    topic: String,
    partition: i32,
    next: i64,
    /// The last stable offset when fetching from here began; `None`: it has not begun (again).
    stable: Option<i64>,
    /// The broker said that there is no more to see.
    ended: bool,
    /// No broker can say at present where the partition begins and ends.
    unanswered: Option<Unanswered>,
}

pub(super) struct PartitionReader {
    consumer: BaseConsumer<PlainContext>,
    login: Login,
    calls: Caller,
    cursor: Option<Cursor>,
    gone: Gone,
    /// Records without their headers, which take a fifteenth of the time.
    is_headless: bool,
    /// Dropped after the client, whose end may stand still too.
    closing: Option<Call>,
}

impl Drop for PartitionReader {
    fn drop(&mut self) {
        self.closing = Some(self.calls.enter("destroy"));
    }
}

/// The result of one wait.
enum Step {
    Record,
    Reached(i64),
    End,
    Nothing,
}

impl PartitionReader {
    pub(super) fn open(
        config: &KafkaConfig,
        group: &str,
        gone: Gone,
    ) -> Result<PartitionReader, LogError> {
        let consumer: BaseConsumer<PlainContext> = config
            .reader(group)?
            .create_with_context(PlainContext::default())
            .map_err(|error| errors::create(&error))?;
        let login = Login::open(config, consumer.client())?;
        let calls = config.caller(&format!("a reader of group `{group}`"));
        Ok(PartitionReader {
            consumer,
            login,
            calls,
            cursor: None,
            gone,
            is_headless: false,
            closing: None,
        })
    }

    /// For what is read for its state alone: no trace goes on from it.
    pub(super) fn headless(mut self) -> PartitionReader {
        self.is_headless = true;
        self
    }

    /// Gives the client a newer access token, if there is one.
    pub(super) fn keep(&mut self) {
        self.login.keep(self.consumer.client());
    }

    pub(super) fn calls(&self) -> &Caller {
        &self.calls
    }

    pub(super) fn consumer(&self) -> &BaseConsumer<PlainContext> {
        &self.consumer
    }

    /// Stops fetching until the next read: records not wanted soon only take memory.
    pub(super) fn rest(&mut self) -> Result<(), LogError> {
        self.cursor = None;
        let stopped = call(&self.calls, "unassign", || self.consumer.unassign());
        stopped.map_err(|error| {
            LogError::Reopen(format!("cannot stop reading: {}", errors::text(&error)))
        })
    }

    /// Visits `from <= offset < to` in order for about `budget`; returns where to go on, `to` or
    /// more once all is read. Going on from there costs nothing; another offset starts a new fetch.
    /// While the partition has no leader it brings nothing; the caller has a limit for that.
    pub(super) fn read(
        &mut self,
        topic: &str,
        partition: i32,
        from: i64,
        to: i64,
        budget: Duration,
        visit: &mut dyn FnMut(RecordRef<'_>),
    ) -> Result<i64, LogError> {
        if from >= to {
            return Ok(from);
        }
        self.keep();
        let deadline = Instant::now() + budget;
        let goes_on = self.cursor.as_ref().is_some_and(|cursor| {
            cursor.topic == topic && cursor.partition == partition && cursor.next == from
        });
        if !goes_on {
            let topic = topic.to_owned();
            let (stable, ended, unanswered) = (None, false, None);
            self.cursor = Some(Cursor { topic, partition, next: from, stable, ended, unanswered });
        }
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let step = match self.cursor.as_ref().is_some_and(|cursor| cursor.stable.is_some()) {
                true => self.step(left.min(WAIT_MAX), to, visit)?,
                false => self.start()?,
            };
            match step {
                // The clock is not asked for each record, only now and then.
                Step::Record if self.next() % 64 != 0 => continue,
                Step::Record => {}
                Step::Reached(offset) => return Ok(offset),
                Step::End => {
                    if let Some(offset) = self.at_end(to)? {
                        return Ok(offset);
                    }
                }
                // Behind an open transaction: has it ended?
                Step::Nothing => {
                    if self.cursor.as_ref().is_some_and(|cursor| cursor.ended) {
                        self.at_end(to)?;
                    }
                }
            }
            // Whether there is such a partition at all is clear before this returns.
            let unanswered = self.cursor.as_ref().and_then(|cursor| cursor.unanswered.as_ref());
            let is_unknown = unanswered.is_some_and(Unanswered::is_unknown);
            if Instant::now() >= deadline && !is_unknown {
                return Ok(self.next());
            }
        }
    }

    fn next(&self) -> i64 {
        self.cursor.as_ref().map_or(0, |cursor| cursor.next)
    }

    /// The first offset and the last stable one. `None`: no broker can say at present.
    fn ask(&mut self) -> Result<Option<(i64, i64)>, LogError> {
        let Some(cursor) = self.cursor.as_mut() else { return Ok(None) };
        let (topic, partition) = (&cursor.topic, cursor.partition);
        let error = match offsets::attempt(self.consumer.client(), &self.calls, topic, partition) {
            Ok(answer) => {
                cursor.unanswered = None;
                return Ok(Some(answer));
            }
            Err(error) => error,
        };
        let why = offsets::sorted(topic, partition, &error, self.gone);
        let now = Instant::now();
        let unanswered = cursor.unanswered.get_or_insert_with(|| Unanswered::new(now));
        if !unanswered.asks_again(&error, None, now) {
            return Err(why);
        }
        unanswered.say(&why, now);
        std::thread::sleep(RETRY);
        Ok(None)
    }

    /// Fetches from the cursor on, after the last stable offset has been asked for.
    fn start(&mut self) -> Result<Step, LogError> {
        let Some((low, stable)) = self.ask()? else { return Ok(Step::Nothing) };
        let Some(cursor) = self.cursor.as_mut() else { return Ok(Step::Nothing) };
        let (topic, partition, next) = (&cursor.topic, cursor.partition, cursor.next);
        if next < low {
            return Err(errors::out_of_range(topic, partition, next, low, stable));
        }
        let mut list = TopicPartitionList::with_capacity(1);
        let assigned = list
            .add_partition_offset(topic, partition, Offset::Offset(next))
            .and_then(|()| call(&self.calls, "assign", || self.consumer.assign(&list)));
        assigned.map_err(|error| errors::offsets(topic, partition, &error))?;
        (cursor.stable, cursor.ended) = (Some(stable), false);
        Ok(Step::Nothing)
    }

    fn step(
        &mut self,
        wait: Duration,
        to: i64,
        visit: &mut dyn FnMut(RecordRef<'_>),
    ) -> Result<Step, LogError> {
        let Some(cursor) = self.cursor.as_mut() else {
            return Ok(Step::Nothing);
        };
        // Not watched, for it is called for each record: it takes no question to a broker.
        let message = match self.consumer.poll(wait) {
            None => return Ok(Step::Nothing),
            Some(Err(KafkaError::PartitionEOF(partition))) if partition == cursor.partition => {
                return Ok(Step::End);
            }
            Some(Err(error)) => return self.failed(&error),
            Some(Ok(message)) => message,
        };
        let offset = message.offset();
        if message.partition() != cursor.partition || offset < cursor.next {
            return Ok(Step::Nothing);
        }
        if offset >= to {
            // This record is off the queue: the next read of it must fetch it again.
            self.cursor = None;
            return Ok(Step::Reached(offset));
        }
        visit(match self.is_headless {
            true => headless(&cursor.topic, &message),
            false => record(&cursor.topic, &message),
        });
        cursor.next = offset + 1;
        Ok(if cursor.next >= to { Step::Reached(cursor.next) } else { Step::Record })
    }

    /// All that can be seen was read. `Some` if that is everything below `to`.
    fn at_end(&mut self, to: i64) -> Result<Option<i64>, LogError> {
        let Some(cursor) = self.cursor.as_mut() else {
            return Ok(None);
        };
        if cursor.stable.is_some_and(|stable| stable >= to) {
            self.cursor = None;
            return Ok(Some(to));
        }
        cursor.ended = true;
        if self.ask()?.is_some_and(|(_, stable)| stable >= to) {
            // This end may be older than the answer: only one that comes after it counts.
            self.start()?;
        }
        Ok(None)
    }

    fn failed(&mut self, error: &KafkaError) -> Result<Step, LogError> {
        let Some(cursor) = self.cursor.as_mut() else {
            return Ok(Step::Nothing);
        };
        // A broker that has just started may not know the partition for a while: it is asked until it
        // does, and whether the partition is gone shows in the answer.
        if errors::is_unknown(error) {
            cursor.stable = None;
            return Ok(Step::Nothing);
        }
        if error.rdkafka_error_code() == Some(Code::AutoOffsetReset) {
            let next = cursor.next;
            cursor.stable = None;
            let Some((low, high)) = self.ask()? else { return Ok(Step::Nothing) };
            let Some(cursor) = &self.cursor else { return Ok(Step::Nothing) };
            return Err(errors::out_of_range(&cursor.topic, cursor.partition, next, low, high));
        }
        // The group is never joined, so what it is refused does not matter.
        if error.rdkafka_error_code() == Some(Code::GroupAuthorizationFailed) {
            return Ok(Step::Nothing);
        }
        let complaint = self.consumer.context().complaints().last();
        errors::poll(error, complaint).map_or(Ok(Step::Nothing), Err)
    }
}

/// A message as the log's contract has it. A record without a timestamp is older than Kafka 0.10.
pub(super) fn record<'a>(topic: &'a str, message: &'a impl Message) -> RecordRef<'a> {
    RecordRef { trace: message.headers().and_then(trace_of), ..headless(topic, message) }
}

fn headless<'a>(topic: &'a str, message: &'a impl Message) -> RecordRef<'a> {
    RecordRef {
        topic,
        partition: message.partition(),
        offset: message.offset(),
        timestamp_ms: message.timestamp().to_millis().unwrap_or(1),
        key: message.key(),
        value: message.payload(),
        trace: None,
    }
}

fn trace_of(headers: &impl Headers) -> Option<Trace> {
    let mut named = headers.iter().filter(|header| header.key == HEADER);
    named.find_map(|header| Trace::parse(std::str::from_utf8(header.value?).ok()?))
}
