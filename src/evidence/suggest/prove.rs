//! Which properties go with winning by more than chance, all looked at together.

use super::families::Families;
use crate::evidence::stats::Interval;
use crate::evidence::stats::bootstrap;
use crate::evidence::stats::lift;
use crate::evidence::stats::multiplicity::{Bits, Tested, max_t, max_t_by_family};

/// Proven: the p-value, adjusted for everything looked at.
pub const P_MAX: f64 = 0.05;
/// Permutations of a proof.
pub const PERMUTATIONS: usize = 1_999;
/// Resamples of accounts of an interval.
const RESAMPLES: usize = 2_000;
/// The z of a power of 80 %.
const Z_POWER: f64 = 0.841_621;

/// Adjusted p-values: by permuted outcomes where each record is an account, else by account.
pub fn prove(
    properties: &[&Bits],
    won: &[bool],
    families: &Families,
    permutations: usize,
    seed: u64,
) -> Tested {
    let outcome = Bits::of(won.iter().copied());
    match families.are_accounts {
        true => max_t_by_family(properties, &outcome, &families.of, permutations, seed),
        false => max_t(properties, &outcome, &vec![0; won.len()], permutations, seed),
    }
}

/// How many more accounts would settle a property at the rates seen: z grows with the root of their number.
pub fn more(tested: &Tested, at: usize, accounts: u32) -> u64 {
    let z = tested.z[at].abs();
    if z <= 0.0 {
        return u64::MAX;
    }
    let times = ((tested.critical + Z_POWER) / z).powi(2);
    (f64::from(accounts) * (times - 1.0)).max(1.0).ceil() as u64
}

/// The counts of a property.
pub struct Figures {
    pub won_with: u64,
    pub with: u64,
    pub won_without: u64,
    pub without: u64,
    pub shrunken: f64,
    pub lift: Option<(f64, Interval)>,
}

pub fn figures(property: &Bits, won: &[bool], families: &Families, seed: u64) -> Figures {
    let outcome = Bits::of(won.iter().copied());
    let (with, won_with) = (property.count(), property.common(&outcome));
    let (all, all_won) = (outcome.len() as u64, outcome.count());
    let (without, won_without) = (all - with, all_won - won_with);
    let base = all_won as f64 / all as f64;
    let shrunken = lift::shrunken(won_with as f64, with as f64, base, lift::SHRINKAGE);
    let plain = lift::ratio(won_with, with, won_without, without);
    let lift = match families.are_accounts {
        true => plain
            .and_then(|(ratio, _)| Some((ratio, by_family(property, &outcome, families, seed)?))),
        false => plain,
    };
    Figures { won_with, with, won_without, without, shrunken, lift }
}

/// The interval of the ratio of win rates, by resamples of accounts.
fn by_family(property: &Bits, outcome: &Bits, families: &Families, seed: u64) -> Option<Interval> {
    let mut counts = vec![[0.0_f64; 4]; families.count as usize];
    for (record, family) in families.of.iter().enumerate() {
        let place = if property.get(record) { 0 } else { 2 };
        let counts = &mut counts[*family as usize];
        counts[place] += f64::from(u8::from(outcome.get(record)));
        counts[place + 1] += 1.0;
    }
    bootstrap::percentile(counts.len(), RESAMPLES, 0.05, seed, |drawn| {
        let mut sum = [0.0; 4];
        for family in drawn {
            sum.iter_mut().zip(counts[*family]).for_each(|(sum, count)| *sum += count);
        }
        let [won_with, with, won_without, without] = sum;
        (with > 0.0 && won_without > 0.0).then(|| (won_with / with) / (won_without / without))
    })
}
