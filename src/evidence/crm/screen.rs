//! How well columns rank winners above others: each alone, all together, and all but one. Each fifth of the
//! records is scored by the other four.

use super::additive::{Additive, Groups};
use super::finding::Hanging;
use super::view::{View, Viewed};
use crate::evidence::stats::chance::Chance;
use crate::evidence::stats::ranking::auc;
use crate::evidence::stats::special::beta_cdf;

/// Records of one value of a column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub group: u32,
    pub records: u64,
    pub won: u64,
}

impl Group {
    pub(super) fn rate(&self) -> f64 {
        self.won as f64 / self.records as f64
    }
}

const FOLDS: usize = 5;
const SEED: u64 = 19;

pub(super) struct Screen<'a> {
    view: &'a View,
    pub base: f64,
    pub records: u64,
    pub won: u64,
    /// By fold, its records, and those of the others.
    folds: Vec<(Vec<usize>, Vec<usize>)>,
    /// In place of columns that follow from the outcome.
    blank: Vec<u32>,
}

impl<'a> Screen<'a> {
    pub(super) fn new(view: &'a View) -> Screen<'a> {
        let n = view.won.len();
        let mut fold_of: Vec<usize> = (0..n).map(|record| record % FOLDS).collect();
        Chance::new(SEED).shuffle(&mut fold_of);
        let fold = |fold: usize| (0..n).partition(|record| fold_of[*record] == fold);
        let won = view.won.iter().filter(|won| **won).count() as u64;
        let folds = (0..FOLDS).map(fold).collect();
        Screen { view, base: view.base(), records: n as u64, won, folds, blank: vec![0; n] }
    }

    /// The groups of a column, without empty ones.
    pub(super) fn groups(&self, column: usize) -> Vec<Group> {
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

    pub(super) fn filled(&self, column: usize) -> usize {
        self.view.columns[column].groups.iter().filter(|group| **group > 0).count()
    }

    /// Whether 98 of 100 records have the same value.
    pub(super) fn is_nearly_constant(&self, column: usize) -> bool {
        self.groups(column).iter().any(|group| group.records as f64 >= 0.98 * self.records as f64)
    }

    fn columns(&self) -> Vec<Groups<'_>> {
        let groups = |column: &'a Viewed| match column.follows() {
            true => Groups { of: &self.blank, count: 1 },
            false => Groups { of: &column.groups, count: column.labels.len() },
        };
        self.view.columns.iter().map(groups).collect()
    }

    pub(super) fn alone(&self, column: usize) -> f64 {
        let columns = [self.columns()[column]];
        let mut scores = vec![0.0; self.view.won.len()];
        for (held_out, train) in &self.folds {
            let fitted = Additive::fit(&columns, train, &self.view.won);
            held_out.iter().for_each(|record| scores[*record] = fitted.score(*record));
        }
        self.auc(&scores)
    }

    /// What hangs on each of the columns.
    pub(super) fn hanging(&self, suspects: &[usize]) -> Vec<Hanging> {
        let columns = self.columns();
        let n = self.view.won.len();
        let (mut all, mut without) = (vec![0.0; n], vec![vec![0.0; n]; suspects.len()]);
        for (held_out, train) in &self.folds {
            let fitted = Additive::fit(&columns, train, &self.view.won);
            held_out.iter().for_each(|record| all[*record] = fitted.score(*record));
            for (column, scores) in suspects.iter().zip(&mut without) {
                let fitted = fitted.without(*column);
                held_out.iter().for_each(|record| scores[*record] = fitted.score(*record));
            }
        }
        let all = self.auc(&all);
        let pairs = suspects.iter().zip(&without);
        pairs
            .map(|(column, scores)| {
                let (alone, without) = (self.alone(*column), self.auc(scores));
                Hanging { alone, all, without }
            })
            .collect()
    }

    fn auc(&self, scores: &[f64]) -> f64 {
        // Sums of the same terms in another order differ in the last digits.
        let rounded = |score: &f64| (score * 1e9).round() / 1e9;
        let scored: Vec<(f64, bool)> =
            scores.iter().map(rounded).zip(self.view.won.iter().copied()).collect();
        auc(&scored).unwrap_or(0.5)
    }
}

/// P(at least `k` of `n` happen) where each does with probability `p`: the binomial's upper tail.
pub(super) fn at_least(k: u64, n: u64, p: f64) -> f64 {
    if k == 0 { 1.0 } else { beta_cdf(p, k as f64, (n - k) as f64 + 1.0) }
}
