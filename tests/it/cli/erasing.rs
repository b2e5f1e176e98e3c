//! `buymode erase` as people and scripts call it.

use super::{buymode, ok};
use crate::support::readable::assert_readable;
use serde_json::{Value, json};

const ROSTER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/demo-roster.yaml");
const CANONICAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/mappings/canonical.yaml");

#[test]
fn should_take_a_person_out_of_the_roster_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let at = ["--embedded", log.to_str().unwrap()];
    let call = |args: &[&str]| ok(&[args, &at[..]].concat());
    call(&["topics", "create"]);
    call(&["deliver", "publish", ROSTER, "--by", "test"]);
    let companies = folder.path().join("companies.jsonl");
    let company = |account: &str, owner: &str| {
        format!(
            "{{\"record\": \"company\", \"source\": \"crm\", \"account\": \"{account}\", \"as_of\": \"2026-01-05\", \
             \"name\": \"Banana\", \"owner\": \"{owner}\"}}\n"
        )
    };
    let lines = company("tidegate.io", "ana") + &company("manana.example", "cho");
    std::fs::write(&companies, lines).unwrap();
    call(&["import", "--mapping", CANONICAL, companies.to_str().unwrap()]);
    let looked = call(&["erase", "--person", "ana", "--dry-run"]);
    assert!(looked.contains("nothing was written"), "{looked}");
    let said: Value = serde_json::from_str(&call(&["erase", "--person", "ana", "--json"])).unwrap();
    assert_readable("erase", &said);
    assert_eq!((&said["roster"], &said["rosters"]), (&2.into(), &1.into()), "{said}");
    // Of the account's owner no roster says anything.
    let inputs = json!({"topic": "buymode.inputs", "records": 1});
    assert!(said["elsewhere"].as_array().unwrap().contains(&inputs), "{said}");
    let again = call(&["erase", "--person", "ana"]);
    assert!(again.contains("- buymode.inputs: 1 record\n"), "{again}");
    assert!(again.contains("give the account another one in the CRM"), "{again}");
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
    // A typing error must not look erased, nor make an account that is suppressed.
    for unknown in [["erase", "--account", "amce.com"], ["erase", "--contact", "nobody-1"]] {
        for more in [&[][..], &["--dry-run"]] {
            let refused = buymode(&[&unknown, more, &at[..]].concat());
            assert_eq!(refused.code, Some(1), "{refused:?}");
            assert!(refused.stderr.contains("nothing was written"), "{refused:?}");
        }
    }
    let companies = folder.path().join("companies.jsonl");
    let line = "{\"record\": \"company\", \"source\": \"crm\", \"account\": \"acme.com\", \
        \"as_of\": \"2026-01-05\", \"name\": \"Acme\"}\n";
    std::fs::write(&companies, line).unwrap();
    let import = ["import", "--mapping", CANONICAL, companies.to_str().unwrap()];
    ok(&[&import, &at[..]].concat());
    // The same characters mean something else there: the topics are named, and no one was erased.
    let refused = buymode(&[&["erase", "--contact", "acme"], &at[..]].concat());
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stdout.contains("- buymode.inputs: 1 record"), "{refused:?}");
    assert!(refused.stderr.contains("nothing was written"), "{refused:?}");
    let account = ["erase", "--account", "https://www.acme.com/about", "--json"];
    // Its key stays, in the suppression.
    let stays = json!([{"topic": "buymode.inputs", "records": 1}]);
    let lift = ["erase", "--account", "acme.com", "--lift", "--json"];
    let refused = buymode(&[&lift, &at[..]].concat());
    assert!(refused.stderr.contains("it is not erased"), "{refused:?}");
    for written in [1, 0] {
        let said: Value = serde_json::from_str(&ok(&[&account, &at[..]].concat())).unwrap();
        assert_readable("erase", &said);
        assert_eq!((&said["written"], &said["elsewhere"]), (&written.into(), &stays), "{said}");
    }
    let said: Value = serde_json::from_str(&ok(&[&lift, &at[..]].concat())).unwrap();
    assert_readable("erase", &said);
    assert_eq!(said, json!({"lifted": "acme.com", "written": 1}));
    assert_eq!(buymode(&[&lift, &at[..]].concat()).code, Some(1));
    let said: Value = serde_json::from_str(&ok(&[&account, &at[..]].concat())).unwrap();
    assert_eq!(said["written"], 1, "{said}");
    for wrong in [&["erase"][..], &["erase", "--contact", "a", "--person", "b"]] {
        assert_eq!(buymode(&[wrong, &at[..]].concat()).code, Some(2));
    }
    let refused = buymode(&[&["erase", "--contact", " "], &at[..]].concat());
    assert!(refused.stderr.contains("invalid contact"), "{refused:?}");
}
