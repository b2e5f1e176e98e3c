//! What the open pipeline is likely to bring and when: of each open deal the share of deals that had been open as
//! long and were won after it, times its amount. The same forecast as of the beginning of the last whole quarter
//! stands beside what came.

use super::curves::span;
use super::fit::Fitted;
use super::rows::{Deal, Deals};
use crate::domain::terms::time::Day;
use crate::evidence::stats::survival::{End, Step, kaplan_meier, won_between, won_by};
use crate::evidence::stats::{Interval, jackknife};
use chrono::{Datelike, Months, NaiveDate};
use schemars::JsonSchema;
use serde::Serialize;

/// Days ahead.
const AHEAD: [u32; 4] = [30, 90, 180, 365];
/// Deals that ended below which no curve is drawn.
const ENDED_MIN: usize = 20;

/// The open deals of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Pipeline {
    /// The day that it is counted on.
    pub counted_on: String,
    /// Open deals by kind.
    pub kinds: Vec<OpenDeals>,
    /// Open deals that are older than any that ended: nothing is expected of them.
    pub too_old_count: u64,
    /// Deals without a day of creation.
    pub undated_count: u64,
    /// Open deals without an amount count with the average of won ones.
    pub unpriced_count: u64,
    /// Expected wins and money, by how far ahead.
    pub forecasts: Vec<Forecast>,
    /// The forecast of a quarter ago, and what came.
    pub last_quarter: Option<LastQuarter>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct OpenDeals {
    pub name: String,
    pub deal_count: u64,
    /// Of the deals that have one.
    pub amount: f64,
    /// The median of their ages, in days.
    pub median_age_days: f64,
}

/// Wins and money that are expected from a day on.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Forecast {
    /// Days from that day on.
    pub within_days: u32,
    /// Won deals.
    pub won: Expected,
    /// Their money, in the currency of the amounts.
    pub amount: Expected,
}

/// An expectation with its 95 % interval: chance of the deals, and of the curve that they follow.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Expected {
    /// The expectation.
    pub value: f64,
    /// At 95 %.
    pub interval: Option<Interval>,
}

/// A forecast that was due.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LastQuarter {
    /// The day that the forecast was made for.
    pub from_day: String,
    /// The last day.
    pub to_day: String,
    /// Deals that were open on the first day.
    pub open_count: u64,
    /// Won deals that were expected.
    pub won: Expected,
    /// Money that was expected, in the currency of the amounts.
    pub amount: Expected,
    /// Deals that were won.
    pub came_count: u64,
    /// Their money.
    pub came_amount: f64,
    /// Whether both came out within their intervals.
    pub within: bool,
    /// Deals that began within the quarter and were won in it: no forecast of open deals has them.
    pub new_count: u64,
}

/// `None` where no deal has a day of creation, or too few have ended.
pub(in crate::evidence) fn pipeline(deals: &Deals, fits: &[Fitted]) -> Option<Pipeline> {
    let kind = |(deal, fit): (&Deal, &Fitted)| (!deal.said.is_unknown()).then_some(fit.is_icp);
    let kinds: Vec<Option<bool>> = deals.deals.iter().zip(fits).map(kind).collect();
    expected_of(deals, &kinds, ["fits", "does not fit", "nothing is known"])
}

/// The same of deals of two kinds, which have names; the third is that of deals of which it is not known.
pub(super) fn expected_of(
    deals: &Deals,
    of_deals: &[Option<bool>],
    names: [&str; 3],
) -> Option<Pipeline> {
    let now = Past::new(deals, of_deals, deals.upto)?;
    let kinds = [Some(true), Some(false), None].into_iter().zip(names).map(|(kind, name)| {
        let of = now.open.iter().filter(|open| open.kind == kind);
        let mut ages: Vec<f64> = of.clone().map(|open| open.age).collect();
        ages.sort_by(f64::total_cmp);
        OpenDeals {
            name: name.to_owned(),
            deal_count: ages.len() as u64,
            amount: of.filter_map(|open| open.amount).sum(),
            median_age_days: crate::evidence::stats::bootstrap::quantile(&ages, 0.5),
        }
    });
    let forecasts = AHEAD.map(|days| {
        let [won, amount] = now.expected(f64::from(days));
        Forecast { within_days: days, won, amount }
    });
    let undated = deals.deals.iter().filter(|d| !d.is_closed() && d.created.is_none()).count();
    Some(Pipeline {
        counted_on: deals.upto.to_string(),
        kinds: kinds.collect(),
        too_old_count: now.too_old(),
        undated_count: undated as u64,
        unpriced_count: now.open.iter().filter(|open| open.amount.is_none()).count() as u64,
        forecasts: forecasts.into(),
        last_quarter: last_quarter(deals, of_deals),
    })
}

/// A deal's family, its days, and its end.
type Span = (u32, f64, End);

struct Open {
    age: f64,
    amount: Option<f64>,
    /// None: it is not known, and goes with those of which it is not so.
    kind: Option<bool>,
}

/// The deals as they were known at the end of a day.
struct Past {
    /// By kind: companies that fit, and others; both together where one of them is too few.
    spans: [Vec<Span>; 2],
    open: Vec<Open>,
    /// The average of won deals, by kind.
    price: [f64; 2],
    families: usize,
}

impl Past {
    fn new(deals: &Deals, kinds: &[Option<bool>], on: Day) -> Option<Past> {
        let (mut spans, mut open): ([Vec<Span>; 2], Vec<Open>) = Default::default();
        let mut sums = [(0.0_f64, 0.0_f64); 2];
        for (deal, of_deal) in deals.deals.iter().zip(kinds) {
            let Some(known) = as_of(deal, on) else { continue };
            let kind = usize::from(*of_deal != Some(true));
            let Some((days, end)) = span(&known, on) else { continue };
            spans[kind].push((known.family, days, end));
            match end {
                End::Open => open.push(Open { age: days, amount: known.amount, kind: *of_deal }),
                End::Won => {
                    if let Some(amount) = known.amount {
                        sums[kind].0 += amount;
                        sums[kind].1 += 1.0;
                    }
                }
                End::Lost => {}
            }
        }
        let ended = |spans: &[Span]| spans.iter().filter(|(.., end)| *end != End::Open).count();
        if ended(&spans[0]) + ended(&spans[1]) < ENDED_MIN {
            return None;
        }
        let both = (sums[0].0 + sums[1].0) / (sums[0].1 + sums[1].1).max(1.0);
        let price = sums.map(|(sum, count)| if count > 0.0 { sum / count } else { both });
        if spans.iter().any(|spans| ended(spans) < ENDED_MIN) {
            let all: Vec<Span> = spans.concat();
            spans = [all.clone(), all];
        }
        Some(Past { spans, open, price, families: deals.families })
    }

    /// Wins and their amount, within so many days.
    fn expected(&self, days: f64) -> [Expected; 2] {
        let whole = self.sums(days, None);
        let groups = jackknife::GROUPS.min(self.families.max(1));
        let left: Vec<[f64; 4]> = (0..groups).map(|g| self.sums(days, Some(g))).collect();
        [0, 1].map(|at| {
            let of_curve: Vec<Option<f64>> = left.iter().map(|sums| Some(sums[at])).collect();
            let interval = jackknife::deviation(&of_curve).map(|deviation| {
                let both = (deviation * deviation + whole[2 + at]).sqrt();
                let Interval { low, high } = jackknife::around(whole[at], both);
                Interval { low: low.max(0.0), high }
            });
            Expected { value: whole[at], interval }
        })
    }

    /// Expected wins and amount, and the variances of both if each deal is won or not by chance.
    fn sums(&self, days: f64, without: Option<usize>) -> [f64; 4] {
        let curves = self.curves(without);
        let mut sums = [0.0; 4];
        for open in &self.open {
            let kind = usize::from(open.kind != Some(true));
            let (won, left) = &curves[kind];
            let Some(p) = won_between(won, left, open.age, open.age + days) else { continue };
            let amount = open.amount.unwrap_or(self.price[kind]);
            sums[0] += p;
            sums[1] += p * amount;
            sums[2] += p * (1.0 - p);
            sums[3] += p * (1.0 - p) * amount * amount;
        }
        sums
    }

    fn curves(&self, without: Option<usize>) -> [(Vec<Step>, Vec<Step>); 2] {
        self.spans.each_ref().map(|spans| {
            let kept = spans.iter().filter(|(family, ..)| {
                Some(jackknife::group_of(*family, self.families)) != without
            });
            let records: Vec<(f64, End)> = kept.map(|(_, days, end)| (*days, *end)).collect();
            (won_by(&records), kaplan_meier(&records))
        })
    }

    fn too_old(&self) -> u64 {
        let curves = self.curves(None);
        let too_old = |open: &&Open| {
            let (won, left) = &curves[usize::from(open.kind != Some(true))];
            won_between(won, left, open.age, open.age + 1.0).is_none()
        };
        self.open.iter().filter(too_old).count() as u64
    }
}

/// A deal as it was known at the end of a day; `None` before its creation.
fn as_of(deal: &Deal, on: Day) -> Option<Deal> {
    let mut deal = deal.clone();
    if deal.created? > on {
        return None;
    }
    // An end without a day cannot be placed.
    if deal.is_closed() && deal.closed? > on {
        // Its amount was another one then, or none; an export does not say.
        (deal.end, deal.closed, deal.amount) = (End::Open, None, None);
    }
    Some(deal)
}

/// The last whole quarter before the file's last day.
pub(in crate::evidence) fn quarter(upto: Day) -> Option<(Day, Day)> {
    let next = upto.next().date()?;
    let first = NaiveDate::from_ymd_opt(next.year(), next.month0() / 3 * 3 + 1, 1)?;
    let from = first.checked_sub_months(Months::new(3))?;
    Some((Day::from_date(from), Day::from_date(first).plus(-1)))
}

fn last_quarter(deals: &Deals, kinds: &[Option<bool>]) -> Option<LastQuarter> {
    let (from, to) = quarter(deals.upto)?;
    let past = Past::new(deals, kinds, from.plus(-1))?;
    let [won, amount] = past.expected(f64::from(to.since(from) + 1));
    let came = deals.deals.iter().filter(|deal| {
        deal.end == End::Won && deal.closed.is_some_and(|day| day >= from && day <= to)
    });
    let (mut came_count, mut came_amount, mut new_count) = (0, 0.0, 0);
    for deal in came {
        match deal.created {
            Some(created) if created < from => {
                came_count += 1;
                came_amount += deal.amount.unwrap_or(0.0);
            }
            Some(_) => new_count += 1,
            None => {}
        }
    }
    let is_within = |expected: Expected, value: f64| {
        expected.interval.is_none_or(|interval| interval.contains(value))
    };
    Some(LastQuarter {
        from_day: from.to_string(),
        to_day: to.to_string(),
        open_count: past.open.len() as u64,
        won,
        amount,
        came_count,
        came_amount,
        within: is_within(won, came_count as f64) && is_within(amount, came_amount),
        new_count,
    })
}
