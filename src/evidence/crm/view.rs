//! The records with an outcome, and every column that a criterion could be made of: their own, and those of
//! the rows that they refer to (an opportunity's account).

use super::fields::{Field, Fields};
use super::outcome::Outcomes;
use super::refs::Reference;
use crate::evidence::stats::survival::End;
use crate::evidence::table::{Column, Table, dates, numbers};
use std::collections::HashMap;

/// The records that were won, and those to compare them with.
pub struct View {
    /// By record: its row.
    pub rows: Vec<usize>,
    /// By record.
    pub won: Vec<bool>,
    pub columns: Vec<Viewed>,
    /// Others were lost; else the rest is open or lost, which the files do not say.
    pub has_lost: bool,
    /// By record: its account, or a number of its own where none is given.
    pub families: Vec<u32>,
    /// Whether a column says which account a record belongs to.
    pub has_accounts: bool,
}

/// A column as groups of records.
pub struct Viewed {
    pub file: String,
    pub name: String,
    pub field: Option<Field>,
    /// By record; 0 is empty.
    pub groups: Vec<u32>,
    /// By group: what to call it. The first is the empty one.
    pub labels: Vec<String>,
    /// The upper ends of the ranges, for numbers: group 2 is up to the first.
    pub ends: Vec<f64>,
    /// It says something of the company, not of who sold what.
    pub is_of_company: bool,
    /// Nearly every text occurs once, so that only whether it is filled says something.
    pub is_id: bool,
    pub is_numeric: bool,
}

/// Ranges that a column of numbers is cut into, with about equally many records.
const RANGES: usize = 10;
/// Numbers with fewer different values are labels.
const VALUES_MAX: usize = 20;
/// Fields that say who sold what, when and for how much.
const NOT_OF_COMPANY: &[Field] = &[
    Field::Id,
    Field::Account,
    Field::Domain,
    Field::Owner,
    Field::Product,
    Field::Created,
    Field::Closed,
    Field::Amount,
    Field::Stage,
    Field::LossReason,
    Field::Recurring,
    Field::Start,
    Field::Renewal,
    Field::Expansion,
    Field::Contraction,
    Field::End,
    Field::Nps,
    Field::Cost,
    Field::Margin,
];
/// Above this share of different texts a column names records, not groups.
const ID_SHARE: f64 = 0.5;

impl Viewed {
    /// Whether it follows from the outcome, so that no criterion is made of it.
    pub fn follows(&self) -> bool {
        let fields = [Field::Id, Field::LossReason, Field::Closed, Field::Amount];
        self.field.is_some_and(|field| fields.contains(&field))
    }

    /// Its file and name.
    pub fn place(&self) -> (String, String) {
        (self.file.clone(), self.name.clone())
    }
}

impl View {
    pub fn new(
        tables: &[Table],
        fields: &[Fields],
        references: &[Reference],
        outcomes: &Outcomes,
    ) -> View {
        let has_lost = outcomes.ends.contains(&End::Lost);
        let closed = |row: &usize| !has_lost || outcomes.ends[*row] != End::Open;
        let rows: Vec<usize> = (0..outcomes.ends.len()).filter(closed).collect();
        let won = rows.iter().map(|row| outcomes.ends[*row] == End::Won).collect();
        let table = &tables[outcomes.table];
        let mut columns: Vec<Viewed> = Vec::new();
        for column in table.columns.iter().filter(|column| !outcomes.columns.contains(&column.name))
        {
            let taken: Vec<Option<usize>> = rows.iter().map(|row| Some(*row)).collect();
            columns.extend(viewed(table, &fields[outcomes.table], column, &taken, true));
        }
        for reference in references.iter().filter(|r| r.from == outcomes.table) {
            let other = &tables[reference.to];
            let taken: Vec<Option<usize>> = rows.iter().map(|row| reference.rows[*row]).collect();
            let field = fields[outcomes.table].iter().find(|(_, name)| **name == reference.column);
            // An account's own columns are of the company; an owner's or a product's are not.
            let is_of_company = !matches!(field, Some((Field::Owner | Field::Product, _)));
            for column in other.columns.iter().filter(|column| column.name != reference.key) {
                let fields = &fields[reference.to];
                columns.extend(viewed(other, fields, column, &taken, is_of_company));
            }
        }
        let account = fields[outcomes.table].get(&Field::Account);
        let account = account.and_then(|name| table.column(name));
        let families = families(account, &rows);
        let has_accounts = account.is_some();
        View { rows, won, columns, has_lost, families, has_accounts }
    }

    pub fn base(&self) -> f64 {
        self.won.iter().filter(|won| **won).count() as f64 / self.won.len().max(1) as f64
    }
}

/// The records' accounts, numbered from 0 in the order of the records.
fn families(account: Option<&Column>, rows: &[usize]) -> Vec<u32> {
    let mut numbers = HashMap::new();
    let mut families = Vec::with_capacity(rows.len());
    let mut next = 0;
    for row in rows {
        let code = account.map_or(0, |account| account.code(*row));
        let family = match code {
            0 => next,
            code => *numbers.entry(code).or_insert(next),
        };
        next += u32::from(family == next);
        families.push(family);
    }
    families
}

fn viewed(
    table: &Table,
    fields: &Fields,
    column: &Column,
    rows: &[Option<usize>],
    is_of_company: bool,
) -> Option<Viewed> {
    let taken = column.taken(column.name.clone(), rows);
    let filled = taken.filled();
    if filled == 0 {
        return None;
    }
    let field = fields.iter().find(|(_, name)| **name == column.name).map(|(field, _)| *field);
    let distinct = taken.counts().iter().skip(1).filter(|count| **count > 0).count();
    let values = (distinct > VALUES_MAX).then(|| numbers::read(&taken)).flatten();
    let is_date = values.is_none() && dates::read(&taken, None).is_some();
    let is_id = is_date
        || values.is_none() && distinct as f64 > ID_SHARE * filled as f64 && distinct > VALUES_MAX;
    let is_numeric = values.is_some();
    let mut ends = Vec::new();
    let (groups, labels) = match values {
        _ if is_id => {
            let groups = (0..taken.len()).map(|row| u32::from(taken.code(row) > 0)).collect();
            (groups, vec!["(empty)".to_owned(), "(filled)".to_owned()])
        }
        Some(values) => {
            ends = range_ends(&values.values);
            ranges(&values.values, &ends)
        }
        None => {
            let mut labels = vec!["(empty)".to_owned()];
            labels.extend(taken.texts().map(|(_, text)| text.to_owned()));
            ((0..taken.len()).map(|row| taken.code(row)).collect(), labels)
        }
    };
    Some(Viewed {
        file: table.name.clone(),
        name: column.name.clone(),
        field,
        groups,
        labels,
        ends,
        is_of_company: is_of_company && field.is_none_or(|field| !NOT_OF_COMPANY.contains(&field)),
        is_id,
        is_numeric,
    })
}

/// The upper ends of ranges with about equally many records each, without 0.
fn range_ends(values: &[Option<f64>]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().flatten().copied().filter(|v| *v != 0.0).collect();
    sorted.sort_by(f64::total_cmp);
    let mut ends: Vec<f64> = Vec::new();
    for range in 1..=RANGES {
        let at = (sorted.len() * range / RANGES).saturating_sub(1);
        let end = sorted.get(at).copied().unwrap_or(0.0);
        if ends.last() != Some(&end) {
            ends.push(end);
        }
    }
    ends
}

/// Each value's range; 0 apart, since it often means "none".
fn ranges(values: &[Option<f64>], ends: &[f64]) -> (Vec<u32>, Vec<String>) {
    let group = |value: f64| match value {
        0.0 => 1,
        value => 2 + ends.partition_point(|end| *end < value) as u32,
    };
    let groups = values.iter().map(|value| value.map_or(0, group)).collect();
    let mut labels = vec!["(empty)".to_owned(), "0".to_owned()];
    labels.extend(ends.iter().map(|end| format!("up to {end}")));
    (groups, labels)
}
