//! `buymode demo`: the whole pipeline in one process, on made-up companies, on a log in a folder or on a
//! broker ([`site`]).
//!
//! The demo decides nothing itself: [`make`] generates records, [`feed`] writes them, the worker of
//! [`crate::runtime`] folds them as in production, [`follow`] reads the decisions, and [`screen`] shows
//! them. At the end [`calls`] reads from the accounts' states whom to call, and [`summary`] shows it. The log is a *history* log: its time is that of the made-up events and runs
//! faster than the wall clock, so that decay, cooldown and exits can be seen.

mod books;
mod calls;
mod feed;
mod follow;
mod ground;
pub mod make;
mod pace;
mod run;
mod screen;
mod site;
mod summary;

pub use calls::{Call, Calls};
pub use pace::Pace;
pub use run::{Options, run, run_at};
pub use screen::Screen;
pub use site::Site;
pub use summary::Summary;

use crate::domain::profile::variant::CompiledProfile;

/// The profile that the demo publishes.
const PROFILE: &str = include_str!("../../deploy/profiles/demo.yaml");

pub fn profile() -> anyhow::Result<CompiledProfile> {
    CompiledProfile::read(PROFILE)
        .map_err(|why| anyhow::anyhow!("the demo's profile cannot be used: {why}"))
}
