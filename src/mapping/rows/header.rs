//! The header of a table: from a row's cells to an object of texts, with null for an empty cell.

use super::malformed;
use crate::domain::terms::figures::counted;
use crate::mapping::canonical::RowError;
use jaq_json::Val;

/// Excel's own maximum of columns.
pub(super) const COLUMNS_MAX: usize = 16_384;

/// More of a cell is not shown in a message.
const SHOWN_CHARS: usize = 30;

/// Columns by place. An empty name at the end does not count: it comes of a trailing comma.
pub(super) struct Header {
    /// By place: the name, and whether it stands further left too.
    names: Vec<(Val, bool)>,
}

impl Header {
    /// The notes are about the whole file.
    pub(super) fn new(names: Vec<String>, notes: &mut dyn FnMut(String)) -> Header {
        let mut names: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
        while names.len() > 1 && names.last().is_some_and(String::is_empty) {
            names.pop();
        }
        let mut seen = std::collections::HashSet::new();
        let mut again = std::collections::BTreeSet::new();
        let mut columns = Vec::new();
        for name in &names {
            let is_again = !seen.insert(name.as_str());
            if is_again {
                again.insert(name.as_str());
            }
            columns.push((Val::from(name.clone()), is_again));
        }
        for name in again {
            let count = names.iter().filter(|other| *other == name).count();
            notes(format!(
                "the header has {count} columns {name:?}; the first filled one of a row is read"
            ));
        }
        Header { names: columns }
    }

    /// A row of cells. Missing cells are empty; cells beyond the header must be.
    pub(super) fn row<'a>(
        &self,
        cells: impl ExactSizeIterator<Item = &'a str> + Clone,
        line: u64,
    ) -> Result<Val, RowError> {
        let beyond = cells.clone().skip(self.names.len()).find(|cell| !cell.trim().is_empty());
        if let Some(cell) = beyond {
            let shown: String = cell.trim().chars().take(SHOWN_CHARS).collect();
            return Err(malformed(format!(
                "line {line} has {}, the header {}, and the cells beyond it are not empty ({shown:?}): \
                 put a cell that contains the delimiter in quotes",
                counted(cells.len(), "cell"),
                self.names.len()
            )));
        }
        let mut row = jaq_json::Map::default();
        let empty = std::iter::repeat("");
        for ((name, is_again), cell) in self.names.iter().zip(cells.chain(empty)) {
            let is_blank = cell.trim().is_empty() || is_error(cell.trim());
            let value = if is_blank { Val::Null } else { Val::from(cell.to_owned()) };
            if *is_again && (value == Val::Null || row.get(name) != Some(&Val::Null)) {
                continue;
            }
            row.insert(name.clone(), value);
        }
        Ok(Val::obj(row))
    }
}

/// What spreadsheets write in place of a value that they do not have, in English, German and French.
const ERRORS: &[&str] = &[
    "#N/A",
    "#NV",
    "#N/D",
    "#REF!",
    "#BEZUG!",
    "#VALUE!",
    "#WERT!",
    "#VALEUR!",
    "#DIV/0!",
    "#NAME?",
    "#NOM?",
    "#NUM!",
    "#ZAHL!",
    "#NOMBRE!",
    "#NULL!",
    "#NUL!",
    "#SPILL!",
    "#CALC!",
    "#GETTING_DATA",
    "#ERROR!",
];

fn is_error(cell: &str) -> bool {
    cell.starts_with('#') && ERRORS.iter().any(|known| known.eq_ignore_ascii_case(cell))
}
