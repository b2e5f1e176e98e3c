//! Two arms of an experiment: how their outcomes differ, and with what adjustment. The unit is an account
//! family, as it was drawn.

use super::Interval;
use super::special::{Z95, chi2_above, normal_cdf};

/// The outcomes of an arm's units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arm {
    pub units: f64,
    pub mean: f64,
    /// Of a unit's outcome.
    pub variance: f64,
}

impl Arm {
    /// Outcomes that happen or not; the variance is p (1 - p).
    pub fn of_counts(happened: u64, units: u64) -> Arm {
        let mean = happened as f64 / units as f64;
        Arm { units: units as f64, mean, variance: mean * (1.0 - mean) }
    }

    /// Outcomes with any value; the variance has the divisor n - 1.
    pub fn of_values(values: &[f64]) -> Arm {
        let units = values.len() as f64;
        let mean = values.iter().sum::<f64>() / units;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        Arm { units, mean, variance: squares / (units - 1.0) }
    }

    fn of_mean(&self) -> f64 {
        self.variance / self.units
    }
}

/// A difference between arms with its variance; [`super::sequential`] makes intervals that allow looking early.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    pub estimate: f64,
    pub variance: f64,
    /// Units of both arms.
    pub units: f64,
}

impl Effect {
    /// The ordinary 95 % interval: right for a single look that was planned before the start.
    pub fn ordinary(&self) -> Interval {
        Interval::around(self.estimate, Z95 * self.variance.sqrt())
    }

    pub fn z(&self) -> f64 {
        self.estimate / self.variance.sqrt()
    }

    /// Two-sided, for a single look.
    pub fn p(&self) -> f64 {
        2.0 * normal_cdf(-self.z().abs())
    }
}

/// Treated minus control.
pub fn absolute(control: Arm, treated: Arm) -> Effect {
    Effect {
        estimate: treated.mean - control.mean,
        variance: control.of_mean() + treated.of_mean(),
        units: control.units + treated.units,
    }
}

/// (Treated - control) / control, by the delta method (Deng, Knoblich and Lu, KDD 2018):
/// v_b / (mu_a^2 n_b) + v_a mu_b^2 / (mu_a^4 n_a). `None` where the control's mean is 0. Too optimistic below
/// some 100 units an arm.
pub fn relative(control: Arm, treated: Arm) -> Option<Effect> {
    let (a, b) = (control.mean, treated.mean);
    (a != 0.0).then(|| Effect {
        estimate: b / a - 1.0,
        variance: treated.of_mean() / (a * a) + control.of_mean() * b * b / (a * a * a * a),
        units: control.units + treated.units,
    })
}

/// ln(treated / control) of rates, whose variance is 1/k - 1/n of each arm (Katz et al., Biometrics 34, 1978):
/// nearer to normal than [`relative`] where counts are small. `None` where an arm has no outcome.
pub fn log_ratio(control: [u64; 2], treated: [u64; 2]) -> Option<Effect> {
    let [(k0, n0), (k, n)] = [control, treated].map(|[k, n]| (k as f64, n as f64));
    (k0 > 0.0 && k > 0.0).then(|| Effect {
        estimate: (k / n).ln() - (k0 / n0).ln(),
        variance: 1.0 / k - 1.0 / n + 1.0 / k0 - 1.0 / n0,
        units: n0 + n,
    })
}

/// The mean and variance of a ratio of two sums over units, such as won opportunities over opportunities of
/// families, by the delta method: (v_y - 2 R c + R^2 v_x) / mu_x^2 for a unit. `None` where the
/// denominators add up to 0.
pub fn ratio_of_sums(units: &[(f64, f64)]) -> Option<Arm> {
    let n = units.len() as f64;
    let (ys, xs): (f64, f64) = units.iter().fold((0.0, 0.0), |(ys, xs), (y, x)| (ys + y, xs + x));
    if xs == 0.0 || n < 2.0 {
        return None;
    }
    let (my, mx, ratio) = (ys / n, xs / n, ys / xs);
    let mut sums = [0.0; 3];
    for (y, x) in units {
        sums[0] += (y - my) * (y - my);
        sums[1] += (x - mx) * (x - mx);
        sums[2] += (y - my) * (x - mx);
    }
    let [vy, vx, c] = sums.map(|sum| sum / (n - 1.0));
    let variance = (vy - 2.0 * ratio * c + ratio * ratio * vx) / (mx * mx);
    Some(Arm { units: n, mean: ratio, variance })
}

/// A unit's outcome, and what was known of it before the experiment (its fit score when it was drawn).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adjusted {
    pub outcome: f64,
    pub before: f64,
}

/// Both arms with outcomes adjusted by what was known before (CUPED; Deng, Xu, Kohavi and Walker, WSDM 2013):
/// y - theta (x - mean x), theta = cov(y, x) / var(x) over the units of both arms together. The effect stays
/// the same in the mean, its variance shrinks by the squared correlation.
pub fn cuped(control: &[Adjusted], treated: &[Adjusted]) -> (Arm, Arm) {
    let all = || control.iter().chain(treated);
    let n = (control.len() + treated.len()) as f64;
    let (y, x) =
        (all().map(|u| u.outcome).sum::<f64>() / n, all().map(|u| u.before).sum::<f64>() / n);
    let c: f64 = all().map(|u| (u.outcome - y) * (u.before - x)).sum();
    let v: f64 = all().map(|u| (u.before - x).powi(2)).sum();
    let theta = if v > 0.0 { c / v } else { 0.0 };
    let adjusted = |units: &[Adjusted]| {
        let values: Vec<f64> = units.iter().map(|u| u.outcome - theta * (u.before - x)).collect();
        Arm::of_values(&values)
    };
    (adjusted(control), adjusted(treated))
}

/// Sample ratio mismatch, for a single look: the chi-squared statistic of the arms' counts and its p-value.
/// `shares` add up to 1. With many looks use [`super::sequential::ratio_mismatch`].
pub fn ratio_mismatch(counts: &[u64], shares: &[f64]) -> (f64, f64) {
    let all = counts.iter().sum::<u64>() as f64;
    let terms = counts.iter().zip(shares).map(|(count, share)| {
        let expected = all * share;
        (*count as f64 - expected).powi(2) / expected
    });
    let statistic: f64 = terms.sum();
    (statistic, chi2_above(statistic, counts.len() as f64 - 1.0))
}
