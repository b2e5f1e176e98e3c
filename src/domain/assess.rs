//! An account under a profile on one day: which variant wins, how well it fits, what its evidence
//! is worth, and whether anything keeps it out. Changes nothing.

use super::account::AccountKey;
use super::catalogue::SuppressionList;
use super::company::Attribute;
use super::facts::Facts;
use super::fit::{self, Fit, Tier};
use super::input::{Activation, MarketEvent};
use super::intent::{self, Intent, Signs};
use super::profile::Band;
use super::profile::variant::{CompiledProfile, Variant};
use super::profile::when::Answer;
use super::state::AccountState;
use super::time::{Day, Timestamp};
use super::units::MilliPoints;
use super::world::World;
use super::{Text, priority, world};
use smallvec::SmallVec;

pub struct Assessment<'a> {
    pub activation: &'a Activation,
    pub variant: &'a Variant,
    pub facts: Facts<'a>,
    pub markets: SmallVec<[&'a MarketEvent; 4]>,
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
}

/// Where an account stands on `today`, under `activation`.
pub fn assess<'a>(
    world: &'a World,
    account: &'a AccountKey,
    state: &'a AccountState,
    activation: &'a Activation,
    today: Day,
) -> Assessment<'a> {
    let facts = Facts { account, company: &state.company, evidence: &state.evidence, today };
    let profile = &*activation.profile;
    let (variant, fit) = best_fit(profile, &facts);
    let markets: SmallVec<[&MarketEvent; 4]> =
        world.markets(state.applied, today).filter(|m| intent::concerns(m, &facts)).collect();
    let signs = Signs { facts, markets: &markets, seen_since: None };
    let intent = intent::evaluate(profile, variant, &signs);
    let score = if profile.is_additive() { fit.lower + intent.total } else { intent.total };
    let (excluded, flips) = excluded(profile, state, &facts);
    let flips = [flips, fit.flips].into_iter().flatten().min();
    Assessment {
        activation,
        variant,
        tier: tier(profile, variant, &fit),
        band: priority::band(profile.profile.intent.bands, score),
        owner_only: owner_only(state, &facts),
        fit,
        facts,
        markets,
        intent,
        score,
        excluded,
        flips,
    }
}

impl<'a> Assessment<'a> {
    pub fn profile(&self) -> &'a CompiledProfile {
        &self.activation.profile
    }

    /// The fit gate. An additive profile has none but its required criteria.
    pub fn fits(&self) -> bool {
        if self.profile().is_additive() {
            return !self.fit.missing_required && !self.fit.unsure_required;
        }
        self.tier.is_icp() && self.fit.lower >= self.variant.gate
    }

    /// Would fit if every unknown turned out well.
    pub fn might_fit(&self) -> bool {
        self.fit.best_tier(self.variant).is_icp() && self.fit.upper >= self.variant.gate
    }

    /// Intent holds: enough of it, of the kinds required, and not standing facts alone.
    pub fn is_ready(&self) -> bool {
        let required = &self.profile().profile.intent;
        let has = |kind: &_| self.intent.has_kind(self.variant, *kind);
        self.score >= self.variant.enter
            && self.intent.has_event(self.variant)
            && (required.require_any.is_empty() || required.require_any.iter().any(has))
            && required.require_all.iter().all(has)
    }

    /// The score that evidence first seen at or after `since` gives alone.
    pub fn fresh_score(&self, since: Timestamp) -> MilliPoints {
        let signs = Signs { facts: self.facts, markets: &[], seen_since: Some(since) };
        let fresh = intent::evaluate(self.profile(), self.variant, &signs).total;
        if self.profile().is_additive() { self.fit.lower + fresh } else { fresh }
    }

    /// The score on another day, with the evidence as it is.
    pub fn score_on(&self, day: Day) -> MilliPoints {
        let facts = Facts { today: day, ..self.facts };
        let signs = Signs { facts, markets: &self.markets, seen_since: None };
        let total = intent::evaluate(self.profile(), self.variant, &signs).total;
        if self.profile().is_additive() { self.fit.lower + total } else { total }
    }

    /// Whether the score could rise with time alone: something bad fades, or is still to come.
    pub fn may_rise(&self) -> bool {
        self.intent.has_negative() || self.next_to_come().is_some()
    }

    /// The day of the next event that is still to come.
    pub fn next_to_come(&self) -> Option<Day> {
        let today = self.facts.today;
        let own = self.facts.evidence.iter().filter_map(super::evidence::Evidence::day);
        own.chain(self.markets.iter().map(|m| m.occurred.day)).filter(|day| *day > today).min()
    }
}

/// The variant whose segment takes the company and that fits best; the more special at a tie.
fn best_fit<'a>(profile: &'a CompiledProfile, facts: &Facts<'_>) -> (&'a Variant, Fit) {
    let mut best: Option<(&Variant, Fit)> = None;
    for variant in &profile.variants {
        if let Some(when) = &variant.when
            && when.ask(facts).answer != Answer::Yes
        {
            continue;
        }
        let fit = fit::evaluate(variant, facts);
        let better = best.as_ref().is_none_or(|(other, best)| {
            let rank = |v: &Variant, f: &Fit| (tier(profile, v, f).is_icp(), f.lower);
            rank(variant, &fit) > rank(other, best)
        });
        if better {
            best = Some((variant, fit));
        }
    }
    match best {
        Some(best) => best,
        // The primary takes every company; it is always among the variants, and the last.
        None => {
            let primary = &profile.variants[profile.variants.len() - 1];
            (primary, fit::evaluate(primary, facts))
        }
    }
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
    for exclusion in &profile.profile.fit.exclusions {
        let until = exclusion.expires.map(Day::from_date);
        if until.is_some_and(|until| today >= until) {
            continue;
        }
        let asked = exclusion.when.ask(facts);
        flips = [flips, until, asked.flips].into_iter().flatten().min();
        if asked.answer == Answer::Yes && reason.is_none() {
            reason = Some(exclusion.reason.clone());
        }
    }
    (reason, flips)
}

fn owner_only(state: &AccountState, facts: &Facts<'_>) -> bool {
    let listed = state
        .suppressions
        .iter()
        .any(|s| s.list.informs_owner() && s.until.is_none_or(|until| facts.today < until));
    listed
        || facts.company.fact(Attribute::Lifecycle).is_some_and(|fact| {
            let customer: &'static str = SuppressionList::Customer.into();
            fact.value.as_terms().iter().any(|t| t == customer || t == "opportunity")
        })
}
