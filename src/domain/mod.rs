//! The pure core: what an account is, how it fits, what its signals are worth, and when it enters
//! or leaves buying mode. [`account::step::step`] is the one function that decides; production,
//! replay, audit and simulation all call it.
//!
//! Five storeys, each using only those before it: [`terms`], [`evidence`], [`profile`], [`score`],
//! [`account`]. `tests/it/tidy` holds the direction.
//!
//! What may enter: integer arithmetic over the inputs of the log. What may not: clocks, I/O,
//! async, randomness, floating point, Avro, Kafka. Every size is bounded (see [`terms::limits`]),
//! every input ends in exactly one [`account::decision::Verdict`].

#![deny(clippy::disallowed_methods)]

pub mod account;
pub mod evidence;
pub mod profile;
pub mod score;
pub mod terms;

/// Short text: up to 24 bytes live without an allocation.
pub type Text = compact_str::CompactString;

/// The version of the rules this build interprets profiles with: `step` and the catalogues. An
/// activation names the version it was made for, and a build refuses a log of another one: it is read
/// and audited by the build that wrote it. Every change of what `step` says, a headline included,
/// raises it; `tests/it/scenarios/rules.rs` notices.
pub const RULES_VERSION: i32 = 5;
