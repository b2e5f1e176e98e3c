//! Questions about profiles and accounts whose answers decide nothing: what keeps an account out
//! ([`miss`]), what is unwise in a profile ([`advice`]), what another profile would change
//! ([`diff`]), whom a profile takes ([`matching`]).
//!
//! Pure, like the core: every answer about an account is the core's own. No decision depends on
//! this room.

#![deny(clippy::disallowed_methods)]

pub mod advice;
pub mod companies;
pub mod diff;
pub mod matching;
pub mod miss;
