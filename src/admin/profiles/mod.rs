//! Profiles on their way into the log and out of it: reading a file ([`mod@file`]), publishing and
//! rolling back ([`switch`]), and what has been published ([`published`]).

pub mod entries;
pub mod file;
pub mod published;
pub mod switch;
