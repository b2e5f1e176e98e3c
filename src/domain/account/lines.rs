//! The lines of a decision's sum: what each signal, market event and standing fact gives, and why.

use super::assess::Assessment;
use super::crowd;
use super::decision::{ContributionExplained, IntentExplained};
use super::explain::{list, page, what, words};
use super::posts;
use crate::domain::evidence::signal::Event;
use crate::domain::profile::trigger::Trigger;
use crate::domain::profile::variant::CompiledRule;
use crate::domain::score::intent::growth::between_counts;
use crate::domain::score::intent::{Contribution, Ground, Signs};
use crate::domain::terms::figures::{count, counted};
use crate::domain::terms::spelling::tool;

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

pub(super) fn contribution(a: &Assessment<'_>, c: &Contribution) -> ContributionExplained {
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
        is_open: None,
        pieces: Vec::new(),
    };
    match c.ground {
        Ground::Evidence(at) => {
            let evidence = &a.facts.evidence[usize::from(at)];
            line.first_seen = Some(evidence.first_seen());
            line.url = page(&evidence.lead().url);
            line.is_open = posts::is_open(&a.facts, evidence);
            let mut of = vec![evidence];
            line.what = match crowd::of(a, rule, at) {
                Some(crowd) => {
                    of = crowd;
                    line.pieces = crowd::pieces(&of);
                    crowd::what(&of, rule)
                }
                None => growth(a, rule, at).unwrap_or_else(|| what(evidence.event())),
            };
            let reports = || of.iter().flat_map(|e| e.reports());
            line.evidence = reports().map(|r| r.id).collect();
            line.sources = reports().map(|r| r.source.clone()).collect();
            line.sources.sort_unstable();
            line.sources.dedup();
        }
        Ground::Market(at) => {
            let market = a.markets[usize::from(at)];
            line.what = format!("market: {}", what(&Event::News(market.news.clone())));
            line.first_seen = a.seen(c.ground);
            line.evidence = vec![market.id];
            line.sources = vec![market.source.clone()];
            line.url = page(&market.evidence_url);
        }
        Ground::Standing => {
            let tools = match &rule.trigger {
                Trigger::Uses(uses) => uses.any_of.as_slice(),
                _ => &[],
            };
            let used = tools.iter().filter(|t| a.facts.tool(t) == Some(true));
            let names: Vec<String> = used.map(tool).collect();
            line.what = format!("uses {}", list(names.iter().map(String::as_str)));
        }
    }
    line
}

/// For a rule about growth: from how many to how many, in how long.
fn growth(a: &Assessment<'_>, rule: &CompiledRule, at: u16) -> Option<String> {
    let signs = Signs { facts: a.facts, markets: &[], seen_since: None };
    let Trigger::Headcount(headcount) = &rule.trigger else { return None };
    let change = between_counts(*headcount, &signs).filter(|c| c.place == at)?;
    let grew = if change.now > change.before { "grew" } else { "shrank" };
    let who = change.department.map(|d| format!("{} ", words(d.into()))).unwrap_or_default();
    let days = change.day.since(change.since);
    let time = if days < 60 { counted(days, "day") } else { counted(days / 30, "month") };
    Some(format!(
        "{who}{grew} from {} to {} in {time}",
        count(change.before),
        counted(change.now, "person")
    ))
}
