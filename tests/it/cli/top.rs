//! `buymode top` for scripts, on instances and a log that are there or away. How it looks is a snapshot beside
//! its code.

use super::{buymode, ok};
use crate::ingest::http::service::{Service, settings};
use crate::support::readable::assert_readable;
use serde_json::Value;

#[test]
fn instances_their_sources_and_those_that_are_away_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let log = crate::ingest::http::service::EMBEDDED;
    let file = settings(folder.path(), log, "");
    let ingest = Service::start(&file);
    let body = br#"{"type":"funding","domain":"acme.com","id":"1","date":"2026-01-01"}"#;
    assert_eq!(ingest.post("open", &[], body).status, 202);
    let away = "127.0.0.1:1";
    let args = ["top", &ingest.http, away, "--once", "--config", file.to_str().unwrap()];
    let ended = buymode(&[&args[..], &["--json"]].concat());
    assert_eq!(ended.code, Some(1), "one is away: {ended:?}");
    let shown: Value =
        serde_json::from_str(&ended.stdout).unwrap_or_else(|e| panic!("{e}: {ended:?}"));
    assert_readable("top", &shown);
    let of = |address: &str| {
        let all = shown["instances"].as_array().unwrap();
        all.iter().find(|of| of["address"] == address).unwrap_or_else(|| panic!("{shown}"))
    };
    assert_eq!(of(&ingest.http)["ready"], true, "{shown}");
    assert!(of(away)["away"].as_str().is_some_and(|why| !why.is_empty()), "{shown}");
    let open = shown["sources"].as_array().unwrap().iter().find(|of| of["source"] == "open");
    assert!(open.is_some_and(|of| of["silent_seconds"].is_number()), "{shown}");
    assert_eq!(shown["decisions"], serde_json::json!([]));
    let said = buymode(&args);
    assert!(said.stdout.contains("1 of 2 do not answer"), "{}", said.stdout);
    // Without a terminal it says what to use.
    let refused = buymode(&["top", &ingest.http]);
    assert!(refused.code == Some(1) && refused.stderr.contains("--once"), "{refused:?}");
    assert!(ok(&["top", &ingest.http, "--once"]).contains("1 answer"));
}
