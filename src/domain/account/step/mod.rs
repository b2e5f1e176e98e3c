//! The fold: one input, one account, one verdict.
//!
//! Before an input is applied, the account catches up: every midnight since it was last looked at
//! is visited in order, and every broadcast of the partition is applied at its own time. So it
//! does not matter how often, or whether, anybody looked in between.
//!
//! Here is the fold. What each input does to the account: signals, companies and retractions in
//! [`apply`], suppressions and sales outcomes in [`sales`], merges in [`transfer`], the data that comes with
//! them in [`arrive`], their end in [`part`], and whose ledger an input belongs into in [`book`].

mod apply;
mod arrive;
mod book;
mod kin;
mod part;
mod sales;
mod transfer;

use super::assess::assess;
use super::decide::{self, Cause, Happened, Look, decide, outlook};
use super::decision::{Decision, Verdict};
use super::input::{Broadcast, Input, LogPosition};
use super::members;
use super::memo::Memo;
use super::state::AccountState;
use super::world::World;
use crate::domain::evidence::signal::{Event, SignalId};
use crate::domain::score::intent::sees;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::SuppressionList;
use crate::domain::terms::time::{Day, Timestamp};

/// What an input, or a look, led to.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub verdict: Verdict,
    /// For people and dead letters: why it was refused.
    pub refused: Option<String>,
    pub decisions: Vec<Decision>,
    /// Inputs for other accounts.
    pub inputs: Vec<Addressed>,
    /// Whether the state is another than before.
    pub changed: bool,
    /// The next midnight at which something may happen without input.
    pub due: Option<Day>,
}

/// An input for an account, perhaps of another partition.
#[derive(Clone, Debug)]
pub struct Addressed {
    pub account: AccountKey,
    pub input: Input,
}

/// Applies one input of the account.
pub fn step(
    world: &World,
    account: &AccountKey,
    state: &mut AccountState,
    input: &Input,
    at: LogPosition,
) -> Outcome {
    step_from(world, account, state, None, input, at)
}

/// The same for a caller that has kept the date of the last [`Outcome`] or of [`next_due`] for the very
/// state: it need not be worked out again.
pub fn step_from(
    world: &World,
    account: &AccountKey,
    state: &mut AccountState,
    due: Option<Option<Day>>,
    input: &Input,
    at: LogPosition,
) -> Outcome {
    let mut fold = Fold::new(world, account, state, at);
    fold.due = due;
    fold.catch_up();
    let told = fold.told_kin();
    let memo = std::mem::take(&mut fold.state.memo);
    fold.is_applying = true;
    let applied = fold.apply(input);
    fold.is_applying = false;
    fold.hand_on_memo(memo, &applied, input);
    fold.settle(applied, &told)
}

/// Lets the account catch up with the log's time and broadcasts, without an input of its own.
pub fn wake(
    world: &World,
    account: &AccountKey,
    state: &mut AccountState,
    at: LogPosition,
) -> Outcome {
    let mut fold = Fold::new(world, account, state, at);
    fold.catch_up();
    fold.outcome(Verdict::Applied, None)
}

/// The next midnight at which something may happen, for a state that was restored.
pub fn next_due(world: &World, account: &AccountKey, state: &AccountState) -> Option<Day> {
    let outlook = outlook(world, account, state, state.through);
    [outlook.due, state.expiry()].into_iter().flatten().min()
}

/// Whether nothing falls due, whatever the company is: its facts need not be read to know [`next_due`].
pub fn is_still(world: &World, state: &AccountState) -> bool {
    decide::is_still(world, state, state.through)
}

struct Fold<'a> {
    world: &'a World,
    account: &'a AccountKey,
    state: &'a mut AccountState,
    at: LogPosition,
    decisions: Vec<Decision>,
    inputs: Vec<Addressed>,
    changed: bool,
    /// Suppression lists that the input has put the ledger on (`None`), or taken it off, with the
    /// day on which the lift was stated.
    lists: Vec<(SuppressionList, Option<Day>)>,
    /// The result of the last evaluation, unless something has changed since.
    due: Option<Option<Day>>,
    /// Where the input has put a piece of evidence, if it did nothing else.
    added: Option<usize>,
    /// While an input changes the state, no look leaves anything for the next.
    is_applying: bool,
}

/// What applying an input came to.
struct Applied<'a> {
    verdict: Verdict,
    refused: Option<String>,
    effect: Effect<'a>,
}

enum Effect<'a> {
    /// The state is as before.
    None,
    /// Kept, but nothing that a profile in force could see: the account need not be looked at.
    Filed,
    Happened(Happened<'a>),
}

impl<'a> Applied<'a> {
    fn nothing(verdict: Verdict) -> Applied<'a> {
        Applied { verdict, refused: None, effect: Effect::None }
    }

    fn refused(why: String) -> Applied<'a> {
        Applied { verdict: Verdict::DeadLettered, refused: Some(why), effect: Effect::None }
    }

    fn did(verdict: Verdict, happened: Happened<'a>) -> Applied<'a> {
        Applied { verdict, refused: None, effect: Effect::Happened(happened) }
    }
}

impl<'a> Fold<'a> {
    fn new(
        world: &'a World,
        account: &'a AccountKey,
        state: &'a mut AccountState,
        at: LogPosition,
    ) -> Fold<'a> {
        Fold {
            world,
            account,
            state,
            at,
            decisions: Vec::new(),
            inputs: Vec::new(),
            changed: false,
            lists: Vec::new(),
            due: None,
            added: None,
            is_applying: false,
        }
    }

    fn catch_up(&mut self) {
        let world = self.world;
        for logged in world.after(self.state.applied) {
            if logged.offset > self.at.offset {
                break;
            }
            self.visit_midnights(logged.time.day());
            self.state.applied = logged.offset;
            self.state.memo = Memo::default();
            self.state.offset = logged.offset;
            self.changed = true;
            let cause = match &logged.broadcast {
                Broadcast::Activation(activation) => {
                    let product = activation.profile.profile.product.as_str();
                    Cause::Activation { product, first: world.is_first(logged.offset, product) }
                }
                Broadcast::Market(_) => Cause::Market,
                Broadcast::MarketRetraction(_) => Cause::MarketRetraction,
            };
            self.look(logged.time, cause);
        }
        self.visit_midnights(self.at.time.day());
    }

    /// Visits, in order, every midnight up to that of `today` at which something may change.
    fn visit_midnights(&mut self, today: Day) {
        if self.state.through >= today {
            return;
        }
        let mut due = self.due();
        while let Some(day) = due.filter(|day| *day <= today) {
            self.forget_expired(day);
            self.look(day.start(), Cause::Midnight);
            self.changed = true;
            due = self.due();
        }
    }

    fn due(&mut self) -> Option<Day> {
        *self.due.get_or_insert_with(|| next_due(self.world, self.account, self.state))
    }

    /// Days without an evaluation leave no trace: a state does not show when it was asked.
    fn look(&mut self, at: Timestamp, cause: Cause<'_>) {
        self.state.through = at.day();
        if self.is_applying {
            self.state.memo = Memo::default();
        }
        let before = self.decisions.len();
        let look = Look { at, cause, written: self.at };
        let outlook = decide(self.world, self.account, self.state, look, &mut self.decisions);
        self.changed |= self.decisions.len() > before;
        self.due = Some([outlook.due, self.state.expiry()].into_iter().flatten().min());
    }

    /// Whether any evidence was forgotten.
    fn forget_expired(&mut self, today: Day) -> bool {
        let gone = self.state.forget_expired(today);
        if gone {
            self.state.memo = Memo::default();
        }
        self.changed |= gone;
        gone
    }

    /// Whether a profile in force may judge the account differently for an event. Always where the
    /// account was not looked at under it yet.
    fn is_seen(&self, event: &Event) -> bool {
        let products = self.world.products(self.state.applied);
        products.iter().any(|activation| {
            let profile = &*activation.profile;
            let product = self.state.product(&profile.profile.product);
            // One that was only numbered was not looked at.
            let is_new = product.is_none_or(|p| p.tier.is_none() && p.sequence > 0);
            is_new || sees(profile, event)
        })
    }

    fn apply<'i>(&mut self, input: &'i Input) -> Applied<'i> {
        if let Input::Transfer(transfer) = input {
            return self.transfer(transfer);
        }
        if self.was_handed_on(input) {
            return Applied::nothing(Verdict::Duplicate);
        }
        match self.state.moved_to().cloned() {
            Some(to) => self.hand_on(input, to),
            None => self.book(None, input),
        }
    }

    /// What an input of the account's own, or of a member, does to the ledger that lies open.
    fn applied<'i>(&mut self, member: Option<&AccountKey>, input: &'i Input) -> Applied<'i> {
        match input {
            Input::Signal(signal) => self.signal(signal),
            Input::Company(update) => self.company(member.unwrap_or(self.account), update),
            Input::Retraction(retraction) => self.retraction(retraction),
            Input::Suppression(change) => self.suppression(member.unwrap_or(self.account), change),
            Input::Outcome(outcome) => self.outcome_of_sales(outcome),
            // Transfers are not handed on as inputs: they pass.
            Input::Transfer(_) => Applied::refused("a transfer within a transfer".to_owned()),
            Input::Kinship(kinship) => self.kinship(kinship),
        }
    }

    /// The memo from before the input, if the input is one of the few of which it is known what they change.
    fn hand_on_memo(&mut self, mut memo: Memo, applied: &Applied<'_>, input: &Input) {
        // Looks within the input may have left another one.
        self.state.memo = Memo::default();
        match (&applied.effect, self.added, input) {
            _ if self.state.ledgers.is_some() || matches!(input, Input::Transfer(_)) => {}
            (Effect::None, ..) => self.state.memo = memo,
            (_, Some(place), Input::Signal(signal)) => {
                memo.add(place, &signal.event);
                self.state.memo = memo;
            }
            _ => {}
        }
    }

    fn settle(mut self, applied: Applied<'_>, told: &kin::Told) -> Outcome {
        let happened = match applied.effect {
            Effect::None => return self.outcome(applied.verdict, applied.refused),
            Effect::Filed => None,
            Effect::Happened(happened) => Some(happened),
        };
        self.state.offset = self.at.offset;
        self.changed = true;
        self.tell_kin(told);
        let forgot = self.forget_expired(self.at.time.day());
        if happened.is_some() || forgot {
            self.look(self.at.time, Cause::Input(happened.unwrap_or_default()));
        } else {
            self.due = Some([self.due(), self.state.expiry()].into_iter().flatten().min());
        }
        self.outcome(applied.verdict, applied.refused)
    }

    fn outcome(mut self, verdict: Verdict, refused: Option<String>) -> Outcome {
        let due = self.due();
        Outcome {
            verdict,
            refused,
            decisions: self.decisions,
            inputs: self.inputs,
            changed: self.changed,
            due,
        }
    }

    fn is_suppressed(&self, today: Day) -> bool {
        self.state.suppressed(today).is_some_and(|s| !s.list.informs_owner())
    }

    fn is_dead(&self, id: SignalId) -> bool {
        members::is_dead(&self.state.tombstones, id)
    }

    /// Remembers an id for good, or until the horizon has passed it; beyond the bound the oldest is
    /// evicted.
    fn record_tombstone(&mut self, id: SignalId, day: Day) {
        if members::record_tombstone(&mut self.state.tombstones, id, day) {
            // Its end may be the date that was worked out.
            self.due = None;
        }
    }
}

/// How the account stands at `at`, without changing it: what `explain` shows.
pub fn stand<'a>(
    world: &'a World,
    account: &'a AccountKey,
    state: &'a AccountState,
    today: Day,
) -> Vec<super::assess::Assessment<'a>> {
    let products = world.products(state.applied);
    products.iter().map(|activation| assess(world, account, state, activation, today)).collect()
}
