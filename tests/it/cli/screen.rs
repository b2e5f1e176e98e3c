//! Text for people: as wide as their terminal, wrapped between words; and the demo's last screen.

use super::{command, ok, signal, wait};
use buymode::demo::make::Recipe;
use buymode::demo::{Calls, Options, Pace, Screen, run};
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/profiles/demo.yaml");

/// A demo of `signals` signals at the highest rate, and how many accounts it ended with in buying mode.
fn demo(folder: &Path, seed: u64, signals: u64) -> (Calls, usize) {
    let options = Options {
        data: folder.display().to_string(),
        recipe: Recipe { seed, companies: 160 },
        pace: Pace::Max,
        signals_max: Some(signals),
        time_max: None,
    };
    let store = EmbeddedStore::open(&EmbeddedOptions::new(folder)).unwrap();
    let summary = run(Arc::new(store), &options, &Screen::Quiet, &AtomicBool::new(false)).unwrap();
    let buying = summary.stages.get("buying").copied().unwrap_or(0);
    (summary.calls, usize::try_from(buying).unwrap())
}

fn explained(folder: &Path, account: &str) -> Value {
    let folder = folder.to_str().unwrap();
    serde_json::from_str(&ok(&["explain", account, "--embedded", folder, "--json"])).unwrap()
}

#[test]
fn should_recommend_only_accounts_that_are_in_buying_mode_then() {
    let mut recommended = 0;
    for seed in 1..=6 {
        let folder = tempfile::tempdir().unwrap();
        // Each ends at another time of the year.
        let (calls, buying) = demo(folder.path(), seed, 1_600 + seed * 450);
        for call in &calls.to_call {
            let account = explained(folder.path(), call.account.as_str());
            let product = &account["products"][0];
            assert_eq!(account["stage"], "buying", "seed {seed}: {call:?}");
            assert!(product["episode"].is_object(), "seed {seed}: {call:?}");
            assert!(product["excluded"].is_null(), "seed {seed}: {call:?}");
            assert_eq!(product["owner_only"], false, "seed {seed}: {call:?}");
            assert_eq!(product["muted"], false, "seed {seed}: {call:?}");
            assert!(!calls.do_not_contact.contains(&call.name), "seed {seed}: {call:?}");
            assert!(!call.why.is_empty() && !call.ask_for.is_empty(), "seed {seed}: {call:?}");
            assert!(call.call_by.is_some(), "seed {seed}: {call:?}");
        }
        assert!(calls.to_call.is_sorted_by_key(|call| std::cmp::Reverse(call.priority)));
        let shown = calls.to_call.len() + calls.in_touch.len() + calls.with_owner.len();
        assert_eq!(shown, buying, "seed {seed}: each account in buying mode is shown once");
        recommended += calls.to_call.len();
    }
    assert!(recommended > 10, "{recommended}");
}

/// The same command's output in so many columns.
fn in_columns(columns: &str, args: &[&str]) -> String {
    let ended = wait(command(args).env("COLUMNS", columns).spawn().unwrap());
    assert_eq!(ended.code, Some(0), "{args:?}: {ended:?}");
    ended.stdout
}

fn words(text: &str) -> Vec<&str> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    words.sort_unstable();
    words
}

fn assert_within(columns: usize, text: &str) {
    let long = text.lines().find(|line| line.chars().count() > columns);
    assert_eq!(long, None, "longer than {columns}");
}

#[test]
fn should_wrap_at_words_in_any_width() {
    let folder = tempfile::tempdir().unwrap();
    let (calls, _) = demo(folder.path(), 7, 2_400);
    let data = folder.path().to_str().unwrap();
    let accounts = calls.to_call.iter().map(|call| call.account.as_str());
    let mut asked: Vec<Vec<&str>> =
        accounts.map(|account| vec!["explain", account, "--embedded", data]).collect();
    assert!(!asked.is_empty());
    asked.push(vec!["why-not", asked[0][1], "--embedded", data]);
    asked.push(vec!["icp", "match", DEMO, "--embedded", data]);
    for args in asked {
        let wide = in_columns("2000", &args);
        for (columns, width) in [("80", 80), ("100", 100), ("132", 132)] {
            let narrow = in_columns(columns, &args);
            assert_within(width, &narrow);
            assert_eq!(words(&narrow), words(&wide), "{args:?} broke a word in {width} columns");
        }
        assert!(wide.lines().any(|line| line.chars().count() > 80), "{args:?} used the width");
    }
}

#[test]
fn should_show_whom_to_call_first_and_the_verdicts_last() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let run = ["demo", "--embedded", data, "--signals", "2400", "--rate", "max"];
    for columns in [80, 60] {
        let args = [&run[..], &["--companies", "160"]].concat();
        let shown = in_columns(&columns.to_string(), &args);
        assert_within(columns, &shown);
        assert!(!shown.contains('\u{1b}'), "a pipe gets plain text");
        let titles = ["Accounts to call", "What to try next", "Decisions by", "Inputs by verdict"];
        let places = titles.map(|title| shown.find(title).unwrap_or_else(|| panic!("{shown}")));
        assert!(places.is_sorted(), "{shown}");
    }
}

#[test]
fn should_show_whom_to_call_when_it_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let child = command(&["demo", "--embedded", data, "--speed", "60", "--for", "60s"]);
    let child = { child }.spawn().unwrap();
    let (pid, began) = (child.id(), Instant::now());
    std::thread::spawn(move || {
        // Long enough for the first decisions; a stop before them has the same end.
        std::thread::sleep(Duration::from_secs(4));
        signal(pid, "INT");
    });
    let ended = wait(child);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(began.elapsed() < Duration::from_secs(30));
    assert!(ended.stdout.contains("Accounts to call"), "{}", ended.stdout);
    assert!(ended.stdout.contains("Inputs by verdict"), "{}", ended.stdout);
}
