//! How well columns rank winners above others: each alone, all together, and all but one.

use super::finding::Hanging;
use super::view::View;
use crate::evidence::stats::chance::Chance;
use crate::evidence::stats::lift::SHRINKAGE;
use crate::evidence::stats::ranking::auc;
use crate::evidence::stats::special::beta_cdf;

/// Records of one value of a column.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    pub group: u32,
    pub records: u64,
    pub won: u64,
}

impl Group {
    pub fn rate(&self) -> f64 {
        self.won as f64 / self.records as f64
    }
}

/// A fifth of the records is scored by the other four.
const FOLDS: usize = 5;
const SEED: u64 = 19;

pub struct Screen<'a> {
    view: &'a View,
    pub base: f64,
    pub records: u64,
    pub won: u64,
    /// By column and record: the ln of how much likelier its value is among winners than among others, from
    /// the other folds.
    scores: Vec<Vec<f64>>,
    sums: Vec<f64>,
}

impl<'a> Screen<'a> {
    pub fn new(view: &'a View) -> Screen<'a> {
        let n = view.won.len();
        let mut folds: Vec<usize> = (0..n).map(|record| record % FOLDS).collect();
        Chance::new(SEED).shuffle(&mut folds);
        let scores: Vec<Vec<f64>> = view
            .columns
            .iter()
            .map(|column| scores(&column.groups, column.labels.len(), &view.won, &folds))
            .collect();
        let sums = (0..n).map(|record| scores.iter().map(|column| column[record]).sum()).collect();
        let won = view.won.iter().filter(|won| **won).count() as u64;
        Screen { view, base: view.base(), records: n as u64, won, scores, sums }
    }

    /// The groups of a column, without empty ones.
    pub fn groups(&self, column: usize) -> Vec<Group> {
        let column = &self.view.columns[column];
        let mut groups: Vec<Group> = (0..column.labels.len())
            .map(|at| Group { group: at as u32, records: 0, won: 0 })
            .collect();
        for (group, won) in column.groups.iter().zip(&self.view.won) {
            groups[*group as usize].records += 1;
            groups[*group as usize].won += u64::from(*won);
        }
        groups.retain(|group| group.records > 0);
        groups
    }

    pub fn filled(&self, column: usize) -> usize {
        self.view.columns[column].groups.iter().filter(|group| **group > 0).count()
    }

    /// Whether 98 of 100 records have the same value.
    pub fn is_nearly_constant(&self, column: usize) -> bool {
        self.groups(column).iter().any(|group| group.records as f64 >= 0.98 * self.records as f64)
    }

    pub fn alone(&self, column: usize) -> f64 {
        self.auc(|record| self.scores[column][record])
    }

    pub fn hanging(&self, column: usize) -> Hanging {
        Hanging {
            alone: self.alone(column),
            all: self.auc(|record| self.sums[record]),
            without: self.auc(|record| self.sums[record] - self.scores[column][record]),
        }
    }

    fn auc(&self, score: impl Fn(usize) -> f64) -> f64 {
        // Sums of the same terms in another order differ in the last digits.
        let rounded = |record| (score(record) * 1e9).round() / 1e9;
        let scored: Vec<(f64, bool)> =
            self.view.won.iter().enumerate().map(|(record, won)| (rounded(record), *won)).collect();
        auc(&scored).unwrap_or(0.5)
    }
}

/// The shrunken log-odds of each record's group, from the records of other folds.
fn scores(groups: &[u32], labels: usize, won: &[bool], folds: &[usize]) -> Vec<f64> {
    let mut counts = vec![[[0.0_f64; 2]; FOLDS]; labels];
    let mut all = [[0.0_f64; 2]; FOLDS];
    for ((group, won), fold) in groups.iter().zip(won).zip(folds) {
        let kind = usize::from(*won);
        counts[*group as usize][*fold][kind] += 1.0;
        all[*fold][kind] += 1.0;
    }
    let sum = |of: &[[f64; 2]; FOLDS], but: usize, kind: usize| -> f64 {
        (0..FOLDS).filter(|fold| *fold != but).map(|fold| of[fold][kind]).sum()
    };
    let score = |group: usize, fold: usize| {
        let [others, winners] = [0, 1].map(|kind| sum(&all, fold, kind));
        let base = winners / (winners + others);
        let rate = |kind: usize, base: f64| sum(&counts[group], fold, kind) + SHRINKAGE * base;
        (rate(1, base) / winners).ln() - (rate(0, 1.0 - base) / others).ln()
    };
    let by_group: Vec<[f64; FOLDS]> =
        (0..labels).map(|group| std::array::from_fn(|fold| score(group, fold))).collect();
    groups.iter().zip(folds).map(|(group, fold)| by_group[*group as usize][*fold]).collect()
}

/// P(at least `k` of `n` happen) where each does with probability `p`: the binomial's upper tail.
pub fn at_least(k: u64, n: u64, p: f64) -> f64 {
    if k == 0 { 1.0 } else { beta_cdf(p, k as f64, (n - k) as f64 + 1.0) }
}
