//! The fit of a decision, criterion by criterion.

use crate::codec::symbols::Open;
use crate::domain::account::decision::{CriterionExplained, FitExplained};
use crate::domain::profile::when::Answer;
use crate::domain::terms::time::Day;
use crate::domain::terms::units::MilliPoints;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(crate) struct FitWire<'a> {
    lower_millipoints: i64,
    upper_millipoints: i64,
    known_percent: i32,
    gate_millipoints: i64,
    #[serde(borrow)]
    criteria: Vec<CriterionWire<'a>>,
}

#[derive(Serialize, Deserialize)]
struct CriterionWire<'a> {
    name: &'a str,
    weight: i32,
    answer: Open<Answer>,
    required: bool,
    found: &'a str,
    as_of: Option<i32>,
    source: Option<&'a str>,
    stale: bool,
}

impl<'a> FitWire<'a> {
    pub(crate) fn of(fit: &'a FitExplained) -> FitWire<'a> {
        let criteria = fit.criteria.iter().map(|c| CriterionWire {
            name: &c.name,
            weight: c.weight,
            answer: Open((c.answer != Answer::Unknown).then_some(c.answer)),
            required: c.required,
            found: &c.found,
            as_of: c.as_of.map(|day| day.0),
            source: c.source.as_deref(),
            stale: c.stale,
        });
        FitWire {
            lower_millipoints: fit.lower.0,
            upper_millipoints: fit.upper.0,
            known_percent: fit.known_percent,
            gate_millipoints: fit.gate.0,
            criteria: criteria.collect(),
        }
    }

    pub(crate) fn fit(self) -> FitExplained {
        let criteria = self.criteria.into_iter().map(|c| CriterionExplained {
            name: c.name.into(),
            weight: c.weight,
            answer: c.answer.0.unwrap_or(Answer::Unknown),
            required: c.required,
            found: c.found.into(),
            as_of: c.as_of.map(Day),
            source: c.source.map(Into::into),
            stale: c.stale,
        });
        FitExplained {
            lower: MilliPoints(self.lower_millipoints),
            upper: MilliPoints(self.upper_millipoints),
            known_percent: self.known_percent,
            gate: MilliPoints(self.gate_millipoints),
            criteria: criteria.collect(),
        }
    }
}
