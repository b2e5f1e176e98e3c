//! Mappings: from a vendor's row to canonical records. One engine for files, webhooks and topics.
//!
//! A mapping is a file of rules ([`mod@file`]); each rule has a jq filter for *which rows* and a jq
//! expression for *which records* ([`program`]). The first rule that matches a row maps it. A row's
//! records are accepted all together or, with one error message, none of them; parts that should be
//! accepted independently must be rows of their own (`rows`).

mod asked;
pub mod canonical;
pub mod cases;
pub mod columns;
pub mod delay;
pub mod file;
mod functions;
mod guard;
pub mod identity;
mod load;
pub mod normalise;
pub mod program;
pub mod rows;

use crate::codec::{Codec, DecodeFailure};
use crate::domain::account::records::Feed;
use crate::domain::terms::time::Timestamp;
use crate::mapping::canonical::{Canonical, Context, Norms, RowError};
use jaq_json::Val;
use program::{Program, Scope};
use std::cell::RefCell;

/// Maximum number of records of one row; more is a mistake in the mapping.
const RECORDS_PER_ROW_MAX: usize = 10_000;

/// Maximum length of an error message in characters; the end is cut.
const MESSAGE_CHARS_MAX: usize = 1_000;

/// Maximum number of rows in one input.
const ROWS_PER_INPUT_MAX: usize = 100_000;

/// A compiled mapping. It belongs to one thread; each thread compiles its own.
pub struct Mapping {
    pub source: String,
    /// The file's name, for people.
    pub name: String,
    /// A digest of the texts of the mapping file and of the files it names; it changes with any of them.
    pub version: String,
    norms: Norms,
    snapshot_at: Option<Program>,
    rows: Option<Program>,
    pub tables: Vec<Table>,
    /// Empty tables, for rows that arrive one by one.
    empty: Val,
    pub rules: Vec<Rule>,
    /// Decodes each record as a check: what passes here, every reader of the log can decode.
    probe: RefCell<Probe>,
}

struct Probe {
    codec: Codec,
    bytes: Vec<u8>,
}

impl Probe {
    fn check(&mut self, record: &Canonical) -> Result<(), RowError> {
        self.bytes.clear();
        let (account, input) = (&record.account, &record.input);
        let written = self.codec.encode_input("", account, input, &mut self.bytes);
        written.map_err(|e| RowError::mapping(e.to_string()))?;
        let key = Some(account.as_str().as_bytes());
        match self.codec.decode_input(key, Some(&self.bytes)) {
            Ok(_) => Ok(()),
            Err(DecodeFailure::Record(e)) => Err(RowError { reason: e.reason, message: e.message }),
            Err(DecodeFailure::Registry(e)) => Err(RowError::mapping(e.to_string())),
        }
    }
}

/// A table of rows that other rows refer to by key.
pub struct Table {
    pub name: String,
    optional: bool,
    looks_for: Vec<String>,
    matches: Program,
    key: Program,
    value: Program,
}

pub struct Rule {
    pub name: String,
    looks_for: Vec<String>,
    matches: Program,
    emit: Program,
    gone: Option<Gone>,
}

/// The records for a row that is missing from a later snapshot.
struct Gone {
    key: Program,
    emit: Program,
}

/// How a row arrived.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// The time of the snapshot, or the arrival time on a live feed.
    pub observed_at: Option<Timestamp>,
    /// The day when the file was last written, if nothing says when its snapshot was taken: undated facts
    /// of a company are of that day.
    pub file_day: Option<Timestamp>,
    /// The row is part of a vendor's first dump.
    pub baseline: bool,
    /// The row arrived on a live feed: the same row at a later time is another event.
    pub live: bool,
    /// When a row of a file is read: what it states without a date was stated by then.
    pub read_at: Option<Timestamp>,
}

/// The result of mapping a row.
#[derive(Debug)]
pub enum Mapped {
    /// No rule matches the row.
    Unmatched,
    /// The rule that matches it gave no records.
    Skipped,
    /// The index of the rule, and its records.
    Records(usize, Vec<Canonical>),
}

impl Mapping {
    /// The source and mapping of a refused row, for its dead letter.
    pub fn feed(&self, source: &str) -> Feed {
        let (mapping, version) = (self.name.clone(), self.version.clone());
        Feed { source: source.to_owned(), mapping, version }
    }

    /// The snapshot date of a file, which the mapping reads from its name.
    pub fn snapshot_at(&self, file: &str) -> Result<Option<String>, RowError> {
        let Some(program) = &self.snapshot_at else { return Ok(None) };
        let scope = Scope { file, ..Scope::default() };
        let found = program.first(&Val::Null, &scope).map_err(|e| RowError::mapping(e.0))?;
        match found
            .as_ref()
            .map(program::to_json)
            .transpose()
            .map_err(|e| RowError::mapping(e.0))?
        {
            None | Some(serde_json::Value::Null) => Ok(None),
            Some(serde_json::Value::String(date)) => Ok(Some(date)),
            Some(other) => Err(RowError::mapping(format!(
                "invalid snapshot_at in the mapping: it gives {other} for {file}; use a date"
            ))),
        }
    }

    /// Whether the mapping can map rows that arrive one by one. The error is why it cannot; `rows`
    /// names their origin.
    pub fn takes_one_by_one(&self, rows: &str) -> Result<(), String> {
        match self.tables.iter().find(|table| !table.optional) {
            None => Ok(()),
            Some(table) => Err(format!(
                "table {} needs the other files of an import, which {rows} does not have; if the rules \
                 work without the table, use `optional: true`",
                table.name
            )),
        }
    }

    pub fn empty_tables(&self) -> &Val {
        &self.empty
    }

    /// Whether an input may contain several rows.
    pub fn takes_apart(&self) -> bool {
        self.rows.is_some()
    }

    /// The rows of an input: the input itself, unless the mapping splits inputs. Every source of rows
    /// calls this before [`Mapping::map`].
    pub fn rows(&self, input: Val, scope: &Scope<'_>) -> Result<Vec<Val>, RowError> {
        let mut rows = Vec::new();
        self.each_row(input, scope, &mut |row| {
            if rows.len() >= ROWS_PER_INPUT_MAX {
                let much =
                    format!("rows: too many rows in one input, more than {ROWS_PER_INPUT_MAX}");
                return Err(RowError::mapping(much));
            }
            rows.push(row);
            Ok(())
        })?;
        Ok(rows)
    }

    /// Visits each row of an input until `visit` returns an error.
    pub fn each_row(
        &self,
        input: Val,
        scope: &Scope<'_>,
        visit: &mut dyn FnMut(Val) -> Result<(), RowError>,
    ) -> Result<(), RowError> {
        let Some(program) = &self.rows else { return visit(input) };
        let mut refused = None;
        let ended = program.each(&input, scope, &mut |row| {
            visit(row).inspect_err(|error| refused = Some(error.clone()))
        });
        match refused {
            Some(error) => Err(error),
            None => ended.map_err(|e| RowError { message: format!("rows: {}", e.message), ..e }),
        }
    }

    /// Maps one row.
    pub fn map(&self, row: &Val, scope: &Scope<'_>, seen: Seen) -> Result<Mapped, RowError> {
        for (index, rule) in self.rules.iter().enumerate() {
            let within = |e: RowError| named(&rule.name, e);
            if !rule.matches.holds(row, scope).map_err(|e| within(RowError::mapping(e.0)))? {
                continue;
            }
            let records = self.records(&rule.emit, row, scope, seen).map_err(within)?;
            return Ok(if records.is_empty() {
                Mapped::Skipped
            } else {
                Mapped::Records(index, records)
            });
        }
        Ok(Mapped::Unmatched)
    }

    /// By table and rule: the columns that it looks for.
    pub fn looks_for(&self) -> Vec<(String, Vec<String>)> {
        let tables = self.tables.iter().map(|table| (&table.name, &table.looks_for));
        let rules = self.rules.iter().map(|rule| (&rule.name, &rule.looks_for));
        tables.chain(rules).map(|(name, columns)| (name.clone(), columns.clone())).collect()
    }

    /// What the dates of all rows since [`Mapping::forget_dates`] say against the mapping's `dates`.
    pub fn doubt_of_dates(&self) -> Option<String> {
        self.norms.slashed.borrow().doubt(self.norms.dates)
    }

    pub fn forget_dates(&self) {
        self.norms.slashed.take();
    }

    /// The rule that matches the row and the row's key in every snapshot, if the rule has `gone`.
    ///
    /// # Errors
    /// Where a program fails on the row, so that it may be any row.
    pub fn snapshot_key(
        &self,
        row: &Val,
        scope: &Scope<'_>,
    ) -> Result<Option<(usize, String)>, program::Failed> {
        for (index, rule) in self.rules.iter().enumerate() {
            if !rule.matches.holds(row, scope)? {
                continue;
            }
            let Some(gone) = &rule.gone else { return Ok(None) };
            let key = gone.key.first(row, scope)?;
            return Ok(key.map(|key| (index, key.to_string())));
        }
        Ok(None)
    }

    pub fn asks_what_is_gone(&self) -> bool {
        self.rules.iter().any(|rule| rule.gone.is_some())
    }

    /// The records for a row of an earlier snapshot that the snapshot of `scope` lacks.
    pub fn map_gone(
        &self,
        rule: usize,
        row: &Val,
        scope: &Scope<'_>,
        seen: Seen,
    ) -> Result<Vec<Canonical>, RowError> {
        let Some((name, gone)) =
            self.rules.get(rule).and_then(|r| Some((&r.name, r.gone.as_ref()?)))
        else {
            return Ok(Vec::new());
        };
        self.records(&gone.emit, row, scope, seen).map_err(|e| named(name, e))
    }

    fn records(
        &self,
        emit: &Program,
        row: &Val,
        scope: &Scope<'_>,
        seen: Seen,
    ) -> Result<Vec<Canonical>, RowError> {
        let Seen { observed_at, file_day, baseline, live, read_at } = seen;
        let arrived = observed_at.filter(|_| live).map(|at| (at, scope.row));
        let (source, norms) = (&self.source, &self.norms);
        let context = Context { source, observed_at, file_day, arrived, read_at, baseline, norms };
        let mut records = Vec::new();
        emit.each(row, scope, &mut |output| {
            if records.len() >= RECORDS_PER_ROW_MAX {
                let much = format!("too many records of one row, more than {RECORDS_PER_ROW_MAX}");
                return Err(RowError::mapping(much));
            }
            let json = program::to_json(&output).map_err(|e| RowError::mapping(e.0))?;
            let record = canonical::read(json, &context)?;
            self.probe.borrow_mut().check(&record)?;
            records.push(record);
            Ok(())
        })?;
        Ok(records)
    }
}

impl Table {
    /// The table's key and value for the row, if the row belongs to the table.
    pub fn entry(&self, row: &Val, scope: &Scope<'_>) -> Option<(Val, Val)> {
        if !self.matches.holds(row, scope).unwrap_or(false) {
            return None;
        }
        let key = self.key.first(row, scope).ok().flatten()?;
        let value = self.value.first(row, scope).ok().flatten()?;
        Some((key, value))
    }
}

/// The error with the rule's name. The message may quote the row, so its length is limited.
fn named(rule: &str, error: RowError) -> RowError {
    let message = format!("rule {rule}: {}", error.message);
    RowError { reason: error.reason, message: message.chars().take(MESSAGE_CHARS_MAX).collect() }
}

#[cfg(test)]
mod tests;
