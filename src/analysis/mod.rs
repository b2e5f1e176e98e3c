//! Read-only questions about profiles and accounts: what keeps an account out of buying mode
//! ([`miss`]), what is unwise in a profile ([`advice`]), what another profile would change
//! ([`diff`]), which companies a profile matches ([`matching`]), where accounts stand ([`standings`]), and what CRMs
//! show of them ([`synced`]).
//!
//! Pure, like the core, which evaluates every account. No decision depends on this room.

#![deny(clippy::disallowed_methods)]

pub mod advice;
pub mod companies;
pub mod diff;
pub mod matching;
pub mod miss;
pub mod obstacle;
pub mod standings;
pub mod synced;
