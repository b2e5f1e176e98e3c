//! Two keys of one company: a rebrand, a wrong merge, and who hears of it.

use super::{SIMPLE, compile, timeline};
use crate::fold::Network;
use std::sync::Arc;

fn play(text: &str) -> Network {
    let known = "company employees=300 industry=saas stage=series_a owner=kim";
    let text = format!("day 0 profile\nacme.io: day 0 {known}\n{text}");
    timeline::play_all(&[Arc::new(compile(SIMPLE))], &["acme.com", "acme.io", "acme.de"], &text)
}

#[test]
fn a_rebrand_takes_everything_along_and_nobody_hears_twice() {
    let net = play(
        r#"
        acme.io: day 1 funding series_b 25M (applied) [buying] → entered of=acme.io
        # acme.io is acme.com now. The episode goes on there, without another entry.
        acme.io: day 3 merge into=acme.com (applied) [dormant] → exited moved no_new_enrolment of=acme.io
        day 3 tick [buying]
        # Vendors and the CRM still know the old name.
        acme.io: day 4 funding series_b 25M at=1 by=two (applied)
        acme.io: day 5 engagement demo_request (applied) → triaged of=acme.com route=ae
        acme.io: day 6 sales meeting (applied)
        acme.io: day 9 suppress do_not_contact (applied) → exited excluded stop_now of=acme.com entered_as=acme.io
        # Taken off the list under the new name: it is the same company.
        day 40 lift do_not_contact (applied) [warming]
        "#,
    );
    let (old, new) = (&net.fold("acme.io").state, &net.fold("acme.com").state);
    assert_eq!(old.moved_to.as_ref().map(|to| to.as_str()), Some("acme.com"));
    assert!(old.evidence.is_empty() && new.suppressions.is_empty());
    assert_eq!(new.evidence.len(), 2, "a round with two reports, and the request");
}

#[test]
fn a_wrong_merge_is_undone_a_week_later() {
    let net = play(
        r#"
        acme.io: day 1 funding series_b 25M → entered of=acme.io
        day 2 company employees=250 industry=saas stage=series_a
        day 2 hiring "Head of Sales" [warming]
        acme.io: day 3 merge into=acme.com → exited moved of=acme.io
        day 4 tick [buying]
        acme.io: day 5 hiring "VP Sales" (applied)
        # Another company after all.
        acme.io: day 10 undo into=acme.com (applied) [buying] → exited moved of=acme.com entered_as=acme.io
        day 10 tick [warming]
        acme.io: day 11 suppress competitor → exited excluded stop_now of=acme.io ends=1
        "#,
    );
    let (one, other) = (&net.fold("acme.com").state, &net.fold("acme.io").state);
    assert_eq!((one.evidence.len(), other.evidence.len()), (1, 2));
    assert!(one.members.is_empty() && one.own.is_none() && one.suppressions.is_empty());
    assert!(other.moved_to.is_none() && other.link.is_none());
}

#[test]
fn what_sales_said_of_one_holds_for_both_while_they_are_one() {
    play(
        r#"
        day 1 company employees=250 industry=saas stage=series_a
        day 2 hiring "Head of Sales" [warming]
        acme.io: day 3 technology dropped pipedrive → entered of=acme.io
        acme.io: day 3 sales rejected → exited sales of=acme.io
        # Sales' no was said to the same company.
        acme.io: day 4 merge into=acme.com (applied)
        day 5 tick [cooling]
        acme.io: day 6 undo into=acme.com [cooling]
        day 6 tick [warming]
        "#,
    );
}

#[test]
fn aliases_form_chains_and_circles_without_loss() {
    let net = play(
        r#"
        acme.de: day 1 funding series_b 25M (parked)
        acme.de: day 2 merge into=acme.io (applied) → entered of=acme.io
        acme.io: day 3 merge into=acme.com → exited moved of=acme.io
        acme.de: day 4 hiring "Head of Sales" (applied)
        # Round in a circle: nothing comes of it.
        day 5 merge into=acme.de (applied) [buying] → exited moved of=acme.com
        day 6 merge into=acme.com (dead_lettered)
        acme.de: day 7 hiring "VP Sales" (applied)
        acme.de: day 8 undo into=acme.io (applied) → withdrawn of=acme.com
        "#,
    );
    assert_eq!(net.fold("acme.de").state.evidence.len(), 3);
}
