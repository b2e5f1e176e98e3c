//! What an operator does to a log, without a terminal: check settings, choose the log, audit it,
//! compare its topics with what they should be, find an account, publish profiles. The command line
//! calls this room; it prints nothing and parses no arguments.

pub mod accounts;
pub mod audit;
pub mod backtest;
pub mod copy;
pub mod erase;
pub mod history;
pub mod manifests;
mod named;
pub mod partitions;
pub mod place;
pub mod profiles;
pub mod progress;
mod refusals;
pub mod rights;
pub mod settings;
pub mod sizes;
pub mod snapshot;
mod states;
pub mod topics;
pub mod traces;
pub mod upgrade;
