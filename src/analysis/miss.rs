//! Why not: every obstacle between an account and buying mode, and by how much it falls short.
//!
//! The points that a missing signal would add are exact: the rule is assumed to match once more, and
//! the score is computed again with caps and conjunctions.

use crate::analysis::obstacle::{Obstacle, Of, Way};
use crate::domain::account::again::{self, Barred};
use crate::domain::account::assess::{Assessment, inherited};
use crate::domain::account::doubt::doubts;
use crate::domain::account::standing::ProductState;
use crate::domain::account::state::AccountState;
use crate::domain::account::{explain, world};
use crate::domain::profile::when::Answer;
use crate::domain::profile::{Criterion, Unknown};
use crate::domain::score::intent::{Contribution, Ground};
use crate::domain::terms::catalogue::Kind;
use crate::domain::terms::figures;
use crate::domain::terms::shown::Shown;
use crate::domain::terms::time::Day;
use crate::domain::terms::units::MilliPoints;
use std::fmt;

/// How many ways to reach a line are shown.
const WAYS_SHOWN: usize = 5;

/// What keeps an account out of buying mode, the hardest to change first. Empty: it enters at the
/// next evaluation. `standing`: where it stands with the product.
pub fn obstacles(
    a: &Assessment<'_>,
    state: &AccountState,
    standing: Option<&ProductState>,
) -> Vec<Obstacle> {
    let mut found = Vec::new();
    found.extend(excluded(a, state));
    if !state.company.is_known() {
        found.push(Obstacle::CompanyUnknown);
    }
    fit(a, &mut found);
    intent(a, &mut found);
    let cooldown = standing.and_then(|p| p.cooldown);
    let cooling = cooldown.filter(|c| a.facts.today < c.until);
    let cools = cooling.and_then(|c| {
        let (fresh, needed) = (a.fresh_score(c.since), a.variant.enter);
        let obstacle = Obstacle::Cooldown { since: c.since, until: c.until, fresh, needed };
        (fresh < needed).then_some(obstacle)
    });
    if a.is_ready() && cools.is_none() {
        found.extend(a.admission(standing.and_then(|p| p.left)).err().map(|why| barred(a, why)));
    }
    found.extend(cools);
    found
}

fn barred(a: &Assessment<'_>, why: Barred) -> Obstacle {
    match why {
        Barred::Old => Obstacle::OldEvidence {
            within_days: a.profile().profile.episode.first_entry_evidence_days,
        },
        Barred::NothingNew(left) => Obstacle::NothingNew { since: left.since, left_by: left.by },
    }
}

fn excluded(a: &Assessment<'_>, state: &AccountState) -> Option<Obstacle> {
    let reason = a.excluded.clone()?;
    let today = a.facts.today;
    let holds = |until: Option<Day>| until.is_none_or(|until| today < until);
    let inherited = inherited(a.profile(), state).map(|(_, suppression)| suppression);
    let mut lists = state.suppressions.iter().chain(inherited);
    let listed = lists.find(|s| world::excludes(s.list) && holds(s.until));
    if let Some(s) = listed {
        return Some(Obstacle::Excluded { reason, list: Some(s.list), until: s.until });
    }
    let profile = a.profile();
    let mut asked = profile.profile.fit.exclusions.iter().zip(&profile.exclusions);
    let by = asked.find(|(exclusion, question)| {
        holds(exclusion.expires.map(Day::from_date)) && question.ask(&a.facts).answer == Answer::Yes
    });
    let until = by.and_then(|(exclusion, _)| exclusion.expires).map(Day::from_date);
    Some(Obstacle::Excluded { reason, list: None, until })
}

fn fit(a: &Assessment<'_>, found: &mut Vec<Obstacle>) {
    let answered = || a.variant.criteria.iter().zip(&a.fit.answers);
    for (criterion, answer) in answered().filter(|(c, _)| c.required) {
        let taken_for_yes = *answer == Answer::Unknown && criterion.unknown == Unknown::Yes;
        if *answer != Answer::Yes && !taken_for_yes {
            found.push(Obstacle::Required {
                criterion: criterion.name.clone(),
                answer: *answer,
                found: explain::found(&criterion.when, &a.facts),
            });
        }
    }
    if a.profile().is_additive() {
        return;
    }
    let needed_percent = a.profile().profile.fit.known_percent;
    if a.fit.known_percent < needed_percent {
        found.push(Obstacle::KnownTooLittle {
            known_percent: a.fit.known_percent,
            needed_percent,
            unknown: explain::missing(a),
        });
    }
    let needed = a.variant.gate.max(MilliPoints::points(a.variant.tiers.tier_3));
    if a.fit.lower < needed {
        let ways = sorted(criteria(a, needed - a.fit.lower));
        found.push(Obstacle::Fit { fit: a.fit.lower, needed, ways });
    }
}

/// The points that each criterion would add to the fit if it were met.
fn criteria(a: &Assessment<'_>, gap: MilliPoints) -> Vec<Way> {
    let answered = a.variant.criteria.iter().zip(&a.fit.answers);
    let ways = answered.filter_map(|(criterion, answer)| {
        let points = gain(criterion, *answer);
        (points > MilliPoints::ZERO).then(|| Way {
            name: criterion.name.clone(),
            of: Of::Criterion { answer: *answer },
            points,
            enough: points >= gap,
        })
    });
    ways.collect()
}

fn gain(criterion: &Criterion, answer: Answer) -> MilliPoints {
    let full = MilliPoints::points(criterion.weight);
    let half = MilliPoints(full.0 / 2);
    let now = match (answer, criterion.unknown) {
        (Answer::Yes, _) | (Answer::Unknown, Unknown::Yes) => full,
        (Answer::Unknown, Unknown::Half) => half,
        _ => MilliPoints::ZERO,
    };
    full.max(MilliPoints::ZERO) - now
}

fn intent(a: &Assessment<'_>, found: &mut Vec<Obstacle>) {
    if a.score < a.variant.enter {
        let gap = a.variant.enter - a.score;
        let mut ways = rules(a, gap);
        if a.profile().is_additive() {
            ways.extend(criteria(a, gap));
        }
        let against = a.intent.contributions.iter().filter(|c| c.points < MilliPoints::ZERO);
        found.push(Obstacle::Intent {
            additive: a.profile().is_additive(),
            score: a.score,
            needed: a.variant.enter,
            ways: sorted(ways),
            against: against.map(|c| taken(a, c, gap)).collect(),
            to_come: a.next_to_come(),
            doubts: doubts(a),
        });
        return;
    }
    if !a.intent.has_event(a.variant) {
        found.push(Obstacle::NothingHappened);
    }
    let required = &a.profile().profile.intent;
    let has = |kind: &Kind| a.intent.has_kind(a.variant, *kind);
    if !required.require_any.is_empty() && !required.require_any.iter().any(has) {
        found.push(Obstacle::Kind { one_of: required.require_any.clone() });
    }
    for kind in required.require_all.iter().filter(|kind| !has(kind)) {
        found.push(Obstacle::Kind { one_of: vec![*kind] });
    }
}

/// The points that each rule would add if it matched today at full strength.
fn rules(a: &Assessment<'_>, gap: MilliPoints) -> Vec<Way> {
    let ways = a.variant.rules.iter().enumerate().filter_map(|(at, compiled)| {
        let rule = at as u16;
        let stands = |c: &Contribution| c.rule == rule && c.ground == Ground::Standing;
        if a.intent.contributions.iter().any(stands) {
            return None;
        }
        let with = a.intent.with(a.profile(), a.variant, rule, a.facts.today);
        let points = a.score_of(&with) - a.score;
        (points > MilliPoints::ZERO).then(|| Way {
            name: compiled.name.clone(),
            of: Of::Rule { kind: compiled.kind() },
            points,
            enough: points >= gap,
        })
    });
    ways.collect()
}

fn taken(a: &Assessment<'_>, c: &Contribution, gap: MilliPoints) -> Way {
    let compiled = &a.variant.rules[usize::from(c.rule)];
    let of = Of::Rule { kind: compiled.kind() };
    Way { name: compiled.name.clone(), of, points: c.points, enough: -c.points >= gap }
}

/// Ways that are enough alone first, then unknown criteria, then by points; at most [`WAYS_SHOWN`].
fn sorted(mut ways: Vec<Way>) -> Vec<Way> {
    let known = |way: &Way| way.of != Of::Criterion { answer: Answer::Unknown };
    ways.sort_by_key(|way| {
        // Of the ways that are enough, the one with the fewest points is the nearest.
        let points = if way.enough { way.points } else { -way.points };
        (!way.enough, known(way), points)
    });
    ways.truncate(WAYS_SHOWN);
    ways
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Way { name, points, .. } = self;
        match self.of {
            Of::Criterion { answer } => {
                write!(f, "'{name}' is {answer} ({})", figures::points(*points))
            }
            Of::Rule { kind } if points.0 < 0 => {
                write!(f, "'{name}' ({kind}) takes {}", Shown::piece(-*points))
            }
            Of::Rule { kind } => {
                write!(f, "'{name}' ({kind}) would add {}", Shown::piece(*points))
            }
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Obstacle::Excluded { reason, list, until } => {
                write!(f, "excluded: {reason}")?;
                if let Some(list) = list.filter(|list| list.to_string() != **reason) {
                    write!(f, " (on the list {list})")?;
                }
                until.map_or(Ok(()), |until| write!(f, ", until {until}"))
            }
            Obstacle::CompanyUnknown => f.write_str("no company record yet"),
            Obstacle::Required { criterion, answer, found } => {
                write!(f, "required: '{criterion}' is {answer}")?;
                if found.is_empty() { Ok(()) } else { write!(f, " (known: {found})") }
            }
            Obstacle::KnownTooLittle { known_percent, needed_percent, unknown } => {
                write!(
                    f,
                    "{known_percent} % of the weight is known, {needed_percent} % is needed"
                )?;
                if unknown.is_empty() {
                    return Ok(());
                }
                write!(f, "; unknown: {}", joined(unknown.iter(), ", "))
            }
            Obstacle::Fit { fit, needed, ways } => {
                write!(f, "fit {} (needs {needed})", Shown::beside(*fit, &[*needed]))?;
                write_ways(f, ways)
            }
            Obstacle::Intent { additive, score, needed, ways, against, to_come, doubts } => {
                let what = if *additive { "fit and intent" } else { "intent" };
                write!(f, "{what} {} (needs {needed})", Shown::beside(*score, &[*needed]))?;
                write_ways(f, ways)?;
                if !against.is_empty() {
                    write!(f, "; {}", joined(against.iter(), ", "))?;
                }
                to_come.map_or(Ok(()), |day| write!(f, "; an event is planned for {day}"))?;
                doubts.iter().try_for_each(|doubt| write!(f, "; {doubt}"))
            }
            Obstacle::Kind { one_of } => {
                write!(f, "a required kind of signal is missing: {}", joined(one_of.iter(), " or "))
            }
            Obstacle::NothingHappened => {
                f.write_str("only standing facts score; a new signal is needed")
            }
            Obstacle::Cooldown { since, until, fresh, needed } => write!(
                f,
                "in cooldown until {until}: before that day it enters only by evidence first seen from {} on and worth {needed} \
                 points alone; so far there are {}",
                since.to_rfc3339(),
                Shown::beside(*fresh, &[*needed])
            ),
            Obstacle::OldEvidence { within_days } => {
                f.write_str(&again::old_evidence(*within_days))
            }
            Obstacle::NothingNew { since, left_by } => {
                f.write_str(&again::nothing_new(*since, *left_by))
            }
        }
    }
}

fn write_ways(f: &mut fmt::Formatter<'_>, ways: &[Way]) -> fmt::Result {
    if ways.is_empty() {
        return Ok(());
    }
    let enough = ways.iter().filter(|way| way.enough).count();
    match enough {
        0 => write!(f, ": {}; none of these is enough alone", joined(ways.iter(), ", ")),
        n if n == ways.len() => write!(f, ": {}", joined(ways.iter(), ", or ")),
        n => write!(
            f,
            ": {}; not enough alone: {}",
            joined(ways[..n].iter(), ", or "),
            joined(ways[n..].iter(), ", ")
        ),
    }
}

fn joined<T: fmt::Display>(items: impl Iterator<Item = T>, between: &str) -> String {
    items.map(|item| item.to_string()).collect::<Vec<_>>().join(between)
}
