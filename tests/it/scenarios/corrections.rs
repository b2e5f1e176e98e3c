//! What vendors change later, under the same id.

use super::fitting;

#[test]
fn what_a_vendor_changes_later_replaces_what_it_said() {
    fitting(
        r#"
        day 1 funding series_b 25M id=a → entered
        # Sent again, or polled again without a change: nothing.
        day 1 funding series_b 25M id=a observed=1 at=1 (duplicate)
        day 2 funding series_b 25M id=a at=1 (duplicate) [buying]
        # It was a seed round: worth nothing here.
        day 3 funding seed 2M id=a at=1 (applied) → withdrawn by=correction
        # What the vendor said before comes late, and late again.
        day 4 funding series_b 25M id=a observed=1 at=1 (duplicate)
        day 4 funding series_b 25M id=a observed=1 at=1 (duplicate) [dormant]
        # After all: the amount was right, and the stage is.
        day 5 funding series_b 25M id=a at=1 (applied) → entered by=correction
        # A day later than was said; the age counts from there.
        day 6 funding series_b 25M id=a at=2 (applied) [buying]
        # Taken back, it stays dead, whatever is said of it.
        day 7 retract a (applied) → withdrawn by=correction
        day 8 funding series_b 40M id=a at=2 (duplicate) [dormant]
        "#,
    );
}

#[test]
fn a_correction_is_linked_anew() {
    let fold = fitting(
        r#"
        day 1 funding series_b 25M id=a → entered
        day 2 funding series_b 25M id=b by=two at=1 (merged)
        # Another round than the other source means.
        day 3 funding series_b 50M id=b by=two at=1 (applied) [buying]
        "#,
    );
    assert_eq!(fold.state.evidence.len(), 2);
    let fold = fitting(
        r#"
        day 1 funding series_b 25M id=a → entered
        day 2 funding series_a 9M id=b by=two at=1 (applied)
        day 3 funding series_b 25M id=b by=two at=1 (applied) [buying]
        "#,
    );
    assert_eq!(fold.state.evidence.len(), 1);
    let told: Vec<bool> = fold.state.evidence[0].reports().iter().map(|r| r.corrected).collect();
    assert_eq!(told.iter().filter(|corrected| **corrected).count(), 1);
}

#[test]
fn a_request_that_is_corrected_is_answered_once() {
    fitting(
        r#"
        day 1 engagement demo_request id=a → triaged
        day 2 engagement demo_request id=a at=1 topic=pricing (applied)
        "#,
    );
}

#[test]
fn what_is_told_without_a_date_stays_where_it_was_first_seen() {
    let fold = fitting(
        r#"
        day 5 technology adopted hubspot id=a undated
        day 9 technology adopted hubspot id=a undated (duplicate)
        # The same of an earlier day comes late.
        day 10 technology adopted hubspot id=a undated observed=3 (applied)
        # A date, once known, is not lost.
        day 11 technology adopted hubspot id=a at=4 (applied)
        day 12 technology adopted hubspot id=a undated (duplicate)
        "#,
    );
    let report = &fold.state.evidence[0].reports()[0];
    assert_eq!(report.occurred.day.since(super::timeline::BEGIN), 4);
}

#[test]
fn a_report_that_is_kept_with_a_younger_one_stays_when_it_comes_again() {
    let fold = fitting(
        r#"
        day 1 funding series_b 25M id=a at=1 → entered
        day 20 funding series_b 25M id=b by=two at=20 (merged)
        day 410 funding series_b 25M id=a at=1 observed=1 (too_late) → exited
        "#,
    );
    assert_eq!(fold.state.evidence[0].reports().len(), 2);
}

#[test]
fn what_turns_out_to_be_long_past_counts_no_longer() {
    fitting(
        r#"
        day 1 funding series_b 25M id=a → entered
        day 2 funding series_b 25M id=a at=-500 (too_late) → withdrawn by=correction
        day 3 funding series_b 25M id=a at=1 observed=1 (duplicate) [dormant]
        "#,
    );
}

#[test]
fn what_lost_its_date_is_not_what_it_was_before_that_is_forgotten() {
    fitting(
        r#"
        day 1 funding series_b 25M id=a at=-395 (applied)
        day 10 funding series_b 25M id=a undated (applied) → entered
        day 11 funding series_b 25M id=a at=-395 observed=1 (too_late) [buying]
        # Found out since.
        day 12 funding series_b 25M id=a at=-395 (too_late) → withdrawn by=correction
        "#,
    );
}

#[test]
fn what_is_superseded_by_what_is_long_past_counts_no_longer() {
    fitting(
        r#"
        day 1 funding series_b 25M id=a → entered
        day 2 funding series_b 25M id=b at=-500 supersedes=a (too_late) → withdrawn by=correction
        day 2 funding series_b 25M id=b at=-500 supersedes=a (too_late)
        day 3 funding series_b 25M id=a at=1 observed=1 (duplicate) [dormant]
        "#,
    );
}

/// What was told without a date may come again, and is remembered; but not at the cost of these.
#[test]
fn what_was_taken_back_is_remembered_while_much_is_forgotten() {
    let undated = |n| format!("day 1 technology adopted tool{n} id=t{n} undated\n");
    let undated: String = (0..80).map(undated).collect();
    fitting(&format!(
        "{undated}
        day 300 retract a (applied)
        day 450 funding series_b 25M id=a (duplicate) [dormant]"
    ));
}

/// Three tellings without a date: which is believed does not depend on their order.
#[test]
fn of_tellings_without_a_date_it_does_not_matter_which_came_first() {
    let tellings = [
        "day 9 technology adopted hubspot id=a undated observed=5",
        "day 9 technology adopted hubspot id=a undated observed=7 by=two",
        "day 9 technology adopted hubspot id=a undated observed=7 by=three",
    ];
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let told = orders.map(|order| {
        let fold = fitting(&order.map(|n| tellings[n]).join("\n"));
        let mut report = fold.state.evidence[0].reports()[0].clone();
        report.first_seen = super::timeline::BEGIN.start();
        report
    });
    assert!(told.iter().all(|report| *report == told[0]), "{told:#?}");
}

/// A vendor that deletes a record by its own key, which was told to mean the company.
#[test]
fn a_deletion_under_the_records_own_key_finds_the_company_it_was_reported_of() {
    let accounts = ["acme.com", "crunchbase_round:7", "crunchbase_round:8"];
    let profiles = [std::sync::Arc::new(super::compile(super::SIMPLE))];
    super::timeline::play_all(
        &profiles,
        &accounts,
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas stage=series_a
        crunchbase_round:7: day 1 merge into=acme.com id=alias
        day 1 funding series_b 25M id=a → entered
        crunchbase_round:7: day 2 merge into=acme.com id=alias (duplicate)
        crunchbase_round:7: day 3 retract a (applied) → withdrawn retracted of=acme.com by=correction
        crunchbase_round:7: day 4 retract a (applied)
        day 5 funding series_b 25M id=a (duplicate) [dormant]
        # Deleted before anybody said whose it was.
        crunchbase_round:8: day 6 retract b (applied)
        day 7 funding series_b 25M id=b → entered
        crunchbase_round:8: day 8 merge into=acme.com → exited of=acme.com
        "#,
    );
}
