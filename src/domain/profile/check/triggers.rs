//! Finds errors in the triggers.

use super::conditions::stages;
use super::{Findings, nearest, unique};
use crate::domain::profile::Profile;
use crate::domain::profile::rules::Rule;
use crate::domain::profile::trigger::Trigger;
use crate::domain::terms::catalogue::Kind;
use crate::domain::terms::limits::{CRITERIA_MAX, EVIDENCE_MAX, HORIZON_DAYS, POINTS_MAX};
use std::collections::BTreeSet;
use strum::IntoEnumIterator;

pub(super) fn intent(profile: &Profile, found: &mut Findings) {
    let intent = &profile.intent;
    found.add(
        intent.exit >= intent.enter || intent.exit < 0,
        "intent.exit",
        format!(
            "{} must be 0 or more and lower than intent.enter ({}), or accounts flap",
            intent.exit, intent.enter
        ),
    );
    found.add(
        intent.warm.is_some_and(|warm| warm > intent.enter || warm < 0),
        "intent.warm",
        format!("must be 0 or more and no higher than intent.enter ({})", intent.enter),
    );
    found.add(
        intent.bands.medium > intent.bands.high,
        "intent.bands",
        format!(
            "medium ({}) must be no higher than high ({}); exchange them",
            intent.bands.medium, intent.bands.high
        ),
    );
    found.add(
        intent.rules.is_empty(),
        "intent.rules",
        "is empty; add a rule that says what triggers",
    );
    found.add(
        intent.rules.len() > CRITERIA_MAX,
        "intent.rules",
        format!("has {} entries; at most {CRITERIA_MAX}", intent.rules.len()),
    );
    rules("intent.rules", &intent.rules, found);
    for (kind, cap) in &intent.caps {
        found.add(*cap < 0, format!("intent.caps.{kind}"), "must be 0 or more");
    }
    let names: BTreeSet<&str> = intent.rules.iter().map(|r| r.name.as_str()).collect();
    for conjunction in &intent.conjunctions {
        let at = format!("intent.conjunctions[{}]", conjunction.name);
        found.add(conjunction.all_of.len() < 2, format!("{at}.all_of"), "needs two names or more");
        for member in &conjunction.all_of {
            let known = names.contains(member.as_str()) || member.parse::<Kind>().is_ok();
            let mut all: Vec<&str> = names.iter().copied().collect();
            for kind in Kind::iter() {
                let name: &'static str = kind.into();
                all.push(name);
            }
            found.add(
                !known,
                format!("{at}.all_of"),
                format!(
                    "invalid member {member:?}: neither the name of a rule nor a kind of signal{}",
                    nearest(member, all.into_iter())
                ),
            );
        }
        let within = i32::from(conjunction.within_days);
        found.add(
            within > HORIZON_DAYS,
            format!("{at}.within_days"),
            format!("{within} is more than {HORIZON_DAYS}, the days evidence is kept"),
        );
        points(&at, conjunction.points, found);
    }
}

pub(super) fn rules(at: &str, rules: &[Rule], found: &mut Findings) {
    unique(at, rules.iter().map(|r| &r.name), found);
    for rule in rules {
        let at = format!("{at}[{}]", rule.name);
        let trigger = Trigger::of(rule);
        found.add(
            trigger.is_none(),
            at.clone(),
            "needs exactly one of funding, hiring, headcount, technology, uses, news, engagement; \
             make two rules of two",
        );
        points(&at, rule.points, found);
        let window = i32::from(rule.window_days);
        found.add(
            window > HORIZON_DAYS || window == 0,
            format!("{at}.window_days"),
            format!("{window} must lie between 1 and {HORIZON_DAYS}, the days evidence is kept"),
        );
        found.add(
            rule.half_life_days == Some(0),
            format!("{at}.half_life_days"),
            "must be 1 or more; leave it out for no decay inside the window",
        );
        found.add(rule.count == 0, format!("{at}.count"), "must be 1 or more");
        if let Some(scale) = rule.scale {
            found.add(
                scale.from >= scale.full,
                format!("{at}.scale"),
                "from must be lower than full",
            );
            found.add(
                scale.least_percent > 100,
                format!("{at}.scale.least_percent"),
                "at most 100",
            );
        }
        if let Some(trigger) = trigger {
            matches(&at, &trigger, found);
        }
    }
}

fn matches(at: &str, trigger: &Trigger, found: &mut Findings) {
    let empty = |list: bool, key: &str, what: &str, found: &mut Findings| {
        found.add(list, format!("{at}.{key}"), format!("is empty; name the {what}"));
    };
    match trigger {
        Trigger::Funding(funding) => {
            if let Some(stage) = &funding.stage {
                stages(&format!("{at}.funding.stage"), stage, found);
            }
        }
        Trigger::Headcount(headcount) => {
            let over = headcount.over_days;
            found.add(
                over == 0 || i32::from(over) > HORIZON_DAYS,
                format!("{at}.headcount.over_days"),
                format!("{over} must lie between 1 and {HORIZON_DAYS}"),
            );
        }
        Trigger::Uses(uses) => empty(uses.any_of.is_empty(), "uses.any_of", "tools", found),
        Trigger::News(news) => {
            empty(news.kinds.is_empty(), "news.kinds", "kinds of news", found);
        }
        Trigger::Engagement(engagement) => {
            empty(engagement.kinds.is_empty(), "engagement.kinds", "kinds of engagement", found);
        }
        Trigger::Hiring(_) | Trigger::Technology(_) => {}
    }
    let crowd = trigger.at_least().map_or(0, usize::from);
    found.add(
        crowd > EVIDENCE_MAX,
        at,
        format!(
            "at_least {crowd} can never be: at most {EVIDENCE_MAX} signals of an account are kept"
        ),
    );
}

fn points(at: &str, points: i32, found: &mut Findings) {
    found.add(
        points == 0 || points.unsigned_abs() > POINTS_MAX.unsigned_abs(),
        format!("{at}.points"),
        format!("{points} must lie between -{POINTS_MAX} and {POINTS_MAX} and not be 0"),
    );
}
