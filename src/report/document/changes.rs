//! What another profile changes, in plain sentences, in the words of the page.

use super::conditions::condition;
use super::named;
use super::triggers::{happens, signed, together, worth};
use crate::domain::profile::Segment;
use crate::domain::profile::variant::{CompiledProfile, CompiledRule, Variant};
use crate::report::words::{counted, points};

/// The changes from one profile to another, those that move accounts first.
pub fn changes(old: &CompiledProfile, new: &CompiledProfile) -> Vec<String> {
    let (Some(before), Some(after)) = (old.variants.last(), new.variants.last()) else {
        return Vec::new();
    };
    let mut said = Vec::new();
    lines(before, after, &mut said);
    rules(before, after, &mut said);
    criteria(before, after, &mut said);
    exclusions(old, new, &mut said);
    segments(old, new, &mut said);
    let (o, n) = (&old.profile, &new.profile);
    let others = [
        (o.intent.caps != n.intent.caps, "How much signals of one kind give at most is different."),
        (o.intent.bands != n.intent.bands, "What counts as strong and medium intent is different."),
        (
            (&o.intent.require_any, &o.intent.require_all)
                != (&n.intent.require_any, &n.intent.require_all),
            "Without which signals no account enters is different.",
        ),
        (
            o.episode != n.episode,
            "How long an account stays, and when it may come back, is different.",
        ),
        (o.priority != n.priority, "Priorities and deadlines are different."),
        (o.routes != n.routes, "Who gets which accounts is different."),
        (o.value != n.value, "What to say, and to whom, is different."),
        (o.experiment != n.experiment, "The share that an experiment holds back is different."),
        (o.model != n.model, "Fit and intent are put together in another way."),
    ];
    said.extend(others.into_iter().filter(|(is, _)| *is).map(|(_, what)| what.to_owned()));
    if said.is_empty() {
        said.push("Nothing that accounts are scored by is different.".to_owned());
    }
    said
}

fn lines(before: &Variant, after: &Variant, said: &mut Vec<String>) {
    let mut line = |what: &str, old, new| {
        if old != new {
            said.push(format!("{what} {}, before {}.", points(new), old));
        }
    };
    line("An account enters at", before.enter, after.enter);
    line("An account leaves below", before.exit, after.exit);
    line("We act from a fit of", before.gate, after.gate);
    let (o, n) = (before.tiers, after.tiers);
    let tiers = [(1, o.tier_1, n.tier_1), (2, o.tier_2, n.tier_2), (3, o.tier_3, n.tier_3)];
    for (tier, old, new) in tiers.into_iter().filter(|(_, old, new)| old != new) {
        said.push(format!("Tier {tier} begins at {}, before {old}.", counted(new, "point")));
    }
}

fn rules(before: &Variant, after: &Variant, said: &mut Vec<String>) {
    let of = |all: &'_ [CompiledRule], name: &str| all.iter().find(|r| r.name == name).cloned();
    for rule in &after.rules {
        match of(&before.rules, &rule.name) {
            None => said.push(format!(
                "New signal “{}”: {}; {}.",
                rule.name,
                happens(rule),
                worth(rule)
            )),
            Some(old) if old == *rule => {}
            Some(old) if worth(&old) != worth(rule) => said.push(format!(
                "Signal “{}”: {} (before: {}).",
                rule.name,
                worth(rule),
                worth(&old)
            )),
            Some(_) => {
                said.push(format!("Signal “{}” now asks for: {}.", rule.name, happens(rule)))
            }
        }
    }
    for old in before.rules.iter().filter(|old| of(&after.rules, &old.name).is_none()) {
        said.push(format!("Signal “{}” does not count any more.", old.name));
    }
    let (old, new) = (&before.conjunctions, &after.conjunctions);
    for one in new.iter().filter(|one| !old.iter().any(|o| o.conjunction == one.conjunction)) {
        said.push(format!("Together: {}.", together(&one.conjunction).replace("**", "")));
    }
    let is_gone = |name: &str| !new.iter().any(|n| n.conjunction.name == name);
    for one in old.iter().filter(|one| is_gone(&one.conjunction.name)) {
        said.push(format!("“{}” gives nothing on top any more.", one.conjunction.name));
    }
}

fn criteria(before: &Variant, after: &Variant, said: &mut Vec<String>) {
    for new in &after.criteria {
        match before.criteria.iter().find(|old| old.name == new.name) {
            None => said.push(format!("We also look for {} ({}).", named(new), signed(new.weight))),
            Some(old) if old == new => {}
            Some(old) if old.weight != new.weight => said.push(format!(
                "“{}” counts {}, before {}.",
                new.name,
                counted(new.weight, "point"),
                old.weight
            )),
            Some(_) => said.push(format!("“{}” now means: {}.", new.name, condition(&new.when))),
        }
    }
    let is_gone = |name: &str| !after.criteria.iter().any(|new| new.name == name);
    for old in before.criteria.iter().filter(|old| is_gone(&old.name)) {
        said.push(format!("We do not look for “{}” any more.", old.name));
    }
}

fn exclusions(old: &CompiledProfile, new: &CompiledProfile, said: &mut Vec<String>) {
    let (before, after) = (&old.profile.fit.exclusions, &new.profile.fit.exclusions);
    for one in after.iter().filter(|one| !before.contains(one)) {
        said.push(format!("Never: {} ({}).", one.name, condition(&one.when)));
    }
    for one in before.iter().filter(|one| !after.iter().any(|new| new.name == one.name)) {
        said.push(format!("“{}” keeps no company out any more.", one.name));
    }
}

fn segments(old: &CompiledProfile, new: &CompiledProfile, said: &mut Vec<String>) {
    let (before, after) = (&old.profile.segments, &new.profile.segments);
    let find = |all: &[Segment], name: &str| all.iter().find(|s| s.segment == name).cloned();
    for one in after {
        match find(before, &one.segment) {
            None => said.push(format!("There is a new segment, {}.", one.segment)),
            Some(old) if old == *one => {}
            Some(_) => said.push(format!("Segment {} is different.", one.segment)),
        }
    }
    for one in before.iter().filter(|one| find(after, &one.segment).is_none()) {
        said.push(format!("Segment {} is gone.", one.segment));
    }
}
