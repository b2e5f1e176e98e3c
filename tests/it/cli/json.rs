//! Every `--json` there is, on the log of a small demo: times, units and names as scripts can read
//! them without a guess.

use super::{EXAMPLE, buymode, command, ok};
use crate::support::answers;
use crate::support::readable::assert_readable;
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::log::{Output, Store};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/profiles/demo.yaml");

/// Accounts that are explained: enough for each standing and each kind of obstacle.
const EXPLAINED: usize = 24;

struct Ground {
    folder: tempfile::TempDir,
    data: String,
}

impl Ground {
    /// A demo that ran to its end, and what it printed.
    fn new() -> (Ground, Vec<Value>) {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("demo").to_str().unwrap().to_owned();
        let run = ["--signals", "3000", "--rate", "max", "--companies", "160", "--json"];
        // Without the limit of `ok`: on a busy machine a demo may take longer.
        let ended = command(&[&["demo", "--data", &data], &run[..]].concat()).output().unwrap();
        assert!(ended.status.success(), "{ended:?}");
        let text = String::from_utf8(ended.stdout).unwrap();
        answers::check(&["demo", "--json"], &text);
        (Ground { folder, data }, lines(&text))
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// The answers of a command that is told a log; whatever its exit code.
    fn ask(&self, args: &[&str]) -> Vec<Value> {
        let args = [args, &["--json", "--embedded", &self.data]].concat();
        let ended = buymode(&args);
        let answers = lines(&ended.stdout);
        assert!(!answers.is_empty(), "{args:?} printed no JSON: {ended:?}");
        answers.iter().for_each(|answer| assert_readable(&args.join(" "), answer));
        answers
    }
}

/// One value, however it is laid out, or one a line.
fn lines(text: &str) -> Vec<Value> {
    let values = serde_json::Deserializer::from_str(text).into_iter();
    values.map(|value| value.unwrap_or_else(|e| panic!("{e}: {text}"))).collect()
}

#[test]
fn every_answer_can_be_read_without_a_guess() {
    let (ground, demo) = Ground::new();
    demo.iter().for_each(|answer| assert_readable("demo", answer));
    let decisions = ground.ask(&["decisions", "--from-start", "--until-end"]);
    assert_eq!(
        sorted(&decisions),
        sorted(&demo[..demo.len() - 1]),
        "the demo shows what is written"
    );
    episodes_are_named(&decisions);

    let accounts: BTreeSet<&str> = decisions.iter().map(|d| text(d, "account")).collect();
    let mut obstacles = BTreeSet::new();
    for account in accounts.iter().take(EXPLAINED) {
        let explained = ground.ask(&["explain", account]).remove(0);
        let why_not = ground.ask(&["why-not", account]).remove(0);
        let kept_out = why_not["products"][0]["kept_out_by"].as_array().unwrap();
        obstacles.extend(kept_out.iter().map(|o| text(o, "kept_out_by").to_owned()));
        an_open_episode_is_that_of_its_entry(&explained, &decisions);
    }
    for kind in ["intent", "fit", "cooldown", "excluded"] {
        assert!(obstacles.contains(kind), "{kind} keeps nobody out: {obstacles:?}");
    }

    let changed = std::fs::read_to_string(DEMO).unwrap().replace("enter: 60", "enter: 45");
    let changed = ground.file("changed.yaml", &changed);
    for args in [
        &["audit"][..],
        &["icp", "match", EXAMPLE, "--market", "4000"],
        &["icp", "diff", "live", &changed],
        &["icp", "history"],
        &["icp", "check", EXAMPLE],
        &["dead-letters", "list", "--all"],
        &["dead-letters", "replay", "--dry-run"],
        &["dead-letters", "drop", "--all", "--because", "a test", "--limit", "1"],
        &["dead-letters", "list", "--all"],
        &["topics", "create", "--history", "--profile", EXAMPLE],
        &["topics", "describe", "--history"],
    ] {
        ground.ask(args);
    }
    aliases(&ground);
    profiles(&ground, &changed);
    files(&ground);
    differences(&ground, accounts.first().unwrap());
}

fn text<'a>(of: &'a Value, name: &str) -> &'a str {
    of[name].as_str().unwrap_or_else(|| panic!("no {name}: {of}"))
}

fn sorted(decisions: &[Value]) -> BTreeMap<&str, &Value> {
    decisions.iter().map(|d| (text(d, "id"), d)).collect()
}

/// As a foreign client joins them: by ids that the records carry.
fn episodes_are_named(decisions: &[Value]) {
    let by_id = sorted(decisions);
    let mut kinds = BTreeSet::new();
    for d in decisions {
        let kind = text(d, "kind");
        match kind {
            "entered" => assert_eq!((&d["episode_id"], &d["opened_by"]), (&d["id"], &Value::Null)),
            "strengthened" | "exited" | "withdrawn" => {
                let entry = by_id[text(d, "opened_by")];
                assert_eq!((text(entry, "kind"), &entry["product"]), ("entered", &d["product"]));
                assert_eq!(entry["episode_id"], d["episode_id"]);
                kinds.insert(kind);
            }
            _ => assert_eq!(d["episode_id"], d["opened_by"], "{d}"),
        }
    }
    assert!(kinds.len() >= 2, "{kinds:?}");
}

fn an_open_episode_is_that_of_its_entry(explained: &Value, decisions: &[Value]) {
    let by_id = sorted(decisions);
    for product in explained["products"].as_array().unwrap() {
        if let Some(id) = product["episode"]["episode_id"].as_str() {
            assert_eq!(by_id[id]["kind"], "entered", "{product}");
            assert_eq!(by_id[id]["decided_at"], product["episode"]["since"], "{product}");
        }
    }
}

fn aliases(ground: &Ground) {
    let file = ground.file("aliases.csv", "alias,account\nold-name.com,new-name.com\n");
    ground.ask(&["aliases", "import", &file, "--dry-run"]);
    ground.ask(&["aliases", "add", "acme.io", "acme.com", "--by", "kim", "--reason", "rebrand"]);
    let listed = ground.ask(&["aliases", "list"]);
    let added = listed.iter().find(|a| a["alias"] == "acme.io").unwrap();
    assert_eq!((text(added, "added_by"), text(added, "source")), ("kim", "person"));
    ground.ask(&["aliases", "remove", "acme.io"]);
}

/// What `icp show` prints is not here: it is the profile itself, under the file's own keys.
fn profiles(ground: &Ground, changed: &str) {
    let published = ground.ask(&["icp", "publish", EXAMPLE, "--by", "kim"]).remove(0);
    assert_eq!(text(&published, "published_by"), "kim");
    let checked = ground.ask(&["icp", "check", EXAMPLE]).remove(0);
    assert_eq!(checked["profile_version"], published["profile_version"]);
    let now = ground.ask(&["icp", "publish", changed]).remove(0);
    let back = ground.ask(&["icp", "rollback", "--product", text(&now, "product")]).remove(0);
    assert_eq!(back["profile_version"], now["replaced_profile_version"]);
    let page: Value = serde_json::from_str(&ok(&["icp", "render", EXAMPLE, "--json"])).unwrap();
    assert_readable("icp render", &page);
}

/// A state that was taken out of the log, as an audit shows it.
fn differences(ground: &Ground, account: &str) {
    let store = EmbeddedStore::open(&EmbeddedOptions::new(&ground.data)).unwrap();
    let mut writer = store.writer("test").unwrap();
    writer.begin().unwrap();
    let (topic, key) = ("buymode.accounts", Some(account.as_bytes()));
    let none = Output { topic, key, ..Output::default() };
    writer.send(&none).unwrap();
    writer.commit(&[]).unwrap();
    drop(writer);
    drop(store);
    let audit = ground.ask(&["audit"]).remove(0);
    let missing = |d: &&Value| d["difference"] == "state_missing" && d["account"] == account;
    let first = audit["first"].as_array().unwrap();
    assert!(first.iter().find(missing).unwrap()["expected"]["company"].is_object(), "{audit}");
}

/// Commands that read files.
fn files(ground: &Ground) {
    let mapping = ground.file(
        "vendor.yaml",
        "source: vendor\nsnapshot_at: '\"2024-03-01\"'\nrules:\n  - name: rounds\n    match: .site\n    emit: |\n      \
         {record: \"funding\", account: .site, round, source_record_id: .id, occurred_at: .date}\n",
    );
    let rows = ground
        .file("rows.csv", "id,site,round,date\n1,one.com,seed,2024-02-01\n2,two.com,seed,never\n");
    let import = ["import", "--dry-run", "--json", "--mapping", &mapping, &rows];
    let summary: Value = serde_json::from_str(&ok(&import)).unwrap();
    assert_readable("import", &summary);
    assert!(text(&summary, "first_at").starts_with("2024-03-01T"), "{summary}");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/mappings/ashby.yaml");
    let tested = ok(&["mapping", "test", folder.to_str().unwrap(), "--json"]);
    assert_readable("mapping test", &serde_json::from_str(&tested).unwrap());
}
