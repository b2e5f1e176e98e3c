//! What people say: suppressions, sales' word, inbound requests.

use super::play;

pub(super) fn fitting(text: &str) -> crate::fold::Fold {
    play(&format!(
        "day 0 profile
         day 0 company employees=300 industry=saas stage=series_a owner=kim
         {text}"
    ))
}

#[test]
fn nobody_hears_of_a_suppressed_account() {
    fitting(
        r#"
        day 1 suppress do_not_contact until=10 (applied)
        day 2 funding series_b 25M (suppressed) [warming]
        day 11 tick [buying] → entered on=10 by=time
        day 12 suppress competitor id=s [warming] → exited excluded stop_now
        day 12 lift competitor [buying] → entered
        # Delivered again, after it was lifted.
        day 13 suppress competitor id=s (duplicate) [buying]
        "#,
    );
}

#[test]
fn only_a_plain_and_later_lift_ends_a_suppression() {
    fitting(
        r#"
        # From a list without dates: it may be as young as the import of it, on day 40.
        day 1 suppress do_not_contact stated=40 (applied)
        day 2 funding series_b 25M (suppressed) [warming]
        day 10 lift do_not_contact (too_late) [warming]
        day 41 lift do_not_contact stated=39 (too_late) [warming]
        # Without a date in a history.
        day 42 lift do_not_contact stated=-400 (too_late) [warming]
        day 43 lift do_not_contact (applied) [warming]
        day 44 funding series_c 80M (applied) [buying] → entered
        "#,
    );
    fitting(
        r#"
        day 1 suppress customer stated=40
        day 2 sales churned (applied)
        day 3 hiring "Head of Sales"
        day 4 funding series_b 25M [buying] → entered route=owner
        "#,
    );
}

#[test]
fn a_second_source_does_not_shorten_a_suppression() {
    fitting(
        r#"
        day 1 suppress do_not_contact
        day 2 suppress do_not_contact until=10 (duplicate)
        # Over before it came.
        day 3 suppress do_not_contact until=2 (too_late)
        day 4 funding series_b 25M (suppressed)
        day 12 tick [warming]
        day 13 lift do_not_contact (applied) [buying] → entered
        "#,
    );
    fitting(
        r#"
        day 1 suppress do_not_contact until=20
        day 2 suppress do_not_contact until=10 (duplicate)
        day 3 suppress do_not_contact until=30 (applied)
        day 4 funding series_b 25M (suppressed)
        day 29 funding series_c 80M (suppressed)
        day 31 tick [buying] → entered on=30
        "#,
    );
}

#[test]
fn a_customer_never_goes_to_a_sequencer_but_its_owner_hears() {
    fitting(
        r#"
        day 1 suppress customer
        day 2 funding series_b 25M (applied) [buying] → entered route=owner owner=kim
        "#,
    );
    fitting(
        r#"
        day 1 funding series_b 25M → entered route=ae
        # Signed elsewhere: stop the sequence. The owner hears of what is new.
        day 5 suppress customer [cooling] → exited excluded stop_now route=ae
        day 6 hiring "Head of Sales"
        day 7 funding series_c 80M [buying] → entered route=owner
        "#,
    );
}

#[test]
fn sales_word_mutes_ends_and_cools() {
    fitting(
        r#"
        day 1 technology dropped pipedrive → entered high
        day 2 sales meeting (applied) [buying]
        # In touch already: nothing is announced.
        day 9 funding series_b 25M [buying]
        day 12 sales opportunity → exited sales stop_now outcome=opportunity cooldown=192
        day 20 sales lost reason=timing [cooling]
        day 79 tick [cooling]
        # Sixty days after it was lost for its timing.
        day 80 tick [dormant]
        "#,
    );
    fitting(
        r#"
        day 1 funding series_b 25M → entered
        day 2 sales won → exited sales outcome=won cooldown=182
        day 3 sales won (applied)
        "#,
    );
}

#[test]
fn what_sales_says_again_without_the_reason_changes_nothing() {
    // HubSpot sends the reason and the closed stage as two events, in any order.
    fitting(
        r#"
        day 1 funding series_b 25M → entered
        day 2 sales lost reason=timing → exited outcome=lost cooldown=62
        day 2 sales lost [cooling]
        day 3 sales lost [cooling]
        day 61 tick [cooling]
        day 62 tick [dormant]
        "#,
    );
    fitting(
        r#"
        day 1 funding series_b 25M → entered
        day 2 sales lost → exited outcome=lost cooldown=32
        # Now with its reason.
        day 3 sales lost reason=timing [cooling]
        day 4 sales lost [cooling]
        day 62 tick [cooling]
        day 63 tick [dormant]
        "#,
    );
    // Another cycle: what is lost then is lost anew.
    fitting(
        r#"
        day 1 sales lost reason=timing [cooling]
        day 5 sales opportunity [cooling]
        day 9 sales lost [cooling]
        day 38 tick [cooling]
        day 39 tick [dormant]
        "#,
    );
    // A reason after which nothing cools is a reason too.
    fitting(
        r#"
        day 1 sales lost reason=moved [cooling]
        day 1 sales lost [cooling]
        day 2 tick [dormant]
        "#,
    );
    // Also where it comes late, in whatever order.
    fitting(
        r#"
        day 3 sales lost reason=moved at=2 [cooling]
        day 3 sales lost at=2 [cooling]
        day 4 tick [dormant]
        day 6 sales lost at=5 [cooling]
        day 6 sales lost reason=moved at=5 [cooling]
        day 7 tick [dormant]
        "#,
    );
}

#[test]
fn an_old_no_cools_from_its_day() {
    fitting(
        r#"
        day 50 sales lost reason=timing at=0 [cooling]
        day 51 funding series_b 25M at=49 [buying] → entered
        # Said of an earlier episode: it does not end this one.
        day 52 sales rejected at=1 (applied) [buying]
        day 53 sales rejected [cooling] → exited sales cooldown=83
        "#,
    );
}

#[test]
fn an_inbound_request_gets_one_answer() {
    fitting(
        r#"
        day 1 engagement demo_request (applied) → triaged route=ae band=high
        day 1 again (duplicate)
        day 2 engagement demo_request baseline (applied)
        "#,
    );
    play(
        r#"
        day 0 profile
        day 0 company employees=5 industry=retail stage=seed
        day 1 engagement form → triaged route=nurture band=low
        "#,
    );
    let fold = fitting(
        r#"
        day 1 suppress do_not_contact
        day 2 engagement demo_request (suppressed) → triaged route=digest
        day 3 lift do_not_contact
        day 4 suppress competitor
        day 5 engagement form (suppressed) → triaged route=digest
        "#,
    );
    let said = "acme.com asked for us, but is excluded (do_not_contact)";
    assert!(fold.decisions[0].headline.starts_with(said), "{}", fold.decisions[0].headline);
    assert!(fold.decisions.iter().all(|d| d.personas.is_empty() && d.sla_deadline.is_none()));
    play(
        r#"
        day 0 profile
        # Nobody knows who asks: first find out.
        day 1 engagement demo_request (parked) → triaged route=enrich missing=industry
        "#,
    );
}

#[test]
fn a_snooze_mutes_until_its_day_and_the_episode_stays_open() {
    fitting(
        r#"
        day 1 funding series_b 25M → entered high
        day 2 sales snoozed until=20 (applied) [buying]
        day 9 funding series_c 80M [buying]
        day 19 tick [buying]
        # What came meanwhile is announced on the day.
        day 20 tick [buying] → strengthened on=20 by=time
        "#,
    );
    fitting(
        r#"
        day 1 funding series_b 25M → entered high
        # A later word is stronger, whatever the day.
        day 2 sales snoozed until=20 [buying]
        day 3 sales accepted (applied) [buying]
        day 9 funding series_c 80M [buying]
        day 20 tick [buying]
        day 21 sales qualified (applied) [buying]
        "#,
    );
}

#[test]
fn what_sales_takes_back_counts_as_if_it_had_not_been_said() {
    fitting(
        r#"
        day 1 funding series_b 25M → entered high
        day 2 sales accepted [buying]
        day 9 funding series_c 80M [buying]
        day 20 sales reopened (applied) [buying] → strengthened
        "#,
    );
    fitting(
        r#"
        day 1 funding series_b 25M → entered
        day 2 sales rejected reason=timing [cooling] → exited outcome=rejected
        day 3 sales reopened (applied) [buying] → entered
        day 4 sales reopened (applied) [buying]
        "#,
    );
}
