//! What counts for a rule, and how much each piece is worth.

use super::needs::{Piece, needs};
use super::{Contribution, Found, Ground, Signs, growth::growth};
use crate::domain::evidence::event::Evidence;
use crate::domain::evidence::facts::Facts;
use crate::domain::evidence::round::stage_shown;
use crate::domain::evidence::signal::{Engagement, Event, Funding, Hiring, News, Technology};
use crate::domain::profile::rules::{
    EngagementMatch, FundingMatch, HiringMatch, NewsMatch, Scale, TechnologyMatch, UnknownAmount,
    UsesMatch,
};
use crate::domain::profile::trigger::Trigger;
use crate::domain::profile::variant::CompiledRule;
use crate::domain::profile::when::StageTest;
use crate::domain::terms::catalogue::{
    FundingStage, HiringAction, Instrument, Kind, TechnologyAction,
};
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
        Trigger::Technology(m) => technology(at, rule, m, signs, into),
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

/// The same of one kind.
pub(super) fn live_of<'a>(
    kind: Kind,
    signs: &Signs<'a>,
) -> impl DoubleEndedIterator<Item = (u16, Day, &'a Evidence)> {
    live(signs).filter(move |(_, _, e)| e.kind() == kind)
}

/// What may count for a rule, newest last: the evidence in force, and bad news from the day it is known,
/// also of a day to come.
fn known<'a>(
    rule: &CompiledRule,
    signs: &Signs<'a>,
) -> impl Iterator<Item = (u16, Day, &'a Evidence)> {
    let (today, ahead, kind) = (signs.facts.today, rule.is_bad_news(), rule.kind());
    signs.facts.evidence.iter().enumerate().filter_map(move |(at, e)| {
        let day = e.day().filter(|_| e.kind() == kind)?;
        let counts = day <= today || ahead && e.first_seen().day() <= today;
        counts.then_some((at as u16, day, e))
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
    for (place, day, evidence) in known(rule, signs) {
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
        may_yield: false,
    }
}

pub(super) fn weighed(mut c: Contribution, rule: &CompiledRule, decay_ppm: u32) -> Contribution {
    c.decay_ppm = decay_ppm;
    let points = MilliPoints::points(rule.points);
    c.points = contribution(points, c.magnitude_ppm, c.confidence, i64::from(decay_ppm));
    c
}

/// The same piece on a later day, if nothing but the time has passed. `None` beyond its window.
pub(super) fn later(c: &Contribution, rule: &CompiledRule, today: Day) -> Option<Contribution> {
    if c.ground == Ground::Standing {
        return Some(Contribution { day: today, ..*c });
    }
    let decay = rule.decay_at(today.since(c.day));
    (decay > 0).then(|| weighed(*c, rule, decay))
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
    // A rule that names private equity means the money; others mean the stage it shows.
    let by_name = |test: &StageTest| test.any_of.contains(&FundingStage::PeBacked);
    let stage = |test: &StageTest| if by_name(test) { f.stage } else { stage_shown(f) };
    let amount = match f.amount_usd {
        Some(amount) => m.min_amount_usd.is_none_or(|least| amount >= least.0),
        None => m.unknown_amount == UnknownAmount::Counts,
    };
    instrument
        && amount
        && m.stage.as_ref().is_none_or(|test| stage(test).is_some_and(|stage| test.holds(stage)))
}

pub(super) fn job_matches(m: &HiringMatch, h: &Hiring, facts: &Facts<'_>) -> bool {
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

/// Posts count by need: one vacancy in ten towns is one.
fn hiring(at: u16, rule: &CompiledRule, m: &HiringMatch, signs: &Signs<'_>, into: &mut Found) {
    let matches =
        |event: &Event| matches!(event, Event::Hiring(h) if job_matches(m, h, &signs.facts));
    let today = signs.facts.today;
    let matching = live_of(Kind::Hiring, signs).filter(|(_, _, e)| matches(e.event()));
    let matching: SmallVec<[Piece<'_>; 16]> = matching.collect();
    // No need is younger than its newest post, and there are no more needs than posts.
    let newest = matching.iter().map(|(_, day, _)| *day).max();
    let is_over = newest.is_none_or(|day| rule.decay_at(today.since(day)) == 0);
    if is_over || matching.len() < usize::from(m.at_least.unwrap_or(1)) {
        return;
    }
    let needs = needs(matching.into_iter(), signs.facts.evidence, today);
    let needs = needs.iter().filter(|need| {
        // A need that was known before is not news in another town.
        need.iter().all(|(place, ..)| signs.counts(Ground::Evidence(*place)))
            || m.at_least.is_some_and(|least| least > 1)
    });
    let needs = needs.filter_map(|need| {
        let (place, day, _) = need.first()?;
        let sure = need.iter().map(|(_, _, e)| e.confidence()).max()?;
        Some((*day, *place, sure))
    });
    match m.at_least {
        Some(least) if least > 1 => {
            crowd(at, rule, least, m.within_days.unwrap_or(30), signs, into, needs.collect());
        }
        _ => {
            for (day, place, sure) in needs {
                let decay = rule.decay_at(signs.facts.today.since(day));
                if decay > 0 {
                    let c = worth(at, rule, Ground::Evidence(place), day, None, sure);
                    into.push(weighed(c, rule, decay));
                }
            }
        }
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
            let found = live_of(Kind::Engagement, signs).filter(|(_, _, e)| matches(e.event()));
            let found = found.map(|(place, day, e)| (day, place, e.confidence())).collect();
            crowd(at, rule, least, m.within_days.unwrap_or(30), signs, into, found);
        }
        _ => each(at, rule, signs, into, |event, _| matches(event).then_some(None)),
    }
}

pub(super) fn topic_matches(m: &EngagementMatch, e: &Engagement) -> bool {
    let topic = || e.topic.as_deref().and_then(|topic| Term::parse(topic).ok());
    m.kinds.contains(&e.engagement)
        && (m.topics.is_empty() || topic().is_some_and(|topic| m.topics.contains(&topic)))
}

/// Events with their days, places and confidence.
type Crowd = SmallVec<[(Day, u16, BasisPoints); 16]>;

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
    mut found: Crowd,
) {
    found.sort_unstable();
    let least = usize::from(least);
    let mut completed: SmallVec<[Contribution; 4]> = SmallVec::new();
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
        completed.push(weighed(c, rule, decay));
    }
    into.extend(Contribution::strongest(&completed));
}

fn technology(
    at: u16,
    rule: &CompiledRule,
    m: &TechnologyMatch,
    signs: &Signs<'_>,
    into: &mut Found,
) {
    for (place, day, evidence) in live_of(Kind::Technology, signs) {
        let decay = rule.decay_at(signs.facts.today.since(day));
        let Event::Technology(t) = evidence.event() else { continue };
        if decay == 0 || !tool_matches(m, t) || !signs.facts.is_sure_of_tool(evidence) {
            continue;
        }
        // A tool that is gone again is not new any more.
        let gone = !m.dropped && signs.facts.tool(&t.tool) == Some(false);
        if !gone && !flaps(day, t, signs) {
            let c = worth(at, rule, Ground::Evidence(place), day, None, evidence.confidence());
            into.push(weighed(c, rule, decay));
        }
    }
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
    live_of(Kind::Technology, signs).any(|(_, before, other)| match other.event() {
        Event::Technology(o) if signs.facts.is_sure_of_tool(other) => {
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
        let in_force = day <= signs.facts.today || rule.is_bad_news();
        if m.kinds.contains(&market.news.news) && in_force && decay > 0 {
            let ground = Ground::Market(place as u16);
            let c = worth(at, rule, ground, day, size(&market.news), market.confidence);
            into.push(weighed(c, rule, decay));
        }
    }
}
