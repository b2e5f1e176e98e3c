//! Win rates by group: tier, segment, source, product, owner, and the earlier and the later half of the time.

use super::figures::interval;
use super::fit::Fitted;
use super::rows::Deals;
use crate::domain::score::fit::Tier;
use crate::domain::terms::time::Day;
use crate::evidence::stats::Interval;
use crate::evidence::stats::proportion::Family;
use crate::evidence::stats::survival::End;
use chrono::Datelike;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Groups of one kind that are shown, the largest first.
const GROUPS_MAX: usize = 8;
/// Labels in the order in which they are shown.
const KINDS: [&str; 3] = ["source", "product", "owner"];

/// The win rate of a group of deals.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Rate {
    /// What the group is made by, such as `tier`.
    pub by: String,
    pub name: String,
    /// Won or lost.
    pub closed_count: u64,
    /// Won deals.
    pub won_count: u64,
    pub family_count: u64,
    /// Won of won and lost, from 0 to 1.
    pub rate_share: f64,
    /// At 95 %, by company family.
    pub interval: Interval,
    /// Deals that are still open.
    pub open_count: u64,
}

/// A forecast made from the earlier half, and what the later half brought.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Calibrated {
    pub tier: String,
    /// The tier's win rate in the earlier half.
    pub forecast_share: f64,
    /// The win rate in the later half.
    pub later: Rate,
}

pub(super) fn rate(deals: &Deals, by: &str, name: &str, members: &[usize]) -> Rate {
    let mut families: BTreeMap<u32, Family> = BTreeMap::new();
    let mut open_count = 0;
    for at in members {
        let deal = &deals.deals[*at];
        if !deal.is_closed() {
            open_count += 1;
            continue;
        }
        let family = families.entry(deal.family).or_default();
        family.records += 1;
        family.happened += u64::from(deal.end == End::Won);
    }
    let families: Vec<Family> = families.into_values().collect();
    let closed_count: u64 = families.iter().map(|family| family.records).sum();
    let won_count: u64 = families.iter().map(|family| family.happened).sum();
    Rate {
        by: by.to_owned(),
        name: name.to_owned(),
        closed_count,
        won_count,
        family_count: families.len() as u64,
        rate_share: won_count as f64 / closed_count.max(1) as f64,
        interval: interval(&families),
        open_count,
    }
}

/// The tier of a fit; of a company that the gate or an exclusion keeps out none.
pub(super) fn tier(fit: &Fitted) -> String {
    match fit.tier {
        tier if fit.is_icp && tier != Tier::NotIcp => {
            format!("tier {}", tier.number().unwrap_or(0))
        }
        _ if fit.is_icp => "fits, no tier".to_owned(),
        _ => "does not fit".to_owned(),
    }
}

/// The groups of each kind, the largest first.
pub(super) fn groups(deals: &Deals, fits: &[Fitted], middle: Option<Day>) -> Vec<Rate> {
    let mut found: BTreeMap<(usize, &str, String), Vec<usize>> = BTreeMap::new();
    let segments = fits.iter().any(|fit| fit.segment != fits[0].segment);
    for (at, (deal, fit)) in deals.deals.iter().zip(fits).enumerate() {
        let mut add = |place: usize, by: &'static str, name: String| {
            found.entry((place, by, name)).or_default().push(at);
        };
        add(0, "tier", tier(fit));
        if segments && fit.is_icp {
            add(1, "segment", fit.segment.clone());
        }
        for (by, label) in &deal.labels {
            let place = KINDS.iter().position(|kind| kind == by).unwrap_or(KINDS.len());
            add(2 + place, by, label.clone());
        }
        if let (Some(middle), Some(created)) = (middle, deal.created) {
            let half = if created < middle { "before" } else { "from" };
            let kind = if fit.is_icp { "fits" } else { "does not fit" };
            add(9, "period", format!("{kind}, {half} {middle}"));
        }
    }
    let mut rates: Vec<(usize, Rate)> = found
        .into_iter()
        .map(|((place, by, name), members)| (place, rate(deals, by, &name, &members)))
        .filter(|(_, rate)| rate.closed_count > 0)
        .collect();
    rates.sort_by(|a, b| {
        (a.0, b.1.closed_count, &a.1.name).cmp(&(b.0, a.1.closed_count, &b.1.name))
    });
    let mut shown: BTreeMap<usize, usize> = BTreeMap::new();
    rates.retain(|(place, _)| {
        let count = shown.entry(*place).or_default();
        *count += 1;
        *count <= GROUPS_MAX
    });
    rates.into_iter().map(|(_, rate)| rate).collect()
}

/// Quarters that are shown, the last ones.
const QUARTERS_MAX: usize = 12;

/// Win rates by the quarter in which deals ended.
pub(super) fn quarters(deals: &Deals) -> Vec<Rate> {
    let mut found: BTreeMap<(i32, u32), Vec<usize>> = BTreeMap::new();
    for (at, deal) in deals.deals.iter().enumerate() {
        let date = deal.closed.filter(|_| deal.is_closed()).and_then(|day| day.date());
        if let Some(date) = date {
            found.entry((date.year(), date.month0() / 3 + 1)).or_default().push(at);
        }
    }
    let from = found.len().saturating_sub(QUARTERS_MAX);
    let shown = found.into_iter().skip(from);
    let name = |(year, quarter): (i32, u32)| format!("{year} Q{quarter}");
    shown.map(|(of, members)| rate(deals, "ended in", &name(of), &members)).collect()
}

/// The day that halves the deals by their creation.
pub(super) fn middle(deals: &Deals) -> Option<Day> {
    let closed = deals.deals.iter().filter(|deal| deal.is_closed());
    let mut days: Vec<Day> = closed.filter_map(|deal| deal.created).collect();
    days.sort_unstable();
    let (first, middle) = (days.first().copied()?, days.get(days.len() / 2).copied()?);
    (middle > first).then_some(middle)
}

/// Rates of tiers in the earlier half as forecasts for the later one.
pub(super) fn calibrated(deals: &Deals, fits: &[Fitted], middle: Option<Day>) -> Vec<Calibrated> {
    let Some(middle) = middle else { return Vec::new() };
    let mut by: BTreeMap<String, [Vec<usize>; 2]> = BTreeMap::new();
    for (at, (deal, fit)) in deals.deals.iter().zip(fits).enumerate() {
        if let Some(created) = deal.created {
            by.entry(tier(fit)).or_default()[usize::from(created >= middle)].push(at);
        }
    }
    let halves = by.into_iter().filter_map(|(tier, [earlier, later])| {
        let earlier = rate(deals, "tier", &tier, &earlier);
        let later = rate(deals, "tier", &tier, &later);
        let known = earlier.closed_count > 0 && later.closed_count > 0;
        known.then_some(Calibrated { tier, forecast_share: earlier.rate_share, later })
    });
    halves.collect()
}
