//! Deals and customers of an export's rows.

use super::company::{self, Said};
use super::customers::{self, Customer};
use super::families::{Families, numbers_of};
use super::funnel::{self, Step};
use crate::domain::terms::term::Term;
use crate::domain::terms::time::Day;
use crate::evidence::crm::fields::{Field, Fields};
use crate::evidence::crm::outcome::{Outcomes, won_date};
use crate::evidence::crm::{Ground, Options, ground};
use crate::evidence::stats::survival::End;
use crate::evidence::table::dates::{self, Choice};
use crate::evidence::table::{Column, Table};
use std::collections::BTreeSet;

/// An opportunity, or a lead.
#[derive(Clone, Debug)]
pub struct Deal {
    /// Numbered without gaps, over deals and customers.
    pub family: u32,
    pub end: End,
    pub created: Option<Day>,
    /// The day of its end; of an open one none.
    pub closed: Option<Day>,
    /// Above 0: a lost deal's 0 is not an amount.
    pub amount: Option<f64>,
    /// By name of the field: what rates are grouped by.
    pub labels: Vec<(&'static str, String)>,
    /// There was a demonstration; none where no column says so.
    pub demo: Option<bool>,
    /// Its company, as far as rows say.
    pub said: Said,
}

impl Deal {
    pub fn is_closed(&self) -> bool {
        self.end != End::Open
    }

    /// From its creation to its end.
    pub fn days(&self) -> Option<f64> {
        let days = self.closed?.since(self.created?);
        (days >= 0).then_some(f64::from(days))
    }
}

/// An export, as rows of deals and customers.
#[derive(Clone, Debug)]
pub struct Deals {
    pub deals: Vec<Deal>,
    pub customers: Vec<Customer>,
    pub families: usize,
    /// Whether deals say which account they belong to.
    pub has_accounts: bool,
    /// The last day that a deal's columns have.
    pub upto: Day,
    /// How records are known to be won, in a sentence.
    pub how: String,
    pub file: String,
    /// The standard fields that some file has.
    pub found: BTreeSet<Field>,
    /// The currency of amounts, where cells name one.
    pub currency: Option<&'static str>,
    /// Recurring revenue is given a month.
    pub is_monthly: bool,
    pub steps: Vec<Step>,
    /// Columns that the profile's tags were found in.
    pub tag_columns: BTreeSet<String>,
}

/// Reads the tables. `tags`: those that a profile asks for. `None` where no file says which records were won.
pub fn deals(tables: &[Table], options: &Options, tags: &BTreeSet<Term>) -> Option<Deals> {
    let Ground { fields, references, outcomes } = ground(tables, options);
    let outcomes = outcomes?;
    let at = outcomes.table;
    let (table, of_table) = (&tables[at], &fields[at]);
    let account = of_table.get(&Field::Account).and_then(|name| table.column(name));
    let to = account.and_then(|column| {
        let of_column = |r: &&_| is_of(r, at, &column.name);
        references.iter().find(of_column)
    });
    let mut families = Families::default();
    // The accounts' own file comes first, so that their parents are known.
    let accounts = to.map(|reference| (reference.to, &reference.key));
    if let Some((place, name)) = accounts {
        families.read_parents(&tables[place], name);
    }
    let (created, closed) = days(tables, &fields, &references, &outcomes, options.dates);
    let amount = numbers_of(table, of_table, Field::Amount);
    let upto = created.iter().chain(&closed).flatten().max().copied()?;
    let reader = company::Reader::new(tables, &fields, &outcomes, to, tags, options.dates);
    let grouped = labels(table, of_table);
    let demo = funnel::demo(table);
    let mut deals = Vec::with_capacity(table.rows);
    for row in 0..table.rows {
        let end = outcomes.ends[row];
        let row_of_account = to.and_then(|reference| reference.rows[row]);
        let name = match (row_of_account, accounts) {
            (Some(row), Some((place, name))) => tables[place].column(name).and_then(|c| c.get(row)),
            _ => account.and_then(|column| column.get(row)),
        };
        let family = families.of(name);
        deals.push(Deal {
            family,
            end,
            created: created[row],
            closed: closed[row].filter(|_| end != End::Open),
            amount: amount.as_ref().and_then(|n| n.values[row]).filter(|amount| *amount > 0.0),
            labels: grouped
                .iter()
                .filter_map(|(by, column)| Some((*by, column.get(row)?.to_owned())))
                .collect(),
            demo: demo.as_ref().map(|flags| flags[row]),
            said: reader.said(row, row_of_account, created[row]),
        });
    }
    let place = customers::Place { outcomes: &outcomes, reference: to, choice: options.dates };
    let (customers, is_monthly) =
        customers::customers(tables, &fields, &place, &reader, &mut families);
    let currencies = amount.map(|numbers| numbers.currencies).unwrap_or_default();
    let mut found: BTreeSet<Field> = fields.iter().flat_map(|f| f.keys().copied()).collect();
    found.insert(Field::Stage);
    if created.iter().all(Option::is_none) {
        found.remove(&Field::Created);
    }
    match closed.iter().any(Option::is_some) {
        true => found.insert(Field::Closed),
        false => found.remove(&Field::Closed),
    };
    Some(Deals {
        customers,
        families: families.count(),
        has_accounts: account.is_some(),
        upto,
        how: outcomes.how.clone(),
        file: table.name.clone(),
        found,
        currency: (currencies.len() == 1).then(|| currencies.keys().next().copied()).flatten(),
        is_monthly,
        steps: funnel::steps(table, &outcomes.ends),
        tag_columns: reader.tag_columns(),
        deals,
    })
}

fn is_of(reference: &crate::evidence::crm::refs::Reference, at: usize, column: &str) -> bool {
    reference.from == at && reference.column == column
}

type Days = Vec<Option<Day>>;

/// The days of creation and of the end, by row.
fn days(
    tables: &[Table],
    fields: &[Fields],
    references: &[crate::evidence::crm::refs::Reference],
    outcomes: &Outcomes,
    choice: Option<Choice>,
) -> (Days, Days) {
    let (table, fields) = (&tables[outcomes.table], &fields[outcomes.table]);
    let of = |field| {
        let column = table.column(fields.get(&field)?)?;
        Some(dates::read(column, choice)?.days)
    };
    let none = || vec![None; table.rows];
    let created = of(Field::Created).unwrap_or_else(none);
    let closed = of(Field::Closed).unwrap_or_else(|| match outcomes.won_file {
        // A file of won records has the days of winning.
        Some(at) => {
            let mut by_row = none();
            let reference = references.iter().find(|r| r.from == at && r.to == outcomes.table);
            let days = won_date(&tables[at]).and_then(|column| dates::read(column, choice));
            if let (Some(reference), Some(days)) = (reference, days) {
                for (from, to) in reference.rows.iter().enumerate() {
                    if let Some(to) = to {
                        by_row[*to] = days.days[from];
                    }
                }
            }
            by_row
        }
        None => won_date(table)
            .and_then(|column| dates::read(column, choice))
            .map_or_else(none, |days| days.days),
    });
    (created, closed)
}

/// What rates are grouped by: the deal's own columns of these fields.
fn labels<'a>(table: &'a Table, fields: &Fields) -> Vec<(&'static str, &'a Column)> {
    let by = [(Field::Source, "source"), (Field::Product, "product"), (Field::Owner, "owner")];
    let known = by.into_iter().filter_map(|(field, by)| {
        Some((by, table.column(fields.get(&field)?)?)).filter(|(_, c)| c.distinct() > 1)
    });
    known.collect()
}
