//! What people say of an account: suppressions, and what sales did or learned.

use super::transfer::filed;
use super::{Applied, Fold};
use crate::domain::account::decide::Happened;
use crate::domain::account::decision::Verdict;
use crate::domain::account::erasure;
use crate::domain::account::input::{DESK, SalesOutcome, SuppressionChange};
use crate::domain::account::members;
use crate::domain::account::standing::{Standing, Suppression};
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::{OutcomeKind, SuppressionList};
use crate::domain::terms::limits::HORIZON_DAYS;
use crate::domain::terms::time::Day;

fn suppression_of(change: &SuppressionChange, is_erasure: bool, since: Day) -> Suppression {
    let stated = Suppression {
        list: change.list,
        reason: change.reason.clone(),
        owner: change.owner.clone(),
        since,
        until: change.until,
        stated_on: change.stated_on.unwrap_or(since),
    };
    let is_own = is_erasure || change.source == DESK;
    if is_own { stated } else { stated.said_elsewhere(&change.source) }
}

impl Fold<'_> {
    /// `account`: whose ledger has it.
    pub(super) fn suppression<'i>(
        &mut self,
        account: &AccountKey,
        change: &'i SuppressionChange,
    ) -> Applied<'i> {
        let today = self.at.time.day();
        if self.is_dead(change.id) {
            return Applied::nothing(Verdict::Duplicate);
        }
        // On, off, and the first one delivered again: it stays off.
        self.record_tombstone(change.id, today);
        let is_erasure = erasure::nth(account, change).is_some();
        let suppression = suppression_of(change, is_erasure, today);
        if change.active && change.until.is_some_and(|until| until <= today) {
            // Over before it came. Another source's, which has no end, still holds.
            return filed(Verdict::TooLate);
        }
        if !change.active && (is_erasure || change.source == DESK) {
            return self.taking_back(&suppression);
        }
        if !change.active {
            return self.lifting(change.list, suppression.stated_on);
        }
        let changed = self.suppress(suppression);
        let verdict = if changed { Verdict::Applied } else { Verdict::Duplicate };
        Applied::did(verdict, Happened::default())
    }

    /// A person takes a word back, or `erase` its own: in this ledger alone, and a statement of another one, or of a
    /// CRM, holds. Suppressions on their way back come as they are: in doubt a suppression holds.
    fn taking_back<'i>(&mut self, word: &Suppression) -> Applied<'i> {
        let listed = self.state.suppressions.iter().any(|s| s.list == word.list);
        let before = self.state.suppressions.len();
        self.state.suppressions.retain(|s| !s.is_taken_back_by(word));
        let verdict = match self.state.suppressions.len() < before {
            true => Verdict::Applied,
            false if listed || self.state.awaits_return() => Verdict::TooLate,
            false => Verdict::Duplicate,
        };
        Applied::did(verdict, Happened::default())
    }

    /// In doubt a suppression holds: what was stated before it does not lift it.
    fn lifting<'i>(&mut self, list: SuppressionList, stated_on: Day) -> Applied<'i> {
        let mut listed = self.state.suppressions.iter().filter(|s| s.list == list);
        let outdated = listed.any(|s| !s.is_lifted_by(list, stated_on));
        let verdict = match self.lift(list, stated_on) {
            true => Verdict::Applied,
            false if outdated => Verdict::TooLate,
            false => Verdict::Duplicate,
        };
        Applied::did(verdict, Happened::default())
    }

    fn suppress(&mut self, new: Suppression) -> bool {
        self.lists.push((new.list, None));
        members::suppress(&mut self.state.suppressions, new)
    }

    /// Takes the account off a list, if it was not put on it since the day `stated_on`.
    fn lift(&mut self, list: SuppressionList, stated_on: Day) -> bool {
        self.lists.push((list, Some(stated_on)));
        let before = self.state.suppressions.len();
        self.state.suppressions.retain(|s| !s.is_lifted_by(list, stated_on));
        let holds = self.state.suppressions.iter().any(|s| s.list == list);
        let lifted = self.state.suppressions.len() < before;
        match &mut self.state.standing {
            // What the account was put on before is on its way back, and is lifted when it is here; not
            // by a lift that is outdated already.
            Standing::AwaitingReturn(awaited) if !holds => awaited.lift(list, stated_on) || lifted,
            _ => lifted,
        }
    }

    /// Sales' word that would vanish: it is about a product that no profile in force is for, and
    /// changes no list either. It is not remembered, so that it can be replayed once there is one.
    pub(super) fn unheard(&self, outcome: &SalesOutcome) -> Option<String> {
        let product = outcome.product.as_ref()?;
        let taken_off = match outcome.outcome {
            OutcomeKind::Opportunity
            | OutcomeKind::Won
            | OutcomeKind::Renewed
            | OutcomeKind::Expanded
            | OutcomeKind::OptedOut => return None,
            OutcomeKind::Lost => Some(SuppressionList::OpenOpportunity),
            OutcomeKind::Churned => Some(SuppressionList::Customer),
            _ => None,
        };
        let ledgers = self.state.each_ledger().map(|ledger| &ledger.suppressions);
        let mut listed = ledgers.chain([&self.state.suppressions]).flatten().map(|s| s.list);
        let too_late = self.at.time.day().since(outcome.occurred.day) > HORIZON_DAYS;
        let known = self.state.awaits_return() || self.is_dead(outcome.id);
        if too_late || known || listed.any(|list| Some(list) == taken_off) {
            return None;
        }
        let active = self.world.products(self.state.applied);
        let active: Vec<&str> = active.iter().map(|a| &*a.profile.profile.product).collect();
        (!active.is_empty() && !active.contains(&product.as_str())).then(|| {
            format!(
                "product {product:?} has no active profile, so that nothing hears of {}; active: {}; \
                 name one of them, or none where all are meant",
                outcome.outcome,
                active.join(", ")
            )
        })
    }

    pub(super) fn outcome_of_sales<'i>(&mut self, outcome: &'i SalesOutcome) -> Applied<'i> {
        let today = self.at.time.day();
        if self.is_dead(outcome.id) {
            return Applied::nothing(Verdict::Duplicate);
        }
        if today.since(outcome.occurred.day) > HORIZON_DAYS {
            return Applied::nothing(Verdict::TooLate);
        }
        self.record_tombstone(outcome.id, today);
        let stated_on = outcome.occurred.day;
        // By then it was surely said; a lift that may be older ends no suppression.
        let stated_by = stated_on.plus(outcome.occurred.precision.days());
        let on = |list| Suppression {
            list,
            reason: None,
            owner: None,
            since: today,
            until: None,
            stated_on: stated_by,
        };
        match outcome.outcome {
            OutcomeKind::Opportunity => {
                self.suppress(on(SuppressionList::OpenOpportunity));
            }
            OutcomeKind::Won | OutcomeKind::Renewed | OutcomeKind::Expanded => {
                self.lift(SuppressionList::OpenOpportunity, stated_on);
                self.suppress(on(SuppressionList::Customer));
            }
            OutcomeKind::Lost => {
                self.lift(SuppressionList::OpenOpportunity, stated_on);
            }
            OutcomeKind::Churned => {
                self.lift(SuppressionList::Customer, stated_on);
            }
            _ => {}
        }
        Applied::did(Verdict::Applied, Happened { outcome: Some(outcome), ..Happened::default() })
    }
}
