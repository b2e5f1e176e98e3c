//! Why a worker ended, which says what the supervisor does next.

use crate::runtime::role::Stop;
/// Why a worker ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// It was asked to.
    #[error("stopped")]
    Asked,
    /// The session did not open. At the first try a setting is wrong; later, the other side is
    /// gone for a while.
    #[error("{0}")]
    Unopened(String),
    /// Open the session again: it was fenced, or the fate of a transaction is not known.
    #[error("{0}")]
    Reopen(String),
    /// Something outside has to be mended; trying again later may help.
    #[error("{0}")]
    Stuck(String),
    /// Trying again does not help.
    #[error("{0}")]
    Fatal(String),
}

impl From<Stop> for Ended {
    fn from(stop: Stop) -> Ended {
        match stop {
            Stop::Fatal(why) => Ended::Fatal(why),
            Stop::Stuck(why) => Ended::Stuck(why),
        }
    }
}
