//! How many times likelier an outcome is with a property than without it.

use super::Interval;
use super::special::Z95;

/// Records that a shrunken rate adds at the base rate.
pub const SHRINKAGE: f64 = 5.0;

/// The lift of `k` of `n` over the base rate, drawn towards 1 by `m` records at the base rate:
/// ((k + m base) / (n + m)) / base. An empirical Bayes estimate with a prior of the size `m`.
pub fn shrunken(k: f64, n: f64, base: f64, m: f64) -> f64 {
    (k + m * base) / (n + m) / base
}

/// The ratio of two rates, `k` of `n` over `k0` of `n0`, and its 95 % interval by the logarithm (Katz et al.,
/// Biometrics 34, 1978): the standard error of the log is sqrt(1/k - 1/n + 1/k0 - 1/n0). `None` where either
/// count is 0.
pub fn ratio(k: u64, n: u64, k0: u64, n0: u64) -> Option<(f64, Interval)> {
    if k == 0 || k0 == 0 {
        return None;
    }
    let [k, n, k0, n0] = [k, n, k0, n0].map(|count| count as f64);
    let ratio = (k / n) / (k0 / n0);
    let half = Z95 * (1.0 / k - 1.0 / n + 1.0 / k0 - 1.0 / n0).max(0.0).sqrt();
    Some((ratio, Interval { low: ratio * (-half).exp(), high: ratio * half.exp() }))
}
