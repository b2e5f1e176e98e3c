//! Records that are in the files twice.

use super::fields::{Field, Fields};
use super::finding::{Finding, Kind, Level};
use super::spelling::key;
use crate::evidence::table::{Column, Table};
use crate::mapping::identity::{by_name, resolve};
use crate::report::words::{agree, all, counted};
use std::collections::{BTreeMap, HashMap};

/// The share of ids that may come again in a column that is still taken for the record's id.
const AGAIN_MAX: f64 = 0.5;

pub(super) fn findings(table: &Table, fields: &Fields) -> Vec<Finding> {
    let column = |field| fields.get(&field).and_then(|name| table.column(name));
    let id = column(Field::Id).filter(|id| id.distinct() as f64 > AGAIN_MAX * id.filled() as f64);
    let is_list_of_accounts = !fields.contains_key(&Field::Stage);
    let mut found = Vec::new();
    found.extend(whole_rows(table, id));
    found.extend(id.and_then(|id| ids(table, id)));
    found.extend(column(Field::Account).and_then(|account| names(table, account)));
    if is_list_of_accounts {
        found.extend(column(Field::Domain).and_then(|domain| domains(table, domain)));
    }
    found.extend(deals(table, fields, id));
    found
}

/// Rows by what they hold in these columns; only groups of several.
fn alike(table: &Table, columns: &[&Column]) -> Vec<Vec<usize>> {
    let mut groups: HashMap<Vec<u32>, Vec<usize>> = HashMap::new();
    for row in 0..table.rows {
        groups
            .entry(columns.iter().map(|column| column.code(row)).collect())
            .or_default()
            .push(row);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().filter(|rows| rows.len() > 1).collect();
    groups.sort();
    groups
}

/// `rows 2 and 7`, as the file counts them: from 1, without the header.
fn places(rows: &[usize]) -> String {
    let shown: Vec<String> = rows.iter().take(4).map(|row| (row + 1).to_string()).collect();
    format!("rows {}", all(&shown))
}

fn again(groups: &[Vec<usize>]) -> usize {
    groups.iter().map(|rows| rows.len() - 1).sum()
}

fn whole_rows(table: &Table, id: Option<&Column>) -> Option<Finding> {
    if table.columns.len() < 2 {
        return None;
    }
    let groups = alike(table, &table.columns.iter().collect::<Vec<_>>());
    let again = again(&groups);
    if again == 0 {
        return None;
    }
    let (level, remedy) = match id {
        Some(_) => (Level::Error, "export again, or remove them: each counts twice"),
        None => (
            Level::Question,
            "without an id two alike records cannot be known from one that was exported twice: add the id",
        ),
    };
    let problem = format!("{} the same as an earlier one in every column", counted(again, "row"));
    Some(
        Finding::new(level, Kind::DuplicateRows, &table.name, problem, remedy)
            .rows(again, table.rows)
            .examples(groups.iter().map(|rows| places(rows))),
    )
}

/// Ids of several rows that are not the same.
fn ids(table: &Table, id: &Column) -> Option<Finding> {
    let mut rows: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for row in (0..table.rows).filter(|row| id.code(*row) > 0) {
        rows.entry(id.code(row)).or_default().push(row);
    }
    let differ = |rows: &Vec<usize>| {
        table
            .columns
            .iter()
            .any(|column| rows.iter().any(|row| column.code(*row) != column.code(rows[0])))
    };
    let groups: Vec<Vec<usize>> =
        rows.into_values().filter(|rows| rows.len() > 1 && differ(rows)).collect();
    if groups.is_empty() {
        return None;
    }
    let again = again(&groups);
    let verb = agree(groups.len(), "is", "are");
    let problem =
        format!("{} {verb} on several rows with different content", counted(groups.len(), "id"));
    let shown = groups
        .iter()
        .map(|rows| format!("{:?}: {}", id.get(rows[0]).unwrap_or_default(), places(rows)));
    let remedy = "keep one row for each id; if the export has a row for each product or change, add up or take the last";
    Some(
        Finding::new(Level::Error, Kind::DuplicateIds, &table.name, problem, remedy)
            .column(&id.name)
            .rows(again, table.rows)
            .examples(shown),
    )
}

/// Names of accounts that are one company but for capitals, signs and legal forms.
fn names(table: &Table, account: &Column) -> Option<Finding> {
    let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (_, text) in account.texts() {
        // Any country: legal forms of all are known.
        let company =
            by_name(text, Some("us")).map_or_else(|_| key(text), |key| key.as_str().to_owned());
        groups.entry(company).or_default().push(text);
    }
    let groups: Vec<Vec<&str>> = groups
        .into_iter()
        .filter(|(key, group)| group.len() > 1 && !key.is_empty())
        .map(|(_, group)| group)
        .collect();
    same_account(table, account, groups, "written in more than one way")
}

/// Accounts of a list that have the same website.
fn domains(table: &Table, domain: &Column) -> Option<Finding> {
    let counts = domain.counts();
    let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (code, text) in domain.texts() {
        let Ok(account) = resolve(text) else { continue };
        let rows = groups.entry(account.as_str().to_owned()).or_default();
        rows.extend(std::iter::repeat_n(text, counts[code as usize] as usize));
    }
    let groups: Vec<Vec<&str>> = groups.into_values().filter(|group| group.len() > 1).collect();
    same_account(table, domain, groups, "on more than one row")
}

fn same_account(
    table: &Table,
    column: &Column,
    groups: Vec<Vec<&str>>,
    how: &str,
) -> Option<Finding> {
    if groups.is_empty() {
        return None;
    }
    let problem = format!("{} {how}", counted(groups.len(), "account"));
    let shown = groups.iter().map(|group| {
        all(&group.iter().take(4).map(|text| format!("{text:?}")).collect::<Vec<_>>())
    });
    let remedy =
        "merge them in the CRM: each counts as an account of its own, and its deals are split";
    let rows: usize = groups.iter().map(|group| group.len() - 1).sum();
    Some(
        Finding::new(Level::Warning, Kind::SameAccount, &table.name, problem, remedy)
            .column(&column.name)
            .rows(rows, column.distinct().max(rows))
            .examples(shown),
    )
}

/// Deals with different ids that are alike in account, product, amount and day.
fn deals(table: &Table, fields: &Fields, id: Option<&Column>) -> Option<Finding> {
    let id = id?;
    let column = |field| fields.get(&field).and_then(|name| table.column(name));
    let [account, amount, created] =
        [column(Field::Account)?, column(Field::Amount)?, column(Field::Created)?];
    let mut columns = vec![account, amount, created];
    columns.extend(column(Field::Product));
    columns.extend(column(Field::Closed));
    let is_sure = |rows: &Vec<usize>| {
        let row = rows[0];
        let filled = columns.iter().all(|column| column.code(row) > 0);
        filled && rows.iter().any(|other| id.code(*other) != id.code(row))
    };
    let groups: Vec<Vec<usize>> = alike(table, &columns).into_iter().filter(is_sure).collect();
    if groups.is_empty() {
        return None;
    }
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let problem = format!(
        "{} like an earlier one in {}, with another id",
        counted(again(&groups), "deal"),
        all(&names)
    );
    let remedy = "look at some: was one deal entered twice?";
    Some(
        Finding::new(Level::Question, Kind::SameDeal, &table.name, problem, remedy)
            .rows(again(&groups), table.rows)
            .examples(groups.iter().map(|rows| places(rows))),
    )
}
