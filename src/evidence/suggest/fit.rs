//! A few criteria with weights: forward selection by the score test, each next criterion judged beside those
//! already chosen, with weights from a logistic regression drawn towards 0 and never negative.

#![allow(clippy::needless_range_loop, reason = "rows and columns of matrices")]

use crate::evidence::stats::lift::SHRINKAGE;
use crate::evidence::stats::multiplicity::Bits;

/// More criteria than that people do not remember.
pub const CRITERIA_MAX: usize = 8;
/// A criterion that adds less beside the others repeats them: one standard deviation of the score test.
const Z_MIN: f64 = 1.0;
const NEWTON_STEPS: usize = 25;

/// The chosen properties, by their place, with weights that sum to 100.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fitted {
    pub chosen: Vec<usize>,
    pub weights: Vec<u32>,
    /// ln likelihood of the outcomes.
    pub likelihood: f64,
}

impl Fitted {
    /// The points of a record, 0 to 100.
    pub fn points(&self, properties: &[&Bits], record: usize) -> u32 {
        let pairs = self.chosen.iter().zip(&self.weights);
        pairs.filter(|(at, _)| properties[**at].get(record)).map(|(_, weight)| weight).sum()
    }
}

/// Chooses from the properties on the given records, without those that are `banned`.
pub fn fit(properties: &[&Bits], won: &[bool], records: &[usize], banned: &[usize]) -> Fitted {
    let y: Vec<f64> = records.iter().map(|record| f64::from(u8::from(won[*record]))).collect();
    let columns: Vec<Vec<f64>> = properties
        .iter()
        .map(|bits| records.iter().map(|record| f64::from(u8::from(bits.get(*record)))).collect())
        .collect();
    let mut chosen: Vec<usize> = Vec::new();
    let mut model = Model::of(&[], &y);
    let mut refused: Vec<usize> = banned.to_vec();
    while chosen.len() < CRITERIA_MAX {
        let Some(next) = best(&columns, &chosen, &refused, &model, &y) else { break };
        chosen.push(next);
        model = regress(&columns, &chosen, &y);
        // A weight that turned negative: another criterion says the same better.
        while let Some(place) = model.weights.iter().position(|weight| *weight <= 0.0) {
            refused.push(chosen.remove(place));
            model = regress(&columns, &chosen, &y);
        }
    }
    let weights = whole(&model.weights);
    let kept: Vec<usize> = (0..chosen.len()).filter(|at| weights[*at] > 0).collect();
    Fitted {
        chosen: kept.iter().map(|at| chosen[*at]).collect(),
        weights: kept.iter().map(|at| weights[*at]).collect(),
        likelihood: model.likelihood,
    }
}

/// A logistic regression.
struct Model {
    intercept: f64,
    weights: Vec<f64>,
    /// By record, the probability of winning.
    p: Vec<f64>,
    likelihood: f64,
}

impl Model {
    fn of(weights: &[f64], y: &[f64]) -> Model {
        let n = y.len() as f64;
        let rate = ((y.iter().sum::<f64>() + 0.5) / (n + 1.0)).clamp(1e-9, 1.0 - 1e-9);
        let intercept = (rate / (1.0 - rate)).ln();
        Model { intercept, weights: weights.to_vec(), p: vec![rate; y.len()], likelihood: 0.0 }
    }
}

fn regress(columns: &[Vec<f64>], chosen: &[usize], y: &[f64]) -> Model {
    let mut model = Model::of(&vec![0.0; chosen.len()], y);
    let size = chosen.len() + 1;
    for _ in 0..NEWTON_STEPS {
        let (mut gradient, mut hessian) = (vec![0.0; size], vec![vec![0.0; size]; size]);
        for record in 0..y.len() {
            let row: Vec<f64> =
                std::iter::once(1.0).chain(chosen.iter().map(|at| columns[*at][record])).collect();
            let p = model.p[record];
            for a in 0..size {
                gradient[a] += row[a] * (y[record] - p);
                for b in 0..=a {
                    hessian[a][b] += row[a] * row[b] * p * (1.0 - p);
                }
            }
        }
        for a in 0..size {
            for b in 0..a {
                hessian[b][a] = hessian[a][b];
            }
            hessian[a][a] += if a == 0 { 1e-9 } else { SHRINKAGE };
            if a > 0 {
                gradient[a] -= SHRINKAGE * model.weights[a - 1];
            }
        }
        let Some(step) = solve(hessian, gradient) else { break };
        model.intercept += step[0];
        model.weights.iter_mut().zip(&step[1..]).for_each(|(weight, step)| *weight += step);
        for record in 0..y.len() {
            let terms = chosen.iter().zip(&model.weights);
            let sum = terms.fold(model.intercept, |sum, (at, w)| sum + w * columns[*at][record]);
            model.p[record] = 1.0 / (1.0 + (-sum).exp());
        }
        if step.iter().all(|step| step.abs() < 1e-9) {
            break;
        }
    }
    let terms = model.p.iter().zip(y).map(|(p, y)| if *y > 0.5 { p.ln() } else { (-p).ln_1p() });
    model.likelihood = terms.sum();
    model
}

/// The property with the largest score statistic beside the chosen ones: (sum x (y - p)) over its standard
/// deviation, given that their weights are refitted (Rao, 1948).
fn best(
    columns: &[Vec<f64>],
    chosen: &[usize],
    refused: &[usize],
    model: &Model,
    y: &[f64],
) -> Option<usize> {
    let size = chosen.len() + 1;
    let spread: Vec<f64> = model.p.iter().map(|p| p * (1.0 - p)).collect();
    let basis = |a: usize, record: usize| if a == 0 { 1.0 } else { columns[chosen[a - 1]][record] };
    let mut information = vec![vec![0.0; size]; size];
    for record in 0..y.len() {
        for (a, row) in information.iter_mut().enumerate() {
            for (b, cell) in row.iter_mut().enumerate() {
                *cell += basis(a, record) * basis(b, record) * spread[record];
            }
        }
    }
    (0..size).for_each(|a| information[a][a] += 1e-9);
    let open = (0..columns.len()).filter(|at| !chosen.contains(at) && !refused.contains(at));
    let scored = open.filter_map(|at| {
        let (mut score, mut own, mut with) = (0.0, 0.0, vec![0.0; size]);
        for record in (0..y.len()).filter(|record| columns[at][*record] > 0.5) {
            score += y[record] - model.p[record];
            own += spread[record];
            with.iter_mut()
                .enumerate()
                .for_each(|(a, sum)| *sum += basis(a, record) * spread[record]);
        }
        let explained = solve(information.clone(), with.clone())?;
        let rest = own - with.iter().zip(&explained).map(|(a, b)| a * b).sum::<f64>();
        // Nothing of it is left beside the others.
        (rest > 1e-3 * own).then(|| (score / rest.sqrt(), at))
    });
    // The first of equal ones.
    let best = scored.fold(None, |best: Option<(f64, usize)>, next| match best {
        Some(best) if next.0 <= best.0 + 1e-12 => Some(best),
        _ => Some(next),
    });
    best.filter(|(z, _)| *z >= Z_MIN).map(|(_, at)| at)
}

/// Solves a x = b for a symmetric positive a, by Gauss with the largest pivot.
fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Option<Vec<f64>> {
    let n = b.len();
    for at in 0..n {
        let pivot = (at..n).max_by(|x, y| a[*x][at].abs().total_cmp(&a[*y][at].abs()))?;
        if a[pivot][at].abs() < 1e-12 {
            return None;
        }
        a.swap(at, pivot);
        b.swap(at, pivot);
        for row in at + 1..n {
            let factor = a[row][at] / a[at][at];
            for column in at..n {
                a[row][column] -= factor * a[at][column];
            }
            b[row] -= factor * b[at];
        }
    }
    let mut x = vec![0.0; n];
    for at in (0..n).rev() {
        let known: f64 = (at + 1..n).map(|column| a[at][column] * x[column]).sum();
        x[at] = (b[at] - known) / a[at][at];
    }
    Some(x)
}

/// Whole numbers that sum to 100, in proportion (largest remainders).
fn whole(weights: &[f64]) -> Vec<u32> {
    let all: f64 = weights.iter().sum();
    if all <= 0.0 {
        return vec![0; weights.len()];
    }
    let exact: Vec<f64> = weights.iter().map(|weight| weight / all * 100.0).collect();
    let mut whole: Vec<u32> = exact.iter().map(|share| share.floor() as u32).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    let rest = |at: usize| exact[at] - exact[at].floor();
    order.sort_by(|a, b| rest(*b).total_cmp(&rest(*a)).then(a.cmp(b)));
    let missing = 100 - whole.iter().sum::<u32>() as usize;
    order.iter().take(missing).for_each(|at| whole[*at] += 1);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::stats::chance::Chance;

    #[test]
    fn weights_are_whole_and_sum_to_100() {
        assert_eq!(whole(&[1.0, 1.0, 1.0]), [34, 33, 33]);
        assert_eq!(whole(&[0.2, 0.6]), [25, 75]);
        assert_eq!(whole(&[]), Vec::<u32>::new());
    }

    #[test]
    fn planted_rules_are_chosen_and_their_echo_is_not() {
        let mut chance = Chance::new(3);
        let draw = |chance: &mut Chance, p: f64| chance.happens(p);
        let mut rows = Vec::new();
        for _ in 0..800 {
            let (a, b) = (draw(&mut chance, 0.4), draw(&mut chance, 0.3));
            let noise: Vec<bool> = (0..10).map(|_| draw(&mut chance, 0.35)).collect();
            // Nearly the same as the first.
            let echo = if draw(&mut chance, 0.95) { a } else { !a };
            let p = 0.08 + if a { 0.25 } else { 0.0 } + if b { 0.3 } else { 0.0 };
            rows.push((a, b, echo, noise, draw(&mut chance, p)));
        }
        let mut properties = vec![
            Bits::of(rows.iter().map(|row| row.2)),
            Bits::of(rows.iter().map(|row| row.0)),
            Bits::of(rows.iter().map(|row| row.1)),
        ];
        properties.extend((0..10).map(|at| Bits::of(rows.iter().map(|row| row.3[at]))));
        let properties: Vec<&Bits> = properties.iter().collect();
        let won: Vec<bool> = rows.iter().map(|row| row.4).collect();
        let records: Vec<usize> = (0..800).collect();
        let fitted = fit(&properties, &won, &records, &[]);
        assert_eq!(fitted.weights.iter().sum::<u32>(), 100);
        let weight = |at: usize| {
            let place = fitted.chosen.iter().position(|chosen| *chosen == at);
            place.map_or(0, |place| fitted.weights[place])
        };
        assert!(weight(1) > 20 && weight(2) > 25, "{fitted:?}");
        assert!(weight(0) < weight(1), "{fitted:?}");
        let points = (0..800).map(|record| fitted.points(&properties, record)).max();
        assert!(points <= Some(100), "{points:?}");
    }
}
