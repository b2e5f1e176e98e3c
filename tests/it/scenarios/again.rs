//! What an account enters on: recent evidence at first, something new after an exit, the same evidence
//! only where what ended the episode is over.

use super::{changed, play_under};
use crate::fold::Fold;

/// A round that counts in full for a hundred days.
fn lasting() -> String {
    changed("hold_days: 10", "hold_days: 100")
}

fn fitting_under(profile: &str, text: &str) -> Fold {
    let begin = "day 0 profile\nday 0 company employees=300 industry=saas stage=series_a";
    play_under(&[profile], &format!("{begin}\n{text}"))
}

#[track_caller]
fn last_headline_has(fold: &Fold, words: &str) {
    let headline = &fold.decisions.last().expect("a decision").headline;
    assert!(headline.contains(words), "{words:?} is not in {headline:?}");
}

#[test]
fn after_the_longest_stay_only_something_new_brings_the_account_back() {
    let short = lasting().replace("max_days: 100", "max_days: 7");
    let fold = fitting_under(
        &short,
        r#"
        day 0 funding series_b 25M → entered
        day 8 tick [cooling] → exited max_days on=7
        # Half of the round's window is left, and nothing is new.
        day 40 tick [warming]
        # Neither is another report of it, nor what a vendor's first dump brings.
        day 41 funding series_b 25M at=0 by=other (merged) [warming]
        day 42 engagement pricing_page baseline [warming]
        day 43 engagement pricing_page [buying] → entered by=signal
        "#,
    );
    last_headline_has(&fold, "entered buying mode again");
}

#[test]
fn an_old_round_that_is_learned_late_is_news_once() {
    let short = lasting().replace("max_days: 100", "max_days: 7");
    fitting_under(
        &short,
        r#"
        day 0 funding series_a 9M → entered
        day 8 tick [cooling] → exited max_days on=7
        day 60 tick [warming]
        day 61 funding series_b 25M at=-50 [buying] → entered
        day 70 tick [cooling] → exited max_days on=68
        day 99 tick [warming]
        "#,
    );
}

#[test]
fn what_was_planned_is_news_on_its_day() {
    let short = lasting().replace("max_days: 100", "max_days: 7");
    fitting_under(
        &short,
        r#"
        day 0 funding series_a 9M → entered
        day 1 technology adopted hubspot at=50 (planned)
        day 8 tick [cooling] → exited max_days on=7
        day 49 tick [warming]
        day 51 tick [buying] → entered on=50 by=time
        "#,
    );
}

#[test]
fn what_was_planned_for_the_day_of_the_exit_brings_the_account_back() {
    let short = lasting().replace("max_days: 100", "max_days: 7");
    fitting_under(
        &short,
        r#"
        day 0 funding series_a 9M → entered
        day 1 funding series_b 25M at=7 (planned)
        day 20 tick [cooling] → exited max_days on=7 + entered on=8 by=time + exited max_days on=15
        "#,
    );
}

#[test]
fn a_piece_that_an_older_one_outweighs_is_named_in_the_headline() {
    let short = lasting()
        .replace("max_days: 100", "max_days: 7")
        .replace("funding: {stage", "scale: {full: 50M}, funding: {stage")
        .replace("enter: 50", "enter: 30");
    let fold = fitting_under(
        &short,
        r#"
        day 0 funding series_b 40M → entered
        day 8 tick [cooling] → exited max_days on=7
        day 45 funding series_a 1M [buying] → entered
        "#,
    );
    last_headline_has(&fold, "new is Series A of $1M");
}

#[test]
fn what_kept_it_out_is_over_and_the_entry_says_so() {
    let fold = fitting_under(
        &lasting(),
        r#"
        day 0 funding series_b 25M → entered
        day 2 suppress do_not_contact [warming] → exited excluded
        day 20 lift do_not_contact [buying] → entered
        "#,
    );
    last_headline_has(&fold, "again, because it is excluded no longer");
    let fold = fitting_under(
        &lasting(),
        r#"
        day 0 funding series_b 25M → entered
        day 5 headcount 49 [cooling] → tier_changed + exited no_longer_fits cooldown=35
        day 6 headcount 300 [cooling] → tier_changed
        day 36 tick [buying] → entered on=35 by=time
        "#,
    );
    last_headline_has(&fold, "again, because it fits again");
    let fold = fitting_under(
        &lasting(),
        r#"
        day 0 funding series_b 25M → entered
        day 5 sales opportunity [cooling] → exited sales outcome=opportunity
        day 6 sales lost [cooling]
        day 37 tick [buying] → entered on=36
        "#,
    );
    last_headline_has(&fold, "again, because it is neither a customer nor an open opportunity");
    let fold = fitting_under(
        &lasting(),
        r#"
        day 0 funding series_b 25M → entered
        day 5 sales rejected [cooling] → exited sales
        # Sales said no of this very round.
        day 40 tick [warming]
        day 41 technology dropped pipedrive [buying] → entered
        "#,
    );
    last_headline_has(&fold, "entered buying mode again (");
}

#[test]
fn what_would_not_last_two_weeks_brings_nobody_back() {
    let ending = lasting().replace("half_life_days: 30, window_days: 180", "window_days: 30");
    fitting_under(
        &ending,
        r#"
        day 0 funding series_b 25M → entered
        day 2 suppress do_not_contact → exited excluded
        day 17 lift do_not_contact [buying] → entered leaves=31
        "#,
    );
    fitting_under(
        &ending,
        r#"
        day 0 funding series_b 25M → entered
        day 2 suppress do_not_contact → exited excluded
        day 18 lift do_not_contact [warming]
        "#,
    );
}

#[test]
fn a_profile_that_is_taken_back_lets_its_accounts_in_again() {
    let higher = lasting().replace("enter: 50", "enter: 80").replace("exit: 25", "exit: 60");
    let fold = play_under(
        &[&lasting(), &higher],
        r#"
        day 0 profile 0
        day 0 company employees=300 industry=saas stage=series_a
        day 1 funding series_b 25M → entered
        day 20 profile 1 [warming] → exited decayed by=profile_change
        day 30 profile 0 [buying] → entered by=profile_change
        "#,
    );
    assert!(fold.decisions[1].headline.contains("under the changed profile"));
    last_headline_has(&fold, "again, because the profile has changed");
}

#[test]
fn a_first_entry_needs_evidence_that_would_last_or_is_recent() {
    // All of the round is worth the same until its window ends.
    let flat = changed("hold_days: 10, half_life_days: 30,", "");
    let late = |profile: &str, day: u16, then: &str| {
        play_under(
            &[profile],
            &format!(
                "day 0 profile
                 day 0 funding series_b 25M (parked)
                 day {day} company employees=300 industry=saas {then}"
            ),
        );
    };
    late(&flat, 167, "[buying] → entered leaves=181");
    late(&flat, 168, "[warming]");
    let bound = |days| {
        flat.replace("max_days: 100", &format!("max_days: 100, first_entry_evidence_days: {days}"))
    };
    late(&bound(60), 60, "[buying] → entered");
    late(&bound(60), 61, "[warming]");
    late(&bound(175), 175, "[buying] → entered leaves=181");
    // A profile whose signals are over within days: what is new is enough.
    let quick = flat.replace("window_days: 180", "window_days: 9");
    late(&quick, 7, "[buying] → entered leaves=10");
    late(&quick, 8, "[warming]");
}
