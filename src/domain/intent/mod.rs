//! Intent: what an account's evidence is worth today.
//!
//! A contribution is `points × magnitude × confidence × decay(age)`; age runs in whole days from
//! the announcement. A rule counts its strongest pieces of evidence (one, unless it says more),
//! kinds are capped, conjunctions add.
//!
//! Here is the sum; what matches a rule is in [`matching`] and [`growth`].

mod growth;
mod market;
mod matching;

use super::catalogue::Kind;
use super::facts::Facts;
use super::input::MarketEvent;
use super::profile::variant::{CompiledProfile, CompiledRule, Member, Variant};
use super::time::Day;
use super::units::{BasisPoints, MilliPoints, PPM, contribution};
pub use market::concerns;
use serde::Serialize;
use smallvec::SmallVec;

/// What a contribution stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Ground {
    /// The place in the account's evidence.
    Evidence(u16),
    /// The place in the list of market events in force.
    Market(u16),
    /// A standing fact of the company.
    Standing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Contribution {
    /// The place of the rule in the variant.
    pub rule: u16,
    pub ground: Ground,
    pub day: Day,
    pub points: MilliPoints,
    pub magnitude_ppm: i64,
    pub confidence: BasisPoints,
    pub decay_ppm: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Intent {
    pub total: MilliPoints,
    pub contributions: SmallVec<[Contribution; 6]>,
    /// Place of the conjunction, and its points.
    pub conjunctions: SmallVec<[(u16, MilliPoints); 2]>,
    /// What a kind's cap cut off.
    pub capped: SmallVec<[(Kind, MilliPoints); 2]>,
}

/// What intent is made of.
#[derive(Clone, Copy)]
pub struct Signs<'a> {
    pub facts: Facts<'a>,
    /// Market events in force, whose industry and place match.
    pub markets: &'a [&'a MarketEvent],
    /// Only evidence first seen at or after this instant counts, where it is given.
    pub seen_since: Option<super::time::Timestamp>,
}

pub fn evaluate(profile: &CompiledProfile, variant: &Variant, signs: &Signs<'_>) -> Intent {
    let mut intent = Intent::default();
    for (at, rule) in variant.rules.iter().enumerate() {
        matching::strongest(at as u16, rule, signs, &mut intent.contributions);
    }
    cap(profile, variant, &mut intent);
    for (at, conjunction) in variant.conjunctions.iter().enumerate() {
        let points = together(variant, conjunction, &intent.contributions);
        if points != MilliPoints::ZERO {
            intent.total += points;
            intent.conjunctions.push((at as u16, points));
        }
    }
    intent
}

impl Intent {
    pub fn has_kind(&self, variant: &Variant, kind: Kind) -> bool {
        self.positive(variant).any(|(rule, _)| rule.kind == kind)
    }

    /// Something happened: more than standing facts speak.
    pub fn has_event(&self, variant: &Variant) -> bool {
        self.positive(variant).any(|(_, c)| c.ground != Ground::Standing)
    }

    pub fn has_negative(&self) -> bool {
        self.contributions.iter().any(|c| c.points < MilliPoints::ZERO)
    }

    /// The day of the newest contributing event.
    pub fn freshest(&self) -> Option<Day> {
        let events = self.contributions.iter().filter(|c| c.ground != Ground::Standing);
        events.filter(|c| c.points > MilliPoints::ZERO).map(|c| c.day).max()
    }

    fn positive<'a>(
        &'a self,
        variant: &'a Variant,
    ) -> impl Iterator<Item = (&'a CompiledRule, &'a Contribution)> {
        let positive = self.contributions.iter().filter(|c| c.points > MilliPoints::ZERO);
        positive.map(|c| (&variant.rules[usize::from(c.rule)], c))
    }
}

/// Adds up, cutting each kind's positive part to its cap.
fn cap(profile: &CompiledProfile, variant: &Variant, intent: &mut Intent) {
    let mut positive = [0_i64; 6];
    for c in &intent.contributions {
        if c.points.0 > 0 {
            positive[variant.rules[usize::from(c.rule)].kind as usize] += c.points.0;
        } else {
            intent.total += c.points;
        }
    }
    for (kind, most) in &profile.profile.intent.caps {
        let (sum, most) = (&mut positive[*kind as usize], i64::from(*most) * 1_000);
        if *sum > most {
            intent.capped.push((*kind, MilliPoints(*sum - most)));
            *sum = most;
        }
    }
    intent.total += MilliPoints(positive.iter().sum());
}

/// A conjunction is as strong as the weakest of its members, in the best combination that lies
/// close enough together. (Taking the best of every combination, not the combination of the best,
/// keeps it from ever rising with time.)
fn together(
    variant: &Variant,
    conjunction: &super::profile::variant::CompiledConjunction,
    contributions: &[Contribution],
) -> MilliPoints {
    let positive = || contributions.iter().filter(|c| c.points > MilliPoints::ZERO);
    let strength = |c: &Contribution| i64::from(c.decay_ppm) * c.confidence.get() / 10_000;
    let belongs = |c: &Contribution, member: &Member| match member {
        Member::Rule(rule) => usize::from(c.rule) == *rule,
        Member::Kind(kind) => variant.rules[usize::from(c.rule)].kind == *kind,
    };
    let within = i32::from(conjunction.conjunction.within_days);
    let from = |first: Day| {
        let near = |c: &&Contribution| c.day >= first && c.day.since(first) <= within;
        let best =
            |member| positive().filter(near).filter(|c| belongs(c, member)).map(strength).max();
        conjunction.members.iter().map(|m| best(m).unwrap_or(0)).min().unwrap_or(0)
    };
    let weakest = positive().map(|c| from(c.day)).max().unwrap_or(0);
    contribution(
        MilliPoints::points(conjunction.conjunction.points),
        PPM,
        BasisPoints::FULL,
        weakest,
    )
}

type Found = SmallVec<[Contribution; 6]>;
