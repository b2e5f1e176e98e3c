//! What can go wrong: a record that is to blame, or a registry that is not there.

use crate::domain::account::input::RecordType;
use crate::domain::account::records::DeadLetterReason;

/// Why a record could not be decoded. The record is to blame: it goes to the dead letters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DecodeError {
    pub reason: DeadLetterReason,
    /// One sentence for people.
    pub message: String,
    pub record_type: RecordType,
}

/// The registry gave no answer that says anything of a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// It could not be asked, or stumbled: the same question later may be answered.
    #[error("{0}")]
    Away(String),
    /// It refused us: somebody has to mend a setting, or a subject.
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

/// What is wrong with a record, before its type is added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    pub reason: DeadLetterReason,
    pub message: String,
}

impl Flaw {
    pub fn new(reason: DeadLetterReason, message: impl Into<String>) -> Flaw {
        Flaw { reason, message: message.into() }
    }

    pub fn value(message: impl Into<String>) -> Flaw {
        Flaw::new(DeadLetterReason::Value, message)
    }

    pub fn of(self, record_type: RecordType) -> DecodeError {
        DecodeError { reason: self.reason, message: self.message, record_type }
    }
}
