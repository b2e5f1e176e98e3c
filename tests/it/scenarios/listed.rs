//! Who takes an account off a list of those that must not be contacted.

use super::people::fitting;
use super::{SIMPLE, compile, timeline};
use std::sync::Arc;

/// Two accounts of one company.
fn merged(text: &str) {
    let known = "company employees=300 industry=saas stage=series_a owner=kim";
    let text = format!("day 0 profile\nday 0 {known}\n{text}");
    timeline::play_all(&[Arc::new(compile(SIMPLE))], &["acme.com", "acme.io"], &text);
}

/// In doubt a suppression holds.
#[test]
fn who_takes_a_word_back_lifts_no_other_ones_suppression() {
    fitting(
        r#"
        day 1 suppress do_not_contact by=ana
        day 2 lift do_not_contact by=ben stated=1 (too_late)
        day 3 funding series_b 25M (suppressed)
        day 4 lift do_not_contact by=ana stated=1 (applied) [buying] → entered
        "#,
    );
    // The CRM says so too, on the same day; and of an earlier day.
    for stated in ["1", "-5"] {
        fitting(&format!(
            "day 1 suppress do_not_contact by=ana
             day 2 suppress do_not_contact stated={stated}
             day 3 lift do_not_contact by=ana stated=1 (too_late)
             day 4 funding series_b 25M (suppressed)
             day 5 lift do_not_contact (applied) [buying] → entered"
        ));
    }
}

#[test]
fn a_word_that_is_taken_back_lifts_nothing_that_was_said_before_it() {
    // By a CRM; by a CRM that quotes the desk; by another person.
    for before in ["", "reason=said_by_ana owner=ana", "by=ben"] {
        fitting(&format!(
            "day 1 suppress do_not_contact {before}
             day 2 suppress do_not_contact by=ana
             day 3 lift do_not_contact by=ana stated=1 (too_late)
             day 4 funding series_b 25M (suppressed)"
        ));
    }
    fitting(
        r#"
        day 1 suppress do_not_contact
        day 2 suppress do_not_contact by=ana
        day 3 lift do_not_contact by=ana stated=2 (too_late)
        day 4 lift do_not_contact by=ben stated=4 (too_late)
        day 5 funding series_b 25M (suppressed)
        # Who has said it first may end it.
        day 6 lift do_not_contact (applied) [buying] → entered
        "#,
    );
    // Also where it was for a time.
    fitting(
        r#"
        day 1 suppress do_not_contact until=30
        day 2 suppress do_not_contact by=ana
        day 3 lift do_not_contact by=ana stated=2 (too_late)
        day 4 funding series_b 25M (suppressed)
        "#,
    );
    // A person of several: the desk takes it back when all of them have.
    fitting(
        r#"
        day 1 suppress do_not_contact by=ana
        day 2 suppress do_not_contact by=ben
        day 3 lift do_not_contact by=ana stated=1 (too_late)
        day 4 funding series_b 25M (suppressed)
        day 5 lift do_not_contact by=ana stated=2 (applied) [buying] → entered
        "#,
    );
    // Once lifted by others, then said by a CRM again.
    fitting(
        r#"
        day 1 suppress do_not_contact by=ana
        day 2 lift do_not_contact (applied)
        day 3 suppress do_not_contact
        day 4 lift do_not_contact by=ana stated=1 (too_late)
        day 5 lift do_not_contact by=ana stated=9 (too_late)
        day 6 funding series_b 25M (suppressed)
        "#,
    );
}

/// Each account of a merged one keeps what was said of it.
#[test]
fn a_word_that_is_taken_back_lifts_nothing_that_was_said_of_a_merged_account() {
    // The one account's entry, and the other's: by a CRM earlier or on the same day, by the same person.
    for (other, word) in [
        ("stated=1", "stated=1"),
        ("stated=-5", "stated=1"),
        ("by=ana stated=1", "stated=1"),
        ("by=ben stated=1", "stated=1"),
        ("", "stated=2"),
    ] {
        for order in ["own", "member"] {
            let (first, second) =
                if order == "own" { ("", "acme.io: ") } else { ("acme.io: ", "") };
            merged(&format!(
                "{first}day 1 suppress do_not_contact by=ana
                 {second}day 1 suppress do_not_contact {other}
                 acme.io: day 2 merge into=acme.com
                 {first}day 3 lift do_not_contact by=ana {word}
                 day 4 funding series_b 25M (suppressed)
                 {second}day 5 funding series_c 50M
                 day 6 hiring \"Head of Sales\" (suppressed)"
            ));
            // Merged before anything was said.
            merged(&format!(
                "acme.io: day 1 merge into=acme.com
                 {second}day 1 suppress do_not_contact {other}
                 {first}day 1 suppress do_not_contact by=ana
                 {first}day 3 lift do_not_contact by=ana {word}
                 day 4 funding series_b 25M (suppressed)"
            ));
        }
    }
    // Its own word is lifted, and nothing else is there.
    merged(
        "acme.io: day 1 suppress do_not_contact by=ana
         acme.io: day 2 merge into=acme.com
         day 3 funding series_b 25M (suppressed)
         acme.io: day 4 lift do_not_contact by=ana stated=1 (applied) → entered of=acme.com",
    );
    // The merge is undone: each has its own again.
    merged(
        "acme.io: day 1 suppress do_not_contact
         acme.io: day 2 merge into=acme.com
         day 3 suppress do_not_contact by=ana
         day 4 lift do_not_contact by=ana stated=3
         acme.io: day 5 undo into=acme.com
         day 6 funding series_b 25M (applied) [buying] → entered",
    );
}

/// It holds for good: what is merged into it, or what it is merged into, changes nothing of that.
#[test]
fn only_an_erasure_that_is_taken_back_ends_an_erased_account() {
    for before in ["", "suppress do_not_contact", "suppress do_not_contact by=ana"] {
        fitting(&format!(
            "{}
             day 1 suppress do_not_contact erased=0
             day 2 suppress do_not_contact until=40
             day 3 lift do_not_contact (applied)
             day 3 lift do_not_contact by=ana stated=3 (too_late)
             day 4 suppress do_not_contact by=ana
             day 5 lift do_not_contact by=ana stated=4 (applied)
             day 6 lift do_not_contact stated=6 source=hubspot (too_late)
             day 7 lift do_not_contact source=erase (too_late)
             day 50 funding series_b 25M (suppressed)
             day 51 lift do_not_contact erased=0 (applied) [buying] → entered",
            if before.is_empty() { String::new() } else { format!("day 1 {before}") }
        ));
    }
    // To take it back ends nothing that others said, before it, after it, or dated by the month's end.
    for said in ["", "by=ana", "stated=20"] {
        for [first, second] in [[said, "erased=0"], ["erased=0", said]] {
            fitting(&format!(
                "day 1 suppress do_not_contact {first}
                 day 9 suppress do_not_contact {second}
                 day 10 lift do_not_contact erased=0 (applied)
                 day 12 funding series_b 25M (suppressed)"
            ));
        }
    }
    // A source that bears the name, or quotes the reason, states what any source does.
    for other in ["source=erase", "reason=erased"] {
        fitting(&format!(
            "day 1 suppress do_not_contact {other}
             day 2 lift do_not_contact erased=0 (too_late)
             day 3 lift do_not_contact (applied)
             day 4 funding series_b 25M (applied) [buying] → entered"
        ));
    }
    for (order, lifted) in [("", "acme.io: "), ("acme.io: ", "")] {
        merged(&format!(
            "{order}day 1 suppress do_not_contact erased=0
             acme.io: day 2 merge into=acme.com
             {lifted}day 3 lift do_not_contact
             {order}day 4 lift do_not_contact
             day 5 funding series_b 25M (suppressed)"
        ));
    }
    // It waits for its data, and is taken off the list meanwhile.
    merged(
        "acme.io: day 1 suppress do_not_contact erased=0
         acme.io: day 2 merge into=acme.com
         acme.io: day 3 undo into=acme.com
         acme.io: day 3 lift do_not_contact
         acme.io: day 4 lift do_not_contact (too_late)",
    );
}
