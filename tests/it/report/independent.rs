//! Counts over the real companies, against a script that shares no code with us. Skipped, loudly,
//! without the data or without python3.

use super::{activation, own, shipped};
use crate::ingest::real::{Read, crunchbase, yc};
use buymode::analysis::companies::fold;
use buymode::analysis::matching::{Matching, Options, tally};
use buymode::domain::profile::variant::CompiledProfile;
use serde_json::{Map, Value, json};
use std::path::Path;
use std::process::Command;

#[test]
fn should_count_the_yc_companies_as_the_script_does() {
    let Some(read) = yc() else { return };
    compare("yc-radar", read, 6_089);
}

#[test]
fn should_count_the_crunchbase_companies_as_the_script_does() {
    let Some(read) = crunchbase() else { return };
    compare("crunchbase-2013", read, 17_711);
}

fn compare(data: &str, read: &Read, companies: u64) {
    let mut profiles = shipped();
    profiles.extend(["segments", "additive"].map(|name| (name.to_owned(), own(name))));
    let Some(expected) = script(data, read, &profiles) else { return };
    let folded = fold(read.records.clone(), None);
    for ((name, profile), expected) in profiles.into_iter().zip(expected) {
        let options = Options { market: None, samples: 0 };
        let ours = shape(&tally(&activation(profile), &folded, options));
        assert_eq!(ours["companies"], companies, "{data}");
        assert_eq!(ours, expected, "{data} under {name}: ours left, the script's right");
    }
}

/// Our counts in the script's form.
fn shape(m: &Matching) -> Value {
    let standings = m.standings.iter().filter(|row| row.companies > 0);
    let standings: Map<String, Value> =
        standings.map(|row| (row.standing.to_string(), json!(row.companies))).collect();
    let mut criteria = Map::new();
    for row in &m.criteria {
        // What a segment overrides has the name of what it overrides.
        let counts = criteria.entry(row.name.to_string()).or_insert_with(|| json!({}));
        for (answer, n) in [("yes", row.yes), ("no", row.no), ("unknown", row.unknown)] {
            if n > 0 {
                let sum = counts[answer].as_u64().unwrap_or(0) + n;
                counts[answer] = json!(sum);
            }
        }
    }
    let criteria: Map<String, Value> =
        criteria.into_iter().filter(|(_, counts)| counts != &json!({})).collect();
    json!({"companies": m.companies, "standings": standings, "criteria": criteria})
}

fn script(data: &str, read: &Read, profiles: &[(String, CompiledProfile)]) -> Option<Vec<Value>> {
    let folder = tempfile::tempdir().unwrap();
    let files = profiles.iter().map(|(name, profile)| {
        let file = folder.path().join(format!("{name}.json"));
        std::fs::write(&file, serde_json::to_string(&profile.profile).unwrap()).unwrap();
        file
    });
    let files: Vec<_> = files.collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/independent/count_matches.py");
    let mut command = Command::new("python3");
    command.arg(path).arg(data).arg("--profiles").args(files).arg("--files").args(&read.inputs);
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => {
            eprintln!("SKIPPED: python3 cannot be started: {error}");
            return None;
        }
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the script failed: {said}");
    let text = String::from_utf8(output.stdout).unwrap();
    let counts: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(counts.len(), profiles.len(), "{said}");
    Some(counts)
}
