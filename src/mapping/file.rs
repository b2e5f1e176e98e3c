//! The mapping file. Its doc comments are the reference.

use crate::domain::account::input::check_source;
use crate::mapping::delay::Delay;
use crate::mapping::normalise::date::Order;
use serde::Deserialize;
use serde_saphyr::Spanned;
use std::collections::BTreeMap;
use std::fmt;

/// A jq expression with its position in the file.
///
/// In every expression the row is `.`; a CSV row is an object of its header's names with text values,
/// and null for an empty cell. `$file` is the input's name, `$row` the row's number in it (from 1),
/// `$snapshot_at` the date of the snapshot (or null), `$tables` the tables by name. For a record of a
/// topic, `$file` is the topic, `$row` the offset, `$key` the key as a text and `$timestamp` its time;
/// for files the last two are null.
/// Beside jq's own functions there are: `technologies`, the tools of the catalogue in a text and how
/// it speaks of each, as `[{"tool": …, "category": …, "reading": …, "confidence": …}]` (the readings
/// are `in_use`, `asked`, `example`, `mentioned` and `other`); `country`, a country's ISO code, and `account`, the account of a
/// website, both null for unknown input; `listed`, which makes a list of one value, several or null.
/// For tables that people keep there are `columns` (see that key); `dates`, the days that a text or number
/// names among other words, as a list (`"3/1/24 - 3/14/24"` gives `["2024-03-01", "2024-03-14"]`, in the
/// order of the key `dates`, dashes included); and `people`, the number of people that a text names
/// (`"approx. 120*"` gives 120, `"50-75"` 50, `"80 FT, 22 PT"` 102, `"TBD"` null).
/// `error("…")` makes the row a dead letter with that message; `error({value: "…"})` and
/// `error({account: "…"})` give it another reason than `mapping`. There is no `env`, no `now` and no
/// `input`, so that the same row always gives the same records. A program that takes more than a million
/// steps on a row (a recursion or a `range` without end), recurses too deeply, or makes a value that grows
/// without end is an error of that row.
pub type Code = Spanned<String>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MappingFile {
    /// The source of the records, in lower case (`crunchbase`). It is part of every id: a new name
    /// makes every record a new one.
    pub source: String,
    /// For people: what this mapping reads, and what it leaves out and why.
    #[serde(default, rename = "description")]
    pub _description: Option<String>,
    /// The date of a snapshot: an expression on `$file` that gives a date or null. Relative ages (`over
    /// 8 years`) count back from it, the file's records are observed on it, and several snapshots are
    /// read in its order.
    #[serde(default)]
    pub snapshot_at: Option<Code>,
    /// jq definitions that several mappings share: a file beside this one, read before `define`.
    #[serde(default)]
    pub include: Option<String>,
    /// jq definitions (`def permalink: …;`) for all expressions of the file.
    #[serde(default)]
    pub define: Option<Code>,
    /// The catalogue of `technologies`: a file beside this one. Tools in records are looked up in it
    /// too (`HubSpot CRM` becomes hubspot).
    #[serde(default)]
    pub technologies: Option<String>,
    /// The catalogue for industries in records: a file beside this one.
    #[serde(default)]
    pub industries: Option<String>,
    /// Words of job titles on top of those that buymode ships: a file beside this one in the form of
    /// deploy/titles.tsv.
    #[serde(default)]
    pub titles: Option<String>,
    /// Exchange rates to US dollars: a file beside this one, with lines
    /// `{currency: EUR, from: 2026-01-01, usd: 1.08}` under `rates`. An amount is converted by the last
    /// rate that applied on the event's first possible day; without one it stays unknown.
    #[serde(default)]
    pub rates: Option<String>,
    /// Which comes first in dates such as `7/5/2020`: `month_first` (the default) or `day_first`.
    #[serde(default)]
    pub dates: Order,
    /// Columns by the words of their names, for tables that call one thing by many names: by a name of
    /// your own the names of the columns, in order of preference. Each is the words that the column has,
    /// in any order, case and number (`employees affected` is `No. of Affected Employees`), and `=date`
    /// is a column of no other word; `but` are words that it does not have. The function `columns` then
    /// gives, for a row, by your name a list of `{column, value}`, without empty values.
    #[serde(default)]
    pub columns: BTreeMap<String, ColumnSpec>,
    /// How long after an event the source usually learns of it: `3 days`, `2 weeks`, at most 366 days. In a
    /// history a record counts from when it could be known: from its `observed_at` or the file's snapshot
    /// date, else from its own date and this delay. Without it, from its own date. Suppressions, outcomes
    /// and aliases have no delay.
    #[serde(default)]
    pub known_after: Delay,
    /// Splits an input in which a vendor packs several rows (`{"data": […]}`): an expression that gives
    /// each row, so that each row has a verdict of its own. In it `.` is the input. It must return a
    /// single row unchanged, since a dead letter holds one row and goes through it again on replay.
    #[serde(default)]
    pub rows: Option<Code>,
    /// Rows that other rows refer to as `$tables.NAME[KEY]`. They are read from the inputs before the
    /// mapping starts and kept in memory. Of two rows with the same key the later one counts.
    #[serde(default)]
    pub tables: BTreeMap<String, TableSpec>,
    /// The first rule whose `match` is true maps the row; a row that no rule matches is skipped.
    pub rules: Vec<RuleSpec>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnSpec {
    pub names: Vec<String>,
    #[serde(default)]
    pub but: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableSpec {
    /// Which rows belong to the table.
    #[serde(rename = "match")]
    pub matches: Code,
    pub key: Code,
    pub value: Code,
    /// The rules work without the table: a source that sends rows one by one (`buymode ingest`) has an
    /// empty one. Otherwise the mapping can be used for imports only.
    #[serde(default)]
    pub optional: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSpec {
    /// The rule's name, for messages.
    pub name: String,
    /// Which rows the rule maps: those where the expression is neither false nor null.
    #[serde(rename = "match")]
    pub matches: Code,
    /// The canonical records of a row: no object, one or many.
    pub emit: Code,
    /// The records for a row that one snapshot has and the next has not.
    #[serde(default)]
    pub gone: Option<GoneSpec>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoneSpec {
    /// The key that identifies a row in every snapshot.
    pub key: Code,
    /// The records for a missing row; `$snapshot_at` is the date of the snapshot that lacks it.
    pub emit: Code,
}

/// A position in a mapping file: line and column, from 1.
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
    #[error("cannot read {file}: {message}")]
    Unreadable { file: String, message: String },
    #[error("{file}:{message}")]
    Shape { file: String, message: String },
    #[error("{file}:{position}: {what}: {message}")]
    Program { file: String, position: Position, what: String, message: String },
}

/// Parses YAML; an error message is one line and starts with line and column.
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
            return refuse("invalid source: use a name in lower case (letters, digits, - and _)");
        }
        if let Err(why) = check_source(&file.source) {
            return refuse(&why);
        }
        if file.rules.is_empty() {
            return refuse(
                "invalid rules: the list is empty, so every row would be skipped; add a rule",
            );
        }
        Ok(file)
    }
}
