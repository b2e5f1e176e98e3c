//! Customers and their recurring revenue: rows of the file that has it, whichever it is.

use super::company::{Reader, Said};
use super::families::{Families, numbers_of};
use crate::domain::terms::time::Day;
use crate::evidence::crm::fields::{Field, Fields};
use crate::evidence::crm::outcome::Outcomes;
use crate::evidence::crm::refs::Reference;
use crate::evidence::crm::spelling::key;
use crate::evidence::stats::survival::End;
use crate::evidence::table::dates::{self, Choice};
use crate::evidence::table::numbers::Numbers;
use crate::evidence::table::{Table, word_set};
use std::collections::BTreeMap;

/// A customer, or a contract.
#[derive(Clone, Debug)]
pub struct Customer {
    pub family: u32,
    /// Of a year.
    pub recurring: Option<f64>,
    pub start: Option<Day>,
    pub end: Option<Day>,
    pub expansion: Option<f64>,
    pub contraction: Option<f64>,
    pub nps: Option<f64>,
    /// Of winning it.
    pub cost: Option<f64>,
    /// Gross, as a share.
    pub margin: Option<f64>,
    pub said: Said,
}

impl Customer {
    /// Its first day, and its last one where that is not after `upto`.
    pub(in crate::evidence) fn span(&self, upto: Day) -> (Option<Day>, Option<Day>) {
        (self.start.filter(|day| *day <= upto), self.end.filter(|day| *day <= upto))
    }
}

/// How deals refer to accounts.
pub(super) struct Place<'a> {
    pub outcomes: &'a Outcomes,
    pub reference: Option<&'a Reference>,
    pub choice: Option<Choice>,
}

const MONTHLY: &[&str] = &["mrr", "monthly", "month"];
const MONTHS: f64 = 12.0;

/// The customers of the file with the most of their fields, and whether its revenue is given a month.
pub(super) fn customers(
    tables: &[Table],
    fields: &[Fields],
    place: &Place<'_>,
    reader: &Reader<'_>,
    families: &mut Families,
) -> (Vec<Customer>, bool) {
    use Field::{Contraction, Cost, Expansion, Margin, Nps, Recurring, Start};
    let wanted = [Recurring, Start, Field::End, Expansion, Contraction, Nps, Cost, Margin];
    let has = |at: &usize| wanted.iter().filter(|field| fields[*at].contains_key(field)).count();
    let best = (0..tables.len()).rev().filter(|at| has(at) > 0).max_by_key(has);
    let Some(at) = best else { return (Vec::new(), false) };
    let (table, own) = (&tables[at], &fields[at]);
    let days = |field: Field| {
        let column = table.column(own.get(&field)?)?;
        Some(dates::read(column, place.choice)?.days)
    };
    let numbers = |field| numbers_of(table, own, field);
    let (start, end) = (days(Start), days(Field::End));
    let columns = [Recurring, Expansion, Contraction, Nps, Cost, Margin].map(numbers);
    let is_monthly = own.get(&Recurring).is_some_and(|name| {
        let words = word_set(name);
        MONTHLY.iter().any(|word| words.contains(*word))
    });
    let number = |numbers: &Option<Numbers>, row: usize| numbers.as_ref()?.values[row];
    let day = |days: &Option<Vec<Option<Day>>>, row: usize| days.as_ref()?[row];
    let rows = Rows::new(tables, fields, place, at);
    let mut found = Vec::new();
    for row in 0..table.rows {
        // In a file of deals only won ones are customers.
        if at == place.outcomes.table && place.outcomes.ends[row] != End::Won {
            continue;
        }
        let (deal, account, name) = rows.of(row);
        let [recurring, expansion, contraction, nps, cost, margin] =
            std::array::from_fn(|at| number(&columns[at], row));
        let start = day(&start, row);
        if recurring.is_none() && start.is_none() && nps.is_none() && cost.is_none() {
            continue;
        }
        found.push(Customer {
            family: families.of(name.as_deref()),
            recurring: recurring.map(|value| if is_monthly { MONTHS * value } else { value }),
            start,
            end: day(&end, row),
            expansion,
            contraction: contraction.map(f64::abs),
            nps,
            cost,
            margin: margin.map(|margin| if margin > 1.0 { margin / 100.0 } else { margin }),
            said: reader.said(deal.unwrap_or(usize::MAX), account, start),
        });
    }
    (found, is_monthly)
}

/// Finds the account of a customer's row.
struct Rows<'a> {
    tables: &'a [Table],
    place: &'a Place<'a>,
    at: usize,
    /// The column with the account's name in the customers' file.
    name: Option<&'a String>,
    /// By key of its name, the row in the accounts' file.
    accounts: BTreeMap<String, usize>,
}

impl<'a> Rows<'a> {
    fn new(tables: &'a [Table], fields: &'a [Fields], place: &'a Place<'a>, at: usize) -> Rows<'a> {
        let mut accounts = BTreeMap::new();
        if let Some(reference) = place.reference
            && let Some(column) = tables[reference.to].column(&reference.key)
        {
            for row in (0..column.len()).rev() {
                accounts.extend(column.get(row).map(|name| (key(name), row)));
            }
        }
        let name = match place.reference {
            Some(reference) if reference.to == at => Some(&reference.key),
            _ => fields[at].get(&Field::Account),
        };
        Rows { tables, place, at, name, accounts }
    }

    /// The row of its deal, of its account, and the account's name.
    fn of(&self, row: usize) -> (Option<usize>, Option<usize>, Option<String>) {
        let name = self.name.and_then(|name| self.tables[self.at].column(name)?.get(row));
        let deal = (self.at == self.place.outcomes.table).then_some(row);
        let account = match (self.place.reference, deal) {
            (Some(reference), Some(row)) => reference.rows[row],
            (Some(reference), None) if reference.to == self.at => Some(row),
            _ => name.and_then(|name| self.accounts.get(&key(name)).copied()),
        };
        (deal, account, name.map(str::to_owned))
    }
}
