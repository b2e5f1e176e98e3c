//! Whether two samples come from the same distribution.

/// Population stability index of two samples by their counts in the same bins:
/// sum((a - e) ln(a / e)) of the shares. A bin that is empty in one sample counts half a record there, so
/// that the index stays finite.
pub fn psi(expected: &[u64], actual: &[u64]) -> f64 {
    let shares = |counts: &[u64]| -> Vec<f64> {
        let all = counts.iter().sum::<u64>().max(1) as f64;
        counts.iter().map(|count| (*count as f64).max(0.5) / all).collect()
    };
    let pairs = shares(expected).into_iter().zip(shares(actual));
    pairs.map(|(e, a)| (a - e) * (a / e).ln()).sum()
}

/// The index that two samples of these sizes have in the mean without any drift: (B - 1)(1/n + 1/m).
/// At sizes of some hundred it alone passes the usual alarm of 0.1.
pub fn psi_bias(bins: usize, n: u64, m: u64) -> f64 {
    bins.saturating_sub(1) as f64 * (1.0 / n as f64 + 1.0 / m as f64)
}

/// The largest distance between two empirical distributions (Kolmogorov and Smirnov), and the probability of
/// as large a one without drift, by Kolmogorov's limit; it is approximate below some 20 records each.
/// `None` where a sample is empty.
pub fn kolmogorov_smirnov(first: &[f64], second: &[f64]) -> Option<(f64, f64)> {
    if first.is_empty() || second.is_empty() {
        return None;
    }
    let sorted = |sample: &[f64]| {
        let mut sample = sample.to_vec();
        sample.sort_by(f64::total_cmp);
        sample
    };
    let (first, second) = (sorted(first), sorted(second));
    let share = |sample: &[f64], x: f64| {
        sample.partition_point(|value| *value <= x) as f64 / sample.len() as f64
    };
    let distance = first.iter().chain(&second).map(|x| share(&first, *x) - share(&second, *x));
    let distance = distance.map(f64::abs).fold(0.0, f64::max);
    let (n, m) = (first.len() as f64, second.len() as f64);
    Some((distance, kolmogorov_above((n * m / (n + m)).sqrt() * distance)))
}

/// P(K > x) of Kolmogorov's distribution: 2 sum((-1)^(j-1) exp(-2 j^2 x^2)), and for small x, where that sum
/// converges slowly, 1 - sqrt(2 pi) / x sum(exp(-(2 j - 1)^2 pi^2 / (8 x^2))).
pub fn kolmogorov_above(x: f64) -> f64 {
    use std::f64::consts::PI;
    if x < 0.05 {
        return 1.0;
    }
    let sum = |term: &dyn Fn(f64) -> f64| (1..=40).map(|j| term(f64::from(j))).sum::<f64>();
    if x < 1.0 {
        let small = |j: f64| (-(2.0 * j - 1.0).powi(2) * PI * PI / (8.0 * x * x)).exp();
        return 1.0 - (2.0 * PI).sqrt() / x * sum(&small);
    }
    let large = |j: f64| {
        let sign = if j % 2.0 == 1.0 { 2.0 } else { -2.0 };
        sign * (-2.0 * j * j * x * x).exp()
    };
    sum(&large)
}
