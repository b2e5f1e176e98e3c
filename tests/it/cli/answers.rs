//! `buymode schema answers`: every command with `--json` has a schema in `schemas/answers`, which is what the program
//! prints. The answers themselves are held against them wherever a test calls the binary (`support/answers.rs`).

use super::{EXAMPLE, buymode, ok};
use crate::support::answers::{file, folder};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Every command that has the flag, by its words.
fn with_json(command: &clap::Command, words: &str, found: &mut BTreeSet<String>) {
    if command.get_arguments().any(|arg| arg.get_id() == "json") {
        found.insert(words.to_owned());
    }
    for next in command.get_subcommands() {
        with_json(next, format!("{words} {}", next.get_name()).trim(), found);
    }
}

#[test]
fn every_command_with_json_has_a_schema_and_the_files_hold_them() {
    let all: Value = serde_json::from_str(&ok(&["schema", "answers"])).unwrap();
    let all = all["$defs"].as_object().unwrap();
    let mut wanted = BTreeSet::new();
    with_json(&buymode::cli::command(), "", &mut wanted);
    assert!(wanted.len() > 45, "{wanted:?}");
    let listed: BTreeSet<String> = all.keys().cloned().collect();
    assert_eq!(listed, wanted, "list each in src/cli/answers.rs");
    let (mut bare, mut files) = (Vec::new(), BTreeSet::new());
    for (name, schema) in all {
        let text = serde_json::to_string_pretty(schema).unwrap() + "\n";
        let path = file(name);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::create_dir_all(folder()).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            written == text,
            "{} is not what the program prints; write it anew: UPDATE_DOCS=1 cargo test --test it answers",
            path.display()
        );
        jsonschema::validator_for(schema).unwrap_or_else(|e| panic!("{name}: {e}"));
        look(name, schema, &mut bare);
        files.insert(path);
    }
    assert_eq!(bare, Vec::<String>::new());
    let there = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let left_over: Vec<_> = there.filter(|path| !files.contains(path)).collect();
    assert!(left_over.is_empty(), "no command prints {left_over:?}");
}

/// Every field is described, and no object is closed: fields may be added in any version.
fn look(at: &str, schema: &Value, bare: &mut Vec<String>) {
    match schema {
        Value::Object(fields) => {
            let parts = fields.get("properties").and_then(Value::as_object);
            for (name, part) in parts.into_iter().flatten().filter(|_| !is_said(fields)) {
                let is_constant = part.get("const").is_some();
                if !is_constant && part.get("description").is_none() {
                    bare.push(format!("{at}.{name} has no description"));
                }
            }
            let said = fields.get("description").and_then(Value::as_str).unwrap_or_default();
            if said.contains("::") || said.contains('\n') {
                bare.push(format!("{at}: {said:?} is for those who read the code"));
            }
            if fields.get("additionalProperties") == Some(&Value::Bool(false)) {
                bare.push(format!("{at} is closed"));
            }
            for (name, part) in fields {
                look(&format!("{at}.{name}"), part, bare);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| look(at, item, bare)),
        _ => {}
    }
}

/// Whether the names say all: those of a list, such as tiers (none has to be there, and all are of one form), or one
/// name of a form.
fn is_said(schema: &Map<String, Value>) -> bool {
    let parts = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let parts: Vec<&Value> = parts.map(|(_, part)| part).collect();
    let is_list = !schema.contains_key("required") && parts.iter().all(|p| *p == parts[0]);
    // Of one of several forms, the form is described.
    let is_form = parts.len() == 1 && schema.contains_key("description");
    (parts.len() > 1 && is_list) || is_form
}

#[test]
fn the_schema_of_one_command_stands_by_itself_and_others_are_refused() {
    let one: Value =
        serde_json::from_str(&ok(&["schema", "answers", "dead-letters", "list"])).unwrap();
    assert_eq!(one["title"], "buymode dead-letters list --json");
    assert!(one["description"].as_str().unwrap().contains("It prints one object a line"), "{one}");
    assert_eq!(one["properties"]["timestamp"]["format"], "date-time");
    let ended = buymode(&["schema", "answers", "run"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("invalid command \"run\": it has no --json"), "{ended:?}");
}

/// Those that no other test asks for: each is held against its schema by [`buymode`].
#[test]
fn answers_about_a_small_log_and_about_files_keep_their_schemas() {
    let root = env!("CARGO_MANIFEST_DIR");
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let of = |name: &str| format!("{root}/deploy/{name}");
    let (data, restored) = (path("data"), path("restored"));
    let ask = |args: &[&str]| {
        let ended = buymode(&[args, &["--json"]].concat());
        assert!(!ended.stdout.trim().is_empty(), "{args:?}: {ended:?}");
        ended.stdout
    };
    let on_log = |args: &[&str]| ask(&[args, &["--embedded", &data]].concat());
    on_log(&["topics", "create", "--partitions", "2", "--profile", EXAMPLE]);
    on_log(&["icp", "publish", EXAMPLE, "--by", "kim"]);
    on_log(&["icp", "show"]);
    let (roster, snapshot) = (of("roster.yaml"), path("log.snapshot"));
    for args in [
        &["deliver", "publish", &roster, "--by", "kim"][..],
        &["deliver", "publish", &roster],
        &["deliver", "check", &roster, "--without-secrets"],
        &["deliver", "rehearse", &roster],
        &["deliver", "report"],
        &["deliver", "replay", "--to", "warehouse", "--all", "--dry-run"],
        &["deliver", "resume", "warehouse"],
        &["decisions", "send-sample", "--route", "ae", "--kind", "entered"],
        &["accounts", "list"],
        &["erase", "--person", "ana", "--dry-run"],
        &["upgrade", &path("upgrade.snapshot")],
        &["snapshot", "save", &snapshot],
        &["topics", "describe", "--sizes", "--profile", EXAMPLE],
        &["topics", "copy", "--to", "v2.", "--partitions", "3", "--with-open-deliveries"],
    ] {
        on_log(args);
    }
    let settings = super::settings(folder.path());
    let restore = ["snapshot", "restore", &snapshot, "--embedded", &restored];
    for args in [
        &["snapshot", "show", &snapshot][..],
        &restore,
        &restore,
        &["config", "check", "--config", settings.to_str().unwrap()],
        &["deliver", "maps"],
        &["deliver", "maps", &of("targets")],
        &["mapping", "test", &path("none.yaml"), &of("mappings/ashby.yaml")],
        &["icp", "export", EXAMPLE, "--to", "apollo"],
        &["icp", "export", "--to", "hubspot"],
        &["icp", "check", &roster],
        &["experiment", "plan", "--rate", "15%", "--accounts-a-month", "120", "--months", "6"],
    ] {
        ask(args);
    }
}
