//! A profile as a page of prose for people ([`document`]), and numbers and lists as people read
//! them ([`words`]).
//!
//! Pure: profiles come in, texts go out. Nothing here decides which company fits.
#![deny(clippy::disallowed_methods)]

pub mod document;
pub mod words;
