//! How an episode begins, what is asked where the fit is not known, and the answer to an inbound
//! request.

use super::rounds::best_round;
use super::{Cause, Happened, Turn};
use crate::domain::Text;
use crate::domain::account::assess::Assessment;
use crate::domain::account::decision::{DecisionKind, Origin};
use crate::domain::account::draw::{arm, draw};
use crate::domain::account::explain;
use crate::domain::account::standing::{Drawn, Episode};
use crate::domain::profile::{Band, Priority};
use crate::domain::score::intent::{Contribution, Ground};
use crate::domain::score::priority;
use crate::domain::terms::experiment::Arm;
use crate::domain::terms::time::Day;
use crate::domain::terms::units::MilliPoints;

pub(super) fn entry_route(
    a: &Assessment<'_>,
    origin: Origin,
    priority: Priority,
    arm: Arm,
) -> Text {
    let routes = &a.profile().profile.routes;
    if a.owner_only {
        routes.owner.clone()
    } else if origin == Origin::Baseline {
        routes.digest.clone()
    } else if arm == Arm::HoldOut {
        routes.hold_out.clone()
    } else {
        let route = priority::route(a.profile(), a.tier, priority, &a.variant.segment, &a.facts);
        unless_held_back(a, origin, route)
    }
}

fn unless_held_back(a: &Assessment<'_>, origin: Origin, route: Text) -> Text {
    let routes = &a.profile().profile.routes;
    let held_back = origin == Origin::ProfileChange && !routes.profile_change_to_sequencers;
    if held_back { routes.digest.clone() } else { route }
}

impl Turn<'_, '_> {
    pub(super) fn enter_or_wait(&mut self) {
        let a = self.a;
        let moved = matches!(self.look.cause, Cause::Input(Happened { moved: true, .. }));
        let away = moved || self.state.awaits_return();
        if away || a.excluded.is_some() || !self.state.company.is_known() || !a.is_ready() {
            return;
        }
        if self.p.cooldown.is_some_and(|c| a.fresh_score(c.since) < a.variant.enter) {
            return;
        }
        let Ok(admission) = a.admission(self.p.left) else {
            return;
        };
        if a.fits() {
            self.enter(&admission.happened(a));
        } else if a.might_fit() && self.p.enrich_asked != Some(self.state.company.version) {
            self.ask_for_attributes();
        }
    }

    fn enter(&mut self, happened: &str) {
        let a = self.a;
        let origin = self.entry_origin();
        let (priority, _) = priority::priority(a.profile(), a.tier, a.band);
        let (arm, drawn) = self.arm();
        let route = entry_route(a, origin, priority, arm);
        self.p.keep(drawn);
        self.p.cooldown = None;
        self.p.left = None;
        self.p.mute(false, None);
        let mut decision = self.draft(DecisionKind::Entered, origin, route.clone(), happened);
        decision.arm = arm;
        decision.episode_id = Some(decision.id);
        self.p.episode = Some(Episode {
            since: self.look.at,
            entered: decision.sequence,
            segment: a.variant.segment.clone(),
            route,
            announced: priority,
            announced_on: self.today(),
            round: best_round(a),
            owed: None,
            account: None,
        });
        decision.leaves_on = Some(self.leaves_on());
        self.decisions.push(decision);
    }

    fn arm(&self) -> (Arm, Option<Drawn>) {
        let experiment = self.a.profile().profile.experiment;
        let drawn = draw(self.state, self.p, self.account, experiment, self.look.at);
        (arm(drawn.as_ref(), experiment, &self.p.product), drawn)
    }

    /// What a profile change alone causes goes to the digest, unless the profile says otherwise.
    pub(super) fn unless_held_back(&self, origin: Origin, route: Text) -> Text {
        unless_held_back(self.a, origin, route)
    }

    fn leaves_on(&self) -> Day {
        let since = self.p.episode.as_ref().map_or(self.today(), |e| e.since.day());
        let max = since.plus(i32::from(self.a.profile().profile.episode.max_days));
        explain::leaves_on(self.a, max)
    }

    fn ask_for_attributes(&mut self) {
        self.p.enrich_asked = Some(self.state.company.version);
        let route = self.a.profile().profile.routes.enrich.clone();
        let origin = self.origin();
        let happened = "would enter buying mode if more were known";
        let mut decision = self.draft(DecisionKind::Triaged, origin, route, happened);
        // The table's deadlines are for sales to act; research has none.
        (decision.sla_deadline, decision.sla_zone) = (None, None);
        self.decisions.push(decision);
    }

    /// One answer to each inbound request: a person, or nurture. Of an account that is excluded it is to
    /// be read, not acted on: one that asked not to be contacted is in no sequence, whatever it visits.
    pub(super) fn answer_request(&mut self) {
        let Cause::Input(Happened { request: Some(request), .. }) = self.look.cause else {
            return;
        };
        let a = self.a;
        let (of, score) =
            if a.profile().is_additive() { ("score", a.score) } else { ("fit", a.fit.lower) };
        let band = priority::band(a.profile().profile.intent.bands, score);
        let (priority, _) = priority::priority(a.profile(), a.tier, band);
        let routes = &a.profile().profile.routes;
        let excluded = a.excluded.as_ref().filter(|_| !a.owner_only);
        let route = if a.owner_only {
            routes.owner.clone()
        } else if excluded.is_some() {
            routes.digest.clone()
        } else if !a.fits() && a.might_fit() {
            routes.enrich.clone()
        } else if band == Band::Low {
            routes.nurture.clone()
        } else {
            priority::route(a.profile(), a.tier, priority, &a.variant.segment, &a.facts)
        };
        let happened = match excluded {
            Some(reason) => format!("asked for us, but is excluded ({reason})"),
            None => format!("asked for us: {of} is {band}"),
        };
        let origin = self.origin();
        let mut decision = self.draft(DecisionKind::Triaged, origin, route, &happened);
        decision.band = band;
        decision.priority = priority;
        decision.request = Some(request);
        if excluded.is_some() {
            (decision.sla_deadline, decision.sla_zone) = (None, None);
            decision.personas.clear();
        }
        self.decisions.push(decision);
    }

    /// An entry whose evidence, or company, came entirely from a first load is not news.
    fn entry_origin(&self) -> Origin {
        let dumped = |c: &Contribution| match c.ground {
            Ground::Evidence(at) => self.a.facts.evidence[usize::from(at)].is_baseline(),
            Ground::Market(_) => false,
            Ground::Standing => true,
        };
        let positive = |c: &&Contribution| c.points > MilliPoints::ZERO;
        let all = self.a.intent.contributions.iter().filter(positive).all(dumped);
        let first_load = matches!(self.look.cause, Cause::Input(Happened { baseline: true, .. }));
        if all || first_load { Origin::Baseline } else { self.origin() }
    }
}
