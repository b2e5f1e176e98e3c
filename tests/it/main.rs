//! The one integration test binary: one link for all of them. A module per promise kept at the
//! crate's edge; brokers and the like come from `support`.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod arbitrary;
mod broker;
mod cli;
mod codec;
mod conformance;
mod dashboards;
mod deliver;
mod demo;
mod desk;
mod docs;
mod evidence;
mod faults;
mod fold;
mod fuzz;
mod ingest;
mod kafka;
mod laws;
mod memory;
mod pipeline;
mod report;
mod scenarios;
mod sums;
mod support;
mod tidy;
#[cfg(feature = "traces")]
mod traces;
mod worker;
