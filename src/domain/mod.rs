//! The pure core: what an account is, how it fits, what its signals are worth, and when it enters
//! or leaves buying mode. [`step::step`] is the one function that decides; production, replay,
//! audit and simulation all call it.
//!
//! What may enter: integer arithmetic over the inputs of the log. What may not: clocks, I/O,
//! async, randomness, floating point, Avro, Kafka. Every size is bounded (see [`limits`]), every
//! input ends in exactly one [`decision::Verdict`].

#![deny(clippy::disallowed_methods)]

pub mod account;
pub mod assess;
pub mod catalogue;
pub mod company;
pub mod decide;
pub mod decision;
pub mod evidence;
pub mod explain;
pub mod facts;
pub mod fit;
pub mod identity;
pub mod input;
pub mod intent;
pub mod invariants;
pub mod kin;
pub mod limits;
pub mod members;
pub mod miss;
pub mod priority;
pub mod profile;
pub mod records;
pub mod signal;
pub mod state;
pub mod step;
pub mod time;
pub mod titles;
pub mod units;
pub mod weight;
pub mod world;

/// Short text: up to 24 bytes live without an allocation.
pub type Text = compact_str::CompactString;

/// The version of the rules this build interprets profiles with: `step` and the catalogues. An
/// activation names the version it was made for; a build stops at one it does not have. It stays 1
/// until the first release: before that, a log is audited by the build that wrote it.
pub const RULES_VERSION: i32 = 1;
