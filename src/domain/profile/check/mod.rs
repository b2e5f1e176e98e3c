//! Finds errors in a profile: they keep it from being activated.
//!
//! Here are the parts that people write; conditions are in [`conditions`], rules in [`triggers`].
//! [`crate::analysis::advice`] reports the merely unwise.

mod conditions;
mod templates;
mod triggers;
mod value;

use super::{Criterion, Model, Profile, Segment};
use crate::domain::Text;
use crate::domain::profile::overlay::overlay;
use crate::domain::terms::limits::{CRITERIA_MAX, HORIZON_DAYS, SEGMENTS_MAX};
use crate::domain::terms::term::Term;
use conditions::condition;
use std::collections::BTreeSet;
use std::fmt;

/// A problem a person should fix: where, what, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// The key's path, such as `intent.rules[series-b].window_days`.
    pub at: String,
    pub problem: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.problem)
    }
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, wrong: bool, at: impl Into<String>, problem: impl Into<String>) {
        if wrong {
            self.0.push(Finding { at: at.into(), problem: problem.into() });
        }
    }
}

/// Everything that keeps the profile from being activated.
pub fn errors(profile: &Profile) -> Vec<Finding> {
    let mut found = Findings(Vec::new());
    head(profile, &mut found);
    fit(profile, &mut found);
    triggers::intent(profile, &mut found);
    episode(profile, &mut found);
    routes(profile, &mut found);
    segments(profile, &mut found);
    found.0
}

fn head(profile: &Profile, found: &mut Findings) {
    for (at, name) in [("profile", &profile.profile), ("product", &profile.product)] {
        found.add(
            !is_name(name),
            at,
            format!("{name:?} must be lower-case letters, digits and hyphens{}", such_as(name)),
        );
    }
    found.add(profile.owner.trim().is_empty(), "owner", "is empty; name who owns this profile");
    let rules: Vec<&str> = profile.intent.rules.iter().map(|r| r.name.as_str()).collect();
    value::check("value", &profile.value, &rules, found);
    for (name, pattern) in &profile.links {
        let flaw = super::links::flaw(pattern);
        found.add(flaw.is_some(), format!("links.{name}"), flaw.unwrap_or_default());
    }
    if let Some(team) = profile.team {
        found.add(
            team.capacity() == 0,
            "team",
            "can take on nothing; reps and accounts_a_week must be 1 or more, or leave team out",
        );
    }
}

fn fit(profile: &Profile, found: &mut Findings) {
    let fit = &profile.fit;
    criteria("fit.criteria", &fit.criteria, found);
    found.add(
        fit.criteria.is_empty(),
        "fit.criteria",
        "is empty; add a criterion that says who fits",
    );
    found.add(
        fit.criteria.len() > CRITERIA_MAX,
        "fit.criteria",
        format!("has {} entries; at most {CRITERIA_MAX}", fit.criteria.len()),
    );
    weights("fit.criteria", profile, &fit.criteria, found);
    tiers("fit.tiers", fit.tiers, found);
    found.add(
        fit.tool_confidence_percent > 100,
        "fit.tool_confidence_percent",
        format!("invalid percentage {}; use 0 to 100", fit.tool_confidence_percent),
    );
    found.add(
        !(0..=100).contains(&fit.known_percent),
        "fit.known_percent",
        format!("invalid percentage {}; use 0 to 100", fit.known_percent),
    );
    found.add(
        fit.gate.is_some_and(|gate| !(0..=100).contains(&gate)),
        "fit.gate",
        format!("{} must lie between 0 and 100", fit.gate.unwrap_or_default()),
    );
    unique("fit.exclusions", fit.exclusions.iter().map(|e| &e.name), found);
    for exclusion in &fit.exclusions {
        let at = format!("fit.exclusions[{}]", exclusion.name);
        condition(&format!("{at}.when"), &exclusion.when, found);
        found.add(exclusion.reason.trim().is_empty(), format!("{at}.reason"), "is empty; say why");
    }
}

fn weights(at: &str, profile: &Profile, criteria: &[Criterion], found: &mut Findings) {
    let sum: i64 = criteria.iter().map(|c| i64::from(c.weight).max(0)).sum();
    found.add(
        profile.model == Model::Gate && sum != 100 && !criteria.is_empty(),
        at,
        format!("the weights sum to {sum}; they must sum to 100 (or choose `model: additive`)"),
    );
}

fn criteria(at: &str, criteria: &[Criterion], found: &mut Findings) {
    unique(at, criteria.iter().map(|c| &c.name), found);
    for criterion in criteria {
        let at = format!("{at}[{}]", criterion.name);
        condition(&format!("{at}.when"), &criterion.when, found);
        let weight = criterion.weight;
        found.add(
            weight == 0 || weight.unsigned_abs() > 100,
            format!("{at}.weight"),
            format!("{weight} must lie between -100 and 100 and not be 0"),
        );
        found.add(
            criterion.stale_after_days == Some(0),
            format!("{at}.stale_after_days"),
            "must be 1 or more; leave it out where nothing is too old",
        );
        found.add(
            criterion.required && weight < 0,
            format!("{at}.required"),
            "a criterion held against a company cannot be required; use an exclusion",
        );
    }
}

fn tiers(at: &str, tiers: super::TierLines, found: &mut Findings) {
    let ordered = 100 >= tiers.tier_1
        && tiers.tier_1 >= tiers.tier_2
        && tiers.tier_2 >= tiers.tier_3
        && tiers.tier_3 >= 0;
    found.add(
        !ordered,
        at,
        format!(
            "must fall from tier_1 (at most 100) over tier_2 to tier_3 (at least 0), not {}, {}, {}",
            tiers.tier_1, tiers.tier_2, tiers.tier_3
        ),
    );
}

fn episode(profile: &Profile, found: &mut Findings) {
    let max = profile.episode.max_days;
    found.add(
        max == 0 || i32::from(max) > HORIZON_DAYS,
        "episode.max_days",
        format!("{max} must lie between 1 and {HORIZON_DAYS}"),
    );
    let oldest = profile.episode.first_entry_evidence_days.map_or(0, i32::from);
    found.add(
        oldest > HORIZON_DAYS,
        "episode.first_entry_evidence_days",
        format!("{oldest} is more than {HORIZON_DAYS}, the days evidence is kept"),
    );
    let hours = &profile.priority.business_hours;
    found.add(
        hours.from_hour >= hours.to_hour || hours.to_hour > 24,
        "priority.business_hours",
        format!(
            "from_hour ({}) must be lower than to_hour ({}), and to_hour at most 24",
            hours.from_hour, hours.to_hour
        ),
    );
    found.add(
        hours.days.is_empty(),
        "priority.business_hours.days",
        "is empty; name the working days",
    );
    for (at, row) in profile.priority.table.iter().enumerate() {
        let at = format!("priority.table[{at}]");
        if let Some(tier) = row.tier.filter(|tier| !(1..=3).contains(tier)) {
            found.add(true, format!("{at}.tier"), format!("invalid tier {tier}; use 1, 2 or 3"));
        }
        found.add(
            row.same_day && row.sla_hours.is_some(),
            format!("{at}.same_day"),
            "and sla_hours contradict each other; keep one of them",
        );
        found.add(
            row.sla_hours == Some(0),
            format!("{at}.sla_hours"),
            "must be 1 or more; leave it out for no deadline",
        );
    }
    found.add(
        profile.experiment.hold_out_percent > 100,
        "experiment.hold_out_percent",
        "must lie between 0 and 100",
    );
}

fn routes(profile: &Profile, found: &mut Findings) {
    let named = &profile.routes;
    let fixed = [
        ("default", &named.default),
        ("nurture", &named.nurture),
        ("enrich", &named.enrich),
        ("owner", &named.owner),
        ("digest", &named.digest),
        ("hold_out", &named.hold_out),
    ];
    let fixed = fixed.map(|(key, route)| (format!("routes.{key}"), route));
    let rows = named.table.iter().enumerate();
    let rows = rows.map(|(at, row)| (format!("routes.table[{at}].route"), &row.route));
    for (at, route) in fixed.into_iter().chain(rows) {
        let such = such_as(route);
        found.add(
            !is_name(route),
            at,
            format!(
                "{route:?} must be lower-case letters, digits and hyphens{such}: it names a topic"
            ),
        );
    }
    let segments = || profile.segments.iter().map(|s| s.segment.as_str()).chain(["primary"]);
    for (at, row) in profile.routes.table.iter().enumerate() {
        let at = format!("routes.table[{at}]");
        if let Some(tier) = row.tiers.iter().find(|tier| !(1..=3).contains(*tier)) {
            found.add(true, format!("{at}.tiers"), format!("invalid tier {tier}; use 1, 2 or 3"));
        }
        for name in &row.segments {
            found.add(
                segments().all(|known| known != name),
                format!("{at}.segments"),
                format!("there is no segment {name:?}{}", nearest(name, segments())),
            );
        }
    }
}

fn segments(profile: &Profile, found: &mut Findings) {
    found.add(
        profile.segments.len() > SEGMENTS_MAX,
        "segments",
        format!("has {} entries; use at most {SEGMENTS_MAX}", profile.segments.len()),
    );
    unique("segments", profile.segments.iter().map(|s| &s.segment), found);
    for segment in &profile.segments {
        let at = format!("segments[{}]", segment.segment);
        found.add(
            segment.segment == "primary",
            at.clone(),
            "the name primary is taken by the profile itself; choose another",
        );
        segment_criteria(&at, profile, segment, found);
        triggers::rules(&format!("{at}.rules"), &segment.rules, found);
        if let Some(lines) = segment.tiers {
            tiers(&format!("{at}.tiers"), lines, found);
        }
        if let Some(gate) = segment.gate.filter(|gate| !(0..=100).contains(gate)) {
            found.add(true, format!("{at}.gate"), format!("{gate} must lie between 0 and 100"));
        }
        let enter = segment.enter.unwrap_or(profile.intent.enter);
        let exit = segment.exit.unwrap_or(profile.intent.exit);
        let own = segment.enter.is_some() || segment.exit.is_some();
        found.add(
            own && (exit >= enter || exit < 0),
            format!("{at}.exit"),
            format!("{exit} must be 0 or more and lower than enter ({enter}), or accounts flap"),
        );
        if let Some(which) = &segment.when {
            condition(&format!("{at}.when"), which, found);
        }
        if let Some(says) = &segment.value {
            let rules = profile.intent.rules.iter().chain(&segment.rules).map(|r| &r.name);
            let rules = rules.filter(|rule| !segment.without.contains(rule));
            let rules: Vec<&str> = rules.map(Text::as_str).collect();
            value::check(&format!("{at}.value"), says, &rules, found);
        }
    }
}

fn segment_criteria(at: &str, profile: &Profile, segment: &Segment, found: &mut Findings) {
    let base = || profile.fit.criteria.iter().map(|c| c.name.as_str());
    let rules = profile.intent.rules.iter().map(|r| r.name.as_str());
    let known: Vec<&str> = base().chain(rules).collect();
    for name in segment.without.iter().filter(|name| !known.contains(&name.as_str())) {
        found.add(
            true,
            format!("{at}.without"),
            format!(
                "the profile has no criterion or rule {name:?}{}",
                nearest(name, known.iter().copied())
            ),
        );
    }
    criteria(&format!("{at}.criteria"), &segment.criteria, found);
    let whole = overlay(&profile.fit.criteria, &segment.criteria, &segment.without, |c| &c.name);
    let sum: i64 = whole.iter().map(|c| i64::from(c.weight).max(0)).sum();
    if profile.model == Model::Additive || sum == 100 {
        return;
    }
    // A name that the profile does not have adds where the writer meant to replace.
    let new = segment.criteria.iter().find(|c| base().all(|name| name != c.name));
    let hint = new.map_or(String::new(), |c| {
        format!(
            "; {:?} replaces none of the profile's and is added{}",
            c.name,
            nearest(&c.name, base())
        )
    });
    found.add(
        true,
        format!("{at}.criteria"),
        format!("with the profile's the weights sum to {sum}; they must sum to 100{hint}"),
    );
}

fn unique<'a>(at: &str, names: impl Iterator<Item = &'a Text>, found: &mut Findings) {
    let mut seen = BTreeSet::new();
    for name in names {
        found.add(name.trim().is_empty(), at, "an entry has no name; give it one");
        found.add(
            !seen.insert(name),
            format!("{at}[{name}]"),
            format!("the name {name:?} occurs twice; rename one of them"),
        );
    }
}

/// `; did you mean "…"?`, where one of the known names is close, and else what there is.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: BTreeSet<&str> = known.collect();
    let close = known.iter().map(|k| (strsim::osa_distance(name, k), *k)).min();
    match close {
        Some((distance, close)) if distance <= name.len().max(close.len()) / 3 => {
            format!("; did you mean {close:?}?")
        }
        _ if known.is_empty() => String::new(),
        _ => format!("; there are {}", known.into_iter().collect::<Vec<_>>().join(", ")),
    }
}

/// `, such as "…"`, where the text makes a name.
fn such_as(text: &str) -> String {
    let term = Term::parse(text).ok();
    let name = term.iter().flat_map(|term| term.as_str().chars());
    let name: String = name.filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    if is_name(&name) { format!(", such as {name:?}") } else { String::new() }
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

impl Profile {
    /// Every route a decision under this profile may take, sorted.
    pub fn route_names(&self) -> BTreeSet<Text> {
        let routes = &self.routes;
        let fixed = [
            &routes.default,
            &routes.nurture,
            &routes.enrich,
            &routes.owner,
            &routes.digest,
            &routes.hold_out,
        ];
        routes.table.iter().map(|row| &row.route).chain(fixed).cloned().collect()
    }
}
