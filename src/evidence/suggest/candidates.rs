//! What a criterion could ask of a company: each value of a column, its absence, and ranges of numbers. Which
//! there are depends on the columns alone and on how many winners have them, never on how well they do.

use crate::evidence::crm::fields::Field;
use crate::evidence::crm::labels::says_nothing;
use crate::evidence::crm::view::{View, Viewed};
use crate::evidence::stats::multiplicity::Bits;
use serde::Serialize;

/// A property that fewer winners have, or lack, is not a pattern: at least this many, and this share of them.
const SUPPORT_MIN: u64 = 5;
const SUPPORT_SHARE: f64 = 0.1;
/// Labels of a column beyond these are too many to look at each.
const LABELS_MAX: usize = 60;

/// A question to a column.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// Filled with this.
    Is(String),
    /// Filled, and not this.
    IsNot(String),
    /// A number above this one.
    MoreThan(f64),
    /// This number, or one below it.
    AtMost(f64),
}

#[derive(Clone, Debug)]
pub struct Candidate {
    pub file: String,
    pub column: String,
    pub field: Option<Field>,
    pub test: Test,
    /// By record, whether it holds.
    pub holds: Bits,
}

impl Candidate {
    pub fn name(&self) -> String {
        let column = &self.column;
        match &self.test {
            Test::Is(label) => format!("{column} is {label}"),
            Test::IsNot(label) => format!("{column} is known and not {label}"),
            Test::MoreThan(end) => format!("{column} above {end}"),
            Test::AtMost(end) => format!("{column} at most {end}"),
        }
    }
}

/// Every candidate with enough support, column by column.
pub fn candidates(view: &View, is_left_out: &dyn Fn(&Viewed) -> bool) -> Vec<Candidate> {
    let won = view.won.iter().filter(|won| **won).count() as f64;
    let least = SUPPORT_MIN.max((SUPPORT_SHARE * won).ceil() as u64);
    let mut found = Vec::new();
    let columns = view.columns.iter().filter(|c| c.is_of_company && !c.is_id && !is_left_out(c));
    for column in columns {
        let tests = if column.ends.is_empty() { of_labels(column) } else { of_ranges(column) };
        for (test, holds) in tests {
            let holds = Bits::of(holds);
            let supported = holds.count() >= least && holds.len() as u64 - holds.count() >= least;
            // Two tests of one column that hold for the same records are one.
            let is_new = |other: &Candidate| other.column != column.name || other.holds != holds;
            if supported && found.iter().all(is_new) {
                let (file, name, field) = (column.file.clone(), column.name.clone(), column.field);
                found.push(Candidate { file, column: name, field, test, holds });
            }
        }
    }
    found
}

type Tested = (Test, Vec<bool>);

fn of_labels(column: &Viewed) -> Vec<Tested> {
    let said: Vec<bool> = column
        .labels
        .iter()
        .enumerate()
        .map(|(at, label)| at > 0 && !says_nothing(label))
        .collect();
    let mut counts = vec![0_u64; column.labels.len()];
    column.groups.iter().for_each(|group| counts[*group as usize] += 1);
    let labels: Vec<usize> = (0..said.len()).filter(|at| said[*at] && counts[*at] > 0).collect();
    if labels.len() > LABELS_MAX {
        return Vec::new();
    }
    let is = |at: usize| -> Vec<bool> {
        column.groups.iter().map(|group| *group as usize == at).collect()
    };
    let is_not = |at: usize| -> Vec<bool> {
        let other = |group: &u32| said[*group as usize] && *group as usize != at;
        column.groups.iter().map(other).collect()
    };
    // Of two labels each is the absence of the other one.
    let absent = labels.len() > 2;
    labels
        .iter()
        .flat_map(|at| {
            let label = column.labels[*at].clone();
            let not = absent.then(|| (Test::IsNot(label.clone()), is_not(*at)));
            [Some((Test::Is(label), is(*at))), not]
        })
        .flatten()
        .collect()
}

/// Above and at most each end: groups are 0 for empty, 1 for zero, 2 for up to the first end.
fn of_ranges(column: &Viewed) -> Vec<Tested> {
    let zero_is_below = column.ends.first().is_none_or(|end| *end > 0.0);
    let is_below = |group: u32, at: usize| match group {
        0 => false,
        1 => zero_is_below || column.ends[at] >= 0.0,
        group => group as usize - 2 <= at,
    };
    let inner = 0..column.ends.len().saturating_sub(1);
    inner
        .flat_map(|at| {
            let above = column.groups.iter().map(|group| *group > 0 && !is_below(*group, at));
            let below = column.groups.iter().map(|group| is_below(*group, at));
            let end = column.ends[at];
            [(Test::MoreThan(end), above.collect()), (Test::AtMost(end), below.collect())]
        })
        .collect()
}
