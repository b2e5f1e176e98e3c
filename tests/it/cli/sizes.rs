//! `buymode topics describe --sizes`: measured, not guessed.

use super::ok;
use crate::support::readable::assert_readable;
use serde_json::Value;

const ROSTER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/demo-roster.yaml");

#[test]
fn should_show_the_bytes_of_the_records_that_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let at = ["--embedded", log.to_str().unwrap()];
    let call = |args: &[&str]| ok(&[args, &at[..]].concat());
    call(&["topics", "create"]);
    call(&["deliver", "publish", ROSTER, "--by", "test"]);
    let said = call(&["topics", "describe", "--sizes", "--json"]);
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_readable("topics describe --sizes", &said);
    let of = |topic: &str| {
        let all = said.as_array().unwrap();
        all.iter().find(|one| one["topic"] == topic).unwrap()["size"].clone()
    };
    let roster = std::fs::metadata(ROSTER).unwrap().len();
    let bytes = of("buymode.desk")["record_bytes"].as_u64().unwrap();
    assert!((roster..roster + 100).contains(&bytes), "{bytes} of a roster of {roster}");
    assert_eq!(of("buymode.inputs")["records"], 0);
    assert_eq!(of("buymode.inputs")["record_bytes"], Value::Null);
    let shown = call(&["topics", "describe", "--sizes"]);
    assert!(shown.contains("MiB kept"), "{shown}");
}
