//! Which records were won, lost, or are open: by a column of labels, by a date that only won records have, or
//! by a second file that holds the won ones.

use super::fields::{Field, Fields};
use super::refs::Reference;
use crate::evidence::stats::survival::End;
use crate::evidence::table::{Column, Table, dates, word_set, words};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The outcomes of a table's records.
#[derive(Clone, Debug)]
pub struct Outcomes {
    pub table: usize,
    /// The columns that say it, which no criterion may use.
    pub columns: BTreeSet<String>,
    /// In a sentence: "by deal_stage".
    pub how: String,
    pub ends: Vec<End>,
    /// What each label was taken for, with its records.
    pub labels: Vec<Label>,
    /// The file of won records that says it, by its place, where there is one.
    pub won_file: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Label {
    /// The word in the column.
    pub label: String,
    /// `won`, `lost` or `open`.
    pub taken_for: &'static str,
    /// Rows with it.
    #[serde(rename = "row_count")]
    pub rows: u64,
}

/// What the user says of outcomes.
#[derive(Clone, Debug, Default)]
pub struct Given {
    pub column: Option<String>,
    pub won: Vec<String>,
    pub lost: Vec<String>,
}

const WON: &[&str] = &[
    "won",
    "win",
    "converted",
    "customer",
    "signed",
    "gewonnen",
    "gagne",
    "gagné",
    "ganado",
    "ganada",
    "vinto",
    "success",
    "successful",
];
const LOST: &[&str] = &[
    "lost",
    "loss",
    "lose",
    "disqualified",
    "unqualified",
    "dead",
    "abandoned",
    "rejected",
    "unsuccessful",
    "verloren",
    "perdu",
    "perdido",
    "perso",
    "failed",
    "churned",
];
const NOT: &[&str] = &["not", "no", "non", "un", "never"];
/// Ended, but which way?
const CLOSED: &[&str] = &[
    "closed",
    "close",
    "done",
    "finished",
    "inactive",
    "complete",
    "completed",
    "ended",
    "archived",
];
const YES: &[&str] = &["1", "1.0", "true", "yes", "y", "t"];
const NO: &[&str] = &["0", "0.0", "false", "no", "n", "f"];

/// What a label says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    Won,
    Lost,
    /// Ended without saying how.
    Closed,
    Open,
}

/// What a label of a stage says, by its words.
pub fn said(label: &str) -> Said {
    let found =
        words(&label.replace("closedwon", "closed won").replace("closedlost", "closed lost"));
    let has = |list: &[&str]| found.iter().any(|word| list.contains(&word.as_str()));
    match (has(WON), has(LOST)) {
        (true, false) if has(NOT) => Said::Lost,
        (true, false) => Said::Won,
        (false, true) => Said::Lost,
        _ if has(CLOSED) && found.len() <= 2 => Said::Closed,
        _ => Said::Open,
    }
}

/// The outcomes of the first table that has them; of several, the one with the most records.
pub fn find(
    tables: &[Table],
    fields: &[Fields],
    references: &[Reference],
    given: &Given,
) -> Option<Outcomes> {
    let by_label = tables
        .iter()
        .enumerate()
        .filter_map(|(at, table)| by_labels(at, table, &fields[at], given));
    let known =
        by_label.max_by_key(|outcomes| (outcomes.ends.len(), std::cmp::Reverse(outcomes.table)));
    known
        .or_else(|| by_second_file(tables, fields, references))
        .or_else(|| tables.iter().enumerate().find_map(|(at, table)| by_date(at, table)))
}

fn by_labels(at: usize, table: &Table, fields: &Fields, given: &Given) -> Option<Outcomes> {
    let named = given.column.as_deref();
    let stage = Field::Stage;
    let is_stage = |column: &&Column| match named {
        Some(name) => column.name == name,
        None => {
            fields.get(&stage) == Some(&column.name)
                || is_binary_outcome(column)
                || tells_both(column)
        }
    };
    let candidates = table.columns.iter().filter(is_stage).filter_map(|column| {
        let read = labels(column, given)?;
        Some((quality(column, &read), column, read))
    });
    let (_, column, read) = candidates.rev().max_by_key(|(quality, ..)| *quality)?;
    let ends: Vec<End> = (0..table.rows)
        .map(|row| read.get(&column.code(row)).copied().unwrap_or(End::Open))
        .collect();
    let counts = column.counts();
    let labels = column.texts().map(|(code, text)| Label {
        label: text.to_owned(),
        taken_for: match read.get(&code) {
            Some(End::Won) => "won",
            Some(End::Lost) => "lost",
            _ => "open",
        },
        rows: counts[code as usize],
    });
    let mut columns = BTreeSet::from([column.name.clone()]);
    columns.extend(same_said(table, &ends, given));
    let how = format!("by {}", column.name);
    Some(Outcomes { table: at, columns, how, ends, labels: labels.collect(), won_file: None })
}

/// The end by code; `None` where the labels say no outcome.
fn labels(column: &Column, given: &Given) -> Option<BTreeMap<u32, End>> {
    let is =
        |list: &[String], text: &str| list.iter().any(|label| label.eq_ignore_ascii_case(text));
    let yes_or_no = column.texts().all(|(_, text)| {
        let text = text.to_lowercase();
        YES.contains(&text.as_str()) || NO.contains(&text.as_str())
    });
    let mut ends = BTreeMap::new();
    for (code, text) in column.texts() {
        let lower = text.to_lowercase();
        let end = if is(&given.won, text) {
            End::Won
        } else if is(&given.lost, text) {
            End::Lost
        } else if yes_or_no {
            if YES.contains(&lower.as_str()) { End::Won } else { End::Lost }
        } else if !given.won.is_empty() && !given.lost.is_empty() {
            End::Open
        } else {
            match said(text) {
                Said::Won if given.won.is_empty() => End::Won,
                Said::Lost if given.lost.is_empty() => End::Lost,
                _ => End::Open,
            }
        };
        ends.insert(code, end);
    }
    let won = ends.values().any(|end| *end == End::Won);
    (won && ends.values().any(|end| *end != End::Won)).then_some(ends)
}

/// More labels of both kinds, then a name that says outcome.
fn quality(column: &Column, read: &BTreeMap<u32, End>) -> (bool, bool, usize) {
    let lost = read.values().any(|end| *end == End::Lost);
    let named = word_set(&column.name);
    let is_named = ["stage", "status", "outcome", "converted", "result", "won"];
    let is_named = is_named.iter().any(|word| named.contains(*word));
    (lost, is_named, column.filled())
}

/// A column of yes and no whose name says that something was won.
fn is_binary_outcome(column: &Column) -> bool {
    let named = word_set(&column.name);
    column.distinct() <= 3
        && ["won", "converted", "conversion", "outcome"].iter().any(|w| named.contains(*w))
}

/// A column of few labels, one of which says won and another one lost, whatever it is called.
fn tells_both(column: &Column) -> bool {
    let has = |wanted: Said| column.texts().any(|(_, text)| said(text) == wanted);
    column.distinct() <= 30 && has(Said::Won) && has(Said::Lost)
}

/// Further columns that say the same of every record (`Is Won` beside `Stage`).
fn same_said(table: &Table, ends: &[End], given: &Given) -> Vec<String> {
    let columns = table.columns.iter().filter(|column| column.distinct() <= 30);
    let same = columns.filter(|column| {
        let named = word_set(&column.name);
        let may = ["stage", "status", "outcome", "won", "closed", "converted", "lost"];
        let Some(read) = labels(column, given) else { return false };
        may.iter().any(|word| named.contains(*word))
            && (0..table.rows).all(|row| {
                let said = read.get(&column.code(row)).copied().unwrap_or(End::Open);
                (said == End::Won) == (ends[row] == End::Won)
            })
    });
    same.map(|column| column.name.clone()).collect()
}

const WON_DATE: &[&str] = &["won", "converted", "win", "conversion"];

/// A date that says when a record was won.
pub(in crate::evidence) fn won_date(table: &Table) -> Option<&Column> {
    table.columns.iter().find(|column| {
        let named = word_set(&column.name);
        WON_DATE.iter().any(|word| named.contains(*word)) && dates::read(column, None).is_some()
    })
}

/// A date of winning that only some records have.
fn by_date(at: usize, table: &Table) -> Option<Outcomes> {
    let column = won_date(table)?;
    if column.filled() == table.rows {
        return None;
    }
    let end = |row| if column.get(row).is_some() { End::Won } else { End::Open };
    let (columns, how) =
        (BTreeSet::from([column.name.clone()]), format!("by a filled {}", column.name));
    let ends = (0..table.rows).map(end).collect();
    Some(Outcomes { table: at, columns, how, ends, labels: Vec::new(), won_file: None })
}

/// A file with a date of winning whose ids are some of another file's.
fn by_second_file(
    tables: &[Table],
    fields: &[Fields],
    references: &[Reference],
) -> Option<Outcomes> {
    let _ = fields;
    references.iter().find_map(|reference| {
        let (won, all) = (&tables[reference.from], &tables[reference.to]);
        let date = won_date(won)?;
        if won.rows * 2 > all.rows * 3 || date.filled() * 10 < won.rows * 9 {
            return None;
        }
        let mut ends = vec![End::Open; all.rows];
        reference.rows.iter().flatten().for_each(|row| ends[*row] = End::Won);
        let how = format!("by a row in {}", won.name);
        let columns = BTreeSet::new();
        let won_file = Some(reference.from);
        Some(Outcomes { table: reference.to, columns, how, ends, labels: Vec::new(), won_file })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_say_how_a_deal_ended() {
        let cases: &[(&str, Said)] = &[
            ("Closed Won", Said::Won),
            ("closedwon", Said::Won),
            ("closedlost", Said::Lost),
            ("6 - Won", Said::Won),
            ("Not converted", Said::Lost),
            ("Closed/Lost - no budget", Said::Lost),
            ("Disqualified", Said::Lost),
            ("Closed", Said::Closed),
            ("Negotiation", Said::Open),
            ("Contract signed", Said::Won),
            ("Prospecting", Said::Open),
            ("Gewonnen", Said::Won),
        ];
        for (label, expected) in cases {
            assert_eq!(said(label), *expected, "{label}");
        }
    }
}
