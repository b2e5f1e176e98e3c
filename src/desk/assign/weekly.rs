//! The overview of the week: what is open, ranked, and what ended since the last one. It delivers no
//! decision, so that it is in no sum.

use super::Desk;
use super::choose::rank_of;
use crate::desk::action::{Week, What};
use crate::desk::ids::CaseId;
use crate::desk::state::{Due, Rank, Report};
use crate::domain::terms::time::Timestamp;

/// Open accounts that one overview carries; of the others it says how many there are.
const OPEN_MAX: usize = 100;
const ENDED_MAX: usize = 50;

impl Desk<'_> {
    /// The next overview after now.
    pub(super) fn plan_week(&mut self) {
        let Some(due) = self.next_week(self.now) else { return };
        self.at(due, Due::Week);
    }

    fn next_week(&self, after: Timestamp) -> Option<Timestamp> {
        let (_, roster) = self.state.roster.as_ref()?;
        roster.weekly.as_ref()?.hours.beginning(after)
    }

    pub(super) fn send_week(&mut self) {
        // One whose time has changed has another entry.
        let just_before = Timestamp(self.now.0.saturating_sub(1));
        if self.next_week(just_before) != Some(self.now) {
            return;
        }
        self.plan_week();
        let Some(roster) = self.roster() else { return };
        let Some(plan) = roster.weekly.clone() else { return };
        let since = self.state.last.get(&Report::Week).copied();
        self.state.last.insert(Report::Week, self.now);
        let week = Box::new(self.week(since));
        if !week.open.is_empty() || !week.ended.is_empty() {
            self.act(None, What::Week { destination: plan.destination, roster, week });
        }
    }

    fn week(&self, since: Option<Timestamp>) -> Week {
        let live = self.state.cases.iter().filter(|(_, case)| case.ended.is_none());
        let mut ranked: Vec<(Rank, CaseId)> =
            live.map(|(id, case)| (rank_of(&case.decision), *id)).collect();
        ranked.sort();
        let more = ranked.len().saturating_sub(OPEN_MAX);
        let first: Vec<CaseId> = ranked.into_iter().take(OPEN_MAX).map(|(_, id)| id).collect();
        let mut ended = since.map(|since| self.ended_since(since)).unwrap_or_default();
        let more_ended = ended.len().saturating_sub(ENDED_MAX);
        ended.truncate(ENDED_MAX);
        Week { since, open: self.views(&first), more, ended, more_ended }
    }
}
