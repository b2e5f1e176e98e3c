//! Delivery failures of the open transaction: the first one is kept. To a worker librdkafka does not
//! report records that arrived; to a writer outside a group it does, with the time that the broker
//! gave them.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{DeliveryResult, Message, Timestamp};
use rdkafka::producer::ProducerContext;

use super::context::{Complains, Complaints, lock, log};

/// Why a record was not delivered.
#[derive(Clone)]
pub(super) struct Failure {
    pub topic: String,
    pub code: Code,
}

/// The context of the producer: the first failure of the open transaction.
#[derive(Default)]
pub(super) struct DeliveryContext {
    failed: AtomicBool,
    failure: Mutex<Option<Failure>>,
    /// The time that the broker stamped last in this transaction, in milliseconds since 1970; 0: none.
    stamped_ms: AtomicI64,
    complaints: Complaints,
}

impl DeliveryContext {
    /// A new transaction begins without failures and stamps.
    pub(super) fn reset(&self) {
        *lock(&self.failure) = None;
        self.failed.store(false, Ordering::Release);
        // A stamp of an earlier transaction says nothing about the clock now.
        self.stamped_ms.store(0, Ordering::Relaxed);
    }

    /// The time that the broker stamped last, in milliseconds since 1970, where deliveries are reported
    /// and the topic goes by the broker's clock.
    pub(super) fn stamped_ms(&self) -> Option<i64> {
        Some(self.stamped_ms.load(Ordering::Relaxed)).filter(|ms| *ms > 0)
    }

    /// The first failure of the transaction; cheap enough to be asked for each record.
    pub(super) fn failure(&self) -> Option<Failure> {
        if !self.failed.load(Ordering::Acquire) {
            return None;
        }
        lock(&self.failure).clone()
    }
}

impl Complains for DeliveryContext {
    fn complaints(&self) -> &Complaints {
        &self.complaints
    }
}

impl ClientContext for DeliveryContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.complaints.note(&error, reason);
    }
}

impl ProducerContext for DeliveryContext {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let (error, message) = match result {
            Err(failed) => failed,
            Ok(message) => {
                if let Timestamp::LogAppendTime(ms) = message.timestamp() {
                    self.stamped_ms.store(ms, Ordering::Relaxed);
                }
                return;
            }
        };
        let code = error.rdkafka_error_code().unwrap_or(Code::Fail);
        // Purged by an abort: no failure, but what the abort is for.
        if matches!(code, Code::PurgeQueue | Code::PurgeInflight) {
            return;
        }
        let mut failure = lock(&self.failure);
        if failure.is_none() {
            *failure = Some(Failure { topic: message.topic().to_owned(), code });
            self.failed.store(true, Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_of_an_earlier_transaction_is_forgotten() {
        let context = DeliveryContext::default();
        context.stamped_ms.store(1_790_000_000_000, Ordering::Relaxed);
        assert!(context.stamped_ms().is_some());
        context.reset();
        assert_eq!(context.stamped_ms(), None);
    }
}
