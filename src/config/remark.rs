//! A fault of a file that people write, with its place in it.

use super::{Broken, Places};
use crate::domain::profile::check::Finding;
use serde::Serialize;
use std::fmt;
use std::path::Path;

/// A finding, with its place in the file.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Remark {
    /// From 1 on; absent where the place is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// From 1 on; absent where the place is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    /// The key's path, perhaps empty.
    #[serde(rename = "key")]
    pub at: String,
    /// The fault, for people.
    pub problem: String,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.at.is_empty() {
            write!(f, "{}: ", self.at)?;
        }
        f.write_str(&self.problem)
    }
}

impl Remark {
    /// A finding in the file whose places these are.
    pub fn of(places: Option<&Places>, finding: Finding) -> Remark {
        let (line, column) = places.map(|places| places.find(&finding.at)).unzip();
        Remark { line, column, at: finding.at, problem: finding.problem }
    }

    /// `FILE:LINE:COLUMN: `, as far as it is known.
    pub fn shown(&self, file: &Path, kind: &str) -> String {
        let place = [self.line, self.column].into_iter().flatten();
        let place: String = place.map(|n| format!(":{n}")).collect();
        format!("{}{place}: {kind}{self}", file.display())
    }
}

impl From<Broken> for Remark {
    fn from(broken: Broken) -> Remark {
        let (line, column) = broken.place.unzip();
        Remark { line, column, at: broken.path, problem: broken.problem }
    }
}
