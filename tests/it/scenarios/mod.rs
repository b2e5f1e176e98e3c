//! What a salesperson would see, as timelines in words (see [`timeline`]), played by the real core.

mod again;
mod company;
mod corrections;
mod draw;
mod episode;
mod evidence;
mod exits;
mod growth;
mod kin;
mod listed;
mod merges;
mod misses;
mod notices;
mod operators;
mod people;
mod posts;
mod profiles;
mod records;
mod rules;
mod strengthened;
mod templates;
mod timeline;
mod undone;
mod words;

use crate::fold::{Fold, compile};
use std::sync::Arc;

const SIMPLE: &str = include_str!("simple.yaml");

/// The simple profile, and a company that fits it.
const FITTING: &str = "
    day 0 profile
    day 0 company employees=300 industry=saas stage=series_a
";

/// Plays what happens to a company that fits the simple profile.
fn fitting(text: &str) -> Fold {
    play(&format!("{FITTING}\n{text}"))
}

/// Plays a timeline under the simple profile.
fn play(text: &str) -> Fold {
    play_under(&[SIMPLE], text)
}

/// Plays a timeline; `profile 1` in it activates the second profile.
fn play_under(profiles: &[&str], text: &str) -> Fold {
    let profiles: Vec<_> = profiles.iter().map(|yaml| Arc::new(compile(yaml))).collect();
    timeline::play(&profiles, text)
}

/// The simple profile with something changed.
fn changed(from: &str, to: &str) -> String {
    assert!(SIMPLE.contains(from), "{from:?} is not in the profile");
    SIMPLE.replace(from, to)
}
