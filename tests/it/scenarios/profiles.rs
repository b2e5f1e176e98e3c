//! Profiles: first loads, changes, segments, the additive model.

use super::{SIMPLE, changed, play, play_under};

#[test]
fn what_happens_after_a_first_load_is_told_to_those_who_act() {
    play(
        r#"
        day 0 company employees=300 industry=saas stage=series_a
        day 1 funding series_b 25M
        day 2 profile → entered by=baseline route=digest
        # Worth less than the exit line by itself.
        day 3 engagement pricing_page
        # Another report of the round is no news.
        day 4 funding series_b 25M at=1 by=other (merged)
        day 5 hiring "Head of Sales" → strengthened urgent route=ae by=signal
        day 6 engagement pricing_page
        "#,
    );
}

#[test]
fn news_may_stand_on_what_a_dump_told_but_a_scan_that_flaps_is_none() {
    play(
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas stage=series_a baseline
        day 0 technology in_use hubspot baseline
        day 1 funding series_b 25M baseline → entered by=baseline route=digest
        day 2 technology adopted hubspot
        day 3 hiring "VP Sales" → strengthened route=ae
        "#,
    );
}

#[test]
fn a_second_dump_is_no_news_either() {
    play(
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas stage=series_a baseline
        day 1 funding series_b 25M baseline → entered by=baseline route=digest
        day 2 hiring "Head of Sales" baseline
        day 3 hiring "VP Sales" → strengthened route=ae
        "#,
    );
}

#[test]
fn what_only_a_first_publish_or_a_first_load_causes_goes_to_the_digest() {
    play(
        r#"
        day 0 company employees=300 industry=saas stage=series_a
        day 1 funding series_b 25M
        day 2 profile → entered by=baseline route=digest
        "#,
    );
    play(
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas stage=series_a baseline
        day 1 funding series_b 25M baseline (applied) → entered by=baseline route=digest
        "#,
    );
    play(
        r#"
        day 0 profile
        day 0 funding series_b 25M
        day 1 company employees=300 industry=saas baseline → entered by=baseline route=digest
        "#,
    );
}

#[test]
fn what_a_changed_profile_alone_causes_goes_to_the_digest() {
    let lower = changed("enter: 50", "enter: 20").replace("exit: 25", "exit: 10");
    play_under(
        &[SIMPLE, &lower],
        r#"
        day 0 profile 0
        day 0 company employees=300 industry=saas stage=series_a
        day 1 engagement pricing_page
        day 3 profile 1 [buying] → entered by=profile_change route=digest
        "#,
    );
    let higher = changed("exit: 25", "exit: 45");
    play_under(
        &[SIMPLE, &higher],
        r#"
        day 0 profile 0
        day 0 company employees=300 industry=saas stage=series_a
        day 1 funding series_b 25M → entered
        day 20 profile 1 [warming] → exited decayed by=profile_change
        "#,
    );
}

#[test]
fn a_profile_with_a_shorter_stay_does_not_let_the_account_in_again_at_once() {
    let shorter = changed("max_days: 100", "max_days: 5");
    play_under(
        &[SIMPLE, &shorter],
        r#"
        day 0 profile 0
        day 0 company employees=300 industry=saas stage=series_a
        day 1 funding series_b 25M → entered
        day 8 profile 1 [cooling] → exited max_days by=profile_change cooldown=38
        day 9 tick
        "#,
    );
}

#[test]
fn segments_compete_and_a_change_of_segment_is_no_entry() {
    let segments = format!(
        "{SIMPLE}segments:\n  - segment: small\n    when: {{employees: {{max: 200}}}}\n    \
         enter: 40\n    criteria:\n      - {{name: size, weight: 50, when: {{employees: {{min: 10}}}}}}\n"
    );
    play_under(
        &[&segments],
        r#"
        day 0 profile
        day 0 company employees=30 industry=saas stage=series_a
        day 1 engagement pricing_page
        day 1 technology adopted hubspot → entered segment=small score=40 fit=100..100
        # It has grown out of the segment; the episode goes on.
        day 2 headcount 300 [buying]
        day 3 engagement demo_request → triaged segment=primary
        "#,
    );
}

#[test]
fn a_segment_whose_condition_changes_with_time_is_noticed() {
    let segments = format!(
        "{SIMPLE}segments:\n  - segment: young\n    when: {{age_years: {{max: 5}}}}\n    \
         criteria:\n      - {{name: size, weight: 50, when: {{employees: {{min: 10}}}}}}\n"
    );
    play_under(
        &[&segments],
        r#"
        day 0 profile
        day 0 company employees=30 industry=saas stage=series_a founded_year=2021
        day 370 tick → tier_changed not_icp was=tier_1 segment=primary on=365 by=time
        "#,
    );
}

#[test]
fn an_additive_profile_adds_fit_and_intent() {
    let additive = changed("owner: revops", "owner: revops\nmodel: additive")
        .replace("enter: 50", "enter: 120")
        .replace("exit: 25", "exit: 110");
    play_under(
        &[&additive],
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas stage=series_a
        day 1 technology adopted hubspot → entered score=120
        day 60 tick → exited decayed on=62
        "#
        .replace("day 60", "day 70")
        .as_str(),
    );
}

#[test]
fn a_cap_on_growth_of_weights_is_checked_for_each_segment() {
    let heavier = format!(
        "{SIMPLE}segments:\n  - segment: big\n    criteria:\n      \
         - {{name: extra, weight: 20, when: {{country: de}}}}\n"
    );
    let profile = serde_saphyr::from_str(&heavier).unwrap();
    let findings = buymode::domain::profile::check::errors(&profile);
    let texts: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].contains("segments[big]") && texts[0].contains("120"), "{texts:?}");
}
