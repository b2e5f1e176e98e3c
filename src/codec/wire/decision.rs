//! Decisions, with the complete arithmetic behind them.

use super::evidence::{basis_points, bits, count, unbits};
use super::fit::FitWire;
use super::{Fixed16, UuidText};
use crate::codec::symbols::{Code, Open};
use crate::domain::Text;
use crate::domain::account::decision::{
    ContributionExplained, Decision, DecisionKind, Exit, ExitAdvice, ExitReason, IntentExplained,
    Origin,
};
use crate::domain::account::input::LogPosition;
use crate::domain::profile::{Band, Priority};
use crate::domain::score::fit::Tier;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::{Kind, OutcomeKind};
use crate::domain::terms::experiment::Arm;
use crate::domain::terms::time::{Day, Timestamp};
use crate::domain::terms::units::MilliPoints;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
pub(crate) struct DecisionWire<'a> {
    #[serde(borrow)]
    id: UuidText<'a>,
    account: &'a str,
    account_name: Option<&'a str>,
    product: &'a str,
    sequence: i64,
    kind: Code<DecisionKind>,
    origin: Code<Origin>,
    decided_at: i64,
    input_partition: i32,
    input_offset: i64,
    written_partition: i32,
    written_offset: i64,
    written_time: i64,
    profile: &'a str,
    profile_version: &'a str,
    activation: i64,
    rules_version: i32,
    company_version: i64,
    segment: &'a str,
    tier: Code<Tier>,
    previous_tier: Open<Tier>,
    band: Code<Band>,
    priority: Code<Priority>,
    sla_deadline: Option<i64>,
    route: &'a str,
    arm: Code<Arm>,
    headline: &'a str,
    #[serde(borrow)]
    fit: FitWire<'a>,
    #[serde(borrow)]
    intent: IntentWire<'a>,
    exit: Option<ExitWire>,
    leaves_on: Option<i32>,
    #[serde(borrow)]
    would_change: Vec<&'a str>,
    #[serde(borrow)]
    request: Option<UuidText<'a>>,
    #[serde(borrow)]
    missing: Vec<&'a str>,
    #[serde(borrow)]
    persona_titles: Vec<&'a str>,
    pain: &'a str,
    angle: &'a str,
    owner: Option<&'a str>,
    territory: Option<&'a str>,
    #[serde(borrow)]
    crm_ids: Vec<&'a str>,
    entered_as: Option<&'a str>,
    #[serde(borrow)]
    episode_id: Option<UuidText<'a>>,
    #[serde(borrow)]
    opened_by: Option<UuidText<'a>>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct IntentWire<'a> {
    total_millipoints: i64,
    score_millipoints: i64,
    enter_millipoints: i64,
    exit_millipoints: i64,
    #[serde(borrow)]
    contributions: Vec<ContributionWire<'a>>,
    #[serde(borrow)]
    conjunctions: Vec<ConjunctionWire<'a>>,
    capped: Vec<CappedWire>,
}

#[derive(Serialize, Deserialize)]
struct ContributionWire<'a> {
    rule: &'a str,
    kind: Code<Kind>,
    what: &'a str,
    announced: i32,
    first_seen: Option<i64>,
    age_days: i32,
    points: i32,
    magnitude_ppm: i64,
    confidence: i32,
    decay_ppm: i64,
    contribution_millipoints: i64,
    evidence: Vec<Fixed16>,
    #[serde(borrow)]
    sources: Vec<&'a str>,
    url: Option<&'a str>,
}

#[derive(Serialize, Deserialize)]
struct ConjunctionWire<'a> {
    name: &'a str,
    millipoints: i64,
}

#[derive(Serialize, Deserialize)]
struct CappedWire {
    kind: Code<Kind>,
    millipoints: i64,
}

#[derive(Serialize, Deserialize)]
struct ExitWire {
    reason: Code<ExitReason>,
    advice: Code<ExitAdvice>,
    outcome: Open<OutcomeKind>,
    entered: i64,
    cooldown_until: Option<i32>,
}

fn borrow(texts: &[Text]) -> Vec<&str> {
    texts.iter().map(Text::as_str).collect()
}

fn own(texts: Vec<&str>) -> Vec<Text> {
    texts.into_iter().map(Into::into).collect()
}

impl<'a> DecisionWire<'a> {
    pub(crate) fn of(d: &'a Decision) -> DecisionWire<'a> {
        DecisionWire {
            id: UuidText::Write(d.id),
            account: d.account.as_str(),
            account_name: d.account_name.as_deref(),
            product: &d.product,
            sequence: i64::from(d.sequence),
            kind: Code(d.kind),
            origin: Code(d.origin),
            decided_at: d.decided_at.0,
            input_partition: d.input_partition,
            input_offset: d.input_offset,
            written_partition: d.written.partition,
            written_offset: d.written.offset,
            written_time: d.written.time.0,
            profile: &d.profile,
            profile_version: &d.profile_version,
            activation: bits(d.activation),
            rules_version: d.rules_version,
            company_version: i64::from(d.company_version),
            segment: &d.segment,
            tier: Code(d.tier),
            previous_tier: Open(d.previous_tier),
            band: Code(d.band),
            priority: Code(d.priority),
            sla_deadline: d.sla_deadline.map(|at| at.0),
            route: &d.route,
            arm: Code(d.arm),
            headline: &d.headline,
            fit: FitWire::of(&d.fit),
            intent: IntentWire::of(&d.intent),
            exit: d.exit.map(ExitWire::of),
            leaves_on: d.leaves_on.map(|day| day.0),
            would_change: d.would_change.iter().map(String::as_str).collect(),
            request: d.request.map(UuidText::Write),
            missing: borrow(&d.missing),
            persona_titles: borrow(&d.persona_titles),
            pain: &d.pain,
            angle: &d.angle,
            owner: d.owner.as_deref(),
            territory: d.territory.as_deref(),
            crm_ids: borrow(&d.crm_ids),
            entered_as: d.entered_as.as_ref().map(AccountKey::as_str),
            episode_id: d.episode_id.map(UuidText::Write),
            opened_by: d.opened_by.map(UuidText::Write),
        }
    }

    pub(crate) fn decision(self) -> Result<Decision, String> {
        Ok(Decision {
            id: uuid(self.id)?,
            account: AccountKey::parse(self.account).map_err(|e| e.to_string())?,
            account_name: self.account_name.map(Into::into),
            product: self.product.into(),
            sequence: count(self.sequence)?,
            kind: self.kind.0,
            origin: self.origin.0,
            decided_at: Timestamp(self.decided_at),
            input_partition: self.input_partition,
            input_offset: self.input_offset,
            written: LogPosition {
                partition: self.written_partition,
                offset: self.written_offset,
                time: Timestamp(self.written_time),
            },
            profile: self.profile.into(),
            profile_version: self.profile_version.into(),
            activation: unbits(self.activation),
            rules_version: self.rules_version,
            company_version: count(self.company_version)?,
            segment: self.segment.into(),
            tier: self.tier.0,
            previous_tier: self.previous_tier.0,
            band: self.band.0,
            priority: self.priority.0,
            sla_deadline: self.sla_deadline.map(Timestamp),
            route: self.route.into(),
            arm: self.arm.0,
            headline: self.headline.to_owned(),
            fit: self.fit.fit(),
            intent: self.intent.intent()?,
            exit: self.exit.map(ExitWire::exit).transpose()?,
            leaves_on: self.leaves_on.map(Day),
            would_change: self.would_change.into_iter().map(str::to_owned).collect(),
            request: self.request.map(uuid).transpose()?,
            missing: own(self.missing),
            persona_titles: own(self.persona_titles),
            pain: self.pain.into(),
            angle: self.angle.into(),
            owner: self.owner.map(Into::into),
            territory: self.territory.map(Into::into),
            crm_ids: own(self.crm_ids),
            entered_as: self
                .entered_as
                .map(AccountKey::parse)
                .transpose()
                .map_err(|e| e.to_string())?,
            episode_id: self.episode_id.map(uuid).transpose()?,
            opened_by: self.opened_by.map(uuid).transpose()?,
        })
    }
}

fn uuid(text: UuidText<'_>) -> Result<Uuid, String> {
    super::check::uuid("id", text).map_err(|flaw| flaw.message)
}

impl<'a> IntentWire<'a> {
    pub(crate) fn of(intent: &'a IntentExplained) -> IntentWire<'a> {
        let conjunctions = intent.conjunctions.iter();
        let capped = intent.capped.iter();
        IntentWire {
            total_millipoints: intent.total.0,
            score_millipoints: intent.score.0,
            enter_millipoints: intent.enter.0,
            exit_millipoints: intent.exit.0,
            contributions: intent.contributions.iter().map(ContributionWire::of).collect(),
            conjunctions: conjunctions
                .map(|(name, points)| ConjunctionWire { name, millipoints: points.0 })
                .collect(),
            capped: capped
                .map(|(kind, points)| CappedWire { kind: Code(*kind), millipoints: points.0 })
                .collect(),
        }
    }

    fn intent(self) -> Result<IntentExplained, String> {
        let contributions = self.contributions.into_iter().map(ContributionWire::contribution);
        let conjunctions = self.conjunctions.into_iter();
        let capped = self.capped.into_iter();
        Ok(IntentExplained {
            total: MilliPoints(self.total_millipoints),
            score: MilliPoints(self.score_millipoints),
            enter: MilliPoints(self.enter_millipoints),
            exit: MilliPoints(self.exit_millipoints),
            contributions: contributions.collect::<Result<_, String>>()?,
            conjunctions: conjunctions
                .map(|c| (c.name.into(), MilliPoints(c.millipoints)))
                .collect(),
            capped: capped.map(|c| (c.kind.0, MilliPoints(c.millipoints))).collect(),
        })
    }
}

impl<'a> ContributionWire<'a> {
    fn of(c: &'a ContributionExplained) -> ContributionWire<'a> {
        ContributionWire {
            rule: &c.rule,
            kind: Code(c.kind),
            what: &c.what,
            announced: c.announced.0,
            first_seen: c.first_seen.map(|at| at.0),
            age_days: c.age_days,
            points: c.points,
            magnitude_ppm: c.magnitude_ppm,
            confidence: c.confidence.get() as i32,
            decay_ppm: i64::from(c.decay_ppm),
            contribution_millipoints: c.contribution.0,
            evidence: c.evidence.iter().copied().map(Fixed16).collect(),
            sources: borrow(&c.sources),
            url: c.url.as_deref(),
        }
    }

    fn contribution(self) -> Result<ContributionExplained, String> {
        Ok(ContributionExplained {
            rule: self.rule.into(),
            kind: self.kind.0,
            what: self.what.to_owned(),
            announced: Day(self.announced),
            first_seen: self.first_seen.map(Timestamp),
            age_days: self.age_days,
            points: self.points,
            magnitude_ppm: self.magnitude_ppm,
            confidence: basis_points(self.confidence)?,
            decay_ppm: count(self.decay_ppm)?,
            contribution: MilliPoints(self.contribution_millipoints),
            evidence: self.evidence.into_iter().map(|id| id.0).collect(),
            sources: own(self.sources),
            url: self.url.map(Into::into),
        })
    }
}

impl ExitWire {
    fn of(exit: Exit) -> ExitWire {
        ExitWire {
            reason: Code(exit.reason),
            advice: Code(exit.advice),
            outcome: Open(exit.outcome),
            entered: i64::from(exit.entered),
            cooldown_until: exit.cooldown_until.map(|until| until.0),
        }
    }

    fn exit(self) -> Result<Exit, String> {
        Ok(Exit {
            reason: self.reason.0,
            advice: self.advice.0,
            outcome: self.outcome.0,
            entered: count(self.entered)?,
            cooldown_until: self.cooldown_until.map(Day),
        })
    }
}
