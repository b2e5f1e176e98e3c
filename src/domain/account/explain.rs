//! Why, in words and in numbers: the arithmetic of an assessment, line by line.

use super::assess::Assessment;
use super::decision::{ContributionExplained, CriterionExplained, FitExplained, IntentExplained};
use crate::domain::Text;
use crate::domain::evidence::company::{Attribute, Value};
use crate::domain::evidence::facts::Facts;
use crate::domain::evidence::signal::{Event, bounded};
use crate::domain::profile::Criterion;
use crate::domain::profile::trigger::Trigger;
use crate::domain::profile::variant::CompiledRule;
use crate::domain::profile::when::{Answer, When};
use crate::domain::score::intent::growth::between_counts;
use crate::domain::score::intent::{Contribution, Ground, Signs};
use crate::domain::terms::catalogue::{FundingStage, HiringAction, Instrument, TechnologyAction};
use crate::domain::terms::figures::{counted, points};
use crate::domain::terms::limits::HORIZON_DAYS;
use crate::domain::terms::term::Term;
use crate::domain::terms::time::Day;
use crate::domain::terms::units::MilliPoints;

pub fn fit(a: &Assessment<'_>) -> FitExplained {
    let criteria = a.variant.criteria.iter().zip(&a.fit.answers).enumerate();
    FitExplained {
        lower: a.fit.lower,
        upper: a.fit.upper,
        known_percent: a.fit.known_percent,
        gate: a.variant.gate,
        criteria: criteria.map(|(at, (c, answer))| criterion(a, at, c, *answer)).collect(),
    }
}

fn criterion(a: &Assessment<'_>, at: usize, c: &Criterion, answer: Answer) -> CriterionExplained {
    let (name, required) = (c.name.clone(), c.required);
    let origin = c.when.origins(&a.facts).into_iter().min();
    let (as_of, source) = (origin.map(|o| o.day), origin.and_then(|o| bounded(o.source)));
    let (found, stale) = (found(&c.when, &a.facts), a.fit.stale.contains(&(at as u16)));
    CriterionExplained { name, weight: c.weight, answer, required, found, as_of, source, stale }
}

pub fn intent(a: &Assessment<'_>) -> IntentExplained {
    let conjunctions = a.intent.conjunctions.iter().map(|(at, points)| {
        (a.variant.conjunctions[usize::from(*at)].conjunction.name.clone(), *points)
    });
    let mut contributions: Vec<ContributionExplained> =
        a.intent.contributions.iter().map(|c| contribution(a, c)).collect();
    contributions
        .sort_by_key(|c| (std::cmp::Reverse(c.contribution), std::cmp::Reverse(c.announced)));
    IntentExplained {
        total: a.intent.total,
        score: a.score,
        enter: a.variant.enter,
        exit: a.variant.exit,
        contributions,
        conjunctions: conjunctions.collect(),
        capped: a.intent.capped.to_vec(),
    }
}

fn contribution(a: &Assessment<'_>, c: &Contribution) -> ContributionExplained {
    let rule = &a.variant.rules[usize::from(c.rule)];
    let mut line = ContributionExplained {
        rule: rule.name.clone(),
        kind: rule.kind(),
        what: String::new(),
        announced: c.day,
        first_seen: None,
        age_days: a.facts.today.since(c.day),
        points: rule.points,
        magnitude_ppm: c.magnitude_ppm,
        confidence: c.confidence,
        decay_ppm: c.decay_ppm,
        contribution: c.points,
        evidence: Vec::new(),
        sources: Vec::new(),
        url: None,
    };
    match c.ground {
        Ground::Evidence(at) => {
            let evidence = &a.facts.evidence[usize::from(at)];
            line.what = growth(a, rule, at).unwrap_or_else(|| what(evidence.event()));
            line.first_seen = Some(evidence.first_seen());
            line.evidence = evidence.reports().iter().map(|r| r.id).collect();
            line.sources = evidence.reports().iter().map(|r| r.source.clone()).collect();
            line.sources.sort_unstable();
            line.sources.dedup();
            line.url = evidence.lead().url.clone();
        }
        Ground::Market(at) => {
            let market = a.markets[usize::from(at)];
            line.what = format!("market: {}", what(&Event::News(market.news.clone())));
            line.evidence = vec![market.id];
            line.sources = vec![market.source.clone()];
            line.url = market.evidence_url.clone();
        }
        Ground::Standing => {
            let tools = match &rule.trigger {
                Trigger::Uses(uses) => uses.any_of.as_slice(),
                _ => &[],
            };
            let used = tools.iter().filter(|t| a.facts.tool(t) == Some(true));
            line.what = format!("uses {}", list(used.map(Term::as_str)));
        }
    }
    line
}

/// For a rule about growth: from how many to how many, since when.
fn growth(a: &Assessment<'_>, rule: &CompiledRule, at: u16) -> Option<String> {
    let signs = Signs { facts: a.facts, markets: &[], seen_since: None };
    let Trigger::Headcount(headcount) = &rule.trigger else { return None };
    let change = between_counts(*headcount, &signs).filter(|c| c.place == at)?;
    let grew = if change.now > change.before { "grew" } else { "shrank" };
    let who = change.department.map(|d| format!("{} ", words(d.into()))).unwrap_or_default();
    Some(format!(
        "{who}{grew} by {} % to {}, from {} on {}",
        change.percent,
        counted(change.now, "person"),
        change.before,
        change.since
    ))
}

/// An event in a few words: "Series B of $25M", "posted Head of Sales (Berlin)".
pub fn what(event: &Event) -> String {
    match event {
        Event::Funding(f) => {
            let round = match (f.stage, f.instrument) {
                (Some(FundingStage::PeBacked), Instrument::Equity) => "private equity".to_owned(),
                (Some(FundingStage::Public), Instrument::Equity) => "public offering".to_owned(),
                (Some(stage), Instrument::Equity) => title_case(stage.into()),
                (Some(stage), other) => {
                    format!("{} {}", title_case(stage.into()), words(other.into()))
                }
                (None, Instrument::Equity) => "funding round".to_owned(),
                (None, other) => format!("{} round", words(other.into())),
            };
            let amount = f.amount_usd.map(|a| format!(" of ${}", money(a))).unwrap_or_default();
            let lead = f.lead_investor.as_ref().map(|l| format!(" led by {l}")).unwrap_or_default();
            format!("{round}{amount}{lead}")
        }
        Event::Hiring(h) => {
            let verb = match h.action {
                HiringAction::Posted => "posted",
                HiringAction::Closed => "closed the post of",
                HiringAction::Hired => "hired",
            };
            let place = h.place.as_ref().map(|p| format!(" ({p})")).unwrap_or_default();
            format!("{verb} {}{place}", h.title)
        }
        Event::Headcount(h) => {
            let total = h.total.map(|total| counted(total, "employee"));
            let teams = h.departments.iter().take(3);
            let teams = teams.map(|(team, n)| format!("{n} in {}", words((*team).into())));
            let grew = h.growth.map(|g| {
                let percent = g.permille / 10;
                format!("headcount {percent:+} % in {}", counted(g.months, "month"))
            });
            let parts: Vec<String> = total.into_iter().chain(teams).chain(grew).collect();
            if parts.is_empty() { "headcount".to_owned() } else { parts.join(", ") }
        }
        Event::Technology(t) => match t.action {
            TechnologyAction::Adopted => format!("adopted {}", t.tool),
            TechnologyAction::Dropped => format!("dropped {}", t.tool),
            TechnologyAction::InUse => format!("uses {}", t.tool),
        },
        Event::News(n) => match &n.summary {
            Some(summary) => format!("{}: {summary}", words(n.news.into())),
            None => words(n.news.into()),
        },
        Event::Engagement(e) => match &e.topic {
            Some(topic) => format!("{} ({topic})", words(e.engagement.into())),
            None => words(e.engagement.into()),
        },
    }
}

/// The sentence an SDR reads first.
pub fn headline(a: &Assessment<'_>, name: &str, happened: &str) -> String {
    // One event may count under several rules: it is listed once, with all its points.
    let mut lines: Vec<(ContributionExplained, bool)> = Vec::new();
    for c in a.intent.contributions.iter().filter(|c| c.points > MilliPoints::ZERO) {
        let line = contribution(a, c);
        let same = |t: &ContributionExplained| t.what == line.what && t.announced == line.announced;
        match lines.iter_mut().find(|(line, _)| same(line)) {
            Some((listed, _)) => listed.contribution += line.contribution,
            None => lines.push((line, c.ground == Ground::Standing)),
        }
    }
    let rank = |line: &ContributionExplained| (line.contribution, line.announced);
    lines.sort_by_key(|(line, _)| std::cmp::Reverse(rank(line)));
    let reasons = lines.iter().take(3).map(|(line, is_standing)| {
        let ago = match line.age_days {
            _ if *is_standing => String::new(),
            0 => " today".to_owned(),
            1 => " yesterday".to_owned(),
            days => format!(" {days} days ago"),
        };
        format!("{}{ago} (+{})", line.what, line.contribution.rounded())
    });
    let reasons: Vec<String> = reasons.collect();
    let why = if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join(", ")) };
    format!(
        "{name} {happened} (fit {}, intent {}){why}",
        a.fit.lower.rounded(),
        a.intent.total.rounded()
    )
}

/// The first day on which the score is below the exit line if nothing new comes.
pub fn leaves_on(a: &Assessment<'_>, max: Day) -> Day {
    let today = a.facts.today;
    let below = |day: Day| a.score_on(day) < a.variant.exit;
    let last = max.min(today.plus(HORIZON_DAYS));
    if a.may_rise() {
        return (1..=last.since(today)).map(|d| today.plus(d)).find(|d| below(*d)).unwrap_or(last);
    }
    // Without anything that could raise it, the score only falls: search by halves.
    let (mut above, mut under) = (0, last.since(today).max(0));
    while above < under {
        let middle = (above + under) / 2;
        if below(today.plus(middle)) {
            under = middle;
        } else {
            above = middle + 1;
        }
    }
    today.plus(under).min(last)
}

/// Unknown facts that would matter.
pub fn missing(a: &Assessment<'_>) -> Vec<Text> {
    let unknown = a.variant.criteria.iter().zip(&a.fit.answers).enumerate();
    let unknown = unknown.filter(|(_, (_, answer))| **answer == Answer::Unknown);
    let stale = |at: usize| a.fit.stale.contains(&(at as u16));
    let mut names: Vec<Text> = unknown
        .flat_map(|(at, (criterion, _))| {
            criterion.when.attributes().into_iter().map(move |name| (stale(at), name))
        })
        .filter(|(stale, name)| {
            *stale
                || match *name {
                    // One tool mentioned in a text is not a list of the tools in use.
                    "technologies" => {
                        let mut tools = a.facts.company.tools.iter();
                        !tools.any(|t| a.facts.tool(&t.tool) == Some(true))
                    }
                    name => value(name, &a.facts).is_none(),
                }
        })
        .map(|(_, name)| Text::from(name))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// What would have to happen, for people.
pub fn would_change(a: &Assessment<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(reason) = &a.excluded {
        lines.push(format!("excluded: {reason}"));
    }
    if !a.fits() {
        let gap = a.variant.gate - a.fit.lower;
        let line = match missing(a).as_slice() {
            [] => format!("fit {} is {gap} below the gate of {}", a.fit.lower, a.variant.gate),
            names => format!(
                "fit {} to {} (gate {}): not known is {}",
                a.fit.lower,
                a.fit.upper,
                a.variant.gate,
                list(names.iter().map(Text::as_str))
            ),
        };
        lines.push(line);
    }
    if a.score < a.variant.enter {
        lines.push(format!(
            "{} short of the enter line {}",
            points(a.variant.enter - a.score),
            a.variant.enter
        ));
    } else if !a.is_ready() {
        lines.push("the score holds, but a required kind of signal is missing".to_owned());
    }
    lines
}

/// What a criterion asks for as it is known, for people.
pub fn found(when: &When, facts: &Facts<'_>) -> Text {
    let mut parts: Vec<String> = Vec::new();
    for name in when.attributes() {
        match name {
            "technologies" => parts.extend(used(when, facts)),
            name => parts.extend(value(name, facts)),
        }
    }
    parts.extend(when.departments().into_iter().filter_map(|asked| {
        let people = facts.department(asked.function)?;
        Some(format!("{people} in {}", words(asked.function.into())))
    }));
    if when.account.is_some() {
        parts.push(facts.account.to_string());
    }
    bounded(&parts.join(", ")).unwrap_or_default()
}

fn value(name: &str, facts: &Facts<'_>) -> Option<String> {
    let attribute = name.parse::<Attribute>().ok()?;
    facts.value(attribute).as_deref().map(shown)
}

/// A few tools in use, from any source; those that the profile asks for first.
fn used(when: &When, facts: &Facts<'_>) -> Vec<String> {
    let mentioned = facts.evidence.iter().filter_map(|e| match e.event() {
        Event::Technology(t) => Some(&t.tool),
        _ => None,
    });
    let mut tools: Vec<&Term> = facts.company.tools.iter().map(|t| &t.tool).collect();
    for tool in mentioned {
        if !tools.contains(&tool) {
            tools.push(tool);
        }
    }
    tools.retain(|tool| facts.tool(tool) == Some(true));
    let asks_for = |tool: &Term| {
        let test = when.technologies.as_ref();
        test.is_some_and(|t| t.any_of.contains(tool) || t.all_of.contains(tool))
    };
    tools.sort_by_key(|tool| !asks_for(tool));
    tools.into_iter().take(5).map(Term::to_string).collect()
}

pub fn shown(value: &Value) -> String {
    match value {
        Value::Number { low, high } if low == high => low.to_string(),
        Value::Number { low, high } if *high == u64::MAX => format!("{low}+"),
        Value::Number { low, high } => format!("{low} to {high}"),
        Value::Stage(FundingStage::PeBacked) => "PE-backed".to_owned(),
        Value::Stage(stage) => title_case((*stage).into()),
        Value::Terms(_) | Value::Names(_) => list(value.texts()),
    }
}

/// To the nearest tenth of its unit: `$4499999` is `4.5M`.
pub fn money(dollars: u64) -> String {
    let (unit, name): (u64, _) = match dollars {
        999_950_000.. => (1_000_000_000, "B"),
        999_950.. => (1_000_000, "M"),
        1_000.. => (1_000, "k"),
        _ => return dollars.to_string(),
    };
    let tenths = dollars.saturating_add(unit / 20) / (unit / 10);
    match tenths % 10 {
        0 => format!("{}{name}", tenths / 10),
        part => format!("{}.{part}{name}", tenths / 10),
    }
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}

fn title_case(name: &str) -> String {
    let word = |w: &str| {
        let mut chars = w.chars();
        chars.next().map(|c| c.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default()
    };
    name.split('_').map(word).collect::<Vec<_>>().join(" ")
}

fn list<'a>(items: impl Iterator<Item = &'a str>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::money;

    #[test]
    fn money_is_told_to_the_nearest_tenth() {
        for (dollars, shown) in [
            (999, "999"),
            (1_000, "1k"),
            (999_949, "999.9k"),
            (999_950, "1M"),
            (4_499_999, "4.5M"),
            (12_000_000, "12M"),
            (999_950_000, "1B"),
            (u64::MAX, "18446744073.7B"),
        ] {
            assert_eq!(money(dollars), shown, "{dollars}");
        }
    }
}
