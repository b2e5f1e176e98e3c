//! How well the profile's order of those that entered is, beside orders that cost nothing; and how often shuffled
//! outcomes look as good.

use super::figures::{Capacity, PERMUTATIONS, Ranking, Single, Tenth};
use super::groups::properties;
use super::sample::Case;
use crate::evidence::stats::multiplicity::{Bits, Permuted, max_t};
use crate::evidence::stats::ranking::{auc, deciles, top};
use std::collections::BTreeMap;

/// Fewer accounts with or without the outcome are in no order.
const KIND_MIN: usize = 10;

pub(super) fn ranking(entered: &[&Case], capacity: Option<u64>, seed: u64) -> Option<Ranking> {
    let known: Vec<(&Case, bool)> =
        entered.iter().filter_map(|case| Some((*case, case.happened?))).collect();
    let happened = known.iter().filter(|(_, happened)| *happened).count();
    if happened.min(known.len() - happened) < KIND_MIN {
        return None;
    }
    let by = |of: &dyn Fn(&Case) -> Option<f64>| -> Vec<(f64, bool)> {
        known.iter().filter_map(|(case, happened)| Some((of(case)?, *happened))).collect()
    };
    let score = by(&|case| Some(case.entry.as_ref()?.score_points));
    let score_auc_share = auc(&score)?;
    let recency = by(&|case| Some(-f64::from(case.entry.as_ref()?.newest_days?)));
    let tenths = deciles(&score).into_iter().map(|tenth| Tenth {
        account_count: tenth.records,
        happened_ratio: tenth.happened,
        lift_ratio: tenth.lift,
    });
    let at_capacity = capacity.and_then(|k| top(&score, k as usize)).map(|found| Capacity {
        account_count: found.k,
        precision_share: found.precision,
        recall_share: found.recall,
    });
    Some(Ranking {
        at_capacity,
        score_auc_share,
        p: shuffled(&known, &score, score_auc_share, seed),
        recency_auc_share: auc(&recency),
        fit_auc_share: auc(&by(&|case| Some(case.entry.as_ref()?.fit_points)))?,
        best_single: best_single(&known),
        deciles: tenths.collect(),
    })
}

fn shuffled(known: &[(&Case, bool)], score: &[(f64, bool)], seen: f64, seed: u64) -> f64 {
    let outcome = Bits::of(known.iter().map(|(_, happened)| *happened));
    let strata: Vec<u32> = known.iter().map(|(case, _)| case.quarter).collect();
    let mut permuted = Permuted::new(&outcome, &strata, seed);
    let mut as_good = 0;
    for _ in 0..PERMUTATIONS {
        let outcome = permuted.next();
        let scored: Vec<(f64, bool)> =
            score.iter().enumerate().map(|(at, (score, _))| (*score, outcome.get(at))).collect();
        as_good += usize::from(auc(&scored).is_some_and(|auc| auc >= seen - 1e-12));
    }
    (as_good + 1) as f64 / (PERMUTATIONS + 1) as f64
}

fn best_single(known: &[(&Case, bool)]) -> Option<Single> {
    let mut values: BTreeMap<(&str, String), Vec<bool>> = BTreeMap::new();
    for (at, (case, _)) in known.iter().enumerate() {
        for name in properties(case) {
            values.entry(name).or_insert_with(|| vec![false; known.len()])[at] = true;
        }
    }
    let singles = values.into_iter().filter_map(|((by, name), has)| {
        let scored: Vec<(f64, bool)> = has
            .iter()
            .zip(known)
            .map(|(has, (_, happened))| (f64::from(u8::from(*has)), *happened))
            .collect();
        Some(Single { criterion: format!("{by} {name}"), auc_share: auc(&scored)? })
    });
    singles.max_by(|a, b| a.auc_share.total_cmp(&b.auc_share))
}

/// The probability of as large a difference between those that entered and the others, either way, if outcomes are
/// shuffled by family within quarter. A family counts once in a quarter: it entered if any member did.
pub(super) fn chance_p(cases: &[Case], seed: u64) -> f64 {
    let mut units: BTreeMap<(u32, u32), [bool; 2]> = BTreeMap::new();
    for (case, happened) in cases.iter().filter_map(|case| Some((case, case.happened?))) {
        let [entered, any] = units.entry((case.quarter, case.family)).or_default();
        *entered |= case.entry.is_some();
        *any |= happened;
    }
    let entered = Bits::of(units.values().map(|unit| unit[0]));
    let happened = Bits::of(units.values().map(|unit| unit[1]));
    let strata: Vec<u32> = units.keys().map(|(quarter, _)| *quarter).collect();
    if units.is_empty() {
        return 1.0;
    }
    max_t(&[&entered], &happened, &strata, PERMUTATIONS, seed).p[0]
}
