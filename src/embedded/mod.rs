//! The log on one machine, in one folder, without a server: the traits of [`crate::log`]
//! on LMDB (crate `heed`). For a newcomer, for tests, for a backtest on a laptop.
//!
//! Exactly once by construction: a transaction's records wait in memory and one LMDB write
//! transaction, synced to disk, appends them together with the positions. Several processes may
//! use a folder at once: readers never block, writers take turns at commit. What one process alone may
//! do, such as scoring, it claims first. A folder that this user may not write can be read.
//!
//! A group has one member here, so there is no rebalance: the session opened last has the
//! group, and the one before is fenced. Compacted topics are compact at all times:
//! the write that supersedes a key's record deletes it, which needs no background work and makes a
//! restore read only what is live. Retention trims while writing, a bounded number at a time.
//!
//! Nothing in here knows Avro, accounts or configuration files.

mod access;
mod claim;
mod clock;
mod commit;
mod environment;
mod error;
mod identity;
mod layout;
mod length;
mod mounts;
mod open;
mod reader;
mod session;
mod staged;
mod store;
mod topics;
mod trim;
mod writer;

pub use store::{EmbeddedOptions, EmbeddedStore};
