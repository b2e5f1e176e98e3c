//! Decisions, with the complete arithmetic behind them.

use super::evidence::{bits, count, unbits};
use super::fit::FitWire;
use super::intent::IntentWire;
use super::whom::{LinkWire, PersonaWire};
use super::{UuidText, borrow, own};
use crate::codec::symbols::{Code, Open};
use crate::domain::account::decision::{Decision, DecisionKind, Exit, ExitReason, Origin};
use crate::domain::account::input::LogPosition;
use crate::domain::profile::{Band, ExitAdvice, Priority};
use crate::domain::score::fit::Tier;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::OutcomeKind;
use crate::domain::terms::experiment::Arm;
use crate::domain::terms::time::{Day, Timestamp};
use chrono_tz::Tz;
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
    sla_zone: Option<&'a str>,
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
    personas: Vec<PersonaWire<'a>>,
    pain: &'a str,
    angle: &'a str,
    about: &'a str,
    website: Option<&'a str>,
    owner: Option<&'a str>,
    territory: Option<&'a str>,
    #[serde(borrow)]
    crm_ids: Vec<&'a str>,
    #[serde(borrow)]
    links: Vec<LinkWire<'a>>,
    entered_as: Option<&'a str>,
    #[serde(borrow)]
    episode_id: Option<UuidText<'a>>,
    #[serde(borrow)]
    opened_by: Option<UuidText<'a>>,
    parent: Option<&'a str>,
}

#[derive(Serialize, Deserialize)]
struct ExitWire {
    reason: Code<ExitReason>,
    advice: Code<ExitAdvice>,
    outcome: Open<OutcomeKind>,
    entered: i64,
    cooldown_until: Option<i32>,
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
            sla_zone: d.sla_zone.map(|zone| zone.name()),
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
            personas: d.personas.iter().map(PersonaWire::of).collect(),
            pain: &d.pain,
            angle: &d.angle,
            about: &d.about,
            website: d.website.as_deref(),
            owner: d.owner.as_deref(),
            territory: d.territory.as_deref(),
            crm_ids: borrow(&d.crm_ids),
            links: d.links.iter().map(LinkWire::of).collect(),
            entered_as: d.entered_as.as_ref().map(AccountKey::as_str),
            episode_id: d.episode_id.map(UuidText::Write),
            opened_by: d.opened_by.map(UuidText::Write),
            parent: d.parent.as_ref().map(AccountKey::as_str),
        }
    }

    pub(crate) fn decision(self) -> Result<Decision, String> {
        Ok(Decision {
            id: uuid(self.id)?,
            account: AccountKey::parse(self.account).map_err(|e| e.to_string())?,
            account_name: self.account_name.map(Into::into),
            parent: self.parent.map(AccountKey::parse).transpose().map_err(|e| e.to_string())?,
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
            sla_zone: self.sla_zone.map(zone).transpose()?,
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
            personas: self.personas.into_iter().map(PersonaWire::persona).collect(),
            pain: self.pain.into(),
            angle: self.angle.into(),
            about: self.about.into(),
            website: self.website.map(Into::into),
            owner: self.owner.map(Into::into),
            territory: self.territory.map(Into::into),
            crm_ids: own(self.crm_ids),
            links: self.links.into_iter().map(LinkWire::link).collect(),
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

fn zone(name: &str) -> Result<Tz, String> {
    name.parse().map_err(|_| format!("invalid sla_zone: {name:?}; use an IANA name"))
}

fn uuid(text: UuidText<'_>) -> Result<Uuid, String> {
    super::check::uuid("id", text).map_err(|flaw| flaw.message)
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
