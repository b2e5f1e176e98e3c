//! The arm of an experiment: drawn once, at the first entry, and shared by a company family.
//!
//! By its own hash acme.com is held back, as acme.de is, and acme.io is not.

use super::{SIMPLE, compile, timeline};
use crate::fold::Network;
use std::sync::Arc;

fn play(text: &str) -> Network {
    play_under(&[&held(1)], text)
}

fn held(salt: u64) -> String {
    format!("{SIMPLE}\nexperiment: {{hold_out_percent: 20, salt: {salt}}}\n")
}

fn play_under(profiles: &[&str], text: &str) -> Network {
    let profiles: Vec<_> = profiles.iter().map(|yaml| Arc::new(compile(yaml))).collect();
    let known = "company employees=300 industry=saas stage=series_a";
    let text = format!("day 0 profile\nday 0 {known}\nacme.de: day 0 {known}\n{text}");
    timeline::play_all(&profiles, &["acme.com", "acme.io", "acme.de"], &text)
}

#[test]
fn a_subsidiary_shares_the_arm_of_the_parent_that_it_names() {
    play(
        r#"
        acme.io: day 1 company employees=300 industry=saas stage=series_a parent=acme.com
        acme.io: day 2 funding series_b 25M → entered of=acme.io arm=hold_out route=hold-out
        day 3 funding series_b 25M → entered of=acme.com arm=hold_out route=hold-out
        "#,
    );
}

#[test]
fn a_parent_that_is_learned_later_changes_nothing() {
    let net = play(
        r#"
        acme.io: day 1 company employees=300 industry=saas stage=series_a
        acme.io: day 2 funding series_b 25M → entered of=acme.io arm=treatment route=ae
        acme.io: day 3 sales lost reason=timing → exited of=acme.io
        acme.io: day 4 company parent=acme.com
        acme.io: day 90 funding series_c 80M → entered of=acme.io arm=treatment route=ae
        "#,
    );
    let drawn = net.fold("acme.io").state.products[0].drawn.clone().unwrap();
    assert_eq!(drawn.by.as_str(), "acme.io");
}

#[test]
fn another_salt_draws_anew_by_the_parent_named_by_then() {
    play_under(
        &[&held(1), &held(2), &held(1)],
        r#"
        acme.io: day 1 company employees=300 industry=saas stage=series_a
        acme.io: day 2 funding series_b 25M → entered of=acme.io arm=treatment
        acme.io: day 3 sales lost reason=timing → exited of=acme.io
        acme.io: day 4 company parent=acme.com
        day 5 profile 1
        acme.io: day 6 tick
        day 7 profile 2
        # Nothing entered under the salt between.
        acme.io: day 90 funding series_c 80M → entered of=acme.io arm=treatment
        "#,
    );
}

#[test]
fn a_merge_keeps_the_older_draw_for_as_long_as_it_lasts() {
    let net = play(
        r#"
        acme.io: day 0 company employees=300 industry=saas stage=series_a
        acme.io: day 1 funding series_b 25M → entered of=acme.io arm=treatment
        acme.io: day 2 sales lost reason=timing → exited of=acme.io
        acme.de: day 3 funding series_b 25M → entered of=acme.de arm=hold_out
        acme.de: day 4 sales lost reason=timing → exited of=acme.de
        acme.io: day 10 merge into=acme.de
        acme.de: day 90 funding series_c 80M → entered of=acme.de arm=treatment route=ae
        acme.de: day 91 sales lost reason=timing → exited of=acme.de
        acme.io: day 95 undo into=acme.de
        # Each has its own again.
        acme.de: day 170 funding series_d 200M → entered of=acme.de arm=hold_out
        acme.io: day 170 funding series_d 190M → entered of=acme.io arm=treatment
        "#,
    );
    for account in ["acme.io", "acme.de"] {
        let drawn = net.fold(account).state.products[0].drawn.clone().unwrap();
        assert_eq!(drawn.by.as_str(), account);
    }
}

#[test]
fn who_enters_while_merged_keeps_the_arm_it_entered_in() {
    let net = play(
        r#"
        acme.io: day 0 company employees=300 industry=saas stage=series_a
        acme.io: day 1 funding series_b 25M → entered of=acme.io arm=treatment
        acme.io: day 2 sales lost reason=timing → exited of=acme.io
        acme.io: day 10 merge into=acme.de
        acme.de: day 90 funding series_c 80M → entered of=acme.de arm=treatment
        acme.de: day 91 sales lost reason=timing → exited of=acme.de
        acme.io: day 95 undo into=acme.de
        acme.de: day 170 funding series_d 200M → entered of=acme.de arm=treatment
        "#,
    );
    let drawn = net.fold("acme.de").state.products[0].drawn.clone().unwrap();
    assert_eq!(drawn.by.as_str(), "acme.io");
}
