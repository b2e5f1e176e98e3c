//! What `buymode audit` says of a log that it cannot prove whole.

use super::{EXAMPLE, buymode, ok};
use crate::support::readable::assert_readable;
use serde_json::Value;

const CANONICAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/mappings/canonical.yaml");

/// A made-up company's website ends with a name that no one can register.
#[test]
fn should_say_that_dead_letters_of_ingest_are_not_compared() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let at = ["--embedded", log.to_str().unwrap()];
    let call = |args: &[&str]| ok(&[args, &at[..]].concat());
    call(&["topics", "create", "--partitions", "1", "--profile", EXAMPLE]);
    call(&["icp", "publish", EXAMPLE, "--by", "test"]);
    let company = |account: &str| {
        format!(
            "{{\"record\": \"company\", \"source\": \"crm\", \"account\": \"{account}\", \
             \"as_of\": \"2026-01-05\", \"name\": \"Acme\"}}\n"
        )
    };
    let companies = folder.path().join("companies.jsonl");
    std::fs::write(&companies, company("trial:acme") + &company("acme.example")).unwrap();
    call(&["import", "--mapping", CANONICAL, companies.to_str().unwrap()]);
    call(&["run", "--until-caught-up"]);
    let letters = call(&["dead-letters", "list", "--all", "--json"]);
    assert!(letters.contains("reserved name (.example)"), "{letters}");
    assert!(letters.contains("trial:acme"), "{letters}");
    let said = call(&["audit"]);
    assert!(said.contains("  1 dead letter of `ingest`, imports and"), "{said}");
    let said: Value = serde_json::from_str(&call(&["audit", "--json"])).unwrap();
    assert_readable("audit", &said);
    assert_eq!((&said["outside_inputs"], &said["dead_letters"]), (&1.into(), &0.into()), "{said}");
}

#[test]
fn should_write_a_snapshot_into_no_file_that_exists() {
    let folder = tempfile::tempdir().unwrap();
    let (log, file) = (folder.path().join("log"), folder.path().join("monday.snapshot"));
    let at = ["--embedded", log.to_str().unwrap()];
    ok(&[&["topics", "create", "--partitions", "1"], &at[..]].concat());
    std::fs::write(&file, "mine").unwrap();
    let refused = buymode(&[&["snapshot", "save", file.to_str().unwrap()], &at[..]].concat());
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("monday.snapshot exists already"), "{refused:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}
