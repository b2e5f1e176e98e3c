//! From an assessment to decisions: who enters, who leaves, what is said about it.
//!
//! Here is the order in which an account is looked at, and what it waits for; [`enter`] and
//! [`leave`] know the lines, [`reason`] says what moved a score below one, [`strengthen`] what is announced
//! within an episode, [`merge`] what becomes of episodes when accounts are merged, [`draft`] writes a
//! decision down, [`due`] says when to look again.

mod draft;
mod due;
mod enter;
mod leave;
mod merge;
mod reason;
mod rounds;
mod strengthen;

use super::assess::{Assessment, assess, assess_from};
use super::decision::{Decision, DecisionKind};
use super::input::{Activation, LogPosition, SalesOutcome};
use super::state::AccountState;
use super::world::World;
use crate::domain::Text;
use crate::domain::account::standing::{ProductState, Stage};
use crate::domain::evidence::signal::{Signal, SignalId};
use crate::domain::score::fit::{Noted, Tier};
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::{Day, Timestamp};
use crate::domain::terms::units::MilliPoints;

/// Why an account is looked at.
#[derive(Clone, Copy, Debug)]
pub enum Cause<'a> {
    Midnight,
    /// A profile was activated; `first`: the first one of its product.
    Activation {
        product: &'a str,
        first: bool,
    },
    Market,
    MarketRetraction,
    /// An input of the account's own.
    Input(Happened<'a>),
}

/// What an input did, as far as it matters to decisions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Happened<'a> {
    /// Another report of a known event: counts nothing, strengthens nothing.
    pub merged: bool,
    /// Evidence was taken back or corrected.
    pub correction: bool,
    /// The signal that it was.
    pub signal: Option<&'a Signal>,
    /// Part of a vendor's first dump.
    pub baseline: bool,
    /// An inbound request to answer.
    pub request: Option<SignalId>,
    pub outcome: Option<&'a SalesOutcome>,
    /// Everything was handed to another account.
    pub moved: bool,
    /// Where a merged account stands with products, and the account if it was merged just now.
    pub given: Option<(&'a [ProductState], Option<&'a AccountKey>)>,
}

/// One look at an account: when, why, and where the record being processed lies.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    pub at: Timestamp,
    pub cause: Cause<'a>,
    pub written: LogPosition,
}

/// What an evaluation says about the days to come.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outlook {
    /// The next midnight at which something may change without input.
    pub due: Option<Day>,
}

/// Looks at an account under every product's profile and writes down what follows.
pub fn decide(
    world: &World,
    account: &AccountKey,
    state: &mut AccountState,
    look: Look<'_>,
    decisions: &mut Vec<Decision>,
) -> Outlook {
    let mut due: Option<Day> = None;
    // Out of the state for the while, so that the rest of it can be read.
    let mut products = std::mem::take(&mut state.products);
    let mut memo = std::mem::take(&mut state.memo);
    let today = look.at.day();
    for (place, activation) in world.products(state.applied).into_iter().enumerate() {
        let p = product_of(&mut products, &activation.profile.profile.product);
        let a = assess_from(world, account, state, activation, today, memo.of(place));
        debug_assert!(a.is_as(&assess(world, account, state, activation, today)));
        memo.put(place, a.known());
        let before = p.noted;
        let mut turn = Turn { account, state, a: &a, look, p, before, decisions };
        turn.run();
        due = [due, due::due(&a, turn.p, turn.state)].into_iter().flatten().min();
    }
    (state.products, state.memo) = (products, memo);
    Outlook { due }
}

/// The same of an account that is not looked at.
pub fn outlook(world: &World, account: &AccountKey, state: &AccountState, today: Day) -> Outlook {
    let mut next: Option<Day> = None;
    let steady = is_steady(world, state, today);
    for activation in world.products(state.applied) {
        if steady && is_settled(activation, state) {
            continue;
        }
        let a = assess(world, account, state, activation, today);
        if let Some(p) = state.product(&activation.profile.profile.product) {
            next = [next, due::due(&a, p, state)].into_iter().flatten().min();
        } else {
            next = Some(today.next());
        }
    }
    Outlook { due: next }
}

/// Whether nothing falls due under any profile, whatever the company is.
pub(super) fn is_still(world: &World, state: &AccountState, today: Day) -> bool {
    let products = world.products(state.applied);
    is_steady(world, state, today) && products.iter().all(|a| is_settled(a, state))
}

/// The account was looked at under the profile, which time alone does not change the answers of.
fn is_settled(activation: &Activation, state: &AccountState) -> bool {
    let profile = &activation.profile;
    state.product(&profile.profile.product).is_some() && !profile.may_flip()
}

/// Nothing that fades, ends or is still to come: most companies of a table are so, and a restore
/// asks every one of them.
fn is_steady(world: &World, state: &AccountState, today: Day) -> bool {
    let open = |p: &ProductState| p.episode.is_some() || p.cooldown.is_some();
    state.evidence.is_empty()
        && state.suppressions.is_empty()
        && state.kin.inherited().is_empty()
        && world.markets(state.applied, today).next().is_none()
        && !state.products.iter().any(open)
}

/// Where an account stands with a product, from now on at the latest.
pub fn product_of<'p>(products: &'p mut Vec<ProductState>, product: &Text) -> &'p mut ProductState {
    let at = products.binary_search_by(|p| p.product.cmp(product)).unwrap_or_else(|at| {
        // Most accounts stand with one product; a list grows to four.
        products.reserve_exact(1);
        products.insert(at, ProductState::new(product.clone()));
        at
    });
    &mut products[at]
}

struct Turn<'a, 'd> {
    account: &'a AccountKey,
    state: &'a AccountState,
    a: &'d Assessment<'a>,
    look: Look<'d>,
    p: &'d mut ProductState,
    /// The answers that the tier before was decided by.
    before: Noted,
    decisions: &'d mut Vec<Decision>,
}

impl<'d> Turn<'_, 'd> {
    fn run(&mut self) {
        self.lapse();
        self.note_tier();
        self.give_back();
        self.take_over();
        self.hear_sales();
        if self.p.episode.is_some() {
            self.leave_or_stay();
        } else {
            self.enter_or_wait();
        }
        self.answer_request();
        self.p.stage = self.stage();
    }

    fn today(&self) -> Day {
        self.a.facts.today
    }

    fn lapse(&mut self) {
        let today = self.today();
        if self.p.cooldown.is_some_and(|c| today >= c.until) {
            self.p.cooldown = None;
        }
    }

    /// The first tier of an account is not a change.
    fn note_tier(&mut self) {
        if !self.state.company.is_known() || self.state.awaits_return() {
            return;
        }
        let (tier, previous) = (self.a.tier, self.p.tier.unwrap_or(self.a.tier));
        if self.a.excluded.is_some() && self.p.tier.is_some() {
            // Written once it is excluded no longer, if it is still so.
            return;
        }
        self.p.tier = Some(tier);
        self.p.noted = self.now_noted();
        if previous != tier {
            let route = self.a.profile().profile.routes.digest.clone();
            let origin = self.origin();
            let why = self.moved_criteria(tier > previous);
            let (now, was) = (tier_name(tier), tier_name(previous));
            let happened = format!("is now {now}, was {was}: {why}");
            let mut decision = self.draft(DecisionKind::TierChanged, origin, route, &happened);
            decision.previous_tier = Some(previous);
            self.decisions.push(decision);
        }
    }

    fn stage(&self) -> Stage {
        let warm = self.a.score >= self.a.variant.warm && self.a.score > MilliPoints::ZERO;
        match () {
            () if self.p.episode.is_some() => Stage::Buying,
            () if self.p.cooldown.is_some() => Stage::Cooling,
            () if warm && self.a.intent.has_event(self.a.variant) => Stage::Warming,
            () => Stage::Dormant,
        }
    }
}

fn tier_name(tier: Tier) -> &'static str {
    match tier {
        Tier::One => "tier 1",
        Tier::Two => "tier 2",
        Tier::Three => "tier 3",
        Tier::NotIcp => "outside the ICP",
    }
}
