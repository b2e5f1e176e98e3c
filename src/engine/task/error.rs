//! Why a task cannot go on.

use crate::codec::{DecodeError, DecodeFailure, RegistryError};

/// Why a task cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaskError {
    #[error("{0}")]
    Stop(String),
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error(
        "{topic}[{partition}] offset {offset}: the record's time {time} lies more than a day ahead of this \
         machine's clock; it would poison the partition's time. Set the clock right, or skip the record"
    )]
    AheadOfClock { topic: String, partition: i32, offset: i64, time: String },
}

impl TaskError {
    /// What we wrote ourselves cannot be read; unless only the registry could not be asked.
    pub(in crate::engine) fn unread(
        failure: DecodeFailure,
        say: impl FnOnce(DecodeError) -> String,
    ) -> Self {
        match failure {
            DecodeFailure::Registry(error) => TaskError::Registry(error),
            DecodeFailure::Record(error) => TaskError::Stop(say(error)),
        }
    }
}
