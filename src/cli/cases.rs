//! Prints cases, of mappings and of tools' field maps.

use crate::cli::output::line;
use crate::mapping::cases::Outcome;
use std::path::Path;

/// Prints an outcome; nothing of a case that came as expected.
pub(super) fn show(path: &Path, case: &str, outcome: &Outcome) -> anyhow::Result<()> {
    let name = path.display();
    match outcome {
        Outcome::Same => {}
        Outcome::Updated => {
            line(&format!("{name}: {case}: expectation written; look at it"))?;
        }
        Outcome::Failed { message } => {
            line(&format!("{name}: {case}: {message}"))?;
        }
        Outcome::Different { diff } => {
            line(&format!("{name}: {case}: expected (-) and actual output (+) differ"))?;
            line(diff.trim_end())?;
        }
    }
    Ok(())
}

/// How all cases of a file ended.
pub(super) fn ended<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> String {
    match outcomes.filter(|outcome| outcome.is_failure()).count() {
        0 => "as expected".to_owned(),
        failed => format!("{failed} failed"),
    }
}
