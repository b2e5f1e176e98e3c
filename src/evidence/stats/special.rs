//! Distributions: their probabilities and quantiles. The incomplete beta function is here since that of
//! the crate ends after 140 steps, too early for counts above some ten thousand.

use statrs::function::erf::{erfc, erfc_inv};
use statrs::function::gamma::{gamma_ur, ln_gamma};
use std::f64::consts::SQRT_2;

/// The two-sided 95 % point of the normal distribution.
pub const Z95: f64 = 1.959_963_984_540_054;

/// Steps after which the continued fraction has converged for counts up to 10^9.
const STEPS_MAX: u32 = 200_000;
const TINY: f64 = 1e-300;
const EPSILON: f64 = 1e-16;

/// P(Z <= z) of the standard normal distribution.
pub fn normal_cdf(z: f64) -> f64 {
    erfc(-z / SQRT_2) / 2.0
}

/// The z below which the share `p` of the standard normal distribution lies.
pub fn normal_quantile(p: f64) -> f64 {
    -SQRT_2 * erfc_inv(2.0 * p)
}

/// P(X > x) of the chi-squared distribution with `df` degrees of freedom.
pub fn chi2_above(x: f64, df: f64) -> f64 {
    if x <= 0.0 { 1.0 } else { gamma_ur(df / 2.0, x / 2.0) }
}

/// ln B(a, b).
pub fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// ln of the number of ways to choose `k` of `n`.
pub fn ln_choose(n: u64, k: u64) -> f64 {
    let (n, k) = (n as f64, k as f64);
    ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0)
}

/// ln Γ(x).
pub fn ln_gamma_of(x: f64) -> f64 {
    ln_gamma(x)
}

/// P(X <= x) of the beta distribution: the regularised incomplete beta function by its continued fraction
/// (Abramowitz and Stegun 26.5.8, by Lentz's method).
pub fn beta_cdf(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (a * x.ln() + b * (-x).ln_1p() - ln_beta(a, b)).exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(x, a, b) / a
    } else {
        1.0 - front * fraction(1.0 - x, b, a) / b
    }
}

fn fraction(x: f64, a: f64, b: f64) -> f64 {
    let safe = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / safe(1.0 - (a + b) * x / (a + 1.0));
    let mut product = d;
    for step in 1..STEPS_MAX {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / safe(1.0 + even * d);
        c = safe(1.0 + even / c);
        product *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / safe(1.0 + odd * d);
        c = safe(1.0 + odd / c);
        product *= d * c;
        if (d * c - 1.0).abs() <= 2.0 * EPSILON {
            break;
        }
    }
    product
}

/// The x below which the share `p` of the beta distribution lies, by bisection to the last digit.
pub fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high || high - low <= 1e-15 * high {
            return middle;
        }
        if beta_cdf(middle, a, b) < p { low = middle } else { high = middle }
    }
}

/// The t below which the share `p` of Student's t distribution with `df` degrees of freedom lies.
pub fn t_quantile(p: f64, df: f64) -> f64 {
    if p < 0.5 {
        return -t_quantile(1.0 - p, df);
    }
    // t^2 / (df + t^2) and its rest; the smaller one has more digits.
    if p < 0.75 {
        let y = beta_quantile(2.0 * p - 1.0, 0.5, df / 2.0);
        return (df * y / (1.0 - y)).sqrt();
    }
    let x = beta_quantile(2.0 * (1.0 - p), df / 2.0, 0.5);
    (df * (1.0 - x) / x).sqrt()
}
