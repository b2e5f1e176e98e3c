//! How a case ended: of a mapping, or of a tool's field map.

use serde::Serialize;
use similar::TextDiff;

/// The result of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    Same,
    /// Differences between what was expected (`-`) and what came (`+`).
    Different {
        /// Line by line.
        diff: String,
    },
    /// The expectation was updated.
    Updated,
    Failed {
        /// Why it could not be run, for people.
        message: String,
    },
}

impl Outcome {
    /// Of two texts that differ.
    pub fn different(expected: &str, actual: &str) -> Outcome {
        let diff = TextDiff::from_lines(expected, actual);
        Outcome::Different { diff: diff.unified_diff().context_radius(4).to_string() }
    }

    pub fn is_failure(&self) -> bool {
        matches!(self, Outcome::Different { .. } | Outcome::Failed { .. })
    }
}
