//! Texts that would command a terminal, forge a line or turn its direction, from a company's name to an
//! argument: whatever comes in, and whichever command prints it, letters come out.

use super::{buymode, command, ok, settings, wait};
use crate::pipeline::{START, account, company, signal, topics, write};
use buymode::domain::account::input::Input;
use buymode::domain::evidence::attribute::{Attribute, Value};
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::log::{Output, Store};

const HOSTILE: &str =
    "Evil\nFORGED: line\r\u{1b}]0;title\u{7}\u{9b}2J\u{202e}\u{2067}x\u{200b}y\u{feff}";

/// Only what a command may print, and the last part of the hostile text, so that it was printed.
fn assert_plain(what: &str, text: &str) {
    let bad = text.chars().find(|c| {
        (c.is_control() && *c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    });
    assert_eq!(bad, None, "{what}: {text:?}");
    assert!(!text.lines().any(|line| line.starts_with("FORGED")), "{what}: {text}");
}

#[test]
fn should_print_plain_text_whatever_came_in() {
    let folder = tempfile::tempdir().unwrap();
    let file = settings(folder.path());
    let config = ["--config", file.to_str().unwrap()];
    ok(&[&["topics", "create"], &config[..]].concat());
    let store = EmbeddedStore::open(&EmbeddedOptions {
        map_size_bytes: 1 << 30,
        ..EmbeddedOptions::new(folder.path().join("data"))
    })
    .unwrap();
    let today = (buymode::runtime::worker::now_ms() - START) / 86_400_000;
    // As another producer writes it: in our schema, past every mapping.
    let mut evil = company(4, today);
    if let Input::Company(update) = &mut evil {
        update.facts[0] = (Attribute::Name, Value::Names(vec![HOSTILE.into()]));
        update.source = HOSTILE.into();
    }
    let mut writer = store.writer("test").unwrap();
    let inputs = [(account(4), evil, today), (account(4), signal(4, 0, today), today)];
    write(&mut *writer, &topics(), &inputs);
    // A record that becomes a dead letter, whose key is quoted.
    writer.begin().unwrap();
    let topic = &topics().inputs;
    let (key, value) = (Some(HOSTILE.as_bytes()), Some(HOSTILE.as_bytes()));
    let partition = Some(0);
    writer.send(&Output { topic, partition, key, value, ..Output::default() }).unwrap();
    writer.commit(&[]).unwrap();
    drop((writer, store));
    let by = ["--reason", HOSTILE, "--by", HOSTILE];
    ok(&[&["aliases", "add", "evil-alias.com", "evil.com"], &by[..], &config[..]].concat());
    ok(&[&["icp", "publish", super::EXAMPLE, "--note", HOSTILE, "--by", HOSTILE], &config[..]]
        .concat());

    for format in ["text", "json"] {
        let run = command(&[&["run", "--until-caught-up"], &config[..]].concat())
            .env("BUYMODE__LOGGING__FORMAT", format)
            .env("BUYMODE__LOGGING__FILTER", "debug")
            .spawn()
            .unwrap();
        let ended = wait(run);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_plain("run", &ended.stderr);
    }
    let csv = folder.path().join("match.csv");
    let csv = csv.to_str().unwrap();
    let calls: &[(&[&str], &str)] = &[
        (&["explain", "company4.com"], "Evil"),
        (&["explain", "company4.com", "--json"], "Evil"),
        (&["explain", HOSTILE], "Evil"),
        (&["why-not", "company4.com"], ""),
        (&["why-not", "company4.com", "--json"], ""),
        (&["why-not", "company4.com", "--product", HOSTILE], ""),
        (&["decisions", "--from-start", "--until-end"], ""),
        (&["dead-letters", "list"], ""),
        (&["dead-letters", "list", "--json"], ""),
        (&["aliases", "list"], "Evil"),
        (&["aliases", "list", "--json"], "Evil"),
        (&["aliases", "remove", HOSTILE], "Evil"),
        (&["icp", "history"], "Evil"),
        (&["icp", "history", "--json"], "Evil"),
        (&["icp", "match", super::EXAMPLE], ""),
        (&["icp", "match", super::EXAMPLE, "--csv", csv], ""),
        (&["icp", "match", super::EXAMPLE, "--json"], ""),
        (&["icp", "check", HOSTILE], "Evil"),
        (&["icp", "show", HOSTILE], "Evil"),
        (&["audit"], ""),
    ];
    for (args, said) in calls {
        let ended = buymode(&[args, &config[..]].concat());
        let printed = format!("{}{}", ended.stdout, ended.stderr);
        assert!(printed.contains(said), "{args:?}: {printed}");
        assert_plain(&format!("{args:?}"), &printed);
    }
    let listed = ok(&[&["dead-letters", "list", "--json"], &config[..]].concat());
    let listed: serde_json::Value = serde_json::from_str(listed.lines().next().unwrap()).unwrap();
    let id = listed["id"].as_str().unwrap();
    for args in [&["dead-letters", "show", id][..], &["dead-letters", "show", id, "--json"]] {
        let shown = ok(&[args, &config[..]].concat());
        assert_plain(&format!("{args:?}"), &shown);
    }
    let raw = ok(&[&["dead-letters", "show", id, "--raw"], &config[..]].concat());
    assert_eq!(raw, HOSTILE, "the bytes, where no person reads them");
    if let Ok(cells) = std::fs::read_to_string(csv) {
        assert_plain("the spreadsheet", &cells);
    }
}
