//! Warns of criteria, rules and rows that never count, or always do.

use super::Advice;
use crate::domain::profile::rules::Rule;
use crate::domain::profile::trigger::Trigger;
use crate::domain::profile::variant::CompiledProfile;
use crate::domain::profile::when::When;
use crate::domain::profile::{Band, PriorityRow, Profile, RouteRow};
use crate::domain::terms::catalogue::{FundingStage, Kind};
use crate::report::words::counted;
use chrono::NaiveDate;
use strum::IntoEnumIterator;

pub(super) fn everything(compiled: &CompiledProfile, today: NaiveDate, advice: &mut Advice) {
    let profile = &compiled.profile;
    criteria("fit.criteria", profile.fit.criteria.iter().map(|c| (&c.name, &c.when)), advice);
    criteria("fit.exclusions", profile.fit.exclusions.iter().map(|e| (&e.name, &e.when)), advice);
    for exclusion in &profile.fit.exclusions {
        if let Some(day) = exclusion.expires.filter(|day| *day <= today) {
            let at = format!("fit.exclusions[{}].expires", exclusion.name);
            advice.add(true, at, format!("ended on {day}; remove it, or use a later day"));
        }
    }
    rules("intent.rules", &profile.intent.rules, profile, advice);
    required_kinds(profile, advice);
    for conjunction in &profile.intent.conjunctions {
        let at = format!("intent.conjunctions[{}].all_of", conjunction.name);
        let mut names = conjunction.all_of.clone();
        names.sort_unstable();
        let twice = names.windows(2).find(|pair| pair[0] == pair[1]);
        if let Some(pair) = twice {
            let says = format!(
                "names {:?} twice, and one event is enough for both; name another rule or kind",
                pair[0]
            );
            advice.add(true, at, says);
        }
    }
    for segment in &profile.segments {
        let at = format!("segments[{}]", segment.segment);
        criteria(
            &format!("{at}.criteria"),
            segment.criteria.iter().map(|c| (&c.name, &c.when)),
            advice,
        );
        rules(&format!("{at}.rules"), &segment.rules, profile, advice);
        let same =
            segment.when.is_none() && segment.criteria.is_empty() && segment.without.is_empty();
        advice.add(
            same,
            at.clone(),
            "matches every account: at equal fit a segment wins over the primary; use `when` to limit it",
        );
        if let Some(when) = &segment.when {
            condition(&format!("{at}.when"), when, advice);
        }
    }
    rows(profile, advice);
    advice.add(
        profile.experiment.hold_out_percent == 100,
        "experiment.hold_out_percent",
        "100 puts every account into the hold-out, so none ever goes to a sequencer; lower it",
    );
}

fn criteria<'a>(
    at: &str,
    all: impl Iterator<Item = (&'a crate::domain::Text, &'a When)>,
    advice: &mut Advice,
) {
    for (name, when) in all {
        condition(&format!("{at}[{name}].when"), when, advice);
    }
}

fn condition(at: &str, when: &When, advice: &mut Advice) {
    for (attribute, test) in when.number_tests() {
        advice.add(
            test.min.is_some_and(|min| min.0 == 0) && test.max.is_none(),
            format!("{at}.{attribute}"),
            "every company with a known value meets it; raise min, or remove it",
        );
    }
    if let Some(stage) = &when.funding_stage {
        advice.add(
            FundingStage::iter().all(|s| stage.holds(s)),
            format!("{at}.funding_stage"),
            "every stage meets it; narrow the range, or remove it",
        );
    }
    if let Some(test) = when.department {
        advice.add(
            test.min.unwrap_or(0) == 0 && test.max.is_none(),
            format!("{at}.department"),
            "every department with a known headcount meets it; raise min, or use max",
        );
        advice.add(
            test.or_first_hire_within_days.is_some() && test.min.is_some_and(|min| min > 0),
            format!("{at}.department.or_first_hire_within_days"),
            "has no effect: with min, the department already has people; use `max: 0` instead",
        );
    }
    let pairs = when.all.iter().chain(&when.any).chain(when.not.as_deref());
    for inner in pairs {
        condition(at, inner, advice);
    }
}

fn rules(at: &str, rules: &[Rule], profile: &Profile, advice: &mut Advice) {
    for rule in rules {
        let at = format!("{at}[{}]", rule.name);
        let cap = kind_of(rule).and_then(|kind| Some((kind, *profile.intent.caps.get(&kind)?)));
        if let Some((kind, cap)) = cap.filter(|_| rule.points > 0) {
            advice.add(
                cap == 0,
                at.clone(),
                format!("never counts: intent.caps.{kind} is 0; raise the cap, or remove the rule"),
            );
            advice.add(
                cap > 0 && cap < rule.points,
                format!("{at}.points"),
                format!(
                    "{} never count in full: intent.caps.{kind} is {cap}; raise the cap, or lower the points",
                    rule.points
                ),
            );
        }
        advice.add(
            rule.half_life_days.is_some() && rule.hold_days >= rule.window_days,
            format!("{at}.half_life_days"),
            format!(
                "never counts: points are held for {} and the window ends after {}; shorten hold_days",
                counted(rule.hold_days, "day"),
                rule.window_days
            ),
        );
        let Some(trigger) = Trigger::of(rule) else { continue };
        let crowd = trigger.at_least().is_some();
        let within = trigger.within_days();
        advice.add(
            within.is_some() && !crowd,
            at.clone(),
            "within_days has no effect without at_least; add `at_least: 2` or more, or remove it",
        );
        let lonely = matches!(&trigger, Trigger::Hiring(m) if m.first_in_function);
        advice.add(
            lonely && crowd,
            at.clone(),
            "never matches: only one job can be the first in its function; remove at_least or first_in_function",
        );
        let total =
            matches!(&trigger, Trigger::Headcount(m) if m.or_total && m.department.is_none());
        advice.add(
            total,
            format!("{at}.headcount.or_total"),
            "has no effect without a department; name one, or remove it",
        );
        let any = matches!(&trigger, Trigger::Headcount(m) if m.percent == 0 && m.people <= 1);
        advice.add(
            any,
            format!("{at}.headcount.percent"),
            "matches every company that grew by one person; raise percent",
        );
    }
}

fn kind_of(rule: &Rule) -> Option<Kind> {
    Trigger::of(rule).map(|trigger| trigger.kind())
}

fn required_kinds(profile: &Profile, advice: &mut Advice) {
    let segments = profile.segments.iter().flat_map(|s| &s.rules);
    let rules: Vec<&Rule> = profile.intent.rules.iter().chain(segments).collect();
    let gives = |kind: Kind| rules.iter().any(|r| r.points > 0 && kind_of(r) == Some(kind));
    let intent = &profile.intent;
    for kind in intent.require_all.iter().filter(|kind| !gives(**kind)) {
        let says = format!("no rule gives points for {kind}, so no account can enter; add one");
        advice.add(true, "intent.require_all", says);
    }
    let none = !intent.require_any.is_empty() && !intent.require_any.iter().any(|k| gives(*k));
    advice.add(
        none,
        "intent.require_any",
        "no rule gives points for any of these, so no account can enter; add one",
    );
    let standing = rules.iter().filter(|r| r.points > 0).all(|r| r.uses.is_some());
    advice.add(
        standing && rules.iter().any(|r| r.uses.is_some()),
        "intent.rules",
        "every rule is permanent (uses), and permanent rules alone never bring an entry; add a rule for a signal",
    );
}

/// Rows that never apply because an earlier row matches everything they match.
fn rows(profile: &Profile, advice: &mut Advice) {
    let table = &profile.priority.table;
    for (at, row) in table.iter().enumerate() {
        let before = table.iter().take(at).position(|earlier| covers(earlier, row));
        if let Some(before) = before {
            let says = format!(
                "never applies: row {} matches the same accounts first; move it up",
                before + 1
            );
            advice.add(true, format!("priority.table[{at}]"), says);
        }
    }
    let table = &profile.routes.table;
    for (at, row) in table.iter().enumerate() {
        let before = table.iter().take(at).position(|earlier| takes(earlier, row));
        if let Some(before) = before {
            let says = format!(
                "never applies: row {} matches the same accounts first; move it up",
                before + 1
            );
            advice.add(true, format!("routes.table[{at}]"), says);
        }
    }
    let bands = profile.intent.bands;
    let none = |band| table_lacks(&profile.priority.table, band);
    advice.add(
        bands.high > bands.medium && none(Band::High) && none(Band::Medium),
        "priority.table",
        "no row has a band, so intent does not change the deadline; add a row with band: high",
    );
}

fn table_lacks(table: &[PriorityRow], band: Band) -> bool {
    table.iter().all(|row| row.band != Some(band))
}

fn covers(earlier: &PriorityRow, row: &PriorityRow) -> bool {
    (earlier.tier.is_none() || earlier.tier == row.tier)
        && (earlier.band.is_none() || earlier.band == row.band)
}

fn takes(earlier: &RouteRow, row: &RouteRow) -> bool {
    fn within<T: PartialEq>(earlier: &[T], row: &[T]) -> bool {
        earlier.is_empty() || !row.is_empty() && row.iter().all(|item| earlier.contains(item))
    }
    within(&earlier.tiers, &row.tiers)
        && within(&earlier.priorities, &row.priorities)
        && within(&earlier.segments, &row.segments)
        && within(&earlier.territories, &row.territories)
        && within(&earlier.owners, &row.owners)
}
