//! The check of a CRM's export: everything that would make figures wrong, before any is computed.
//!
//! [`fields`] finds the standard fields, [`refs`] how files refer to each other, [`outcome`] which records were
//! won; the other files each look for one kind of problem. Nothing is dropped: each problem is a [`finding`].

mod additive;
mod days;
mod duplicates;
pub mod fields;
pub mod finding;
pub mod labels;
mod leaks;
mod missing;
pub mod outcome;
pub mod refs;
mod screen;
pub(in crate::evidence) mod spelling;
mod truncation;
pub mod view;

use crate::domain::terms::time::Day;
use crate::evidence::stats::survival::End;
use crate::evidence::table::Table;
use crate::evidence::table::dates::{self, Choice};
use crate::report::words::{agree, counted};
use days::Deals;
use fields::{Field, Fields, Figure};
use finding::{Finding, Kind, Level};
use outcome::{Given, Label, Outcomes};
use refs::Reference;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use view::View;

/// What the user says of the files.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub columns: BTreeMap<Field, String>,
    pub outcome: Given,
    pub dates: Option<Choice>,
}

#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Report {
    /// The files that were read.
    pub files: Vec<FileReport>,
    /// Absent where no file says which records were won.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<OutcomeReport>,
    /// What to repair first: the gravest, then those that concern most records.
    pub findings: Vec<Finding>,
    /// Figures that cannot be computed from these files.
    pub falls_away: Vec<Figure>,
}

#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct FileReport {
    pub file: String,
    /// Rows.
    #[serde(rename = "row_count")]
    pub rows: u64,
    /// Columns.
    #[serde(rename = "column_count")]
    pub columns: u64,
    /// The column of each standard field that was found.
    pub fields: Fields,
}

#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct OutcomeReport {
    pub file: String,
    /// How won and lost ones are known, in a sentence.
    pub how: String,
    /// Won records.
    #[serde(rename = "won_count")]
    pub won: u64,
    /// Lost records.
    #[serde(rename = "lost_count")]
    pub lost: u64,
    /// Records that are neither.
    #[serde(rename = "open_count")]
    pub open: u64,
    /// The words of the column that says it, and what each is taken for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Label>,
}

impl Report {
    pub fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }
}

/// A report, with the records that it is about.
pub struct Checked {
    pub report: Report,
    /// Absent where no file says which records were won.
    pub view: Option<View>,
}

/// How files hang together, before anything is said of them.
pub struct Ground {
    /// By table.
    pub fields: Vec<Fields>,
    pub references: Vec<Reference>,
    /// Absent where no file says which records were won.
    pub outcomes: Option<Outcomes>,
}

/// Finds fields, references and outcomes.
pub fn ground(tables: &[Table], options: &Options) -> Ground {
    let fields: Vec<Fields> =
        tables.iter().map(|table| fields::recognise(table, &options.columns)).collect();
    let references = refs::find(tables);
    let outcomes = outcome::find(tables, &fields, &references, &options.outcome);
    Ground { fields, references, outcomes }
}

/// Checks the files together. `today`: days after it are in the future.
pub fn check(tables: &[Table], options: &Options, today: Day) -> Checked {
    let Ground { fields, references, outcomes } = ground(tables, options);
    let mut found = Vec::new();
    for (at, table) in tables.iter().enumerate() {
        let its_outcomes = outcomes.as_ref().filter(|outcomes| outcomes.table == at);
        found.extend(of_reader(table));
        found.extend(duplicates::findings(table, &fields[at]));
        found.extend(labels::findings(table, &fields[at]));
        found.extend(days::written(table, options.dates));
        found.extend(missing::findings(table, &fields[at], its_outcomes));
    }
    found.extend(refs::findings(tables, &references));
    let view = outcomes.as_ref().map(|o| View::new(tables, &fields, &references, o));
    match (&outcomes, &view) {
        (Some(outcomes), Some(view)) => {
            found.extend(of_outcomes(tables, &fields, &references, outcomes, options, today));
            found.extend(leaks::findings(view, tables, outcomes));
        }
        _ => found.extend(no_outcome(tables)),
    }
    found.sort_by_key(Finding::urgency);
    let known: BTreeSet<Field> = fields.iter().flat_map(|fields| fields.keys().copied()).collect();
    let known = with_outcome(known, outcomes.as_ref(), tables, options.dates);
    let files = tables.iter().zip(fields).map(|(table, fields)| FileReport {
        file: table.name.clone(),
        rows: table.rows as u64,
        columns: table.columns.len() as u64,
        fields,
    });
    let report = Report {
        files: files.collect(),
        outcome: outcomes.map(|outcomes| report(&tables[outcomes.table], outcomes)),
        findings: found,
        falls_away: fields::falling_away(&known),
    };
    Checked { report, view }
}

/// An outcome without a column of stages, and its day, count as fields.
fn with_outcome(
    mut known: BTreeSet<Field>,
    outcomes: Option<&Outcomes>,
    tables: &[Table],
    choice: Option<Choice>,
) -> BTreeSet<Field> {
    match outcomes {
        Some(outcomes) => {
            known.insert(Field::Stage);
            let of_file = outcomes.won_file.and_then(|at| won_days(&tables[at], choice));
            if of_file.is_some() {
                known.insert(Field::Closed);
            }
        }
        None => {
            known.remove(&Field::Stage);
        }
    }
    known
}

fn report(table: &Table, outcomes: Outcomes) -> OutcomeReport {
    let count = |end: End| outcomes.ends.iter().filter(|other| **other == end).count() as u64;
    OutcomeReport {
        file: table.name.clone(),
        won: count(End::Won),
        lost: count(End::Lost),
        open: count(End::Open),
        how: outcomes.how,
        labels: outcomes.labels,
    }
}

fn of_reader(table: &Table) -> Vec<Finding> {
    let mut found = Vec::new();
    if table.rows == 0 && table.unreadable.is_empty() {
        let problem = "the file has no rows".to_owned();
        let remedy =
            "export it again; a header alone, or a filter that matches nothing, gives no evidence";
        found.push(Finding::new(Level::Error, Kind::NoRows, &table.name, problem, remedy));
    }
    if !table.unreadable.is_empty() {
        let problem = format!("{} not readable", counted(table.unreadable.len(), "row"));
        let shown = table.unreadable.iter().map(|(number, why)| format!("row {number}: {why}"));
        let remedy = "correct the rows, or export again: they count in nothing";
        let all = table.rows + table.unreadable.len();
        found.push(
            Finding::new(Level::Error, Kind::UnreadableRows, &table.name, problem, remedy)
                .rows(table.unreadable.len(), all)
                .examples(shown),
        );
    }
    let remedy = "look at the file if that is not what you expect";
    let note =
        |note: &String| Finding::new(Level::Note, Kind::Reader, &table.name, note.clone(), remedy);
    found.extend(table.notes.iter().map(note));
    found
}

fn no_outcome(tables: &[Table]) -> Option<Finding> {
    let table = tables.first()?;
    let problem = "no column says which records were won".to_owned();
    let remedy = "add the file of opportunities, or name the column with --outcome and its labels with --won and --lost";
    Some(Finding::new(Level::Error, Kind::NoOutcome, &table.name, problem, remedy))
}

fn of_outcomes(
    tables: &[Table],
    fields: &[Fields],
    references: &[Reference],
    outcomes: &Outcomes,
    options: &Options,
    today: Day,
) -> Vec<Finding> {
    let table = &tables[outcomes.table];
    let deals = Deals::new(table, &fields[outcomes.table], outcomes, options.dates);
    let mut found = days::findings(&deals, today);
    found.extend(unclear(table, outcomes));
    let has_lost = outcomes.ends.contains(&End::Lost);
    let of_file = outcomes.won_file.and_then(|at| {
        let reference = references.iter().find(|r| r.from == at && r.to == outcomes.table)?;
        let days = won_days(&tables[at], options.dates)?;
        let mut by_row = vec![None; table.rows];
        for (from, to) in reference.rows.iter().enumerate() {
            if let Some(to) = to {
                by_row[*to] = days.days[from];
            }
        }
        Some((at, by_row))
    });
    if let Some((at, days)) = &of_file {
        found.extend(won_before(&deals, days, &tables[*at].name));
    }
    found.extend(truncation::finding(
        &deals,
        of_file.as_ref().map(|(_, days)| &days[..]),
        has_lost,
    ));
    found
}

/// The days of winning of a file of won records.
fn won_days(table: &Table, choice: Option<Choice>) -> Option<dates::Dates> {
    dates::read(outcome::won_date(table)?, choice)
}

/// Wins of a second file that are dated before their record.
fn won_before(deals: &Deals<'_>, days: &[Option<Day>], file: &str) -> Option<Finding> {
    let (column, created) = deals.created.as_ref()?;
    let is_before = |row: &usize| matches!((created.days[*row], days[*row]), (Some(from), Some(to)) if to < from);
    let rows: Vec<usize> = (0..days.len()).filter(is_before).collect();
    if rows.is_empty() {
        return None;
    }
    let problem = format!(
        "{} in {file} {} dated before the record was created",
        counted(rows.len(), "win"),
        agree(rows.len(), "is", "are"),
    );
    let remedy = "correct one of the days";
    Some(
        Finding::new(Level::Error, Kind::ImpossibleDates, &deals.table.name, problem, remedy)
            .column(&column.name)
            .rows(rows.len(), days.len())
            .examples(rows.iter().map(|row| format!("row {}", row + 1))),
    )
}

/// Labels that say a record ended, but not how.
fn unclear(table: &Table, outcomes: &Outcomes) -> Option<Finding> {
    let unclear = |label: &&Label| {
        label.taken_for == "open" && outcome::said(&label.label) == outcome::Said::Closed
    };
    let labels: Vec<&Label> = outcomes.labels.iter().filter(unclear).collect();
    let rows: u64 = labels.iter().map(|label| label.rows).sum();
    if labels.is_empty() {
        return None;
    }
    let problem =
        format!("{} that may be won or lost; taken for open", counted(labels.len(), "label"));
    let remedy = "say which with --won and --lost; if it stands for both, give each its own label";
    let finding = Finding::new(Level::Error, Kind::UnclearOutcome, &table.name, problem, remedy)
        .rows(rows as usize, table.rows)
        .examples(
            labels
                .iter()
                .map(|label| format!("{:?} ({})", label.label, counted(label.rows, "row"))),
        );
    Some(match outcomes.columns.iter().next() {
        Some(column) => finding.column(column),
        None => finding,
    })
}
