//! What a profile says and whom it takes, for people: companies folded from records
//! ([`companies`]), a profile against all of them ([`matching`]), a profile as a page of prose
//! ([`document`]).
//!
//! Pure: profiles, records and states come in, texts and counts go out. Every answer about a
//! company is the core's own ([`crate::domain::assess`]); nothing here decides who fits.
#![deny(clippy::disallowed_methods)]

pub mod companies;
pub mod document;
pub mod matching;
pub mod words;
