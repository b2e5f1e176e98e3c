//! What a score may do: fall with time, rise with good news, stay within its bounds.

use super::logs::{BEGIN, PROFILES, logs, said, signal};
use crate::fold::{Entry, Fold, Record, compile};
use buymode::domain::account::decision::{DecisionKind, Origin};
use buymode::domain::account::state::AccountState;
use buymode::domain::account::step::stand;
use buymode::domain::evidence::event;
use buymode::domain::evidence::facts::Facts;
use buymode::domain::evidence::report::Report;
use buymode::domain::evidence::signal::Event;
use buymode::domain::profile::variant::CompiledProfile;
use buymode::domain::profile::when::{Answer, When};
use buymode::domain::score::fit;
use buymode::domain::score::intent::{self, Signs};
use buymode::domain::terms::time::{DAY_MS, Day, Timestamp};
use buymode::domain::terms::units::MilliPoints;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::BTreeMap;
use strum::IntoEnumIterator;
use uuid::Uuid;

fn folded(log: &[Record]) -> Fold {
    let mut fold = Fold::new("acme.com", BEGIN);
    fold.read_all(log);
    fold
}

/// What the account's own evidence is worth on a day.
fn total(profile: &CompiledProfile, fold: &Fold, state: &AccountState, today: Day) -> MilliPoints {
    let (account, company, evidence) = (&fold.account, &state.company, &state.evidence[..]);
    let facts = Facts::new(account, company, evidence, today);
    let signs = Signs { facts, markets: &[], seen_since: None };
    let primary = profile.variants.last().expect("a profile has its primary");
    intent::evaluate(profile, primary, &signs).total
}

fn only_good(profile: &CompiledProfile) -> CompiledProfile {
    let mut profile = profile.profile.clone();
    profile.intent.rules.retain(|rule| rule.points > 0);
    profile.intent.conjunctions.retain(|c| c.points > 0);
    CompiledProfile::new(profile).unwrap()
}

proptest! {
    #![proptest_config(super::cases(100))]

    #[test]
    fn without_news_and_without_bad_news_a_score_only_falls(log in logs(), days in 1..90_i32) {
        let fold = folded(&log);
        let today = log.last().unwrap().time.day();
        let profile = only_good(&PROFILES[0]);
        let mut state = fold.state.clone();
        // What is still to come would be news.
        state.evidence.retain(|e| e.day().is_some_and(|day| day <= today));
        let mut last = total(&profile, &fold, &state, today);
        for day in 1..=days {
            let next = total(&profile, &fold, &state, today.plus(day));
            prop_assert!(next <= last, "day {day}: {next} after {last}");
            last = next;
        }
    }

    #[test]
    fn good_news_never_lowers_a_score(log in logs(), more in said()) {
        let fold = folded(&log);
        let today = log.last().unwrap().time.day();
        let profile = only_good(&PROFILES[0]);
        // A headcount may tell of shrinking, a tool of a scanner's doubt; a report that corrects
        // the day of an event may make it older.
        if !matches!(more.event, Event::Funding(_) | Event::Hiring(_) | Event::News(_)) {
            return Ok(());
        }
        let mut state = fold.state.clone();
        let before = total(&profile, &fold, &state, today);
        let time = log.last().unwrap().time;
        let report = Report::of(&signal(Uuid::from_u128(5), time, &more, None), time);
        let linked = event::add(&mut state.evidence, report, today);
        if linked != event::Linked::New {
            return Ok(());
        }
        let after = total(&profile, &fold, &state, today);
        prop_assert!(after >= before, "{after} after {before}");
    }

    #[test]
    fn a_wider_range_never_fits_less(log in logs(), min in 0..400_u64, wider in 0..400_u64) {
        let fold = folded(&log);
        let today = log.last().unwrap().time.day();
        let (company, evidence) = (&fold.state.company, &fold.state.evidence);
        let facts = Facts::new(&fold.account, company, evidence, today);
        let fit = |min: u64| {
            let text = include_str!("../fold/profiles/gate.yaml");
            let text = text.replace("{min: 50, max: 1000}", &format!("{{min: {min}, max: 1000}}"));
            let profile = compile(&text);
            fit::evaluate(profile.variants.last().unwrap(), &facts)
        };
        let (narrow, wide) = (fit(min), fit(min.saturating_sub(wider)));
        prop_assert!(wide.lower >= narrow.lower && wide.upper >= narrow.upper);
    }

    #[test]
    fn a_wider_condition_never_matches_fewer(log in logs()) {
        let fold = folded(&log);
        let today = log.last().unwrap().time.day();
        let (company, evidence) = (&fold.state.company, &fold.state.evidence[..]);
        let facts = Facts::new(&fold.account, company, evidence, today);
        let rank = |yaml: &str| {
            let when: When = serde_saphyr::from_str(yaml).unwrap();
            match when.question().ask(&facts).answer {
                Answer::No => 0,
                Answer::Unknown => 1,
                Answer::Yes => 2,
            }
        };
        for (narrow, wide) in WIDER {
            prop_assert!(rank(narrow) <= rank(wide), "{narrow} takes what {wide} does not");
        }
    }

    #[test]
    fn fit_stays_in_its_bounds_and_names_what_it_knows(log in logs()) {
        let fold = folded(&log);
        for a in stand(&fold.world, &fold.account, &fold.state, log.last().unwrap().time.day()) {
            prop_assert!(MilliPoints::ZERO <= a.fit.lower && a.fit.lower <= a.fit.upper);
            prop_assert!(a.profile().is_additive() || a.fit.upper <= MilliPoints::points(100));
            prop_assert!((0..=100).contains(&a.fit.known_percent));
        }
    }

    #[test]
    fn an_entry_says_until_when_it_may_stay(log in logs()) {
        let mut fold = Fold::new("acme.com", BEGIN);
        // Entered by the record itself, not on a midnight before it.
        let is_entry = |fold: &Fold, offset: i64| {
            let last = fold.decisions.last();
            last.is_some_and(|d| d.kind == DecisionKind::Entered && d.input_offset == offset)
        };
        let Some(last) = log.iter().find(|record| {
            fold.read(record);
            is_entry(&fold, record.offset)
        }) else {
            return Ok(());
        };
        let leaves_on = fold.decisions.last().unwrap().leaves_on.unwrap();
        let time = Timestamp(last.time.0 + 200 * DAY_MS);
        fold.read(&Record { offset: last.offset + 1, time, entry: Entry::Tick });
        let left = fold.decisions.iter().find(|d| d.exit.is_some()).unwrap();
        prop_assert!(left.decided_at.day() <= leaves_on, "{} {leaves_on}", left.decided_at.day());
    }

    #[test]
    fn a_profile_is_the_same_in_yaml_and_in_json_and_its_version_is_its_texts(which in 0..4_usize) {
        let profile = &PROFILES[which];
        let yaml = serde_saphyr::to_string(&profile.profile).unwrap();
        prop_assert_eq!(&compile(&yaml), &**profile);
        let json = CompiledProfile::read(&profile.text).unwrap();
        prop_assert_eq!(&json, &**profile);
        let said = CompiledProfile::read(&yaml).unwrap();
        prop_assert_ne!(&said.version, &profile.version);
        prop_assert_eq!(&said.text, &yaml);
        prop_assert_eq!(&said.profile, &profile.profile);
    }
}

/// Conditions, and the same with one thing made wider.
const WIDER: &[(&str, &str)] = &[
    ("employees: {min: 50, max: 200}", "employees: {min: 50, max: 1000}"),
    ("employees: {min: 50}", "employees: {min: 10}"),
    ("industry: [saas]", "industry: [saas, fintech, software]"),
    ("industry: {all_of: [saas, fintech]}", "industry: {all_of: [saas]}"),
    ("industry: {none_of: [saas, fintech]}", "industry: {none_of: [saas]}"),
    ("industry: {contains: [soft]}", "industry: {contains: [soft, fin, a]}"),
    ("funding_stage: {min: series_b}", "funding_stage: {min: seed}"),
    ("funding_stage: {any_of: [seed]}", "funding_stage: {any_of: [seed, series_a, series_b]}"),
    ("technologies: {any_of: [hubspot]}", "technologies: {any_of: [hubspot, salesforce]}"),
    ("technologies: {all_of: [hubspot, salesforce]}", "technologies: {all_of: [hubspot]}"),
    ("technologies: {none_of: [hubspot, pipedrive]}", "technologies: {none_of: [hubspot]}"),
    ("department: {function: sales, min: 5}", "department: {function: sales, min: 1}"),
    ("all: [{country: us}, {industry: saas}]", "all: [{industry: saas}]"),
    ("any: [{country: us}]", "any: [{country: us}, {industry: saas}]"),
    ("not: {any: [{country: us}, {industry: saas}]}", "not: {country: us}"),
];

/// A law that is never put to the test holds of everything.
#[test]
fn the_logs_lead_to_decisions_of_every_kind() {
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for _ in 0..300 {
        let log = logs().new_tree(&mut runner).unwrap().current();
        for d in folded(&log).decisions {
            *seen.entry(d.kind.to_string()).or_default() += 1;
            *seen.entry(format!("by {}", d.origin)).or_default() += 1;
        }
    }
    for kind in DecisionKind::iter() {
        assert!(seen.contains_key(&kind.to_string()), "{kind} in {seen:?}");
    }
    // Nothing that happens leads to a test.
    for origin in Origin::iter().filter(|origin| *origin != Origin::Test) {
        assert!(seen.contains_key(&format!("by {origin}")), "{origin} in {seen:?}");
    }
}
