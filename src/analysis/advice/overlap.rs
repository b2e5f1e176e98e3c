//! Warns of two rules that one event satisfies: its points count twice, and one post looks like two
//! reasons.

use super::Advice;
use super::words::rules;
use crate::domain::profile::Profile;
use crate::domain::profile::rules::{FundingMatch, HiringMatch, Rule};
use crate::domain::profile::trigger::Trigger;
use crate::domain::profile::when::StageTest;
use crate::domain::terms::catalogue::{Function, FundingStage, HiringAction, Instrument, Kind};
use crate::domain::terms::term::any_within;
use strum::IntoEnumIterator;

pub(super) fn pairs(profile: &Profile, advice: &mut Advice) {
    let all = rules(profile);
    for (at, (place, rule)) in all.iter().enumerate() {
        // A segment's rule that replaces the profile's is the same rule.
        let before = all[..at].iter().map(|(_, earlier)| *earlier);
        for earlier in before.filter(|earlier| earlier.name != rule.name) {
            if let Some(event) =
                both(earlier, rule).filter(|_| counts_twice(profile, earlier, rule))
            {
                advice.add(
                    true,
                    place.as_str(),
                    format!(
                        "{event} satisfy this rule and {:?}, and counts under both ({} and {} points); \
                         narrow one of them, or set intent.caps",
                        earlier.name, earlier.points, rule.points
                    ),
                );
            }
        }
    }
}

/// Two rules for and against cancel each other on purpose; a cap that one of them fills alone keeps
/// the other from adding.
fn counts_twice(profile: &Profile, a: &Rule, b: &Rule) -> bool {
    let kind = Trigger::of(a).map(|trigger| trigger.kind());
    let cap = kind.and_then(|kind| profile.intent.caps.get(&kind));
    let capped = cap.is_some_and(|cap| *cap <= a.points.max(b.points));
    a.points.signum() == b.points.signum() && !(a.points > 0 && capped)
}

/// What satisfies both, if one event can. A group of events is another thing than one of
/// them, unless each of the group satisfies the other rule alone.
fn both(a: &Rule, b: &Rule) -> Option<&'static str> {
    let (a, b) = (Trigger::of(a)?, Trigger::of(b)?);
    match (a.at_least(), b.at_least()) {
        (None, None) => {}
        (None, Some(_)) => return group(&a, &b),
        (Some(_), None) => return group(&b, &a),
        (Some(_), Some(_)) => return None,
    }
    let meet = match (&a, &b) {
        (Trigger::Funding(a), Trigger::Funding(b)) => rounds(a, b),
        (Trigger::Hiring(a), Trigger::Hiring(b)) => jobs(a, b),
        (Trigger::Headcount(a), Trigger::Headcount(b)) => {
            a.department == b.department && a.decline == b.decline
        }
        (Trigger::Technology(a), Trigger::Technology(b)) => {
            a.dropped == b.dropped
                && share(&a.any_of, &b.any_of)
                && share(&a.categories, &b.categories)
                && (a.any_of.is_empty() == b.any_of.is_empty())
        }
        (Trigger::News(a), Trigger::News(b)) => share(&a.kinds, &b.kinds),
        (Trigger::Engagement(a), Trigger::Engagement(b)) => {
            share(&a.kinds, &b.kinds) && share(&a.topics, &b.topics)
        }
        (Trigger::Uses(a), Trigger::Uses(b)) => share(&a.any_of, &b.any_of),
        _ => false,
    };
    let event = match a.kind() {
        Kind::Funding => "one round can",
        Kind::Hiring => "one job can",
        Kind::Headcount => "the same growth can",
        Kind::Technology => "one tool can",
        Kind::News => "one piece of news can",
        Kind::Engagement => "one visit or form can",
    };
    meet.then_some(event)
}

/// The group, where every event of it satisfies the rule for a single one.
fn group(single: &Trigger, group: &Trigger) -> Option<&'static str> {
    let (covers, events) = match (single, group) {
        (Trigger::Hiring(single), Trigger::Hiring(group)) => {
            (takes_every_job(single, group), "each job of a group can")
        }
        (Trigger::Engagement(single), Trigger::Engagement(group)) => (
            holds_all(&single.kinds, &group.kinds) && holds_all(&single.topics, &group.topics),
            "each visit of a group can",
        ),
        _ => return None,
    };
    covers.then_some(events)
}

fn takes_every_job(single: &HiringMatch, group: &HiringMatch) -> bool {
    !single.first_in_function
        && holds_all(&actions(single), &actions(group))
        && (single.functions.is_empty() || holds_all(&functions(single), &functions(group)))
        && holds_all(&single.seniorities, &group.seniorities)
        && (single.titles.is_empty()
            || !group.titles.is_empty()
                && group.titles.iter().all(|t| any_within(&single.titles, t.as_str())))
}

fn actions(m: &HiringMatch) -> Vec<HiringAction> {
    match m.actions.is_empty() {
        true => vec![HiringAction::Posted, HiringAction::Hired],
        false => m.actions.clone(),
    }
}

fn functions(m: &HiringMatch) -> Vec<Function> {
    m.functions.iter().flat_map(|f| f.and_narrower().iter().copied()).collect()
}

/// Whether a list has every entry of another; an empty one stands for all there are.
fn holds_all<T: PartialEq>(list: &[T], wanted: &[T]) -> bool {
    list.is_empty() || !wanted.is_empty() && wanted.iter().all(|item| list.contains(item))
}

fn rounds(a: &FundingMatch, b: &FundingMatch) -> bool {
    let usual = [Instrument::Equity, Instrument::Extension];
    let instruments = |m: &FundingMatch| match m.instruments.is_empty() {
        true => usual.to_vec(),
        false => m.instruments.clone(),
    };
    let stage = |stage: FundingStage| {
        let holds = |test: &Option<StageTest>| test.as_ref().is_none_or(|test| test.holds(stage));
        holds(&a.stage) && holds(&b.stage)
    };
    share(&instruments(a), &instruments(b)) && FundingStage::iter().any(stage)
}

fn jobs(a: &HiringMatch, b: &HiringMatch) -> bool {
    share(&actions(a), &actions(b))
        && share(&functions(a), &functions(b))
        && share(&a.seniorities, &b.seniorities)
        && share(&a.titles, &b.titles)
}

/// Whether two lists have an entry in common; an empty one takes everything.
fn share<T: PartialEq>(a: &[T], b: &[T]) -> bool {
    a.is_empty() || b.is_empty() || a.iter().any(|item| b.contains(item))
}
