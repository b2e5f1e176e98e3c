//! Intervals for a rate: `k` of `n`.

use super::Interval;
use super::special::{Z95, beta_quantile, ln_choose, normal_quantile, t_quantile};

/// Wilson's score interval (E. B. Wilson, JASA 22, 1927). Approximate: its coverage is 95 % in the mean, less
/// for some rates. `n` may be an effective size.
pub fn wilson(k: f64, n: f64, z: f64) -> Interval {
    if n <= 0.0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let (p, z2) = (k / n, z * z);
    let middle = p + z2 / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    let whole = 1.0 + z2 / n;
    // Exact at the ends, where rounding would leave a rest of 1e-17.
    let low = if k <= 0.0 { 0.0 } else { ((middle - half) / whole).max(0.0) };
    let high = if k >= n { 1.0 } else { ((middle + half) / whole).min(1.0) };
    Interval { low, high }
}

/// Wilson's interval at 95 %.
pub fn wilson95(k: u64, n: u64) -> Interval {
    wilson(k as f64, n as f64, Z95)
}

/// Jeffreys' interval (Brown, Cai and DasGupta, Statistical Science 16, 2001): quantiles of
/// Beta(k + 1/2, n - k + 1/2), with 0 and 1 where all or none happened.
pub fn jeffreys(k: u64, n: u64, alpha: f64) -> Interval {
    let (won, lost) = (k as f64 + 0.5, (n - k) as f64 + 0.5);
    Interval {
        low: if k == 0 { 0.0 } else { beta_quantile(alpha / 2.0, won, lost) },
        high: if k == n { 1.0 } else { beta_quantile(1.0 - alpha / 2.0, won, lost) },
    }
}

/// The exact interval (Clopper and Pearson, Biometrika 26, 1934): covers at least 1 - alpha for every rate,
/// usually more.
pub fn clopper_pearson(k: u64, n: u64, alpha: f64) -> Interval {
    let (won, lost) = (k as f64, (n - k) as f64);
    Interval {
        low: if k == 0 { 0.0 } else { beta_quantile(alpha / 2.0, won, lost + 1.0) },
        high: if k == n { 1.0 } else { beta_quantile(1.0 - alpha / 2.0, won + 1.0, lost) },
    }
}

/// What one account family adds to a rate: how many of its records, and how many of them happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Family {
    pub happened: u64,
    pub records: u64,
}

/// An interval for a rate of records that come in families, such as opportunities of an account, which
/// resemble each other: Wilson's with the effective size n* = p(1 - p) / V (Korn and Graubard, Survey
/// Methodology 24, 1998), V the variance of the ratio between families,
/// G/(G - 1) * sum((y - p m)^2) / (sum m)^2, corrected for the few families by (z / t(G - 1))^2, and never
/// above the number of records. Where all or none happened, the families count as records.
pub fn by_family(families: &[Family], alpha: f64) -> Interval {
    let z = normal_quantile(1.0 - alpha / 2.0);
    let families: Vec<Family> = families.iter().copied().filter(|f| f.records > 0).collect();
    let records: u64 = families.iter().map(|f| f.records).sum();
    let happened: u64 = families.iter().map(|f| f.happened).sum();
    let (n, g) = (records as f64, families.len() as f64);
    if families.is_empty() {
        return Interval { low: 0.0, high: 1.0 };
    }
    let p = happened as f64 / n;
    if happened == 0 || happened == records {
        return wilson(p * g, g, z);
    }
    if families.len() == 1 {
        return wilson(p, 1.0, z);
    }
    let off = |f: &Family| f.happened as f64 - p * f.records as f64;
    let squares: f64 = families.iter().map(|f| off(f) * off(f)).sum();
    let variance = g / (g - 1.0) * squares / (n * n);
    let fewness = z / t_quantile(1.0 - alpha / 2.0, g - 1.0);
    // Families that are alike by chance have almost no variance: no more is known than of single records.
    let size = (p * (1.0 - p) / variance).min(n) * fewness * fewness;
    wilson(p * size, size, z)
}

/// Fisher's exact test, two-sided, of a table of `[happened, did not]` by group: the probability of all
/// tables with the same sums that are no likelier than this one (R. A. Fisher, 1935).
pub fn fisher(first: [u64; 2], second: [u64; 2]) -> f64 {
    let (a, row) = (first[0], first[0] + first[1]);
    let (column, all) = (first[0] + second[0], row + second[0] + second[1]);
    let whole = ln_choose(all, column);
    let ln_p = |k: u64| ln_choose(row, k) + ln_choose(all - row, column - k) - whole;
    let observed = ln_p(a);
    let least = (row + column).saturating_sub(all);
    // Tables that are equally likely differ by rounding.
    let tail = (least..=row.min(column)).map(ln_p).filter(|p| *p <= observed + 1e-7);
    tail.map(f64::exp).sum::<f64>().min(1.0)
}
