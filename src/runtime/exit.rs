//! Why a worker ended, which says what the supervisor does next.

use crate::log::LogError;
use crate::runtime::role::Stop;

/// Why a worker ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Exit {
    /// It was asked to stop.
    #[error("stopped")]
    Stopped,
    /// The session did not open. At the first attempt a setting is wrong; later, the log is
    /// unreachable for a while.
    #[error("{0}")]
    OpenFailed(String),
    /// Another instance opened the same transactional id or group. Open the session again; if that
    /// happens again soon, two instances share one name.
    #[error("{0}")]
    Fenced(String),
    /// Another live process has this instance's name: the operator must give it another one.
    #[error("{0}")]
    NameTaken(String),
    /// Open the session again: its client died, or whether a transaction committed is not known.
    #[error("{0}")]
    Retry(String),
    /// Needs an operator; retry after a pause.
    #[error("{0}")]
    Blocked(String),
    /// A retry does not help.
    #[error("{0}")]
    Fatal(String),
}

impl Exit {
    /// What follows from an error after which the session cannot be used: of one that asks for an
    /// abort too, since a session that is opened again has aborted.
    pub fn of(error: LogError) -> Exit {
        match error {
            LogError::Fatal(why) => Exit::Fatal(why),
            LogError::Fenced(why) => Exit::Fenced(why),
            LogError::Abort(why) | LogError::Reopen(why) | LogError::NotYet(why) => {
                Exit::Retry(why)
            }
        }
    }
}

impl From<Stop> for Exit {
    fn from(stop: Stop) -> Exit {
        match stop {
            Stop::Fatal(why) => Exit::Fatal(why),
            Stop::Blocked(why) => Exit::Blocked(why),
        }
    }
}
