//! An account under a profile on one day: which variant wins, how well it fits, what its evidence
//! is worth, and whether anything keeps it out. Changes nothing.

use super::input::Activation;
use super::memo::{self, Known};
use super::state::AccountState;
use super::world::{self, World};
use crate::domain::Text;
use crate::domain::account::standing::Suppression;
use crate::domain::evidence::company::Attribute;
use crate::domain::evidence::event;
use crate::domain::evidence::facts::Facts;
use crate::domain::evidence::signal::bounded;
use crate::domain::profile::Band;
use crate::domain::profile::variant::{CompiledProfile, CompiledRule, Variant};
use crate::domain::profile::when::Answer;
use crate::domain::score::fit::{self, Fit, Tier};
use crate::domain::score::intent::{self, Found, Ground, Intent, Signs};
use crate::domain::score::news::MarketEvent;
use crate::domain::score::priority;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::by_kind::ByKind;
use crate::domain::terms::catalogue::{Kind, SuppressionList};
use crate::domain::terms::time::{Day, Timestamp};
use crate::domain::terms::units::MilliPoints;
use smallvec::SmallVec;

pub struct Assessment<'a> {
    pub activation: &'a Activation,
    pub variant: &'a Variant,
    pub facts: Facts<'a>,
    pub markets: SmallVec<[&'a MarketEvent; 4]>,
    /// When each of them was read.
    pub markets_seen: SmallVec<[Timestamp; 4]>,
    pub fit: Fit,
    pub tier: Tier,
    pub intent: Intent,
    /// What the thresholds are compared with: intent, or fit and intent in an additive profile.
    pub score: MilliPoints,
    pub band: Band,
    /// Why nothing may be said of this account.
    pub excluded: Option<Text>,
    /// Customers and open opportunities: their owner is informed, no sequencer is.
    pub owner_only: bool,
    /// The next day on which time alone may change fit or exclusion.
    pub flips: Option<Day>,
    /// The same of the fit alone, that of every variant.
    pub(super) fit_flips: Option<Day>,
    /// All that the intent is the sum of.
    pub(super) found: Found,
    /// The next day on which a report that is known already arrives.
    pub(super) ahead: Option<Day>,
}

/// Where an account stands on `today`, under `activation`.
pub fn assess<'a>(
    world: &'a World,
    account: &'a AccountKey,
    state: &'a AccountState,
    activation: &'a Activation,
    today: Day,
) -> Assessment<'a> {
    assess_from(world, account, state, activation, today, None)
}

/// The same by what is known from the last look: only what may have changed since is worked out.
pub(super) fn assess_from<'a>(
    world: &'a World,
    account: &'a AccountKey,
    state: &'a AccountState,
    activation: &'a Activation,
    today: Day,
    known: Option<&Known>,
) -> Assessment<'a> {
    let profile = &*activation.profile;
    let known = known.filter(|known| known.holds(activation, today));
    let facts = match known.and_then(Known::moved) {
        Some(moved) => Facts::with(account, &state.company, &state.evidence, today, moved),
        None => Facts::new(account, &state.company, &state.evidence, today),
    }
    .trusting(profile.profile.fit.tool_confidence_percent);
    let (at, fit, fit_flips) = match known.and_then(Known::fit) {
        Some((at, fit, flips)) => (at, fit.clone(), flips),
        None => best_fit(profile, &facts),
    };
    let variant = &profile.variants[at];
    let (mut markets, mut markets_seen) = (SmallVec::<[&MarketEvent; 4]>::new(), SmallVec::new());
    for (seen, market) in world.markets(state.applied, today) {
        if intent::concerns(market, &facts) {
            markets.push(market);
            markets_seen.push(seen);
        }
    }
    let signs = Signs { facts, markets: &markets, seen_since: None };
    let found = match known.filter(|known| known.variant == at) {
        Some(known) => known.found(variant, &signs),
        None => intent::find(variant, &signs),
    };
    let intent = intent::add_up(profile, variant, found.clone());
    let score = if profile.is_additive() { fit.lower + intent.total } else { intent.total };
    let (excluded, flips) = excluded(profile, state, &facts);
    let flips = [flips, fit_flips].into_iter().flatten().min();
    Assessment {
        activation,
        variant,
        tier: tier(profile, variant, &fit),
        band: priority::band(profile.profile.intent.bands, score),
        owner_only: owner_only(profile, state, &facts),
        fit,
        facts,
        markets,
        markets_seen,
        intent,
        score,
        excluded,
        flips,
        fit_flips,
        found,
        ahead: match known {
            Some(known) if !known.is_ahead => None,
            _ => event::next_ahead(&state.evidence, today),
        },
    }
}

impl<'a> Assessment<'a> {
    pub fn profile(&self) -> &'a CompiledProfile {
        &self.activation.profile
    }

    /// What the next look may begin with.
    pub(super) fn known(&self) -> Known {
        let profile = self.profile();
        let is_mine = |v: &Variant| std::ptr::eq(v, self.variant);
        Known {
            number: self.activation.number,
            version: profile.version.clone(),
            day: self.facts.today,
            until: [self.ahead, self.fit_flips].into_iter().flatten().min(),
            is_ahead: self.ahead.is_some(),
            variant: profile.variants.iter().position(is_mine).unwrap_or(0),
            fit: self.fit.clone(),
            fit_flips: self.fit_flips,
            moved: self.facts.moved(),
            found: self.found.clone(),
            has_moved: false,
            // Places of market events are no longer theirs once one has come or gone.
            anew: ByKind::of(Kind::News, !self.markets.is_empty()),
        }
    }

    /// Whether both come to the same.
    pub(super) fn is_as(&self, other: &Assessment<'_>) -> bool {
        let of = |a: &Assessment<'_>| {
            let fit =
                (a.fit.clone(), a.tier, a.fit_flips, a.facts.moved(), a.variant.segment.clone());
            let score = (a.intent.clone(), a.found.clone(), a.score, a.band, a.next_to_come());
            (fit, score, a.excluded.clone(), a.owner_only, a.flips)
        };
        of(self) == of(other)
    }

    /// The fit gate (see [`Fit::passes`]).
    pub fn fits(&self) -> bool {
        self.fit.passes(self.profile(), self.variant)
    }

    /// Would fit if every unknown turned out well.
    pub fn might_fit(&self) -> bool {
        self.fit.might_pass(self.profile(), self.variant)
    }

    /// Intent holds: enough of it, of the kinds required, and not standing facts alone.
    pub fn is_ready(&self) -> bool {
        self.is_ready_by(&self.intent)
    }

    /// The same on another day, with the evidence as it is now.
    pub fn was_ready_on(&self, day: Day) -> bool {
        self.is_ready_by(&self.intent_on(day))
    }

    pub(super) fn is_ready_by(&self, intent: &Intent) -> bool {
        let required = &self.profile().profile.intent;
        let has = |kind: &_| intent.has_kind(self.variant, *kind);
        self.score_of(intent) >= self.variant.enter
            && intent.has_event(self.variant)
            && (required.require_any.is_empty() || required.require_any.iter().any(has))
            && required.require_all.iter().all(has)
    }

    /// The score that what came at or after `since` gives alone.
    pub fn fresh_score(&self, since: Timestamp) -> MilliPoints {
        let signs = Signs { facts: self.facts, markets: &[], seen_since: Some(since) };
        self.score_of(&intent::evaluate(self.profile(), self.variant, &signs))
    }

    /// Whether what came at or after `since` would, without anything bad, keep an episode
    /// open by itself.
    pub fn is_news_since(&self, since: Timestamp) -> bool {
        let signs = Signs { facts: self.facts, markets: &[], seen_since: Some(since) };
        let fresh = intent::evaluate(self.profile(), self.variant, &signs);
        fresh.has_event(self.variant)
            && self.score - self.intent.total + fresh.positive >= self.variant.exit
    }

    /// The score on another day, with the evidence as it is.
    pub fn score_on(&self, day: Day) -> MilliPoints {
        self.score_of(&self.intent_on(day))
    }

    pub(super) fn intent_on(&self, day: Day) -> Intent {
        let signs = |facts| Signs { facts, markets: &self.markets, seen_since: None };
        // Until something arrives, what matches only grows older.
        let found = if day >= self.facts.today && self.ahead.is_none_or(|ahead| day < ahead) {
            let may_differ = |rule: &CompiledRule| memo::may_differ(rule, &self.markets);
            let signs = signs(self.facts.later(day));
            intent::find_from(self.variant, &signs, &self.found, may_differ)
        } else {
            intent::find(self.variant, &signs(self.facts.on(day)))
        };
        intent::add_up(self.profile(), self.variant, found)
    }

    /// What an intent comes to, with the fit of today.
    pub fn score_of(&self, intent: &Intent) -> MilliPoints {
        if self.profile().is_additive() { self.fit.lower + intent.total } else { intent.total }
    }

    /// Intent on a later day if nothing new comes (see [`intent::on`]).
    pub fn later(&self, day: Day) -> Intent {
        intent::on(self.profile(), self.variant, &self.found, day)
    }

    /// Whether a contribution depends on more than its own piece of evidence.
    pub fn has_crowd(&self) -> bool {
        self.intent.contributions.iter().any(|c| self.rule(c.rule).trigger.at_least().is_some())
    }

    fn rule(&self, at: u16) -> &'a CompiledRule {
        &self.variant.rules[usize::from(at)]
    }

    /// The first day from tomorrow on at which the score is below `line`, or nothing but standing
    /// facts speaks any more, if nothing new comes; or `before`, where it holds until then. Only where
    /// nothing bad can fade.
    pub fn falls_below(&self, line: MilliPoints, before: Option<Day>) -> Day {
        let fallen = |days: i32| {
            let later = self.later(self.facts.today.plus(days));
            self.score_of(&later) < line || !later.has_event(self.variant)
        };
        // All events have left their windows by then.
        let ends = self.found.iter().filter(|c| c.ground != Ground::Standing);
        let ends = ends.map(|c| c.day.plus(self.rule(c.rule).decay_ppm.len() as i32));
        let end = ends.max().map_or(1, |end| end.since(self.facts.today).max(1));
        let (mut holds, mut fell) = (0, end);
        if let Some(before) = before.map(|day| day.since(self.facts.today)).filter(|n| *n <= end) {
            if before <= 1 || !fallen(before - 1) {
                return self.facts.today.plus(before);
            }
            fell = before - 1;
        }
        while holds + 1 < fell {
            let middle = (holds + fell) / 2;
            if fallen(middle) { fell = middle } else { holds = middle }
        }
        self.facts.today.plus(fell)
    }

    /// Whether the score could rise with time alone: something bad fades, or is still to come.
    pub fn may_rise(&self) -> bool {
        self.intent.has_negative() || self.next_to_come().is_some()
    }

    /// The day of the next event that is still to come, of those the profile sees.
    pub fn next_to_come(&self) -> Option<Day> {
        let today = self.facts.today;
        let evidence = if self.ahead.is_some() { self.facts.evidence } else { &[] };
        let own = evidence.iter().filter(|e| {
            e.day().is_some_and(|day| day > today) && intent::sees(self.profile(), e.event())
        });
        let own = own.filter_map(crate::domain::evidence::event::Evidence::day);
        own.chain(self.markets.iter().map(|m| m.occurred.day)).filter(|day| *day > today).min()
    }
}

/// The place of the variant whose segment takes the company and that fits best, the more special at a tie;
/// and the next day on which time alone may change the fit of any.
fn best_fit(profile: &CompiledProfile, facts: &Facts<'_>) -> (usize, Fit, Option<Day>) {
    let rank = |v: &Variant, f: &Fit| (tier(profile, v, f).is_icp(), f.lower);
    // The primary takes every company; it is always among the variants, and the last.
    let (primary, segments) = profile.variants.split_last().expect("a profile has its primary");
    let mut best = (segments.len(), fit::evaluate(primary, facts));
    let mut flips = best.1.flips;
    for (at, segment) in segments.iter().enumerate().rev() {
        if let Some(when) = &segment.when {
            let asked = when.ask(facts);
            flips = [flips, asked.flips].into_iter().flatten().min();
            if asked.answer != Answer::Yes {
                continue;
            }
        }
        let fit = fit::evaluate(segment, facts);
        flips = [flips, fit.flips].into_iter().flatten().min();
        if rank(segment, &fit) >= rank(&profile.variants[best.0], &best.1) {
            best = (at, fit);
        }
    }
    (best.0, best.1, flips)
}

fn tier(profile: &CompiledProfile, variant: &Variant, fit: &Fit) -> Tier {
    fit.tier(variant, profile.profile.fit.known_percent)
}

fn excluded(
    profile: &CompiledProfile,
    state: &AccountState,
    facts: &Facts<'_>,
) -> (Option<Text>, Option<Day>) {
    let today = facts.today;
    let mut flips: Option<Day> = None;
    let mut reason: Option<Text> = None;
    for suppression in &state.suppressions {
        let holds = suppression.until.is_none_or(|until| today < until);
        if holds {
            flips = [flips, suppression.until].into_iter().flatten().min();
            if world::excludes(suppression.list) && reason.is_none() {
                let name: &'static str = suppression.list.into();
                reason = Some(suppression.reason.clone().unwrap_or(Text::const_new(name)));
            }
        }
    }
    for (parent, suppression) in inherited(profile, state) {
        let holds = suppression.until.is_none_or(|until| today < until);
        if holds {
            flips = [flips, suppression.until].into_iter().flatten().min();
            if world::excludes(suppression.list) && reason.is_none() {
                let name: &'static str = suppression.list.into();
                let why = suppression.reason.as_deref().unwrap_or(name);
                reason = bounded(&format!("its parent {parent}: {why}"));
            }
        }
    }
    let exclusions = profile.profile.fit.exclusions.iter().zip(&profile.exclusions);
    for (exclusion, question) in exclusions {
        let until = exclusion.expires.map(Day::from_date);
        if until.is_some_and(|until| today >= until) {
            continue;
        }
        let asked = question.ask(facts);
        flips = [flips, until, asked.flips].into_iter().flatten().min();
        if asked.answer == Answer::Yes && reason.is_none() {
            reason = Some(exclusion.reason.clone());
        }
    }
    (reason, flips)
}

/// The lists that the parent is on and that count for its subsidiaries too, by the profile.
pub fn inherited<'a>(
    profile: &'a CompiledProfile,
    state: &'a AccountState,
) -> impl Iterator<Item = (&'a AccountKey, &'a Suppression)> {
    let counts = &profile.profile.fit.inherit_from_parent;
    let parent = state.kin.parent.iter();
    let lists = parent.flat_map(|parent| parent.lists.iter().map(move |s| (&parent.account, s)));
    lists.filter(|(_, suppression)| counts.contains(&suppression.list))
}

fn owner_only(profile: &CompiledProfile, state: &AccountState, facts: &Facts<'_>) -> bool {
    let own = state.suppressions.iter();
    let listed = own
        .chain(inherited(profile, state).map(|(_, suppression)| suppression))
        .any(|s| s.list.informs_owner() && s.until.is_none_or(|until| facts.today < until));
    listed
        || facts.company.fact(Attribute::Lifecycle).is_some_and(|fact| {
            let customer: &'static str = SuppressionList::Customer.into();
            fact.value.texts().any(|stage| stage == customer || stage == "opportunity")
        })
}
