//! How many accounts an experiment needs, and for how long, before it starts.

use super::special::normal_quantile;

/// Accounts an arm, at equal arms, to see the rate change from `before` to `after` with probability `power`
/// at the two-sided level `alpha` (Fleiss, Levin and Paik, 2003, without continuity correction):
/// (z_alpha sqrt(2 p q) + z_power sqrt(p1 q1 + p2 q2))^2 / (p2 - p1)^2, not rounded. `None` where the rates
/// are equal.
pub fn accounts_an_arm(before: f64, after: f64, alpha: f64, power: f64) -> Option<f64> {
    if before == after {
        return None;
    }
    let p = (before + after) / 2.0;
    let [z, z_power] = [1.0 - alpha / 2.0, power].map(normal_quantile);
    let apart = before * (1.0 - before) + after * (1.0 - after);
    let sum = z * (2.0 * p * (1.0 - p)).sqrt() + z_power * apart.sqrt();
    Some((sum / (after - before)).powi(2))
}

/// Accounts of both arms where the share `held_out` is the control: n / (2 q (1 - q)).
pub fn accounts(an_arm: f64, held_out: f64) -> f64 {
    an_arm / (2.0 * held_out * (1.0 - held_out))
}
