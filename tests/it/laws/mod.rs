//! What holds of every log, tried on made-up ones. `PROPTEST_CASES` tries more.

mod arrival;
mod logs;
mod merge;
mod score;
mod time;

use proptest::prelude::ProptestConfig;

/// As many cases as a test asks for, or as the environment does. Failures are not kept in files:
/// one that was found becomes a scenario.
fn cases(usual: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(usual),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}
