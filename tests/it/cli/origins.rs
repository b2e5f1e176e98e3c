//! A dead letter of every origin: rejected, listed with its origin, replayed once by the corrected
//! mapping, and then as if the mapping had been right from the start.

use super::dead_letters::{BROKEN, Ground, mended};
use super::{buymode, command, ok, signal, wait};
use crate::ingest::http::service::Service;
use buymode::log::{Cleanup, Output, Stamp, Store, TopicSpec};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

/// Rows of any form; in XML below the root. `DATE` is wrong for odd rows until it is corrected.
const ROUNDS: &str = r#"
source: vendor
rules:
  - name: rounds
    match: (.row // .).site
    emit: |
      (.row // .)
      | {record: "funding", account: .site, round, source_record_id: .id, occurred_at: DATE}
"#;

/// Posts of snapshots; the date of an odd one is wrong, while it is there and when it is gone.
const POSTS: &str = r#"
source: vendor
snapshot_at: '$file | capture("(?<day>[0-9]{4}-[0-9]{2}-[0-9]{2})").day'
rules:
  - name: posts
    match: .site
    emit: |
      {record: "hiring", account: .site, source_record_id: .id, action: "posted", title,
       occurred_at: DATE}
    gone:
      key: .id
      emit: |
        {record: "hiring", account: .site, source_record_id: "\(.id) closed", action: "closed",
         title, occurred_at: GONE}
"#;

fn with_date(mapping: &str, date: &str) -> String {
    let wrong = |kind: &str| format!("(if .kind == \"{kind}\" then .site else {date} end)");
    mapping.replace("DATE", &wrong("odd")).replace("GONE", &wrong("even"))
}

fn right(mapping: &str, date: &str) -> String {
    mapping.replace("DATE", date).replace("GONE", date)
}

/// Imports with a wrong mapping, checks what is listed, corrects the mapping and replays. The log is
/// then as if the mapping had been right from the start.
fn replayed_once(
    mapping: &str,
    date: &str,
    files: &[(&str, &str)],
    flags: &[&str],
    origins: &[Value],
) {
    let (ground, expected) = (Ground::new(), Ground::new());
    let import = |ground: &Ground, mapping: &str| {
        let mapping = ground.file("vendor.yaml", mapping);
        let files: Vec<String> = files.iter().map(|(name, text)| ground.file(name, text)).collect();
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let import = ["import", "--config", &ground.config, "--mapping", &mapping];
        ok(&[&import[..], flags, &files].concat());
        mapping
    };
    let mapping_file = import(&ground, &with_date(mapping, date));
    import(&expected, &right(mapping, date));
    let listed = ground.list(&["--origin", "file", "--file", files[0].0]);
    let found: Vec<&Value> = listed.iter().map(|dead| &dead["origin"]).collect();
    assert_eq!(found, origins.iter().collect::<Vec<_>>(), "{listed:#?}");
    assert_eq!(ground.list(&["--origin", "topic", "--origin", "webhook"]).len(), 0);
    assert_ne!(ground.said(), expected.said());
    // Importing again writes no dead letter again.
    import(&ground, &with_date(mapping, date));
    assert_eq!(ground.list(&[]).len(), origins.len());

    let before = ground.said();
    ground.file("vendor.yaml", &right(mapping, date));
    let replay = ["--mapping", &mapping_file, "--strict"];
    let told = ground.replay(&replay);
    assert_eq!(told["replayed"].as_u64(), Some(origins.len() as u64), "{told}");
    let written = ground.said();
    assert_eq!(written.len(), before.len() + origins.len());
    let (mut once, mut all) = (expected.said(), written.clone());
    once.dedup();
    all.dedup();
    assert_eq!(all, once);
    let again = ground.replay(&replay);
    assert_eq!(again["replayed"].as_u64(), Some(0), "{again}");
    assert_eq!(ground.said(), written, "a second replay writes nothing");
}

#[test]
fn a_row_of_a_file_of_any_format_is_replayed_once() {
    let origin = |name: &str, row: u64, format: &str| {
        json!({"kind": "file", "name": name, "row": row, "format": format,
            "snapshot_at": "2024-03-01", "gone": false})
    };
    let row = |id: &str, kind: &str| {
        format!(
            r#"{{"id": "{id}", "site": "{id}.com", "round": "seed", "date": "2024-02-01", "kind": "{kind}"}}"#
        )
    };
    let (one, two) = (row("one", "even"), row("two", "odd"));
    let csv = "id,site,round,date,kind\none,one.com,seed,2024-02-01,even\n\
               two,two.com,seed,2024-02-01,odd\n";
    let xml = "<row><id>two</id><site>two.com</site><round>seed</round>\
               <date>2024-02-01</date><kind>odd</kind></row>";
    for (name, text, row, format) in [
        ("rows.csv", csv.to_owned(), 2, "csv"),
        ("rows.jsonl", format!("{one}\n{two}\n"), 2, "json"),
        ("rows.json", format!("[\n  {one},\n  {two}\n]\n"), 2, "json"),
        ("rows.xml", xml.to_owned(), 1, "xml"),
        // The name says nothing.
        ("rows", csv.to_owned(), 2, "csv"),
    ] {
        let flags = ["--snapshot-at", "2024-03-01"];
        replayed_once(ROUNDS, ".date", &[(name, &text)], &flags, &[origin(name, row, format)]);
    }
}

#[test]
fn a_row_that_vanished_from_a_snapshot_is_replayed_once_with_the_date_of_that_snapshot() {
    let origin = |row: u64, snapshot_at: &str, gone: bool| {
        json!({"kind": "file", "name": "posts-2024-05-06.csv", "row": row, "format": "csv",
            "snapshot_at": snapshot_at, "gone": gone})
    };
    let head = "id,site,title,kind\n";
    let first = format!("{head}1,one.com,AE,odd\n2,two.com,SDR,even\n3,three.com,CFO,even\n");
    let second = format!("{head}3,three.com,CFO,even\n");
    // Row 1 was wrong while it was there; its absence is not. Row 2 the other way round.
    replayed_once(
        POSTS,
        "$snapshot_at",
        &[("posts-2024-05-06.csv", &first), ("posts-2024-07-26.csv", &second)],
        &[],
        &[origin(1, "2024-05-06", false), origin(2, "2024-07-26", true)],
    );
}

#[test]
fn a_row_of_a_request_is_replayed_once_by_the_mapping_of_its_source() {
    let ground = Ground::new();
    ground.file("vendor.yaml", BROKEN);
    let text = std::fs::read_to_string(&ground.config).unwrap()
        + "logging: {format: json}\ningest:\n  listen: 127.0.0.1:0\n  sources:\n    \
           feed: {mapping: vendor.yaml, authentication: none}\n";
    let config = ground.file("ingest.yaml", &text);
    let service = Service::start(Path::new(&config));
    let row = |id: &str, kind: &str| {
        json!({"id": id, "site": format!("{id}.com"), "round": "seed", "date": "2024-02-01",
            "kind": kind})
    };
    let body = json!([row("one", "even"), row("two", "odd")]).to_string();
    let answer = service.post("feed", &[], body.as_bytes());
    assert_eq!((answer.status, &answer.json()["dead_lettered"]), (202, &json!(1)), "{answer:?}");
    // Not JSON; nor is it read as the CSV that it looks like.
    assert_eq!(service.post("feed", &[], b"id,site\nx,x.com\n").status, 202);
    assert_eq!(service.stop().code, Some(0));
    let mut origins: Vec<Value> =
        ground.list(&["--origin", "webhook"]).iter().map(|dead| dead["origin"].clone()).collect();
    origins.sort_by_key(|origin| origin["row"].as_u64());
    let origin = |row: u64| json!({"kind": "webhook", "name": "feed", "row": row});
    assert_eq!(origins, [origin(1), origin(2)]);

    ground.file("vendor.yaml", &mended());
    let told = ok(&["dead-letters", "replay", "--config", &config, "--json"]);
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["replayed"], &told["failing"]), (&json!(1), &json!({"malformed": 1})));
    assert_eq!(ground.said().len(), 2);
    let again = buymode(&["dead-letters", "replay", "--config", &config, "--reason", "value"]);
    assert!(again.stdout.contains("no open dead letter matches"), "{again:?}");
    assert_eq!(ground.said().len(), 2);
}

#[test]
fn a_record_of_a_vendors_topic_is_replayed_once_by_the_mapping_of_its_source() {
    let ground = Ground::new();
    ground.file("vendor.yaml", BROKEN);
    let sources = "ingest: {sources: {feed: {mapping: vendor.yaml, topic: vendor.rows}}}\n";
    let text = std::fs::read_to_string(&ground.config).unwrap() + sources;
    let config = ground.file("ingest.yaml", &text);
    // It waits for its topic.
    let child = command(&["ingest", "--config", &config]).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(1));

    let spec = TopicSpec {
        name: "vendor.rows".to_owned(),
        partitions: 1,
        cleanup: Cleanup::Delete,
        retention_ms: None,
        stamp: Stamp::CreateTime,
        max_message_bytes: 1 << 20,
        compression: None,
        replication: Default::default(),
    };
    ground.store.create_topics(&[spec]).unwrap();
    let mut writer = ground.store.writer("vendor").unwrap();
    writer.begin().unwrap();
    for (id, kind) in [("a", "even"), ("b", "odd")] {
        let value = format!(
            r#"{{"id": "{id}", "site": "{id}-site.com", "round": "seed", "date": "3 days ago", "kind": "{kind}"}}"#
        );
        let timestamp_ms = Some(1_709_294_400_000);
        let (topic, value) = ("vendor.rows", Some(value.as_bytes()));
        writer.send(&Output { topic, value, timestamp_ms, ..Output::default() }).unwrap();
    }
    writer.commit(&[]).unwrap();
    let began = Instant::now();
    while ground.read("buymode.dead-letters").is_empty() || ground.said().is_empty() {
        assert!(began.elapsed() < Duration::from_secs(25), "nothing came");
        std::thread::sleep(Duration::from_millis(50));
    }
    signal(child.id(), "TERM");
    let ended = wait(child);
    assert_eq!(ended.code, Some(0));
    assert!(ended.stderr.contains("vendor.rows"), "{ended:?}");
    let listed = ground.list(&["--origin", "topic", "--topic", "vendor.rows"]);
    let [listed] = &listed[..] else { panic!("{listed:?}") };
    assert_eq!(
        listed["origin"],
        json!({"kind": "topic", "name": "vendor.rows", "partition": 0, "offset": 1, "format": "json"})
    );
    assert_eq!(ground.list(&["--origin", "file"]).len(), 0);

    ground.file("vendor.yaml", &mended());
    let told = ok(&["dead-letters", "replay", "--config", &config, "--strict"]);
    assert!(told.contains("1 record written"), "{told}");
    let again = ok(&["dead-letters", "replay", "--config", &config]);
    assert!(again.contains("no open dead letter matches"), "{again}");
    let said = ground.said();
    // Three days before the row came, not before now.
    let dated = said.iter().filter(|said| said.contains("2024-02-27")).count();
    assert_eq!((said.len(), dated), (2, 2), "{said:#?}");
}
