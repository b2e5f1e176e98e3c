//! How well the fit puts deals in order, beside orders that cost nothing, and how often shuffled outcomes look as
//! good.

use super::fit::Fitted;
use super::rows::Deals;
use crate::domain::profile::when::Answer;
use crate::domain::terms::time::Day;
use crate::evidence::stats::chance::Chance;
use crate::evidence::stats::ranking::{Top, auc, deciles, top};
use crate::evidence::stats::survival::End;
use chrono::Datelike;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

pub(super) const PERMUTATIONS: usize = 999;
/// Fewer deals of either kind are in no order.
const KIND_MIN: usize = 10;

/// Won and lost deals by the points of their fit. An AUC is the probability that a won one stands above a lost one;
/// 0.5 is a random order.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Ordered {
    /// The AUC of the fit, from 0 to 1.
    pub fit_auc_share: f64,
    /// How often fits that are dealt out anew among company families, within the quarter of their first deal, put
    /// outcomes in as good an order.
    #[serde(rename = "shuffled_p")]
    pub p: f64,
    /// The newest deal first.
    pub recency_auc_share: Option<f64>,
    /// The single criterion that orders them best, found on the same deals, so that it looks too good.
    pub best_single: Option<Single>,
    /// Tenths by fit, the highest first.
    pub deciles: Vec<Tenth>,
    /// At the capacity that was given.
    pub at_capacity: Option<Capacity>,
}

/// An order by one property alone.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Single {
    /// The property.
    pub criterion: String,
    /// Its AUC, from 0 to 1.
    pub auc_share: f64,
}

/// A tenth by score, the highest first.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Tenth {
    pub account_count: u64,
    /// Equal scores at an edge are shared out.
    pub happened_ratio: f64,
    /// The rate over that of all.
    pub lift_ratio: f64,
}

/// The deals with the best fit, as many as the team can work.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Capacity {
    pub deal_count: u64,
    /// Of these, the share that was won.
    pub precision_share: f64,
    /// Of the won ones, the share among these.
    pub recall_share: f64,
}

pub(super) fn ordered(
    deals: &Deals,
    fits: &[Fitted],
    capacity: Option<u64>,
    seed: u64,
) -> Option<Ordered> {
    let closed: Vec<usize> =
        (0..deals.deals.len()).filter(|at| deals.deals[*at].is_closed()).collect();
    let is_won = |at: usize| deals.deals[at].end == End::Won;
    let won = closed.iter().filter(|at| is_won(**at)).count();
    if won.min(closed.len() - won) < KIND_MIN {
        return None;
    }
    let by = |of: &dyn Fn(usize) -> Option<f64>| -> Vec<(f64, bool)> {
        closed.iter().filter_map(|at| Some((of(*at)?, is_won(*at)))).collect()
    };
    let fit = by(&|at| Some(fits[at].points));
    let recency = by(&|at| Some(f64::from(deals.deals[at].created?.0)));
    let tenths = deciles(&fit).into_iter().map(|tenth| Tenth {
        account_count: tenth.records,
        happened_ratio: tenth.happened,
        lift_ratio: tenth.lift,
    });
    let at_capacity = capacity.and_then(|k| top(&fit, k as usize)).map(|found: Top| Capacity {
        deal_count: found.k,
        precision_share: found.precision,
        recall_share: found.recall,
    });
    let units = units(deals, fits);
    let seen = of_units(&units, &(0..units.len()).collect::<Vec<_>>(), &area);
    Some(Ordered {
        fit_auc_share: auc(&fit)?,
        p: shuffled(&units, seen, seed, &area),
        recency_auc_share: auc(&recency),
        best_single: best_single(deals, fits, &closed),
        deciles: tenths.collect(),
        at_capacity,
    })
}

/// A company family: its fit, the quarter of its first deal, and its closed deals.
struct Unit {
    quarter: i32,
    points: f64,
    /// The share of its deals that fit.
    icp: f64,
    won: f64,
    lost: f64,
}

fn units(deals: &Deals, fits: &[Fitted]) -> Vec<Unit> {
    let mut found: BTreeMap<u32, (Unit, f64)> = BTreeMap::new();
    for (deal, fit) in deals.deals.iter().zip(fits).filter(|(deal, _)| deal.is_closed()) {
        let empty = Unit { quarter: i32::MAX, points: 0.0, icp: 0.0, won: 0.0, lost: 0.0 };
        let (unit, count) = found.entry(deal.family).or_insert((empty, 0.0));
        unit.quarter = unit.quarter.min(deal.created.map_or(i32::MAX, quarter));
        unit.points += fit.points;
        unit.icp += f64::from(u8::from(fit.is_icp));
        *count += 1.0;
        match deal.end {
            End::Won => unit.won += 1.0,
            _ => unit.lost += 1.0,
        }
    }
    let mean = |(unit, count): (Unit, f64)| Unit {
        points: unit.points / count,
        icp: unit.icp / count,
        ..unit
    };
    found.into_values().map(mean).collect()
}

fn quarter(day: Day) -> i32 {
    day.date().map_or(0, |date| date.year() * 4 + date.month0() as i32 / 3)
}

/// The points and the share that fits, as dealt out; won and lost deals.
type Row = (f64, f64, f64, f64);

/// A figure of families whose fits were dealt out anew: of each its fit, its won and its lost deals.
type OfUnits<'a> = &'a dyn Fn(&mut [Row]) -> f64;

fn of_units(units: &[Unit], dealt: &[usize], of: OfUnits<'_>) -> f64 {
    let mut rows: Vec<Row> = units
        .iter()
        .zip(dealt)
        .map(|(unit, from)| (units[*from].points, units[*from].icp, unit.won, unit.lost))
        .collect();
    of(&mut rows)
}

/// The AUC by points.
fn area(rows: &mut [Row]) -> f64 {
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut above, mut pairs, mut lost_all) = (0.0, 0.0, 0.0);
    for group in rows.chunk_by(|a, b| a.0 == b.0) {
        let won: f64 = group.iter().map(|row| row.2).sum();
        let lost: f64 = group.iter().map(|row| row.3).sum();
        pairs += lost * (above + won / 2.0);
        above += won;
        lost_all += lost;
    }
    pairs / (above * lost_all).max(1.0)
}

/// The difference of win rates, either way.
fn difference(rows: &mut [Row]) -> f64 {
    let mut sums = [0.0; 4];
    for (_, icp, won, lost) in rows.iter() {
        sums[0] += icp * won;
        sums[1] += icp * (won + lost);
        sums[2] += (1.0 - icp) * won;
        sums[3] += (1.0 - icp) * (won + lost);
    }
    let [k, n, k0, n0] = sums;
    if n > 0.0 && n0 > 0.0 { (k / n - k0 / n0).abs() } else { 0.0 }
}

/// (b + 1) / (m + 1).
fn shuffled(units: &[Unit], seen: f64, seed: u64, of: OfUnits<'_>) -> f64 {
    let mut by_quarter: BTreeMap<i32, Vec<usize>> = BTreeMap::new();
    for (at, unit) in units.iter().enumerate() {
        by_quarter.entry(unit.quarter).or_default().push(at);
    }
    let mut chance = Chance::new(seed);
    let mut dealt: Vec<usize> = (0..units.len()).collect();
    let mut as_good = 0;
    for _ in 0..PERMUTATIONS {
        for members in by_quarter.values() {
            let mut from = members.clone();
            chance.shuffle(&mut from);
            members.iter().zip(from).for_each(|(to, from)| dealt[*to] = from);
        }
        as_good += usize::from(of_units(units, &dealt, of) >= seen - 1e-12);
    }
    (as_good + 1) as f64 / (PERMUTATIONS + 1) as f64
}

/// How often win rates of families whose fits were dealt out anew differ as much, either way.
pub(super) fn difference_p(deals: &Deals, fits: &[Fitted], seed: u64) -> f64 {
    let units = units(deals, fits);
    let seen = of_units(&units, &(0..units.len()).collect::<Vec<_>>(), &difference);
    shuffled(&units, seen, seed, &difference)
}

fn best_single(deals: &Deals, fits: &[Fitted], closed: &[usize]) -> Option<Single> {
    let mut names: Vec<&String> = Vec::new();
    for fit in fits {
        for (name, _) in &fit.answers {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let single = |name: &&String| {
        let scored: Vec<(f64, bool)> = closed
            .iter()
            .map(|at| {
                let answers = &fits[*at].answers;
                let yes = answers.iter().any(|(n, answer)| n == *name && *answer == Answer::Yes);
                (f64::from(u8::from(yes)), deals.deals[*at].end == End::Won)
            })
            .collect();
        Some(Single { criterion: (*name).clone(), auc_share: auc(&scored)? })
    };
    names.iter().filter_map(single).max_by(|a, b| a.auc_share.total_cmp(&b.auc_share))
}
