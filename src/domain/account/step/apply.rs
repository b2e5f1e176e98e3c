//! What a signal, a company record and a retraction do to an account.

use super::{Applied, Effect, Fold};
use crate::domain::account::decide::Happened;
use crate::domain::account::decision::Verdict;
use crate::domain::account::input::Retraction;
use crate::domain::evidence::company::{Absorbed, CompanyUpdate};
use crate::domain::evidence::event;
use crate::domain::evidence::event::{Linked, Retold};
use crate::domain::evidence::post::{self, Sighting};
use crate::domain::evidence::report::Report;
use crate::domain::evidence::signal::Signal;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::Kind;
use crate::domain::terms::limits::{FUTURE_DAYS_MAX, HORIZON_DAYS};
use crate::domain::terms::time::Day;

impl Fold<'_> {
    pub(super) fn signal<'i>(&mut self, signal: &'i Signal) -> Applied<'i> {
        let today = self.at.time.day();
        let day = signal.occurred.day;
        if day.since(today) > FUTURE_DAYS_MAX {
            return Applied::refused(format!(
                "occurred_at {day} lies more than {FUTURE_DAYS_MAX} days after the log's time {today}"
            ));
        }
        if self.is_dead(signal.id) {
            return Applied::nothing(Verdict::Duplicate);
        }
        let mut report = Report::of(signal, self.at.time);
        let (mut replaced, mut buried) = (None, false);
        if let Some(old) = signal.supersedes.filter(|old| *old != signal.id) {
            replaced = post::remove(&mut self.state.evidence, old, today);
            buried = !self.is_dead(old);
            self.record_tombstone(old, today);
        }
        // A report that takes the place of another one is more than a sighting.
        let sighted = || post::sighted_again(&self.state.evidence, &report, today);
        match signal.supersedes.map_or_else(sighted, |_| None) {
            Some(Sighting::Reopened(again)) => report = *again,
            Some(Sighting::Known) => return Applied::nothing(Verdict::Duplicate),
            None => {}
        }
        if today.since(report.occurred.day) > HORIZON_DAYS {
            return self.too_late(&report, today, (replaced.is_some(), buried));
        }
        let mut held = signal.planned || day > today;
        let linked = match event::retell(&mut self.state.evidence, &report, today) {
            Some(Retold::Corrected { former, now }) => {
                held = now.is_held(today);
                replaced = Some(*former);
                Linked::Merged
            }
            Some(_) if replaced.is_some() => Linked::Merged,
            Some(retold) => {
                let same = retold == Retold::Same && !buried;
                let effect = if same { Effect::None } else { Effect::Filed };
                return Applied { verdict: Verdict::Duplicate, refused: None, effect };
            }
            None => {
                if let Some(replaced) = &replaced {
                    report.first_seen = replaced.first_seen;
                    report.corrected = true;
                }
                let sorts = (report.occurred.day, report.id);
                let linked = event::add(&mut self.state.evidence, report, today);
                let alone = linked == Linked::New && signal.supersedes.is_none() && !held;
                // Counts of people are grouped anew with those around them.
                if alone && signal.event.kind() != Kind::Headcount {
                    self.added = Some(event::place(&self.state.evidence, sorts));
                }
                linked
            }
        };
        let answers = |r: &Report| r.event.is_inbound_request() && !r.is_held(today) && !r.baseline;
        let answered = replaced.as_ref().is_some_and(answers);
        let changes = linked == Linked::Merged && signal.event.changes_notice();
        let correction = replaced.is_some() || changes;
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
        // While its data is on the way back, the account can neither answer nor know whether it did.
        let asks =
            signal.event.is_inbound_request() && !merged && !held && !signal.baseline && !answered;
        let asks = asks && !self.state.awaits_return();
        Applied::did(
            verdict,
            Happened {
                merged,
                correction,
                signal: Some(signal),
                baseline: false,
                request: asks.then_some(signal.id),
                ..Happened::default()
            },
        )
    }

    /// What happened before the horizon is not taken in; what turns out to have is taken out, as is
    /// what it supersedes.
    fn too_late<'i>(
        &mut self,
        report: &Report,
        today: Day,
        (replaced, buried): (bool, bool),
    ) -> Applied<'i> {
        let beyond = |report: &Report| today.since(report.occurred.day) > HORIZON_DAYS;
        // A report already past the horizon stays with its event. One that has lost its date since
        // stays too: an earlier report, dropped by now, may have come before it.
        let corrects = |known: &Report| {
            (known.is_dated() || known.observed_at < report.observed_at)
                && !beyond(known)
                && beyond(&known.retold(report))
        };
        let corrected = event::get(&self.state.evidence, report.id).is_some_and(corrects);
        if corrected {
            event::remove(&mut self.state.evidence, report.id, today);
            self.record_tombstone(report.id, today);
        }
        let effect = match () {
            () if corrected || replaced => {
                Effect::Happened(Happened { correction: true, ..Happened::default() })
            }
            () if buried => Effect::Filed,
            () => Effect::None,
        };
        Applied { verdict: Verdict::TooLate, refused: None, effect }
    }

    pub(super) fn company<'i>(
        &mut self,
        account: &AccountKey,
        update: &'i CompanyUpdate,
    ) -> Applied<'i> {
        if update.as_of.day().since(self.at.time.day()) > 1 {
            return Applied::refused(format!(
                "as_of {} lies after the log's time {}; a company is what it is, not what it will be",
                update.as_of.day(),
                self.at.time.day()
            ));
        }
        match self.state.company.absorb(account, update) {
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
        let known = post::remove(&mut self.state.evidence, retraction.retracts, today);
        self.record_tombstone(retraction.retracts, today);
        Applied::did(
            Verdict::Applied,
            Happened { correction: known.is_some(), ..Happened::default() },
        )
    }
}
