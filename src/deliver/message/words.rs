//! The words of messages: what happened, who takes care of it and why, how it stands.

use super::reason::date;
use super::{own, vendors};
use crate::desk::action::{Assignment, Because, Gathered, Skip};
use crate::desk::roster::Roster;
use crate::domain::account::decision::{Decision, DecisionKind, ExitReason};
use crate::domain::profile::ExitAdvice;
use crate::domain::score::fit::Tier;
use crate::domain::terms::catalogue::OutcomeKind;
use crate::domain::terms::time::Timestamp;
use crate::domain::terms::units::MilliPoints;
use chrono::DateTime;
use chrono_tz::Tz;

/// The company's name, else its key.
pub(super) fn name(d: &Decision) -> String {
    let name = d.account_name.as_deref().map(vendors).filter(|name| !name.is_empty());
    name.unwrap_or_else(|| d.account.as_str().to_owned())
}

/// `Acme is in buying mode`.
pub(super) fn happened(d: &Decision) -> String {
    happened_to(d, &name(d))
}

/// The same with the name by which an earlier decision knows the account.
pub(super) fn happened_to(d: &Decision, name: &str) -> String {
    match d.kind {
        DecisionKind::Entered => format!("{name} is in buying mode"),
        DecisionKind::Strengthened => format!("{name}: buying signals got stronger"),
        DecisionKind::Exited => format!("{name} has left buying mode"),
        DecisionKind::Withdrawn => format!("{name}: withdrawn, the evidence does not hold"),
        DecisionKind::TierChanged => match d.previous_tier {
            Some(before) => format!("{name} moved from {} to {}", tier(before), tier(d.tier)),
            None => format!("{name} is now {}", tier(d.tier)),
        },
        DecisionKind::Triaged if d.request.is_some() => format!("{name} has asked for you"),
        DecisionKind::Triaged => format!("{name} shows intent, and too little is known of it"),
    }
}

/// Whether someone is to find out more before anyone is asked to buy.
pub(super) fn is_research(d: &Decision) -> bool {
    d.kind == DecisionKind::Triaged && d.request.is_none()
}

/// `tier 2`; of an account of which too little is known, that.
pub(super) fn fitting(d: &Decision) -> String {
    match is_research(d) {
        true => "fit not known yet".to_owned(),
        false => tier(d.tier),
    }
}

pub(super) fn tier(tier: Tier) -> String {
    tier.number().map_or_else(|| "outside of the ICP".to_owned(), |number| format!("tier {number}"))
}

/// How a case ended, and what to do. `shown`: what the message said before.
pub(super) fn ended(end: &Decision, shown: &Decision) -> String {
    if end.kind == DecisionKind::Withdrawn {
        let gone = gone(end, shown);
        let what = if gone.is_empty() { String::new() } else { format!(" ({})", gone.join("; ")) };
        return format!(
            "Withdrawn: the evidence was taken back{what}. Do not act on this message."
        );
    }
    let Some(exit) = end.exit else { return "Left buying mode.".to_owned() };
    let why = match exit.reason {
        ExitReason::NegativeSignal => bad_news(end).unwrap_or_else(|| "bad news".to_owned()),
        reason => left(reason, exit.outcome),
    };
    format!("Left buying mode: {why}. {}", advice(exit.advice))
}

/// Why a case ended.
pub(super) fn left(reason: ExitReason, outcome: Option<OutcomeKind>) -> String {
    let why = match reason {
        ExitReason::Decayed => "its signals are too old",
        ExitReason::MaxDays => "the longest stay is over",
        ExitReason::Excluded => "it is on an exclusion list",
        ExitReason::NoLongerFits => "it no longer fits",
        ExitReason::Retracted => "evidence was taken back",
        ExitReason::Sales => match outcome {
            Some(outcome) => return format!("sales reported {outcome}"),
            None => "sales said so",
        },
        ExitReason::Moved => "it was merged into or parted from another account",
        ExitReason::NegativeSignal => "bad news",
    };
    why.to_owned()
}

/// `bad news: layoffs: 40 people`.
fn bad_news(end: &Decision) -> Option<String> {
    let bad = end.intent.contributions.iter().filter(|c| c.contribution < MilliPoints::ZERO);
    let worst = bad.min_by_key(|c| c.contribution)?;
    Some(format!("bad news, {} ({})", vendors(&worst.what), date(worst.announced, end)))
}

/// What a message named and its end does not.
fn gone(end: &Decision, shown: &Decision) -> Vec<String> {
    let stays = |id| end.intent.contributions.iter().any(|c| c.evidence.contains(id));
    let gone = shown.intent.contributions.iter().filter(|c| {
        c.contribution > MilliPoints::ZERO && !c.is_standing() && !c.evidence.iter().any(stays)
    });
    let mut named: Vec<String> = gone.map(|c| vendors(&c.what)).collect();
    named.dedup();
    named.truncate(2);
    named
}

/// `Tue 17 Nov, 14:00 (New York)`.
pub(super) fn clock(at: Timestamp, zone: Tz) -> String {
    let Some(utc) = DateTime::from_timestamp_millis(at.0) else { return at.to_rfc3339() };
    let place = zone.name().rsplit('/').next().unwrap_or(zone.name()).replace('_', " ");
    format!("{} ({place})", utc.with_timezone(&zone).format("%a %-d %b, %H:%M"))
}

fn advice(advice: ExitAdvice) -> &'static str {
    match advice {
        ExitAdvice::StopNow => "Stop what runs.",
        ExitAdvice::NoNewEnrolment => "Start nothing new.",
    }
}

/// `owner`, `the team's turn: emea, 3 free; ben is away until 2026-12-04`.
pub fn because(roster: &Roster, assignment: &Assignment) -> String {
    let because = match &assignment.because {
        Because::Owner => "owner of the account".to_owned(),
        Because::Team { team, free } => format!("team {}, capacity left today: {free}", own(team)),
        Because::Fallback { .. } => "the others are at capacity".to_owned(),
        Because::Escalation => "escalated".to_owned(),
        Because::SameAccount => "has this account's other case".to_owned(),
    };
    let skipped = assignment.skipped.iter().take(5).map(|(person, skip)| {
        let shown = own(&roster.shown(person));
        match skip {
            Skip::Away(until) => format!("; {shown} is away until {until}"),
            Skip::AfterDeadline => format!("; {shown} begins after the deadline"),
            Skip::AtCap(cap) => format!("; {shown} has the {cap} accounts of the day"),
            Skip::Never | Skip::OffHours => format!("; {shown} is not at work"),
        }
    });
    because + &skipped.collect::<String>()
}

pub(super) fn gathered(why: Gathered) -> &'static str {
    match why {
        Gathered::OverCapacity => "everyone is at capacity",
        Gathered::NoOneThere => "no one works in time",
        Gathered::Baseline => "first load",
        Gathered::Route => "for information",
        Gathered::TierChanged => "tier changed",
        Gathered::Update => "update",
        Gathered::Old => "older than a day",
        Gathered::Crowded => "too many messages wait",
    }
}
