//! What people say of an account: suppressions, and what sales did or learned.

use super::{Applied, Fold};
use crate::domain::catalogue::{OutcomeKind, SuppressionList};
use crate::domain::decide::Happened;
use crate::domain::decision::Verdict;
use crate::domain::input::{SalesOutcome, SuppressionChange};
use crate::domain::limits::HORIZON_DAYS;
use crate::domain::members;
use crate::domain::state::Suppression;
use crate::domain::time::Day;

fn suppression_of(change: &SuppressionChange, since: Day) -> Suppression {
    Suppression {
        list: change.list,
        reason: change.reason.clone(),
        owner: change.owner.clone(),
        since,
        until: change.until,
    }
}

impl Fold<'_> {
    pub(super) fn suppression<'i>(&mut self, change: &'i SuppressionChange) -> Applied<'i> {
        let today = self.at.time.day();
        if self.is_dead(change.id) {
            return Applied::nothing(Verdict::Duplicate);
        }
        // On, off, and the first one delivered again: it stays off.
        self.bury(change.id, today);
        let suppression = suppression_of(change, today);
        let changed = if change.active && change.until.is_none_or(|until| today < until) {
            self.suppress(suppression)
        } else {
            self.lift(change.list)
        };
        let verdict = if changed { Verdict::Applied } else { Verdict::Duplicate };
        Applied::did(verdict, Happened::default())
    }

    fn suppress(&mut self, new: Suppression) -> bool {
        if !self.state.awaits_return() {
            self.state.lifted.retain(|list| *list != new.list);
        }
        members::suppress(&mut self.state.suppressions, new)
    }

    fn lift(&mut self, list: SuppressionList) -> bool {
        if self.state.awaits_return() {
            members::note(&mut self.state.lifted, list);
        }
        let before = self.state.suppressions.len();
        self.state.suppressions.retain(|s| s.list != list);
        self.state.suppressions.len() < before
    }

    pub(super) fn outcome_of_sales<'i>(&mut self, outcome: &'i SalesOutcome) -> Applied<'i> {
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
}
