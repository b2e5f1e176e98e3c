//! What an error asks the caller to do: abort and rewind, reopen, or stop. Decided here and
//! nowhere else.
//!
//! The rule behind the table: *abort* only if we know that nothing was published and the client
//! still works; *fenced* if another producer has the transactional id; *reopen* if the client died
//! or the outcome is not known; *fatal* if an operator must change something first. In doubt it is
//! a reopen: that fences what is in flight, and the log says what was committed.

use rdkafka::error::{KafkaError, RDKafkaError, RDKafkaErrorCode as Code};

use super::context::{Complaint, Refused};
use crate::log::LogError;

/// The words of an error without the value of a setting, which may be a secret.
pub(super) fn text(error: &KafkaError) -> String {
    match error {
        KafkaError::ClientConfig(_, description, key, _) => {
            format!("setting `{key}`: {description}")
        }
        KafkaError::Transaction(inner) => inner.string(),
        other => match other.rdkafka_error_code() {
            Some(code) => code.to_string(),
            None => other.to_string(),
        },
    }
}

/// A client could not be made of the settings.
pub(super) fn create(error: &KafkaError) -> LogError {
    LogError::Fatal(format!("kafka: {}", text(error)))
}

/// A client of a session that is open already could not be made: its settings were right a while ago,
/// so that files were replaced since or the token server is away.
pub(super) fn later(error: LogError) -> LogError {
    match error {
        LogError::Fatal(why) => LogError::Reopen(why),
        other => other,
    }
}

/// The cluster could not be reached, or rejects this client.
pub(super) fn unreachable(bootstrap: &str, error: &str, complaint: Option<Complaint>) -> LogError {
    let Some(complaint) = complaint else {
        return LogError::Fatal(format!("kafka at {bootstrap} does not answer: {error}"));
    };
    let what = if rejects(&complaint) { "rejects this client" } else { "does not answer" };
    let hint = match complaint.refused() {
        Some(Refused::Token) => {
            "; the broker does not accept the access token: compare kafka.oauth.scope and audience \
             with what it expects, its issuer and keys, and the clocks"
        }
        Some(Refused::Certificate) => {
            "; the broker does not accept our certificate: compare kafka.ssl_certificate_location \
             with the authorities that it trusts, and look when it expires"
        }
        None => "",
    };
    let reason = complaint.reason;
    LogError::Fatal(format!("kafka at {bootstrap} {what}: {reason}{hint}"))
}

/// The broker answered and said no: a longer wait does not help.
pub(super) fn refuses(code: Code) -> bool {
    matches!(
        code,
        Code::Authentication
            | Code::SaslAuthenticationFailed
            | Code::UnsupportedSASLMechanism
            | Code::IllegalSASLState
            | Code::SSL
    )
}

/// The same of a complaint: a refused certificate may come as a broken connection.
pub(super) fn rejects(complaint: &Complaint) -> bool {
    refuses(complaint.code) || complaint.refused().is_some()
}

/// The connection broke, which may mean that only one side speaks TLS.
pub(super) fn breaks(code: Code) -> bool {
    matches!(code, Code::BrokerTransportFailure | Code::AllBrokersDown | Code::SSL)
}

/// `init_transactions` failed within the time that opening has.
pub(super) fn init(
    bootstrap: &str,
    id: &str,
    error: &KafkaError,
    complaint: Option<Complaint>,
) -> LogError {
    let code = error.rdkafka_error_code();
    match code {
        Some(Code::TransactionalIdAuthorizationFailed | Code::ClusterAuthorizationFailed) => {
            LogError::Fatal(format!(
                "kafka at {bootstrap} does not allow the transactional id `{id}`: grant Write and \
                 Describe on it"
            ))
        }
        Some(Code::InvalidTransactionTimeout) => LogError::Fatal(format!(
            "kafka at {bootstrap} does not allow so long a transaction: lower \
             transaction_timeout_ms, or raise the broker's transaction.max.timeout.ms"
        )),
        _ if complaint.as_ref().is_some_and(rejects) => {
            unreachable(bootstrap, &text(error), complaint)
        }
        // The cluster has answered before: the coordinator is moving to another broker.
        _ => LogError::Reopen(format!(
            "kafka at {bootstrap}: the coordinator of the transactional id `{id}` does not answer: {}",
            text(error)
        )),
    }
}

/// An error out of a call of the transaction, in the words `doing`.
pub(super) fn transaction(doing: &str, error: &KafkaError) -> LogError {
    let message = format!("{doing}: {}", text(error));
    match error {
        KafkaError::Transaction(inner) => sort_transaction(inner, message),
        // `Flush` out of a commit, and whatever else is new: the outcome is not known.
        _ => LogError::Reopen(message),
    }
}

fn sort_transaction(error: &RDKafkaError, message: String) -> LogError {
    match error.code() {
        Code::TransactionalIdAuthorizationFailed
        | Code::GroupAuthorizationFailed
        | Code::ClusterAuthorizationFailed => LogError::Fatal(message),
        code if fences(code) && !error.txn_requires_abort() => LogError::Fenced(message),
        _ if error.is_fatal() => LogError::Reopen(message),
        _ if error.txn_requires_abort() => LogError::Abort(message),
        // A timeout ("retriable": it goes on in the background), or neither flag.
        _ => LogError::Reopen(message),
    }
}

/// Whether a newer producer with the same transactional id is the cause. The broker raises the
/// epoch of a transaction that timed out, too: the producer is of no more use then either.
pub(super) fn fences(code: Code) -> bool {
    matches!(code, Code::Fenced | Code::ProducerFenced | Code::InvalidProducerEpoch)
}

/// A record was not written. That says nothing about the record, except for its size.
pub(super) fn write(topic: &str, code: Code) -> LogError {
    let message = format!("cannot write to topic {topic}: {}", write_reason(code));
    match code {
        code if fences(code) => LogError::Fenced(message),
        Code::Fatal
        | Code::InvalidProducerIdMapping
        | Code::UnknownProducerId
        | Code::OutOfOrderSequenceNumber => LogError::Reopen(message),
        _ => LogError::Abort(message),
    }
}

fn write_reason(code: Code) -> String {
    match code {
        Code::UnknownTopic | Code::UnknownTopicOrPartition => {
            "it does not exist; create it (`buymode topics create`) or change the route".to_owned()
        }
        Code::UnknownPartition => "it has no such partition".to_owned(),
        Code::TopicAuthorizationFailed => "not allowed; grant Write on it".to_owned(),
        Code::MessageSizeTooLarge => {
            "a record is larger than the topic's max.message.bytes".to_owned()
        }
        Code::MessageTimedOut => "no broker took it in time".to_owned(),
        other => other.to_string(),
    }
}

/// Whether a failed write may really mean that the topic is gone: the broker first answers "ask
/// again", and the time to ask runs out.
pub(super) fn may_be_missing_topic(code: Code) -> bool {
    matches!(code, Code::MessageTimedOut | Code::UnknownPartition)
}

/// What an error returned by a poll means. `None`: the client recovers by itself.
pub(super) fn poll(error: &KafkaError, complaint: Option<Complaint>) -> Option<LogError> {
    let code = error.rdkafka_error_code()?;
    let reason = complaint.filter(|c| c.code == code).map_or_else(|| text(error), |c| c.reason);
    if matches!(error, KafkaError::MessageConsumptionFatal(_)) {
        return Some(LogError::Reopen(format!(
            "the broker removed this member from the consumer group: {reason}"
        )));
    }
    match code {
        Code::TopicAuthorizationFailed => {
            Some(LogError::Fatal(format!("cannot read a topic: {reason}")))
        }
        // A broker that has just started may not know every topic yet; the next opening looks.
        Code::UnknownTopicOrPartition | Code::UnknownTopic => {
            Some(LogError::Reopen(format!("cannot read a topic: {reason}")))
        }
        Code::GroupAuthorizationFailed => Some(LogError::Fatal(format!(
            "not allowed to join the consumer group; grant Read on it: {reason}"
        ))),
        Code::InvalidSessionTimeout => Some(LogError::Fatal(format!(
            "session_timeout_ms is not within the broker's group.min.session.timeout.ms and \
             group.max.session.timeout.ms: {reason}"
        ))),
        Code::InconsistentGroupProtocol => Some(LogError::Fatal(format!(
            "members of the group use another partition.assignment.strategy than \
             cooperative-sticky; choose another group: {reason}"
        ))),
        // It was accepted when it was opened: a certificate, password or token was replaced or has
        // expired, and opening reads them again.
        _ if refuses(code) => {
            Some(LogError::Reopen(format!("kafka rejects this client: {reason}")))
        }
        // Connections come and go, coordinators move, a slow member joins again.
        _ => None,
    }
}

/// A position is below or above the offsets that the log holds.
pub(super) fn out_of_range(
    topic: &str,
    partition: i32,
    position: i64,
    low: i64,
    high: i64,
) -> LogError {
    LogError::Fatal(format!(
        "{topic}[{partition}]: cannot read from offset {position}: the log holds {low} to {high}; \
         records were removed before they were read (raise the topic's retention.ms) or the topic \
         was deleted and created again (choose another group and start from a snapshot)"
    ))
}

/// Whether the error passes by itself: leaders move, and not every broker knows a new topic's at once.
pub(super) fn passes(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            Code::NotLeaderForPartition
                | Code::LeaderNotAvailable
                | Code::ReplicaNotAvailable
                | Code::FencedLeaderEpoch
                | Code::UnknownLeaderEpoch
                | Code::OffsetNotAvailable
                | Code::BrokerTransportFailure
                | Code::AllBrokersDown
                | Code::OperationTimedOut
                | Code::BrokerNotAvailable
        )
    )
}

/// Whether the broker does not know the partition: it may just have started, and learn of it soon.
pub(super) fn is_unknown(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(Code::UnknownPartition | Code::UnknownTopic | Code::UnknownTopicOrPartition)
    )
}

/// Offsets could not be asked for.
pub(super) fn offsets(topic: &str, partition: i32, error: &KafkaError) -> LogError {
    let message = format!("{topic}[{partition}]: cannot ask for offsets: {}", text(error));
    match error.rdkafka_error_code() {
        Some(Code::UnknownPartition | Code::UnknownTopic | Code::UnknownTopicOrPartition) => {
            LogError::Fatal(format!("{topic}[{partition}] does not exist"))
        }
        Some(code @ (Code::TopicAuthorizationFailed | Code::GroupAuthorizationFailed)) => {
            LogError::Fatal(format!("{topic}[{partition}]: {code}"))
        }
        _ => LogError::Reopen(message),
    }
}

/// The group's offset could not be asked for, or is not stable.
pub(super) fn committed(topic: &str, partition: i32, error: &KafkaError) -> LogError {
    match error.rdkafka_error_code() {
        Some(Code::OperationTimedOut) => LogError::NotYet(format!(
            "{topic}[{partition}]: the group's committed offset is not available: a transaction \
             that holds it is still open, or the coordinator does not answer"
        )),
        _ => offsets(topic, partition, error),
    }
}

/// Topics could not be created or described.
pub(super) fn topics(doing: &str, error: &KafkaError) -> LogError {
    let message = format!("{doing}: {}", text(error));
    match passes(error) || code(error).is_some_and(is_moving) {
        true => LogError::Reopen(message),
        false => LogError::Fatal(message),
    }
}

/// The client's own reading leaves out what the administration of topics was answered.
pub(super) fn code(error: &KafkaError) -> Option<Code> {
    match error {
        KafkaError::AdminOp(code) => Some(*code),
        other => other.rdkafka_error_code(),
    }
}

/// What brokers answer while the controller or a coordinator moves from one of them to another.
pub(super) fn is_moving(code: Code) -> bool {
    matches!(
        code,
        Code::NotController
            | Code::RequestTimedOut
            | Code::OperationTimedOut
            | Code::BrokerTransportFailure
            | Code::CoordinatorLoadInProgress
            | Code::CoordinatorNotAvailable
            | Code::NotCoordinator
            | Code::LeaderNotAvailable
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_know_a_refused_certificate_from_a_broken_connection() {
        let said = |reason: &str| {
            let reason =
                format!("ssl://b:1/bootstrap: Receive failed: {reason} (after 2ms in state UP)");
            let complaint = Complaint { code: Code::BrokerTransportFailure, reason };
            unreachable("b:1", "timed out", Some(complaint)).message().to_owned()
        };
        for alert in ["bad certificate: SSL alert number 42", "unknown ca: SSL alert number 48"] {
            let line = said(&format!("error:0A000412:SSL routines::tls alert {alert}"));
            assert!(line.starts_with("kafka at b:1 rejects this client: "), "{line}");
            assert!(line.contains("kafka.ssl_certificate_location"), "{line}");
        }
        for other in
            ["handshake failure: SSL alert number 40", "SSL alert number x", "Disconnected"]
        {
            let line = said(other);
            assert!(line.starts_with("kafka at b:1 does not answer: "), "{line}");
            assert!(!line.contains("certificate_location"), "{line}");
        }
    }
}
