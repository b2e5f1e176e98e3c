//! Kafka: the traits of [`crate::log`] on librdkafka. The only folder that imports
//! `rdkafka`.
//!
//! A [`KafkaStore`] holds checked settings and opens what is asked of it. A session is one group
//! member and one transactional producer, driven by the worker's own thread; nothing here starts a
//! thread or knows what the records mean.
//!
//! What holds, and where:
//! - A partition is handed to the fetcher only together with the position to begin at, so nothing
//!   can be delivered before [`seek`](crate::log::Log::seek) (`session`, `membership`).
//! - Offsets go into the transaction with the generation that fences zombies, and only while
//!   there is one (`transactions`, `native`).
//! - An error is sorted into abort, fenced, reopen or fatal in one file (`errors`).
//! - Reading until an offset ends by position, never by waiting for a certain record: it may be a
//!   transaction marker, aborted, or compacted away (`partition`).
//! - A partition that the client stops fetching without an error is noticed (`watch`).
//! - Access tokens reach a client before they expire, and a client is made anew when the files of its
//!   certificates or secrets change (`login`).
//! - Every call that may block has a bound (`waits`). librdkafka does not keep every bound: each call is
//!   watched from outside too (`watched`).

mod absent;
mod clients;
mod config;
mod connect;
mod context;
mod delivery;
mod errors;
mod fault;
mod groups;
mod holder;
mod login;
mod membership;
mod native;
mod offsets;
mod partition;
mod positions;
mod probe;
mod reader;
mod refusal;
mod restore;
mod session;
mod store;
mod topics;
mod transactions;
mod waits;
mod watch;
mod watched;

pub use crate::credentials::Secret;
pub use config::{BatchCompression, KafkaConfig, SaslMechanism, SecurityProtocol};
pub use store::KafkaStore;
pub use topics::settings as topic_settings;
pub use waits::Waits;
