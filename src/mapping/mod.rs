//! Mappings: from a vendor's row to canonical records. One engine for files, webhooks and topics.
//!
//! A mapping is a file of rules ([`mod@file`]); each rule is a jq filter for *which rows* and a jq
//! expression for *what they say* ([`program`]). The first rule that matches a row is the one that
//! speaks for it. Either all records of a row are taken or, with one sentence why, none of them; what
//! is to stand or fall for itself the mapping makes a row of its own (`rows`).

pub mod canonical;
pub mod file;
pub mod identity;
pub mod normalise;
pub mod program;
pub mod rows;

use crate::codec::{Codec, DecodeFailure};
use crate::domain::account::records::Feed;
use crate::domain::terms::time::Timestamp;
use crate::mapping::canonical::{Canonical, Context, Norms, RowError};
use crate::mapping::normalise::industry::Industries;
use crate::mapping::normalise::rates::Rates;
use crate::mapping::normalise::technologies::Catalogue;
use file::{MappingError, MappingFile, Position};
use jaq_json::Val;
use program::{Program, Scope};
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

/// Records that one row may become; more is a mistake in the mapping.
const RECORDS_PER_ROW_MAX: usize = 10_000;

/// Of a message; what it says comes first.
const MESSAGE_CHARS_MAX: usize = 1_000;

/// Rows that one input may hold.
const ROWS_PER_INPUT_MAX: usize = 100_000;

/// A mapping that compiled. Belongs to one thread: each has its own.
pub struct Mapping {
    pub source: String,
    /// The file's name, for people.
    pub name: String,
    /// A digest of the file's text, and of what it reads beside it: another text, another version.
    pub version: String,
    norms: Norms,
    snapshot_at: Option<Program>,
    rows: Option<Program>,
    pub tables: Vec<Table>,
    /// The tables as they are where rows come one by one.
    empty: Val,
    pub rules: Vec<Rule>,
    /// Reads back what is made: what is let in here, every reader of the log can read.
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

/// Rows that others refer to, by key.
pub struct Table {
    pub name: String,
    optional: bool,
    matches: Program,
    key: Program,
    value: Program,
}

pub struct Rule {
    pub name: String,
    matches: Program,
    emit: Program,
    gone: Option<Gone>,
}

/// What a row says by being missing from a later snapshot.
struct Gone {
    key: Program,
    emit: Program,
}

/// How a row was come by.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// On a snapshot, or a live feed.
    pub observed_at: Option<Timestamp>,
    /// In a vendor's first dump.
    pub baseline: bool,
    /// It came by itself, then: what comes in the same words later is another.
    pub live: bool,
}

/// What a mapping makes of a row.
#[derive(Debug)]
pub enum Mapped {
    /// No rule is about such rows, or the rule had nothing to say.
    Skipped,
    /// By the rule with this index.
    Records(usize, Vec<Canonical>),
}

impl Mapping {
    pub fn load(path: &Path) -> Result<Mapping, MappingError> {
        let name = path.display().to_string();
        let read = |path: &Path| {
            std::fs::read_to_string(path).map_err(|e| MappingError::Unreadable {
                file: path.display().to_string(),
                message: e.to_string(),
            })
        };
        let text = read(path)?;
        Mapping::parse(&name, &text, &|catalogue| {
            read(&path.parent().unwrap_or(Path::new(".")).join(catalogue))
        })
    }

    /// `beside` reads a file that the mapping names, from its own folder.
    pub fn parse(
        name: &str,
        text: &str,
        beside: &dyn Fn(&str) -> Result<String, MappingError>,
    ) -> Result<Mapping, MappingError> {
        let file = MappingFile::parse(name, text)?;
        let mut digest = Sha256::new();
        digest.update(text);
        let mut beside = |path: &str| {
            let text = beside(path)?;
            digest.update([0]);
            digest.update(&text);
            Ok(text)
        };
        let catalogue = match &file.technologies {
            None => Catalogue::default(),
            Some(path) => Catalogue::parse(path, &beside(path)?)?,
        };
        let catalogue = Rc::new(catalogue);
        let industries = match &file.industries {
            None => Industries::default(),
            Some(path) => {
                let names = file::from_yaml(path, &beside(path)?)?;
                Industries::new(names).map_err(|message| MappingError::Shape {
                    file: path.clone(),
                    message: format!(" {message}"),
                })?
            }
        };
        let rates = match &file.rates {
            None => Rates::default(),
            Some(path) => Rates::parse(path, &beside(path)?)?,
        };
        let norms = Norms { dates: file.dates, industries, tools: catalogue.clone(), rates };
        let include = file.include.as_deref().map(&mut beside).transpose()?.unwrap_or_default();
        let define = file.define.as_ref().map_or("", |d| d.value.as_str());
        let compile = |what: String, code: &file::Code| {
            Program::compile([&include, define, &code.value], catalogue.clone()).map_err(
                |message| {
                    let position = Position::of(code);
                    MappingError::Program { file: name.to_owned(), position, what, message }
                },
            )
        };
        let mut tables = Vec::new();
        for (table, spec) in &file.tables {
            tables.push(Table {
                name: table.clone(),
                optional: spec.optional,
                matches: compile(format!("tables.{table}.match"), &spec.matches)?,
                key: compile(format!("tables.{table}.key"), &spec.key)?,
                value: compile(format!("tables.{table}.value"), &spec.value)?,
            });
        }
        let nothing = || Val::obj(jaq_json::Map::default());
        let empty = tables.iter().map(|t| (Val::from(t.name.clone()), nothing())).collect();
        let empty = Val::obj(empty);
        let mut rules = Vec::new();
        for rule in &file.rules {
            let gone = match &rule.gone {
                None => None,
                Some(gone) => Some(Gone {
                    key: compile(format!("{}.gone.key", rule.name), &gone.key)?,
                    emit: compile(format!("{}.gone.emit", rule.name), &gone.emit)?,
                }),
            };
            rules.push(Rule {
                name: rule.name.clone(),
                matches: compile(format!("{}.match", rule.name), &rule.matches)?,
                emit: compile(format!("{}.emit", rule.name), &rule.emit)?,
                gone,
            });
        }
        let snapshot_at = match &file.snapshot_at {
            None => None,
            Some(code) => Some(compile("snapshot_at".to_owned(), code)?),
        };
        let rows = match &file.rows {
            None => None,
            Some(code) => Some(compile("rows".to_owned(), code)?),
        };
        let version = digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        let name = Path::new(name).file_name().map_or(name.into(), |n| n.to_string_lossy());
        let name = name.into_owned();
        let probe = RefCell::new(Probe { codec: Codec::local(), bytes: Vec::new() });
        let source = file.source;
        Ok(Mapping { source, name, version, norms, snapshot_at, rows, tables, empty, rules, probe })
    }

    /// Who refused a row, for its dead letter.
    pub fn feed(&self, source: &str) -> Feed {
        let (mapping, version) = (self.name.clone(), self.version.clone());
        Feed { source: source.to_owned(), mapping, version }
    }

    /// The date a file of this name was taken on, as the mapping reads it.
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
                "the mapping's snapshot_at gives {other} for {file}, not a date"
            ))),
        }
    }

    /// Why it cannot map rows that come one by one, if so: of which kind they are.
    pub fn takes_one_by_one(&self, rows: &str) -> Result<(), String> {
        match self.tables.iter().find(|table| !table.optional) {
            None => Ok(()),
            Some(table) => Err(format!(
                "table {} is read from the other files of an import, of which {rows} has none; \
                 where the rules do without it, the mapping says so with `optional: true`",
                table.name
            )),
        }
    }

    pub fn empty_tables(&self) -> &Val {
        &self.empty
    }

    /// Whether an input may hold several rows.
    pub fn takes_apart(&self) -> bool {
        self.rows.is_some()
    }

    /// The rows of an input: itself, unless the mapping takes inputs apart. Every way in calls this
    /// before [`Mapping::map`].
    pub fn rows(&self, input: Val, scope: &Scope<'_>) -> Result<Vec<Val>, RowError> {
        let mut rows = Vec::new();
        self.each_row(input, scope, &mut |row| {
            if rows.len() >= ROWS_PER_INPUT_MAX {
                let much = format!("rows: one input holds more than {ROWS_PER_INPUT_MAX} rows");
                return Err(RowError::mapping(much));
            }
            rows.push(row);
            Ok(())
        })?;
        Ok(rows)
    }

    /// Hands each row of an input on, until one is refused.
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
        Ok(Mapped::Skipped)
    }

    /// The rule that speaks for the row and the key it is known by in each snapshot, if the rule
    /// asks what is gone.
    pub fn snapshot_key(&self, row: &Val, scope: &Scope<'_>) -> Option<(usize, String)> {
        let matches = |rule: &Rule| rule.matches.holds(row, scope).unwrap_or(false);
        let index = self.rules.iter().position(matches)?;
        let gone = self.rules.get(index)?.gone.as_ref()?;
        let key = gone.key.first(row, scope).ok().flatten()?;
        Some((index, key.to_string()))
    }

    pub fn asks_what_is_gone(&self) -> bool {
        self.rules.iter().any(|rule| rule.gone.is_some())
    }

    /// What a row of an earlier snapshot says by being missing from the one of `scope`.
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
        let Seen { observed_at, baseline, live } = seen;
        let arrived = observed_at.filter(|_| live).map(|at| (at, scope.row));
        let (source, norms) = (&self.source, &self.norms);
        let context = Context { source, observed_at, arrived, baseline, norms };
        let mut records = Vec::new();
        emit.each(row, scope, &mut |output| {
            if records.len() >= RECORDS_PER_ROW_MAX {
                let much = format!("one row became more than {RECORDS_PER_ROW_MAX} records");
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
    /// Key and value, if the row belongs to the table.
    pub fn entry(&self, row: &Val, scope: &Scope<'_>) -> Option<(Val, Val)> {
        if !self.matches.holds(row, scope).unwrap_or(false) {
            return None;
        }
        let key = self.key.first(row, scope).ok().flatten()?;
        let value = self.value.first(row, scope).ok().flatten()?;
        Some((key, value))
    }
}

/// Bounded: a message may quote the row.
fn named(rule: &str, error: RowError) -> RowError {
    let message = format!("rule {rule}: {}", error.message);
    RowError { reason: error.reason, message: message.chars().take(MESSAGE_CHARS_MAX).collect() }
}

#[cfg(test)]
mod tests;
