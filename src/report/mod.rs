//! A profile as a page of prose for people ([`document`]), numbers and lists as people read them
//! ([`words`]), and text laid out in the width of a terminal ([`layout`]).
//!
//! Pure: profiles come in, texts go out. Nothing here decides which company fits.
#![deny(clippy::disallowed_methods)]

pub mod document;
pub mod layout;
pub mod words;
