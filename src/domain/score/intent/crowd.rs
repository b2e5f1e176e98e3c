//! Several events that count as one, such as three posts in thirty days: which ones they are.

use super::Signs;
use super::matching::{job_matches, live, topic_matches};
use super::needs::{Piece, needs};
use crate::domain::evidence::signal::Event;
use crate::domain::profile::trigger::Trigger;
use crate::domain::profile::variant::CompiledRule;
use crate::domain::terms::time::Day;

/// The pieces that make a crowd together with its last one, by their places, the newest first: of
/// posts the first of each need. None where the rule asks for no crowd.
pub fn crowd_of(rule: &CompiledRule, signs: &Signs<'_>, last: u16) -> Vec<u16> {
    if !is_crowd(rule) {
        return Vec::new();
    }
    let days = rule.trigger.within_days().unwrap_or(30);
    let belongs = |event: &Event| match (&rule.trigger, event) {
        (Trigger::Hiring(m), Event::Hiring(h)) => job_matches(m, h, &signs.facts),
        (Trigger::Engagement(m), Event::Engagement(e)) => topic_matches(m, e),
        _ => false,
    };
    let matching = live(signs).filter(|(_, _, e)| belongs(e.event()));
    let pieces: Vec<Piece<'_>> = match &rule.trigger {
        Trigger::Hiring(_) => needs(matching, signs.facts.evidence, signs.facts.today)
            .iter()
            .filter_map(|need| need.first().copied())
            .collect(),
        _ => matching.collect(),
    };
    let Some(end) = pieces.iter().find(|(place, ..)| *place == last).map(|(_, day, _)| *day) else {
        return Vec::new();
    };
    let within =
        |day: Day, place: u16| (day, place) <= (end, last) && end.since(day) <= i32::from(days);
    let mut crowd: Vec<(Day, u16)> = pieces
        .iter()
        .filter(|(place, day, _)| within(*day, *place))
        .map(|(place, day, _)| (*day, *place))
        .collect();
    crowd.sort_unstable_by_key(|piece| std::cmp::Reverse(*piece));
    crowd.into_iter().map(|(_, place)| place).collect()
}

fn is_crowd(rule: &CompiledRule) -> bool {
    let is_group = matches!(&rule.trigger, Trigger::Engagement(m) if m.asks_for_a_group());
    is_group || rule.trigger.at_least().is_some()
}
