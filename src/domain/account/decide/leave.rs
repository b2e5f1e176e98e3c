//! How an episode ends.

use super::{Cause, Happened, Turn};
use crate::domain::account::decision::{DecisionKind, Exit, ExitReason};
use crate::domain::account::headline;
use crate::domain::account::standing::{Cooldown, Ended, Episode, Left};
use crate::domain::profile::ExitAdvice;
use crate::domain::terms::catalogue::OutcomeKind;
use crate::domain::terms::figures::counted;
use crate::domain::terms::term::Term;
use crate::domain::terms::time::{Day, Timestamp};

pub(super) struct End {
    pub kind: DecisionKind,
    pub reason: ExitReason,
    pub by: Ended,
    pub advice: ExitAdvice,
    pub outcome: Option<OutcomeKind>,
    pub cooldown: Option<Cooldown>,
}

impl Turn<'_, '_> {
    pub(super) fn hear_sales(&mut self) {
        let Cause::Input(Happened { outcome: Some(outcome), .. }) = self.look.cause else {
            return;
        };
        if outcome.product.as_ref().is_some_and(|product| *product != self.p.product) {
            return;
        }
        // Said of an earlier episode.
        let stale = |e: &Episode| outcome.occurred.latest() < e.since.day();
        if self.p.episode.as_ref().is_some_and(stale) {
            return;
        }
        let explained = outcome.reason.as_ref().map(|_| outcome.outcome);
        let known = self.p.cooldown.and_then(|c| c.explained);
        if explained.is_none() && known == Some(outcome.outcome) {
            // The same outcome again, without its reason: it says less.
            return;
        }
        let rules = &self.a.profile().profile.episode;
        let by_reason = || {
            let reason = outcome.reason.as_deref().and_then(|reason| Term::parse(reason).ok());
            let days = reason.and_then(|reason| rules.lost_cooldown_days.get(&reason));
            days.copied().unwrap_or(rules.cooldown_days)
        };
        let cooldown = match outcome.outcome {
            OutcomeKind::Enrolled
            | OutcomeKind::Renewed
            | OutcomeKind::Expanded
            | OutcomeKind::OptedOut => return,
            OutcomeKind::Contacted
            | OutcomeKind::Replied
            | OutcomeKind::Meeting
            | OutcomeKind::Accepted
            | OutcomeKind::Qualified => return self.p.mute(self.p.episode.is_some(), None),
            OutcomeKind::Snoozed => {
                let is_open = self.p.episode.is_some();
                return self.p.mute(is_open, outcome.until);
            }
            OutcomeKind::Reopened => return self.reopen(),
            OutcomeKind::Opportunity | OutcomeKind::Won => rules.won_cooldown_days,
            OutcomeKind::Lost | OutcomeKind::Rejected | OutcomeKind::Churned => by_reason(),
        };
        let today = self.today();
        let open = self.p.episode.is_some();
        let from = if open { today } else { outcome.occurred.day.min(today) };
        // A reason is remembered until midnight at least.
        let least = if explained.is_some() { today.next() } else { from };
        let cooldown = self.cooldown(from, cooldown);
        let cooldown = Cooldown { until: cooldown.until.max(least), explained, ..cooldown };
        let cooldown = Some(cooldown).filter(|c| c.until > today);
        if open {
            let verb: &'static str = outcome.outcome.into();
            let end = End {
                kind: DecisionKind::Exited,
                reason: ExitReason::Sales,
                by: match outcome.outcome {
                    OutcomeKind::Opportunity | OutcomeKind::Won => Ended::OwnerOnly,
                    _ => Ended::Sales,
                },
                advice: ExitAdvice::StopNow,
                outcome: Some(outcome.outcome),
                cooldown,
            };
            self.exit(end, &format!("left buying mode: sales said {verb}"));
        }
        self.p.cooldown = cooldown;
    }

    /// As if sales had not muted it, or said no.
    fn reopen(&mut self) {
        self.p.mute(false, None);
        let by_sales = self.p.left.is_some_and(|left| left.by == Ended::Sales)
            || self.p.cooldown.is_some_and(|cooldown| cooldown.explained.is_some());
        if by_sales && self.p.episode.is_none() {
            (self.p.cooldown, self.p.left) = (None, None);
        }
    }

    fn cooldown(&self, from: Day, days: u16) -> Cooldown {
        let until = from.plus(i32::from(days));
        Cooldown { since: self.new_from(), until, explained: None }
    }

    /// Evidence read up to now is not new, even with the same time; evidence read on a midnight comes
    /// after the exit of that midnight.
    fn new_from(&self) -> Timestamp {
        let after = i64::from(!matches!(self.look.cause, Cause::Midnight));
        Timestamp(self.look.at.0.saturating_add(after))
    }

    pub(super) fn leave_or_stay(&mut self) {
        match self.leaving() {
            Some((end, happened)) => self.exit(end, &happened),
            None => {
                if !self.hand_over() {
                    self.strengthen();
                }
            }
        }
    }

    fn leaving(&self) -> Option<(End, String)> {
        let rules = &self.a.profile().profile.episode;
        let since = self.p.episode.as_ref().map(|e| e.since.day())?;
        let end = |reason, by, advice, cooldown: Option<u16>| End {
            kind: DecisionKind::Exited,
            reason,
            by,
            advice,
            outcome: None,
            cooldown: cooldown.map(|days| self.cooldown(self.today(), days)),
        };
        let profile_only = matches!(self.look.cause, Cause::Activation { .. });
        let always = Some(rules.cooldown_days);
        let cools = always.filter(|_| !profile_only);
        if let Cause::Input(Happened { moved: true, .. }) = self.look.cause {
            let end = end(ExitReason::Moved, Ended::Moved, ExitAdvice::NoNewEnrolment, None);
            return Some((end, "left buying mode: merged into another account".to_owned()));
        }
        if let Some(reason) = &self.a.excluded {
            let end = end(ExitReason::Excluded, Ended::Excluded, ExitAdvice::StopNow, None);
            return Some((end, format!("left buying mode: excluded ({reason})")));
        }
        if self.a.owner_only && !self.is_with_owner() {
            let by = Ended::OwnerOnly;
            let end = end(ExitReason::Excluded, by, ExitAdvice::StopNow, always);
            let happened = "left buying mode: is a customer, or an opportunity is open";
            return Some((end, happened.to_owned()));
        }
        if self.is_retracted(since) {
            let end = End {
                kind: DecisionKind::Withdrawn,
                ..end(ExitReason::Retracted, Ended::Corrected, ExitAdvice::StopNow, None)
            };
            return Some((end, "was withdrawn: the evidence was taken back".to_owned()));
        }
        if !self.a.fits() {
            let (advice, by) = (ExitAdvice::NoNewEnrolment, Ended::Unfit);
            let by = if profile_only { Ended::ProfileChange } else { by };
            let end = end(ExitReason::NoLongerFits, by, advice, cools);
            let happened =
                format!("left buying mode: no longer fits, {}", self.moved_criteria(true));
            return Some((end, happened.trim_end_matches([',', ' ']).to_owned()));
        }
        if !self.a.stays_by(&self.a.intent) {
            let fall = self.fall();
            let advice = match fall.reason {
                ExitReason::NegativeSignal => rules.negative_signal_advice,
                ExitReason::Retracted => ExitAdvice::StopNow,
                _ => ExitAdvice::NoNewEnrolment,
            };
            return Some((end(fall.reason, fall.ended, advice, cools), fall.happened));
        }
        if self.today().since(since) >= i32::from(rules.max_days) {
            let end = end(ExitReason::MaxDays, Ended::MaxDays, ExitAdvice::NoNewEnrolment, always);
            return Some((
                end,
                format!("left buying mode after {}", counted(rules.max_days, "day")),
            ));
        }
        None
    }

    /// Without what was taken back it would not have entered, and would not enter now.
    fn is_retracted(&self, since: Day) -> bool {
        let correction = match self.look.cause {
            Cause::Input(happened) => happened.correction,
            Cause::MarketRetraction => true,
            _ => false,
        };
        correction && !self.a.is_ready() && !self.a.was_ready_on(since)
    }

    fn is_with_owner(&self) -> bool {
        let owner = &self.a.profile().profile.routes.owner;
        self.p.episode.as_ref().is_some_and(|e| e.route == *owner)
    }

    pub(super) fn exit(&mut self, end: End, happened: &str) {
        let Some(episode) = self.p.episode.clone() else {
            return;
        };
        let bad_news = end.by == Ended::BadNews && self.bad_news().is_some();
        self.p.mute(false, None);
        self.p.cooldown = end.cooldown;
        let left = Left { since: self.new_from(), by: end.by };
        self.p.left = Some(self.p.left.map_or(left, |before| before.stricter(left)));
        let origin = self.origin();
        // Written while it is open: so it names the episode.
        let mut decision = self.draft(end.kind, origin, episode.route, happened);
        if bad_news {
            let name = decision.account_name.as_deref().unwrap_or(self.account.as_str());
            decision.headline =
                headline::on_bad_news(&decision.fit, &decision.intent, name, happened);
        }
        self.p.episode = None;
        decision.exit = Some(Exit {
            reason: end.reason,
            advice: end.advice,
            outcome: end.outcome,
            entered: episode.entered,
            cooldown_until: end.cooldown.map(|c| c.until),
        });
        self.decisions.push(decision);
    }
}
