//! A plain additive score over all columns: each group of a column adds its own number of log-odds, fitted
//! together, so that two columns that say the same do not count twice.

use crate::evidence::stats::lift::SHRINKAGE;

/// Rounds over all columns: later ones hardly move.
const ROUNDS: usize = 4;
/// Rounds after one column is taken out.
const ROUNDS_WITHOUT: usize = 2;

/// A column's group by record, and how many groups it has.
#[derive(Clone, Copy)]
pub(super) struct Groups<'a> {
    pub of: &'a [u32],
    pub count: usize,
}

/// The score fitted on some records.
#[derive(Clone)]
pub(super) struct Additive<'a> {
    columns: &'a [Groups<'a>],
    train: &'a [usize],
    won: &'a [bool],
    /// By column and group.
    effects: Vec<Vec<f64>>,
    /// By training record: the sum of its effects and the intercept.
    sums: Vec<f64>,
    intercept: f64,
}

impl<'a> Additive<'a> {
    pub(super) fn fit(
        columns: &'a [Groups<'a>],
        train: &'a [usize],
        won: &'a [bool],
    ) -> Additive<'a> {
        let wins = train.iter().filter(|record| won[**record]).count() as f64;
        let rate = (wins + 0.5) / (train.len() as f64 + 1.0);
        let intercept = (rate / (1.0 - rate)).ln();
        let effects = columns.iter().map(|column| vec![0.0; column.count]).collect();
        let sums = vec![intercept; train.len()];
        let mut made = Additive { columns, train, won, effects, sums, intercept };
        made.rounds(ROUNDS, None);
        made
    }

    /// The same without a column.
    pub(super) fn without(&self, column: usize) -> Additive<'a> {
        let mut made = self.clone();
        for (sum, record) in made.sums.iter_mut().zip(self.train) {
            *sum -= self.effects[column][self.columns[column].of[*record] as usize];
        }
        made.effects[column].fill(0.0);
        made.rounds(ROUNDS_WITHOUT, Some(column));
        made
    }

    pub(super) fn score(&self, record: usize) -> f64 {
        let effects = self.effects.iter().zip(self.columns);
        effects.fold(self.intercept, |sum, (effects, column)| {
            sum + effects[column.of[record] as usize]
        })
    }

    fn rounds(&mut self, rounds: usize, but: Option<usize>) {
        for _ in 0..rounds {
            (0..self.columns.len()).filter(|at| Some(*at) != but).for_each(|at| self.update(at));
        }
    }

    /// One Newton step of a column's effects, each drawn towards 0 as by some records at even odds.
    fn update(&mut self, at: usize) {
        let column = self.columns[at];
        let mut sums = vec![(0.0, SHRINKAGE / 4.0); column.count];
        for (record, sum) in self.train.iter().zip(&self.sums) {
            let p = 1.0 / (1.0 + (-sum).exp());
            let (score, spread) = &mut sums[column.of[*record] as usize];
            *score += f64::from(u8::from(self.won[*record])) - p;
            *spread += p * (1.0 - p);
        }
        let effects = &self.effects[at];
        let steps: Vec<f64> = sums
            .iter()
            .zip(effects)
            // A pure group would run away: no step is longer than two in log-odds.
            .map(|((score, spread), effect)| {
                ((score - SHRINKAGE / 4.0 * effect) / spread).clamp(-2.0, 2.0)
            })
            .collect();
        self.effects[at].iter_mut().zip(&steps).for_each(|(effect, step)| *effect += step);
        for (record, sum) in self.train.iter().zip(&mut self.sums) {
            *sum += steps[column.of[*record] as usize];
        }
    }
}
