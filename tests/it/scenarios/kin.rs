//! A subsidiary keeps its own account; what its parent is excluded for keeps it out too, where the
//! profile says so.

use super::{SIMPLE, compile, timeline};
use crate::fold::Network;
use std::sync::Arc;

fn play_under(profile: &str, text: &str) -> Network {
    let known = "company employees=300 industry=saas stage=series_a";
    let text = format!("day 0 profile\nacme.io: day 0 {known} parent=acme.com\n{text}");
    timeline::play_all(&[Arc::new(compile(profile))], &["acme.com", "acme.io", "acme.de"], &text)
}

fn play(text: &str) -> Network {
    play_under(SIMPLE, text)
}

#[test]
fn what_excludes_the_parent_excludes_its_subsidiaries() {
    let net = play(
        r#"
        acme.io: day 1 funding series_b 25M (applied) [buying] → entered of=acme.io
        # Signals stay where they are: the parent has none.
        day 1 tick [dormant]
        day 2 suppress do_not_contact (applied) → exited excluded stop_now of=acme.io
        day 3 lift do_not_contact (applied) → entered of=acme.io
        "#,
    );
    assert_eq!(net.fold("acme.com").state.kin.children.len(), 1);
    assert!(net.fold("acme.com").state.evidence.is_empty());
}

#[test]
fn a_subsidiary_that_comes_later_hears_of_what_its_parent_is_on() {
    play(
        r#"
        day 1 suppress competitor until=8 (applied)
        acme.de: day 2 company employees=300 industry=saas stage=series_a parent=acme.com (applied)
        acme.de: day 3 funding series_b 25M [warming]
        # The list ends by itself, and nobody has to tell.
        acme.de: day 8 tick [buying] → entered of=acme.de
        "#,
    );
}

#[test]
fn a_customers_subsidiary_may_be_sold_to_unless_the_profile_says_otherwise() {
    let story = |then: &str| {
        format!("day 1 suppress customer (applied)\nacme.io: day 2 funding series_b 25M {then}")
    };
    play(&story("[buying] → entered of=acme.io"));
    let strict = "fit:\n  inherit_from_parent: [customer]";
    let net =
        play_under(&SIMPLE.replacen("fit:", strict, 1), &story("→ entered of=acme.io route=owner"));
    assert_eq!(net.fold("acme.io").state.kin.inherited().len(), 1);
}

#[test]
fn who_changes_hands_inherits_from_the_new_parent_alone() {
    let net = play(
        r#"
        day 1 suppress do_not_contact (applied)
        acme.io: day 2 funding series_b 25M [warming]
        acme.io: day 3 company parent=acme.de (applied) → entered of=acme.io
        day 4 lift do_not_contact
        acme.de: day 5 suppress competitor → exited excluded stop_now of=acme.io
        "#,
    );
    assert!(net.fold("acme.com").state.kin.children.is_empty());
}

#[test]
fn subsidiaries_go_with_a_parent_that_is_merged_and_come_back() {
    let net = play(
        r#"
        day 1 suppress do_not_contact (applied)
        acme.io: day 2 funding series_b 25M [warming]
        # acme.com is acme.de now: its list went along, and the subsidiary is still kept out.
        day 3 merge into=acme.de (applied)
        acme.io: day 3 tick [warming]
        # Under the new name a list more, and under the old one taken off: it is one company.
        acme.de: day 4 suppress competitor (applied)
        day 5 lift do_not_contact (applied)
        acme.io: day 5 tick [warming]
        # Two companies after all: the competitor was the other.
        day 6 undo into=acme.de (applied) → entered of=acme.io
        acme.de: day 7 lift competitor (applied)
        day 8 suppress do_not_contact id=again (applied) → exited excluded stop_now of=acme.io
        "#,
    );
    let children = |account| net.fold(account).state.kin.children.len();
    assert_eq!((children("acme.com"), children("acme.de")), (1, 0));
}
