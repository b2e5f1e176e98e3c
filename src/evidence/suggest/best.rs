//! The best customers, by a figure that the user names: records are compared as best ones and others in place of
//! won and lost ones.

use crate::domain::terms::time::Day;
use crate::evidence::crm::fields::Field;
use crate::evidence::crm::view::View;
use crate::evidence::deals::rows::Deals;
use crate::evidence::stats::survival::End;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What makes a customer a good one.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    schemars::JsonSchema,
    strum::Display,
    strum::EnumString,
    strum::EnumIter,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum By {
    /// Every won record.
    #[default]
    Win,
    Ltv,
    Arr,
    Retention,
    Expansion,
    Nps,
    Deal,
    Cycle,
}

impl By {
    /// How customers are ordered by it.
    pub fn how(self) -> &'static str {
        match self {
            By::Win => "every won record counts as one of the best",
            By::Ltv => {
                "recurring revenue times the time as a customer so far, times the margin where a column has it"
            }
            By::Arr => "recurring revenue of a year",
            By::Retention => {
                "the time as a customer so far, those that have left behind all that are still there; customers of \
                 less than half a year are left out"
            }
            By::Expansion => "expansion less contraction",
            By::Nps => "the score that they gave",
            By::Deal => "the largest won deal",
            By::Cycle => "the days from creation to win, the fewest first",
        }
    }

    /// Which team it suits.
    pub fn suits(self) -> &'static str {
        match self {
            By::Win => {
                "Winning says who buys, not who stays or grows: it suits a team that has too few customers to put them in \
                 an order."
            }
            By::Ltv => {
                "Lifetime value finds larger and longer contracts: it suits a later stage, with some years of customers."
            }
            By::Arr => {
                "Recurring revenue finds the larger contracts of today: it suits a later stage, and favours large \
                 companies."
            }
            By::Retention => {
                "Who stays shows the best structural fit: it suits an early stage, together with NPS."
            }
            By::Expansion => {
                "Who expands shows where the product spreads: it suits a team that sells more to its customers."
            }
            By::Nps => {
                "A high score finds those likely to expand: it suits an early stage, when revenue says little yet."
            }
            By::Deal => {
                "Deal size finds larger contracts: it suits a later stage, and says nothing of who stays."
            }
            By::Cycle => {
                "A short cycle finds the most urgent buyers: it suits a team that must learn or close quickly."
            }
        }
    }

    /// The fields that it needs, beside the outcome.
    fn needs(self) -> &'static [Field] {
        match self {
            By::Win => &[],
            By::Ltv => &[Field::Recurring, Field::Start],
            By::Arr => &[Field::Recurring],
            By::Retention => &[Field::Start, Field::End],
            By::Expansion => &[Field::Expansion],
            By::Nps => &[Field::Nps],
            By::Deal => &[Field::Amount],
            By::Cycle => &[Field::Created, Field::Closed],
        }
    }
}

/// The best customers of the files.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Best {
    /// What makes them the best.
    pub by: By,
    /// Accounts that have a value.
    pub customer_count: u64,
    /// How many of these are the best.
    pub best_count: u64,
    /// The best ones' names, the best first, as far as rows have them.
    pub accounts: Vec<String>,
    /// Lost records that ended faster than half of the won ones: of few customers, who else was in a hurry.
    pub fast_lost_count: u64,
    #[serde(skip)]
    pub is_customer: Vec<bool>,
    #[serde(skip)]
    pub is_fast_lost: Vec<bool>,
}

/// Fewer customers are too few to take 20 of.
pub const FEW: u64 = 20;
const TOP: std::ops::RangeInclusive<usize> = 20..=50;
const TOP_OF_FEW: usize = 10;
const HALF_A_YEAR_DAYS: i32 = 182;
/// A customer that has left ranks behind every one that has not.
const GONE: f64 = 1e6;

/// How many of so many customers are the best ones: a quarter, at least 20 and at most 50; of few ten. At least a
/// half remain to compare them with.
fn top(customers: usize) -> usize {
    let most = if customers < FEW as usize {
        TOP_OF_FEW
    } else {
        (customers / 4).clamp(*TOP.start(), *TOP.end())
    };
    most.min(customers.div_ceil(2).max(1))
}

/// Puts the best records in the place of the won ones. `names`: by row of the records, the account.
pub fn relabel(
    view: &mut View,
    deals: &Deals,
    names: &dyn Fn(usize) -> Option<String>,
    by: By,
    wanted: Option<u64>,
) -> Result<Best, String> {
    let missing: Vec<String> =
        by.needs().iter().filter(|f| !deals.found.contains(f)).map(|f| f.title()).collect();
    if !missing.is_empty() {
        return Err(format!("no column for {by}: the files have no {}", missing.join(", no ")));
    }
    let values = values(deals, by);
    let mut order: Vec<(u32, f64)> = values.into_iter().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let count =
        wanted.map_or_else(|| top(order.len()), |wanted| (wanted as usize).min(order.len()));
    let best: BTreeSet<u32> = order.iter().take(count).map(|(family, _)| *family).collect();
    let customers: BTreeSet<u32> = order.iter().map(|(family, _)| *family).collect();
    let family = |record: usize| deals.deals[view.rows[record]].family;
    let records = 0..view.rows.len();
    let fast = fast(deals);
    let is_fast_lost: Vec<bool> = records
        .clone()
        .map(|record| {
            let deal = &deals.deals[view.rows[record]];
            deal.end == End::Lost && deal.days().is_some_and(|days| days <= fast)
        })
        .collect();
    let mut by_family: BTreeMap<u32, String> = BTreeMap::new();
    for record in records.clone() {
        if let Some(name) = names(view.rows[record]) {
            by_family.entry(family(record)).or_insert(name);
        }
    }
    let accounts =
        order.iter().take(count).filter_map(|(family, _)| by_family.get(family).cloned());
    let (accounts, is_customer) =
        (accounts.collect(), records.clone().map(|at| customers.contains(&family(at))).collect());
    let won: Vec<bool> = records.map(|at| best.contains(&family(at))).collect();
    view.won = won;
    view.has_lost = true;
    Ok(Best {
        by,
        customer_count: order.len() as u64,
        best_count: count as u64,
        accounts,
        fast_lost_count: is_fast_lost.iter().filter(|is| **is).count() as u64,
        is_customer,
        is_fast_lost,
    })
}

/// Half of the won deals took at most so many days.
fn fast(deals: &Deals) -> f64 {
    let won = deals.deals.iter().filter(|deal| deal.end == End::Won);
    let mut days: Vec<f64> = won.filter_map(|deal| deal.days()).collect();
    days.sort_by(f64::total_cmp);
    days.get(days.len() / 2).copied().unwrap_or(-1.0)
}

/// The value of each company family that has one; the higher the better.
fn values(deals: &Deals, by: By) -> BTreeMap<u32, f64> {
    let mut values: BTreeMap<u32, f64> = BTreeMap::new();
    let upto: Day = deals.upto;
    for one in &deals.customers {
        let (start, end) = one.span(upto);
        let days = start.map(|start| f64::from(end.unwrap_or(upto).since(start).max(0)));
        let value = match by {
            By::Ltv => one
                .recurring
                .zip(days)
                .map(|(revenue, days)| revenue * days / 365.25 * one.margin.unwrap_or(1.0)),
            By::Arr => one.recurring,
            By::Retention => start
                .filter(|start| upto.since(*start) >= HALF_A_YEAR_DAYS)
                .and(days)
                .map(|days| if end.is_some() { days - GONE } else { days }),
            By::Expansion => one.expansion.map(|more| more - one.contraction.unwrap_or(0.0)),
            By::Nps => one.nps,
            By::Win | By::Deal | By::Cycle => None,
        };
        let Some(value) = value else { continue };
        let known = values.get(&one.family).copied();
        let together = match (by, known) {
            (By::Ltv | By::Arr | By::Expansion, Some(known)) => known + value,
            (By::Nps, Some(known)) => known.min(value),
            (_, Some(known)) => known.max(value),
            (_, None) => value,
        };
        values.insert(one.family, together);
    }
    for deal in deals.deals.iter().filter(|deal| deal.end == End::Won) {
        let value = match by {
            By::Win => Some(1.0),
            By::Deal => deal.amount,
            By::Cycle => deal.days().map(|days| -days),
            _ => None,
        };
        if let Some(value) = value {
            let known = values.entry(deal.family).or_insert(value);
            *known = known.max(value);
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::top;

    #[test]
    fn the_best_are_a_quarter_and_of_few_customers_ten() {
        for (customers, best) in
            [(0, 0), (8, 4), (19, 10), (30, 15), (60, 20), (120, 30), (900, 50)]
        {
            assert_eq!(top(customers).min(customers), best, "{customers}");
        }
    }
}
