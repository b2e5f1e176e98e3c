//! Runs the cases of a mapping and compares.

use super::expected::{render, replace_rows};
use super::picture::{self, Labels};
use super::{Case, beside};
use crate::aliases::Aliases;
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::time::Timestamp;
use crate::ingest::import::{ImportOptions, TracedRow, trace};
use crate::mapping::Mapping;
use crate::mapping::cases::Outcome;
use crate::mapping::normalise::date;
use crate::mapping::rows::Reading;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashSet};
use std::path::Path;

#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Report {
    /// The case's name.
    pub case: String,
    /// Rows of its input.
    pub rows: usize,
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// Runs the cases beside a mapping. With `update`, the actual records are written as the expectation.
pub fn test(path: &Path, update: bool) -> Result<Vec<Report>, String> {
    let mapping = Mapping::load(path).map_err(|e| e.to_string())?;
    let cases = beside(path)?;
    let traced: Vec<_> = cases.iter().map(|case| trace_case(&mapping, case)).collect();
    let mut ids: BTreeMap<&str, HashSet<SignalId>> = BTreeMap::new();
    for (case, traced) in cases.iter().zip(&traced) {
        let records = traced.iter().flatten().flat_map(|t| t.outcome.iter().flatten());
        ids.insert(&case.name, records.map(|record| record.input.id()).collect());
    }
    let mut reports = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let labels = labels(&cases, &traced, at);
        let rows: Vec<Value> = match &traced[at] {
            Ok(traced) => traced.iter().map(|t| row(t, case, &mapping, &labels)).collect(),
            Err(_) => Vec::new(),
        };
        let outcome = match &traced[at] {
            Err(message) => Outcome::Failed { message: message.clone() },
            Ok(traced) => judge(case, &rows, update)
                .and_then(|outcome| repeats(case, traced, &ids).map(|()| outcome))
                .unwrap_or_else(|message| Outcome::Failed { message }),
        };
        reports.push(Report { case: case.name.clone(), rows: rows.len(), outcome });
    }
    Ok(reports)
}

fn trace_case(mapping: &Mapping, case: &Case) -> Result<Vec<TracedRow>, String> {
    let head = &case.head;
    let observed_at = match &head.observed_at {
        None => None,
        Some(text) => {
            let found = date::parse(text);
            Some(found.ok_or_else(|| format!("invalid observed_at {text:?}: use a date"))?.0)
        }
    };
    let options = ImportOptions {
        inputs: case.inputs.clone(),
        topic: String::new(),
        dead_letters_topic: String::new(),
        sources_topic: None,
        reading: Reading::default(),
        snapshot_at: head.snapshot_at.clone(),
        by_file_day: false,
        file_name: head.file.clone(),
        baseline: head.baseline,
        strict: false,
        partial: false,
        accept_gone: true,
        accept_late: true,
        aliases: Aliases::default(),
        sort_bytes_max: 0,
        spill: std::env::temp_dir(),
        now: observed_at.unwrap_or(Timestamp(0)),
    };
    let mut traced = Vec::new();
    trace(mapping, &options, observed_at.is_some(), &mut |one| traced.push(one))
        .map_err(|e| e.to_string())?;
    Ok(traced)
}

/// Rows by the ids of their records; rows of this case take precedence.
fn labels(cases: &[Case], traced: &[Result<Vec<TracedRow>, String>], own: usize) -> Labels {
    let mut labels = Labels::new();
    let others = (0..cases.len()).filter(|at| *at != own);
    for at in std::iter::once(own).chain(others) {
        for traced in traced[at].iter().flatten() {
            for record in traced.outcome.iter().flatten() {
                let kind = record.input.record_type();
                let label = match at == own {
                    true => format!("{kind} of row {}", traced.row),
                    false => format!("{kind} of {} row {}", cases[at].name, traced.row),
                };
                labels.entry(record.input.id()).or_insert(label);
            }
        }
    }
    labels
}

fn row(traced: &TracedRow, case: &Case, mapping: &Mapping, labels: &Labels) -> Value {
    let mut row = Map::new();
    if case.inputs.len() > 1 {
        row.insert("file".to_owned(), json!(traced.file));
    }
    row.insert("row".to_owned(), json!(traced.row));
    if traced.gone {
        row.insert("gone".to_owned(), json!(true));
    }
    match &traced.outcome {
        Ok(records) if records.is_empty() => row.insert("skipped".to_owned(), json!(true)),
        Ok(records) => {
            let shown = records.iter();
            let shown = shown.map(|r| picture::record(r, case, &mapping.source, labels)).collect();
            row.insert("records".to_owned(), Value::Array(shown))
        }
        Err(error) => row.insert(
            "dead_letter".to_owned(),
            json!({"reason": error.reason, "message": error.message}),
        ),
    };
    Value::Object(row)
}

fn judge(case: &Case, rows: &[Value], update: bool) -> Result<Outcome, String> {
    if case.head.rows.as_deref() == Some(rows) {
        return Ok(Outcome::Same);
    }
    let got = render(rows)?;
    if update {
        let text = replace_rows(case.text.as_deref().unwrap_or_default(), &got);
        let path = &case.expected;
        std::fs::write(path, text).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
        return Ok(Outcome::Updated);
    }
    let Some(wanted) = &case.head.rows else {
        let path = case.expected.display();
        return Err(format!(
            "no rows in {path}: run again with --update, then check the rows it wrote"
        ));
    };
    Ok(Outcome::different(&render(wanted)?, &got))
}

/// Checks that every record has the id of a record of the other case.
fn repeats(
    case: &Case,
    traced: &[TracedRow],
    ids: &BTreeMap<&str, HashSet<SignalId>>,
) -> Result<(), String> {
    let Some(other) = &case.head.repeats else { return Ok(()) };
    let known = ids.get(other.as_str());
    let known = known.ok_or_else(|| format!("invalid repeats: the mapping has no case {other}"))?;
    for traced in traced {
        for record in traced.outcome.iter().flatten() {
            if !known.contains(&record.input.id()) {
                let (kind, account) = (record.input.record_type(), &record.account);
                return Err(format!(
                    "row {}: the {kind} of {account} has an id that no record of {other} has, \
                     though the case repeats {other}",
                    traced.row
                ));
            }
        }
    }
    Ok(())
}
