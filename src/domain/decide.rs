//! From an assessment to decisions: who enters, who leaves, what is said about it.

use super::account::AccountKey;
use super::assess::{Assessment, assess};
use super::catalogue::OutcomeKind;
use super::company::Attribute;
use super::decision::{
    Arm, Decision, DecisionKind, Exit, ExitAdvice, ExitReason, Origin, decision_id,
};
use super::fit::Tier;
use super::input::{LogPosition, SalesOutcome};
use super::profile::Priority;
use super::signal::SignalId;
use super::state::{AccountState, Cooldown, Episode, ProductState, Stage};
use super::time::{Day, Timestamp};
use super::units::MilliPoints;
use super::world::World;
use super::{RULES_VERSION, Text, explain, priority};

/// Why an account is looked at.
#[derive(Clone, Copy, Debug)]
pub enum Cause<'a> {
    Midnight,
    /// A profile was activated; `first`: the first one of its product.
    Activation {
        product: &'a str,
        first: bool,
    },
    Market,
    MarketRetraction,
    /// An input of the account's own.
    Input(Happened<'a>),
}

/// What an input did, as far as it matters to decisions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Happened<'a> {
    /// Another report of a known event: counts nothing, strengthens nothing.
    pub merged: bool,
    /// Evidence was taken back or corrected.
    pub correction: bool,
    /// Part of a vendor's first dump.
    pub baseline: bool,
    /// An inbound request to answer.
    pub request: Option<SignalId>,
    pub outcome: Option<&'a SalesOutcome>,
    /// Everything was handed to another account.
    pub moved: bool,
}

/// One look at an account: when, why, and where the record being processed lies.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    pub at: Timestamp,
    pub cause: Cause<'a>,
    pub written: LogPosition,
}

/// What a look tells of the future.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outlook {
    /// The next midnight at which something may change without input.
    pub due: Option<Day>,
}

/// Looks at an account under every product's profile and writes down what follows.
pub fn decide(
    world: &World,
    account: &AccountKey,
    state: &mut AccountState,
    look: Look<'_>,
    decisions: &mut Vec<Decision>,
) -> Outlook {
    let mut due: Option<Day> = None;
    for activation in world.products(state.applied) {
        let product = &activation.profile.profile.product;
        let blank = ProductState::new(product.clone());
        let mut kept = std::mem::replace(state.product_mut(product), blank);
        {
            let a = assess(world, account, state, activation, look.at.day());
            let mut turn = Turn { account, state, a: &a, look, p: &mut kept, decisions };
            turn.run();
            due = [due, turn.due()].into_iter().flatten().min();
        }
        *state.product_mut(product) = kept;
    }
    Outlook { due }
}

struct Turn<'a, 'd> {
    account: &'a AccountKey,
    state: &'a AccountState,
    a: &'d Assessment<'a>,
    look: Look<'d>,
    p: &'d mut ProductState,
    decisions: &'d mut Vec<Decision>,
}

impl<'d> Turn<'_, 'd> {
    fn run(&mut self) {
        self.lapse();
        self.note_tier();
        self.hear_sales();
        if self.p.episode.is_some() {
            self.leave_or_stay();
        } else {
            self.enter_or_wait();
        }
        self.answer_request();
        self.p.stage = self.stage();
    }

    fn today(&self) -> Day {
        self.a.facts.today
    }

    fn lapse(&mut self) {
        let today = self.today();
        if self.p.cooldown.is_some_and(|c| today >= c.until) {
            self.p.cooldown = None;
        }
    }

    /// The first tier of an account is no change.
    fn note_tier(&mut self) {
        if !self.state.company.is_known() {
            return;
        }
        let (tier, previous) = (self.a.tier, self.p.tier.replace(self.a.tier));
        if previous.is_some_and(|previous| previous != tier) {
            let route = self.a.profile().profile.routes.digest.clone();
            let origin = self.origin();
            let happened =
                format!("is now {}, was {}", tier_name(tier), tier_name(previous.unwrap_or(tier)));
            let mut decision = self.draft(DecisionKind::TierChanged, origin, route, &happened);
            decision.previous_tier = previous;
            self.decisions.push(decision);
        }
    }

    fn hear_sales(&mut self) {
        let Cause::Input(Happened { outcome: Some(outcome), .. }) = self.look.cause else {
            return;
        };
        if outcome.product.as_ref().is_some_and(|product| *product != self.p.product) {
            return;
        }
        let rules = &self.a.profile().profile.episode;
        let by_reason = || {
            let reason = outcome.reason.as_ref();
            let days = reason.and_then(|reason| rules.lost_cooldown_days.get(reason));
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
        let cooldown = Some(self.cooldown(cooldown));
        if self.p.episode.is_some() {
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

    fn cooldown(&self, days: u16) -> Cooldown {
        Cooldown { since: self.look.at, until: self.today().plus(i32::from(days)) }
    }

    fn leave_or_stay(&mut self) {
        match self.leaving() {
            Some((end, happened)) => self.exit(end, &happened),
            None => self.strengthen(),
        }
    }

    fn leaving(&self) -> Option<(End, String)> {
        let rules = &self.a.profile().profile.episode;
        let since = self.p.episode.as_ref().map(|e| e.since.day())?;
        let end = |reason, advice, cooldown: Option<u16>| End {
            kind: DecisionKind::Exited,
            reason,
            advice,
            outcome: None,
            cooldown: cooldown.map(|days| self.cooldown(days)),
        };
        let profile_only = matches!(self.look.cause, Cause::Activation { .. });
        let cools = (!profile_only).then_some(rules.cooldown_days);
        if let Cause::Input(Happened { moved: true, .. }) = self.look.cause {
            let end = end(ExitReason::Moved, ExitAdvice::NoNewEnrolment, None);
            return Some((end, "left buying mode: merged into another account".to_owned()));
        }
        if let Some(reason) = &self.a.excluded {
            let end = end(ExitReason::Excluded, ExitAdvice::StopNow, None);
            return Some((end, format!("left buying mode: excluded ({reason})")));
        }
        if self.is_retracted(since) {
            let end = End {
                kind: DecisionKind::Withdrawn,
                ..end(ExitReason::Retracted, ExitAdvice::StopNow, None)
            };
            return Some((end, "was withdrawn: the evidence was taken back".to_owned()));
        }
        if !self.a.fits() {
            let end = end(ExitReason::NoLongerFits, ExitAdvice::NoNewEnrolment, None);
            return Some((end, "left buying mode: no longer fits".to_owned()));
        }
        if self.a.score < self.a.variant.exit {
            let end = end(ExitReason::Decayed, ExitAdvice::NoNewEnrolment, cools);
            return Some((end, format!("left buying mode: below {}", self.a.variant.exit)));
        }
        if self.today().since(since) >= i32::from(rules.max_days) {
            let end = end(ExitReason::MaxDays, ExitAdvice::NoNewEnrolment, cools);
            return Some((end, format!("left buying mode after {} days", rules.max_days)));
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
        correction
            && self.a.score < self.a.variant.enter
            && (self.a.score_on(since) < self.a.variant.enter
                || !self.a.intent.has_event(self.a.variant))
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
        let happened = format!("is now {now}, was {was}");
        let decision = self.draft(DecisionKind::Strengthened, origin, route, &happened);
        self.decisions.push(decision);
    }

    fn enter_or_wait(&mut self) {
        let a = self.a;
        let moved = matches!(self.look.cause, Cause::Input(Happened { moved: true, .. }));
        if moved || a.excluded.is_some() || !self.state.company.is_known() || !a.is_ready() {
            return;
        }
        if self.p.cooldown.is_some_and(|c| a.fresh_score(c.since) < a.variant.enter) {
            return;
        }
        if a.fits() {
            self.enter();
        } else if a.might_fit() && self.p.enrich_asked != Some(self.state.company.version) {
            self.ask_for_attributes();
        }
    }

    fn enter(&mut self) {
        let a = self.a;
        let origin = self.entry_origin();
        let (priority, _) = priority::priority(a.profile(), a.tier, a.band);
        let arm = priority::arm(a.profile().profile.experiment, &self.p.product, self.account);
        let route = self.entry_route(origin, priority, arm);
        self.p.cooldown = None;
        self.p.muted = false;
        let mut decision =
            self.draft(DecisionKind::Entered, origin, route.clone(), "entered buying mode");
        decision.arm = arm;
        self.p.episode = Some(Episode {
            since: self.look.at,
            entered: decision.sequence,
            segment: a.variant.segment.clone(),
            route,
            announced: priority,
            announced_on: self.today(),
        });
        decision.leaves_on = Some(self.leaves_on());
        self.decisions.push(decision);
    }

    fn entry_route(&self, origin: Origin, priority: Priority, arm: Arm) -> Text {
        let routes = &self.a.profile().profile.routes;
        let held_back = origin == Origin::ProfileChange && !routes.profile_change_to_sequencers;
        if self.a.owner_only {
            routes.owner.clone()
        } else if origin == Origin::Baseline || held_back {
            routes.digest.clone()
        } else if arm == Arm::HoldOut {
            routes.hold_out.clone()
        } else {
            priority::route(
                self.a.profile(),
                self.a.tier,
                priority,
                &self.a.variant.segment,
                &self.a.facts,
            )
        }
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
        let decision = self.draft(DecisionKind::Triaged, origin, route, happened);
        self.decisions.push(decision);
    }

    /// One answer to each inbound request: a person, or nurture.
    fn answer_request(&mut self) {
        let Cause::Input(Happened { request: Some(request), .. }) = self.look.cause else {
            return;
        };
        let a = self.a;
        let score = if a.profile().is_additive() { a.score } else { a.fit.lower };
        let band = priority::band(a.profile().profile.intent.bands, score);
        let (priority, _) = priority::priority(a.profile(), a.tier, band);
        let routes = &a.profile().profile.routes;
        let route = if a.owner_only {
            routes.owner.clone()
        } else if a.excluded.is_some() || band == super::profile::Band::Low {
            routes.nurture.clone()
        } else {
            priority::route(a.profile(), a.tier, priority, &a.variant.segment, &a.facts)
        };
        let happened = format!("asked for us: {band} ({score} points)");
        let origin = self.origin();
        let mut decision = self.draft(DecisionKind::Triaged, origin, route, &happened);
        decision.band = band;
        decision.priority = priority;
        decision.request = Some(request);
        self.decisions.push(decision);
    }

    fn exit(&mut self, end: End, happened: &str) {
        let Some(episode) = self.p.episode.take() else {
            return;
        };
        self.p.muted = false;
        self.p.cooldown = end.cooldown;
        let origin = self.origin();
        let mut decision = self.draft(end.kind, origin, episode.route, happened);
        decision.exit = Some(Exit {
            reason: end.reason,
            advice: end.advice,
            outcome: end.outcome,
            entered: episode.entered,
            cooldown_until: end.cooldown.map(|c| c.until),
        });
        self.decisions.push(decision);
    }

    fn origin(&self) -> Origin {
        match self.look.cause {
            Cause::Midnight => Origin::Time,
            Cause::Activation { product, first } if product == self.p.product => {
                if first {
                    Origin::Baseline
                } else {
                    Origin::ProfileChange
                }
            }
            // Another product's profile changes nothing here; what falls due now, time brought.
            Cause::Activation { .. } => Origin::Time,
            Cause::Market => Origin::Signal,
            Cause::MarketRetraction => Origin::Correction,
            Cause::Input(happened) if happened.outcome.is_some() => Origin::Sales,
            Cause::Input(happened) if happened.correction => Origin::Correction,
            Cause::Input(_) => Origin::Signal,
        }
    }

    /// An entry for which all evidence, or the company itself, came in a first dump is no news.
    fn entry_origin(&self) -> Origin {
        let dumped = |c: &super::intent::Contribution| match c.ground {
            super::intent::Ground::Evidence(at) => {
                self.a.facts.evidence[usize::from(at)].is_baseline()
            }
            super::intent::Ground::Market(_) => false,
            super::intent::Ground::Standing => true,
        };
        let positive = |c: &&super::intent::Contribution| c.points > MilliPoints::ZERO;
        let all = self.a.intent.contributions.iter().filter(positive).all(dumped);
        let first_load = matches!(self.look.cause, Cause::Input(Happened { baseline: true, .. }));
        if all || first_load { Origin::Baseline } else { self.origin() }
    }

    fn stage(&self) -> Stage {
        let warm = self.a.score >= self.a.variant.warm && self.a.score > MilliPoints::ZERO;
        match () {
            () if self.p.episode.is_some() => Stage::Buying,
            () if self.p.cooldown.is_some() => Stage::Cooling,
            () if warm && self.a.intent.has_event(self.a.variant) => Stage::Warming,
            () => Stage::Dormant,
        }
    }

    /// The next midnight to visit. Between visits nothing may change: the score only falls, and no
    /// line is watched.
    fn due(&self) -> Option<Day> {
        let tomorrow = self.today().next();
        let watched = matches!(self.p.stage, Stage::Buying | Stage::Warming)
            || self.a.intent.has_negative() && self.a.intent.has_event(self.a.variant);
        let dates = [
            watched.then_some(tomorrow),
            self.p.cooldown.map(|c| c.until),
            self.a.flips,
            self.a.next_to_come(),
        ];
        dates.into_iter().flatten().map(|day| day.max(tomorrow)).min()
    }

    fn draft(
        &mut self,
        kind: DecisionKind,
        origin: Origin,
        route: Text,
        happened: &str,
    ) -> Decision {
        self.p.sequence += 1;
        let a = self.a;
        let profile = a.profile();
        let (priority, sla_hours) = priority::priority(profile, a.tier, a.band);
        let hours = &profile.profile.priority.business_hours;
        let wanted = matches!(
            kind,
            DecisionKind::Entered | DecisionKind::Strengthened | DecisionKind::Triaged
        );
        let name = a.facts.text(Attribute::Name);
        let shown = name.clone().unwrap_or_else(|| Text::new(self.account.as_str()));
        let value = &a.variant.value;
        let persona = value.personas.first();
        Decision {
            id: decision_id(self.account, &self.p.product, self.p.sequence),
            account: self.account.clone(),
            account_name: name,
            product: self.p.product.clone(),
            sequence: self.p.sequence,
            kind,
            origin,
            decided_at: self.look.at,
            input_partition: self.look.written.partition,
            input_offset: self.state.offset,
            written: self.look.written,
            profile: profile.profile.profile.clone(),
            profile_version: profile.version.clone(),
            activation: a.activation.number,
            rules_version: RULES_VERSION,
            company_version: self.state.company.version,
            segment: a.variant.segment.clone(),
            tier: a.tier,
            previous_tier: None,
            band: a.band,
            priority,
            sla_deadline: sla_hours
                .filter(|_| wanted)
                .and_then(|hours_left| priority::deadline(self.look.at, hours_left, hours)),
            route,
            arm: Arm::Treatment,
            headline: explain::headline(a, &shown, happened),
            fit: explain::fit(a),
            intent: explain::intent(a),
            exit: None,
            leaves_on: None,
            would_change: explain::would_change(a),
            request: None,
            missing: explain::missing(a),
            persona_titles: persona.map(|p| p.titles.clone()).unwrap_or_default(),
            pain: persona.and_then(|p| p.pain.clone()).unwrap_or_else(|| value.pain.clone()),
            angle: persona.and_then(|p| p.angle.clone()).unwrap_or_else(|| value.angle.clone()),
            owner: a.facts.text(Attribute::Owner),
            territory: a.facts.text(Attribute::Territory),
            crm_ids: a.facts.terms(Attribute::CrmId),
        }
    }
}

struct End {
    kind: DecisionKind,
    reason: ExitReason,
    advice: ExitAdvice,
    outcome: Option<OutcomeKind>,
    cooldown: Option<Cooldown>,
}

fn tier_name(tier: Tier) -> &'static str {
    match tier {
        Tier::One => "tier 1",
        Tier::Two => "tier 2",
        Tier::Three => "tier 3",
        Tier::NotIcp => "no ICP",
    }
}
