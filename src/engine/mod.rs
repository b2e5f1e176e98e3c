//! The engine: what a scoring task knows, and what a forwarding one does, as deterministic data in
//! and data out. A record in, staged outputs out; a commit merges, an abort forgets.
//!
//! What may enter: the core, the codec, the vocabulary of the log. What may not: clocks, I/O,
//! threads, Kafka. Time comes with the records; the wall clock is handed in by the worker, and all
//! it can bring about is a tick.

#![deny(clippy::disallowed_methods)]

pub mod audit;
pub mod copy;
pub mod dead;
pub mod forwarder;
pub mod headers;
pub mod hops;
pub mod hot;
pub mod names;
pub mod publication;
pub mod scorer;
pub mod snapshot;
pub mod staged;
pub mod standings;
pub mod survivors;
pub mod tally;
pub mod task;
pub mod timers;
pub mod topics;
pub mod view;

use crate::codec::RegistryError;
use crate::runtime::role::Stop;

/// One that is away comes back, as a broker does; what it refuses it refuses again.
impl From<RegistryError> for Stop {
    fn from(error: RegistryError) -> Stop {
        match error {
            RegistryError::Away(why) => Stop::Blocked(why),
            RegistryError::Refused(why) => Stop::Fatal(why),
        }
    }
}
