//! What CRMs and sequencers say of an account: it stops the clock of the account's cases, as a person's word
//! does. The account's fold has heard it already.

use super::Desk;
use super::words::WORDS_MAX;
use crate::desk::case::{Case, Clock};
use crate::desk::ids::{CaseId, PersonId, WordId};
use crate::desk::record::{Origin, Verdict};
use crate::domain::account::input::SalesOutcome;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::OutcomeKind;

impl Desk<'_> {
    pub(super) fn report(&mut self, origin: &Origin, account: &AccountKey, said: &SalesOutcome) {
        if !self.is_new(origin) {
            return;
        }
        if let (OutcomeKind::OptedOut, Some(contact)) = (said.outcome, &said.contact) {
            return self.opt_out(account, [contact.clone()].into());
        }
        let Some(roster) = self.roster() else { return };
        self.closed_by_sales(account, said);
        let by = PersonId(said.source.clone());
        let word = WordId(said.id);
        let of_product = |case: &Case| {
            said.product.as_ref().is_none_or(|product| *product == case.decision.product)
        };
        let is_about = |case: &Case| {
            case.ended.is_none()
                && case.decision.account == *account
                && of_product(case)
                && said.occurred.latest() >= case.opened.day()
                && !case.heard.contains(&word)
                && case.heard.len() < WORDS_MAX
        };
        let cases = self.state.cases.iter().filter(|(_, case)| is_about(case));
        let cases: Vec<CaseId> = cases.map(|(id, _)| *id).collect();
        for id in cases {
            if let Some(case) = self.state.cases.get_mut(&id) {
                case.heard.insert(word);
            }
            match verdict(said) {
                Some(verdict) if !self.is_taken(id) => {
                    self.take_up(&roster, id, word, &by, &verdict);
                }
                None if said.outcome == OutcomeKind::Reopened => self.open_again(id, &by),
                _ => {}
            }
        }
    }

    /// Whether someone works on it: not while it is put off.
    fn is_taken(&self, id: CaseId) -> bool {
        match self.state.cases.get(&id).map(|case| &case.clock) {
            Some(Clock::Stopped { verdict, .. }) => !matches!(verdict, Verdict::Snooze { .. }),
            _ => false,
        }
    }

    /// A source takes back what it said itself.
    fn open_again(&mut self, id: CaseId, by: &PersonId) {
        let Some(roster) = self.roster() else { return };
        let deadline = match self.state.cases.get(&id).map(|case| &case.clock) {
            Some(Clock::Stopped { by: said, deadline, .. }) if said == by => *deadline,
            _ => return,
        };
        self.resume(id, deadline);
        match deadline.is_none_or(|deadline| deadline > self.now) {
            true => self.say_again(&roster, id, by),
            false => self.deadline_passed(id),
        }
    }
}

/// What stops the clock. What ends the episode comes as a decision.
fn verdict(said: &SalesOutcome) -> Option<Verdict> {
    match (said.outcome, said.until) {
        (OutcomeKind::Accepted, _) => Some(Verdict::Accept),
        (OutcomeKind::Snoozed, Some(until)) => Some(Verdict::Snooze { until: until.date()? }),
        (
            outcome @ (OutcomeKind::Enrolled
            | OutcomeKind::Contacted
            | OutcomeKind::Replied
            | OutcomeKind::Meeting
            | OutcomeKind::Qualified
            | OutcomeKind::Snoozed),
            _,
        ) => Some(Verdict::Reported { outcome }),
        _ => None,
    }
}
