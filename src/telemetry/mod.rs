//! What the program reports about itself: log lines, metrics, health. Each noteworthy event is one
//! function of [`events`] that writes the log line *and* updates the metric, so that neither is
//! forgotten. [`Telemetry`] receives events as the engine's ledger and the worker's observer.
//!
//! What may enter: names, numbers, causes. What may not: secrets, the contents of records,
//! unbounded labels.

mod audited;
mod balance;
mod counters;
mod deliveries;
mod disk;
mod events;
mod health;
mod intake;
mod lag;
mod logging;
mod metrics;
mod pulse;
mod repeats;
mod restores;
mod sources;
mod spans;
mod standings;
mod subscribers;
mod synced;
mod watch;

pub use audited::audit_page;
pub use deliveries::Deliveries;
pub use health::Readiness;
pub use intake::RequestOutcome;
pub use lag::{LagMeter, Watched};
pub use logging::{FilterProblem, Logging, problem, show};
pub use pulse::Pulse;
pub use spans::{Collector, Entered, Spans};
pub use subscribers::SubscriberMeter;
pub use synced::sync_page;
pub use watch::Telemetry;
