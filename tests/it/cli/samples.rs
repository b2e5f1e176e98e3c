//! `buymode decisions send-sample` on a folder: seen by who reads decisions, counted apart by the audit.

use super::{buymode, command, ok};
use crate::support::readable::assert_readable;
use buymode::codec::schemas::Record;
use buymode::codec::shape::json_schema;
use serde_json::Value;

const KINDS: [&str; 6] =
    ["entered", "strengthened", "exited", "withdrawn", "tier_changed", "triaged"];

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_sample_of_each_kind_is_read_as_a_test_and_proves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let at = ["--embedded", data.to_str().unwrap()];
    let made = ["demo", "--signals", "300", "--rate", "max", "--companies", "40", "--json"];
    // Without the limit of `ok`: on a busy machine a demo may take longer.
    let demo = command(&[&made[..], &at[..]].concat()).output().unwrap();
    assert!(demo.status.success(), "{demo:?}");
    let call = |args: &[&str]| ok(&[args, &at[..]].concat());
    let before = lines(&call(&["decisions", "--open", "--json"])).len();

    let send = |kind: &str, more: &[&str]| -> Value {
        let said = call(
            &[&["decisions", "send-sample", "--route", "sdr", "--kind", kind, "--json"], more]
                .concat(),
        );
        let said: Value = serde_json::from_str(&said).unwrap();
        assert_readable("decisions send-sample", &said);
        assert_eq!(said["topic"], "sequencer.sdr");
        said["decision"].clone()
    };
    let entered = send("entered", &[]);
    let episode = entered["id"].as_str().unwrap();
    assert_eq!((&entered["episode_id"], &entered["opened_by"]), (&entered["id"], &Value::Null));
    let mut written = vec![entered.clone()];
    for kind in &KINDS[1..] {
        written.push(send(kind, &["--episode", episode]));
    }
    assert_eq!(written[2]["opened_by"], entered["id"]);

    let schema = jsonschema::validator_for(&json_schema(Record::Decision)).unwrap();
    let all = lines(&call(&["decisions", "--from-start", "--until-end", "--json"]));
    let tests: Vec<&Value> = all.iter().filter(|d| d["origin"] == "test").collect();
    assert_eq!(tests.len(), KINDS.len());
    for test in tests {
        assert!(written.contains(test) && schema.is_valid(test), "{test}");
        assert_eq!(test["account"], "buymode-test.example");
    }
    let open = lines(&call(&["decisions", "--open", "--json"]));
    assert_eq!(open.len(), before, "a test opens no episode");
    let audit: Value = serde_json::from_str(&call(&["audit", "--json"])).unwrap();
    assert_eq!((&audit["differences"], &audit["tests"]), (&0.into(), &6.into()), "{audit}");
    let said = call(&["audit"]);
    assert!(said.contains("6 decisions not compared: tests"), "{said}");
}

#[test]
fn a_route_and_a_kind_must_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let at = ["--embedded", data.to_str().unwrap()];
    let send = |route: &str, kind: &str, more: &[&str]| {
        let args = ["decisions", "send-sample", "--route", route, "--kind", kind];
        let ended = buymode(&[&args[..], more, &at[..]].concat());
        (ended.code, ended.stderr)
    };
    ok(&[&["topics", "create"], &at[..]].concat());
    let (code, said) = send("sdr", "entered", &[]);
    assert!(code == Some(1) && said.contains("no topic of a route"), "{said}");
    let profile = super::EXAMPLE;
    ok(&[&["topics", "create", "--profile", profile], &at[..]].concat());
    let (code, said) = send("nowhere", "entered", &[]);
    assert!(code == Some(1) && said.contains("invalid route \"nowhere\"; use one of "), "{said}");
    let (code, said) = send("digest", "left", &[]);
    assert!(code == Some(2) && said.contains("use one of entered, "), "{said}");
    let id = "5f0c1d1e-0000-5000-8000-000000000007";
    let (code, said) = send("digest", "entered", &["--episode", id]);
    assert!(code == Some(1) && said.contains("invalid --episode"), "{said}");
    let (code, said) = send("digest", "triaged", &[]);
    assert_eq!((code, said.as_str()), (Some(0), ""));
}
