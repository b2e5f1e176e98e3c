//! Experiments that hold accounts back: how large they must be ([`plan`]), which accounts of a log were drawn
//! ([`drawn`]) and count as units ([`units`]), what the arms show so far ([`judge`], [`compare`]), and both as pages ([`page`]).
//!
//! The unit is a company family. Tests are right at every look, so that one may stop at any time.

pub mod compare;
pub mod drawn;
pub mod judge;
pub mod page;
pub mod plan;
pub mod units;

/// Experiments without an effect that ever alarm: the share that is allowed.
pub const ALPHA: f64 = 0.05;
