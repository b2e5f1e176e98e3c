//! What happened to companies in the 90 days before a deal began, as columns to look at beside the others. A company
//! of which the file has no event at all is not known to have had none.

use crate::domain::terms::time::Day;
use crate::evidence::crm::spelling::key;
use crate::evidence::crm::view::{View, Viewed};
use crate::evidence::deals::rows::Deals;
use crate::evidence::table::dates::{self, Choice};
use crate::evidence::table::{Column, Table, word_set};
use std::collections::{BTreeMap, BTreeSet};

pub const BEFORE_DAYS: i32 = 90;
/// Kinds of events that are looked at, the most frequent ones.
const KINDS_MAX: usize = 40;
const KIND: &[&str] = &["event", "signal", "trigger", "kind", "type", "what"];
const ACCOUNT: &[&str] =
    &["account", "company", "customer", "organisation", "organization", "name"];

/// Events of a file: by the account's key, the day and the kind.
pub struct Events {
    pub file: String,
    by_account: BTreeMap<String, Happened>,
}

/// What happened to an account, and when.
type Happened = Vec<(Day, String)>;

/// Reads a table of an account, a day and a kind of event by row.
pub fn events(table: &Table, choice: Option<Choice>) -> Result<Events, String> {
    let named = |words: &[&str], what: &str| -> Result<&Column, String> {
        let is = |column: &&Column| {
            let of_column = word_set(&column.name);
            words.iter().any(|word| of_column.contains(*word))
        };
        let found = words.iter().find_map(|word| {
            table.columns.iter().find(|column| word_set(&column.name).contains(*word))
        });
        found
            .or_else(|| table.columns.iter().find(is))
            .ok_or_else(|| format!("{}: no column for {what}; name it {:?}", table.name, words[0]))
    };
    let account = named(ACCOUNT, "the account")?;
    let (day, days) = table
        .columns
        .iter()
        .filter(|column| column.name != account.name)
        .find_map(|column| Some((column, dates::read(column, choice)?)))
        .ok_or_else(|| format!("{}: no column of days; name it \"date\"", table.name))?;
    let kind = named(KIND, "the kind of event")?;
    if kind.name == account.name || kind.name == day.name {
        return Err(format!("{}: no column for the kind of event; name it \"event\"", table.name));
    }
    let mut by_account: BTreeMap<String, Happened> = BTreeMap::new();
    for row in 0..table.rows {
        if let (Some(name), Some(on), Some(kind)) =
            (account.get(row), days.days[row], kind.get(row))
        {
            by_account.entry(key(name)).or_default().push((on, kind.to_owned()));
        }
    }
    Ok(Events { file: table.name.clone(), by_account })
}

/// Adds a column for each kind of event: whether it happened in the 90 days before the deal began.
pub fn add(
    view: &mut View,
    deals: &Deals,
    names: &dyn Fn(usize) -> Option<String>,
    events: &Events,
) -> Result<(), String> {
    let since: Vec<Option<Day>> = view.rows.iter().map(|row| deals.deals[*row].created).collect();
    if since.iter().all(Option::is_none) {
        return Err("no record has a day of creation, before which events could lie".to_owned());
    }
    let of_record: Vec<Option<&Happened>> = view
        .rows
        .iter()
        .map(|row| names(*row).and_then(|name| events.by_account.get(&key(&name))))
        .collect();
    if of_record.iter().all(Option::is_none) {
        return Err(format!("{}: none of its accounts is one of the records'", events.file));
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, kind) in of_record.iter().flatten().flat_map(|all| all.iter()) {
        *counts.entry(kind).or_default() += 1;
    }
    let mut kinds: Vec<(&str, usize)> = counts.into_iter().collect();
    kinds.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let kinds: BTreeSet<&str> = kinds.into_iter().take(KINDS_MAX).map(|(kind, _)| kind).collect();
    for kind in kinds {
        let group = |(all, since): (&Option<&Happened>, &Option<Day>)| {
            let (Some(all), Some(since)) = (all, since) else { return 0 };
            let happened = all.iter().any(|(on, of)| {
                let days = since.since(*on);
                of == kind && (0..=BEFORE_DAYS).contains(&days)
            });
            if happened { 1 } else { 2 }
        };
        let columns = ["(empty)", "yes", "no"].map(str::to_owned);
        view.columns.push(Viewed {
            file: events.file.clone(),
            name: format!("{kind} in the {BEFORE_DAYS} days before"),
            field: None,
            groups: of_record.iter().zip(&since).map(group).collect(),
            labels: columns.into(),
            ends: Vec::new(),
            is_of_company: true,
            is_id: false,
            is_numeric: false,
        });
    }
    Ok(())
}
