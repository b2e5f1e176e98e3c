//! What people read and take along: templates and their flaws, lists of accounts, the demo's messages, a
//! profile that is published, and what a check asks of Slack.

use super::{EXAMPLE, buymode, ok};
use buymode::admin::profiles::file::ProfileFile;
use buymode::codec::Codec;
use buymode::credentials::{Fault, Http, Request, Response};
use buymode::deliver::trial::{Member, member};
use buymode::domain::account::outbox::{DeskRecord, ProfileChange};
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::log::Store;
use buymode::log::scan::Scan;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

const SOUND: &str = include_str!("sound.yaml");

fn errors(templates: &str) -> Vec<(Option<u64>, String)> {
    assert!(SOUND.contains("\nvalue:\n"));
    let text = SOUND.replacen("\nvalue:\n", &format!("\nvalue:\n  templates:\n{templates}"), 1);
    match ProfileFile::of(&text).profile {
        Ok(_) => Vec::new(),
        Err(all) => all.into_iter().map(|e| (e.line, e.problem)).collect(),
    }
}

#[test]
fn a_template_that_does_not_compile_is_an_error_with_its_line() {
    let line = SOUND.lines().position(|line| line == "value:").unwrap() as u64 + 3;
    for (templates, problem) in [
        ("    subject: 'For {{ company }}'\n", ""),
        ("    subject: 'For {{ compny }}'\n", "did you mean \"company\"?"),
        ("    opener: '{{ funding.amuont }}'\n", "did you mean \"funding.amount\"?"),
        ("    opener: 'Hi {{ company'\n", "a tag has no end"),
        ("    opener: '{% for a in jobs %}x{% endfor %}'\n", "use if, elif, else and endif alone"),
        (
            "    talk_track: |\n      - a\n      - {{ zzz }}\n",
            "line 2 of the template: invalid variable \"zzz\"; there are",
        ),
        ("    opener: '{% if company %}x'\n", "an if has no end; close it with"),
        ("    opening: x\n", "opening"),
    ] {
        let found = errors(templates);
        match problem {
            "" => assert_eq!(found, [], "{templates}"),
            problem => {
                let (at, said) = found.first().unwrap_or_else(|| panic!("{templates}"));
                assert!(said.contains(problem), "{templates}: {found:?}");
                assert_eq!(*at, Some(line), "{templates}: {found:?}");
            }
        }
    }
}

#[test]
fn the_demo_shows_and_posts_its_messages_and_a_list_of_accounts_is_no_formula() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let demo =
        ["demo", "--embedded", data, "--companies", "80", "--signals", "400", "--rate", "max"];
    let shown = ok(&[&demo[..], &["--deliver"]].concat());
    for part in [
        "is in buying mode",
        "Act by:",
        "Write:",
        "Ask for:",
        "messages, as deploy/demo-roster.yaml",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    let (url, posted) = server();
    let said =
        ok(&["demo", "--embedded", data, "--signals", "1", "--rate", "max", "--deliver", &url]);
    assert!(said.contains("to 127.0.0.1\n") && !said.contains("/secret"), "{said}");
    let all: Vec<String> = posted.try_iter().collect();
    assert!(all.len() > 5 && all.iter().all(|one| one.starts_with("POST /secret ")), "{all:?}");
    assert!(all.iter().any(|one| one.contains("\"type\":\"buymode.account.")), "{all:?}");
    let list = |more: &[&str]| {
        ok(&[&["accounts", "list", "--embedded", data, "--stage", "buying,warming,dormant"], more]
            .concat())
    };
    let table = list(&["--format", "csv"]);
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    assert!(rows.len() > 20, "{table}");
    assert_eq!(&rows[0][0], "1");
    let ranks: Vec<bool> = rows.iter().map(|row| &row[5] == "buying").collect();
    assert!(ranks.is_sorted_by(|a, b| a >= b), "buying mode first: {ranks:?}");
    let json: serde_json::Value = serde_json::from_str(&list(&["--json", "--top", "3"])).unwrap();
    assert_eq!(json["listed"], 3);
    assert_eq!(json["found"].as_u64().unwrap() as usize, rows.len());
    let owners = json["by_owner"].as_array().unwrap().iter();
    assert_eq!(owners.map(|o| o["accounts"].as_u64().unwrap()).sum::<u64>(), 3);
    assert!(
        list(&["--format", "linkedin"])
            .starts_with("companyname,companywebsite,companyemaildomain,")
    );
    assert!(list(&["--format", "google"]).lines().all(|line| line.starts_with("https://")));
    assert!(list(&[]).contains("by territory: "));
}

/// A server that takes everything.
fn server() -> (String, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/secret", listener.local_addr().unwrap());
    let (to, from) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (mut all, mut bytes) = (Vec::new(), [0; 65_536]);
            // The whole body, so that the client is not cut off.
            loop {
                let read = stream.read(&mut bytes).unwrap_or(0);
                all.extend_from_slice(&bytes[..read]);
                let text = String::from_utf8_lossy(&all).into_owned();
                let length = text.to_lowercase();
                let length = length.split("content-length: ").nth(1);
                let length = length.and_then(|l| l.split('\r').next()?.parse::<usize>().ok());
                let body = text.split_once("\r\n\r\n").map_or(0, |(_, body)| body.len());
                if read == 0 || length.is_some_and(|length| body >= length) {
                    break;
                }
            }
            let _ = to.send(String::from_utf8_lossy(&all).into_owned());
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    (url, from)
}

const ROSTER: &str = "
zone: UTC
destinations: [{ name: leads, routes: [ae], slack: { token: { env: S }, channel: C0000001 } }]
escalation: { channel: leads }
digest: { destination: leads }
";

#[test]
fn a_published_profile_and_its_rollback_lie_in_the_desks_log() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("log");
    let data = data.to_str().unwrap();
    let roster = folder.path().join("roster.yaml");
    std::fs::write(&roster, ROSTER).unwrap();
    let text = std::fs::read_to_string(EXAMPLE).unwrap();
    let stricter = folder.path().join("stricter.yaml");
    std::fs::write(&stricter, text.replacen("enter: 40", "enter: 60", 1)).unwrap();
    let stricter = stricter.to_str().unwrap();
    ok(&["topics", "create", "--embedded", data, "--partitions", "1", "--profile", EXAMPLE]);
    // Without a roster no one hears of it.
    ok(&["icp", "publish", EXAMPLE, "--embedded", data, "--by", "ana"]);
    assert_eq!(changes(Path::new(data)), []);
    ok(&["deliver", "publish", roster.to_str().unwrap(), "--embedded", data, "--by", "ana"]);
    ok(&["icp", "publish", stricter, "--embedded", data, "--by", "ana", "--note", "fewer"]);
    ok(&["icp", "rollback", "--embedded", data, "--by", "ben", "--without-counts"]);
    let refused = buymode(&["icp", "publish", EXAMPLE, "--embedded", data]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let [published, back] = &changes(Path::new(data))[..] else { panic!() };
    assert_eq!((published.activation, published.is_rollback), (2, false));
    assert_eq!((published.by.as_deref(), published.note.as_deref()), (Some("ana"), Some("fewer")));
    assert_eq!(published.changes, ["An account enters at 60 points, before 40."]);
    assert!(published.counts.is_some());
    assert_eq!(published.before, Some(back.version.clone()));
    assert_eq!((back.activation, back.is_rollback, back.counts), (3, true, None));
    assert_eq!(back.changes, ["An account enters at 40 points, before 60."]);
}

fn changes(log: &Path) -> Vec<ProfileChange> {
    let store = EmbeddedStore::open(&EmbeddedOptions::new(log)).unwrap();
    let mut reader = store.reader().unwrap();
    let (mut codec, mut found) = (Codec::local(), Vec::new());
    let mut take = |record: buymode::log::RecordRef<'_>| {
        if let Ok(DeskRecord::Change(change)) = codec.decode_desk(record.value.unwrap()) {
            found.push(*change);
        }
    };
    let scan = Scan::whole(&mut *reader, "buymode.desk", 0).unwrap();
    scan.each(&mut *reader, &mut take).unwrap();
    found
}

/// Slack's answer to a look-up.
struct Says(&'static str);

impl Http for Says {
    fn send(&self, request: &Request) -> Result<Response, Fault> {
        assert!(request.body.is_none());
        assert_eq!(
            request.url,
            "https://slack.example/api/users.lookupByEmail?email=ana%2Bx%40example.com"
        );
        Ok(Response { status: 200, headers: Vec::new(), body: self.0.as_bytes().to_vec() })
    }
}

#[test]
fn slack_says_whom_an_address_belongs_to() {
    let ask =
        |says| member(&Says(says), "https://slack.example/api/", "xoxb-test", "ana+x@example.com");
    for (says, expected) in [
        (r#"{"ok":true,"user":{"id":"U1"}}"#, Member::Known("U1".into())),
        (r#"{"ok":true,"user":{"id":"U1","deleted":true}}"#, Member::Gone("U1".into())),
        (r#"{"ok":false,"error":"users_not_found"}"#, Member::Unknown),
        ("<html>", Member::Unasked("answered 200".into())),
        (r#"{"ok":false,"error":"ratelimited"}"#, Member::Unasked("ratelimited".into())),
    ] {
        assert_eq!(ask(says), expected, "{says}");
    }
    let Member::Unasked(why) = ask(r#"{"ok":false,"error":"missing_scope"}"#) else { panic!() };
    assert!(why.contains("users:read.email"), "{why}");
}
