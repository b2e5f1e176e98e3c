//! Evidence that came under a name waits until a person says whose it is, and then flows on; and
//! back, once they say that it was wrong. Over several partitions, and the audit agrees.

use super::{buymode, ok};
use crate::pipeline::{
    PROFILE, ROUTES, activate, audit, company, create, score, signal, topics, write,
};
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::runtime::log::Store;
use buymode::runtime::worker::Ended;
use std::time::Duration;

const PARTITIONS: i32 = 3;
const PARKED: &str = "name:us:company4";

#[test]
fn parked_evidence_is_seen_resolved_and_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let open = || EmbeddedStore::open(&EmbeddedOptions::new(&data)).unwrap();
    let fold = |store: &EmbeddedStore| {
        let ended = score(store, &topics(), PARTITIONS, Duration::from_secs(20));
        assert_eq!(ended, Ended::Asked);
        let findings = audit(store, &topics());
        assert_eq!(findings.differences, 0, "{:#?}", findings.first);
        findings.decisions
    };
    let store = open();
    create(&store, &topics(), PARTITIONS, ROUTES);
    let mut writer = store.writer("test").unwrap();
    activate(&mut *writer, &topics(), PARTITIONS, PROFILE, 1, 0);
    let parked = PARKED.to_owned().try_into().unwrap();
    let known: buymode::domain::account::AccountKey = "company4.com".to_owned().try_into().unwrap();
    write(&mut *writer, &topics(), &[(known, company(4, 1), 1), (parked, signal(4, 1, 1), 1)]);
    fold(&store);
    drop((writer, store));

    let on = |args: &[&str]| {
        let all: Vec<&str> = [args, &["--embedded", data.to_str().unwrap()]].concat();
        all.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let call = |args: &[&str]| {
        let all = on(args);
        ok(&all.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let seen: serde_json::Value =
        serde_json::from_str(&call(&["aliases", "unresolved", "--json"])).unwrap();
    assert_eq!((&seen["account"], &seen["evidence"]), (&PARKED.into(), &1.into()));
    assert_eq!(seen["suggestions"], serde_json::json!(["company4.com"]));
    let said = call(&["aliases", "add", PARKED, "company4.com", "--by", "kim"]);
    assert!(said.contains("from now on"), "{said}");
    let said = call(&["aliases", "add", PARKED, "company4.com"]);
    assert!(said.contains("nothing was written"), "{said}");
    let all = on(&["aliases", "add", "company4.com", PARKED]);
    let ended = buymode(&all.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(ended.code == Some(1) && ended.stderr.contains("circle"), "{ended:?}");
    assert!(call(&["aliases", "list", "--json"]).contains("\"by\":\"kim\""));

    let store = open();
    fold(&store);
    drop(store);
    assert_eq!(call(&["aliases", "unresolved", "--json"]).trim(), "");
    let told = call(&["explain", "company4.com", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["events"].as_array().unwrap().len(), 1);

    call(&["aliases", "remove", PARKED]);
    assert_eq!(call(&["aliases", "list", "--json"]).trim(), "");
    let store = open();
    fold(&store);
    drop(store);
    assert!(call(&["aliases", "unresolved", "--json"]).contains(PARKED));
    // Added again it is another transfer.
    call(&["aliases", "add", PARKED, "company4.com"]);
    let store = open();
    fold(&store);
    drop(store);
    assert_eq!(call(&["aliases", "unresolved", "--json"]).trim(), "");
}
