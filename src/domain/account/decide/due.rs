//! When to look again. Between two looks nothing may change: that is a law, and tested as one.

use super::strengthen::hand_over;
use crate::domain::account::assess::Assessment;
use crate::domain::account::standing::{ProductState, Stage};
use crate::domain::account::state::AccountState;
use crate::domain::score::priority;
use crate::domain::terms::time::Day;
use crate::domain::terms::units::MilliPoints;

/// How far ahead days are gone through one by one.
const AHEAD_DAYS: i32 = 32;

/// The next midnight to visit: until then nothing changes.
pub(super) fn due(a: &Assessment<'_>, p: &ProductState, state: &AccountState) -> Option<Day> {
    let tomorrow = a.facts.today.next();
    let dates = [
        hand_over(a, p, state, tomorrow.start()).map(|_| tomorrow),
        returns(a, p).then_some(tomorrow),
        p.cooldown.map(|c| c.until),
        p.episode.as_ref().map(|e| e.since.day().plus(max_days(a))),
        strengthens(a, p),
        wakes(a, p),
        a.flips,
        a.next_to_come(),
    ];
    let first = dates.into_iter().flatten().map(|day| day.max(tomorrow)).min();
    let watched = watched(a, p, first).map(|day| day.max(tomorrow));
    [first, watched].into_iter().flatten().min()
}

/// The day on which decay takes the score over a line, if it does so before the `first` of the other days.
fn watched(a: &Assessment<'_>, p: &ProductState, first: Option<Day>) -> Option<Day> {
    if a.intent.has_negative() {
        return watched_daily(a, p);
    }
    match p.stage {
        Stage::Buying => Some(a.falls_below(a.variant.exit, first)),
        Stage::Warming => Some(a.falls_below(a.variant.warm.max(MilliPoints(1)), first)),
        Stage::Dormant | Stage::Cooling => None,
    }
}

/// Negative evidence fades too, and lifts the score: then every day counts, as long as positive evidence
/// could reach a line at all.
fn watched_daily(a: &Assessment<'_>, p: &ProductState) -> Option<Day> {
    let (today, buying) = (a.facts.today, p.episode.is_some());
    let reach = a.score - a.intent.total + a.intent.positive;
    let could = reach >= a.variant.warm.min(a.variant.enter) && a.intent.has_event(a.variant);
    if !buying && !could {
        return None;
    }
    if a.has_crowd() {
        return Some(today.next());
    }
    let mut days = (1..AHEAD_DAYS).map(|days| today.plus(days));
    Some(days.find(|day| changes(a, p, *day)).unwrap_or(today.plus(AHEAD_DAYS)))
}

/// Whether the score of a day alone might change where the product stands.
fn changes(a: &Assessment<'_>, p: &ProductState, day: Day) -> bool {
    let later = a.later(day);
    let (score, event) = (a.score_of(&later), later.has_event(a.variant));
    match &p.episode {
        Some(episode) => {
            let band = priority::band(a.profile().profile.intent.bands, score);
            let (priority, _) = priority::priority(a.profile(), a.tier, band);
            let announced = episode.owed.max(Some(episode.announced));
            score < a.variant.exit || !event || Some(priority) > announced
        }
        None => {
            let warm = event && score >= a.variant.warm && score > MilliPoints::ZERO;
            score >= a.variant.enter || warm != (p.stage == Stage::Warming)
        }
    }
}

/// Whether an exit of today is followed by an entry: on what was planned for the day of the exit.
fn returns(a: &Assessment<'_>, p: &ProductState) -> bool {
    let left_today = p.left.is_some_and(|left| left.since.day() == a.facts.today);
    left_today && p.episode.is_none() && a.is_ready() && a.admission(p.left).is_ok()
}

/// The day on which what is owed may be announced.
fn strengthens(a: &Assessment<'_>, p: &ProductState) -> Option<Day> {
    let is_muted = p.is_muted(a.facts.today);
    let episode = p.episode.as_ref().filter(|e| e.owed.is_some() && !is_muted)?;
    let wait = i32::from(a.profile().profile.episode.strengthen_days);
    Some(episode.announced_on.plus(wait))
}

/// The day on which a snooze ends.
fn wakes(a: &Assessment<'_>, p: &ProductState) -> Option<Day> {
    p.episode.as_ref()?;
    p.muted_until.filter(|_| p.is_muted(a.facts.today))
}

fn max_days(a: &Assessment<'_>) -> i32 {
    i32::from(a.profile().profile.episode.max_days)
}
