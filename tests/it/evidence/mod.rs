//! Evidence: the formulas against other people's libraries, what they promise over many seeds, and the
//! commands on invented and on real files.

mod backtest;
mod best;
mod broken;
mod check;
mod deals;
mod experiment;
mod formulas;
mod later;
mod looks;
mod promises;
mod public;
mod reports;
mod review;
mod sales;
mod suggest;
