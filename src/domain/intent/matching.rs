//! What counts for a rule, and how much each piece is worth.

use super::{Contribution, Found, Ground, Signs, growth::growth};
use crate::domain::catalogue::{HiringAction, Instrument, TechnologyAction};
use crate::domain::evidence::Evidence;
use crate::domain::facts::Facts;
use crate::domain::profile::rules::{
    EngagementMatch, FundingMatch, HiringMatch, NewsMatch, Scale, TechnologyMatch, UsesMatch,
};
use crate::domain::profile::variant::CompiledRule;
use crate::domain::signal::{Event, News};
use crate::domain::time::Day;
use crate::domain::units::{BasisPoints, MilliPoints, PPM, contribution};
use smallvec::SmallVec;

/// A tool that was seen within this many days before is not newly adopted: vendors' scans flap.
const FLAPPING_DAYS: i32 = 90;

/// Finds what counts for a rule and keeps its strongest.
pub(super) fn strongest(at: u16, rule: &CompiledRule, signs: &Signs<'_>, into: &mut Found) {
    let before = into.len();
    let r = &rule.rule;
    if let Some(m) = &r.funding {
        each(at, rule, signs, into, |event, _| match event {
            Event::Funding(f) if round_matches(m, f) => Some(f.amount_usd),
            _ => None,
        });
    } else if let Some(m) = &r.hiring {
        hiring(at, rule, m, signs, into);
    } else if let Some(m) = r.headcount {
        growth(at, rule, m, signs, into);
    } else if let Some(m) = &r.technology {
        each(at, rule, signs, into, |event, e| match event {
            Event::Technology(t) if tool_matches(m, t) && !flaps(e, t, signs) => Some(None),
            _ => None,
        });
    } else if let Some(m) = &r.uses {
        standing(at, rule, m, signs, into);
    } else if let Some(m) = &r.news {
        news(at, rule, m, signs, into);
    } else if let Some(m) = &r.engagement {
        engagement(at, rule, m, signs, into);
    }
    let most = usize::from(r.count);
    if into.len() - before > most {
        into[before..]
            .sort_by_key(|c| (std::cmp::Reverse((c.points.0.abs(), c.day)), c.ground_order()));
        into.truncate(before + most);
    }
}

impl Contribution {
    fn ground_order(&self) -> u32 {
        match self.ground {
            Ground::Evidence(at) => u32::from(at),
            Ground::Market(at) => 1 << 16 | u32::from(at),
            Ground::Standing => 1 << 17,
        }
    }
}

/// The evidence in force today, newest last.
pub(super) fn live<'a>(
    signs: &Signs<'a>,
) -> impl DoubleEndedIterator<Item = (u16, Day, &'a Evidence)> {
    let (today, since) = (signs.facts.today, signs.seen_since);
    signs.facts.evidence.iter().enumerate().filter_map(move |(at, e)| {
        let day = e.day().filter(|day| *day <= today)?;
        (since.is_none_or(|since| e.first_seen() >= since)).then_some((at as u16, day, e))
    })
}

/// One contribution for each event that `matches`; it gives the size that scales.
fn each(
    at: u16,
    rule: &CompiledRule,
    signs: &Signs<'_>,
    into: &mut Found,
    matches: impl Fn(&Event, &Evidence) -> Option<Option<u64>>,
) {
    for (place, day, evidence) in live(signs) {
        let decay = rule.decay_at(signs.facts.today.since(day));
        if decay == 0 {
            continue;
        }
        if let Some(size) = matches(evidence.event(), evidence) {
            into.push(worth(at, rule, Ground::Evidence(place), day, size, evidence.confidence()));
            let last = into.len() - 1;
            into[last] = weighed(into[last], rule, decay);
        }
    }
}

pub(super) fn worth(
    at: u16,
    rule: &CompiledRule,
    ground: Ground,
    day: Day,
    size: Option<u64>,
    confidence: BasisPoints,
) -> Contribution {
    let magnitude_ppm = rule.rule.scale.map_or(PPM, |scale| magnitude(scale, size));
    Contribution {
        rule: at,
        ground,
        day,
        points: MilliPoints::ZERO,
        magnitude_ppm,
        confidence,
        decay_ppm: 0,
    }
}

pub(super) fn weighed(mut c: Contribution, rule: &CompiledRule, decay_ppm: u32) -> Contribution {
    c.decay_ppm = decay_ppm;
    let points = MilliPoints::points(rule.rule.points);
    c.points = contribution(points, c.magnitude_ppm, c.confidence, i64::from(decay_ppm));
    c
}

/// Where the size is not known, the least.
fn magnitude(scale: Scale, size: Option<u64>) -> i64 {
    let least = i64::from(scale.least_percent) * (PPM / 100);
    let size = size.unwrap_or(0).clamp(scale.from.0, scale.full.0);
    let span = u128::from(scale.full.0.saturating_sub(scale.from.0)).max(1);
    let part = u128::from(size - scale.from.0) * (PPM - least) as u128 / span;
    least + part as i64
}

fn round_matches(m: &FundingMatch, f: &crate::domain::signal::Funding) -> bool {
    let instrument = if m.instruments.is_empty() {
        matches!(f.instrument, Instrument::Equity | Instrument::Extension)
    } else {
        m.instruments.contains(&f.instrument)
    };
    instrument
        && m.stage.as_ref().is_none_or(|test| f.stage.is_some_and(|stage| test.holds(stage)))
        && m.min_amount_usd.is_none_or(|min| f.amount_usd.is_some_and(|amount| amount >= min.0))
}

fn job_matches(m: &HiringMatch, h: &crate::domain::signal::Hiring, facts: &Facts<'_>) -> bool {
    let action = if m.actions.is_empty() {
        h.action != HiringAction::Closed
    } else {
        m.actions.contains(&h.action)
    };
    let title = || {
        let title = h.title.to_lowercase();
        m.titles.iter().any(|part| title.contains(part.to_lowercase().as_str()))
    };
    let first = || {
        h.first_in_function.unwrap_or_else(|| {
            h.action == HiringAction::Posted && facts.department(h.function) == Some(0)
        })
    };
    !h.agency
        && action
        && (m.functions.is_empty() || m.functions.iter().any(|f| h.function.counts_as(*f)))
        && (m.seniorities.is_empty() || m.seniorities.contains(&h.seniority))
        && (m.titles.is_empty() || title())
        && (!m.first_in_function || first())
}

fn hiring(at: u16, rule: &CompiledRule, m: &HiringMatch, signs: &Signs<'_>, into: &mut Found) {
    let matches =
        |event: &Event| matches!(event, Event::Hiring(h) if job_matches(m, h, &signs.facts));
    match m.at_least {
        Some(least) if least > 1 => {
            crowd(at, rule, least, m.within_days.unwrap_or(30), signs, into, matches);
        }
        _ => each(at, rule, signs, into, |event, _| matches(event).then_some(None)),
    }
}

fn engagement(
    at: u16,
    rule: &CompiledRule,
    m: &EngagementMatch,
    signs: &Signs<'_>,
    into: &mut Found,
) {
    let matches = |event: &Event| {
        matches!(event, Event::Engagement(e) if m.kinds.contains(&e.engagement)
            && (m.topics.is_empty() || e.topic.as_ref().is_some_and(|t| m.topics.contains(t))))
    };
    match m.at_least {
        Some(least) if least > 1 => {
            crowd(at, rule, least, m.within_days.unwrap_or(30), signs, into, matches);
        }
        _ => each(at, rule, signs, into, |event, _| matches(event).then_some(None)),
    }
}

/// `least` events within `days`: it happened on the day of the one that completed the latest such
/// crowd, and is as sure as the least sure of them.
fn crowd(
    at: u16,
    rule: &CompiledRule,
    least: u16,
    days: u16,
    signs: &Signs<'_>,
    into: &mut Found,
    matches: impl Fn(&Event) -> bool,
) {
    let mut found: SmallVec<[(Day, u16, BasisPoints); 16]> = live(signs)
        .filter(|(_, _, e)| matches(e.event()))
        .map(|(place, day, e)| (day, place, e.confidence()))
        .collect();
    found.sort_unstable();
    let least = usize::from(least);
    let crowds = found.windows(least).rev();
    let latest = crowds.clone().find(|w| w[least - 1].0.since(w[0].0) <= i32::from(days));
    let Some(latest) = latest else { return };
    let (day, place, _) = latest[least - 1];
    let decay = rule.decay_at(signs.facts.today.since(day));
    if decay == 0 {
        return;
    }
    let confidence = latest.iter().map(|(_, _, c)| *c).min().unwrap_or(BasisPoints::FULL);
    let size = found.iter().filter(|(d, _, _)| day.since(*d) <= i32::from(days)).count() as u64;
    let c = worth(at, rule, Ground::Evidence(place), day, Some(size), confidence);
    into.push(weighed(c, rule, decay));
}

fn tool_matches(m: &TechnologyMatch, t: &crate::domain::signal::Technology) -> bool {
    let action = if m.dropped { TechnologyAction::Dropped } else { TechnologyAction::Adopted };
    t.action == action
        && (m.any_of.is_empty() || m.any_of.contains(&t.tool))
        && (m.categories.is_empty()
            || t.category.as_ref().is_some_and(|c| m.categories.contains(c)))
}

/// Whether the same tool was reported in the same state shortly before: adopted, dropped and
/// adopted again within a season is a scanner's doubt, not two decisions.
fn flaps(evidence: &Evidence, t: &crate::domain::signal::Technology, signs: &Signs<'_>) -> bool {
    let Some(day) = evidence.day() else {
        return false;
    };
    signs.facts.evidence.iter().any(|other| match (other.event(), other.day()) {
        (Event::Technology(o), Some(before)) => {
            o.tool == t.tool
                && o.action != t.action
                && before < day
                && day.since(before) <= FLAPPING_DAYS
                && (o.action == TechnologyAction::Dropped || t.action == TechnologyAction::Dropped)
        }
        _ => false,
    })
}

fn standing(at: u16, rule: &CompiledRule, m: &UsesMatch, signs: &Signs<'_>, into: &mut Found) {
    if signs.seen_since.is_some()
        || !m.any_of.iter().any(|tool| signs.facts.tool(tool) == Some(true))
    {
        return;
    }
    let c = worth(at, rule, Ground::Standing, signs.facts.today, None, BasisPoints::FULL);
    into.push(weighed(c, rule, PPM as u32));
}

fn news(at: u16, rule: &CompiledRule, m: &NewsMatch, signs: &Signs<'_>, into: &mut Found) {
    let size = |n: &News| n.amount_usd.or(n.people.map(u64::from));
    each(at, rule, signs, into, |event, _| match event {
        Event::News(n) if m.kinds.contains(&n.news) => Some(size(n)),
        _ => None,
    });
    if signs.seen_since.is_some() {
        return;
    }
    for (place, market) in signs.markets.iter().enumerate() {
        let day = market.occurred.day;
        let decay = rule.decay_at(signs.facts.today.since(day));
        if m.kinds.contains(&market.news.news) && day <= signs.facts.today && decay > 0 {
            let ground = Ground::Market(place as u16);
            let c = worth(at, rule, ground, day, size(&market.news), market.confidence);
            into.push(weighed(c, rule, decay));
        }
    }
}
