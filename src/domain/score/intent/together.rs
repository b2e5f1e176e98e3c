//! Conjunctions: points for contributions that come together.

use super::Contribution;
use crate::domain::profile::variant::{CompiledConjunction, Member, Variant};
use crate::domain::terms::time::Day;
use crate::domain::terms::units::{BasisPoints, MilliPoints, PPM, contribution};
use smallvec::SmallVec;

/// A day, the place of a member that a contribution of that day belongs to, and its strength.
type Part = (Day, usize, i64);

/// A conjunction is as strong as the weakest of its members, in the best combination that lies
/// close enough together. (Taking the best of every combination, not the combination of the best,
/// keeps it from ever rising with time.)
pub(super) fn together(
    variant: &Variant,
    conjunction: &CompiledConjunction,
    contributions: &[Contribution],
) -> MilliPoints {
    let members = &conjunction.members;
    let positive = || contributions.iter().filter(|c| c.points > MilliPoints::ZERO);
    let belongs = |c: &Contribution, member: &Member| match member {
        Member::Rule(rule) => usize::from(c.rule) == *rule,
        Member::Kind(kind) => variant.rules[usize::from(c.rule)].kind() == *kind,
    };
    // Most conjunctions lack a member altogether.
    if !members.iter().all(|member| positive().any(|c| belongs(c, member))) {
        return MilliPoints::ZERO;
    }
    let mut parts: SmallVec<[Part; 16]> = SmallVec::new();
    for c in positive() {
        let strength = i64::from(c.decay_ppm) * c.confidence.get() / 10_000;
        let mine = members.iter().enumerate().filter(|(_, member)| belongs(c, member));
        parts.extend(mine.map(|(member, _)| (c.day, member, strength)));
    }
    let within = i32::from(conjunction.conjunction.within_days);
    contribution(
        MilliPoints::points(conjunction.conjunction.points),
        PPM,
        BasisPoints::FULL,
        weakest(&mut parts, members.len(), within),
    )
}

/// The strength of the best combination, which begins with one of its parts.
fn weakest(parts: &mut [Part], members: usize, within: i32) -> i64 {
    parts.sort_unstable();
    let mut weakest = 0;
    for (at, (first, ..)) in parts.iter().enumerate() {
        let near = parts[at..].iter().take_while(|(day, ..)| day.since(*first) <= within);
        let mut best: SmallVec<[i64; 4]> = SmallVec::from_elem(0, members);
        near.for_each(|(_, member, strength)| best[*member] = best[*member].max(*strength));
        weakest = best.into_iter().min().unwrap_or(0).max(weakest);
    }
    weakest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Of every span that begins on some day.
    fn of_every_span(parts: &[Part], members: usize, within: i32) -> i64 {
        let from = |first: i32| {
            let near = |day: Day| (first..=first + within).contains(&day.0);
            let of = |member| parts.iter().filter(move |p| p.1 == member && near(p.0));
            (0..members).map(|m| of(m).map(|p| p.2).max().unwrap_or(0)).min().unwrap_or(0)
        };
        (-40..60).map(from).max().unwrap_or(0)
    }

    proptest! {
        #[test]
        fn should_find_the_best_of_every_span(
            parts in prop::collection::vec((0..60, 0..3_usize, 0..1_000_i64), 0..30),
            within in 0..40,
        ) {
            let mut parts: Vec<Part> = parts.into_iter().map(|(d, m, s)| (Day(d), m, s)).collect();
            let expected = of_every_span(&parts, 3, within);
            prop_assert_eq!(weakest(&mut parts, 3, within), expected);
        }
    }
}
