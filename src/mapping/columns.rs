//! Columns by the words of their names: public tables call one thing by many names (`No. of Employees
//! Affected`, `NUMBER_AFFECTED`, `# of Workers`), and a mapping lists words instead of spellings.

use crate::mapping::file::ColumnSpec;
use jaq_json::{Map, Val};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Words that say "number" in the name of a column.
const NUMBER: &[&str] = &["no", "nr", "num", "nbr"];

/// What the mapping calls each thing, and the columns that may hold it.
#[derive(Default)]
pub struct Columns(Vec<Field>);

struct Field {
    name: String,
    /// In order of preference.
    names: Vec<Name>,
    but: BTreeSet<String>,
}

struct Name {
    words: BTreeSet<String>,
    /// The column has no other word.
    alone: bool,
}

/// A cell that holds something.
struct Cell {
    column: String,
    /// The words of the column's name as it is written, and with `LayoffDate` as two words.
    whole: BTreeSet<String>,
    parts: BTreeSet<String>,
    value: Val,
}

impl Columns {
    pub(super) fn new(fields: &BTreeMap<String, ColumnSpec>) -> Result<Columns, String> {
        let field = |(field, spec): (&String, &ColumnSpec)| {
            let name = |name: &String| {
                let (alone, rest) = match name.strip_prefix('=') {
                    Some(rest) => (true, rest),
                    None => (false, name.as_str()),
                };
                Name { words: words(rest).into_iter().collect(), alone }
            };
            let names: Vec<Name> = spec.names.iter().map(name).collect();
            if names.is_empty() || names.iter().any(|name| name.words.is_empty()) {
                return Err(format!(
                    "invalid columns.{field}: a name without a word fits every column; use the \
                     words that the column has"
                ));
            }
            let but = spec.but.iter().flat_map(|but| words(but)).collect();
            Ok(Field { name: field.clone(), names, but })
        };
        fields.iter().map(field).collect::<Result<_, _>>().map(Columns)
    }

    /// The row's values by field: `[{column, value}]` in order of the field's names, then of the row's
    /// columns. Blanks at the ends of a text are cut; empty values are left out.
    pub(super) fn of(&self, row: &Val) -> Val {
        let text = |text: &str| Val::from(text.to_owned());
        let cells = cells(row);
        let mut fields = Map::default();
        for field in &self.0 {
            let ranked = cells.iter().enumerate();
            let mut ranked: Vec<(usize, usize)> =
                ranked.filter_map(|(at, cell)| Some((field.rank(cell)?, at))).collect();
            ranked.sort_unstable();
            let said = ranked.into_iter().map(|(_, at)| {
                let Cell { column, value, .. } = &cells[at];
                let pair = [(text("column"), text(column)), (text("value"), value.clone())];
                Val::obj(pair.into_iter().collect())
            });
            fields.insert(text(&field.name), Val::Arr(Rc::new(said.collect())));
        }
        Val::obj(fields)
    }
}

impl Field {
    /// The place of the first name that the column has.
    fn rank(&self, cell: &Cell) -> Option<usize> {
        let Cell { whole, parts, .. } = cell;
        if self.but.iter().any(|but| whole.contains(but) || parts.contains(but)) {
            return None;
        }
        self.names.iter().position(|Name { words, alone }| match alone {
            true => words == whole || words == parts,
            false => words.is_subset(whole) || words.is_subset(parts),
        })
    }
}

fn cells(row: &Val) -> Vec<Cell> {
    let Val::Obj(row) = row else { return Vec::new() };
    let cell = |(key, value): (&Val, &Val)| {
        let Val::TStr(column) = key else { return None };
        let column = String::from_utf8_lossy(column).into_owned();
        let whole = words(&column).into_iter().collect();
        let parts = words(&apart(&column)).into_iter().collect();
        Some(Cell { column, whole, parts, value: filled(value)? })
    };
    row.iter().filter_map(cell).collect()
}

fn filled(value: &Val) -> Option<Val> {
    match value {
        Val::Null => None,
        Val::TStr(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            let text = text.trim();
            (!text.is_empty()).then(|| Val::from(text.to_owned()))
        }
        other => Some(other.clone()),
    }
}

/// `LayoffDate` has two words.
fn apart(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut before = ' ';
    for c in name.chars() {
        if before.is_lowercase() && c.is_uppercase() {
            out.push(' ');
        }
        out.push(c);
        before = c;
    }
    out
}

/// In lower case and the singular; "#" and "No." are "number".
fn words(name: &str) -> Vec<String> {
    let plain = name.to_lowercase().replace(['\'', '’'], "").replace('#', " number ");
    let words = plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words
        .map(|word| match word {
            word if NUMBER.contains(&word) => "number".to_owned(),
            word if word.len() > 3 && !word.ends_with("ss") => {
                word.strip_suffix('s').unwrap_or(word).to_owned()
            }
            word => word.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// By field the columns that were found.
    fn found(spec: &str, row: Value) -> Value {
        let spec: BTreeMap<String, ColumnSpec> = serde_saphyr::from_str(spec).unwrap();
        let row: Val = serde_json::from_value(row).unwrap();
        let said = Columns::new(&spec).unwrap().of(&row);
        serde_json::from_str(&said.to_string()).unwrap()
    }

    #[test]
    fn a_column_is_known_by_its_words_in_any_spelling() {
        let spec = "{people: {names: [number employee, workers], but: [union, date]}}";
        for column in [
            "Number of Employees",
            "No. Of\nEmployees",
            "# employees affected ",
            "NUMBER_EMPLOYEES",
            "NumberOfEmployees",
            "Workers' number",
            "\u{feff}Employee (Nbr.)",
        ] {
            let said = found(spec, json!({"other": "9", column: " 12 "}));
            assert_eq!(said, json!({"people": [{"column": column, "value": "12"}]}), "{column:?}");
        }
        for column in ["Employees", "Union workers", "Date (workers)", "Networkers", ""] {
            assert_eq!(found(spec, json!({column: "12"})), json!({"people": []}), "{column:?}");
        }
    }

    #[test]
    fn the_first_name_goes_first_and_a_name_may_stand_alone() {
        let spec = "{day: {names: [notice date, =date]}, lay: {names: [layoff date]}}";
        let row = json!({"Date": "1", "Date of Notice": "2", "LayOff_Date": "3", "End date": "4",
            "Notice date 2": null, "Second notice date": "  ", "Notice/date": 5});
        let said = found(spec, row);
        let columns = |field: &str| -> Vec<String> {
            let list = said[field].as_array().unwrap().iter();
            list.map(|one| one["column"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(columns("day"), ["Date of Notice", "Notice/date", "Date"]);
        assert_eq!(columns("lay"), ["LayOff_Date"]);
        assert_eq!(found(spec, json!([1])), json!({"day": [], "lay": []}), "no row of columns");
    }

    #[test]
    fn a_name_without_a_word_is_refused() {
        for spec in ["{people: {names: []}}", "{people: {names: ['=', x]}}", "{p: {names: ['--']}}"]
        {
            let spec: BTreeMap<String, ColumnSpec> = serde_saphyr::from_str(spec).unwrap();
            let error = Columns::new(&spec).err().unwrap();
            assert!(error.contains("fits every column"), "{error}");
        }
    }
}
