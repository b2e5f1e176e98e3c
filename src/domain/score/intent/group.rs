//! Several people of one account who did something with us: a team that tries the product, a buying
//! group.

use super::matching::{live_of, topic_matches, weighed, worth};
use super::{Contribution, Ground, Signs};
use crate::domain::evidence::signal::Event;
use crate::domain::profile::trigger::Trigger;
use crate::domain::profile::variant::CompiledRule;
use crate::domain::terms::catalogue::Kind;
use crate::domain::terms::time::Day;
use crate::domain::terms::units::BasisPoints;
use smallvec::SmallVec;
use std::collections::BTreeMap;

/// What one person did, and when.
struct Did<'a> {
    day: Day,
    place: u16,
    sure: BasisPoints,
    who: &'a str,
}

/// `people` different people within the rule's days, with `at_least` things done if the rule asks for
/// them: it happened on the day that completed the group, is as sure as the surest thing that the last
/// needed person did, and as large as the people are many. Of several groups the one counts that is
/// worth most today.
pub(super) fn find(at: u16, rule: &CompiledRule, signs: &Signs<'_>) -> Option<Contribution> {
    let Trigger::Engagement(m) = &rule.trigger else { return None };
    if !m.asks_for_a_group() {
        return None;
    }
    let people = usize::from(m.people.unwrap_or(1));
    let least = usize::from(m.at_least.unwrap_or(1));
    let within = i32::from(m.within_days.unwrap_or(30));
    let mut did: SmallVec<[Did<'_>; 16]> = live_of(Kind::Engagement, signs)
        .filter_map(|(place, day, e)| match e.event() {
            Event::Engagement(of) if topic_matches(m, of) => {
                let who = of.contact.as_deref()?;
                Some(Did { day, place, sure: e.confidence(), who })
            }
            _ => None,
        })
        .collect();
    did.sort_unstable_by_key(|d| (d.day, d.place));
    let mut completed: SmallVec<[Contribution; 4]> = SmallVec::new();
    // The things done within the days before the last one, by person: both ends only move forward.
    let mut window: BTreeMap<&str, SmallVec<[BasisPoints; 4]>> = BTreeMap::new();
    let (mut first, mut things) = (0, 0);
    for last in &did {
        window.entry(last.who).or_default().push(last.sure);
        things += 1;
        while last.day.since(did[first].day) > within {
            if let Some(of) = window.get_mut(did[first].who) {
                of.remove(0);
                if of.is_empty() {
                    window.remove(did[first].who);
                }
            }
            things -= 1;
            first += 1;
        }
        let decay = rule.decay_at(signs.facts.today.since(last.day));
        let ground = Ground::Evidence(last.place);
        if window.len() < people || things < least || decay == 0 || !signs.counts(ground) {
            continue;
        }
        let surest = |of: &SmallVec<[BasisPoints; 4]>| of.iter().max().copied();
        let mut sure: SmallVec<[BasisPoints; 16]> = window.values().filter_map(surest).collect();
        sure.sort_unstable_by_key(|c| std::cmp::Reverse(*c));
        let size = Some(window.len() as u64);
        let c = worth(at, rule, ground, last.day, size, sure[people - 1]);
        completed.push(weighed(c, rule, decay));
    }
    Contribution::strongest(&completed)
}
