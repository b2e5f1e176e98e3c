//! The producer that knows nothing but transactions: begin, send, then commit or abort.
//!
//! Deliveries are not awaited one by one. librdkafka reports failures only, and the first one of a
//! transaction is kept: the commit finds it at the latest, and names the topic and the cause.

mod opening;

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::util::Timeout;

use super::config::KafkaConfig;
use super::delivery::{DeliveryContext, Failure};
use super::login::{Held, Login};
use super::membership::MemberContext;
use super::offsets::offset_list;
use super::waits::{self, Waits};
use super::watched::call;
use super::{errors, fault, native};
use crate::log::calls::{Call, Caller};
use crate::log::trace::{self, Trace};
use crate::log::{LogError, Output, Position, Writer, clock};

/// A wait for deliveries; in longer steps the client sleeps through the last of them.
const DRAIN_STEP: Duration = Duration::from_micros(300);
const ABORT_STEP: Duration = Duration::from_millis(500);
/// An orderly stop has five seconds for everything.
const DROP_ABORT_MAX: Duration = Duration::from_secs(3);

/// Whose positions a transaction carries.
pub(super) struct Member<'a> {
    pub consumer: &'a BaseConsumer<MemberContext>,
    pub positions: &'a [Position],
    /// Goes with the positions: who commits them.
    pub signature: &'a str,
    /// Only in tests of fencing, see [`fault`].
    pub stranger: Option<&'a ConsumerGroupMetadata>,
}

/// A transactional producer, fenced by the next one with the same id.
pub(super) struct Transactions {
    producer: BaseProducer<DeliveryContext>,
    login: Login,
    /// Of a writer on its own: the files that its client was made with.
    held: Option<(Held, KafkaConfig)>,
    calls: Caller,
    waits: Waits,
    /// This machine's clock and the brokers whose clock it must fit; none, where it is not looked at.
    clock: Option<(fn() -> i64, String)>,
    open: bool,
    /// When the last transaction began.
    begun: Instant,
    /// Set once the client cannot be used any more; every further call returns it.
    dead: Option<LogError>,
    /// Dropped after the client, whose end may stand still too.
    closing: Option<Call>,
}

impl Transactions {
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// Gives the client a newer access token, if there is one.
    pub(super) fn keep(&mut self) {
        self.login.keep(self.producer.client());
    }

    /// Ends the transaction together with the positions of a group member.
    pub(super) fn commit_with(&mut self, member: Option<Member<'_>>) -> Result<(), LogError> {
        self.alive()?;
        self.drain()?;
        self.check_deliveries()?;
        self.check_clock()?;
        if let Some(member) = &member
            && !fault::offsets_outside()
        {
            let sent = self.send_offsets(member);
            sent.or_else(|error| self.sorted(error))?;
        }
        // After this the outcome counts as unknown: the client is dropped, and the task's record says
        // what committed.
        let most = Timeout::After(self.waits.commit());
        let commit = || self.producer.commit_transaction(most);
        let committed = call(&self.calls, "commit_transaction", commit);
        if let Err(error) = committed {
            // A record that failed in the meantime names its topic; that is the better reason.
            self.check_deliveries()?;
            return self.sorted(errors::transaction("cannot commit the transaction", &error));
        }
        self.open = false;
        match member {
            Some(member) if fault::offsets_outside() => {
                let list = offset_list(member.positions, member.signature)?;
                // Not waited for: outside a transaction the wait has no end of its own.
                let committed = member.consumer.commit(&list, CommitMode::Async);
                committed.map_err(|error| LogError::Reopen(errors::text(&error)))
            }
            _ => Ok(()),
        }
    }

    /// The offsets, with the generation that fences a zombie. The broker takes offsets without a
    /// generation from anybody, so it must be there, and be the same before and after the
    /// metadata is taken: a member that was thrown out in between has lost it.
    fn send_offsets(&self, member: &Member<'_>) -> Result<(), LogError> {
        let list = offset_list(member.positions, member.signature)?;
        let doing = "cannot add the offsets to the transaction";
        let most = self.waits.long_call();
        let send = |metadata: &ConsumerGroupMetadata| {
            // It may ignore its time limit (librdkafka issues 5456, 5511): see `clients`.
            let sent = call(&self.calls, "send_offsets_to_transaction", || {
                self.producer.send_offsets_to_transaction(&list, metadata, most)
            });
            sent.map_err(|error| errors::transaction(doing, &error))
        };
        if let Some(stranger) = member.stranger {
            return send(stranger);
        }
        let before = native::generation(member.consumer);
        let metadata = member.consumer.group_metadata();
        let after = native::generation(member.consumer);
        match metadata {
            Some(metadata) if before.is_some() && before == after => send(&metadata),
            _ => Err(LogError::Abort(format!("{doing}: not a member of the consumer group"))),
        }
    }

    /// Waits until everything sent has been taken or has failed. Before a commit this is much
    /// faster than the commit's own wait, which looks only every 100 ms.
    fn drain(&mut self) -> Result<(), LogError> {
        let began = Instant::now();
        while self.producer.in_flight_count() > 0 {
            self.wait_a_step();
            if began.elapsed() > self.waits.deliveries() {
                let left = self.producer.in_flight_count();
                return self.sorted(LogError::Reopen(format!(
                    "{left} records were neither acknowledged nor rejected in time"
                )));
            }
        }
        Ok(())
    }

    /// Takes the reports that are there, then sleeps. A `poll` of a millisecond would not sleep:
    /// the rest of it is less than one, is rounded down to none, and is spun through; that took
    /// half of the processor of an instance with many transactions.
    fn wait_a_step(&self) {
        self.producer.poll(Duration::ZERO);
        std::thread::sleep(DRAIN_STEP);
    }

    fn check_deliveries(&mut self) -> Result<(), LogError> {
        let Some(Failure { topic, code }) = self.producer.context().failure() else {
            return Ok(());
        };
        let code = if self.is_missing(&topic, code) { Code::UnknownTopic } else { code };
        self.sorted(self.refused(&topic, code))
    }

    /// Before the commit: what is refused is aborted, and nothing of it is seen. The client goes on.
    fn check_clock(&self) -> Result<(), LogError> {
        match (&self.clock, self.producer.context().stamped_ms()) {
            (Some((now_ms, brokers)), Some(broker_ms)) => {
                clock::beside_broker(now_ms(), broker_ms, brokers).map_err(LogError::Fatal)
            }
            _ => Ok(()),
        }
    }

    /// Where the whole client failed, the record's error does not name the cause; the client's does.
    fn refused(&self, topic: &str, code: Code) -> LogError {
        match self.producer.client().fatal_error().filter(|_| code == Code::Fatal) {
            Some((why, reason)) => {
                let message = format!("cannot write to topic {topic}: {why} ({reason})");
                match errors::fences(why) {
                    true => LogError::Fenced(message),
                    false => LogError::Reopen(message),
                }
            }
            None => errors::write(topic, code),
        }
    }

    fn is_missing(&self, topic: &str, code: Code) -> bool {
        if !errors::may_be_missing_topic(code) {
            return false;
        }
        let most = self.waits.call(waits::QUESTION);
        let ask = || self.producer.client().fetch_metadata(None, most);
        let Ok(metadata) = call(&self.calls, "fetch_metadata", ask) else {
            return false;
        };
        !metadata.topics().iter().any(|found| found.name() == topic && found.error().is_none())
    }

    fn alive(&self) -> Result<(), LogError> {
        self.dead.clone().map_or(Ok(()), Err)
    }

    /// Remembers an error after which the client must not be used. The broker fences the producer of
    /// a transaction that outlived its time, too: then no other process need have its id.
    fn sorted(&mut self, error: LogError) -> Result<(), LogError> {
        let error = match error {
            LogError::Fenced(why)
                if self.open && self.begun.elapsed() >= self.waits.transaction =>
            {
                LogError::Reopen(why)
            }
            other => other,
        };
        if !matches!(error, LogError::Abort(_)) {
            self.dead = Some(error.clone());
        }
        Err(error)
    }

    /// Aborts in steps: between them the reports of purged records are taken, for which the abort
    /// itself would wait in vain.
    fn abort_within(&mut self, limit: Duration) -> Result<(), LogError> {
        if !self.open {
            return Ok(());
        }
        self.alive()?;
        let began = Instant::now();
        loop {
            let abort = || self.producer.abort_transaction(ABORT_STEP);
            let error = match call(&self.calls, "abort_transaction", abort) {
                Ok(()) => break,
                Err(error) => error,
            };
            let again =
                matches!(&error, KafkaError::Transaction(e) if e.is_retriable() && !e.is_fatal());
            if !again || began.elapsed() >= limit {
                // Whatever it is, the transaction's end is not known.
                return match errors::transaction("cannot abort the transaction", &error) {
                    LogError::Abort(message) => self.sorted(LogError::Reopen(message)),
                    other => self.sorted(other),
                };
            }
            self.wait_a_step();
        }
        self.producer.poll(Duration::ZERO);
        self.producer.context().reset();
        self.open = false;
        Ok(())
    }

    fn enqueue(&mut self, output: &Output<'_>) -> Result<(), LogError> {
        let began = Instant::now();
        let mut record = BaseRecord::<[u8], [u8]>::to(output.topic);
        record.partition = output.partition;
        record.key = output.key;
        record.payload = output.value;
        record.timestamp = output.timestamp_ms.map(|timestamp| timestamp.max(1));
        let trace = output.trace.map(Trace::header);
        record.headers = headers(output.headers, trace.as_ref().map(trace::Header::as_str));
        loop {
            let (error, returned) = match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err(refused) => refused,
            };
            let code = error.rdkafka_error_code().unwrap_or(Code::InvalidArgument);
            if code != Code::QueueFull || began.elapsed() > self.waits.deliveries() {
                return self.sorted(self.refused(output.topic, code));
            }
            record = returned;
            self.wait_a_step();
        }
    }
}

impl Writer for Transactions {
    fn begin(&mut self) -> Result<(), LogError> {
        self.alive()?;
        self.tend();
        if let Some((held, config)) = &mut self.held
            && let Some(why) = held.changed(config)
        {
            return self.sorted(LogError::Reopen(why));
        }
        self.producer.context().reset();
        self.begun = Instant::now();
        match call(&self.calls, "begin_transaction", || self.producer.begin_transaction()) {
            Ok(()) => self.open = true,
            Err(error) => {
                return self.sorted(errors::transaction("cannot begin a transaction", &error));
            }
        }
        Ok(())
    }

    fn send(&mut self, output: &Output<'_>) -> Result<(), LogError> {
        self.alive()?;
        self.check_deliveries()?;
        self.enqueue(output)
    }

    fn commit(&mut self, positions: &[Position]) -> Result<(), LogError> {
        if !positions.is_empty() {
            return Err(LogError::Fatal(
                "a writer outside a consumer group cannot commit positions".to_owned(),
            ));
        }
        self.commit_with(None)
    }

    fn abort(&mut self) -> Result<(), LogError> {
        self.abort_within(self.waits.long_call())
    }

    fn tend(&mut self) {
        self.keep();
        self.producer.poll(Duration::ZERO);
    }
}

impl Drop for Transactions {
    /// An open transaction would hold readers up until the broker gives up on it.
    fn drop(&mut self) {
        if let Err(error) = self.abort_within(DROP_ABORT_MAX) {
            tracing::warn!(%error, "a transaction stays open until the broker ends it");
        }
        self.closing = Some(self.calls.enter("destroy"));
    }
}

fn headers(pairs: &[(&str, &str)], trace: Option<&str>) -> Option<OwnedHeaders> {
    if pairs.is_empty() && trace.is_none() {
        return None;
    }
    let empty = OwnedHeaders::new_with_capacity(pairs.len() + 1);
    let pairs = pairs.iter().copied().chain(trace.map(|trace| (trace::HEADER, trace)));
    Some(
        pairs.fold(empty, |headers, (key, value)| {
            headers.insert(Header { key, value: Some(value) })
        }),
    )
}
