//! Errors: an invalid record, or a schema registry that does not answer.

use crate::domain::account::input::RecordType;
use crate::domain::account::records::DeadLetterReason;

/// The record is invalid, so it goes to the dead letters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DecodeError {
    pub reason: DeadLetterReason,
    /// The problem in one sentence, for people.
    pub message: String,
    pub record_type: RecordType,
}

/// The schema registry gave no usable answer; the record may be valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// The registry cannot be reached or failed; a retry may succeed.
    #[error("{0}")]
    Away(String),
    /// The registry refused the request; an operator has to correct a setting or a subject.
    #[error("{0}")]
    Refused(String),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeFailure {
    #[error(transparent)]
    Record(#[from] DecodeError),
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// A decoding error before the record's type is added to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flaw {
    pub reason: DeadLetterReason,
    pub message: String,
}

impl Flaw {
    pub(super) fn new(reason: DeadLetterReason, message: impl Into<String>) -> Flaw {
        Flaw { reason, message: message.into() }
    }

    pub(super) fn value(message: impl Into<String>) -> Flaw {
        Flaw::new(DeadLetterReason::Value, message)
    }

    pub(super) fn of(self, record_type: RecordType) -> DecodeError {
        DecodeError { reason: self.reason, message: self.message, record_type }
    }
}
