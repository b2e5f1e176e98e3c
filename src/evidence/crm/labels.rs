//! Labels: one thing with two names, and one name for two things.

use super::fields::{Field, Fields};
use super::finding::{Finding, Kind, Level};
use super::spelling::{Known, is_near, key};
use crate::evidence::table::{Column, Table, dates, numbers};
use crate::report::words::{all, counted};
use std::collections::{BTreeMap, BTreeSet};

/// Texts that fill a cell and say nothing.
const PLACEHOLDERS: &[&str] = &[
    "select",
    "please select",
    "--none--",
    "-none-",
    "none",
    "unknown",
    "not set",
    "undefined",
    "n/a",
    "na",
    "not available",
    "not provided",
    "not specified",
    "tbd",
    "to be determined",
    "-",
    "--",
    "---",
    "?",
    "??",
    "x",
    "xx",
    "xxx",
    ".",
    "test",
    "asdf",
    "dummy",
    "#ref!",
    "#value!",
    "#name?",
    "(blank)",
    "blank",
    "empty",
    "unassigned",
    "no value",
    "keine angabe",
    "no data",
    "nil",
];
/// Labels for whatever fits no other.
const CATCH_ALL: &[&str] = &[
    "other",
    "others",
    "misc",
    "miscellaneous",
    "various",
    "general",
    "sonstige",
    "autres",
    "otros",
];
/// From this share on a catch-all hides something.
const CATCH_ALL_SHARE: f64 = 0.1;
/// Columns with more different texts hold names, not labels.
const LABELS_MAX: usize = 500;
/// The rarer spelling has at most this share of the rows of the other one.
const RARE: f64 = 0.2;

/// The findings on every column of labels.
pub(super) fn findings(table: &Table, fields: &Fields) -> Vec<Finding> {
    let mut found = Vec::new();
    for column in &table.columns {
        let is_account = fields.get(&Field::Account) == Some(&column.name);
        let is_id = fields.get(&Field::Id) == Some(&column.name);
        if is_id || numbers::read(column).is_some() || dates::read(column, None).is_some() {
            continue;
        }
        found.extend(placeholders(table, column));
        // Names of companies have a check of their own.
        if !is_account {
            found.extend(spellings(table, column));
        }
        if column.distinct() > LABELS_MAX {
            continue;
        }
        // Labels are used again, unless a list knows them.
        let is_again = column.distinct() * 2 <= column.filled();
        if is_again || known(column, fields).is_some() {
            found.extend(misspelt(table, column, fields));
        }
        if is_again {
            found.extend(catch_all(table, column));
            found.extend(several_in_one(table, column));
        }
    }
    found.extend(two_values(table, fields));
    found
}

/// Whether a text fills a cell and says nothing.
pub fn says_nothing(text: &str) -> bool {
    PLACEHOLDERS.contains(&text.to_lowercase().as_str())
}

fn placeholders(table: &Table, column: &Column) -> Option<Finding> {
    let counts = column.counts();
    let mut said = Vec::new();
    for (code, text) in column.texts() {
        if says_nothing(text) {
            said.push((counts[code as usize], text));
        }
    }
    let rows: u64 = said.iter().map(|(rows, _)| rows).sum();
    if rows == 0 {
        return None;
    }
    said.sort_by(|a, b| b.cmp(a));
    let problem = format!("{} filled with a text that says nothing", counted(rows, "cell"));
    let remedy =
        "empty them at the source, or say what they mean: a form's default is not an answer";
    Some(
        Finding::new(Level::Warning, Kind::Placeholder, &table.name, problem, remedy)
            .column(&column.name)
            .rows(rows as usize, table.rows)
            .examples(
                said.iter().map(|(rows, text)| format!("{text:?} ({})", counted(*rows, "row"))),
            ),
    )
}

/// Labels that differ in capitals, blanks and signs alone.
fn spellings(table: &Table, column: &Column) -> Option<Finding> {
    let counts = column.counts();
    let mut by_key: BTreeMap<String, Vec<(u64, &str)>> = BTreeMap::new();
    for (code, text) in column.texts() {
        by_key.entry(key(text)).or_default().push((counts[code as usize], text));
    }
    let mut groups: Vec<Vec<(u64, &str)>> = by_key
        .into_iter()
        .filter(|(key, group)| group.len() > 1 && !key.is_empty())
        .map(|(_, group)| group)
        .collect();
    if groups.is_empty() {
        return None;
    }
    groups.iter_mut().for_each(|group| group.sort_by(|a, b| b.cmp(a)));
    groups.sort_by_key(|group| std::cmp::Reverse(group.iter().map(|(rows, _)| *rows).sum::<u64>()));
    let rows: u64 =
        groups.iter().flat_map(|group| group.iter().skip(1)).map(|(rows, _)| rows).sum();
    let problem = format!("{} written in more than one way", counted(groups.len(), "label"));
    let shown = groups.iter().map(|group| {
        let shown: Vec<String> =
            group.iter().map(|(rows, text)| format!("{text:?} ({rows})")).collect();
        all(&shown)
    });
    let remedy = "give each one spelling: each counts as a group of its own otherwise";
    Some(
        Finding::new(Level::Warning, Kind::InconsistentLabels, &table.name, problem, remedy)
            .column(&column.name)
            .rows(rows as usize, table.rows)
            .examples(shown),
    )
}

/// Labels that may be misspelt: near to a more frequent one of the column, or to a word of a list.
fn misspelt(table: &Table, column: &Column, fields: &Fields) -> Option<Finding> {
    let counts = column.counts();
    let known = known(column, fields);
    let labels: Vec<(u64, &str)> =
        column.texts().map(|(code, text)| (counts[code as usize], text)).collect();
    let mut said = Vec::new();
    for (rows, text) in &labels {
        if known.is_some_and(|known| known.knows(text)) {
            continue;
        }
        let frequent = labels.iter().filter(|(others, _)| *rows as f64 <= RARE * *others as f64);
        let beside = frequent.map(|(_, other)| *other).find(|other| is_near(text, other));
        let meant = beside.map(str::to_owned).or_else(|| known?.meant(text));
        said.extend(meant.map(|meant| (*rows, *text, meant)));
    }
    let rows: u64 = said.iter().map(|(rows, ..)| rows).sum();
    if said.is_empty() {
        return None;
    }
    said.sort_by(|a, b| b.cmp(a));
    let problem = format!("{} may be misspelt", counted(said.len(), "label"));
    let remedy = "correct the spelling at the source, so that mappings and profiles know the word";
    let shown = said.iter().map(|(rows, text, meant)| {
        format!("{text:?} ({}), may be {meant:?}", counted(*rows, "row"))
    });
    Some(
        Finding::new(Level::Warning, Kind::Misspelt, &table.name, problem, remedy)
            .column(&column.name)
            .rows(rows as usize, table.rows)
            .examples(shown),
    )
}

/// The list that knows the column's labels, by the column's name or since it knows most of them.
fn known(column: &Column, fields: &Fields) -> Option<Known> {
    let is = |field| fields.get(&field) == Some(&column.name);
    let share = |known: Known| {
        let hits = column.texts().filter(|(_, text)| known.knows(text)).count();
        hits as f64 / column.distinct().max(1) as f64
    };
    let many = column.distinct() >= 3;
    if many && share(Known::Countries) >= 0.6 {
        return Some(Known::Countries);
    }
    (is(Field::Industry) || many && share(Known::Industries) >= 0.6).then_some(Known::Industries)
}

fn catch_all(table: &Table, column: &Column) -> Option<Finding> {
    let counts = column.counts();
    let (code, text) =
        column.texts().find(|(_, text)| CATCH_ALL.contains(&text.to_lowercase().as_str()))?;
    let rows = counts[code as usize];
    if (rows as f64) < CATCH_ALL_SHARE * column.filled() as f64 {
        return None;
    }
    let problem = format!(
        "{text:?} stands for {} of {} filled cells",
        counted(rows, "record"),
        column.filled()
    );
    let remedy =
        "look at some of them: a label for the rest has no meaning that a criterion could use";
    Some(
        Finding::new(Level::Question, Kind::SeveralMeanings, &table.name, problem, remedy)
            .column(&column.name)
            .rows(rows as usize, table.rows),
    )
}

/// Cells that list several labels of the column.
fn several_in_one(table: &Table, column: &Column) -> Option<Finding> {
    let counts = column.counts();
    let alone: BTreeSet<String> = column.texts().map(|(_, text)| key(text)).collect();
    let mut said = Vec::new();
    for (code, text) in column.texts() {
        let parts: Vec<&str> = text.split([';', '|', '/', ',']).map(str::trim).collect();
        let known = parts.iter().filter(|part| alone.contains(&key(part))).count();
        if parts.len() > 1 && known == parts.len() {
            said.push((counts[code as usize], text));
        }
    }
    let rows: u64 = said.iter().map(|(rows, _)| rows).sum();
    if said.is_empty() {
        return None;
    }
    said.sort_by(|a, b| b.cmp(a));
    let problem = format!("{} with several labels at once", counted(rows, "cell"));
    let remedy =
        "each combination counts as a label of its own: choose one, or give each label a column";
    Some(
        Finding::new(Level::Warning, Kind::SeveralMeanings, &table.name, problem, remedy)
            .column(&column.name)
            .rows(rows as usize, table.rows)
            .examples(
                said.iter().map(|(rows, text)| format!("{text:?} ({})", counted(*rows, "row"))),
            ),
    )
}

/// Accounts with more than one industry, size or country in the same file.
fn two_values(table: &Table, fields: &Fields) -> Vec<Finding> {
    let column = |field| fields.get(&field).and_then(|name| table.column(name));
    let Some(account) = column(Field::Account) else { return Vec::new() };
    let mut found = Vec::new();
    for field in [Field::Industry, Field::Country, Field::Domain] {
        let Some(column) = column(field).filter(|c| c.name != account.name) else { continue };
        let mut said: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for row in 0..table.rows {
            if let (Some(account), Some(value)) = (account.get(row), column.get(row)) {
                said.entry(account).or_default().insert(value);
            }
        }
        let accounts = said.len();
        let torn: Vec<_> = said.into_iter().filter(|(_, values)| values.len() > 1).collect();
        if torn.is_empty() {
            continue;
        }
        let problem =
            format!("{} with more than one {}", counted(torn.len(), "account"), field.title());
        let shown = torn.iter().map(|(account, values)| {
            format!(
                "{account:?}: {}",
                all(&values.iter().map(|v| format!("{v:?}")).collect::<Vec<_>>())
            )
        });
        let remedy =
            "one of them is out of date, or two companies share the name: give each one value";
        found.push(
            Finding::new(Level::Warning, Kind::SeveralMeanings, &table.name, problem, remedy)
                .column(&column.name)
                .rows(torn.len(), accounts)
                .examples(shown),
        );
    }
    found
}
