//! Profiles on their way into the log and out of it: reading a file ([`mod@file`]), publishing and
//! rolling back ([`switch`]), what has been published ([`published`]), and what another one would
//! change ([`mod@diff`]).

pub mod diff;
pub mod entries;
pub mod file;
pub mod published;
pub mod switch;
