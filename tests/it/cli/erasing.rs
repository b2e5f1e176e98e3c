//! `buymode erase` as people and scripts call it.

use super::{buymode, ok};
use crate::support::readable::assert_readable;
use serde_json::Value;

const ROSTER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/demo-roster.yaml");

#[test]
fn should_take_a_person_out_of_the_roster_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let at = ["--embedded", log.to_str().unwrap()];
    let call = |args: &[&str]| ok(&[args, &at[..]].concat());
    call(&["topics", "create"]);
    call(&["deliver", "publish", ROSTER, "--by", "test"]);
    let looked = call(&["erase", "--person", "ana", "--dry-run"]);
    assert!(looked.contains("nothing was written"), "{looked}");
    let said: Value = serde_json::from_str(&call(&["erase", "--person", "ana", "--json"])).unwrap();
    assert_readable("erase", &said);
    assert_eq!((&said["roster"], &said["rosters"]), (&2.into(), &1.into()), "{said}");
    let again = call(&["erase", "--person", "ana"]);
    assert!(again.contains("does not name this person"), "{again}");
    assert!(again.contains("buymode.desk still has 1 roster"), "{again}");
    // The only member of a team that takes tier 1, and the only one of the escalation.
    let refused = buymode(&[&["erase", "--person", "cho"], &at[..]].concat());
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("cannot work without this person"), "{refused:?}");
}

#[test]
fn should_say_what_it_erased_to_scripts_and_refuse_what_names_no_one() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let at = ["--embedded", log.to_str().unwrap()];
    ok(&[&["topics", "create"], &at[..]].concat());
    let account = ["erase", "--account", "https://www.acme.com/about", "--json"];
    for written in [1, 0] {
        let said: Value = serde_json::from_str(&ok(&[&account, &at[..]].concat())).unwrap();
        assert_readable("erase", &said);
        assert_eq!(said["written"], written, "{said}");
    }
    for wrong in [&["erase"][..], &["erase", "--contact", "a", "--person", "b"]] {
        assert_eq!(buymode(&[wrong, &at[..]].concat()).code, Some(2));
    }
    let refused = buymode(&[&["erase", "--contact", " "], &at[..]].concat());
    assert!(refused.stderr.contains("invalid contact"), "{refused:?}");
}
