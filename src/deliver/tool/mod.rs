//! Sales tools and CRMs: a field map ([`mod@file`]) says in jq how a decision becomes requests, how their answers are
//! to be read, and what makes a repeated request harmless. [`shipped`] are the maps that come with buymode,
//! [`program`] a map that was compiled, [`ask`] a request that it makes, [`batch`] one about many accounts, [`verdict`] what an answer means,
//! [`cases`] the examples beside a map.
//!
//! Nothing here makes a request: that is for `send`. No secret enters a program.

pub mod ask;
pub mod batch;
pub mod cases;
pub mod file;
pub mod guarantees;
pub mod program;
pub mod shipped;
pub mod verdict;
