//! Intervals of figures that have no formula: the figure of many resamples of account families.

use super::Interval;
use super::chance::Chance;

/// The percentile interval (Efron, 1979) of a figure over `families`, each drawn with all that belongs to it.
/// `figure` gets the indices of the drawn ones, and `None` from it (a share of nothing) is left out; `None`
/// where fewer than half of the resamples have the figure.
pub fn percentile(
    families: usize,
    resamples: usize,
    alpha: f64,
    seed: u64,
    mut figure: impl FnMut(&[usize]) -> Option<f64>,
) -> Option<Interval> {
    let mut chance = Chance::new(seed);
    let drawn = (0..resamples).filter_map(|_| figure(&chance.resample(families)));
    let mut figures: Vec<f64> = drawn.filter(|value| !value.is_nan()).collect();
    if families == 0 || figures.len() * 2 < resamples.max(1) {
        return None;
    }
    figures.sort_by(f64::total_cmp);
    let at = |share| quantile(&figures, share);
    Some(Interval { low: at(alpha / 2.0), high: at(1.0 - alpha / 2.0) })
}

/// A quantile of sorted values, linear between neighbours (Hyndman and Fan, 1996, definition 7, as numpy
/// and R have it). 0 where there are none.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}
