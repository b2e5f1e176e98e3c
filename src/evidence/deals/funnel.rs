//! The steps from a raw record to a won deal, as far as columns say that one was reached.

use crate::evidence::stats::survival::End;
use crate::evidence::table::{Column, Table, dates, word_set};

/// A step, and by deal whether it was reached.
#[derive(Clone, Debug)]
pub struct Step {
    pub name: &'static str,
    pub reached: Vec<bool>,
    /// The column that says it; none of the first and the last.
    pub column: Option<String>,
}

/// Steps by the words of a column, in their order.
const STEPS: &[(&str, &[&str])] = &[
    ("MQL", &["mql", "marketing qualified"]),
    ("SAL", &["sal", "sales accepted"]),
    ("SQL", &["sql", "sales qualified"]),
    ("opportunity", &["opportunity date", "opportunity created", "became opportunity"]),
];
const NO: &[&str] = &["0", "no", "false", "n", "none", "-"];
const DEMO: &[&str] = &["demo", "demonstration"];

/// Raw records, the steps that have a column, and won ones. A later step was reached through the earlier ones.
pub(super) fn steps(table: &Table, ends: &[End]) -> Vec<Step> {
    let mut steps = vec![Step { name: "raw", reached: vec![true; ends.len()], column: None }];
    for (name, names) in STEPS {
        let is = |column: &&Column| {
            let words = word_set(&column.name);
            names.iter().any(|name| word_set(name).is_subset(&words))
        };
        if let Some(column) = table.columns.iter().find(is) {
            let column_name = Some(column.name.clone());
            steps.push(Step { name, reached: flags(column), column: column_name });
        }
    }
    let reached = ends.iter().map(|end| *end == End::Won).collect();
    steps.push(Step { name: "won", reached, column: None });
    for at in (1..steps.len()).rev() {
        let later = steps[at].reached.clone();
        let earlier = &mut steps[at - 1].reached;
        earlier.iter_mut().zip(later).for_each(|(earlier, later)| *earlier |= later);
    }
    steps
}

/// By row, whether there was a demonstration; none where no column says so.
pub(super) fn demo(table: &Table) -> Option<Vec<bool>> {
    let is = |column: &&Column| {
        let words = word_set(&column.name);
        DEMO.iter().any(|word| words.contains(*word))
    };
    table.columns.iter().find(is).map(flags)
}

/// A date, or anything that is not a no.
fn flags(column: &Column) -> Vec<bool> {
    let days = dates::read(column, None);
    (0..column.len())
        .map(|row| match (&days, column.get(row)) {
            (Some(days), _) => days.days[row].is_some(),
            (None, text) => text.is_some_and(|text| !NO.contains(&text.to_lowercase().as_str())),
        })
        .collect()
}
