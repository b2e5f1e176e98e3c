//! Words in another spelling than the records': as people write profiles. One profile and four rows,
//! by every way in.

use super::{buymode, ok};
use crate::pipeline::{audit, score, topics};
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::runtime::exit::Exit;
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

const PROFILE: &str = include_str!("spelling.yaml");
const ROWS: &str = include_str!("spelling.jsonl");
const MAPPING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/mappings/canonical.yaml");

/// The same profile in other spellings, the words of each line the same.
const SPELLINGS: &[&[(&str, &str)]] = &[
    &[],
    &[
        ("owner: Kim Smith", "owner: kim_smith"),
        ("owners: [Kim Smith]", "owners: [KIM-SMITH]"),
        ("tags: \"icp:gold\"", "tags: ICP gold"),
        ("topics: [Sales Engagement]", "topics: [sales-engagement]"),
        ("any_of: [HubSpot]", "any_of: [HUBSPOT]"),
        ("categories: [CRM]", "categories: [crm]"),
        ("country: [de]", "country: [DE]"),
    ],
];

struct Ground {
    folder: tempfile::TempDir,
}

impl Ground {
    fn new(profile: &str) -> Ground {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("profile.yaml"), profile).unwrap();
        std::fs::write(folder.path().join("rows.jsonl"), ROWS).unwrap();
        let ground = Ground { folder };
        let create = ["topics", "create", "--history", "--partitions", "3", "--profile"];
        ground.log(&[&create[..], &[&ground.file("profile.yaml")]].concat());
        ground
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn log(&self, args: &[&str]) -> String {
        ok(&[args, &["--embedded", &self.file("log")]].concat())
    }

    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.log(args)).unwrap()
    }

    /// Publishes, imports, and folds.
    fn fill(&self) {
        self.log(&["icp", "publish", &self.file("profile.yaml")]);
        self.log(&["import", "--mapping", MAPPING, &self.file("rows.jsonl")]);
        let store = EmbeddedStore::open(&EmbeddedOptions::new(self.folder.path().join("log")));
        let store = store.unwrap();
        assert_eq!(score(&store, &topics(), 3, Duration::from_secs(20)), Exit::Stopped);
        assert_eq!(audit(&store, &topics()).differences, 0);
    }

    fn decisions(&self) -> Vec<Value> {
        let lines = self.log(&["decisions", "--from-start", "--until-end", "--json"]);
        let mut all: Vec<Value> =
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for decision in &mut all {
            decision["profile_version"] = Value::Null;
        }
        all.sort_by_key(|d| d["sequence"].as_u64());
        all
    }
}

fn version(file: &Path) -> String {
    let said = ok(&["icp", "check", file.to_str().unwrap(), "--json"]);
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["errors"], serde_json::json!([]));
    said["profile_version"].as_str().unwrap().to_owned()
}

#[test]
fn a_word_means_the_same_however_it_is_spelt_and_whichever_way_it_came() {
    let mut decided = Vec::new();
    for changes in SPELLINGS {
        let mut profile = PROFILE.to_owned();
        for (from, to) in *changes {
            assert!(profile.contains(from), "{from}");
            profile = profile.replace(from, to);
        }
        let ground = Ground::new(&profile);
        ground.fill();
        let decisions = ground.decisions();
        let entry = decisions.iter().find(|d| d["kind"] == "entered").unwrap();
        assert_eq!((&entry["route"], &entry["owner"]), (&"kim".into(), &"Kim Smith".into()));
        // From files, from the log, and one account explained.
        let (file, rows) = (ground.file("profile.yaml"), ground.file("rows.jsonl"));
        let by_files = ok(&["icp", "match", &file, "--mapping", MAPPING, &rows, "--json"]);
        let by_files: Value = serde_json::from_str(&by_files).unwrap();
        let by_log = ground.json(&["icp", "match", &file, "--json"]);
        let explained = ground.json(&["explain", "acme.com", "--json"]);
        assert_eq!(by_files["standings"], by_log["standings"], "{by_files} {by_log}");
        let sample = &by_log["standings"][0]["samples"][0];
        assert_eq!(sample["account"], "acme.com", "{by_log}");
        let product = &explained["products"][0];
        for fit in [&product["fit"], &entry["fit"]] {
            assert_eq!(fit["lower_millipoints"], 100_000, "{explained}");
        }
        assert_eq!(sample["fit_lower_millipoints"], 100_000, "{by_log}");
        assert_eq!((&product["tier"], &entry["tier"]), (&"tier_1".into(), &"tier_1".into()));
        let rules = product["intent"]["contributions"].as_array().unwrap();
        let rules: Vec<&str> = rules.iter().map(|rule| rule["rule"].as_str().unwrap()).collect();
        for rule in ["fresh round", "new CRM", "new crm in lower case", "by category", "topic"] {
            assert!(rules.contains(&rule), "{rule} in {rules:?}");
        }
        decided.push(decisions);
    }
    assert_eq!(decided[0], decided[1]);
}

#[test]
fn the_log_carries_a_profile_as_it_was_published() {
    // With what no reader of its meaning would keep: comments, an order, a mark, line ends.
    let text = format!("\u{feff}# ours, don't touch\n{PROFILE}").replace('\n', "\r\n");
    let ground = Ground::new(&text);
    let file = ground.folder.path().join("profile.yaml");
    let said = ground.log(&["icp", "publish", file.to_str().unwrap()]);
    assert!(said.contains(&version(&file)), "{said}");
    std::fs::write(ground.folder.path().join("other.yaml"), PROFILE).unwrap();
    ground.log(&["icp", "publish", &ground.file("other.yaml")]);
    ground.log(&["icp", "rollback"]);
    let shown = ground.log(&["icp", "show"]);
    assert_eq!(shown, text);
    let history = ground.log(&["icp", "history", "--json"]);
    let last: Value = serde_json::from_str(history.lines().last().unwrap()).unwrap();
    assert_eq!(last["profile_version"].as_str(), Some(version(&file).as_str()));
    let diff = ground.json(&["icp", "diff", "live", file.to_str().unwrap(), "--json"]);
    for side in ["old", "new"] {
        let said = diff[side]["profile_version"].as_str();
        assert_eq!(said, Some(version(&file).as_str()), "{diff}");
    }
}

#[test]
fn a_word_without_letters_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    for (from, to, at) in [
        ("owners: [Kim Smith]", "owners: [\"--\"]", "routes.table[0].owners[0]"),
        ("owner: Kim Smith", "owner: \"…\"", "fit.criteria[2].when.owner"),
        ("topics: [Sales Engagement]", "topics: [\" \"]", "intent.rules[4].engagement.topics[0]"),
    ] {
        assert!(PROFILE.contains(from), "{from}");
        let file = folder.path().join("profile.yaml");
        std::fs::write(&file, PROFILE.replace(from, to)).unwrap();
        let ended = buymode(&["icp", "check", file.to_str().unwrap()]);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        for part in [at, "invalid word", "it has no letter or digit; use one that has"] {
            assert!(ended.stdout.contains(part), "{part} in {ended:?}");
        }
    }
}
