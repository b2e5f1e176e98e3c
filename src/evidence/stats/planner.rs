//! How many accounts an experiment needs, and for how long, before it starts.

use super::sequential::z_of_looks;
use super::special::normal_quantile;

/// Accounts an arm, at equal arms, to see the rate change from `before` to `after` with probability `power`
/// at the two-sided level `alpha` (Fleiss, Levin and Paik, 2003, without continuity correction):
/// (z_alpha sqrt(2 p q) + z_power sqrt(p1 q1 + p2 q2))^2 / (p2 - p1)^2, not rounded. `None` where the rates
/// are equal.
pub fn accounts_an_arm(before: f64, after: f64, alpha: f64, power: f64) -> Option<f64> {
    sized(before, after, normal_quantile(1.0 - alpha / 2.0), power)
}

/// The same where one may look at any time and stop: in place of z_alpha the half-width of the always-valid
/// interval at its planned number of accounts. An upper end: most experiments with that effect end earlier.
pub fn accounts_an_arm_with_looks(before: f64, after: f64, alpha: f64, power: f64) -> Option<f64> {
    sized(before, after, z_of_looks(alpha), power)
}

fn sized(before: f64, after: f64, z: f64, power: f64) -> Option<f64> {
    if before == after {
        return None;
    }
    let p = (before + after) / 2.0;
    let z_power = normal_quantile(power);
    let apart = before * (1.0 - before) + after * (1.0 - after);
    let sum = z * (2.0 * p * (1.0 - p)).sqrt() + z_power * apart.sqrt();
    Some((sum / (after - before)).powi(2))
}

/// Accounts of both arms where the share `held_out` is the control: n / (2 q (1 - q)).
pub fn accounts(an_arm: f64, held_out: f64) -> f64 {
    an_arm / (2.0 * held_out * (1.0 - held_out))
}

/// The least rate above `before` that `accounts` of both arms would show, by bisection; `None` where even a
/// rate of 1 would not be seen. `with_looks`: as in [`accounts_an_arm_with_looks`].
pub fn least_seen(
    before: f64,
    all: f64,
    held_out: f64,
    (alpha, power): (f64, f64),
    with_looks: bool,
) -> Option<f64> {
    let an_arm = if with_looks { accounts_an_arm_with_looks } else { accounts_an_arm };
    let suffice = |after: f64| {
        an_arm(before, after, alpha, power).is_some_and(|n| accounts(n, held_out) <= all)
    };
    let (mut low, mut high) = (before, 1.0);
    if !suffice(high) {
        return None;
    }
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if suffice(middle) { high = middle } else { low = middle }
    }
    Some(high)
}
