//! Errors: an invalid record, or a schema registry that does not answer.

use super::schemas::Record;
use crate::domain::account::input::RecordType;
use crate::domain::account::records::DeadLetterReason;
use schema_registry_converter::error::SRCError;
use schema_registry_converter::schema_registry_common::RawError;
use std::error::Error;

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

    /// `why`: the bytes are not a datum of the record's schema.
    pub(super) fn malformed(record: Record, why: &str) -> Flaw {
        let message = format!("the bytes do not match the schema {}: {why}", record.full_name());
        Flaw::new(DeadLetterReason::Malformed, message)
    }

    pub(super) fn of(self, record_type: RecordType) -> DecodeError {
        DecodeError { reason: self.reason, message: self.message, record_type }
    }
}

/// The registry's own words, where the answer had them.
pub(super) fn answer(error: &SRCError) -> Option<&RawError> {
    innermost(error)?.downcast_ref::<RawError>()
}

fn innermost(error: &SRCError) -> Option<&(dyn Error + 'static)> {
    let mut innermost: Option<&(dyn Error + 'static)> = error.source();
    while let Some(deeper) = innermost.and_then(Error::source) {
        innermost = Some(deeper);
    }
    innermost
}

/// The innermost cause on one line: the registry's message, or why it could not be reached.
pub(super) fn reason(error: &SRCError) -> String {
    let said = match (answer(error), innermost(error)) {
        (Some(answer), _) => answer.message.clone(),
        (None, Some(cause)) => cause.to_string(),
        (None, None) => error.cause.clone().unwrap_or_else(|| error.error.clone()),
    };
    let mut line = said.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > 300 {
        line = line.chars().take(300).chain(['…']).collect();
    }
    line
}
