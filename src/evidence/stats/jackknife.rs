//! How sure a figure of a whole curve is, where resamples would take too long: the figure without each group of
//! account families in turn.

use super::Interval;
use super::special::Z95;

/// Groups of families: more make the interval hardly better.
pub const GROUPS: usize = 50;

/// The delete-a-group jackknife (Kott, Journal of Official Statistics 17, 2001): the standard error
/// sqrt((G - 1) / G sum((x_g - mean)^2)) of a figure, x_g the figure without the group g. `None` where a group's
/// figure is missing, or where there are fewer than two.
pub fn deviation(without: &[Option<f64>]) -> Option<f64> {
    let without: Vec<f64> = without.iter().copied().collect::<Option<_>>()?;
    let g = without.len() as f64;
    if without.len() < 2 {
        return None;
    }
    let mean = without.iter().sum::<f64>() / g;
    let squares: f64 = without.iter().map(|value| (value - mean) * (value - mean)).sum();
    Some(((g - 1.0) / g * squares).sqrt())
}

/// The 95 % interval around a figure with that standard error.
pub fn around(figure: f64, deviation: f64) -> Interval {
    Interval::around(figure, Z95 * deviation)
}

/// The group of each family: families are numbered from 0, and dealt out in turn.
pub fn group_of(family: u32, families: usize) -> usize {
    family as usize % GROUPS.min(families.max(1))
}
