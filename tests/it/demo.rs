//! The demo, as a newcomer runs it: the whole pipeline on a folder of its own.

use crate::sums::adds_up;
use buymode::codec::{Codec, Decoded};
use buymode::demo::make::{Maker, Recipe, What};
use buymode::demo::{Options, Pace, Screen, Summary, run};
use buymode::domain::account::decision::{Decision, DecisionKind, Verdict};
use buymode::domain::account::input::Input;
use buymode::domain::account::invariants;
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::log::{RecordRef, Store};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use strum::IntoEnumIterator;

const RECIPE: Recipe = Recipe { seed: 7, companies: 160 };

fn open(folder: &Path) -> EmbeddedStore {
    EmbeddedStore::open(&EmbeddedOptions::new(folder)).unwrap()
}

fn go(folder: &Path, signals: u64) -> Summary {
    let options = Options {
        data: folder.display().to_string(),
        recipe: RECIPE,
        pace: Pace::Max,
        signals_max: Some(signals),
        time_max: None,
    };
    let stop = AtomicBool::new(false);
    run(Arc::new(open(folder)), &options, &Screen::Quiet, &stop).unwrap()
}

/// Every record of a topic, in order of partition and offset.
fn records(store: &EmbeddedStore, topic: &str, visit: &mut dyn FnMut(RecordRef<'_>)) -> u64 {
    let spec = store.describe_topics(&[topic.to_owned()]).unwrap().remove(0).unwrap();
    let mut reader = store.reader().unwrap();
    let mut all = 0;
    for partition in 0..spec.partitions {
        let ends = reader.watermarks(topic, partition).unwrap();
        let mut next = ends.low;
        while next < ends.stable {
            let budget = Duration::from_secs(1);
            next = reader.read(topic, partition, next, ends.stable, budget, &mut *visit).unwrap();
        }
        all += u64::try_from(ends.high).unwrap();
    }
    all
}

fn decisions(store: &EmbeddedStore) -> Vec<Decision> {
    let mut found: Vec<Decision> = Vec::new();
    let mut codec = Codec::local();
    for topic in store.topic_names().unwrap().iter().filter(|t| t.starts_with("sequencer.")) {
        records(store, topic, &mut |record| {
            found.push(codec.decode_decision(record.value.unwrap()).unwrap());
        });
    }
    found.sort_by(|a, b| (&a.account, a.sequence).cmp(&(&b.account, b.sequence)));
    found
}

/// Each decision once, each account's in turn.
fn assert_sound(found: &[Decision]) {
    let ids: BTreeSet<_> = found.iter().map(|d| d.id).collect();
    assert_eq!(ids.len(), found.len(), "a decision lies in the log twice");
    invariants::of_decisions(found).unwrap();
    for d in found {
        adds_up(d).unwrap();
    }
}

/// The inputs of the generator, and nothing else of theirs: none twice, none left out.
fn assert_complete(store: &EmbeddedStore) {
    let mut progress = serde_json::Value::Null;
    records(store, "buymode.demo", &mut |record| {
        progress = serde_json::from_slice(record.value.unwrap()).unwrap();
    });
    let made = usize::try_from(progress["made"].as_u64().unwrap()).unwrap();
    let recipe: Recipe = serde_json::from_value(progress).unwrap();
    let accounts = Maker::new(recipe).take(made);
    let expected = accounts.filter(|m| !matches!(m.what, What::Tick | What::Broadcast(_))).count();
    let (mut codec, mut found) = (Codec::local(), 0);
    records(store, "buymode.inputs", &mut |record| {
        found += match codec.decode_input(record.key, record.value) {
            // What the core itself sent on.
            // A step that the core sends names another record as its cause.
            Ok(Decoded::Account { input: Input::Transfer(t), .. }) => {
                usize::from(t.hop == 0 && t.cause == t.id)
            }
            Ok(Decoded::Account { .. }) | Err(_) => 1,
            Ok(_) => 0,
        };
    });
    assert_eq!(found, expected, "of {made} records made");
}

#[test]
fn should_account_for_every_record_and_go_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let first = go(folder.path(), 4_000);
    let verdicts = |s: &Summary| s.inputs.values().flat_map(|row| row.values()).sum::<u64>();
    assert_eq!((first.left, first.signals), (0, 4_000));
    assert_eq!(first.consumed, verdicts(&first));
    for verdict in Verdict::iter() {
        let name = verdict.to_string();
        assert!(first.inputs.values().any(|row| row.contains_key(&name)), "no {name}");
    }
    for kind in DecisionKind::iter() {
        assert!(first.decisions.contains_key(&kind.to_string()), "no {kind}");
    }

    let second = go(folder.path(), 1_000);
    assert!(second.days_lived > first.days_lived);
    let store = open(folder.path());
    let inputs = records(&store, "buymode.inputs", &mut |_| {});
    assert_eq!(inputs, first.consumed + second.consumed);
    let buried = |s: &Summary| s.dead_letters.values().sum::<u64>();
    let letters = records(&store, "buymode.dead-letters", &mut |_| {});
    assert_eq!(letters, buried(&first) + buried(&second));
    assert!(letters > 0);
    assert_complete(&store);
    assert_sound(&decisions(&store));
}

fn demo(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_buymode"));
    command.arg("demo").arg("--data").arg(folder).stdin(Stdio::null()).stdout(Stdio::null());
    command
}

/// Waits until something was decided, so that a kill hits a run in full swing.
fn wait_for_decisions(folder: &Path, more_than: usize) {
    let patience = Instant::now() + Duration::from_secs(60);
    while Instant::now() < patience {
        std::thread::sleep(Duration::from_millis(50));
        if folder.join("data.mdb").exists() {
            let store = open(folder);
            let names = store.topic_names().unwrap();
            if names.iter().any(|n| n.starts_with("sequencer."))
                && decisions(&store).len() > more_than
            {
                return;
            }
        }
    }
    panic!("nothing was decided within a minute");
}

#[test]
fn should_lose_and_repeat_nothing_when_killed() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..3 {
        let mut child =
            demo(folder.path()).args(["--rate", "600", "--for", "60s"]).spawn().unwrap();
        wait_for_decisions(folder.path(), round * 10);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let before = decisions(&open(folder.path())).len();
    let ended = demo(folder.path()).args(["--rate", "max", "--signals", "1500"]).status().unwrap();
    assert!(ended.success());
    let store = open(folder.path());
    let found = decisions(&store);
    assert!(found.len() > before, "it went on");
    assert_complete(&store);
    assert_sound(&found);
}

#[test]
fn should_say_in_one_line_that_the_folder_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = demo(folder.path()).args(["--for", "60s"]).spawn().unwrap();
    wait_for_decisions(folder.path(), 0);
    let second = demo(folder.path()).stderr(Stdio::piped()).output().unwrap();
    first.kill().unwrap();
    first.wait().unwrap();
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(!second.status.success());
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("(buymode demo)"), "{said}");
}

/// At the highest rate, and while a second run makes again what the first one made.
#[test]
fn should_stop_soon_and_in_order_when_told_to() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..2 {
        let mut child =
            demo(folder.path()).args(["--rate", "max", "--for", "60s"]).spawn().unwrap();
        match round {
            0 => wait_for_decisions(folder.path(), 100),
            _ => std::thread::sleep(Duration::from_millis(300)),
        }
        let told = Instant::now();
        let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        assert!(sent.unwrap().success());
        assert!(child.wait().unwrap().success());
        // Five seconds are promised; a machine that runs all tests at once has more to do.
        assert!(told.elapsed() < Duration::from_secs(10), "{:?}", told.elapsed());
    }
    let store = open(folder.path());
    assert_complete(&store);
    assert_sound(&decisions(&store));
}
