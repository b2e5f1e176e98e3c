//! Figures of whole curves over time: the share won by a day, when half of the wins are there, and churn.

use super::customers::Customer;
use super::figures::{ALPHA, FAMILIES_MIN, Figure, Measured, Unit, more, ratio};
use super::rows::{Deal, Deals};
use super::sums::YEAR_DAYS;
use crate::domain::terms::time::Day;
use crate::evidence::stats::proportion::clopper_pearson;
use crate::evidence::stats::special::Z95;
use crate::evidence::stats::survival::{End, Step, half_won_days, kaplan_meier, share_at, won_by};
use crate::evidence::stats::{Interval, jackknife};

const QUARTER_DAYS: f64 = 90.0;

/// A record's family, days and end.
type Span = (u32, f64, End);

/// A share won since a deal's creation, lost ones as a competing end.
#[derive(Clone, Debug)]
pub struct Incidence {
    pub name: &'static str,
    pub deal_count: u64,
    pub steps: Vec<Step>,
}

/// The curves of companies that fit, and of the others.
pub(super) fn incidence(deals: &Deals, is_icp: &dyn Fn(usize) -> bool) -> Vec<Incidence> {
    let kinds = [("fits", true), ("does not fit", false)];
    let curves = kinds.map(|(name, kind)| {
        let of = (0..deals.deals.len()).filter(|at| is_icp(*at) == kind);
        let spans: Vec<(f64, End)> =
            of.filter_map(|at| span(&deals.deals[at], deals.upto)).collect();
        Incidence { name, deal_count: spans.len() as u64, steps: won_by(&spans) }
    });
    curves.into_iter().filter(|curve| !curve.steps.is_empty()).collect()
}

/// Figures of whole curves: the share won by the end of the window, when half of the wins are there, and churn.
pub(super) fn of_curves(
    deals: &Deals,
    is_icp: &dyn Fn(usize) -> bool,
    customer_is_icp: &dyn Fn(usize) -> bool,
    window: f64,
) -> Vec<Figure> {
    let mut spans: [Vec<Span>; 2] = Default::default();
    for (at, deal) in deals.deals.iter().enumerate() {
        let span = span(deal, deals.upto).map(|(days, end)| (deal.family, days, end));
        spans[usize::from(!is_icp(at))].extend(span);
    }
    let mut kept: [Vec<Span>; 2] = Default::default();
    for (at, customer) in deals.customers.iter().enumerate() {
        let span = stay(customer, deals).map(|(days, end)| (customer.family, days, end));
        kept[usize::from(!customer_is_icp(at))].extend(span);
    }
    let won = |days: f64| move |records: &[(f64, End)]| Some(share_at(&won_by(records), days));
    let gone = |days: f64| {
        move |records: &[(f64, End)]| {
            let steps = kaplan_meier(records);
            let before = steps.partition_point(|step| step.days <= days);
            Some(if before == 0 { 0.0 } else { 1.0 - steps[before - 1].share })
        }
    };
    let half = |records: &[(f64, End)]| half_won_days(&won_by(records));
    let families = deals.families;
    let share = Unit::Share;
    [
        curve(
            &format!("won within {window:.0} days"),
            share,
            HOW_WON,
            &spans,
            families,
            &won(window),
        ),
        curve("days until half of the wins", Unit::Days, HOW_HALF, &spans, families, &half),
        curve("churn within 90 days", share, HOW_GONE, &kept, families, &gone(QUARTER_DAYS)),
        curve(
            "churn within 12 months",
            share,
            HOW_GONE,
            &kept,
            families,
            &gone(f64::from(YEAR_DAYS)),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

const HOW_WON: &str =
    "of all deals since their creation, lost ones as a competing end (Aalen-Johansen)";
const HOW_HALF: &str = "of those that are won in the end, by the same curve; open deals count";
const HOW_GONE: &str =
    "of customers since their start; those who are still there count (Kaplan-Meier)";

/// A deal's days until its end, or until the last day.
pub(super) fn span(deal: &Deal, upto: Day) -> Option<(f64, End)> {
    let days = match deal.end {
        End::Open => f64::from(upto.since(deal.created?)),
        _ => deal.days()?,
    };
    (days >= 0.0).then_some((days, deal.end))
}

fn stay(customer: &Customer, deals: &Deals) -> Option<(f64, End)> {
    let (start, end) = customer.span(deals.upto);
    let days = end.unwrap_or(deals.upto).since(start?);
    // Any end counts.
    let how = if end.is_some() { End::Lost } else { End::Open };
    (days >= 0).then_some((f64::from(days), how))
}

type OfCurve<'a> = &'a dyn Fn(&[(f64, End)]) -> Option<f64>;

fn curve(
    figure: &str,
    unit: Unit,
    how: &str,
    spans: &[Vec<Span>; 2],
    families: usize,
    of: OfCurve<'_>,
) -> Option<Figure> {
    let without = |kind: usize, group: Option<usize>| -> Option<f64> {
        let kept = spans[kind]
            .iter()
            .filter(|(family, ..)| Some(jackknife::group_of(*family, families)) != group);
        let kept: Vec<(f64, End)> = kept.map(|(_, days, end)| (*days, *end)).collect();
        if kept.is_empty() { None } else { of(&kept) }
    };
    let measured = |kind: usize| {
        let value = without(kind, None)?;
        let mut names: Vec<u32> = spans[kind].iter().map(|(family, ..)| *family).collect();
        names.sort_unstable();
        names.dedup();
        let groups = jackknife::GROUPS.min(families.max(1));
        let left: Vec<Option<f64>> = (0..groups).map(|g| without(kind, Some(g))).collect();
        let (record_count, family_count) = (spans[kind].len() as u64, names.len() as u64);
        let by_groups = |deviation: f64| {
            let Interval { low, high } = jackknife::around(value, deviation);
            let most = if unit == Unit::Share { 1.0 } else { f64::INFINITY };
            Interval { low: low.max(0.0), high: high.min(most) }
        };
        let interval = match unit {
            // Where none or all happened, groups do not differ: the families count as records.
            Unit::Share if value <= 0.0 => Some(clopper_pearson(0, family_count, ALPHA)),
            Unit::Share if value >= 1.0 => Some(clopper_pearson(family_count, family_count, ALPHA)),
            _ => jackknife::deviation(&left).map(by_groups),
        };
        let interval = interval.filter(|_| family_count >= FAMILIES_MIN);
        Some(Measured { value, interval, record_count, family_count })
    };
    let (icp, others) = (measured(0), measured(1));
    if icp.is_none() && others.is_none() {
        return None;
    }
    let times_ratio = ratio(icp.map(|m| m.value), others.map(|m| m.value));
    let times_interval = times_ratio.and_then(|ratio| times(ratio, icp?, others?));
    let families = icp.map_or(0, |m| m.family_count) + others.map_or(0, |m| m.family_count);
    Some(Figure {
        figure: figure.to_owned(),
        unit,
        how: how.to_owned(),
        more_count: times_interval.and_then(|interval| more(times_ratio?, interval, families)),
        icp,
        others,
        times_ratio,
        times_interval,
        mark: None,
    })
}

/// The interval of a ratio of two figures that do not depend on each other, by its logarithm.
fn times(ratio: f64, icp: Measured, others: Measured) -> Option<Interval> {
    let relative = |measured: Measured| {
        let Interval { low, high } = measured.interval?;
        (measured.value > 0.0).then(|| (high - low) / (2.0 * Z95) / measured.value)
    };
    let deviation = (relative(icp)?.powi(2) + relative(others)?.powi(2)).sqrt();
    (ratio > 0.0).then(|| Interval {
        low: ratio * (-Z95 * deviation).exp(),
        high: ratio * (Z95 * deviation).exp(),
    })
}
