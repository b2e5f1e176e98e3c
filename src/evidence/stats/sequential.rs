//! Tests that stay right however often one looks, and whenever one stops.

use super::Interval;
use super::experiment::{Arm, Effect, absolute};
use super::special::ln_gamma_of;

/// Units an arm below which no verdict is given.
pub const UNITS_MIN: f64 = 20.0;
/// Outcomes of either kind, over both arms, below which no verdict is given: the normal approximation needs
/// them.
pub const OUTCOMES_MIN: f64 = 10.0;

/// The rho whose interval is narrowest at `units` units of both arms (Waudby-Smith, Arbour, Sinha, Kennedy
/// and Ramdas, arXiv 2103.06476, equation 161, as GrowthBook's gbstats 0.8.0 has it):
/// sqrt((-2 ln alpha + ln(-2 ln alpha + 1)) / units).
pub fn rho(alpha: f64, units: f64) -> f64 {
    let twice = -2.0 * alpha.ln();
    ((twice + (twice + 1.0).ln()) / units).sqrt()
}

/// The half-width of [`always_valid`] in standard errors, at the units for which it is narrowest:
/// sqrt(2 (c + 1) / c ln(sqrt(c + 1) / alpha)) with c = units rho^2; 3.04 at 5 %, where one look has 1.96.
pub fn z_of_looks(alpha: f64) -> f64 {
    let c = rho(alpha, 1.0).powi(2);
    (2.0 * (c + 1.0) / c * ((c + 1.0).sqrt() / alpha).ln()).sqrt()
}

/// The interval that is right at every look (the same paper, equation 9). `planned`: the units of both arms at
/// which it is to be narrowest.
pub fn always_valid(effect: Effect, alpha: f64, planned: f64) -> Interval {
    let (rho, n) = (rho(alpha, planned), effect.units);
    let spread = (effect.variance * n).sqrt();
    let grown = n * rho * rho + 1.0;
    let half = spread * (2.0 * grown * (grown.sqrt() / alpha).ln() / (n * rho).powi(2)).sqrt();
    Interval::around(effect.estimate, half)
}

/// The p-value that is right at every look (the same paper, equation 155): min(1, 1/e) with
/// e = exp(rho^2 s^2 / (2 (n rho^2 + 1))) / sqrt(n rho^2 + 1), s^2 = effect^2 n / variance.
pub fn always_valid_p(effect: Effect, alpha: f64, planned: f64) -> f64 {
    let (rho2, n) = (rho(alpha, planned).powi(2), effect.units);
    let s2 = effect.estimate.powi(2) * n / effect.variance;
    let ln_e = rho2 * s2 / (2.0 * (n * rho2 + 1.0)) - 0.5 * (n * rho2 + 1.0).ln();
    (-ln_e).exp().min(1.0)
}

/// Treated minus control of outcomes that happen or not, with what a verdict needs. `None`: too few, so that
/// a verdict would be made of chance. The variance is the larger of the arms' own and the pooled one, since an
/// arm without an outcome would seem to vary by nothing.
pub fn difference(control: [u64; 2], treated: [u64; 2]) -> Option<Effect> {
    let [(k, n), (k1, n1)] = [control, treated].map(|[k, n]| (k as f64, n as f64));
    let happened = k + k1;
    let enough = n.min(n1) >= UNITS_MIN && happened.min(n + n1 - happened) >= OUTCOMES_MIN;
    enough.then(|| {
        let [control, treated] = [control, treated].map(|[k, n]| Arm::of_counts(k, n));
        let effect = absolute(control, treated);
        let p = happened / (n + n1);
        let pooled = p * (1.0 - p) * (1.0 / n + 1.0 / n1);
        Effect { variance: effect.variance.max(pooled), ..effect }
    })
}

/// Sample ratio mismatch at any number of looks: the p-value of this look is the reciprocal of the Bayes
/// factor of Dirichlet(`weight` x shares) against the planned shares (Lindon and Malek, NeurIPS 2022); the
/// least p of all looks is valid. `weight` is how strongly a mismatch is expected to be near the plan.
pub fn ratio_mismatch(counts: &[u64], shares: &[f64], weight: f64) -> f64 {
    let all = counts.iter().sum::<u64>() as f64;
    let mut ln_factor = ln_gamma_of(weight) - ln_gamma_of(weight + all);
    for (count, share) in counts.iter().zip(shares) {
        let (prior, count) = (weight * share, *count as f64);
        ln_factor += ln_gamma_of(prior + count) - ln_gamma_of(prior) - count * share.ln();
    }
    (-ln_factor).exp().min(1.0)
}
