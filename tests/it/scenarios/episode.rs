//! Into buying mode and out of it again.

use super::{changed, play, play_under};

#[test]
fn a_round_and_a_new_sales_leader_bring_a_fitting_company_to_the_ae() {
    play(
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas stage=series_a (applied) [dormant]
        day 1 hiring "Head of Sales" (applied) [warming]
        day 3 funding series_b 25M (applied) [buying] → entered urgent tier_1 route=ae by=signal fit=100..100 round=50 leader=28.645 score=97.741 sla=2026-01-05T12:00
        day 60 tick [buying]
        day 70 tick [cooling] → exited decayed no_new_enrolment ends=1 on=62 route=ae cooldown=92
        day 95 tick [dormant]
        "#,
    );
}

#[test]
fn a_warming_account_falls_asleep_without_an_entry() {
    play(
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas stage=series_a
        day 1 hiring "Head of Sales" [warming]
        day 18 tick [warming]
        day 19 tick [dormant]
        "#,
    );
}

#[test]
fn a_hold_keeps_full_points_then_they_halve_until_the_window_ends() {
    // Enough to stay whatever the intent: only the numbers matter.
    let profile = changed("exit: 25", "exit: 0")
        .replace("max_days: 100", "max_days: 300")
        .replace("  caps:", "  bands: {high: 10, medium: 5}\n  caps:");
    play_under(
        &[&profile],
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas stage=series_a
        day 0 funding series_b 25M → entered round=50
        day 10 engagement demo_request → triaged round=50
        day 40 engagement demo_request → triaged round=25
        day 100 engagement demo_request → triaged round=6.25
        day 180 engagement demo_request → triaged round=0.984
        day 181 engagement demo_request → triaged score=30 visits=20
        "#,
    );
}

#[test]
fn points_between_the_lines_neither_enter_nor_leave() {
    play(
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas stage=series_a
        day 0 funding series_b 25M [buying] → entered leaves=41
        # 49 would not enter; 25 and more stays.
        day 40 tick [buying]
        day 41 tick [cooling] → exited decayed on=41
        "#,
    );
}

#[test]
fn a_cooldown_breaks_only_for_new_evidence_worth_an_entry_alone() {
    play(
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas stage=series_a
        day 0 funding series_a 9M id=old → entered
        day 41 tick [cooling] → exited decayed on=41 cooldown=71
        # With what is left of the old round this would be enough; alone it is not.
        day 42 hiring "Head of Sales" [cooling]
        day 45 funding series_b 40M [buying] → entered by=signal
        "#,
    );
}

#[test]
fn what_was_known_before_sales_said_no_does_not_bring_the_account_back() {
    play(
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas stage=series_a
        day 0 funding series_b 25M → entered
        day 0 sales rejected [cooling] → exited sales stop_now outcome=rejected by=sales cooldown=30
        day 29 tick [cooling]
        day 31 tick [warming]
        "#,
    );
}

#[test]
fn an_episode_ends_after_its_days_and_cools_down() {
    let profile = changed("max_days: 100", "max_days: 7");
    play_under(
        &[&profile],
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas stage=series_a
        day 0 funding series_b 25M [buying] → entered leaves=7
        day 8 tick [cooling] → exited max_days no_new_enrolment on=7
        day 40 tick
        "#,
    );
}

#[test]
fn an_account_that_stops_fitting_leaves_and_does_not_flap() {
    play(
        r#"
        day 0 profile
        day 0 company employees=60 industry=saas stage=series_a
        day 0 funding series_b 25M → entered
        day 5 headcount 49 [cooling] → tier_changed was=tier_1 not_icp + exited no_longer_fits
        day 6 headcount 51 [cooling] → tier_changed tier_1
        "#,
    );
}

#[test]
fn a_strengthening_is_announced_at_most_weekly() {
    let bands = changed("  caps:", "  bands: {high: 90, medium: 60}\n  caps:");
    play_under(
        &[&bands],
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas stage=series_a
        day 0 funding series_b 25M → entered normal band=low
        day 2 hiring "Head of Sales" [buying]
        # Urgent since day 2, said once the week is over, at the midnight.
        day 9 tick → strengthened urgent on=7 by=time route=sdr
        day 10 engagement pricing_page
        "#,
    );
}

#[test]
fn there_is_one_episode_for_each_product() {
    let other = changed("product: crm", "product: billing").replace("enter: 50", "enter: 40");
    play_under(
        &[super::SIMPLE, &other],
        r#"
        day 0 profile 0
        day 0 profile 1
        day 0 company employees=300 industry=saas stage=series_a
        day 1 funding series_b 25M → entered product=billing + entered product=crm
        day 2 sales lost product=crm → exited product=crm
        day 3 hiring "Head of Sales"
        "#,
    );
}

#[test]
fn what_sales_says_of_a_product_that_nobody_knows_is_told() {
    let fold = play(
        r#"
        # As long as there is no profile, one may come.
        day 0 sales lost product=crmm (applied)
        day 1 profile
        day 1 company employees=300 industry=saas stage=series_a
        day 1 funding series_b 25M → entered
        day 2 sales meeting product=crmm id=a (dead_lettered)
        day 2 sales lost product=crmm id=b reason=price (dead_lettered)
        # Again: it was not remembered.
        day 2 sales lost product=crmm id=b reason=price (dead_lettered)
        # What changes the account's lists is heard.
        day 3 sales opportunity product=crmm (applied) → exited
        day 4 sales lost product=crmm (applied)
        day 5 sales lost product=crmm (dead_lettered)
        day 6 sales lost product=crm (applied)
        "#,
    );
    let why = &fold.refused[0];
    assert!(why.contains("product \"crmm\" has no active profile"), "{why}");
    assert!(why.contains("active: crm;"), "{why}");
}

#[test]
fn bad_news_counts_against_and_fades() {
    play(
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas stage=series_a
        day 0 news layoffs [dormant]
        day 1 funding series_b 25M [dormant]
        day 1 hiring "Head of Sales" [buying] → entered layoffs=-38.637 round=50
        "#,
    );
}

#[test]
fn fading_bad_news_alone_can_open_an_episode_at_midnight() {
    play(
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas stage=series_a
        day 0 news layoffs [dormant]
        day 0 technology adopted hubspot [dormant]
        day 0 engagement pricing_page [dormant]
        day 0 headcount 100 at=-180 [dormant]
        day 0 headcount 130 [warming]
        day 1 engagement pricing_page [warming]
        # 70 (visits are capped at 30) against 40, and less against every day.
        day 21 tick [buying] → entered by=time on=20 layoffs=-20 score=50
        "#,
    );
}
