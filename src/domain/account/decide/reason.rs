//! What took the score of an open episode below the exit line: the reason, the headline and the advice of
//! an exit follow from it.

use super::{Cause, Happened, Turn};
use crate::domain::account::assess::Assessment;
use crate::domain::account::decision::ExitReason;
use crate::domain::account::explain;
use crate::domain::account::standing::Ended;
use crate::domain::evidence::signal::SignalId;
use crate::domain::profile::Criterion;
use crate::domain::profile::variant::CompiledProfile;
use crate::domain::profile::when::Answer;
use crate::domain::score::fit::{self, Fit, Noted};
use crate::domain::score::intent::{Contribution, Ground};
use crate::domain::terms::units::MilliPoints;

/// Criteria that a headline names; the rest is counted.
const CRITERIA_NAMED: usize = 3;

pub(super) struct Fall {
    pub reason: ExitReason,
    pub ended: Ended,
    pub happened: String,
}

impl Turn<'_, '_> {
    /// Why an episode ends whose intent no longer holds. Every midnight before was visited, so that
    /// what is looked at is what moved the score.
    pub(super) fn fall(&self) -> Fall {
        let exit = self.a.variant.exit;
        let fall = |reason, ended, happened| Fall { reason, ended, happened };
        let bad = self.bad_news();
        let (signal, correction) = match self.look.cause {
            Cause::Input(Happened { signal, correction, .. }) => (signal, correction),
            Cause::MarketRetraction => (None, true),
            _ => (None, false),
        };
        let bad_now = bad.is_some_and(|c| signal.is_some_and(|s| self.reports(&c, s.id)));
        if self.is_own_activation() {
            let happened = format!("left buying mode: below {exit} under the changed profile");
            return fall(ExitReason::Decayed, Ended::ProfileChange, happened);
        }
        if correction && !bad_now {
            let happened = format!(
                "left buying mode: evidence was taken back or corrected, and the rest is below {exit}"
            );
            return fall(ExitReason::Retracted, Ended::Corrected, happened);
        }
        if self.fits_less() {
            let why = self.moved_criteria(true);
            let happened = format!("left buying mode: fits less well: {why}");
            return fall(ExitReason::NoLongerFits, Ended::Unfit, happened);
        }
        if bad.is_some() {
            let happened = "left buying mode on bad news".to_owned();
            return fall(ExitReason::NegativeSignal, Ended::BadNews, happened);
        }
        if let Some(signal) = signal {
            // No bad news of itself: another report of a round has a smaller sum, or a tool is gone.
            let what = explain::what(&signal.event);
            let happened = format!(
                "left buying mode: {what} changes what was known, and the rest is below {exit}"
            );
            return fall(ExitReason::Retracted, Ended::Corrected, happened);
        }
        let happened = if self.a.score < exit {
            format!("left buying mode: below {exit}")
        } else {
            // Standing facts alone bring no entry, and hold none.
            "left buying mode: no signal counts any more".to_owned()
        };
        fall(ExitReason::Decayed, Ended::Faded, happened)
    }

    fn is_own_activation(&self) -> bool {
        matches!(self.look.cause, Cause::Activation { product, .. } if product == self.p.product)
    }

    fn reports(&self, c: &Contribution, id: SignalId) -> bool {
        let Ground::Evidence(at) = c.ground else { return false };
        self.a.facts.evidence[usize::from(at)].reports().iter().any(|r| r.id == id)
    }

    /// The worst of the bad news since the episode began, without which it would go on.
    pub(super) fn bad_news(&self) -> Option<Contribution> {
        let (a, since) = (self.a, self.p.episode.as_ref()?.since);
        let new = |c: &Contribution| {
            c.points < MilliPoints::ZERO && a.seen(c.ground).is_some_and(|seen| seen >= since)
        };
        let worst = *a.intent.contributions.iter().filter(|c| new(c)).min_by_key(|c| c.points)?;
        let without = a.intent.only(a.profile(), a.variant, |c| !new(c));
        a.stays_by(&without).then_some(worst)
    }

    /// Whether the fit before, or the segment before, would have kept the episode open.
    fn fits_less(&self) -> bool {
        let a = self.a;
        if self.is_other_segment() {
            return true;
        }
        if !a.profile().is_additive() || a.score >= a.variant.exit {
            return false;
        }
        let before = Fit::of(a.variant, self.answers_before().collect());
        a.score - a.fit.lower + before.lower >= a.variant.exit
    }

    pub(super) fn now_noted(&self) -> Noted {
        Noted::of(self.a.activation.number, place_of(self.a), &self.a.fit.answers)
    }

    fn is_other_profile(&self) -> bool {
        self.before.activation != self.a.activation.number
    }

    fn is_other_segment(&self) -> bool {
        !self.is_other_profile() && self.before.variant != place_of(self.a)
    }

    /// Of another profile, or where they are not kept, as they are now.
    fn answers_before(&self) -> impl Iterator<Item = Answer> {
        let now = self.a.fit.answers.iter().enumerate();
        now.map(|(at, now)| match self.is_other_profile() {
            true => *now,
            false => self.before.get(at).unwrap_or(*now),
        })
    }

    /// The criteria whose answers are others than before, in words: those that moved the fit down, or up;
    /// or all, where none did.
    pub(super) fn moved_criteria(&self, down: bool) -> String {
        if self.is_other_profile() {
            return "the profile changed".to_owned();
        }
        if self.is_other_segment() {
            return format!("it is in segment {} now", self.a.variant.segment);
        }
        let answers = self.a.fit.answers.iter().zip(self.answers_before());
        let moved = self.a.variant.criteria.iter().zip(answers);
        let mut moved: Vec<_> = moved.filter(|(_, (now, before))| *now != before).collect();
        let change = |(criterion, (now, before)): &(&Criterion, (&Answer, Answer))| {
            let change = fit::counted(criterion, **now) - fit::counted(criterion, *before);
            if down { change } else { -change }
        };
        moved.sort_by_key(change);
        if moved.first().is_some_and(|first| change(first) < MilliPoints::ZERO) {
            moved.retain(|one| change(one) < MilliPoints::ZERO);
        }
        let named = moved.iter().take(CRITERIA_NAMED).map(|(criterion, (now, _))| {
            let known = explain::found(&criterion.when, &self.a.facts);
            let known = if known.is_empty() { known } else { format!(" ({known})").into() };
            match now {
                Answer::Yes => format!("{} is met{known}", criterion.name),
                Answer::No => format!("{} is not met{known}", criterion.name),
                Answer::Unknown => format!("{} is not known any more{known}", criterion.name),
            }
        });
        let mut named: Vec<String> = named.collect();
        if moved.len() > CRITERIA_NAMED {
            named.push(format!("{} more", moved.len() - CRITERIA_NAMED));
        }
        named.join(", ")
    }
}

/// The place of the variant among those of its profile.
pub(super) fn place_of(a: &Assessment<'_>) -> u8 {
    let profile: &CompiledProfile = a.profile();
    let at = profile.variants.iter().position(|v| v.segment == a.variant.segment);
    at.unwrap_or_default() as u8
}
