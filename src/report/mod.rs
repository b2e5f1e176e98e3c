//! A profile as a page of prose for people ([`document`]), numbers and lists as people read them
//! ([`words`]), text laid out in the width of a terminal ([`layout`]), and reports with tables and charts
//! ([`page`]), and its criteria as another tool's saved search ([`search`]).
//!
//! Pure: profiles come in, texts go out. Nothing here decides which company fits.
#![deny(clippy::disallowed_methods)]

pub mod document;
pub mod layout;
pub mod page;
pub mod search;
pub mod words;
