//! Formulas, each a pure function with its source. Rates are shares from 0 to 1, times are days, money
//! is in the currency of its input.
//!
//! `tests/independent/formulas.py` computes the same with other people's libraries, and
//! `tests/it/evidence` compares.

pub mod bootstrap;
pub mod chance;
pub mod drift;
pub mod experiment;
pub mod jackknife;
pub mod lift;
pub mod multiplicity;
pub mod planner;
pub mod proportion;
pub mod ranking;
pub mod revenue;
pub mod sequential;
pub mod special;
pub mod survival;

/// A range of plausible values, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, schemars::JsonSchema)]
pub struct Interval {
    /// The lower end, in the unit of the figure beside it.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    pub(crate) fn around(middle: f64, half: f64) -> Interval {
        Interval { low: middle - half, high: middle + half }
    }

    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}
