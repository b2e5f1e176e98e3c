//! Examples of the right shape, one for each key of a profile that people get wrong.

/// A key's value as it should be written, on one line.
const SAMPLES: &[(&str, &str)] = &[
    ("profile", "our-customers"),
    ("product", "our-product"),
    ("owner", "revops@example.com"),
    ("reviewed_at", "2026-10-01"),
    (
        "fit",
        "{ criteria: [{ name: size, weight: 100, when: { employees: { min: 50, max: 1000 } } }] }",
    ),
    ("tiers", "{ tier_1: 85, tier_2: 70, tier_3: 60 }"),
    ("criteria", "[{ name: size, weight: 40, when: { employees: { min: 50, max: 1000 } } }]"),
    ("exclusions", "[{ name: gone, when: { status: [closed] }, reason: out of business }]"),
    ("when", "{ employees: { min: 50, max: 1000 } }"),
    ("industry", "[software, fintech]"),
    ("country", "[us, gb]"),
    ("employees", "{ min: 50, max: 1000 }"),
    ("funding_stage", "{ min: series_a, max: series_c }"),
    ("technologies", "{ any_of: [salesforce, hubspot] }"),
    ("department", "{ function: sales, min: 1 }"),
    ("intent", "{ enter: 40, exit: 20, rules: [{ name: fresh round, points: 40, funding: {} }] }"),
    ("rules", "[{ name: fresh round, points: 40, funding: {} }]"),
    ("enter", "40"),
    ("exit", "20"),
    ("points", "30"),
    ("weight", "40"),
    ("bands", "{ high: 70, medium: 40 }"),
    ("caps", "{ hiring: 50 }"),
    ("funding", "{ stage: { min: series_a } }"),
    ("stage", "{ min: series_a }"),
    ("hiring", "{ functions: [sales], seniorities: [head, vice_president] }"),
    ("headcount", "{ percent: 20, people: 5 }"),
    ("technology", "{ any_of: [salesforce] }"),
    ("uses", "{ any_of: [salesforce] }"),
    ("news", "{ kinds: [expansion, new_office] }"),
    ("engagement", "{ kinds: [demo_request, pricing_page] }"),
    ("functions", "[sales]"),
    ("seniorities", "[head, vice_president]"),
    ("conjunctions", "[{ name: both, all_of: [funding, hiring], within_days: 30, points: 15 }]"),
    ("scale", "{ from: 1M, full: 20M, least_percent: 50 }"),
    ("episode", "{ cooldown_days: 30, max_days: 120 }"),
    ("priority", "{ table: [{ tier: 1, priority: urgent, sla_hours: 4 }] }"),
    ("business_hours", "{ zone: America/New_York, from_hour: 9, to_hour: 17 }"),
    ("zone", "America/New_York"),
    ("days", "[mon, tue, wed, thu, fri]"),
    ("routes", "{ default: sdr }"),
    ("default", "sdr"),
    ("value", "{ pain: their problem, angle: how we begin, personas: [{ titles: [VP Sales] }] }"),
    ("pain", "their problem in their words"),
    ("angle", "how the first message opens"),
    ("personas", "[{ titles: [VP Sales, Head of Sales] }]"),
    ("titles", "[VP Sales, Head of Sales]"),
    ("segments", "[{ segment: small, when: { employees: { max: 200 } } }]"),
    ("team", "{ reps: 4, accounts_a_week: 10 }"),
    ("required", "true"),
    ("name", "size"),
    ("reason", "out of business"),
];

/// The same of a roster's keys, each with the beginning of the path that it stands below.
const OF_ROSTERS: &[(&str, &str, &str)] = &[
    (
        "",
        "destinations",
        "[{ name: leads, routes: [sdr], slack_webhook: { url: { file: slack.url } } }]",
    ),
    ("destinations[", "name", "leads"),
    ("destinations[", "routes", "[sdr]"),
    ("people[", "name", "ana"),
    ("teams[", "name", "sales"),
    ("teams[", "members", "[ana, ben]"),
    ("teams[", "tiers", "[1, 2]"),
    ("sync[", "name", "hubspot"),
    ("escalation", "channel", "leads"),
    ("digest", "destination", "leads"),
    ("digest", "routes", "[digest]"),
];

/// `key: value` in the right shape, of a key that stands below a path; none for a key that has no sample.
pub(super) fn below(path: &str, key: &str) -> Option<String> {
    let of_roster = OF_ROSTERS.iter().filter(|(above, ..)| path.starts_with(above));
    let mut of_roster = of_roster.map(|(_, key, value)| (key, value));
    let sample = of_roster.find(|(known, _)| **known == key).or_else(|| {
        SAMPLES.iter().map(|(known, value)| (known, value)).find(|(known, _)| **known == key)
    })?;
    Some(format!("{key}: {}", sample.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::profile::variant::CompiledProfile;

    fn of(key: &str) -> Option<String> {
        below("", key)
    }

    #[test]
    fn the_samples_of_the_sections_make_a_profile_and_the_others_fit_into_it() {
        let sections = [
            "profile",
            "product",
            "owner",
            "reviewed_at",
            "fit",
            "intent",
            "episode",
            "priority",
            "routes",
            "value",
            "segments",
            "team",
        ];
        let whole: Vec<String> = sections.iter().map(|key| of(key).unwrap()).collect();
        let compiled = CompiledProfile::read(&whole.join("\n"));
        assert!(compiled.is_ok(), "{compiled:?}");
        // Every other key stands in one of these places.
        let places = [
            "fit: { PUT, criteria: [{ name: a, weight: 100, when: { employees: { min: 1 } } }] }",
            "fit: { PUT }",
            "fit: { criteria: [{ name: a, weight: 100, when: { PUT } }] }",
            "fit: { criteria: [{ name: a, weight: 100, PUT }] }",
            "fit: { criteria: [{ name: a, when: { employees: { min: 1 } }, PUT }] }",
            "fit: { criteria: [{ weight: 100, when: { employees: { min: 1 } }, PUT }] }",
            "fit: { criteria: [{ name: a, weight: 100, when: { employees: { min: 1 } }, PUT }] }",
            "fit: { criteria: [], exclusions: [{ name: a, when: { employees: { min: 1 } }, PUT }] }",
            "intent: { enter: 40, exit: 20, PUT }",
            "intent: { enter: 40, exit: 20, rules: [], PUT }",
            "intent: { exit: 20, rules: [], PUT }",
            "intent: { enter: 40, rules: [], PUT }",
            "intent: { enter: 40, exit: 20, rules: [{ name: a, points: 5, PUT }] }",
            "intent: { enter: 40, exit: 20, rules: [{ name: a, PUT }] }",
            "intent: { enter: 40, exit: 20, rules: [{ name: a, points: 5, funding: { PUT } }] }",
            "intent: { enter: 40, exit: 20, rules: [{ name: a, points: 5, hiring: { PUT } }] }",
            "priority: { PUT }",
            "priority: { business_hours: { PUT } }",
            "routes: { PUT }",
            "value: { angle: b, personas: [], PUT }",
            "value: { pain: a, personas: [], PUT }",
            "value: { pain: a, angle: b, PUT }",
            "value: { pain: a, angle: b, personas: [{ PUT }] }",
        ];
        for (key, _) in SAMPLES.iter().filter(|(key, _)| !sections.contains(key)) {
            let fits = places.iter().any(|place| {
                let put = place.replace("PUT", &of(key).unwrap());
                let section = place.split(':').next().unwrap();
                let others = sections.iter().filter(|s| **s != section).map(|s| of(s).unwrap());
                let text = others.chain([put]).collect::<Vec<_>>().join("\n");
                crate::config::yaml_from_text::<crate::domain::profile::Profile>(&text).is_ok()
            });
            assert!(fits, "{key}");
        }
    }
}
