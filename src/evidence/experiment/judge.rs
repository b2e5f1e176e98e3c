//! What the arms show so far, by tests that are right at every look.

use super::ALPHA;
use super::compare::{Difference, Pair};
use super::units::{LeftOut, Unit};
use crate::evidence::stats::Interval;
use crate::evidence::stats::experiment;
use crate::evidence::stats::proportion::clopper_pearson;
use crate::evidence::stats::sequential;
use schemars::JsonSchema;
use serde::Serialize;

/// A mismatch of the arms' sizes is an alarm below this, at every look.
pub const MISMATCH_P: f64 = 0.001;
/// How strongly a mismatch is expected to be near the plan, in accounts.
const MISMATCH_WEIGHT: f64 = 100.0;

/// The terms that were fixed before the start.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    /// The control comes first.
    pub arms: Vec<String>,
    /// The planned share of each arm; none: the arms were not drawn by chance.
    pub shares: Option<Vec<f64>>,
    /// The first one decides.
    pub outcomes: Vec<String>,
    /// The planned number of units of all arms.
    pub planned: u64,
    /// The name of the units' `before`, where it was known before the draw.
    pub before: Option<String>,
    /// What a unit is: "a company family".
    pub unit: &'static str,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Report {
    /// In all arms.
    pub unit_count: u64,
    /// What a unit is.
    pub unit: &'static str,
    /// How many were planned.
    pub planned_count: u64,
    /// Whether accounts were drawn by chance: otherwise a difference may have any cause.
    pub is_drawn: bool,
    /// The arms; the first is the control.
    pub arms: Vec<ArmSize>,
    /// Whether the arms have the sizes that the draw should give; null where no share was planned.
    pub mismatch: Option<Mismatch>,
    /// Accounts that do not count, and why.
    pub left_out: Vec<LeftOut>,
    /// What the outcomes are adjusted by.
    pub adjusted_by: Option<String>,
    /// Each outcome, the one that decides first.
    pub outcomes: Vec<Outcome>,
    /// What follows.
    pub verdict: Verdict,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ArmSize {
    pub arm: String,
    /// Units in it.
    pub unit_count: u64,
    /// The share that the draw should give it, from 0 to 1.
    pub planned_share: Option<f64>,
    /// Accounts in it, before any is left out.
    pub drawn_count: u64,
}

/// Whether the arms have the sizes that the draw should give.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Mismatch {
    /// By the chi-squared test, right for a single look.
    #[serde(rename = "one_look_p")]
    pub one_look: f64,
    /// Right at every look.
    #[serde(rename = "any_look_p")]
    pub any_look: f64,
    /// The sizes do not fit the draw: nothing else counts.
    pub is_alarm: bool,
}

/// An outcome, arm by arm, and its differences to the control.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Outcome {
    /// The outcome's name.
    pub outcome: String,
    /// It happens or not; otherwise it is a number.
    pub is_rate: bool,
    /// The arms; the first is the control.
    pub arms: Vec<InArm>,
    /// Each other arm against the control.
    pub effects: Vec<Compared>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct InArm {
    pub arm: String,
    /// Units whose outcome is known.
    pub unit_count: u64,
    /// Not known yet: their window has not ended.
    pub open_count: u64,
    /// Of these, those with the outcome; null where it is a number.
    pub happened_count: Option<u64>,
    /// A rate from 0 to 1, or the mean of numbers.
    #[serde(rename = "mean_ratio")]
    pub mean: f64,
    /// Of a rate, exact, at 95 %.
    pub interval: Option<Interval>,
}

/// An arm against the control.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Compared {
    pub arm: String,
    /// None: too few for any statement.
    pub difference: Option<Difference>,
    /// How many are missing before anything can be said.
    pub too_few: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The arms' sizes do not fit the draw: nothing else counts.
    Mismatch,
    /// An arm differs from the control in the first outcome.
    Shown,
    /// The planned number is reached and no arm differs.
    NotShown,
    TooFew,
    GoOn,
}

/// The report. `drawn`: by arm, the accounts in it, before any was left out.
pub fn judge(setup: &Setup, units: &[Unit], drawn: &[u64], left_out: Vec<LeftOut>) -> Report {
    let in_arm = |arm: usize| units.iter().filter(move |unit| unit.arm == arm);
    let arms = setup.arms.iter().enumerate().map(|(at, arm)| ArmSize {
        arm: arm.clone(),
        unit_count: in_arm(at).count() as u64,
        planned_share: setup.shares.as_ref().map(|shares| shares[at]),
        drawn_count: drawn[at],
    });
    let mismatch = setup.shares.as_ref().map(|shares| {
        // A family is drawn once.
        let sizes: Vec<u64> = (0..setup.arms.len()).map(|arm| in_arm(arm).count() as u64).collect();
        let any_look = sequential::ratio_mismatch(&sizes, shares, MISMATCH_WEIGHT);
        let (_, one_look) = experiment::ratio_mismatch(&sizes, shares);
        Mismatch { one_look, any_look, is_alarm: any_look < MISMATCH_P }
    });
    let outcomes: Vec<Outcome> =
        (0..setup.outcomes.len()).map(|at| outcome(setup, units, at)).collect();
    let verdict = verdict(setup, units, mismatch, &outcomes);
    Report {
        unit_count: units.len() as u64,
        unit: setup.unit,
        planned_count: setup.planned,
        is_drawn: setup.shares.is_some(),
        arms: arms.collect(),
        mismatch,
        left_out,
        adjusted_by: setup.before.clone(),
        outcomes,
        verdict,
    }
}

/// Whether all known values of an outcome are 0 or 1.
pub fn is_rate<'a>(mut outcomes: impl Iterator<Item = &'a [Option<f64>]>, at: usize) -> bool {
    outcomes.all(|values| values[at].is_none_or(|value| value == 0.0 || value == 1.0))
}

fn verdict(
    setup: &Setup,
    units: &[Unit],
    mismatch: Option<Mismatch>,
    outcomes: &[Outcome],
) -> Verdict {
    let Some(first) = outcomes.first() else { return Verdict::TooFew };
    let known: Vec<&Difference> =
        first.effects.iter().filter_map(|effect| effect.difference.as_ref()).collect();
    let decided = units.iter().filter(|unit| unit.outcomes[0].is_some()).count() as u64;
    if mismatch.is_some_and(|mismatch| mismatch.is_alarm) {
        Verdict::Mismatch
    } else if known.iter().any(|difference| !difference.interval.contains(0.0)) {
        Verdict::Shown
    } else if decided >= setup.planned && !known.is_empty() {
        Verdict::NotShown
    } else if known.is_empty() {
        Verdict::TooFew
    } else {
        Verdict::GoOn
    }
}

fn outcome(setup: &Setup, units: &[Unit], at: usize) -> Outcome {
    let is_rate = is_rate(units.iter().map(|unit| &unit.outcomes[..]), at);
    let known = |arm: usize| -> Vec<(f64, Option<f64>)> {
        let of_arm = units.iter().filter(|unit| unit.arm == arm);
        of_arm.filter_map(|unit| Some((unit.outcomes[at]?, unit.before))).collect()
    };
    let by_arm: Vec<Vec<(f64, Option<f64>)>> = (0..setup.arms.len()).map(known).collect();
    let arms = setup.arms.iter().zip(&by_arm).enumerate().map(|(arm, (name, values))| {
        let all = units.iter().filter(|unit| unit.arm == arm).count();
        let (sum, n) = (values.iter().map(|v| v.0).sum::<f64>(), values.len());
        InArm {
            arm: name.clone(),
            unit_count: n as u64,
            open_count: (all - n) as u64,
            happened_count: is_rate.then_some(sum as u64),
            mean: if n > 0 { sum / n as f64 } else { 0.0 },
            interval: is_rate.then(|| clopper_pearson(sum as u64, n as u64, ALPHA)),
        }
    });
    let comparisons = (setup.arms.len() - 1).max(1) as f64;
    let planned = 2.0 * setup.planned as f64 / setup.arms.len() as f64;
    let effects = (1..setup.arms.len()).map(|arm| {
        let pair =
            Pair { is_rate, comparisons, planned, control: &by_arm[0], treated: &by_arm[arm] };
        let difference = pair.compare();
        let too_few = difference.is_none().then(|| pair.missing());
        Compared { arm: setup.arms[arm].clone(), difference, too_few }
    });
    Outcome {
        outcome: setup.outcomes[at].clone(),
        is_rate,
        arms: arms.collect(),
        effects: effects.collect(),
    }
}

#[cfg(test)]
mod tests;
