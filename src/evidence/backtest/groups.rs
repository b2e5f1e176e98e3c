//! Rates of groups of accounts, with intervals by company family.

use super::figures::{Deal, Group, Times};
use super::sample::Case;
use crate::domain::terms::time::Day;
use crate::evidence::stats::bootstrap;
use crate::evidence::stats::planner::accounts_an_arm;
use crate::evidence::stats::proportion::{Family, by_family, clopper_pearson};
use std::collections::BTreeMap;

const ALPHA: f64 = 0.05;
const POWER: f64 = 0.8;
const RESAMPLES: usize = 2_000;
/// Groups of one kind that are shown, the largest first.
const GROUPS_MAX: usize = 8;

/// The outcomes by family: how many happened, of how many that are known.
fn families(cases: &[&Case]) -> BTreeMap<u32, Family> {
    let mut families: BTreeMap<u32, Family> = BTreeMap::new();
    for (case, happened) in cases.iter().filter_map(|case| Some((case, case.happened?))) {
        let family = families.entry(case.family).or_default();
        family.records += 1;
        family.happened += u64::from(happened);
    }
    families
}

pub(super) fn group(by: &str, name: &str, cases: &[&Case]) -> Group {
    let families: Vec<Family> = families(cases).into_values().collect();
    let records: u64 = families.iter().map(|family| family.records).sum();
    let happened: u64 = families.iter().map(|family| family.happened).sum();
    let interval = match families.iter().all(|family| family.records == 1) {
        // Holds the true rate in 95 % of cases at least, however few there are.
        true => clopper_pearson(happened, records, ALPHA),
        false => by_family(&families, ALPHA),
    };
    Group {
        by: by.to_owned(),
        name: name.to_owned(),
        account_count: records,
        family_count: families.len() as u64,
        happened_count: happened,
        rate_share: happened as f64 / records.max(1) as f64,
        interval,
        open_count: cases.len() as u64 - records,
    }
}

/// The properties of an entry by which it is grouped.
pub(super) fn properties(case: &Case) -> Vec<(&'static str, String)> {
    let Some(entry) = &case.entry else { return Vec::new() };
    vec![
        ("tier", entry.tier.to_string()),
        ("band", entry.band.to_string()),
        ("segment", entry.segment.to_string()),
        ("strongest source", entry.source.as_ref().map_or("none".to_owned(), ToString::to_string)),
        ("owner", if entry.is_claimed { "has an owner" } else { "has no owner" }.to_owned()),
    ]
}

pub(super) fn all(entered: &[&Case], live_since: Option<Day>) -> Vec<Group> {
    let mut found: BTreeMap<(usize, &'static str, String), Vec<&Case>> = BTreeMap::new();
    for case in entered {
        let mut properties = properties(case);
        if let Some(since) = live_since {
            let name = if case.on < since { "before the first activation" } else { "after it" };
            properties.push(("period", name.to_owned()));
        }
        for (at, (by, name)) in properties.into_iter().enumerate() {
            found.entry((at, by, name)).or_default().push(case);
        }
    }
    let mut groups: Vec<(usize, Group)> =
        found.into_iter().map(|((at, by, name), cases)| (at, group(by, &name, &cases))).collect();
    groups.sort_by(|a, b| {
        (a.0, b.1.account_count, &a.1.name).cmp(&(b.0, a.1.account_count, &b.1.name))
    });
    let mut shown: BTreeMap<usize, usize> = BTreeMap::new();
    groups.retain(|(at, _)| {
        let count = shown.entry(*at).or_default();
        *count += 1;
        *count <= GROUPS_MAX
    });
    groups.into_iter().map(|(_, group)| group).collect()
}

/// Quarters that are shown, the last ones.
const QUARTERS_MAX: usize = 16;

/// By quarter of the entry.
pub(super) fn quarters(entered: &[&Case]) -> Vec<Group> {
    let mut found: BTreeMap<u32, Vec<&Case>> = BTreeMap::new();
    for case in entered.iter().filter(|case| case.happened.is_some()) {
        found.entry(case.quarter).or_default().push(case);
    }
    let from = found.len().saturating_sub(QUARTERS_MAX);
    let name = |quarter: u32| format!("{} Q{}", quarter / 4, quarter % 4 + 1);
    let shown = found.into_iter().skip(from);
    shown.map(|(quarter, cases)| group("quarter", &name(quarter), &cases)).collect()
}

/// The rate of the first over that of the second.
pub(super) fn times(entered: &[&Case], others: &[&Case], seed: u64) -> Option<Times> {
    let by: [BTreeMap<u32, Family>; 2] = [families(entered), families(others)];
    let sums = |of: &BTreeMap<u32, Family>| {
        let sum = |f: fn(&Family) -> u64| of.values().map(f).sum::<u64>() as f64;
        (sum(|family| family.happened), sum(|family| family.records))
    };
    let [(k, n), (k0, n0)] = [sums(&by[0]), sums(&by[1])];
    if k == 0.0 || k0 == 0.0 {
        return None;
    }
    let names: std::collections::BTreeSet<u32> =
        by.iter().flat_map(|of| of.keys().copied()).collect();
    let counts: Vec<[f64; 4]> = names
        .iter()
        .map(|name| {
            let of = |at: usize| by[at].get(name).copied().unwrap_or_default();
            let (a, b) = (of(0), of(1));
            [a.happened, a.records, b.happened, b.records].map(|count| count as f64)
        })
        .collect();
    let interval = bootstrap::percentile(counts.len(), RESAMPLES, ALPHA, seed, |drawn| {
        let mut sum = [0.0; 4];
        for family in drawn {
            sum.iter_mut().zip(counts[*family]).for_each(|(sum, count)| *sum += count);
        }
        let [k, n, k0, n0] = sum;
        (n > 0.0 && k0 > 0.0).then(|| (k / n) / (k0 / n0))
    });
    let shows = interval.is_some_and(|interval| !interval.contains(1.0));
    let needed = accounts_an_arm(k0 / n0, k / n, ALPHA, POWER).map_or(1e9, |an_arm| 2.0 * an_arm);
    let more = if shows { 0.0 } else { (needed - n - n0).clamp(1.0, 1e9) };
    let times_ratio = (k / n) / (k0 / n0);
    Some(Times { times_ratio, interval, more_count: more.ceil() as u64 })
}

pub(super) fn deal(entered: &[&Case], seed: u64) -> Option<Deal> {
    let mut by: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
    // Those whose window is over: of the others only early deals would count.
    let won = entered.iter().filter(|case| case.happened == Some(true));
    for (case, amount) in won.filter_map(|case| Some((case, case.amount_usd?))) {
        let (sum, count) = by.entry(case.family).or_default();
        *sum += amount as f64;
        *count += 1.0;
    }
    let by: Vec<(f64, f64)> = by.into_values().collect();
    let mean = |of: &mut dyn Iterator<Item = (f64, f64)>| {
        let (sum, count) = of.fold((0.0, 0.0), |(s, n), (sum, count)| (s + sum, n + count));
        (count > 0.0).then(|| sum / count)
    };
    let mean_usd = mean(&mut by.iter().copied())?;
    let interval = bootstrap::percentile(by.len(), RESAMPLES, ALPHA, seed, |drawn| {
        mean(&mut drawn.iter().map(|family| by[*family]))
    });
    let deal_count = by.iter().map(|(_, count)| *count).sum::<f64>() as u64;
    Some(Deal { deal_count, mean_usd, interval: interval.filter(|_| by.len() > 1) })
}
