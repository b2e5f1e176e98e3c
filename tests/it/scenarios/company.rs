//! What is known of a company, what is not, and how signals move it.

use super::timeline::BEGIN;
use super::{changed, play, play_under};
use buymode::domain::evidence::company::{Attribute, Value};
use buymode::domain::evidence::facts::Facts;
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::catalogue::FundingStage;

#[test]
fn fit_has_bounds_where_not_everything_is_known() {
    play(
        r#"
        day 0 profile
        # Half of the weight is known: not enough for a tier, but it might fit.
        day 0 company employees=300
        day 0 hiring "VP Sales"
        day 0 funding ? 25M [warming]
        day 0 technology adopted hubspot → triaged route=enrich fit=50..100 missing=industry missing=funding_stage
        # Asked once, not for every new signal.
        day 1 engagement pricing_page
        # The answer came: it fits.
        day 2 company industry=saas [buying] → tier_changed tier_2 was=not_icp + entered fit=80..100 tier_2
        "#,
    );
}

#[test]
fn signals_wait_until_the_company_is_known() {
    play(
        r#"
        day 0 profile
        day 1 funding series_b 25M (parked)
        day 1 hiring "Head of Sales" (parked)
        day 4 company employees=300 industry=saas (applied) [buying] → entered fit=100..100 by=signal
        "#,
    );
}

#[test]
fn a_round_moves_the_stage_and_its_retraction_moves_it_back() {
    play(
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas stage=seed
        day 2 funding series_b 25M id=b [buying] → tier_changed tier_1 was=tier_2 + entered fit=100..100
        day 5 retract b (applied) → tier_changed tier_2 + withdrawn retracted stop_now by=correction fit=80..80
        "#,
    );
}

#[test]
fn a_stage_falls_by_no_list_that_is_behind_and_by_no_latecomer() {
    let fold = play(
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas stage=pre_seed
        day 2 funding series_b 25M id=b [buying] → tier_changed tier_1 was=tier_2 + entered
        day 3 company employees=300 industry=saas stage=seed (applied) [buying]
        day 9 funding seed 2M at=8 [buying]
        # Taken back, it is as if it had never been.
        day 10 retract b (applied) → tier_changed tier_2 + withdrawn retracted by=correction
        day 11 funding series_c 50M id=c at=4 → tier_changed tier_1 + entered
        # Also when the rounds are long forgotten.
        day 450 tick → exited
        "#,
    );
    assert!(fold.state.evidence.is_empty());
    let stage = fold.state.company.fact(Attribute::FundingStage).unwrap();
    assert_eq!(stage.value, Value::Stage(FundingStage::SeriesC));
}

#[test]
fn between_public_and_taken_private_the_later_date_decides() {
    for (events, now) in [
        ("day 1 funding public 90M\nday 200 funding pe_backed 900M", FundingStage::PeBacked),
        ("day 200 funding public 90M\nday 201 funding pe_backed 9M at=100", FundingStage::Public),
        ("day 1 funding public 90M\nday 200 company stage=pe_backed", FundingStage::PeBacked),
        ("day 1 funding public 90M\nday 200 company stage=series_f", FundingStage::Public),
    ] {
        let fold = play(events);
        let (account, today) = (AccountKey::parse("acme.com").unwrap(), BEGIN.plus(300));
        let facts = Facts::new(&account, &fold.state.company, &fold.state.evidence, today);
        let stage = facts.value(Attribute::FundingStage).unwrap().into_owned();
        assert_eq!(stage, Value::Stage(now), "{events}");
    }
}

#[test]
fn private_equity_in_a_start_up_is_money_and_no_stage() {
    for (events, now) in [
        (
            "day 1 funding series_a 3.3M\nday 10 funding pe_backed 3400003 by=two",
            Some(FundingStage::SeriesA),
        ),
        (
            "day 1 funding pe_backed 3.4M\nday 10 funding series_a 3.3M by=two",
            Some(FundingStage::SeriesA),
        ),
        ("day 1 funding pe_backed 75k", None),
        ("day 1 funding series_b 20M\nday 99 funding pe_backed ?", Some(FundingStage::SeriesB)),
        ("day 1 company stage=pe_backed\nday 9 funding series_a 1M", Some(FundingStage::PeBacked)),
    ] {
        let fold = play(events);
        let (account, today) = (AccountKey::parse("acme.com").unwrap(), BEGIN.plus(300));
        let facts = Facts::new(&account, &fold.state.company, &fold.state.evidence, today);
        let stage = facts.value(Attribute::FundingStage).map(|value| value.into_owned());
        assert_eq!(stage, now.map(Value::Stage), "{events}");
    }
}

#[test]
fn the_latest_effective_date_wins_whichever_record_brought_it() {
    play(
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas stage=series_a
        day 9 headcount 20 at=5 → tier_changed not_icp
        day 10 company employees=300 as_of=3 (applied)
        day 10 company employees=400 as_of=2 (too_late)
        day 11 company employees=300 as_of=7 (applied) → tier_changed tier_1
        day 12 company employees=300 as_of=9 (applied)
        day 12 again (duplicate)
        "#,
    );
}

#[test]
fn an_exclusion_beats_any_score() {
    play(
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas stage=series_a
        day 1 funding series_b 25M → entered
        day 2 news bankruptcy [warming] → exited excluded stop_now by=signal
        day 3 hiring "Head of Sales" [warming]
        "#,
    );
}

#[test]
fn a_rumour_excludes_nobody_until_it_is_confirmed() {
    play(
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas stage=series_a
        day 1 funding series_b 25M → entered
        day 2 news bankruptcy conf=40 [buying]
        day 3 news bankruptcy conf=90 by=two [warming] → exited excluded stop_now by=signal
        "#,
    );
}

#[test]
fn no_marketing_hire_yet_or_the_first_within_90_days() {
    let profile = changed(
        "{name: stage, weight: 20, when: {funding_stage: {min: series_a}}}",
        "{name: nobody, weight: 20, required: true,
           when: {department: {function: marketing, max: 0, or_first_hire_within_days: 90}}}",
    );
    play_under(
        &[&profile],
        r#"
        day 0 profile
        # Nobody counted the departments: unknown, and so no fit.
        day 0 company employees=300 industry=saas
        day 1 company employees=301 all-departments → tier_changed tier_1
        day 5 hiring "Growth Marketer" hired
        day 10 funding series_b 25M → entered fit=100..100
        # 90 days after the first hire, time alone ends it.
        day 100 tick → exited decayed on=51 + tier_changed not_icp by=time on=96 fit=80..80
        "#,
    );
}

#[test]
fn a_first_hire_counts_for_its_days_whatever_is_counted_meanwhile() {
    let profile = changed(
        "{name: stage, weight: 20, when: {funding_stage: {min: series_a}}}",
        "{name: nobody, weight: 20, required: true,
           when: {department: {function: marketing, max: 0, or_first_hire_within_days: 90}}}",
    );
    // A source that counts the hire, and one that counts nobody still.
    for counted in ["marketing=1", "marketing=0"] {
        play_under(
            &[&profile],
            &format!(
                r#"
                day 0 profile
                day 0 company employees=300 industry=saas marketing=0 all-departments
                day 5 hiring "Growth Marketer" hired first
                day 30 company employees=301 {counted} all-departments
                day 95 tick
                day 96 tick → tier_changed not_icp by=time on=96
                "#
            ),
        );
    }
}

#[test]
fn what_is_known_of_a_department_is_told_with_the_answer() {
    let profile = changed(
        "{name: stage, weight: 20, when: {funding_stage: {min: series_a}}}",
        "{name: staffed, weight: 20, when: {any: [{department: {function: marketing, min: 1}}]}}",
    );
    let fold = play_under(
        &[&profile],
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas marketing=4
        day 1 funding series_b 25M → entered
        "#,
    );
    let found = fold.decisions[0].fit.criteria.iter().map(|c| c.found.to_string());
    assert_eq!(found.collect::<Vec<_>>(), ["300", "saas", "4 in marketing"]);
}

#[test]
fn a_department_that_has_people_is_not_empty_whatever_is_said_of_the_first() {
    let profile = changed(
        "{name: stage, weight: 20, when: {funding_stage: {min: series_a}}}",
        "{name: nobody, weight: 20, when: {department: {function: marketing, max: 0}}}",
    );
    play_under(
        &[&profile],
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas marketing=0 all-departments
        day 9 hiring "Brand Marketer" hired → tier_changed tier_2 was=tier_1 fit=80..80
        "#,
    );
}

#[test]
fn a_company_that_grows_old_changes_its_fit_at_new_year() {
    let profile = changed("when: {funding_stage: {min: series_a}}", "when: {age_years: {max: 10}}");
    play_under(
        &[&profile],
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas founded_year=2016
        day 366 tick → tier_changed tier_2 was=tier_1 on=365 by=time
        "#,
    );
}

#[test]
fn the_same_news_of_a_company_asks_for_enrichment_only_once() {
    play(
        r#"
        day 0 profile
        day 0 company employees=300
        day 0 funding ? 25M
        day 0 news expansion
        day 0 technology adopted hubspot
        day 0 hiring "Head of Sales" → triaged route=enrich
        day 1 company employees=300 (applied)
        day 2 company employees=300 (applied)
        "#,
    );
}
