//! What the last look at an account worked out, kept beside its state in memory so that the next look need
//! not do it again. It is never written: a state without it gives the same, and a debug build compares
//! the two at every look.
//!
//! **What it stands on, and what ends it.** Fit and matches follow from five things alone:
//!
//! | thing | how it is watched |
//! | --- | --- |
//! | the profile | every broadcast drops the memo; number and version are compared besides |
//! | the company | every input drops the memo, unless it is listed here |
//! | the evidence | so does every input, unless it added one piece that is in force and counts no people ([`Memo::add`]), or left the state as it was; and so does forgetting a piece, or of merged accounts anything |
//! | the day | it serves later days up to the first on which a fit may flip, or a report of a day to come arrives; until then pieces only grow older. Of several that count as one the day may say which: they are sought anew, unless the one found outlasts the others |
//! | market events | the rules that may count one are tried anew while there is any |
//!
//! All else that a look depends on (suppressions, the parent's lists, where products stand) is not in it:
//! it is read anew each time. An input is listed by handing the memo on in [`super::step`]; whatever is
//! not handed on is dropped there.

use super::input::Activation;
use crate::domain::Text;
use crate::domain::evidence::facts::{self, Moved};
use crate::domain::evidence::signal::Event;
use crate::domain::profile::variant::{CompiledRule, Variant};
use crate::domain::score::fit::Fit;
use crate::domain::score::intent::{self, Contribution, Found, Ground, Signs};
use crate::domain::score::news::MarketEvent;
use crate::domain::terms::by_kind::ByKind;
use crate::domain::terms::catalogue::Kind;
use crate::domain::terms::heap::{Heap, array};
use crate::domain::terms::time::Day;

/// Of each product, in their order. Two are always equal: none says anything that the state does not.
#[derive(Clone, Debug, Default)]
pub struct Memo(Vec<Known>);

impl PartialEq for Memo {
    fn eq(&self, _: &Memo) -> bool {
        true
    }
}

impl Eq for Memo {}

/// The fit and the matches of an account under one profile.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) number: u64,
    pub(super) version: Text,
    pub(super) day: Day,
    /// The first day on which it does not hold any more.
    pub(super) until: Option<Day>,
    /// Whether evidence of a day to come is known.
    pub(super) is_ahead: bool,
    /// The place of the variant.
    pub(super) variant: usize,
    pub(super) fit: Fit,
    pub(super) fit_flips: Option<Day>,
    pub(super) moved: Moved,
    pub(super) found: Found,
    /// A piece was added since that may move facts.
    pub(super) has_moved: bool,
    /// Kinds of which a piece was added since.
    pub(super) anew: ByKind<bool>,
}

impl Memo {
    pub(super) fn of(&self, place: usize) -> Option<&Known> {
        self.0.get(place)
    }

    /// What a look has found for the product at a place: one of those before, or the next.
    pub(super) fn put(&mut self, place: usize, known: Known) {
        match self.0.get_mut(place) {
            Some(before) => *before = known,
            None => {
                // Most accounts stand with one product; a list grows to four.
                self.0.reserve_exact(1);
                self.0.push(known);
            }
        }
    }

    /// A piece of evidence was put in at a place; nothing else has changed.
    pub(super) fn add(&mut self, place: usize, event: &Event) {
        let later = |ground: &mut Ground| match ground {
            Ground::Evidence(at) if usize::from(*at) >= place => *at += 1,
            _ => {}
        };
        for known in &mut self.0 {
            known.found.iter_mut().for_each(|c| later(&mut c.ground));
            known.anew[event.kind()] = true;
            known.has_moved |= facts::moves(event);
        }
    }
}

impl Heap for Memo {
    fn heap(&self) -> usize {
        let apart = |k: &Known| if k.found.spilled() { k.found.capacity() } else { 0 };
        let apart = self.0.iter().map(|k| array::<Contribution>(apart(k))).sum::<usize>();
        array::<Known>(self.0.capacity()) + apart
    }
}

impl Known {
    pub(super) fn holds(&self, activation: &Activation, today: Day) -> bool {
        self.number == activation.number
            && self.version == activation.profile.version
            && self.day <= today
            && self.until.is_none_or(|until| today < until)
    }

    pub(super) fn moved(&self) -> Option<Moved> {
        (!self.has_moved).then_some(self.moved)
    }

    pub(super) fn fit(&self) -> Option<(usize, &Fit, Option<Day>)> {
        (!self.has_moved).then_some((self.variant, &self.fit, self.fit_flips))
    }

    pub(super) fn found(&self, variant: &Variant, signs: &Signs<'_>) -> Found {
        let anew = |rule: &CompiledRule| self.anew[rule.kind()] || may_differ(rule, signs.markets);
        intent::find_from(variant, signs, &self.found, anew)
    }
}

/// Whether a rule may match others than before though no evidence has come: market events are not
/// remembered.
pub(super) fn may_differ(rule: &CompiledRule, markets: &[&MarketEvent]) -> bool {
    rule.kind() == Kind::News && !markets.is_empty()
}
