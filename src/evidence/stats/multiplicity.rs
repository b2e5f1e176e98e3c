//! Many properties looked at in one data set: the best of sixty looks good by chance alone.

use super::bootstrap::quantile;
use super::chance::Chance;

/// A set of records, one bit each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    pub fn of(flags: impl IntoIterator<Item = bool>) -> Bits {
        let mut bits = Bits::default();
        flags.into_iter().for_each(|flag| bits.push(flag));
        bits
    }

    pub fn push(&mut self, flag: bool) {
        if self.len.is_multiple_of(64) {
            self.words.push(0);
        }
        let at = self.len;
        self.len += 1;
        if flag {
            self.words[at / 64] |= 1 << (at % 64);
        }
    }

    fn set(&mut self, at: usize, flag: bool) {
        let bit = 1_u64 << (at % 64);
        if flag { self.words[at / 64] |= bit } else { self.words[at / 64] &= !bit }
    }

    pub fn get(&self, at: usize) -> bool {
        self.words[at / 64] >> (at % 64) & 1 == 1
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn count(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// How many are in both.
    pub fn common(&self, other: &Bits) -> u64 {
        let both = self.words.iter().zip(&other.words);
        both.map(|(a, b)| u64::from((a & b).count_ones())).sum()
    }
}

/// Properties tested together.
#[derive(Clone, Debug, PartialEq)]
pub struct Tested {
    /// By property, adjusted for all of them.
    pub p: Vec<f64>,
    /// By property, how many standard deviations its count lies from its mean.
    pub z: Vec<f64>,
    /// The z that the largest of all exceeds in 5 % of permutations.
    pub critical: f64,
}

/// Adjusted p-values of properties, each for "this property goes with the outcome, either more or less often":
/// the step-down max-T method over permuted outcomes (Westfall and Young, 1993, algorithm 4.1; Ge, Dudoit
/// and Speed, 2003). If none goes with it, any is below `alpha` in at most `alpha` of all data sets.
///
/// Outcomes move within their stratum alone (a quarter, for example). The statistic is the deviation of
/// the count from its mean under permutation, over its standard deviation.
/// p = (b + 1) / (m + 1) with b of m permutations at least as extreme (Phipson and Smyth, 2010).
pub fn max_t(
    properties: &[&Bits],
    outcome: &Bits,
    strata: &[u32],
    permutations: usize,
    seed: u64,
) -> Tested {
    let scales: Vec<(f64, f64)> =
        properties.iter().map(|property| moments(property, outcome, strata)).collect();
    let score = |outcome: &Bits, at: usize| {
        let (mean, deviation) = scales[at];
        if deviation == 0.0 {
            return 0.0;
        }
        (properties[at].common(outcome) as f64 - mean) / deviation
    };
    let z: Vec<f64> = (0..properties.len()).map(|at| score(outcome, at)).collect();
    let mut permuted = Permuted::new(outcome, strata, seed);
    step_down(z, permutations, |order, scores| {
        let outcome = permuted.next();
        scores.extend(order.iter().map(|at| score(outcome, *at).abs()));
    })
}

/// The same where records come in families (deals of an account) whose outcomes resemble each other: each
/// family's share of the score, sum((x - mean x)(y - mean y)), keeps or changes its sign with equal chance (the
/// wild cluster score bootstrap; Kline and Santos, Journal of Econometric Methods 1, 2012). Approximate below
/// some 30 families.
pub fn max_t_by_family(
    properties: &[&Bits],
    outcome: &Bits,
    families: &[u32],
    permutations: usize,
    seed: u64,
) -> Tested {
    let n = outcome.len() as f64;
    let count = families.iter().max().map_or(0, |most| *most as usize + 1);
    let rate = outcome.count() as f64 / n;
    let shares: Vec<Vec<f64>> = properties
        .iter()
        .map(|property| {
            let mean = property.count() as f64 / n;
            let mut shares = vec![0.0; count];
            for (at, family) in families.iter().enumerate() {
                let [x, y] =
                    [property.get(at), outcome.get(at)].map(|bit| f64::from(u8::from(bit)));
                shares[*family as usize] += (x - mean) * (y - rate);
            }
            let deviation = shares.iter().map(|share| share * share).sum::<f64>().sqrt();
            // Few families: the usual correction of a variance.
            let small = ((count as f64 - 1.0).max(1.0) / count as f64).sqrt();
            let scale = if deviation > 0.0 { small / deviation } else { 0.0 };
            shares.iter().map(|share| share * scale).collect()
        })
        .collect();
    let z: Vec<f64> = shares.iter().map(|shares| shares.iter().sum()).collect();
    let mut chance = Chance::new(seed);
    step_down(z, permutations, |order, scores| {
        let signs: Vec<bool> = (0..count).map(|_| chance.happens(0.5)).collect();
        let flipped = |at: &usize| -> f64 {
            let pairs = shares[*at].iter().zip(&signs);
            pairs.map(|(share, keeps)| if *keeps { *share } else { -share }).sum()
        };
        scores.extend(order.iter().map(|at| flipped(at).abs()));
    })
}

/// `draw` adds the absolute scores of one permutation, in the order of the properties that it is handed.
fn step_down(
    z: Vec<f64>,
    permutations: usize,
    mut draw: impl FnMut(&[usize], &mut Vec<f64>),
) -> Tested {
    let mut order: Vec<usize> = (0..z.len()).collect();
    order.sort_by(|a, b| z[*b].abs().total_cmp(&z[*a].abs()).then(a.cmp(b)));
    let (mut exceeded, mut largest) = (vec![0_usize; z.len()], Vec::with_capacity(permutations));
    let mut scores = Vec::with_capacity(z.len());
    for _ in 0..permutations {
        scores.clear();
        draw(&order, &mut scores);
        let mut most = 0.0_f64;
        for (rank, at) in order.iter().enumerate().rev() {
            most = most.max(scores[rank]);
            // Ties are the same count: they differ by rounding only.
            exceeded[rank] += usize::from(most >= z[*at].abs() - 1e-9);
        }
        largest.push(most);
    }
    let mut p = vec![1.0; z.len()];
    let mut least = 0.0_f64;
    for (rank, at) in order.iter().enumerate() {
        least = least.max((exceeded[rank] + 1) as f64 / (permutations + 1) as f64);
        p[*at] = least;
    }
    largest.sort_by(f64::total_cmp);
    Tested { p, z, critical: quantile(&largest, 0.95) }
}

/// Mean and standard deviation of how many of the property's records have the outcome when it is permuted
/// within strata: sums of hypergeometric ones.
fn moments(property: &Bits, outcome: &Bits, strata: &[u32]) -> (f64, f64) {
    let mut counts: std::collections::BTreeMap<u32, [f64; 3]> = Default::default();
    for (at, stratum) in strata.iter().enumerate() {
        let [all, with, happened] = counts.entry(*stratum).or_default();
        *all += 1.0;
        *with += f64::from(u8::from(property.get(at)));
        *happened += f64::from(u8::from(outcome.get(at)));
    }
    let (mut mean, mut variance) = (0.0, 0.0);
    for [all, with, happened] in counts.into_values() {
        mean += with * happened / all;
        if all > 1.0 {
            let rest = (all - with) * (all - happened);
            variance += with * happened * rest / (all * all * (all - 1.0));
        }
    }
    (mean, variance.sqrt())
}

/// Outcomes in other orders, each within its stratum.
pub struct Permuted {
    outcome: Bits,
    strata: Vec<Vec<usize>>,
    chance: Chance,
}

impl Permuted {
    pub fn new(outcome: &Bits, strata: &[u32], seed: u64) -> Permuted {
        let mut members: std::collections::BTreeMap<u32, Vec<usize>> = Default::default();
        for (at, stratum) in strata.iter().enumerate() {
            members.entry(*stratum).or_default().push(at);
        }
        let strata = members.into_values().collect();
        Permuted { outcome: outcome.clone(), strata, chance: Chance::new(seed) }
    }

    #[allow(clippy::should_implement_trait, reason = "it lends its buffer")]
    pub fn next(&mut self) -> &Bits {
        for members in &self.strata {
            for last in (1..members.len()).rev() {
                let (a, b) = (members[last], members[self.chance.below(last + 1)]);
                let (x, y) = (self.outcome.get(a), self.outcome.get(b));
                self.outcome.set(a, y);
                self.outcome.set(b, x);
            }
        }
        &self.outcome
    }
}

/// Adjusted p-values that hold the expected share of false ones among those named (Benjamini and Hochberg,
/// JRSS B 57, 1995). For ordering hypotheses; proof takes [`max_t`].
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut adjusted = vec![1.0; p.len()];
    let mut least = 1.0_f64;
    for (rank, at) in order.iter().enumerate().rev() {
        least = least.min(p[*at] * p.len() as f64 / (rank + 1) as f64);
        adjusted[*at] = least;
    }
    adjusted
}
