//! What is wrong with a profile. Errors keep it from being activated.

use super::variant::overlay;
use super::when::When;
use super::{Criterion, Model, Profile, rules::Rule};
use crate::domain::Text;
use crate::domain::catalogue::Kind;
use crate::domain::limits::{CRITERIA_MAX, HORIZON_DAYS, POINTS_MAX, SEGMENTS_MAX};
use std::collections::BTreeSet;
use std::fmt;

/// Something a person should mend: where, what, and what would be right.
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
    intent(profile, &mut found);
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
            format!("{name:?} must be lower-case letters, digits and hyphens"),
        );
    }
    found.add(profile.owner.trim().is_empty(), "owner", "is empty; name who owns this profile");
    let value = &profile.value;
    found.add(value.pain.trim().is_empty(), "value.pain", "is empty; write the core pain");
    found.add(
        value.angle.trim().is_empty(),
        "value.angle",
        "is empty; write how the first message opens",
    );
    let personas = value.personas.is_empty() || value.personas.iter().any(|p| p.titles.is_empty());
    found.add(personas, "value.personas", "needs at least one persona, each with job titles");
}

fn fit(profile: &Profile, found: &mut Findings) {
    let fit = &profile.fit;
    criteria("fit.criteria", &fit.criteria, found);
    found.add(fit.criteria.is_empty(), "fit.criteria", "is empty; say who fits");
    found.add(
        fit.criteria.len() > CRITERIA_MAX,
        "fit.criteria",
        format!("has {} entries; at most {CRITERIA_MAX}", fit.criteria.len()),
    );
    weights("fit.criteria", profile, &fit.criteria, found);
    tiers("fit.tiers", fit.tiers, found);
    found.add(
        !(0..=100).contains(&fit.known_percent),
        "fit.known_percent",
        format!("{} is no percentage; 0 to 100", fit.known_percent),
    );
    found.add(
        fit.gate.is_some_and(|gate| !(0..=100).contains(&gate)),
        "fit.gate",
        "must lie between 0 and 100",
    );
    for exclusion in &fit.exclusions {
        let at = format!("fit.exclusions[{}]", exclusion.name);
        when(&format!("{at}.when"), &exclusion.when, found);
        found.add(exclusion.reason.trim().is_empty(), format!("{at}.reason"), "is empty; say why");
    }
}

fn weights(at: &str, profile: &Profile, criteria: &[Criterion], found: &mut Findings) {
    let sum: i64 = criteria.iter().map(|c| i64::from(c.weight).max(0)).sum();
    found.add(
        profile.model == Model::Gate && sum != 100,
        at,
        format!("the weights sum to {sum}; they must sum to 100 (or choose `model: additive`)"),
    );
}

fn criteria(at: &str, criteria: &[Criterion], found: &mut Findings) {
    unique(at, criteria.iter().map(|c| &c.name), found);
    for criterion in criteria {
        let at = format!("{at}[{}]", criterion.name);
        when(&format!("{at}.when"), &criterion.when, found);
        let weight = criterion.weight;
        found.add(
            weight == 0 || weight.unsigned_abs() > 100,
            format!("{at}.weight"),
            format!("{weight} must lie between -100 and 100 and not be 0"),
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
        "must fall from tier_1 (at most 100) over tier_2 to tier_3 (at least 0)",
    );
}

fn when(at: &str, when: &When, found: &mut Findings) {
    found.add(when.is_empty(), at, "asks nothing; name an attribute");
    for (name, test) in [
        ("employees", when.employees),
        ("revenue_usd", when.revenue_usd),
        ("arr_usd", when.arr_usd),
        ("founded_year", when.founded_year),
        ("age_years", when.age_years),
    ] {
        let Some(test) = test else { continue };
        found.add(
            test.min.is_none() && test.max.is_none(),
            format!("{at}.{name}"),
            "needs min or max",
        );
        let empty = matches!((test.min, test.max), (Some(min), Some(max)) if min > max);
        found.add(empty, format!("{at}.{name}"), "min is greater than max");
    }
    if let Some(stage) = &when.funding_stage {
        let empty = matches!((stage.min, stage.max), (Some(min), Some(max)) if min > max);
        found.add(empty, format!("{at}.funding_stage"), "min is a later stage than max");
    }
    for inner in when.all.iter().chain(&when.any).chain(when.not.as_deref()) {
        self::when(at, inner, found);
    }
}

fn intent(profile: &Profile, found: &mut Findings) {
    let intent = &profile.intent;
    found.add(
        intent.exit >= intent.enter || intent.exit < 0,
        "intent.exit",
        format!("{} must be 0 or more and lower than intent.enter ({})", intent.exit, intent.enter),
    );
    found.add(
        intent.warm.is_some_and(|warm| warm > intent.enter || warm < 0),
        "intent.warm",
        format!("must be 0 or more and no higher than intent.enter ({})", intent.enter),
    );
    found.add(
        intent.bands.medium > intent.bands.high,
        "intent.bands",
        "medium must be no higher than high",
    );
    found.add(intent.rules.is_empty(), "intent.rules", "is empty; say what triggers");
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
            found.add(
                !known,
                format!("{at}.all_of"),
                format!("{member:?} is neither the name of a rule nor a kind of signal"),
            );
        }
        points(&at, conjunction.points, found);
    }
}

fn rules(at: &str, rules: &[Rule], found: &mut Findings) {
    unique(at, rules.iter().map(|r| &r.name), found);
    for rule in rules {
        let at = format!("{at}[{}]", rule.name);
        found.add(
            rule.kind().is_none(),
            at.clone(),
            "needs exactly one of funding, hiring, headcount, technology, uses, news, engagement",
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
        if let Some(uses) = &rule.uses {
            found.add(
                uses.any_of.is_empty(),
                format!("{at}.uses.any_of"),
                "is empty; name the tools",
            );
        }
        if let Some(headcount) = rule.headcount {
            let over = headcount.over_days;
            found.add(
                over == 0 || i32::from(over) > HORIZON_DAYS,
                format!("{at}.headcount.over_days"),
                format!("{over} must lie between 1 and {HORIZON_DAYS}"),
            );
        }
    }
}

fn points(at: &str, points: i32, found: &mut Findings) {
    found.add(
        points == 0 || points.unsigned_abs() > POINTS_MAX.unsigned_abs(),
        format!("{at}.points"),
        format!("{points} must lie between -{POINTS_MAX} and {POINTS_MAX} and not be 0"),
    );
}

fn episode(profile: &Profile, found: &mut Findings) {
    let max = profile.episode.max_days;
    found.add(
        max == 0 || i32::from(max) > HORIZON_DAYS,
        "episode.max_days",
        format!("{max} must lie between 1 and {HORIZON_DAYS}"),
    );
    let hours = &profile.priority.business_hours;
    found.add(
        hours.from_hour >= hours.to_hour || hours.to_hour > 24,
        "priority.business_hours",
        "from_hour must be lower than to_hour, and to_hour at most 24",
    );
    found.add(
        hours.days.is_empty(),
        "priority.business_hours.days",
        "is empty; name the working days",
    );
    for row in &profile.priority.table {
        found.add(
            row.tier.is_some_and(|tier| !(1..=3).contains(&tier)),
            "priority.table",
            "a tier is 1, 2 or 3",
        );
    }
    found.add(
        profile.experiment.hold_out_percent > 100,
        "experiment.hold_out_percent",
        "must lie between 0 and 100",
    );
}

fn routes(profile: &Profile, found: &mut Findings) {
    for route in profile.route_names() {
        found.add(
            !is_name(&route),
            "routes",
            format!("{route:?} must be lower-case letters, digits and hyphens: it names a topic"),
        );
    }
    for row in &profile.routes.table {
        found.add(
            row.tiers.iter().any(|t| !(1..=3).contains(t)),
            "routes.table",
            "a tier is 1, 2 or 3",
        );
    }
}

fn segments(profile: &Profile, found: &mut Findings) {
    found.add(
        profile.segments.len() > SEGMENTS_MAX,
        "segments",
        format!(
            "has {} entries; at most {SEGMENTS_MAX}, or nobody keeps them apart",
            profile.segments.len()
        ),
    );
    unique("segments", profile.segments.iter().map(|s| &s.segment), found);
    for segment in &profile.segments {
        let at = format!("segments[{}]", segment.segment);
        found.add(
            segment.segment == "primary",
            at.clone(),
            "the name primary is taken by the profile itself",
        );
        criteria(&format!("{at}.criteria"), &segment.criteria, found);
        let whole =
            overlay(&profile.fit.criteria, &segment.criteria, &segment.without, |c| &c.name);
        weights(&format!("{at}.criteria (with the profile's)"), profile, &whole, found);
        rules(&format!("{at}.rules"), &segment.rules, found);
        if let Some(lines) = segment.tiers {
            tiers(&format!("{at}.tiers"), lines, found);
        }
        let enter = segment.enter.unwrap_or(profile.intent.enter);
        let exit = segment.exit.unwrap_or(profile.intent.exit);
        found.add(
            exit >= enter || exit < 0,
            format!("{at}.exit"),
            "must be 0 or more and lower than enter",
        );
        if let Some(which) = &segment.when {
            when(&format!("{at}.when"), which, found);
        }
    }
}

fn unique<'a>(at: &str, names: impl Iterator<Item = &'a Text>, found: &mut Findings) {
    let mut seen = BTreeSet::new();
    for name in names {
        found.add(name.trim().is_empty(), at, "an entry has no name");
        found.add(!seen.insert(name), at, format!("the name {name:?} occurs twice"));
    }
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
