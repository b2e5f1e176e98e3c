//! Exits say what moved the score, and a changed tier which criterion did.

use super::{changed, fitting, play_under};
use crate::fold::Fold;

fn headlines(fold: &Fold) -> Vec<&str> {
    fold.decisions.iter().map(|d| d.headline.as_str()).collect()
}

#[test]
fn layoffs_that_end_an_episode_are_the_reason_and_the_headline() {
    let fold = fitting(
        r#"
        day 0 funding series_b 25M → entered
        day 10 news layoffs [cooling] → exited negative_signal stop_now by=signal cooldown=40
        "#,
    );
    let headline = headlines(&fold)[1];
    assert_eq!(
        headline,
        "acme.com left buying mode on bad news (fit 100, intent 10): layoffs today (-40), Series B of $25M 10 days ago (+50)"
    );
    let softer =
        changed("max_days: 100", "max_days: 100, negative_signal_advice: no_new_enrolment");
    play_under(
        &[&softer],
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas stage=series_a
        day 0 funding series_b 25M → entered
        day 10 news layoffs → exited negative_signal no_new_enrolment
        "#,
    );
}

#[test]
fn bad_news_ends_an_episode_also_when_the_rest_has_faded_a_little() {
    let fold = fitting(
        r#"
        day 0 funding series_b 25M → entered
        day 0 engagement pricing_page
        day 1 news layoffs at=0 [buying]
        # Without the layoffs it would go on, now that the visit counts no more.
        day 33 tick [cooling] → exited negative_signal by=time on=31
        "#,
    );
    assert!(headlines(&fold)[1].contains("layoffs"), "{:?}", headlines(&fold));
}

#[test]
fn bad_news_from_before_the_entry_is_not_what_ends_it() {
    fitting(
        r#"
        day 0 news layoffs [dormant]
        day 1 funding series_b 25M [dormant]
        day 1 hiring "Head of Sales" [buying] → entered
        day 60 tick → exited decayed by=time
        "#,
    );
}

#[test]
fn a_known_layoff_to_come_counts_from_the_day_it_is_known() {
    let held = changed("points: -40, hold_days: 0", "points: -40, hold_days: 7");
    let fold = play_under(
        &[&held],
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas stage=series_a
        day 0 funding series_b 25M → entered
        day 10 news layoffs at=60 (planned) [cooling] → exited negative_signal by=signal score=10 layoffs=-40
        day 50 engagement demo_request → triaged layoffs=-40
        day 67 engagement demo_request → triaged layoffs=-40
        day 87 engagement demo_request → triaged layoffs=-20
        "#,
    );
    assert!(headlines(&fold)[1].contains("layoffs in 50 days (-40)"), "{:?}", headlines(&fold));
    // Good news waits for its day.
    fitting(
        r#"
        day 1 funding series_b 25M at=20 (planned) [dormant]
        day 21 tick [buying] → entered on=20
        "#,
    );
}

#[test]
fn an_account_comes_back_when_bad_news_counts_no_more() {
    let lasting = changed("hold_days: 10", "hold_days: 150");
    let fold = play_under(
        &[&lasting],
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas stage=series_a
        day 0 funding series_b 25M → entered
        day 10 news layoffs id=l → exited negative_signal
        day 100 tick [warming]
        day 112 tick [buying] → entered on=111 by=time
        "#,
    );
    assert!(headlines(&fold)[2].contains("because the bad news counts no more"));
}

#[test]
fn what_is_taken_back_ends_what_would_have_begun_without_it() {
    let fold = fitting(
        r#"
        day 0 funding series_b 25M → entered
        day 1 technology dropped pipedrive id=t [buying]
        day 8 tick → strengthened
        day 45 retract t [cooling] → exited retracted stop_now by=correction
        "#,
    );
    assert!(headlines(&fold)[2].contains("taken back or corrected"), "{:?}", headlines(&fold));
}

#[test]
fn an_additive_sum_that_falls_with_the_fit_names_the_criterion() {
    let additive = changed("owner: revops", "owner: revops\nmodel: additive")
        .replace("enter: 50", "enter: 120")
        .replace("exit: 25", "exit: 110");
    let fold = play_under(
        &[&additive],
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas stage=series_a
        day 1 technology adopted hubspot → entered score=120
        day 5 headcount 20 → tier_changed + exited no_longer_fits no_new_enrolment
        "#,
    );
    let headline = headlines(&fold)[2];
    assert!(headline.contains("fits less well: size is not met (20)"), "{headline}");
}

#[test]
fn a_company_that_no_longer_fits_is_said_to_miss_what_it_missed() {
    let fold = fitting(
        r#"
        day 0 funding series_b 25M → entered
        day 5 headcount 20 → tier_changed + exited no_longer_fits
        "#,
    );
    let headline = headlines(&fold)[2];
    assert!(headline.contains("no longer fits, size is not met (20) (fit 50"), "{headline}");
}

#[test]
fn a_changed_tier_names_the_criterion_that_moved() {
    let fold = fitting(
        r#"
        day 1 headcount 20 → tier_changed not_icp was=tier_1
        "#,
    );
    let headline = headlines(&fold)[0];
    assert!(
        headline.contains("is now outside the ICP, was tier 1: size is not met (20)"),
        "{headline}"
    );
}

#[test]
fn a_tier_changed_by_the_profile_says_so() {
    let stricter = changed("max: 1000", "max: 200");
    let fold = play_under(
        &[super::SIMPLE, &stricter],
        r#"
        day 0 profile 0
        day 0 company employees=300 industry=saas stage=series_a
        day 1 profile 1 → tier_changed by=profile_change
        "#,
    );
    assert!(
        headlines(&fold)[0].contains("was tier 1: the profile changed"),
        "{:?}",
        headlines(&fold)
    );
}

#[test]
fn the_tier_of_an_excluded_account_is_announced_once_it_is_excluded_no_longer() {
    let fold = fitting(
        r#"
        day 1 suppress competitor
        day 2 headcount 20
        day 3 headcount 300
        day 4 headcount 30
        day 5 lift competitor → tier_changed not_icp was=tier_1
        "#,
    );
    assert!(headlines(&fold)[0].contains("size is not met (30)"), "{:?}", headlines(&fold));
}

/// A tool that is gone is no bad news: what was known has changed.
#[test]
fn a_signal_that_only_corrects_what_was_known_is_not_bad_news() {
    let faint = changed("{name: rival-gone, points: 50", "{name: rival-gone, points: 1");
    let fold = play_under(
        &[&faint],
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas stage=series_a
        day 0 technology in_use pipedrive
        day 0 hiring "Head of Sales" → entered
        day 20 technology dropped pipedrive → exited retracted stop_now by=signal
        "#,
    );
    let said = "acme.com left buying mode: dropped Pipedrive changes what was known";
    assert!(headlines(&fold)[1].starts_with(said), "{:?}", headlines(&fold));
}
