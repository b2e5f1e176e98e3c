//! Intent: what an account's evidence is worth today.
//!
//! A contribution is `points × magnitude × confidence × decay(age)`; age runs in whole days from
//! the announcement. A rule counts its strongest pieces of evidence (one, unless it says more),
//! kinds are capped, conjunctions add.

use super::catalogue::{HiringAction, Instrument, Kind, TechnologyAction};
use super::evidence::Evidence;
use super::facts::Facts;
use super::input::MarketEvent;
use super::profile::rules::{
    EngagementMatch, FundingMatch, HeadcountMatch, HiringMatch, NewsMatch, Scale, TechnologyMatch,
    UsesMatch,
};
use super::profile::variant::{CompiledProfile, CompiledRule, Member, Variant};
use super::profile::when::Answer;
use super::signal::{Event, News};
use super::time::Day;
use super::units::{BasisPoints, MilliPoints, PPM, contribution};
use serde::Serialize;
use smallvec::SmallVec;

/// Days around the wanted date within which a headcount snapshot may stand for it.
const SNAPSHOT_SLACK_DAYS: i32 = 45;
/// A tool that was seen within this many days before is not newly adopted: vendors' scans flap.
const FLAPPING_DAYS: i32 = 90;

/// What a contribution stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Ground {
    /// The place in the account's evidence.
    Evidence(u16),
    /// The place in the list of market events in force.
    Market(u16),
    /// A standing fact of the company.
    Standing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Contribution {
    /// The place of the rule in the variant.
    pub rule: u16,
    pub ground: Ground,
    pub day: Day,
    pub points: MilliPoints,
    pub magnitude_ppm: i64,
    pub confidence: BasisPoints,
    pub decay_ppm: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Intent {
    pub total: MilliPoints,
    pub contributions: SmallVec<[Contribution; 6]>,
    /// Place of the conjunction, and its points.
    pub conjunctions: SmallVec<[(u16, MilliPoints); 2]>,
    /// What a kind's cap cut off.
    pub capped: SmallVec<[(Kind, MilliPoints); 2]>,
}

/// What intent is made of.
#[derive(Clone, Copy)]
pub struct Signs<'a> {
    pub facts: Facts<'a>,
    /// Market events in force, whose industry and place match.
    pub markets: &'a [&'a MarketEvent],
    /// Only evidence first seen at or after this instant counts, where it is given.
    pub seen_since: Option<super::time::Timestamp>,
}

pub fn evaluate(profile: &CompiledProfile, variant: &Variant, signs: &Signs<'_>) -> Intent {
    let mut intent = Intent::default();
    for (at, rule) in variant.rules.iter().enumerate() {
        strongest(at as u16, rule, signs, &mut intent.contributions);
    }
    cap(profile, variant, &mut intent);
    for (at, conjunction) in variant.conjunctions.iter().enumerate() {
        let points = together(variant, conjunction, &intent.contributions);
        if points != MilliPoints::ZERO {
            intent.total += points;
            intent.conjunctions.push((at as u16, points));
        }
    }
    intent
}

impl Intent {
    pub fn has_kind(&self, variant: &Variant, kind: Kind) -> bool {
        self.positive(variant).any(|(rule, _)| rule.kind == kind)
    }

    /// Something happened: more than standing facts speak.
    pub fn has_event(&self, variant: &Variant) -> bool {
        self.positive(variant).any(|(_, c)| c.ground != Ground::Standing)
    }

    pub fn has_negative(&self) -> bool {
        self.contributions.iter().any(|c| c.points < MilliPoints::ZERO)
    }

    /// The day of the newest contributing event.
    pub fn freshest(&self) -> Option<Day> {
        let events = self.contributions.iter().filter(|c| c.ground != Ground::Standing);
        events.filter(|c| c.points > MilliPoints::ZERO).map(|c| c.day).max()
    }

    fn positive<'a>(
        &'a self,
        variant: &'a Variant,
    ) -> impl Iterator<Item = (&'a CompiledRule, &'a Contribution)> {
        let positive = self.contributions.iter().filter(|c| c.points > MilliPoints::ZERO);
        positive.map(|c| (&variant.rules[usize::from(c.rule)], c))
    }
}

/// Adds up, cutting each kind's positive part to its cap.
fn cap(profile: &CompiledProfile, variant: &Variant, intent: &mut Intent) {
    let mut positive = [0_i64; 6];
    for c in &intent.contributions {
        if c.points.0 > 0 {
            positive[variant.rules[usize::from(c.rule)].kind as usize] += c.points.0;
        } else {
            intent.total += c.points;
        }
    }
    for (kind, most) in &profile.profile.intent.caps {
        let (sum, most) = (&mut positive[*kind as usize], i64::from(*most) * 1_000);
        if *sum > most {
            intent.capped.push((*kind, MilliPoints(*sum - most)));
            *sum = most;
        }
    }
    intent.total += MilliPoints(positive.iter().sum());
}

/// A conjunction is as strong as the weakest of its members, in the best combination that lies
/// close enough together. (Taking the best of every combination, not the combination of the best,
/// keeps it from ever rising with time.)
fn together(
    variant: &Variant,
    conjunction: &super::profile::variant::CompiledConjunction,
    contributions: &[Contribution],
) -> MilliPoints {
    let positive = || contributions.iter().filter(|c| c.points > MilliPoints::ZERO);
    let strength = |c: &Contribution| i64::from(c.decay_ppm) * c.confidence.get() / 10_000;
    let belongs = |c: &Contribution, member: &Member| match member {
        Member::Rule(rule) => usize::from(c.rule) == *rule,
        Member::Kind(kind) => variant.rules[usize::from(c.rule)].kind == *kind,
    };
    let within = i32::from(conjunction.conjunction.within_days);
    let from = |first: Day| {
        let near = |c: &&Contribution| c.day >= first && c.day.since(first) <= within;
        let best =
            |member| positive().filter(near).filter(|c| belongs(c, member)).map(strength).max();
        conjunction.members.iter().map(|m| best(m).unwrap_or(0)).min().unwrap_or(0)
    };
    let weakest = positive().map(|c| from(c.day)).max().unwrap_or(0);
    contribution(
        MilliPoints::points(conjunction.conjunction.points),
        PPM,
        BasisPoints::FULL,
        weakest,
    )
}

type Found = SmallVec<[Contribution; 6]>;

/// Finds what counts for a rule and keeps its strongest.
fn strongest(at: u16, rule: &CompiledRule, signs: &Signs<'_>, into: &mut Found) {
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
fn live<'a>(signs: &Signs<'a>) -> impl DoubleEndedIterator<Item = (u16, Day, &'a Evidence)> {
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

fn worth(
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

fn weighed(mut c: Contribution, rule: &CompiledRule, decay_ppm: u32) -> Contribution {
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

fn round_matches(m: &FundingMatch, f: &super::signal::Funding) -> bool {
    let instrument = if m.instruments.is_empty() {
        matches!(f.instrument, Instrument::Equity | Instrument::Extension)
    } else {
        m.instruments.contains(&f.instrument)
    };
    instrument
        && m.stage.as_ref().is_none_or(|test| f.stage.is_some_and(|stage| test.holds(stage)))
        && m.min_amount_usd.is_none_or(|min| f.amount_usd.is_some_and(|amount| amount >= min.0))
}

fn job_matches(m: &HiringMatch, h: &super::signal::Hiring, facts: &Facts<'_>) -> bool {
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

fn tool_matches(m: &TechnologyMatch, t: &super::signal::Technology) -> bool {
    let action = if m.dropped { TechnologyAction::Dropped } else { TechnologyAction::Adopted };
    t.action == action
        && (m.any_of.is_empty() || m.any_of.contains(&t.tool))
        && (m.categories.is_empty()
            || t.category.as_ref().is_some_and(|c| m.categories.contains(c)))
}

/// Whether the same tool was reported in the same state shortly before: adopted, dropped and
/// adopted again within a season is a scanner's doubt, not two decisions.
fn flaps(evidence: &Evidence, t: &super::signal::Technology, signs: &Signs<'_>) -> bool {
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

/// Whether a market event concerns the company: where its industry or place is not known, no.
pub fn concerns(market: &MarketEvent, facts: &Facts<'_>) -> bool {
    use super::company::Attribute as A;
    use super::profile::when::{TermTest, When};
    let test = |terms: &[super::Text]| TermTest { any_of: terms.to_vec(), ..TermTest::default() };
    let any = |attributes: &[A], terms: &[super::Text]| {
        terms.is_empty()
            || attributes.iter().any(|attribute| {
                let when = match attribute {
                    A::Industry => When { industry: Some(test(terms)), ..When::default() },
                    A::SubIndustry => When { sub_industry: Some(test(terms)), ..When::default() },
                    A::Country => When { country: Some(test(terms)), ..When::default() },
                    A::Region => When { region: Some(test(terms)), ..When::default() },
                    _ => When { operates_in: Some(test(terms)), ..When::default() },
                };
                when.ask(facts).answer == Answer::Yes
            })
    };
    any(&[A::Industry, A::SubIndustry], &market.industries)
        && any(&[A::Country, A::Region, A::OperatesIn], &market.regions)
}

/// Growth from the snapshot closest to `over_days` before the latest one.
fn growth(at: u16, rule: &CompiledRule, m: HeadcountMatch, signs: &Signs<'_>, into: &mut Found) {
    let by_department = |event: &Event| match (event, m.department) {
        (Event::Headcount(h), Some(function)) => {
            let mut people = h.departments.iter().filter(|(f, _)| f.counts_as(function)).peekable();
            people.peek()?;
            Some(people.map(|(_, n)| *n).sum())
        }
        (Event::Headcount(h), None) => h.total,
        _ => None,
    };
    let total = |event: &Event| match event {
        Event::Headcount(h) => h.total,
        _ => None,
    };
    let found = between(m, signs, by_department)
        .or_else(|| if m.or_total { between(m, signs, total) } else { None })
        .or_else(|| stated(m, signs));
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

fn between(
    m: HeadcountMatch,
    signs: &Signs<'_>,
    count: impl Fn(&Event) -> Option<u32>,
) -> Option<Grown> {
    let counted = || live(signs).filter_map(|(at, day, e)| Some((at, day, count(e.event())?, e)));
    let (place, day, now, evidence) = counted().max_by_key(|(at, day, _, _)| (*day, *at))?;
    let wanted = day.plus(-i32::from(m.over_days));
    let distance = |d: Day| d.since(wanted).abs();
    let (_, _, before, old) = counted()
        .filter(|(_, d, _, _)| *d < day && distance(*d) <= SNAPSHOT_SLACK_DAYS)
        .min_by_key(|(at, d, _, _)| (distance(*d), *at))?;
    let (change, grew) = (now.abs_diff(before), now > before);
    if grew == m.decline || change < m.people.max(1) || before == 0 {
        return None;
    }
    let percent = u64::from(change) * 100 / u64::from(before);
    let confidence = evidence.confidence().min(old.confidence());
    (percent >= u64::from(m.percent)).then_some((place, day, percent, confidence))
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
