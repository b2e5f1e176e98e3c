//! The fold: one input, one account, one verdict.
//!
//! Before an input is applied, the account catches up: every midnight since it was last looked at
//! is visited in order, and every broadcast of the partition is applied at its own time. So it
//! does not matter how often, or whether, anybody looked in between.

use super::account::AccountKey;
use super::assess::assess;
use super::catalogue::{OutcomeKind, SuppressionList};
use super::company::{Absorbed, CompanyUpdate};
use super::decide::{Cause, Happened, Look, decide};
use super::decision::{Decision, Verdict};
use super::evidence::{self, Linked, Report};
use super::facts;
use super::input::{
    Broadcast, Input, LogPosition, Parcel, Retraction, SalesOutcome, SuppressionChange, Transfer,
    TransferStep,
};
use super::limits::{FUTURE_DAYS_MAX, HOPS_MAX, HORIZON_DAYS, SUPPRESSIONS_MAX, TOMBSTONES_MAX};
use super::signal::{Signal, SignalId};
use super::state::{AccountState, Suppression};
use super::time::{Day, Timestamp};
use super::world::World;

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
    let mut fold = Fold::new(world, account, state, at);
    fold.catch_up();
    let applied = fold.apply(input);
    fold.settle(applied)
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
    let due = fold.due;
    fold.outcome(Verdict::Applied, None, due)
}

/// The next midnight at which something may happen, for a state that was restored.
pub fn next_due(
    world: &World,
    account: &AccountKey,
    state: &AccountState,
    at: LogPosition,
) -> Option<Day> {
    let mut probe = state.clone();
    let look = Look { at: state.through.start(), cause: Cause::Midnight, written: at };
    let outlook = decide(world, account, &mut probe, look, &mut Vec::new());
    [outlook.due, expiry(state)].into_iter().flatten().min()
}

struct Fold<'a> {
    world: &'a World,
    account: &'a AccountKey,
    state: &'a mut AccountState,
    at: LogPosition,
    decisions: Vec<Decision>,
    inputs: Vec<Addressed>,
    changed: bool,
    due: Option<Day>,
}

/// What applying an input came to.
struct Applied<'a> {
    verdict: Verdict,
    refused: Option<String>,
    happened: Option<Happened<'a>>,
}

impl<'a> Applied<'a> {
    fn nothing(verdict: Verdict) -> Applied<'a> {
        Applied { verdict, refused: None, happened: None }
    }

    fn refused(why: String) -> Applied<'a> {
        Applied { verdict: Verdict::DeadLettered, refused: Some(why), happened: None }
    }

    fn did(verdict: Verdict, happened: Happened<'a>) -> Applied<'a> {
        Applied { verdict, refused: None, happened: Some(happened) }
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
            due: None,
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
        let mut due = next_due(self.world, self.account, self.state, self.at);
        while let Some(day) = due.filter(|day| *day <= today) {
            self.state.through = day;
            self.forget_expired(day);
            self.look(day.start(), Cause::Midnight);
            self.changed = true;
            due = self.due;
        }
        self.state.through = today;
        self.due = due;
    }

    fn look(&mut self, at: Timestamp, cause: Cause<'_>) {
        let before = self.decisions.len();
        let look = Look { at, cause, written: self.at };
        let outlook = decide(self.world, self.account, self.state, look, &mut self.decisions);
        self.changed |= self.decisions.len() > before;
        self.due = [outlook.due, expiry(self.state)].into_iter().flatten().min();
    }

    fn forget_expired(&mut self, today: Day) {
        for gone in evidence::take_expired(&mut self.state.evidence, today) {
            facts::bake(&mut self.state.company, &gone);
            self.changed = true;
        }
        let old = |day: Day| today.since(day) > HORIZON_DAYS;
        self.state.tombstones.retain(|(_, day)| !old(*day));
        self.state.suppressions.retain(|s| s.until.is_none_or(|until| today < until));
    }

    fn apply<'i>(&mut self, input: &'i Input) -> Applied<'i> {
        if let Some(applied) = self.forward(input) {
            return applied;
        }
        match input {
            Input::Signal(signal) => self.signal(signal),
            Input::Company(update) => self.company(update),
            Input::Retraction(retraction) => self.retraction(retraction),
            Input::Suppression(change) => self.suppression(change),
            Input::Outcome(outcome) => self.outcome_of_sales(outcome),
            Input::Transfer(transfer) => self.transfer(transfer),
        }
    }

    fn settle(mut self, applied: Applied<'_>) -> Outcome {
        if let Some(happened) = applied.happened {
            self.state.offset = self.at.offset;
            self.changed = true;
            self.forget_expired(self.at.time.day());
            self.look(self.at.time, Cause::Input(happened));
        }
        let due = match self.due {
            None => next_due(self.world, self.account, self.state, self.at),
            due => due,
        };
        self.outcome(applied.verdict, applied.refused, due)
    }

    fn outcome(self, verdict: Verdict, refused: Option<String>, due: Option<Day>) -> Outcome {
        Outcome {
            verdict,
            refused,
            decisions: self.decisions,
            inputs: self.inputs,
            changed: self.changed,
            due,
        }
    }

    fn signal<'i>(&mut self, signal: &'i Signal) -> Applied<'i> {
        let today = self.at.time.day();
        let day = signal.occurred.day;
        if day.since(today) > FUTURE_DAYS_MAX {
            return Applied::refused(format!(
                "occurred_at {day} lies more than {FUTURE_DAYS_MAX} days after the log's time {today}"
            ));
        }
        if self.is_dead(signal.id) || evidence::contains(&self.state.evidence, signal.id) {
            return Applied::nothing(Verdict::Duplicate);
        }
        if today.since(day) > HORIZON_DAYS {
            return Applied::nothing(Verdict::TooLate);
        }
        let mut report = Report::of(signal, self.at.time);
        let mut correction = false;
        if let Some(old) = signal.supersedes.filter(|old| *old != signal.id) {
            if let Some(replaced) = evidence::remove(&mut self.state.evidence, old) {
                report.first_seen = replaced.first_seen;
                correction = true;
            }
            self.bury(old, today);
        }
        let held = signal.planned || day > today;
        let linked = evidence::add(&mut self.state.evidence, report);
        let merged = linked == Linked::Merged && !correction;
        let verdict = match () {
            () if merged => Verdict::Merged,
            () if held => Verdict::Planned,
            () if self.is_suppressed(today) => Verdict::Suppressed,
            () if !self.state.company.is_known() => Verdict::Parked,
            () => Verdict::Applied,
        };
        let asks = signal.event.is_inbound_request() && !merged && !held;
        Applied::did(
            verdict,
            Happened {
                merged,
                correction,
                baseline: false,
                request: asks.then_some(signal.id),
                ..Happened::default()
            },
        )
    }

    fn company<'i>(&mut self, update: &'i CompanyUpdate) -> Applied<'i> {
        if update.as_of.day().since(self.at.time.day()) > 1 {
            return Applied::refused(format!(
                "as_of {} lies after the log's time {}; a company is what it is, not what it will be",
                update.as_of.day(),
                self.at.time.day()
            ));
        }
        match self.state.company.absorb(update) {
            Absorbed::Same => Applied::nothing(Verdict::Duplicate),
            Absorbed::Outdated => Applied::nothing(Verdict::TooLate),
            Absorbed::Changed => Applied::did(
                Verdict::Applied,
                Happened { baseline: update.baseline, ..Happened::default() },
            ),
        }
    }

    fn retraction<'i>(&mut self, retraction: &'i Retraction) -> Applied<'i> {
        if self.is_dead(retraction.retracts) {
            return Applied::nothing(Verdict::Duplicate);
        }
        let known = evidence::remove(&mut self.state.evidence, retraction.retracts).is_some();
        self.bury(retraction.retracts, self.at.time.day());
        Applied::did(Verdict::Applied, Happened { correction: known, ..Happened::default() })
    }

    fn suppression<'i>(&mut self, change: &'i SuppressionChange) -> Applied<'i> {
        let today = self.at.time.day();
        let suppression = Suppression {
            list: change.list,
            reason: change.reason.clone(),
            owner: change.owner.clone(),
            since: today,
            until: change.until,
        };
        let changed = if change.active && change.until.is_none_or(|until| today < until) {
            self.suppress(suppression)
        } else {
            self.lift(change.list)
        };
        if changed {
            Applied::did(Verdict::Applied, Happened::default())
        } else {
            Applied::nothing(Verdict::Duplicate)
        }
    }

    fn suppress(&mut self, new: Suppression) -> bool {
        let list = &mut self.state.suppressions;
        if let Some(old) = list.iter_mut().find(|s| s.list == new.list) {
            let same = old.reason == new.reason && old.owner == new.owner && old.until == new.until;
            let since = old.since;
            *old = Suppression { since, ..new };
            return !same;
        }
        let room = list.len() < SUPPRESSIONS_MAX;
        if room {
            list.push(new);
            list.sort_by_key(|s| s.list);
        }
        room
    }

    fn lift(&mut self, list: SuppressionList) -> bool {
        let before = self.state.suppressions.len();
        self.state.suppressions.retain(|s| s.list != list);
        self.state.suppressions.len() < before
    }

    fn outcome_of_sales<'i>(&mut self, outcome: &'i SalesOutcome) -> Applied<'i> {
        let today = self.at.time.day();
        if self.is_dead(outcome.id) {
            return Applied::nothing(Verdict::Duplicate);
        }
        if today.since(outcome.occurred.day) > HORIZON_DAYS {
            return Applied::nothing(Verdict::TooLate);
        }
        self.bury(outcome.id, today);
        let on = |list| Suppression { list, reason: None, owner: None, since: today, until: None };
        match outcome.outcome {
            OutcomeKind::Opportunity => {
                self.suppress(on(SuppressionList::OpenOpportunity));
            }
            OutcomeKind::Won | OutcomeKind::Renewed | OutcomeKind::Expanded => {
                self.lift(SuppressionList::OpenOpportunity);
                self.suppress(on(SuppressionList::Customer));
            }
            OutcomeKind::Lost => {
                self.lift(SuppressionList::OpenOpportunity);
            }
            OutcomeKind::Churned => {
                self.lift(SuppressionList::Customer);
            }
            _ => {}
        }
        Applied::did(Verdict::Applied, Happened { outcome: Some(outcome), ..Happened::default() })
    }

    fn transfer<'i>(&mut self, transfer: &'i Transfer) -> Applied<'i> {
        if transfer.hop > HOPS_MAX {
            return Applied::refused(format!("was handed on more than {HOPS_MAX} times"));
        }
        if self.is_dead(transfer.id) {
            return Applied::nothing(Verdict::Duplicate);
        }
        match &transfer.step {
            TransferStep::Request if transfer.to == *self.account => {
                Applied::refused("asks to merge an account into itself".to_owned())
            }
            TransferStep::Request => {
                self.hand_over(transfer.to.clone(), transfer.id, transfer.hop);
                self.bury(transfer.id, self.at.time.day());
                Applied::did(Verdict::Applied, Happened { moved: true, ..Happened::default() })
            }
            TransferStep::Delivery(parcel) => {
                if self.state.moved_to.as_ref() == Some(&transfer.from) {
                    self.state.moved_to = None;
                }
                self.unpack(parcel);
                self.bury(transfer.id, self.at.time.day());
                Applied::did(Verdict::Applied, Happened::default())
            }
        }
    }

    fn hand_over(&mut self, to: AccountKey, cause: SignalId, hop: u8) {
        let parcel = Parcel::of(self.state);
        self.state.moved_to = Some(to.clone());
        self.deliver(to, cause, hop, parcel);
    }

    fn deliver(&mut self, to: AccountKey, cause: SignalId, hop: u8, parcel: Parcel) {
        let id =
            SignalId::new_v5(&cause, format!("{}\n{to}\n{}", self.account, hop + 1).as_bytes());
        let transfer = Transfer {
            id,
            from: self.account.clone(),
            to: to.clone(),
            cause,
            hop: hop + 1,
            step: TransferStep::Delivery(parcel),
        };
        self.inputs.push(Addressed { account: to, input: Input::Transfer(Box::new(transfer)) });
    }

    /// An account that was merged into another hands on what still comes for it.
    fn forward<'i>(&mut self, input: &'i Input) -> Option<Applied<'i>> {
        let to = self.state.moved_to.clone()?;
        let mut parcel = Parcel::default();
        let (cause, hop) = match input {
            Input::Signal(signal) => {
                parcel.evidence.push(evidence::Evidence::new(Report::of(signal, self.at.time)));
                parcel.tombstones.extend(signal.supersedes.map(|old| (old, self.at.time.day())));
                (signal.id, 0)
            }
            Input::Company(update) => {
                parcel.company.absorb(update);
                (update.id, 0)
            }
            Input::Retraction(retraction) => {
                parcel.tombstones.push((retraction.retracts, self.at.time.day()));
                (retraction.id, 0)
            }
            Input::Suppression(_) | Input::Outcome(_) => {
                return Some(Applied::refused(format!(
                    "the account was merged into {to}; send it there"
                )));
            }
            Input::Transfer(transfer) => match &transfer.step {
                TransferStep::Delivery(more) if transfer.from != to && transfer.hop < HOPS_MAX => {
                    parcel = more.clone();
                    (transfer.id, transfer.hop)
                }
                _ => return None,
            },
        };
        self.deliver(to, cause, hop, parcel);
        Some(Applied::nothing(Verdict::Applied))
    }

    fn unpack(&mut self, parcel: &Parcel) {
        let today = self.at.time.day();
        for (id, day) in &parcel.tombstones {
            evidence::remove(&mut self.state.evidence, *id);
            self.bury(*id, *day);
        }
        for report in parcel.evidence.iter().flat_map(evidence::Evidence::reports) {
            let known =
                evidence::contains(&self.state.evidence, report.id) || self.is_dead(report.id);
            if !known && today.since(report.occurred.day) <= HORIZON_DAYS {
                evidence::add(&mut self.state.evidence, report.clone());
            }
        }
        self.state.company.merge(&parcel.company);
        for suppression in &parcel.suppressions {
            self.suppress(suppression.clone());
        }
    }

    fn is_suppressed(&self, today: Day) -> bool {
        self.state.suppressed(today).is_some_and(|s| !s.list.informs_owner())
    }

    fn is_dead(&self, id: SignalId) -> bool {
        self.state.tombstones.binary_search_by_key(&id, |(id, _)| *id).is_ok()
    }

    /// Remembers an id for good, or until the horizon has passed it; beyond the bound the oldest
    /// goes.
    fn bury(&mut self, id: SignalId, day: Day) {
        let tombstones = &mut self.state.tombstones;
        if let Err(at) = tombstones.binary_search_by_key(&id, |(id, _)| *id) {
            tombstones.insert(at, (id, day));
        }
        if tombstones.len() > TOMBSTONES_MAX {
            let oldest = tombstones.iter().enumerate().min_by_key(|(_, (id, day))| (*day, *id));
            if let Some((at, _)) = oldest {
                tombstones.remove(at);
            }
        }
    }
}

/// The day on which something kept has passed the horizon or its end.
fn expiry(state: &AccountState) -> Option<Day> {
    let after = |day: Day| day.plus(HORIZON_DAYS + 1);
    let evidence = state.evidence.first().map(|e| after(e.filed()));
    let tombstone = state.tombstones.iter().map(|(_, day)| after(*day)).min();
    let suppression = state.suppressions.iter().filter_map(|s| s.until).min();
    let due = [evidence, tombstone, suppression].into_iter().flatten().min();
    due.map(|day| day.max(state.through.next()))
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
