//! An arm against the control: the difference, adjusted by what was known before, and its interval that is
//! right at every look.

use super::ALPHA;
use crate::evidence::stats::Interval;
use crate::evidence::stats::experiment::{self, Adjusted, Arm, Effect, absolute, cuped, log_ratio};
use crate::evidence::stats::sequential::{
    OUTCOMES_MIN, UNITS_MIN, always_valid, always_valid_p, difference,
};
use schemars::JsonSchema;
use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Difference {
    /// Treated minus control, adjusted where something was known before.
    #[serde(rename = "difference_ratio")]
    pub estimate: f64,
    /// Right at every look, at 95 % for all comparisons together.
    pub interval: Interval,
    /// Right at every look, for all comparisons together.
    #[serde(rename = "any_look_p")]
    pub p: f64,
    /// Unadjusted, in standard errors, for a single look that was planned.
    #[serde(rename = "one_look_z_ratio")]
    pub z: f64,
    /// The relative difference: 0.2 is a fifth more.
    #[serde(rename = "relative_ratio")]
    pub relative: Option<f64>,
    /// Of the relative difference, right at every look.
    pub relative_interval: Option<Interval>,
    /// The variance that the adjustment leaves, of 1.
    #[serde(rename = "variance_left_share")]
    pub variance_left: f64,
    /// Further units, at the difference seen, after which the interval would leave 0 out; 0 where it does.
    #[serde(rename = "more_count")]
    pub more: u64,
}

/// Two arms: outcomes, and what was known before.
pub(super) struct Pair<'a> {
    pub is_rate: bool,
    pub comparisons: f64,
    pub planned: f64,
    pub control: &'a [(f64, Option<f64>)],
    pub treated: &'a [(f64, Option<f64>)],
}

impl Pair<'_> {
    fn counts(values: &[(f64, Option<f64>)]) -> [u64; 2] {
        [values.iter().filter(|value| value.0 != 0.0).count() as u64, values.len() as u64]
    }

    pub(super) fn missing(&self) -> String {
        let [control, treated] = [self.control, self.treated].map(Self::counts);
        let (happened, all) = (control[0] + treated[0], control[1] + treated[1]);
        let rarer = happened.min(all - happened);
        let least = control[1].min(treated[1]) as f64;
        if least < UNITS_MIN {
            return format!(
                "too few: {least} in the smaller arm have a known outcome; {UNITS_MIN} are needed"
            );
        }
        let what = if rarer == happened { "have" } else { "do not have" };
        format!("too few: {rarer} of both arms {what} the outcome; {OUTCOMES_MIN} are needed")
    }

    pub(super) fn compare(&self) -> Option<Difference> {
        let [control, treated] = [self.control, self.treated].map(Self::counts);
        // Numbers need as many that are not 0: their mean hangs on these.
        let guarded = difference(control, treated)?;
        let values = |of: &[(f64, Option<f64>)]| of.iter().map(|v| v.0).collect::<Vec<_>>();
        let [a, b] = [self.control, self.treated].map(|of| Arm::of_values(&values(of)));
        let plain = absolute(a, b);
        let unadjusted = if self.is_rate { guarded } else { plain };
        let adjusted = self.adjusted();
        let left = adjusted.map_or(1.0, |effect| effect.variance / plain.variance);
        let effect = Effect {
            estimate: adjusted.map_or(unadjusted.estimate, |effect| effect.estimate),
            // The guard against arms that seem to vary by nothing holds for the adjusted one too.
            variance: unadjusted.variance * left,
            units: unadjusted.units,
        };
        let alpha = ALPHA / self.comparisons;
        let interval = always_valid(effect, alpha, self.planned);
        let (relative, relative_interval) = self.relative(a, b, alpha);
        let half = (interval.high - interval.low) / 2.0;
        let times = (half / effect.estimate.abs().max(1e-12)).powi(2);
        Some(Difference {
            estimate: effect.estimate,
            interval,
            p: (always_valid_p(effect, alpha, self.planned) * self.comparisons).min(1.0),
            // As of two counts: p (1 - p) / n of each arm.
            z: match self.is_rate {
                true => experiment::absolute(of(control), of(treated)).z(),
                false => plain.z(),
            },
            relative,
            relative_interval,
            variance_left: left,
            more: ((times - 1.0).max(0.0) * effect.units).min(1e12).ceil() as u64,
        })
    }

    /// The difference adjusted by what was known before; an unknown one counts as the mean.
    fn adjusted(&self) -> Option<Effect> {
        let known = self.control.iter().chain(self.treated).filter_map(|value| value.1);
        let (sum, count) = known.fold((0.0, 0.0), |(sum, count), x| (sum + x, count + 1.0));
        if count == 0.0 {
            return None;
        }
        let mean = sum / count;
        let units = |of: &[(f64, Option<f64>)]| -> Vec<Adjusted> {
            let unit =
                |v: &(f64, Option<f64>)| Adjusted { outcome: v.0, before: v.1.unwrap_or(mean) };
            of.iter().map(unit).collect()
        };
        let (a, b) = cuped(&units(self.control), &units(self.treated));
        Some(absolute(a, b))
    }

    fn relative(&self, a: Arm, b: Arm, alpha: f64) -> (Option<f64>, Option<Interval>) {
        if a.mean == 0.0 {
            return (None, None);
        }
        let relative = Some(b.mean / a.mean - 1.0);
        let interval = if self.is_rate {
            let [control, treated] = [self.control, self.treated].map(Self::counts);
            log_ratio(control, treated).map(|effect| {
                let Interval { low, high } = always_valid(effect, alpha, self.planned);
                Interval { low: low.exp_m1(), high: high.exp_m1() }
            })
        } else {
            // Its variance is too small below some 100 units an arm.
            let enough = a.units.min(b.units) >= 100.0;
            let effect = experiment::relative(a, b).filter(|_| enough);
            effect.map(|effect| always_valid(effect, alpha, self.planned))
        };
        (relative, interval)
    }
}

fn of([happened, units]: [u64; 2]) -> Arm {
    Arm::of_counts(happened, units)
}
