//! Growth and decline: from dated counts, or as a vendor states it.
//!
//! Growth is as old as the first count that showed it. A count that is repeated shows nothing new;
//! a further step is growth by the same rule again, from the count that showed the last one. It
//! holds while the newest count of its source still shows it.

use super::matching::{live_of, weighed, worth};
use super::series::{self, Run, Series, plausible};
use super::{Found, Ground, Signs};
use crate::domain::evidence::signal::Event;
use crate::domain::profile::rules::HeadcountMatch;
use crate::domain::profile::variant::CompiledRule;
use crate::domain::terms::catalogue::{Function, Kind};
use crate::domain::terms::time::Day;
use crate::domain::terms::units::BasisPoints;
pub use series::Doubt;
use smallvec::SmallVec;

/// Days around the wanted date within which a headcount snapshot may stand for it. Growth in less
/// time is growth too, but counts closer together than this say more about the counting than the company.
const SNAPSHOT_SLACK_DAYS: i32 = 45;
/// Of a month in which a vendor states growth.
const MONTH_DAYS: i32 = 30;
/// People, where a vendor states growth of a team that it does not count.
const LARGE_TEAM: u64 = 1_000;

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
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// The place among the evidence of the count that first showed it.
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

/// The change that the rule looks for, from counts alone: the newest step of any source.
pub fn between_counts(m: HeadcountMatch, signs: &Signs<'_>) -> Option<Change> {
    let change = newest(m, signs, &|event| by_department(m, event));
    let change = change.map(|c| Change { department: m.department, ..c });
    change.or_else(|| if m.or_total { newest(m, signs, &total) } else { None })
}

/// Apparent growth that does not count: the newest correction of a count that the rule looks at, while
/// growth of its day would count.
pub fn doubt(rule: &CompiledRule, m: HeadcountMatch, signs: &Signs<'_>) -> Option<Doubt> {
    if m.decline {
        return None;
    }
    let mut all = of_each(signs, &|event| by_department(m, event));
    if m.or_total {
        all.extend(of_each(signs, &total));
    }
    let corrected = all.into_iter().filter_map(|mut series| {
        steps(m, &mut series);
        series.doubt
    });
    let said = statements(m, signs);
    let overstated = said.iter().filter(|s| s.is_doubtful).map(|s| Doubt::Stated {
        percent: s.percent,
        over_days: s.over_days,
        day: s.last,
    });
    let counts = |doubt: &Doubt| rule.decay_at(signs.facts.today.since(doubt.day())) > 0;
    corrected.chain(overstated).filter(counts).max_by_key(Doubt::day)
}

fn by_department(m: HeadcountMatch, event: &Event) -> Option<u64> {
    match (event, m.department) {
        (Event::Headcount(h), Some(function)) => {
            let mut people = h.departments.iter().filter(|(f, _)| f.counts_as(function)).peekable();
            people.peek()?;
            Some(people.map(|(_, n)| u64::from(*n)).sum())
        }
        (event, None) => total(event),
        _ => None,
    }
}

fn total(event: &Event) -> Option<u64> {
    match event {
        Event::Headcount(h) => h.total.map(u64::from),
        _ => None,
    }
}

fn of_each(signs: &Signs<'_>, count: &dyn Fn(&Event) -> Option<u64>) -> SmallVec<[Series; 2]> {
    series::of_each_source(live_of(Kind::Headcount, signs), signs.facts.today, count)
}

/// Two vendors differ about one company by more than it grows: a source is compared with itself.
fn newest(
    m: HeadcountMatch,
    signs: &Signs<'_>,
    count: &dyn Fn(&Event) -> Option<u64>,
) -> Option<Change> {
    let standing = of_each(signs, count);
    let standing = standing.into_iter().filter_map(|mut series| {
        let steps = steps(m, &mut series);
        let now = series.runs.last()?.people;
        let holds = |step: &&Step| {
            let from = [step.change.before, step.base];
            from.iter().all(|before| changed(m, *before, now).is_some())
        };
        steps.iter().rev().find(holds).map(|step| step.change)
    });
    standing.max_by_key(|c| (c.day, c.percent, std::cmp::Reverse(c.place)))
}

struct Step {
    change: Change,
    /// The count that showed the step before, where that is a later one than `change.before`.
    base: u64,
}

/// Every step of a source that the rule would count, in order. Steps that are beyond what is
/// plausible are corrections.
fn steps(m: HeadcountMatch, series: &mut Series) -> SmallVec<[Step; 4]> {
    let mut found: SmallVec<[Step; 4]> = SmallVec::new();
    let mut base = series.start;
    for at in series.start + 1..series.runs.len() {
        let (before, now) = (nearest(m, &series.runs[series.start..at], &series.runs[at]), at);
        let Some((since, before)) = before else { continue };
        let (run, last) = (series.runs[now], series.runs[base]);
        let from = if last.first > before.first { last } else { before };
        let far = run.last.since(from.first) >= apart(m);
        let steps = far && changed(m, from.people, run.people).is_some();
        let Some(percent) = changed(m, before.people, run.people).filter(|_| steps) else {
            continue;
        };
        if run.people > plausible(before.people, run.first.since(since)) {
            let (before, now, day) = (before.people, run.people, run.first);
            series.doubt = Some(Doubt::Corrected { before, since, now, day });
            series.start = at;
            found.clear();
        } else {
            let confidence = run.confidence.min(before.confidence);
            let (place, day, now, before) = (run.place, run.first, run.people, before.people);
            let department = None;
            let change = Change { place, day, now, before, since, percent, department, confidence };
            found.push(Step { change, base: from.people });
        }
        base = at;
    }
    found
}

/// The least days between two counts.
fn apart(m: HeadcountMatch) -> i32 {
    (i32::from(m.over_days) - SNAPSHOT_SLACK_DAYS).clamp(1, SNAPSHOT_SLACK_DAYS)
}

/// The count that held `over_days` before a run first said what it says, else the first one after
/// that; and the day for which it is known. A count holds until the next one says something else, but
/// an old one says nothing of later days.
fn nearest(m: HeadcountMatch, earlier: &[Run], run: &Run) -> Option<(Day, Run)> {
    let wanted = run.first.plus(-i32::from(m.over_days));
    let oldest = wanted.plus(-SNAPSHOT_SLACK_DAYS);
    let latest = run.last.plus(-apart(m));
    let after = earlier.partition_point(|other| other.first <= wanted);
    let held = earlier[..after].last().filter(|held| held.last >= oldest);
    let next = || earlier.get(after).filter(|next| next.first <= latest);
    let other = held.or_else(next)?;
    Some((wanted.clamp(other.first, other.last), *other))
}

/// By how many percent, if it is as much as the rule asks for.
fn changed(m: HeadcountMatch, before: u64, now: u64) -> Option<u64> {
    let (change, grew) = (now.abs_diff(before), now > before);
    if grew == m.decline || change < u64::from(m.people).max(1) || before == 0 {
        return None;
    }
    let percent = change * 100 / before;
    (percent >= u64::from(m.percent)).then_some(percent)
}

/// A vendor's statement of growth, with the days over which it was made, and those it is about.
struct Stated<'a> {
    source: &'a str,
    first: Day,
    last: Day,
    over_days: i32,
    percent: u64,
    /// As the rule asks for it.
    grown: Option<Grown>,
    /// As the rule asks for it, but more than is plausible.
    is_doubtful: bool,
}

/// The statements of each vendor about the time that the rule asks for, in order.
fn statements<'a>(m: HeadcountMatch, signs: &Signs<'a>) -> SmallVec<[Stated<'a>; 4]> {
    let mut said: SmallVec<[Stated<'_>; 4]> = SmallVec::new();
    if m.department.is_some() && !m.or_total {
        return said;
    }
    for (place, first, e) in live_of(Kind::Headcount, signs) {
        let Event::Headcount(h) = e.event() else { continue };
        let Some(growth) = h.growth else { continue };
        let over_days = i32::from(growth.months) * MONTH_DAYS;
        if (over_days - i32::from(m.over_days)).abs() > SNAPSHOT_SLACK_DAYS {
            continue;
        }
        let percent = u64::from(growth.permille.unsigned_abs()) / 10;
        // Without counts, the number of people is known only through the total it is said of.
        let people = h.total.map_or(0, |n| u64::from(n) * percent / (100 + percent));
        let before = h.total.map_or(LARGE_TEAM, |n| u64::from(n).saturating_sub(people));
        let now = before.saturating_mul(100 + percent) / 100;
        let enough = percent >= u64::from(m.percent) && people >= u64::from(m.people);
        let holds = enough && (growth.permille < 0) == m.decline;
        let is_doubtful = holds && !m.decline && now > plausible(before, over_days);
        let grown = (holds && !is_doubtful).then(|| (place, first, percent, e.confidence()));
        let (source, last) = (e.lead().source.as_str(), e.last_day(signs.facts.today));
        let last = last.unwrap_or(first);
        said.push(Stated { source, first, last, over_days, percent, grown, is_doubtful });
    }
    said.sort_by_key(|s| (s.source, s.first));
    said
}

/// Growth as a vendor states it, over about the same time. Stated again it is the same growth, until
/// the time that it is about begins after the last such day. Of each source the newest statement must
/// still say so.
fn stated(m: HeadcountMatch, signs: &Signs<'_>) -> Option<Grown> {
    let said = statements(m, signs);
    let standing = said.chunk_by(|a, b| a.source == b.source).filter_map(|said| {
        said.last()?.grown?;
        let mut step: Option<Grown> = None;
        for Stated { first, last, over_days, grown, .. } in said {
            let Some((place, _, percent, confidence)) = *grown else { continue };
            let next = |step: &Option<Grown>| {
                let day = step.map_or(*first, |(_, day, ..)| day.plus(*over_days).max(*first));
                (day <= *last).then_some((place, day, percent, confidence))
            };
            while let Some(again) = next(&step) {
                step = Some(again);
            }
        }
        step
    });
    standing.max_by_key(|(place, day, percent, _)| (*day, *percent, std::cmp::Reverse(*place)))
}
