//! How an episode ends, or goes on more strongly.

use super::enter::entry_route;
use super::{Cause, Happened, Turn};
use crate::domain::Text;
use crate::domain::account::assess::Assessment;
use crate::domain::account::decision::{DecisionKind, Exit, ExitAdvice, ExitReason, Origin};
use crate::domain::account::standing::{Cooldown, Episode, ProductState};
use crate::domain::score::priority;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::OutcomeKind;
use crate::domain::terms::experiment::Arm;
use crate::domain::terms::figures::counted;
use crate::domain::terms::term::Term;
use crate::domain::terms::time::{Day, Timestamp};

pub(super) struct End {
    pub kind: DecisionKind,
    pub reason: ExitReason,
    pub advice: ExitAdvice,
    pub outcome: Option<OutcomeKind>,
    pub cooldown: Option<Cooldown>,
}

/// Where an episode goes that only the digest knows of, if there is news of it.
pub(super) fn hand_over(
    a: &Assessment<'_>,
    p: &ProductState,
    account: &AccountKey,
) -> Option<(Text, Arm)> {
    let digest = &a.profile().profile.routes.digest;
    let episode = p.episode.as_ref().filter(|e| e.route == *digest && !p.muted)?;
    // The reader of the digest knows what came with the entry itself.
    let after = Timestamp(episode.since.0.saturating_add(1));
    if !a.is_news_since(after) {
        return None;
    }
    let (now, _) = priority::priority(a.profile(), a.tier, a.band);
    let arm = priority::arm(a.profile().profile.experiment, &p.product, account);
    let route = entry_route(a, Origin::Signal, now, arm);
    (route != *digest).then_some((route, arm))
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
            OutcomeKind::Enrolled | OutcomeKind::Renewed | OutcomeKind::Expanded => return,
            OutcomeKind::Contacted | OutcomeKind::Replied | OutcomeKind::Meeting => {
                self.p.muted = self.p.episode.is_some();
                return;
            }
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
                advice: ExitAdvice::StopNow,
                outcome: Some(outcome.outcome),
                cooldown,
            };
            self.exit(end, &format!("left buying mode: sales said {verb}"));
        }
        self.p.cooldown = cooldown;
    }

    /// Evidence read up to now does not break it, even with the same time; evidence read
    /// on a midnight comes after the exit of that midnight.
    fn cooldown(&self, from: Day, days: u16) -> Cooldown {
        let after = i64::from(!matches!(self.look.cause, Cause::Midnight));
        let since = Timestamp(self.look.at.0.saturating_add(after));
        Cooldown { since, until: from.plus(i32::from(days)), explained: None }
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

    /// An entry that went to the digest only, since a first load or a profile change caused it: the
    /// next event worth a decision goes to the sequencer.
    fn hand_over(&mut self) -> bool {
        if matches!(self.look.cause, Cause::Activation { .. }) {
            return false;
        }
        let Some((route, arm)) = hand_over(self.a, self.p, self.account) else {
            return false;
        };
        let (now, _) = priority::priority(self.a.profile(), self.a.tier, self.a.band);
        let today = self.today();
        if let Some(episode) = &mut self.p.episode {
            episode.announced = now;
            episode.announced_on = today;
            episode.route = route.clone();
        }
        let origin = self.origin();
        let happened = "is in buying mode, and something happened";
        let mut decision = self.draft(DecisionKind::Strengthened, origin, route, happened);
        decision.arm = arm;
        self.decisions.push(decision);
        true
    }

    fn leaving(&self) -> Option<(End, String)> {
        let rules = &self.a.profile().profile.episode;
        let since = self.p.episode.as_ref().map(|e| e.since.day())?;
        let end = |reason, advice, cooldown: Option<u16>| End {
            kind: DecisionKind::Exited,
            reason,
            advice,
            outcome: None,
            cooldown: cooldown.map(|days| self.cooldown(self.today(), days)),
        };
        let profile_only = matches!(self.look.cause, Cause::Activation { .. });
        let always = Some(rules.cooldown_days);
        let cools = always.filter(|_| !profile_only);
        if let Cause::Input(Happened { moved: true, .. }) = self.look.cause {
            let end = end(ExitReason::Moved, ExitAdvice::NoNewEnrolment, None);
            return Some((end, "left buying mode: merged into another account".to_owned()));
        }
        if let Some(reason) = &self.a.excluded {
            let end = end(ExitReason::Excluded, ExitAdvice::StopNow, None);
            return Some((end, format!("left buying mode: excluded ({reason})")));
        }
        if self.a.owner_only && !self.is_with_owner() {
            let end = end(ExitReason::Excluded, ExitAdvice::StopNow, always);
            let happened = "left buying mode: is a customer, or an opportunity is open";
            return Some((end, happened.to_owned()));
        }
        if self.is_retracted(since) {
            let end = End {
                kind: DecisionKind::Withdrawn,
                ..end(ExitReason::Retracted, ExitAdvice::StopNow, None)
            };
            return Some((end, "was withdrawn: the evidence was taken back".to_owned()));
        }
        if !self.a.fits() {
            let end = end(ExitReason::NoLongerFits, ExitAdvice::NoNewEnrolment, cools);
            return Some((end, "left buying mode: no longer fits".to_owned()));
        }
        if self.a.score < self.a.variant.exit {
            let end = end(ExitReason::Decayed, ExitAdvice::NoNewEnrolment, cools);
            return Some((end, format!("left buying mode: below {}", self.a.variant.exit)));
        }
        // Standing facts alone bring no entry, and hold none.
        if !self.a.intent.has_event(self.a.variant) {
            let end = end(ExitReason::Decayed, ExitAdvice::NoNewEnrolment, cools);
            return Some((
                end,
                "left buying mode: intent below the exit line, no new evidence".to_owned(),
            ));
        }
        if self.today().since(since) >= i32::from(rules.max_days) {
            let end = end(ExitReason::MaxDays, ExitAdvice::NoNewEnrolment, always);
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

    /// Priority is announced once it rises, at most weekly, and never because the same event was
    /// reported again.
    fn strengthen(&mut self) {
        let (now, _) = priority::priority(self.a.profile(), self.a.tier, self.a.band);
        let merged = matches!(self.look.cause, Cause::Input(Happened { merged: true, .. }));
        let (today, muted) = (self.today(), self.p.muted);
        let wait = i32::from(self.a.profile().profile.episode.strengthen_days);
        let Some(episode) = &mut self.p.episode else {
            return;
        };
        if now <= episode.announced {
            return;
        }
        if merged {
            episode.announced = now;
            return;
        }
        if muted || today.since(episode.announced_on) < wait {
            return;
        }
        let was = episode.announced;
        episode.announced = now;
        episode.announced_on = today;
        let route = episode.route.clone();
        let origin = self.origin();
        let route = self.unless_held_back(origin, route);
        let happened = format!("is now {now}, was {was}");
        let decision = self.draft(DecisionKind::Strengthened, origin, route, &happened);
        self.decisions.push(decision);
    }

    pub(super) fn exit(&mut self, end: End, happened: &str) {
        let Some(episode) = self.p.episode.clone() else {
            return;
        };
        self.p.muted = false;
        self.p.cooldown = end.cooldown;
        let origin = self.origin();
        // Written while it is open: so it names the episode.
        let mut decision = self.draft(end.kind, origin, episode.route, happened);
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
