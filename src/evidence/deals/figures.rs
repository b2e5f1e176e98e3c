//! Figures of companies that fit beside those of the others, each with its interval by company family, the count
//! behind it, and whether there is enough to show a difference.

pub use super::definitions::Unit;
use super::definitions::{DEFINITIONS, Definition};
use super::rows::Deals;
use super::sums::{Sums, sparse, total};
use crate::evidence::stats::Interval;
use crate::evidence::stats::bootstrap::quantile;
use crate::evidence::stats::chance::Chance;
use crate::evidence::stats::proportion::{Family, by_family, clopper_pearson};
use crate::evidence::stats::special::{Z95, normal_quantile};
use schemars::JsonSchema;
use serde::Serialize;

pub(super) const ALPHA: f64 = 0.05;
const POWER: f64 = 0.8;
const RESAMPLES: usize = 2_000;
/// Families of one kind below which an interval of resamples would be too narrow.
pub(super) const FAMILIES_MIN: u64 = 10;
/// A good profile wins at least so many times as often: a rule of thumb of sales teams.
pub(super) const WIN_MARK: f64 = 2.0;

/// A figure of both kinds.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Figure {
    pub figure: String,
    /// The unit of its values.
    pub unit: Unit,
    /// How it is computed, and what is wrong with it.
    pub how: String,
    /// Companies that fit.
    pub icp: Option<Measured>,
    /// All others.
    pub others: Option<Measured>,
    /// The value of those that fit over that of the others.
    pub times_ratio: Option<f64>,
    /// At 95 %, by resamples of families.
    pub times_interval: Option<Interval>,
    /// Further company families, at the values seen, that would show a difference: 0 where it shows. None: no number
    /// of them is known.
    pub more_count: Option<u64>,
    /// The usual mark for that ratio.
    pub mark: Option<Mark>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Measured {
    /// In the figure's unit.
    pub value: f64,
    /// At 95 %, by company family; none where there are too few.
    pub interval: Option<Interval>,
    /// Deals or customers behind it.
    pub record_count: u64,
    pub family_count: u64,
}

/// A rule of thumb, and where the interval lies.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Mark {
    /// The rule of thumb.
    pub mark: String,
    /// Where the interval lies to it.
    pub lies: Lies,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Lies {
    Above,
    Across,
    Below,
}

impl Mark {
    pub(super) fn of(mark: &str, at: f64, interval: Interval) -> Mark {
        let lies = match interval {
            Interval { low, .. } if low > at => Lies::Above,
            Interval { high, .. } if high < at => Lies::Below,
            _ => Lies::Across,
        };
        Mark { mark: mark.to_owned(), lies }
    }
}

/// The figures that are ratios of sums, with what resamples of families say of each.
pub(super) fn of_sums(deals: &Deals, sums: &[[Sums; 2]], seed: u64) -> Vec<Figure> {
    let families = sparse(sums);
    let all = total(families.iter());
    let wanted: Vec<&Definition> = DEFINITIONS
        .iter()
        .filter(|one| one.needs.iter().all(|field| deals.found.contains(field)))
        .filter(|one| all.iter().any(|sums| (one.of)(sums).is_some()))
        .collect();
    let mut chance = Chance::new(seed);
    let mut drawn: Vec<[Vec<f64>; 3]> = vec![Default::default(); wanted.len()];
    for _ in 0..RESAMPLES {
        let resample = chance.resample(sums.len());
        let of_resample = total(resample.iter().map(|family| &families[*family]));
        for (definition, values) in wanted.iter().zip(&mut drawn) {
            let [icp, others] = of_resample.each_ref().map(definition.of);
            values[0].extend(icp);
            values[1].extend(others);
            values[2].extend(ratio(icp, others));
        }
    }
    let figures = wanted.iter().zip(&mut drawn);
    figures.map(|(definition, drawn)| figure(definition, sums, &all, drawn)).collect()
}

pub(super) fn ratio(icp: Option<f64>, others: Option<f64>) -> Option<f64> {
    let others = others.filter(|value| *value > 0.0)?;
    icp.map(|icp| icp / others)
}

fn figure(
    definition: &Definition,
    sums: &[[Sums; 2]],
    all: &[Sums; 2],
    drawn: &mut [Vec<f64>; 3],
) -> Figure {
    let families = |kind: usize| sums.iter().filter(|s| s[kind].of(definition.count) > 0.0).count();
    let families = [families(0) as u64, families(1) as u64];
    let mut intervals = [None; 3];
    for (interval, values) in intervals.iter_mut().zip(drawn.iter_mut()) {
        values.sort_by(f64::total_cmp);
        if values.len() * 2 >= RESAMPLES {
            let at = |share| quantile(values, share);
            *interval = Some(Interval { low: at(ALPHA / 2.0), high: at(1.0 - ALPHA / 2.0) });
        }
    }
    let measured = |kind: usize| {
        let value = (definition.of)(&all[kind])?;
        let interval = match definition.unit {
            Unit::Share if definition.figure != "net revenue retention" => {
                Some(of_rate(definition, sums, kind))
            }
            _ => intervals[kind].filter(|_| families[kind] >= FAMILIES_MIN),
        };
        let record_count = all[kind].of(definition.count) as u64;
        Some(Measured { value, interval, record_count, family_count: families[kind] })
    };
    let (icp, others) = (measured(0), measured(1));
    let times_ratio = ratio(icp.map(|m| m.value), others.map(|m| m.value));
    let times_ratio = times_ratio.filter(|_| !definition.grows);
    let enough = families.iter().all(|count| *count >= FAMILIES_MIN);
    let times_interval = intervals[2].filter(|_| enough && times_ratio.is_some());
    let more_count = times_ratio
        .zip(times_interval)
        .and_then(|(ratio, interval)| more(ratio, interval, families.iter().sum()));
    let times_interval = times_interval.filter(|_| times_ratio.is_some());
    let mark = times_interval
        .filter(|_| definition.figure == "win rate")
        .map(|interval| Mark::of("at least twice the others' win rate", WIN_MARK, interval));
    Figure {
        figure: definition.figure.to_owned(),
        unit: definition.unit,
        how: definition.how.to_owned(),
        icp,
        others,
        times_ratio,
        times_interval,
        more_count,
        mark,
    }
}

/// An exact interval where no family has several records, else by family.
fn of_rate(definition: &Definition, sums: &[[Sums; 2]], kind: usize) -> Interval {
    let of = |sums: &[Sums; 2]| {
        let records = sums[kind].of(definition.count);
        let happened = (definition.of)(&sums[kind]).map_or(0.0, |rate| (rate * records).round());
        Family { happened: happened as u64, records: records as u64 }
    };
    interval(&sums.iter().map(of).collect::<Vec<_>>())
}

pub(super) fn interval(families: &[Family]) -> Interval {
    let sum = |part: fn(&Family) -> u64| families.iter().map(part).sum::<u64>();
    match families.iter().all(|family| family.records <= 1) {
        true => clopper_pearson(sum(|f| f.happened), sum(|f| f.records), ALPHA),
        false => by_family(families, ALPHA),
    }
}

/// Further families that would show the difference with 80 % power: the standard error of the ratio's logarithm
/// shrinks with the root of their number.
pub(super) fn more(ratio: f64, interval: Interval, families: u64) -> Option<u64> {
    if !interval.contains(1.0) {
        return Some(0);
    }
    if interval.low <= 0.0 || ratio <= 0.0 {
        return None;
    }
    let deviation = (interval.high.ln() - interval.low.ln()) / (2.0 * Z95);
    let needed = (Z95 + normal_quantile(POWER)) * deviation / ratio.ln().abs();
    let more = families as f64 * (needed * needed - 1.0);
    (more.is_finite() && more < 1e7).then(|| more.ceil().max(1.0) as u64)
}
