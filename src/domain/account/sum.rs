//! A decision's sum as people read it: line by line, with what caps took away, so that the lines
//! shown add up to the total shown. Every view takes its figures from here.

use super::decision::{ContributionExplained, FitExplained, IntentExplained};
use crate::domain::Text;
use crate::domain::terms::catalogue::Kind;
use crate::domain::terms::shown::{Shown, Unit, apportion};
use crate::domain::terms::units::MilliPoints;

/// Points of one line, and where they come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// The fit, of which the score of an additive profile consists too.
    Fit,
    Contribution(&'a ContributionExplained),
    /// A conjunction, by its name.
    Together(&'a Text),
    /// A kind's cap, in points, and what it took away.
    Cap(Kind, MilliPoints),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum<'a> {
    pub lines: Vec<(Part<'a>, Shown)>,
    /// What the lines add up to.
    pub total: Shown,
    unit: Unit,
}

impl<'a> Sum<'a> {
    pub fn of(intent: &'a IntentExplained) -> Sum<'a> {
        let mut parts: Vec<(Part<'a>, MilliPoints)> = Vec::new();
        parts.extend(intent.contributions.iter().map(|c| (Part::Contribution(c), c.contribution)));
        parts.extend(intent.conjunctions.iter().map(|(name, n)| (Part::Together(name), *n)));
        parts.extend(intent.capped.iter().map(|(kind, over)| {
            let of_kind = intent.contributions.iter().filter(|c| c.kind == *kind);
            let positive = of_kind.map(|c| c.contribution.0.max(0)).sum::<i64>();
            (Part::Cap(*kind, MilliPoints(positive - over.0)), -*over)
        }));
        // In an additive profile the total is the score: fit and intent.
        let base = intent.score.0 - parts.iter().map(|(_, points)| points.0).sum::<i64>();
        if base != 0 {
            parts.insert(0, (Part::Fit, MilliPoints(base)));
        }
        let unit = Unit::beside(intent.score, &[intent.enter, intent.exit]);
        let points: Vec<MilliPoints> = parts.iter().map(|(_, points)| *points).collect();
        let shown = apportion(&points, unit);
        let lines = parts.into_iter().zip(shown).map(|((part, _), shown)| (part, shown)).collect();
        Sum { lines, total: Shown::down(intent.score, unit), unit }
    }

    /// The points of the fit, where they are part of the total.
    pub fn fit(&self) -> Option<Shown> {
        self.lines.iter().find(|(part, _)| *part == Part::Fit).map(|(_, shown)| *shown)
    }

    /// The points of intent alone, as its lines add up.
    pub fn intent(&self) -> Shown {
        let lines = self.lines.iter().filter(|(part, _)| *part != Part::Fit);
        self.add_up(lines.map(|(_, shown)| *shown))
    }

    pub fn add_up(&self, pieces: impl IntoIterator<Item = Shown>) -> Shown {
        Shown::sum(self.unit, pieces)
    }
}

/// A fit beside the gate: `65`, `59.5`.
pub fn fit_shown(fit: &FitExplained) -> Shown {
    Shown::beside(fit.lower, &[fit.gate])
}

/// Fit and intent, each with what it needs: `fit 65 (needs 60), intent 45 (needs 40)`; after an
/// exit, with the line that it fell below.
pub fn scores(fit: &FitExplained, intent: &IntentExplained, has_left: bool) -> String {
    let sum = Sum::of(intent);
    let line = if has_left {
        format!("(leaves below {})", intent.exit)
    } else {
        format!("(needs {})", intent.enter)
    };
    match sum.fit() {
        Some(fit) => format!("fit {fit} + intent {} = {} {line}", sum.intent(), sum.total),
        None => format!("fit {} (needs {}), intent {} {line}", fit_shown(fit), fit.gate, sum.total),
    }
}
