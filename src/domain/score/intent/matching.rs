//! What counts for a rule, and how much each piece is worth.

use super::{Contribution, Found, Ground, Signs, growth::growth};
use crate::domain::evidence::event::Evidence;
use crate::domain::evidence::facts::Facts;
use crate::domain::evidence::signal::{Engagement, Event, Funding, Hiring, News, Technology};
use crate::domain::profile::rules::{
    EngagementMatch, FundingMatch, HiringMatch, NewsMatch, Scale, TechnologyMatch, UsesMatch,
};
use crate::domain::profile::trigger::Trigger;
use crate::domain::profile::variant::CompiledRule;
use crate::domain::terms::catalogue::{HiringAction, Instrument, TechnologyAction};
use crate::domain::terms::term::{Term, any_within};
use crate::domain::terms::time::Day;
use crate::domain::terms::units::{BasisPoints, MilliPoints, PPM, contribution};
use smallvec::SmallVec;

/// A tool that was seen within this many days before is not newly adopted: vendors' scans flap.
const FLAPPING_DAYS: i32 = 90;

/// Finds everything that matches a rule today, with what it is worth.
pub(super) fn find(at: u16, rule: &CompiledRule, signs: &Signs<'_>, into: &mut Found) {
    match &rule.trigger {
        Trigger::Funding(m) => each(at, rule, signs, into, |event, _| match event {
            Event::Funding(f) if round_matches(m, f) => Some(f.amount_usd),
            _ => None,
        }),
        Trigger::Hiring(m) => hiring(at, rule, m, signs, into),
        Trigger::Headcount(m) => growth(at, rule, *m, signs, into),
        Trigger::Technology(m) => each(at, rule, signs, into, |event, day| match event {
            Event::Technology(t) if tool_matches(m, t) && !flaps(day, t, signs) => {
                // A tool that is gone again is not new any more.
                let gone = !m.dropped && signs.facts.tool(&t.tool) == Some(false);
                (!gone).then_some(None)
            }
            _ => None,
        }),
        Trigger::Uses(m) => standing(at, rule, m, signs, into),
        Trigger::News(m) => news(at, rule, m, signs, into),
        Trigger::Engagement(m) => engagement(at, rule, m, signs, into),
    }
}

/// The evidence in force today, newest last.
pub(super) fn live<'a>(
    signs: &Signs<'a>,
) -> impl DoubleEndedIterator<Item = (u16, Day, &'a Evidence)> {
    let today = signs.facts.today;
    signs.facts.evidence.iter().enumerate().filter_map(move |(at, e)| {
        let day = e.day().filter(|day| *day <= today)?;
        Some((at as u16, day, e))
    })
}

/// One contribution for each event for which `matches` (given the event and its day) returns a size.
fn each(
    at: u16,
    rule: &CompiledRule,
    signs: &Signs<'_>,
    into: &mut Found,
    matches: impl Fn(&Event, Day) -> Option<Option<u64>>,
) {
    for (place, day, evidence) in live(signs) {
        let decay = rule.decay_at(signs.facts.today.since(day));
        if decay == 0 {
            continue;
        }
        if let Some(size) = matches(evidence.event(), day) {
            let c = worth(at, rule, Ground::Evidence(place), day, size, evidence.confidence());
            into.push(weighed(c, rule, decay));
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
    let magnitude_ppm = rule.scale.map_or(PPM, |scale| magnitude(scale, size));
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
    let points = MilliPoints::points(rule.points);
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

fn round_matches(m: &FundingMatch, f: &Funding) -> bool {
    let instrument = if m.instruments.is_empty() {
        matches!(f.instrument, Instrument::Equity | Instrument::Extension)
    } else {
        m.instruments.contains(&f.instrument)
    };
    instrument
        && m.stage.as_ref().is_none_or(|test| f.stage.is_some_and(|stage| test.holds(stage)))
        && m.min_amount_usd.is_none_or(|min| f.amount_usd.is_some_and(|amount| amount >= min.0))
}

fn job_matches(m: &HiringMatch, h: &Hiring, facts: &Facts<'_>) -> bool {
    let first = || {
        h.first_in_function.unwrap_or_else(|| {
            h.action == HiringAction::Posted && facts.department(h.function) == Some(0)
        })
    };
    hiring_could_match(m, h) && (!m.first_in_function || first())
}

/// Whether it matches by what it says itself.
pub(super) fn hiring_could_match(m: &HiringMatch, h: &Hiring) -> bool {
    let action = if m.actions.is_empty() {
        h.action != HiringAction::Closed
    } else {
        m.actions.contains(&h.action)
    };
    !h.agency
        && action
        && (m.functions.is_empty() || m.functions.iter().any(|f| h.function.counts_as(*f)))
        && (m.seniorities.is_empty() || m.seniorities.contains(&h.seniority))
        && (m.titles.is_empty() || any_within(&m.titles, &h.title))
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
    let matches = |event: &Event| matches!(event, Event::Engagement(e) if topic_matches(m, e));
    if m.asks_for_a_group() {
        return;
    }
    match m.at_least {
        Some(least) if least > 1 => {
            crowd(at, rule, least, m.within_days.unwrap_or(30), signs, into, matches);
        }
        _ => each(at, rule, signs, into, |event, _| matches(event).then_some(None)),
    }
}

pub(super) fn topic_matches(m: &EngagementMatch, e: &Engagement) -> bool {
    let topic = || e.topic.as_deref().and_then(|topic| Term::parse(topic).ok());
    m.kinds.contains(&e.engagement)
        && (m.topics.is_empty() || topic().is_some_and(|topic| m.topics.contains(&topic)))
}

/// `least` events within `days` of the last of them: it happened on the day that completed the
/// crowd, is as sure as the `least` surest of them are together, and as large as they are many. Of
/// several crowds the one counts that is worth most today.
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
    let mut best: Option<Contribution> = None;
    for (last, (day, place, _)) in found.iter().enumerate().skip(least - 1) {
        if !signs.counts(Ground::Evidence(*place)) {
            continue;
        }
        let decay = rule.decay_at(signs.facts.today.since(*day));
        let within = |(d, _, _): &&(Day, u16, BasisPoints)| day.since(*d) <= i32::from(days);
        let mut sure: SmallVec<[BasisPoints; 16]> =
            found[..=last].iter().filter(within).map(|(_, _, sure)| *sure).collect();
        if sure.len() < least || decay == 0 {
            continue;
        }
        sure.sort_unstable_by_key(|c| std::cmp::Reverse(*c));
        let size = Some(sure.len() as u64);
        let c = worth(at, rule, Ground::Evidence(*place), *day, size, sure[least - 1]);
        let c = weighed(c, rule, decay);
        if best.is_none_or(|best| c.strength() < best.strength()) {
            best = Some(c);
        }
    }
    into.extend(best);
}

fn tool_matches(m: &TechnologyMatch, t: &Technology) -> bool {
    let action = if m.dropped { TechnologyAction::Dropped } else { TechnologyAction::Adopted };
    t.action == action
        && (m.any_of.is_empty() || m.any_of.contains(&t.tool))
        && (m.categories.is_empty()
            || t.category.as_ref().is_some_and(|c| m.categories.contains(c)))
}

/// Whether a scanner's doubt, not the company, changed its mind: a tool adopted that was seen or
/// dropped shortly before, or dropped that was adopted shortly before.
fn flaps(day: Day, t: &Technology, signs: &Signs<'_>) -> bool {
    use TechnologyAction::{Adopted, Dropped, InUse};
    live(signs).any(|(_, before, other)| match other.event() {
        Event::Technology(o) => {
            let doubted = match t.action {
                Adopted => matches!(o.action, Dropped | InUse),
                Dropped => o.action == Adopted,
                InUse => false,
            };
            doubted && o.tool == t.tool && before < day && day.since(before) <= FLAPPING_DAYS
        }
        _ => false,
    })
}

fn standing(at: u16, rule: &CompiledRule, m: &UsesMatch, signs: &Signs<'_>, into: &mut Found) {
    if !m.any_of.iter().any(|tool| signs.facts.tool(tool) == Some(true)) {
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
