//! What holds of every log, tried on made-up ones. `PROPTEST_CASES` tries more.

mod aliases;
mod arrival;
mod episodes;
mod logs;
mod memory;
mod merge;
mod repeats;
mod score;
mod spelling;
mod sums;
mod time;

use proptest::prelude::ProptestConfig;

/// As many cases as a test asks for, or as the environment does. Failures are not kept in files:
/// one that was found becomes a scenario.
fn cases(usual: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok());
    let cases = cases.unwrap_or(usual);
    ProptestConfig {
        cases,
        // Some laws leave logs out: at many cases more than are allowed by default.
        max_global_rejects: cases.max(1_024),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}
