//! The mapping file. Its doc comments are the reference.

use crate::mapping::normalise::date::Order;
use serde::Deserialize;
use serde_saphyr::Spanned;
use std::collections::BTreeMap;
use std::fmt;

/// A jq expression, with where it stands in the file.
///
/// In every expression the row is `.`; a CSV row is an object of its header's names, all texts,
/// with null for an empty cell. `$file` is the input's name, `$row` the row's number in it
/// (from 1), `$snapshot_at` the date the file was taken on (or null), `$tables` the tables by name.
/// Of a topic's record, `$file` is the topic, `$row` the offset, `$key` the key as a text and
/// `$timestamp` its time; in files the last two are null.
/// Beside jq's own functions there is `technologies`: the tools of the catalogue that a text
/// names, as `[{"tool": …, "category": …}]`; `country`, a country's ISO code, and `account`, the
/// account that a website names, both null for what they do not know; `listed`, a list of what may
/// be one, several or null. `error("…")` makes the row a dead letter with that sentence;
/// `error({value: "…"})` and `error({account: "…"})` give it another reason than `mapping`. There
/// is no `env`, no `now` and no `input`: the same row always says the same.
pub type Code = Spanned<String>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MappingFile {
    /// The source that the records name, in lower case (`crunchbase`). Part of every id: renaming
    /// it makes every record a new one.
    pub source: String,
    /// For people: what this mapping reads, and what it leaves out and why.
    #[serde(default, rename = "description")]
    pub _description: Option<String>,
    /// When a file was taken, for files that are snapshots: an expression on `$file` that gives a
    /// date or null. Relative ages (`over 8 years`) count back from it, it is when the file's
    /// records were observed, and several snapshots are read in its order.
    #[serde(default)]
    pub snapshot_at: Option<Code>,
    /// jq definitions that several mappings share: a file beside this one, read before `define`.
    #[serde(default)]
    pub include: Option<String>,
    /// jq definitions (`def permalink: …;`) for all expressions of the file.
    #[serde(default)]
    pub define: Option<Code>,
    /// The catalogue that `technologies` knows: a file beside this one. Tools that records name go
    /// through it too (`HubSpot CRM` is hubspot).
    #[serde(default)]
    pub technologies: Option<String>,
    /// The catalogue that industries of records go through: a file beside this one.
    #[serde(default)]
    pub industries: Option<String>,
    /// What other currencies were worth in US dollars: a file beside this one, of lines
    /// `{currency: EUR, from: 2026-01-01, usd: 1.08}` under `rates`. An amount is converted by the
    /// last rate that had begun on the event's first possible day; without one it stays unknown.
    #[serde(default)]
    pub rates: Option<String>,
    /// Which comes first in dates such as `7/5/2020`: `month_first` (as if nothing were said) or
    /// `day_first`.
    #[serde(default)]
    pub dates: Order,
    /// Takes an input apart where a vendor packs rows (`{"data": […]}`): an expression that gives
    /// each row, so that each has a verdict of its own. In it `.` is the input. It must let a row
    /// that comes alone through as it is, since a dead letter holds one row and is handed in again.
    #[serde(default)]
    pub rows: Option<Code>,
    /// Rows that other rows refer to, read from the inputs before anything is mapped and kept in
    /// memory: `$tables.NAME[KEY]`. Of two rows with one key the later counts.
    #[serde(default)]
    pub tables: BTreeMap<String, TableSpec>,
    /// The first rule whose `match` holds speaks for a row; a row that none matches is skipped.
    pub rules: Vec<RuleSpec>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableSpec {
    /// Which rows belong into the table.
    #[serde(rename = "match")]
    pub matches: Code,
    pub key: Code,
    pub value: Code,
    /// The rules do without: a source that sends rows one by one (`buymode ingest`) finds it empty.
    /// Otherwise the mapping is for imports alone.
    #[serde(default)]
    pub optional: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSpec {
    /// For messages.
    pub name: String,
    /// Which rows the rule speaks for: neither false nor null.
    #[serde(rename = "match")]
    pub matches: Code,
    /// The canonical records that a row stands for: none, one or many objects.
    pub emit: Code,
    /// What it means that a row of one snapshot is missing from the next.
    #[serde(default)]
    pub gone: Option<GoneSpec>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoneSpec {
    /// What a row is known by in each snapshot.
    pub key: Code,
    /// The records for a row that is gone; `$snapshot_at` is the date of the snapshot that lacks it.
    pub emit: Code,
}

/// A place in a mapping file, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub line: u64,
    pub column: u64,
}

impl Position {
    pub fn of<T>(spanned: &Spanned<T>) -> Position {
        Position { line: spanned.referenced.line(), column: spanned.referenced.column() }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    #[error("{file} cannot be read: {message}")]
    Unreadable { file: String, message: String },
    #[error("{file}:{message}")]
    Shape { file: String, message: String },
    #[error("{file}:{position}: {what}: {message}")]
    Program { file: String, position: Position, what: String, message: String },
}

/// Reads YAML; the message of a mistake begins with line and column and is one line long.
pub fn from_yaml<'a, T: Deserialize<'a>>(name: &str, text: &'a str) -> Result<T, MappingError> {
    serde_saphyr::from_str(text).map_err(|error| {
        let place =
            error.location().map_or(String::new(), |at| format!("{}:{}:", at.line(), at.column()));
        let shown = error.without_snippet().to_string();
        let first = shown.lines().next().unwrap_or_default();
        MappingError::Shape { file: name.to_owned(), message: format!("{place} {first}") }
    })
}

impl MappingFile {
    pub fn parse(name: &str, text: &str) -> Result<MappingFile, MappingError> {
        let file: MappingFile = from_yaml(name, text)?;
        let refuse = |message: &str| {
            Err(MappingError::Shape { file: name.to_owned(), message: format!(" {message}") })
        };
        let plain =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
        if file.source.is_empty() || !file.source.chars().all(plain) {
            return refuse("source must be a name in lower case (letters, digits, - and _)");
        }
        if file.rules.is_empty() {
            return refuse("rules is empty: the mapping would skip every row");
        }
        Ok(file)
    }
}
