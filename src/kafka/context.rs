//! What librdkafka reports besides records: its log goes to `tracing`, and its last complaint is
//! kept, because an error of a call says *that* something failed, and only the complaint says why.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// A complaint of the client, as librdkafka words it.
#[derive(Clone, Debug)]
pub(super) struct Complaint {
    pub code: RDKafkaErrorCode,
    pub reason: String,
}

/// A credential that the broker does not accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Token,
    Certificate,
}

impl Complaint {
    /// librdkafka has these in its words only.
    pub(super) fn refused(&self) -> Option<Refused> {
        // RFC 7628's word for a token that the broker does not accept.
        if self.reason.contains("invalid_token") {
            return Some(Refused::Token);
        }
        // The alerts with which a TLS server refuses a client's certificate, or the lack of one (RFC
        // 8446, section 6). In TLS 1.3 they follow a connection that seemed to be made.
        let number = self.reason.split("SSL alert number ").nth(1)?;
        let number: u8 = number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
        matches!(number, 42..=46 | 48 | 49 | 116).then_some(Refused::Certificate)
    }
}

/// The last complaint of a client. A refused login outlives the "all brokers down" that follows.
#[derive(Debug, Default)]
pub(super) struct Complaints(Mutex<Option<Complaint>>);

impl Complaints {
    pub(super) fn note(&self, error: &KafkaError, reason: &str) {
        let Some(code) = error.rdkafka_error_code() else {
            return;
        };
        // The end of a partition is news to a restore only.
        if code == RDKafkaErrorCode::PartitionEOF {
            return;
        }
        // The client's log has these, too, in the same words.
        match code {
            RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::PollExceeded => {
                tracing::debug!(%code, reason, "kafka client");
            }
            _ => tracing::warn!(%code, reason, "kafka client"),
        }
        let mut last = lock(&self.0);
        let follows = code == RDKafkaErrorCode::AllBrokersDown;
        if !(follows && last.is_some()) {
            *last = Some(Complaint { code, reason: reason.to_owned() });
        }
    }

    pub(super) fn last(&self) -> Option<Complaint> {
        lock(&self.0).clone()
    }
}

/// The data behind these locks is valid after every single write, so that a panic elsewhere does
/// not spoil it.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// librdkafka's log lines, at our levels. A coordinator that is still loading is not an
/// error: it happens after each start of a broker and passes.
pub(super) fn log(level: RDKafkaLogLevel, facility: &str, message: &str) {
    let passes = message.contains("load in progress");
    match level {
        RDKafkaLogLevel::Emerg
        | RDKafkaLogLevel::Alert
        | RDKafkaLogLevel::Critical
        | RDKafkaLogLevel::Error
            if !passes =>
        {
            tracing::error!(target: "librdkafka", facility, "{message}");
        }
        RDKafkaLogLevel::Warning if !passes => {
            tracing::warn!(target: "librdkafka", facility, "{message}");
        }
        RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info if !passes => {
            tracing::info!(target: "librdkafka", facility, "{message}");
        }
        _ => tracing::debug!(target: "librdkafka", facility, "{message}"),
    }
}

/// A client whose complaints can be asked for.
pub(super) trait Complains: ClientContext {
    fn complaints(&self) -> &Complaints;
}

/// The context of clients that neither write nor join a group.
#[derive(Debug, Default)]
pub(super) struct PlainContext {
    complaints: Complaints,
}

impl Complains for PlainContext {
    fn complaints(&self) -> &Complaints {
        &self.complaints
    }
}

impl ClientContext for PlainContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.complaints.note(&error, reason);
    }
}

impl ConsumerContext for PlainContext {}
