#![doc = "buymode: see the README for the way of a signal and the code map."]
pub mod admin;
pub mod aliases;
pub mod analysis;
pub mod cli;
pub mod codec;
pub mod config;
pub mod console;
pub mod credentials;
pub mod deliver;
pub mod demo;
pub mod desk;
pub mod domain;
pub mod embedded;
pub mod engine;
pub mod evidence;
pub mod ingest;
pub mod kafka;
pub mod log;
pub mod mapping;
pub mod report;
pub mod runtime;
pub mod telemetry;

/// Accounts are taken apart and put together again hundreds of thousands of times a second.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

// Tests of the codec share the generators of `tests/it`, which name this crate.
#[cfg(test)]
extern crate self as buymode;
