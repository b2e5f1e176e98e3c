//! `buymode ingest` as vendors meet it: what is acknowledged is in the log, what is refused is
//! refused cleanly, and whoever attacks it, it goes on answering.

mod attack;
mod behaviour;
mod outage;
mod overload;
mod said_again;
pub(crate) mod service;
