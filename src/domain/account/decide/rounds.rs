//! The rounds of funding that count for an account: a later or a larger one is announced.

use crate::domain::account::assess::Assessment;
use crate::domain::evidence::signal::Event;
use crate::domain::score::intent::{Contribution, Ground, Round};
use crate::domain::terms::units::MilliPoints;

/// The best of the rounds that count today.
pub(super) fn best_round(a: &Assessment<'_>) -> Round {
    rounds(a).fold(Round::default(), |best, (_, round)| best.with(round))
}

/// Rounds that match a rule which gives points for them.
fn rounds<'a>(a: &'a Assessment<'_>) -> impl Iterator<Item = (&'a Contribution, Round)> {
    let counted = a.intent.found().filter(|c| c.points > MilliPoints::ZERO);
    counted.filter_map(|c| match c.ground {
        Ground::Evidence(at) => match a.facts.evidence[usize::from(at)].event() {
            Event::Funding(funding) => Some((c, Round::of(funding))),
            _ => None,
        },
        Ground::Market(_) | Ground::Standing => None,
    })
}

/// A round beyond those announced, the strongest first. What a vendor's first dump brings is none.
pub(super) fn beyond<'a>(a: &'a Assessment<'_>, announced: Round) -> Option<&'a Contribution> {
    let dumped = |c: &Contribution| match c.ground {
        Ground::Evidence(at) => a.facts.evidence[usize::from(at)].is_baseline(),
        Ground::Market(_) | Ground::Standing => false,
    };
    let new = rounds(a).filter(|(c, round)| round.exceeds(announced) && !dumped(c));
    new.map(|(c, _)| c).max_by_key(|c| (c.points, c.day))
}
