//! The sentence a salesperson reads first: what happened, and the points that make the score. The
//! points shown add up to the score shown: see [`Sum`].

use super::assess::Assessment;
use super::decision::{ContributionExplained, FitExplained, IntentExplained};
use super::explain;
use super::lines;
use super::sum::{Part, Sum, fit_shown};
use crate::domain::terms::catalogue::Kind;
use crate::domain::terms::figures::counted;
use crate::domain::terms::shown::Shown;
use crate::domain::terms::units::MilliPoints;

/// Events that are named; the others are counted.
const NAMED_MAX: usize = 3;
/// An event after the first is named only where it is worth this, plus or minus.
const NAMED_LEAST: MilliPoints = MilliPoints(500);

/// `Acme entered buying mode (fit 85, intent 51): Series B of $25M today (+36), … and 2 more (+12),
/// together (+13), engagement capped at 45 (-10)`.
pub fn headline(
    fit: &FitExplained,
    intent: &IntentExplained,
    name: &str,
    happened: &str,
) -> String {
    written(fit, intent, name, happened, Order::Strongest)
}

/// The same where bad news ended an episode: it is named first.
pub fn on_bad_news(
    fit: &FitExplained,
    intent: &IntentExplained,
    name: &str,
    happened: &str,
) -> String {
    written(fit, intent, name, happened, Order::BadNews)
}

/// Which events a headline names first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Strongest,
    BadNews,
}

fn written(
    fit: &FitExplained,
    intent: &IntentExplained,
    name: &str,
    happened: &str,
    order: Order,
) -> String {
    let sum = Sum::of(intent);
    let scores = match sum.fit() {
        Some(fit) => format!("fit {fit} + intent {} = {}", sum.intent(), sum.total),
        None => format!("fit {}, intent {}", fit_shown(fit), sum.total),
    };
    let reasons = reasons(&sum, order);
    let why = if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join(", ")) };
    format!("{name} {happened} ({scores}){why}")
}

/// The same of an account as it stands.
pub fn of(a: &Assessment<'_>, name: &str, happened: &str) -> String {
    headline(&explain::fit(a), &lines::intent(a), name, happened)
}

/// One event, with all its points: it may count under several rules.
struct Event<'a> {
    line: &'a ContributionExplained,
    points: MilliPoints,
    shown: Vec<Shown>,
}

fn reasons(sum: &Sum<'_>, order: Order) -> Vec<String> {
    let (mut together, mut caps): (Vec<Shown>, Vec<(Kind, MilliPoints, Shown)>) =
        (Vec::new(), Vec::new());
    let mut events: Vec<Event<'_>> = Vec::new();
    for (part, shown) in &sum.lines {
        match part {
            Part::Fit => {}
            Part::Together(_) => together.push(*shown),
            Part::Cap(kind, cap) => caps.push((*kind, *cap, *shown)),
            Part::Contribution(line) => {
                let same = |e: &&mut Event<'_>| {
                    (&e.line.what, e.line.announced) == (&line.what, line.announced)
                };
                match events.iter_mut().find(same) {
                    Some(event) => {
                        event.points += line.contribution;
                        event.shown.push(*shown);
                    }
                    None => {
                        events.push(Event { line, points: line.contribution, shown: vec![*shown] })
                    }
                }
            }
        }
    }
    // The strongest first, for or against; of equal ones the fresher.
    events.sort_by_key(|e| {
        let later = order == Order::BadNews && e.points >= MilliPoints::ZERO;
        (later, std::cmp::Reverse((e.points.0.abs(), e.line.announced)))
    });
    let worth_naming = |e: &Event<'_>| e.points.0.abs() >= NAMED_LEAST.0;
    let named = events.iter().take(NAMED_MAX).filter(|e| worth_naming(e)).count().max(1);
    let (named, rest) = events.split_at(named.min(events.len()));
    let add_up = |events: &[Event<'_>]| {
        sum.add_up(events.iter().flat_map(|e| e.shown.iter().copied())).signed()
    };
    let mut reasons: Vec<String> = named
        .iter()
        .map(|e| format!("{}{} ({})", e.line.what, ago(e.line), add_up(std::slice::from_ref(e))))
        .collect();
    if !rest.is_empty() {
        reasons.push(format!("and {} more ({})", rest.len(), add_up(rest)));
    }
    if !together.is_empty() {
        reasons.push(format!("together ({})", sum.add_up(together).signed()));
    }
    let capped = caps.into_iter();
    reasons.extend(
        capped.map(|(kind, cap, shown)| format!("{kind} capped at {cap} ({})", shown.signed())),
    );
    reasons
}

/// ` today`, `, the last 12 days ago`; nothing of a standing fact.
pub fn ago(line: &ContributionExplained) -> String {
    let of = match line.kind {
        _ if line.is_standing() => return String::new(),
        _ if !line.pieces.is_empty() => ", the last",
        Kind::Headcount => ", counted",
        _ => "",
    };
    format!("{of} {}", days_ago(line.age_days))
}

/// `today`, `12 days ago`, `in 3 days`.
pub fn days_ago(days: i32) -> String {
    match days {
        0 => "today".to_owned(),
        1 => "yesterday".to_owned(),
        ..0 => format!("in {}", counted(-days, "day")),
        days => format!("{} ago", counted(days, "day")),
    }
}
