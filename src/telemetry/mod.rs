//! What the program says of itself: log lines, metrics, health. Each noteworthy thing is one
//! function of [`events`] that writes the line *and* moves the number, so that neither is
//! forgotten; [`Telemetry`] hears of them as the engine's ledger and the worker's observer.
//!
//! What may enter: names, numbers, causes. What may not: secrets, what records hold, unbounded
//! labels.

mod counters;
mod events;
mod health;
mod intake;
mod lag;
mod logging;
mod metrics;
mod watch;

pub use health::Readiness;
pub use intake::{ConnectionEnd, RequestOutcome};
pub use lag::LagMeter;
pub use logging::Logging;
pub use watch::Telemetry;
