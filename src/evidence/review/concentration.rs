//! Segments that most of the revenue comes from, and those that bring none.

use super::change::Change;
use super::compare::{Counts, FAMILIES_MIN};
use super::segments::{Segment, segments};
use super::times::Times;
use super::{Finding, Says};
use crate::evidence::deals::fit::Fitted;
use crate::evidence::deals::rows::{Deal, Deals};
use crate::evidence::experiment::page::percent;
use crate::evidence::stats::Interval;
use crate::evidence::stats::bootstrap::quantile;
use crate::evidence::stats::chance::Chance;
use crate::evidence::stats::multiplicity::benjamini_hochberg;
use crate::evidence::stats::survival::End;
use crate::report::words::{count, counted};
use std::collections::{BTreeMap, BTreeSet};

const ALPHA: f64 = 0.05;
/// From here on revenue hangs on one segment; its interval must begin at least at the lower one.
const REVENUE_SHARE: f64 = 0.7;
const REVENUE_LOW: f64 = 0.6;
const RESAMPLES: usize = 2_000;

/// A segment that most of the revenue comes from.
pub(super) fn revenue(deals: &Deals, fits: &[Fitted], seed: u64) -> Finding {
    let rule = "revenue of one segment";
    let is_won = |at: usize| deals.deals[at].end == End::Won && fits[at].is_icp;
    let mut all: BTreeMap<u32, f64> = BTreeMap::new();
    for (_, deal) in deals.deals.iter().enumerate().filter(|(at, _)| is_won(*at)) {
        *all.entry(deal.family).or_default() += deal.amount.unwrap_or(0.0);
    }
    let total: f64 = all.values().sum();
    if all.len() < FAMILIES_MIN || total <= 0.0 {
        let found = format!(
            "{} with revenue among those that fit; at least {FAMILIES_MIN} are needed",
            counted(all.len(), "customer")
        );
        return Finding::new(rule, Says::TooFew, found);
    }
    let of_fit = segments(deals, &|at| fits[at].is_icp);
    let pipeline = fits.iter().filter(|fit| fit.is_icp).count() as f64;
    // One that nearly all deals have says nothing.
    let of_fit: Vec<(Segment, Vec<(usize, &Deal)>)> = of_fit
        .into_iter()
        .filter(|(_, members)| (members.len() as f64) < 0.95 * pipeline)
        .collect();
    let families: Vec<u32> = all.keys().copied().collect();
    let mut largest: Option<(f64, String, bool)> = None;
    for (segment, members) in &of_fit {
        let mut own: BTreeMap<u32, f64> = BTreeMap::new();
        for (_, deal) in members.iter().filter(|(at, _)| is_won(*at)) {
            *own.entry(deal.family).or_default() += deal.amount.unwrap_or(0.0);
        }
        let pairs: Vec<(f64, f64)> = families
            .iter()
            .map(|family| (own.get(family).copied().unwrap_or(0.0), all[family]))
            .collect();
        let share = pairs.iter().map(|pair| pair.0).sum::<f64>() / total;
        let mut drawn = resampled(&pairs, seed);
        drawn.sort_by(f64::total_cmp);
        let at = |share| quantile(&drawn, share);
        let interval = Interval { low: at(ALPHA / 2.0), high: at(1.0 - ALPHA / 2.0) };
        // Of as many segments as are looked at.
        let sure = at(ALPHA / (2.0 * of_fit.len() as f64));
        let of_pipeline = members.len() as f64 / pipeline;
        let left = without_largest(&pairs);
        let fires = share >= REVENUE_SHARE
            && interval.low >= REVENUE_LOW
            && left >= REVENUE_LOW
            && sure > of_pipeline;
        let said = format!(
            "{segment} has {} ({} to {}) of the revenue of companies that fit, {} without its largest customer, and {} \
             of their deals",
            percent(share),
            percent(interval.low),
            percent(interval.high),
            percent(left),
            percent(of_pipeline)
        );
        if fires {
            let reason = format!("{} of revenue is {segment}", percent(share));
            return Finding::new(rule, Says::Fires, said)
                .propose(format!("tighten the profile to {segment}"))
                .change(Change::Only {
                    attribute: segment.attribute.to_owned(),
                    word: segment.word.clone(),
                    reason,
                });
        }
        if largest.as_ref().is_none_or(|(known, ..)| share > *known) {
            largest = Some((share, said, share >= REVENUE_SHARE));
        }
    }
    match largest {
        None => Finding::new(
            rule,
            Says::TooFew,
            "no column says a segment of companies that fit".to_owned(),
        ),
        Some((_, said, false)) => Finding::new(
            rule,
            Says::Quiet,
            format!("of {}, the largest: {said}", counted(of_fit.len(), "segment")),
        ),
        Some((_, said, true)) => Finding::new(
            rule,
            Says::Quiet,
            format!("{said}: no more than its deals explain, or too unsure to tighten the profile"),
        ),
    }
}

fn resampled(pairs: &[(f64, f64)], seed: u64) -> Vec<f64> {
    let mut chance = Chance::new(seed);
    let share = |drawn: Vec<usize>| {
        let (own, all) = drawn
            .iter()
            .fold((0.0, 0.0), |(own, all), at| (own + pairs[*at].0, all + pairs[*at].1));
        if all > 0.0 { own / all } else { 0.0 }
    };
    (0..RESAMPLES).map(|_| share(chance.resample(pairs.len()))).collect()
}

/// The share without the customer of the segment that brings most.
fn without_largest(pairs: &[(f64, f64)]) -> f64 {
    let most = pairs.iter().max_by(|a, b| a.0.total_cmp(&b.0)).copied().unwrap_or_default();
    let (own, all) = pairs.iter().fold((0.0, 0.0), |(own, all), pair| (own + pair.0, all + pair.1));
    (own - most.0) / (all - most.1).max(1e-9)
}

/// Segments that fit and had no win in two quarters.
pub(super) fn without_wins(deals: &Deals, fits: &[Fitted], times: &Times) -> Finding {
    let rule = "segment without a win in two quarters";
    let in_time = |deal: &Deal| times.last_two.holds(deal.closed);
    let all = Counts::of(
        deals,
        &|at, deal| fits[at].is_icp && deal.is_closed() && !in_time(deal),
        &|_, deal| deal.end == End::Won,
    );
    let rate = all.rate();
    let needed = (ALPHA.ln() / (1.0 - rate).ln()).ceil();
    let mut empty: Vec<(Segment, usize, f64)> = Vec::new();
    let mut looked = 0;
    for (segment, members) in segments(deals, &|at| fits[at].is_icp) {
        let closed: Vec<&Deal> = members
            .iter()
            .map(|(_, deal)| *deal)
            .filter(|deal| deal.is_closed() && in_time(deal))
            .collect();
        let families: BTreeSet<u32> = closed.iter().map(|deal| deal.family).collect();
        looked += usize::from(!closed.is_empty());
        if !closed.is_empty() && closed.iter().all(|deal| deal.end == End::Lost) {
            // Deals of one account end alike: accounts count.
            let p = (1.0 - rate).powi(families.len() as i32);
            empty.push((segment, families.len(), p));
        }
    }
    if empty.is_empty() {
        let found = format!(
            "each of {} with deals that ended in {} has a win",
            counted(looked, "segment"),
            times.last_two
        );
        return Finding::new(rule, Says::Quiet, found);
    }
    empty.sort_by(|a, b| a.2.total_cmp(&b.2));
    let adjusted = benjamini_hochberg(&empty.iter().map(|one| one.2).collect::<Vec<_>>());
    let (segment, families, p) = &empty[0];
    let known = format!(
        "{segment} lost all deals of {} in {}; at the profile's win rate of {} before that, chance alone does so with \
         probability {p:.3}, {:.3} corrected for {}",
        counted(*families, "account"),
        times.last_two,
        percent(rate),
        adjusted[0],
        counted(empty.len(), "segment")
    );
    if adjusted[0] < ALPHA && rate > 0.0 {
        let reason = format!("no win in {}", times.last_two);
        return Finding::new(rule, Says::Fires, known).propose(format!("drop {segment}")).change(
            Change::Exclude {
                attribute: segment.attribute.to_owned(),
                word: segment.word.clone(),
                reason,
            },
        );
    }
    let more = (needed - *families as f64).max(1.0);
    let more = if more.is_finite() { count(more as u64) } else { "many".to_owned() };
    Finding::new(
        rule,
        Says::TooFew,
        format!("{known}: too few to say so; {more} more accounts would"),
    )
}
