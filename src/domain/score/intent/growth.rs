//! Growth and decline: from two dated counts, or as a vendor states it.

use super::matching::{live, weighed, worth};
use super::{Found, Ground, Signs};
use crate::domain::evidence::event::Evidence;
use crate::domain::evidence::signal::Event;
use crate::domain::profile::rules::HeadcountMatch;
use crate::domain::profile::variant::CompiledRule;
use crate::domain::terms::catalogue::Function;
use crate::domain::terms::time::Day;
use crate::domain::terms::units::BasisPoints;

/// Days around the wanted date within which a headcount snapshot may stand for it. Growth in less
/// time is growth too, but counts closer together than this say more about the counting than the company.
const SNAPSHOT_SLACK_DAYS: i32 = 45;

/// Growth from the snapshot closest to `over_days` before the latest one.
pub(super) fn growth(
    at: u16,
    rule: &CompiledRule,
    m: HeadcountMatch,
    signs: &Signs<'_>,
    into: &mut Found,
) {
    let counted = between_counts(m, signs).map(|c| (c.place, c.day, c.percent, c.confidence));
    let found = counted.or_else(|| stated(m, signs));
    let Some((place, day, percent, confidence)) = found else {
        return;
    };
    let decay = rule.decay_at(signs.facts.today.since(day));
    if decay > 0 {
        let c = worth(at, rule, Ground::Evidence(place), day, Some(percent), confidence);
        into.push(weighed(c, rule, decay));
    }
}

type Grown = (u16, Day, u64, BasisPoints);

/// Two counts that lie apart.
pub struct Change {
    /// The place of the later one among the evidence.
    pub place: u16,
    pub day: Day,
    pub now: u64,
    pub before: u64,
    pub since: Day,
    pub percent: u64,
    /// Whose people were counted; `None`: everybody.
    pub department: Option<Function>,
    confidence: BasisPoints,
}

/// The change that the rule looks for, from counts alone.
pub fn between_counts(m: HeadcountMatch, signs: &Signs<'_>) -> Option<Change> {
    let by_department = |event: &Event| match (event, m.department) {
        (Event::Headcount(h), Some(function)) => {
            let mut people = h.departments.iter().filter(|(f, _)| f.counts_as(function)).peekable();
            people.peek()?;
            Some(people.map(|(_, n)| u64::from(*n)).sum())
        }
        (Event::Headcount(h), None) => h.total.map(u64::from),
        _ => None,
    };
    let total = |event: &Event| match event {
        Event::Headcount(h) => h.total.map(u64::from),
        _ => None,
    };
    let change = between(m, signs, by_department);
    let change = change.map(|c| Change { department: m.department, ..c });
    change.or_else(|| if m.or_total { between(m, signs, total) } else { None })
}

/// Two vendors differ about one company by more than it grows: a source is compared with itself.
/// The newest count of any source that has changed enough.
fn between(
    m: HeadcountMatch,
    signs: &Signs<'_>,
    count: impl Fn(&Event) -> Option<u64>,
) -> Option<Change> {
    let counted = || live(signs).filter_map(|(at, day, e)| Some((at, day, count(e.event())?, e)));
    let over = i32::from(m.over_days);
    let nearest = (over - SNAPSHOT_SLACK_DAYS).clamp(1, SNAPSHOT_SLACK_DAYS);
    let apart = nearest..=over + SNAPSHOT_SLACK_DAYS;
    counted().rev().find_map(|(place, day, now, evidence)| {
        let mut later = counted().rev().take_while(|(at, ..)| *at > place);
        if later.any(|(.., later)| share(later, evidence)) {
            return None;
        }
        let (_, since, before, old) = counted()
            .filter(|(_, d, _, old)| apart.contains(&day.since(*d)) && share(evidence, old))
            .min_by_key(|(at, d, _, _)| ((day.since(*d) - over).abs(), *at))?;
        let (change, grew) = (now.abs_diff(before), now > before);
        if grew == m.decline || change < u64::from(m.people).max(1) || before == 0 {
            return None;
        }
        let percent = change * 100 / before;
        let confidence = evidence.confidence().min(old.confidence());
        let department = None;
        (percent >= u64::from(m.percent)).then_some(Change {
            place,
            day,
            now,
            before,
            since,
            percent,
            department,
            confidence,
        })
    })
}

/// Whether one source reported both.
fn share(a: &Evidence, b: &Evidence) -> bool {
    a.reports().iter().any(|x| b.reports().iter().any(|y| x.source == y.source))
}

/// Growth as a vendor states it, over about the same time.
fn stated(m: HeadcountMatch, signs: &Signs<'_>) -> Option<Grown> {
    if m.department.is_some() && !m.or_total {
        return None;
    }
    live(signs).rev().find_map(|(place, day, e)| {
        let Event::Headcount(h) = e.event() else {
            return None;
        };
        let growth = h.growth?;
        let days = i32::from(growth.months) * 30;
        let percent = u64::from(growth.permille.unsigned_abs()) / 10;
        let about = (days - i32::from(m.over_days)).abs() <= SNAPSHOT_SLACK_DAYS;
        // Without counts, the number of people is known only through the total it is said of.
        let people = h.total.map_or(0, |n| u64::from(n) * percent / (100 + percent));
        let enough = percent >= u64::from(m.percent) && people >= u64::from(m.people);
        (about && (growth.permille < 0) == m.decline && enough).then_some((
            place,
            day,
            percent,
            e.confidence(),
        ))
    })
}
