//! Evidence: what a company's own outcomes say about its profile, and what they cannot say.
//!
//! [`stats`] holds the formulas, [`table`] the rows of a file by column, [`crm`] the check of an export before
//! anything is computed from it, [`suggest`] a profile from its records, [`experiment`] what hold-out arms show,
//! [`history`] what a log says of accounts, [`backtest`] whether those that a profile let enter did better,
//! [`deals`] the same from plain files, [`review`] what in a profile should change.
//! Nothing here reads a file or a log, asks the clock or prints: tables of texts, numbers and a seed go in,
//! figures and findings come out. Chance comes from the seed alone ([`stats::chance`]), and sums run in one
//! order, so that the same call gives the same digits.

#![deny(clippy::disallowed_methods)]

pub mod backtest;
pub mod crm;
pub mod deals;
pub mod experiment;
pub mod history;
pub mod review;
pub mod stats;
pub mod suggest;
pub mod table;
