//! Files in which no rule of the mapping matches a row: they are of another kind than the mapping reads.

use crate::mapping::Mapping;
use crate::mapping::canonical::RowError;
use crate::mapping::program::to_json;
use jaq_json::Val;
use serde::Serialize;
use std::fmt;

/// More columns of a file, or of a rule, are not listed.
const COLUMNS_SHOWN: usize = 40;

/// A file that no rule matched, with what would have matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Unmatched {
    pub file: String,
    /// By rule or table of the mapping: the columns that its `match` names.
    pub looked_for: Vec<(String, Vec<String>)>,
    /// The columns of the file's first row.
    pub columns: Vec<String>,
}

/// Whether a file fits the mapping.
#[derive(Default)]
pub(super) struct Fit {
    is_found: bool,
    columns: Option<Vec<String>>,
}

impl Fit {
    /// Notes the columns of the first row.
    pub(super) fn see(&mut self, row: &Result<Val, RowError>) {
        if self.columns.is_none() {
            let json = row.as_ref().ok().and_then(|value| to_json(value).ok());
            let names = json.as_ref().and_then(|json| json.as_object());
            self.columns = Some(names.map_or(Vec::new(), |row| row.keys().cloned().collect()));
        }
    }

    pub(super) fn found(&mut self, is_found: bool) {
        self.is_found |= is_found;
    }

    /// `None` where a rule matched a row, and where there was no row.
    pub(super) fn unmatched(self, file: &str, mapping: &Mapping) -> Option<Unmatched> {
        let columns = self.columns.filter(|_| !self.is_found)?;
        Some(Unmatched { file: file.to_owned(), looked_for: mapping.looks_for(), columns })
    }
}

impl fmt::Display for Unmatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unmatched { file, looked_for, columns } = self;
        write!(
            f,
            "{file}: no rule of the mapping matches any row, so nothing is imported of it; "
        )?;
        let rules = looked_for.iter().map(|(rule, names)| format!("{rule}: {}", listed(names)));
        write!(f, "the rules look for {}; ", rules.collect::<Vec<_>>().join("; "))?;
        write!(f, "the file has {}", listed(columns))
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "no columns".to_owned();
    }
    let shown: Vec<&str> = names.iter().take(COLUMNS_SHOWN).map(String::as_str).collect();
    let more = names.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}
