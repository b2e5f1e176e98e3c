//! The desk: who gets which decision, where and when. [`assign::assign`] is the one function that
//! decides it: a state, a record and the record's time in, actions out.
//!
//! [`roster`] is who works and which places take decisions, as people write it. [`record`] is all that
//! can happen (a decision, a roster, a person's word, the result of an attempt, a tick), [`action`] all
//! that can follow, [`state`] what is remembered in between, above all each [`case`].
//!
//! Pure, as the core is: no clock, no I/O, no floats, no hash maps. Time is the record's, so that a replay
//! gives the same actions. Sending, and how a message looks, live in `deliver`.

#![deny(clippy::disallowed_methods)]

pub mod action;
pub mod assign;
pub mod carry;
pub mod case;
mod due;
pub mod ends;
pub mod entry;
pub mod ids;
pub mod invariants;
pub mod kept;
pub mod past;
pub mod people;
pub mod record;
pub mod roster;
pub mod state;
pub mod view;
