//! Intent: what an account's evidence is worth today.
//!
//! A contribution is `points × magnitude × confidence × decay(age)`; age runs in whole days from
//! the announcement. A rule counts its strongest pieces of evidence (one, unless it says more),
//! kinds are capped, conjunctions add.
//!
//! Here is the sum; what matches a rule is in [`matching`] and [`growth`], what no rule could match
//! in [`sight`].

use crate::domain::terms::by_kind::ByKind;
mod crowd;
mod group;
pub mod growth;
mod market;
mod matching;
mod needs;
mod round;
mod series;
mod sight;
mod together;

use crate::domain::evidence::facts::Facts;
use crate::domain::profile::variant::{CompiledProfile, CompiledRule, Variant};
use crate::domain::score::news::MarketEvent;
use crate::domain::terms::catalogue::Kind;
use crate::domain::terms::time::{Day, Timestamp};
use crate::domain::terms::units::{BasisPoints, MilliPoints, PPM};
pub use crowd::crowd_of;
pub use market::concerns;
pub use round::Round;
use serde::Serialize;
pub use sight::sees;
use smallvec::SmallVec;
use together::together;

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
    /// Of several that count as one: on a later day others may be worth more.
    #[serde(skip)]
    pub may_yield: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Intent {
    pub total: MilliPoints,
    /// What the total would be without anything bad: it never rises with time.
    pub positive: MilliPoints,
    pub contributions: Found,
    /// Place of the conjunction, and its points.
    pub conjunctions: SmallVec<[(u16, MilliPoints); 2]>,
    /// What a kind's cap cut off.
    pub capped: SmallVec<[(Kind, MilliPoints); 2]>,
    /// What matches too, but less strongly than a rule counts.
    #[serde(skip)]
    spare: Found,
}

pub type Found = SmallVec<[Contribution; 6]>;

/// What intent is made of.
#[derive(Clone, Copy)]
pub struct Signs<'a> {
    pub facts: Facts<'a>,
    /// Market events in force, whose industry and place match.
    pub markets: &'a [&'a MarketEvent],
    /// Where it is given, only what came at or after this instant counts (see
    /// [`Evidence::news_since`](crate::domain::evidence::event::Evidence::news_since)), and no part of a
    /// first dump. Earlier evidence still supports it: growth
    /// since an older count, the post that completes a crowd.
    pub seen_since: Option<Timestamp>,
}

impl Signs<'_> {
    fn counts(&self, ground: Ground) -> bool {
        let Some(since) = self.seen_since else { return true };
        match ground {
            Ground::Evidence(place) => {
                let evidence = &self.facts.evidence[usize::from(place)];
                evidence.news_since() >= since && !evidence.is_baseline()
            }
            // The caller names those that came since.
            Ground::Market(_) => true,
            Ground::Standing => false,
        }
    }

    /// Bad news counts from the day it is known on, and so is new only once.
    fn is_old_bad_news(&self, c: &Contribution) -> bool {
        let Ground::Evidence(place) = c.ground else { return false };
        let known = self.facts.evidence[usize::from(place)].first_seen();
        c.points < MilliPoints::ZERO && self.seen_since.is_some_and(|since| known < since)
    }
}

pub fn evaluate(profile: &CompiledProfile, variant: &Variant, signs: &Signs<'_>) -> Intent {
    add_up(profile, variant, find(variant, signs))
}

/// All that matches, rule by rule.
pub fn find(variant: &Variant, signs: &Signs<'_>) -> Found {
    find_from(variant, signs, &[], |_| true)
}

/// The same where what matched on a day before is known. Rules that are not to be tried `anew` match the
/// same pieces, which have only grown older.
pub fn find_from(
    variant: &Variant,
    signs: &Signs<'_>,
    mut known: &[Contribution],
    anew: impl Fn(&CompiledRule) -> bool,
) -> Found {
    let (mut found, today) = (Found::new(), signs.facts.today);
    for (at, rule) in variant.rules.iter().enumerate() {
        let at = at as u16;
        let mine = known.iter().take_while(|c| c.rule == at).count();
        let (mine, others) = known.split_at(mine);
        known = others;
        if anew(rule) || mine.iter().any(|c| c.may_yield) {
            matching::find(at, rule, signs, &mut found);
            found.extend(group::find(at, rule, signs));
        } else {
            found.extend(mine.iter().filter_map(|c| matching::later(c, rule, today)));
        }
    }
    if signs.seen_since.is_some() {
        found.retain(|c| signs.counts(c.ground) && !signs.is_old_bad_news(c));
    }
    found
}

/// The sum of all that matches, rule by rule.
pub fn add_up(profile: &CompiledProfile, variant: &Variant, found: Found) -> Intent {
    let mut intent = Intent { contributions: found, ..Intent::default() };
    // Of everything that matches, not only of what counts by itself: which piece is a rule's
    // strongest changes with time, and a conjunction must not come back by that.
    let conjunctions = variant.conjunctions.iter().enumerate();
    for (at, conjunction) in conjunctions {
        let points = together(variant, conjunction, &intent.contributions);
        if points != MilliPoints::ZERO {
            intent.conjunctions.push((at as u16, points));
        }
    }
    keep_strongest(variant, &mut intent);
    cap(profile, variant, &mut intent);
    for (_, points) in &intent.conjunctions {
        intent.total += *points;
        intent.positive += (*points).max(MilliPoints::ZERO);
    }
    intent
}

/// Of each rule as many pieces as it counts, the strongest first.
fn keep_strongest(variant: &Variant, intent: &mut Intent) {
    let found = &mut intent.contributions;
    let mut end = found.len();
    while end > 0 {
        let rule = found[end - 1].rule;
        let start = found[..end].iter().rposition(|c| c.rule != rule).map_or(0, |at| at + 1);
        let most = usize::from(variant.rules[usize::from(rule)].count);
        if end - start > most {
            found[start..end].sort_by_key(Contribution::strength);
            intent.spare.extend(found.drain(start + most..end));
        }
        end = start;
    }
}

/// What the same evidence is worth on a later day. Where a crowd's second best completion has
/// become its best meanwhile, it is worth more than this says.
pub fn on(
    profile: &CompiledProfile,
    variant: &Variant,
    found: &[Contribution],
    today: Day,
) -> Intent {
    let later = found.iter().filter_map(|c| match c.ground {
        Ground::Standing => Some(*c),
        _ => matching::later(c, &variant.rules[usize::from(c.rule)], today),
    });
    add_up(profile, variant, later.collect())
}

impl Contribution {
    /// Sorts the strongest first: by points, then the fresher, then by place.
    fn strength(&self) -> impl Ord + use<> {
        let place = match self.ground {
            Ground::Evidence(at) => u32::from(at),
            Ground::Market(at) => 1 << 16 | u32::from(at),
            Ground::Standing => 1 << 17,
        };
        (std::cmp::Reverse((self.points.0.abs(), self.day)), place)
    }

    /// Of those that a rule may count as one, what is worth most today.
    fn strongest(all: &[Contribution]) -> Option<Contribution> {
        let best = *all.iter().min_by_key(|c| c.strength())?;
        let may_yield = all.iter().any(|c| c.ground != best.ground && !best.outlasts(c));
        Some(Contribution { may_yield, ..best })
    }

    /// Whether another of the same rule that is worth no more today is worth no more on any later day.
    fn outlasts(&self, other: &Contribution) -> bool {
        let size = |c: &Contribution| (c.confidence, c.magnitude_ppm);
        let (ours, theirs) = (size(self), size(other));
        let is_no_less = ours.0 >= theirs.0 && ours.1 >= theirs.1;
        self.day > other.day && is_no_less || self.day == other.day && ours == theirs
    }
}

impl Intent {
    pub fn has_kind(&self, variant: &Variant, kind: Kind) -> bool {
        self.positive(variant).any(|(rule, _)| rule.kind() == kind)
    }

    /// Something happened: more than standing facts speak.
    pub fn has_event(&self, variant: &Variant) -> bool {
        self.positive(variant).any(|(_, c)| c.ground != Ground::Standing)
    }

    pub fn has_negative(&self) -> bool {
        self.contributions.iter().any(|c| c.points < MilliPoints::ZERO)
            || self.conjunctions.iter().any(|(_, points)| *points < MilliPoints::ZERO)
    }

    /// Everything that matches, whether or not its rule counts it.
    pub fn found(&self) -> impl Iterator<Item = &Contribution> {
        self.contributions.iter().chain(&self.spare)
    }

    /// What a part of it would be worth.
    pub fn only(
        &self,
        profile: &CompiledProfile,
        variant: &Variant,
        keep: impl Fn(&Contribution) -> bool,
    ) -> Intent {
        let mut kept: Found = self.found().filter(|c| keep(c)).copied().collect();
        kept.sort_by_key(|c| c.rule);
        add_up(profile, variant, kept)
    }

    /// The day of the newest piece of good news that matches.
    pub fn newest(&self) -> Option<Day> {
        let events = self.found().filter(|c| c.ground != Ground::Standing);
        events.filter(|c| c.points > MilliPoints::ZERO).map(|c| c.day).max()
    }

    /// What the same day would be worth if a rule matched once more, today and at full strength.
    pub fn with(
        &self,
        profile: &CompiledProfile,
        variant: &Variant,
        rule: u16,
        today: Day,
    ) -> Intent {
        let compiled = &variant.rules[usize::from(rule)];
        let uses = compiled.trigger.is_standing();
        let mut found: Found = self.found().copied().collect();
        found.push(Contribution {
            rule,
            // A place that no evidence has: only whether it is an event matters here.
            ground: if uses { Ground::Standing } else { Ground::Evidence(u16::MAX) },
            day: today,
            points: MilliPoints::points(compiled.points),
            magnitude_ppm: PPM,
            confidence: BasisPoints::FULL,
            decay_ppm: PPM as u32,
            may_yield: false,
        });
        found.sort_by_key(|c| c.rule);
        add_up(profile, variant, found)
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
    let mut positive = ByKind::<i64>::default();
    for c in &intent.contributions {
        if c.points.0 > 0 {
            positive[variant.rules[usize::from(c.rule)].kind()] += c.points.0;
        } else {
            intent.total += c.points;
        }
    }
    for (kind, most) in &profile.profile.intent.caps {
        let (sum, most) = (&mut positive[*kind], i64::from(*most) * 1_000);
        if *sum > most {
            intent.capped.push((*kind, MilliPoints(*sum - most)));
            *sum = most;
        }
    }
    intent.positive = MilliPoints(positive.values().sum());
    intent.total += intent.positive;
}
