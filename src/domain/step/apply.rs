//! What a signal, a company record and a retraction do to an account.

use super::{Applied, Effect, Fold};
use crate::domain::company::{Absorbed, CompanyUpdate};
use crate::domain::decide::Happened;
use crate::domain::decision::Verdict;
use crate::domain::evidence::{self, Linked, Report};
use crate::domain::input::Retraction;
use crate::domain::limits::{FUTURE_DAYS_MAX, HORIZON_DAYS};
use crate::domain::signal::Signal;

impl Fold<'_> {
    pub(super) fn signal<'i>(&mut self, signal: &'i Signal) -> Applied<'i> {
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
            if let Some(replaced) = evidence::remove(&mut self.state.evidence, old, today) {
                report.first_seen = replaced.first_seen;
                correction = true;
            }
            self.bury(old, today);
        }
        let held = signal.planned || day > today;
        let linked = evidence::add(&mut self.state.evidence, report, today);
        let merged = linked == Linked::Merged && !correction;
        let verdict = match () {
            () if merged => Verdict::Merged,
            () if held => Verdict::Planned,
            () if self.is_suppressed(today) => Verdict::Suppressed,
            () if !self.state.company.is_known() => Verdict::Parked,
            () => Verdict::Applied,
        };
        if linked == Linked::New && !held && !correction && !self.is_seen(&signal.event) {
            return Applied { verdict, refused: None, effect: Effect::Filed };
        }
        // While what it had is on its way, nobody knows enough to answer; nor whether it was answered.
        let asks = signal.event.is_inbound_request() && !merged && !held && !signal.baseline;
        let asks = asks && !self.state.awaits_return();
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

    pub(super) fn company<'i>(&mut self, update: &'i CompanyUpdate) -> Applied<'i> {
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

    pub(super) fn retraction<'i>(&mut self, retraction: &'i Retraction) -> Applied<'i> {
        if self.is_dead(retraction.retracts) {
            return Applied::nothing(Verdict::Duplicate);
        }
        let today = self.at.time.day();
        let known = evidence::remove(&mut self.state.evidence, retraction.retracts, today);
        self.bury(retraction.retracts, today);
        Applied::did(
            Verdict::Applied,
            Happened { correction: known.is_some(), ..Happened::default() },
        )
    }
}
