//! Which real rounds are two reports of one: our rules against a script that shares no code with
//! us. Skipped, loudly, without the data or without python3.

use super::real::{crunchbase, data};
use buymode::domain::account::input::Input;
use buymode::domain::evidence::identity::same_event;
use buymode::domain::evidence::report::Report;
use buymode::domain::evidence::signal::Event;
use buymode::domain::terms::account::AccountKey;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

#[test]
fn should_find_the_duplicates_that_the_script_finds() {
    let Some(read) = crunchbase() else { return };
    let mut rounds: BTreeMap<&AccountKey, Vec<Report>> = BTreeMap::new();
    for record in &read.records {
        if let Input::Signal(signal) = &record.input
            && matches!(signal.event, Event::Funding(_))
        {
            let report = Report::of(signal, record.known_at);
            rounds.entry(&record.account).or_default().push(report);
        }
    }
    let (mut pairs, mut one, mut identical) = (0, 0, 0);
    for reports in rounds.values() {
        for (at, x) in reports.iter().enumerate() {
            for y in &reports[at + 1..] {
                if (x.occurred.day.since(y.occurred.day)).abs() > 60 {
                    continue;
                }
                pairs += 1;
                one += i32::from(same_event(x, y));
                assert_eq!(same_event(x, y), same_event(y, x), "{x:?} {y:?}");
                identical += i32::from(x.id == y.id);
            }
        }
    }
    let ours = json!({"pairs": pairs, "one_round": one, "identical": identical});
    let Some(theirs) = script() else { return };
    assert_eq!(ours, theirs, "ours left, the script's right");
    assert!(one > 150, "the data has duplicates: {ours}");
}

fn script() -> Option<Value> {
    let rounds = data(&["crunchbase-2013/rounds.csv.gz".to_owned()])?;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/independent/duplicate_rounds.py");
    match Command::new("python3").arg(path).args(rounds).output() {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "the script failed: {said}");
            Some(serde_json::from_slice(&output.stdout).unwrap())
        }
        Err(error) => {
            eprintln!("SKIPPED: python3 cannot be started: {error}");
            None
        }
    }
}
