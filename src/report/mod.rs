//! A profile as a page of prose for people ([`document`]), and figures and lists as people read
//! them ([`words`]).
//!
//! Pure: profiles come in, texts go out; nothing here decides who fits.
#![deny(clippy::disallowed_methods)]

pub mod document;
pub mod words;
