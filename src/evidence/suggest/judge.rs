//! How well a choice of criteria ranks records that it has not seen, and whether it would be made again.

use super::families::Families;
use super::fit;
use super::prove::{self, P_MAX};
use crate::evidence::crm::fields::Field;
use crate::evidence::crm::view::View;
use crate::evidence::stats::chance::Chance;
use crate::evidence::stats::multiplicity::Bits;
use crate::evidence::stats::ranking::auc;
use serde::Serialize;
use std::collections::BTreeMap;

const FOLDS: usize = 5;
const REPEATS_MAX: usize = 20;
const REPEATS_MIN: usize = 3;
/// Records times repeats: more takes longer than people wait.
const WORK_MAX: usize = 20_000;
/// Permutations of the proof inside a fold.
const PERMUTATIONS: usize = 199;
const RESAMPLES: usize = 200;

/// The area under the ROC curve of records that the criteria and weights were not chosen on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Judged {
    /// The mean over folds and repeats.
    pub auc: f64,
    /// Of the repeats.
    #[serde(rename = "least_auc")]
    pub least: f64,
    /// Of the repeats, the most.
    #[serde(rename = "most_auc")]
    pub most: f64,
    /// Repeats.
    #[serde(rename = "repeat_count")]
    pub repeats: u64,
    /// Each owner's records by what others' show, where records have owners.
    #[serde(rename = "owner_held_out_auc", skip_serializing_if = "Option::is_none")]
    pub by_owner: Option<f64>,
}

/// The whole choice (proof, criteria, weights) on four fifths, judged on the fifth, with records of an account, or
/// of the same properties, on one side.
pub fn judge(properties: &[&Bits], view: &View, families: &Families, seed: u64) -> Option<Judged> {
    // Without accounts, records that are alike may be one account's.
    let groups = match view.has_accounts {
        true => families.of.clone(),
        false => alike(properties, view.won.len()),
    };
    let repeats = (WORK_MAX / view.won.len().max(1)).clamp(REPEATS_MIN, REPEATS_MAX);
    let mut chance = Chance::new(seed);
    let count = groups.iter().max().map_or(0, |most| *most as usize + 1);
    let mut aucs = Vec::new();
    for repeat in 0..repeats {
        let mut folds: Vec<usize> = (0..count).map(|group| group % FOLDS).collect();
        chance.shuffle(&mut folds);
        let folds: Vec<usize> = groups.iter().map(|group| folds[*group as usize]).collect();
        let scores = held_out(properties, &view.won, families, &folds, seed + repeat as u64);
        let of_fold = |fold: usize| {
            let records = (0..folds.len()).filter(|record| folds[*record] == fold);
            let scored: Vec<(f64, bool)> =
                records.map(|record| (f64::from(scores[record]), view.won[record])).collect();
            auc(&scored)
        };
        let of_folds: Vec<f64> = (0..FOLDS).filter_map(of_fold).collect();
        if !of_folds.is_empty() {
            aucs.push(of_folds.iter().sum::<f64>() / of_folds.len() as f64);
        }
    }
    let mean = aucs.iter().sum::<f64>() / aucs.len() as f64;
    (!aucs.is_empty()).then(|| Judged {
        auc: mean,
        least: aucs.iter().copied().fold(1.0, f64::min),
        most: aucs.iter().copied().fold(0.0, f64::max),
        repeats: aucs.len() as u64,
        by_owner: by_owner(properties, view, families, seed),
    })
}

/// By record, the points from a choice on the records of other folds.
fn held_out(
    properties: &[&Bits],
    won: &[bool],
    families: &Families,
    folds: &[usize],
    seed: u64,
) -> Vec<u32> {
    let mut points = vec![0; won.len()];
    let count = folds.iter().max().map_or(0, |most| most + 1);
    for fold in 0..count {
        let train: Vec<usize> = (0..won.len()).filter(|record| folds[*record] != fold).collect();
        let pool = proven_on(properties, won, families, &train, seed);
        let pool: Vec<&Bits> = pool.into_iter().map(|at| properties[at]).collect();
        let fitted = fit::fit(&pool, won, &train, &[]);
        for record in (0..won.len()).filter(|record| folds[*record] == fold) {
            points[record] = fitted.points(&pool, record);
        }
    }
    points
}

fn proven_on(
    properties: &[&Bits],
    won: &[bool],
    families: &Families,
    train: &[usize],
    seed: u64,
) -> Vec<usize> {
    let cut: Vec<Bits> = properties
        .iter()
        .map(|bits| Bits::of(train.iter().map(|record| bits.get(*record))))
        .collect();
    let cut: Vec<&Bits> = cut.iter().collect();
    let won: Vec<bool> = train.iter().map(|record| won[*record]).collect();
    let of = train.iter().map(|record| families.of[*record]).collect();
    let families = Families { of, count: families.count, are_accounts: families.are_accounts };
    let tested = prove::prove(&cut, &won, &families, PERMUTATIONS, seed);
    (0..properties.len()).filter(|at| tested.p[*at] <= P_MAX && tested.z[*at] > 0.0).collect()
}

/// Fewer groups cannot be parted into folds.
const GROUPS_MIN: usize = 30;

/// Records with the same properties; each by itself where that makes few groups.
fn alike(properties: &[&Bits], records: usize) -> Vec<u32> {
    let mut numbers: BTreeMap<Vec<bool>, u32> = BTreeMap::new();
    let group = |record: usize| {
        let next = numbers.len() as u32;
        let held = properties.iter().map(|bits| bits.get(record)).collect();
        *numbers.entry(held).or_insert(next)
    };
    let groups: Vec<u32> = (0..records).map(group).collect();
    if numbers.len() < GROUPS_MIN { (0..records as u32).collect() } else { groups }
}

/// Owners with few records are one fold together.
const OWNER_RECORDS_MIN: usize = 20;

fn by_owner(properties: &[&Bits], view: &View, families: &Families, seed: u64) -> Option<f64> {
    let owner =
        view.columns.iter().find(|column| column.field == Some(Field::Owner) && !column.is_id)?;
    let mut counts = vec![0_usize; owner.labels.len()];
    owner.groups.iter().for_each(|group| counts[*group as usize] += 1);
    let mut fold_of = vec![0_usize; counts.len()];
    let mut next = 1;
    for (group, count) in counts.iter().enumerate() {
        if *count >= OWNER_RECORDS_MIN {
            fold_of[group] = next;
            next += 1;
        }
    }
    if next < 3 {
        return None;
    }
    let folds: Vec<usize> = owner.groups.iter().map(|group| fold_of[*group as usize]).collect();
    let points = held_out(properties, &view.won, families, &folds, seed);
    let scored: Vec<(f64, bool)> =
        points.iter().zip(&view.won).map(|(points, won)| (f64::from(*points), *won)).collect();
    auc(&scored)
}

/// By property, the share of resamples of accounts whose choice has it.
pub fn stability(pool: &[&Bits], won: &[bool], families: &Families, seed: u64) -> Vec<f64> {
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); families.count as usize];
    families.of.iter().enumerate().for_each(|(record, f)| members[*f as usize].push(record));
    let mut chance = Chance::new(seed.wrapping_add(1));
    let mut kept = vec![0_u32; pool.len()];
    for _ in 0..RESAMPLES {
        let drawn = chance.resample(members.len());
        let records: Vec<usize> =
            drawn.iter().flat_map(|family| members[*family].clone()).collect();
        fit::fit(pool, won, &records, &[]).chosen.iter().for_each(|at| kept[*at] += 1);
    }
    kept.iter().map(|kept| f64::from(*kept) / RESAMPLES as f64).collect()
}
