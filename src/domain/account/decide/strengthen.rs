//! How an episode goes on more strongly: its priority rises, a later or a larger round comes, or there is
//! news of one that only the digest knew of.
//!
//! `strengthened` is written at most once in `strengthen_days`. A rise before that is owed: it is kept in the
//! state, and written when these days are over, whatever has faded meanwhile.

use super::enter::entry_route;
use super::rounds::{best_round, beyond};
use super::{Cause, Happened, Turn};
use crate::domain::Text;
use crate::domain::account::assess::Assessment;
use crate::domain::account::decision::{DecisionKind, Origin};
use crate::domain::account::draw::{arm, draw};
use crate::domain::account::lines;
use crate::domain::account::standing::{Drawn, Episode, ProductState};
use crate::domain::account::state::AccountState;
use crate::domain::profile::Priority;
use crate::domain::score::intent::Round;
use crate::domain::score::priority;
use crate::domain::terms::experiment::Arm;
use crate::domain::terms::time::Timestamp;

/// Where an episode goes that only the digest knows of, if there is news of it.
pub(super) fn hand_over(
    a: &Assessment<'_>,
    p: &ProductState,
    state: &AccountState,
    at: Timestamp,
) -> Option<(Text, Arm, Option<Drawn>)> {
    let digest = &a.profile().profile.routes.digest;
    let episode =
        p.episode.as_ref().filter(|e| e.route == *digest && !p.is_muted(a.facts.today))?;
    // The reader of the digest knows what came with the entry itself.
    let after = Timestamp(episode.since.0.saturating_add(1));
    if !a.is_news_since(after) {
        return None;
    }
    let (now, _) = priority::priority(a.profile(), a.tier, a.band);
    let experiment = a.profile().profile.experiment;
    let drawn = draw(state, p, a.facts.account, experiment, at);
    let arm = arm(drawn.as_ref(), experiment, &p.product);
    let route = entry_route(a, Origin::Signal, now, arm);
    (route != *digest).then_some((route, arm, drawn))
}

impl Episode {
    /// All there is by now counts as announced.
    fn settle(&mut self, now: Priority, best: Round) {
        self.announced = self.announced.max(now);
        self.round = self.round.with(best);
        self.owed = None;
    }
}

impl Turn<'_, '_> {
    /// An entry that went to the digest only, since a first load or a profile change caused it: the
    /// next event worth a decision goes to the sequencer.
    pub(super) fn hand_over(&mut self) -> bool {
        if matches!(self.look.cause, Cause::Activation { .. }) {
            return false;
        }
        let given = hand_over(self.a, self.p, self.state, self.look.at);
        let Some((route, arm, drawn)) = given else {
            return false;
        };
        self.p.keep(drawn);
        let (now, _) = priority::priority(self.a.profile(), self.a.tier, self.a.band);
        let (today, best) = (self.today(), best_round(self.a));
        if let Some(episode) = &mut self.p.episode {
            episode.settle(now, best);
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

    /// Never because the same event was reported again.
    pub(super) fn strengthen(&mut self) {
        let (now, _) = priority::priority(self.a.profile(), self.a.tier, self.a.band);
        self.note_owed(now);
        let today = self.today();
        let muted = self.p.is_muted(today);
        let wait = i32::from(self.a.profile().profile.episode.strengthen_days);
        let best = best_round(self.a);
        let Some(episode) = &mut self.p.episode else {
            return;
        };
        let Some(owed) = episode.owed else {
            return;
        };
        if muted || today.since(episode.announced_on) < wait {
            return;
        }
        let (was, route) = (episode.announced, episode.route.clone());
        let round = beyond(self.a, episode.round).map(|c| lines::contribution(self.a, c).what);
        episode.settle(owed, best);
        // A rise that bad news has undone is none.
        let holds = now > was || !self.a.intent.has_negative();
        let rise = (owed > was && holds).then(|| match owed > now {
            true => format!("rose from {was} to {owed} priority, and is {now} by now"),
            false => format!("is now {now}, was {was}"),
        });
        let round = round.map(|what| format!("has a later or larger round: {what}"));
        let happened: Vec<String> = rise.into_iter().chain(round).collect();
        if happened.is_empty() {
            // The round has left its window, or bad news has come since.
            return;
        }
        episode.announced_on = today;
        let origin = self.origin();
        let route = self.unless_held_back(origin, route);
        let happened = happened.join(", and ");
        let decision = self.draft(DecisionKind::Strengthened, origin, route, &happened);
        self.decisions.push(decision);
    }

    /// Notes that there is something to announce, now or once it may be.
    fn note_owed(&mut self, now: Priority) {
        let happened = match self.look.cause {
            Cause::Input(happened) => happened,
            _ => Happened::default(),
        };
        let changed = matches!(self.look.cause, Cause::Activation { .. });
        let best = best_round(self.a);
        let Some(episode) = &mut self.p.episode else {
            return;
        };
        let mut larger = beyond(self.a, episode.round).is_some();
        if happened.correction && now <= episode.announced && !larger {
            // A rise by a report that was taken back is not announced.
            episode.owed = None;
        }
        if episode.owed.is_none() {
            if happened.merged {
                episode.settle(now, best);
                return;
            }
            if happened.correction || changed {
                // The same rounds, as they are known or counted now.
                episode.round = episode.round.with(best);
                larger = false;
            }
        }
        if !happened.merged && (now > episode.announced || larger) {
            episode.owed = episode.owed.max(Some(now.max(episode.announced)));
        }
    }
}
