//! Evidence that came under a name waits until a person says whose it is, and then flows on; and
//! back, once they say that it was wrong. Over several partitions, and the audit agrees.

use super::{buymode, ok};
use crate::pipeline::{
    PROFILE, ROUTES, activate, audit, company, create, score, signal, topics, write,
};
use crate::support::readable::assert_readable;
use buymode::domain::account::input::{Input, Transfer, TransferStep};
use buymode::domain::evidence::company::{Attribute, Value};
use buymode::domain::evidence::signal::SignalId;
use buymode::domain::terms::account::AccountKey;
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::log::Store;
use buymode::runtime::exit::Exit;
use std::path::PathBuf;
use std::time::Duration;

const PARTITIONS: i32 = 3;
const PARKED: &str = "name:us:company4";

struct Ground {
    folder: tempfile::TempDir,
}

impl Ground {
    fn new() -> Ground {
        let ground = Ground { folder: tempfile::tempdir().unwrap() };
        let store = ground.store();
        create(&store, &topics(), PARTITIONS, ROUTES);
        activate(&mut *store.writer("test").unwrap(), &topics(), PARTITIONS, PROFILE, 1, 0);
        ground
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn store(&self) -> EmbeddedStore {
        EmbeddedStore::open(&EmbeddedOptions::new(self.data())).unwrap()
    }

    fn fold(&self) {
        let store = self.store();
        let ended = score(&store, &topics(), PARTITIONS, Duration::from_secs(20));
        assert_eq!(ended, Exit::Stopped);
        let findings = audit(&store, &topics());
        assert_eq!(findings.differences, 0, "{:#?}", findings.first);
    }

    /// And has it read.
    fn write(&self, inputs: &[(AccountKey, Input, i64)]) {
        write(&mut *self.store().writer("test").unwrap(), &topics(), inputs);
        self.fold();
    }

    fn call(&self, args: &[&str]) -> String {
        ok(&[args, &["--embedded", self.data().to_str().unwrap()]].concat())
    }

    fn refused(&self, args: &[&str]) -> String {
        let ended = buymode(&[args, &["--embedded", self.data().to_str().unwrap()]].concat());
        assert_eq!(ended.code, Some(1), "{ended:?}");
        ended.stderr
    }
}

fn key(raw: &str) -> AccountKey {
    AccountKey::parse(raw).unwrap()
}

#[test]
fn parked_evidence_is_seen_resolved_and_given_back() {
    let ground = Ground::new();
    ground.write(&[(key("company4.com"), company(4, 1), 1), (key(PARKED), signal(4, 1, 1), 1)]);
    let call = |args: &[&str]| ground.call(args);
    let seen: serde_json::Value =
        serde_json::from_str(&call(&["aliases", "unresolved", "--json"])).unwrap();
    assert_readable("aliases unresolved", &seen);
    assert_eq!((&seen["account"], &seen["evidence_count"]), (&PARKED.into(), &1.into()));
    assert_eq!(seen["suggestions"], serde_json::json!(["company4.com"]));
    let said = call(&["aliases", "add", PARKED, "company4.com", "--by", "kim"]);
    assert!(said.contains("is now an alias of company4.com"), "{said}");
    let said = call(&["aliases", "add", PARKED, "company4.com"]);
    assert!(said.contains("nothing was written"), "{said}");
    let refused = ground.refused(&["aliases", "add", "company4.com", PARKED]);
    assert!(refused.contains("circle"), "{refused}");
    assert!(call(&["aliases", "list", "--json"]).contains("\"added_by\":\"kim\""));

    ground.fold();
    assert_eq!(call(&["aliases", "unresolved", "--json"]).trim(), "");
    let told = call(&["explain", "company4.com", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["events"].as_array().unwrap().len(), 1);
    assert_eq!(told["events"][0]["reports"][0]["alias"], PARKED);
    let member = &told["members"][0];
    assert_eq!((&member["account"], &member["report_count"]), (&PARKED.into(), &1.into()));
    let told = call(&["explain", "company4.com"]);
    assert!(told.contains(&format!("the same company: {PARKED}, since ")), "{told}");
    let told = call(&["explain", PARKED]);
    assert!(told.contains("merged into company4.com"), "{told}");
    assert!(
        told.contains(&format!("`buymode aliases remove {PARKED}` undoes the merge")),
        "{told}"
    );

    call(&["aliases", "remove", PARKED]);
    assert!(call(&["aliases", "list", "--json"]).contains("\"source\":\"log\""), "not read yet");
    ground.fold();
    assert_eq!(call(&["aliases", "list", "--json"]).trim(), "");
    assert!(call(&["aliases", "unresolved", "--json"]).contains(PARKED));
    // Added again it is another transfer.
    call(&["aliases", "add", PARKED, "company4.com"]);
    ground.fold();
    assert_eq!(call(&["aliases", "unresolved", "--json"]).trim(), "");
}

#[test]
fn a_vendors_key_that_bears_the_name_of_a_known_company_is_shown() {
    let ground = Ground::new();
    let (board, other) = ("board:company4", "board:company5");
    ground.write(&[
        (key("company4.com"), company(4, 1), 1),
        (key(board), company(1, 1), 1),
        (key(board), signal(4, 1, 1), 1),
        (key(other), company(1, 1), 1),
        (key(other), signal(5, 1, 1), 1),
    ]);
    let seen = ground.call(&["aliases", "unresolved", "--json"]);
    assert_eq!(seen.lines().count(), 1, "{seen}");
    let seen: serde_json::Value = serde_json::from_str(&seen).expect("one line");
    assert_eq!(
        (&seen["account"], &seen["suggestions"][0]),
        (&board.into(), &"company4.com".into())
    );
}

/// A source's record of a company under a name, with the website that it gives.
fn listed(n: u32, name: &str, day: i64, site: Option<&str>) -> Input {
    let Input::Company(mut update) = company(n, day) else { panic!("a company") };
    update.id = SignalId::from_u128(u128::from(n) + 77_000);
    update.facts[0].1 = Value::Names(vec![name.into()]);
    update.facts.extend(site.map(|site| (Attribute::Site, Value::Names(vec![site.into()]))));
    Input::Company(update)
}

#[test]
fn a_buyers_site_and_a_changed_website_are_for_a_person_to_look_at() {
    let ground = Ground::new();
    ground.write(&[
        (key("bigfern.com"), listed(1, "Bigfern", 1, None), 1),
        (key("yc:tiny-lark"), listed(2, "Tiny Lark", 1, Some("bigfern.com")), 1),
        // Named at the same time they are two companies of one name.
        (key("moor.com"), listed(3, "Moor", 1, None), 1),
        (key("moor.io"), listed(4, "Moor", 1, None), 1),
        (key("pilot-kite.com"), listed(5, "Pilot Kite", 1, None), 1),
        (key("pilotkite.io"), listed(6, "Pilot Kite, Inc.", 60, None), 60),
    ]);
    let seen = ground.call(&["aliases", "unresolved", "--json"]);
    let mut told: Vec<String> = Vec::new();
    for line in seen.lines() {
        let parked: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_readable("aliases unresolved", &parked);
        let text = |field: &str| parked[field].as_str().unwrap().to_owned();
        told.push(format!("{} {} {}", text("account"), text("because"), parked["suggestions"][0]));
    }
    told.sort();
    assert_eq!(
        told,
        ["pilot-kite.com new_site \"pilotkite.io\"", "yc:tiny-lark same_site \"bigfern.com\""]
    );
    assert!(ground.call(&["aliases", "unresolved"]).contains("same site"));
    // Neither is accepted with the others.
    assert_eq!(ground.call(&["aliases", "unresolved", "--accept"]).trim(), "");
    ground.call(&["aliases", "add", "pilot-kite.com", "pilotkite.io"]);
    ground.fold();
    assert_eq!(ground.call(&["aliases", "unresolved", "--json"]).lines().count(), 1);
}

#[test]
fn what_a_vendors_mapping_told_the_log_is_listed_and_can_be_removed() {
    let ground = Ground::new();
    let (vendors, site) = ("vendor:4711", "company4.com");
    let request = Transfer {
        id: SignalId::from_u128(4711),
        from: key(vendors),
        to: key(site),
        at: None,
        cause: SignalId::from_u128(4711),
        hop: 0,
        step: TransferStep::Request,
    };
    ground.write(&[
        (key(site), company(4, 1), 1),
        (key(vendors), signal(4, 1, 1), 1),
        (key(vendors), Input::Transfer(Box::new(request)), 1),
    ]);
    let listed = || {
        let text = ground.call(&["aliases", "list", "--json"]);
        let line = |line| serde_json::from_str::<serde_json::Value>(line).unwrap();
        let all: Vec<_> = text.lines().map(line).collect();
        all.iter()
            .map(|l| {
                [&l["alias"], &l["account"], &l["source"]].map(|v| v.as_str().unwrap().to_owned())
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(listed(), [[vendors, site, "log"]]);
    let refused = ground.refused(&["aliases", "add", vendors, "company5.com"]);
    assert!(refused.contains("already stands for company4.com, as the log says"), "{refused}");
    let refused = ground.refused(&["aliases", "add", site, vendors]);
    assert!(refused.contains("circle"), "{refused}");
    ground.call(&["aliases", "remove", vendors]);
    ground.fold();
    assert!(listed().is_empty());
    // And the account knows it: it takes another target now.
    ground.call(&["aliases", "add", vendors, "company5.com"]);
    ground.fold();
    assert_eq!(listed(), [[vendors, "company5.com", "person"]]);
    let letters = ground.call(&["dead-letters", "list", "--json"]);
    assert_eq!(letters.trim(), "", "nothing was refused");
}
