//! A table of texts, column by column: a file of a CRM, before anybody knows what its columns mean.
//! [`dates`] and [`numbers`] read a column as a whole, since one cell alone does not show its format.

pub mod dates;
pub mod numbers;

use std::collections::{BTreeSet, HashMap};

/// A file's rows.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The file's name, without its folders.
    pub name: String,
    pub rows: usize,
    pub columns: Vec<Column>,
    /// Rows that could not be read, with their number from 1, and why; they count in no figure.
    pub unreadable: Vec<(u64, String)>,
    /// Remarks of the reader on the file as a whole.
    pub notes: Vec<String>,
}

/// A column: each text once, and by row which one.
#[derive(Clone, Debug, Default)]
pub struct Column {
    pub name: String,
    /// By row; 0 is an empty cell.
    codes: Vec<u32>,
    /// By code. The first is the empty text.
    texts: Vec<String>,
}

/// Texts that stand for an empty cell, in lower case, as spreadsheets and databases write one.
const EMPTY: &[&str] = &["null", "nan", "#n/a", "\\n", "<na>", "nat"];

impl Table {
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl Column {
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// The cell's text without blanks at its ends; `None` where it is empty.
    pub fn get(&self, row: usize) -> Option<&str> {
        let code = *self.codes.get(row)?;
        (code > 0).then(|| self.texts[code as usize].as_str())
    }

    /// 0 where the cell is empty; cells with the same text have the same code.
    pub fn code(&self, row: usize) -> u32 {
        self.codes.get(row).copied().unwrap_or(0)
    }

    /// The different texts, in the order in which they were first seen, with their codes.
    pub fn texts(&self) -> impl Iterator<Item = (u32, &str)> {
        self.texts.iter().enumerate().skip(1).map(|(code, text)| (code as u32, text.as_str()))
    }

    /// How many different texts.
    pub fn distinct(&self) -> usize {
        self.texts.len().saturating_sub(1)
    }

    pub fn filled(&self) -> usize {
        self.codes.iter().filter(|code| **code > 0).count()
    }

    /// Rows by code.
    pub fn counts(&self) -> Vec<u64> {
        let mut counts = vec![0; self.texts.len()];
        self.codes.iter().for_each(|code| counts[*code as usize] += 1);
        counts
    }

    /// The same column with other rows: `rows[i]` is the row here, or an empty cell.
    pub fn taken(&self, name: String, rows: &[Option<usize>]) -> Column {
        let codes = rows.iter().map(|row| row.map_or(0, |row| self.code(row))).collect();
        Column { name, codes, texts: self.texts.clone() }
    }

    /// A column of the given cells.
    pub fn of<'a>(name: &str, cells: impl IntoIterator<Item = &'a str>) -> Column {
        let mut builder = Builder::new(name);
        cells.into_iter().for_each(|cell| builder.row([(name, cell)]));
        builder.table.columns.pop().unwrap_or_default()
    }
}

/// Makes a table row by row. A column that a later row is the first to have is empty before.
pub struct Builder {
    table: Table,
    places: HashMap<String, usize>,
    codes: Vec<HashMap<String, u32>>,
}

impl Builder {
    pub fn new(name: &str) -> Builder {
        let table = Table { name: name.to_owned(), ..Table::default() };
        Builder { table, places: HashMap::new(), codes: Vec::new() }
    }

    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = (&'a str, &'a str)>) {
        for (name, text) in cells {
            let place = match self.places.get(name) {
                Some(place) => *place,
                None => self.add(name),
            };
            let text = text.trim();
            let code = match EMPTY.contains(&text.to_lowercase().as_str()) || text.is_empty() {
                true => 0,
                false => self.code(place, text),
            };
            let column = &mut self.table.columns[place];
            column.codes.resize(self.table.rows, 0);
            column.codes.push(code);
        }
        self.table.rows += 1;
    }

    fn add(&mut self, name: &str) -> usize {
        let place = self.table.columns.len();
        let texts = vec![String::new()];
        self.table.columns.push(Column { name: name.to_owned(), codes: Vec::new(), texts });
        self.codes.push(HashMap::new());
        self.places.insert(name.to_owned(), place);
        place
    }

    fn code(&mut self, place: usize, text: &str) -> u32 {
        if let Some(code) = self.codes[place].get(text) {
            return *code;
        }
        let texts = &mut self.table.columns[place].texts;
        let code = texts.len() as u32;
        texts.push(text.to_owned());
        self.codes[place].insert(text.to_owned(), code);
        code
    }

    pub fn unreadable(&mut self, number: u64, why: String) {
        self.table.unreadable.push((number, why));
    }

    pub fn unreadable_rows(&self) -> usize {
        self.table.unreadable.len()
    }

    pub fn finish(mut self, notes: Vec<String>) -> Table {
        let rows = self.table.rows;
        self.table.columns.iter_mut().for_each(|column| column.codes.resize(rows, 0));
        self.table.notes = notes;
        self.table
    }
}

/// The words of a column's name: lower case, apart at signs and at capitals (`LeadSource`).
pub fn words(name: &str) -> Vec<String> {
    let mut apart = String::with_capacity(name.len() + 8);
    let mut before = ' ';
    for c in name.chars() {
        if c.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit()) {
            apart.push(' ');
        }
        apart.push(if c == '#' { ' ' } else { c });
        before = c;
    }
    let lower = apart.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// The words of a name as a set, plural as singular.
pub fn word_set(name: &str) -> BTreeSet<String> {
    let singular = |word: String| match word.strip_suffix('s') {
        Some(stem) if word.len() > 4 && !word.ends_with("ss") && !word.ends_with("us") => {
            stem.to_owned()
        }
        _ => word,
    };
    words(name).into_iter().map(singular).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_comes_late_is_empty_before() {
        let mut builder = Builder::new("a.csv");
        builder.row([("id", " 1 "), ("size", "")]);
        builder.row([("id", "2"), ("owner", "Ann")]);
        builder.row([("id", "1")]);
        let table = builder.finish(Vec::new());
        let cells = |name: &str| -> Vec<Option<&str>> {
            (0..3).map(|row| table.column(name).unwrap().get(row)).collect()
        };
        assert_eq!(cells("id"), [Some("1"), Some("2"), Some("1")]);
        assert_eq!(cells("owner"), [None, Some("Ann"), None]);
        assert_eq!((table.rows, cells("size")), (3, vec![None; 3]));
        let id = table.column("id").unwrap();
        assert_eq!((id.distinct(), id.filled(), id.counts()), (2, 3, vec![0, 2, 1]));
    }

    #[test]
    fn names_come_apart_into_words() {
        assert_eq!(words("LeadSource"), ["lead", "source"]);
        assert_eq!(words("hs_is_closed_won"), ["hs", "is", "closed", "won"]);
        assert_eq!(words("Close Date (UTC)"), ["close", "date", "utc"]);
        assert_eq!(words("ARR"), ["arr"]);
        assert!(word_set("Number of Employees").contains("employee"));
        assert!(word_set("Status").contains("status"));
    }
}
