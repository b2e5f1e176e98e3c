//! Columns whose values name the rows of another file: an opportunity's account, product or owner.

use super::finding::{Finding, Kind, Level};
use super::spelling::{key, nearest};
use crate::evidence::table::{Column, Table, word_set};
use crate::report::words::{agree, counted};
use std::collections::{BTreeMap, HashMap};

/// A column of `from` whose values are keys of `to`.
#[derive(Clone, Debug)]
pub struct Reference {
    pub from: usize,
    pub column: String,
    pub to: usize,
    pub key: String,
    /// By row of `from`, the row of `to`; keys that differ in capitals, blanks and signs alone are the same.
    pub rows: Vec<Option<usize>>,
    /// Values that are not keys as they are written, the most frequent first: rows, and the key that may be meant.
    pub unmatched: Vec<(String, u64, Option<String>)>,
}

/// The share of a key column's rows that must differ.
const UNIQUE_MIN: f64 = 0.95;
/// The share of the referring column's different values that must be keys: where both columns have the same
/// name, and where they have not.
const SHARE_NAMED: f64 = 0.5;
const SHARE_UNNAMED: f64 = 0.8;

/// Every reference between the tables; of several keys for one column, the one with the most values matched.
pub fn find(tables: &[Table]) -> Vec<Reference> {
    let mut found: Vec<Reference> = Vec::new();
    for (from, table) in tables.iter().enumerate() {
        for column in table.columns.iter().filter(|column| column.distinct() > 0) {
            let others = tables.iter().enumerate().filter(|(to, _)| *to != from);
            let keys = others.flat_map(|(to, other)| {
                other.columns.iter().filter(|key| is_key(key)).map(move |key| (to, key))
            });
            let best = keys
                .filter_map(|(to, key)| Some((share(column, key, &tables[to])?, to, key)))
                .max_by(|a, b| a.0.total_cmp(&b.0));
            found.extend(best.map(|(_, to, key)| reference(from, column, to, key)));
        }
    }
    found
}

fn is_key(column: &Column) -> bool {
    let (distinct, filled) = (column.distinct() as f64, column.filled() as f64);
    filled > 1.0 && distinct >= UNIQUE_MIN * filled && filled >= UNIQUE_MIN * column.len() as f64
}

/// The share of the column's values that are keys; `None` where that is too few for a reference.
fn share(column: &Column, key: &Column, table: &Table) -> Option<f64> {
    let keys: HashMap<String, ()> = key.texts().map(|(_, text)| (self::key(text), ())).collect();
    let hits = column.texts().filter(|(_, text)| keys.contains_key(&self::key(text))).count();
    let share = hits as f64 / column.distinct() as f64;
    let (ours, theirs) = (word_set(&column.name), word_set(&key.name));
    let of_table = word_set(table.name.split('.').next().unwrap_or_default());
    let is_named = ours == theirs
        || ours.iter().any(|word| of_table.contains(word))
            && theirs.iter().all(|w| ours.contains(w) || w == "id" || w == "name");
    // Numbers such as 1, 2, 3 are keys of everything.
    let is_number = column.texts().all(|(_, text)| text.len() < 6 && text.parse::<f64>().is_ok());
    let enough = if is_named { SHARE_NAMED } else { SHARE_UNNAMED };
    let many = is_named || !is_number && column.distinct() >= 3 && key.distinct() >= 3;
    (many && share >= enough).then_some(share)
}

fn reference(from: usize, column: &Column, to: usize, key_column: &Column) -> Reference {
    let (mut exact, mut loose) = (HashMap::new(), HashMap::new());
    for row in (0..key_column.len()).rev() {
        if let Some(text) = key_column.get(row) {
            exact.insert(text, row);
            loose.insert(key(text), row);
        }
    }
    let counts = column.counts();
    let mut by_code: BTreeMap<u32, usize> = BTreeMap::new();
    let mut unmatched = Vec::new();
    for (code, text) in column.texts() {
        if let Some(row) = exact.get(text) {
            by_code.insert(code, *row);
            continue;
        }
        let same = loose.get(&key(text));
        by_code.extend(same.map(|row| (code, *row)));
        let meant = same.and_then(|row| key_column.get(*row)).map(str::to_owned);
        let meant = meant.or_else(|| nearest(text, key_column.texts().map(|(_, text)| text)));
        unmatched.push((text.to_owned(), counts[code as usize], meant));
    }
    unmatched.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let rows = (0..column.len()).map(|row| by_code.get(&column.code(row)).copied()).collect();
    let (column, key) = (column.name.clone(), key_column.name.clone());
    Reference { from, column, to, key, rows, unmatched }
}

/// Values that match no row of the file that they refer to.
pub fn findings(tables: &[Table], references: &[Reference]) -> Vec<Finding> {
    let stray = references.iter().filter(|reference| !reference.unmatched.is_empty());
    stray
        .map(|reference| {
            let (from, to) = (&tables[reference.from], &tables[reference.to]);
            let rows: u64 = reference.unmatched.iter().map(|(_, rows, _)| rows).sum();
            let values = counted(reference.unmatched.len(), "value");
            let verb = agree(reference.unmatched.len(), "is", "are");
            let problem = format!("{values} {verb} not in {} of {}", reference.key, to.name);
            let examples = reference.unmatched.iter().map(|(text, rows, meant)| match meant {
                Some(meant) => format!("{text:?} ({}), may be {meant:?}", counted(*rows, "row")),
                None => format!("{text:?} ({})", counted(*rows, "row")),
            });
            let remedy = format!("write each as {} has it, or add the missing rows there", to.name);
            Finding::new(Level::Error, Kind::Unmatched, &from.name, problem, &remedy)
                .column(&reference.column)
                .rows(rows as usize, from.rows)
                .examples(examples)
        })
        .collect()
}
