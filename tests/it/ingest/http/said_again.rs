//! A do-not-contact that is set, lifted and set again in the same words: it holds.

use super::service::{EMBEDDED, SECRET, Service, each, mac, settings, store, theirstack};
use buymode::codec::{Codec, Decoded};
use buymode::domain::account::input::{Input, LogPosition, SuppressionChange};
use buymode::domain::account::state::AccountState;
use buymode::domain::account::step::step;
use buymode::domain::account::world::World;
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::time::Timestamp;
use std::path::Path;

const MAPPING: &str = r#"
source: acme
rules:
  - name: lists
    match: has("stop")
    emit: |
      {record: "suppression", account: .domain, list: "do_not_contact", active: .stop,
       occurred_at: .date, observed_at: .seen, source_record_id: .id}
"#;

fn start(folder: &Path) -> Service {
    let file = settings(folder, EMBEDDED, "");
    std::fs::write(folder.join("acme.yaml"), MAPPING).unwrap();
    Service::start(&file)
}

fn row(account: &str, stop: bool, more: &str) -> String {
    format!(r#"{{"domain":"{account}","stop":{stop}{more}}}"#)
}

/// Sends a body with a signature of the body alone.
fn say(service: &Service, body: &str) {
    let signature = theirstack(SECRET, body.as_bytes());
    let headers = [("x-theirstack-signature-256", signature.as_str())];
    let answer = service.post("theirstack", &headers, body.as_bytes());
    assert_eq!((answer.status, &answer.json()["accepted"]), (202, &1.into()), "{body}: {answer:?}");
}

/// The suppressions of an account in the log, and whether one holds after all of them.
fn statements(folder: &Path, account: &str) -> (Vec<SuppressionChange>, bool) {
    let (mut codec, mut found) = (Codec::local(), Vec::new());
    each(&store(folder), "buymode.inputs", &mut |key, value| {
        if let Ok(Decoded::Account { account: of, input: Input::Suppression(change) }) =
            codec.decode_input(key, value)
            && of.as_str() == account
        {
            found.push(change);
        }
    });
    let key = AccountKey::parse(account).unwrap();
    let base = buymode::runtime::worker::now_ms();
    let world = World::default();
    let mut state = AccountState::new(-1, Timestamp(base).day());
    for (offset, change) in (0..).zip(&found) {
        let time = Timestamp(base + offset);
        let at = LogPosition { partition: 0, offset, time };
        step(&world, &key, &mut state, &Input::Suppression(change.clone()), at);
    }
    (found, !state.suppressions.is_empty())
}

#[test]
fn a_suppression_that_is_set_lifted_and_set_again_in_the_same_words_holds() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    // Without a date, and with the date of the day.
    let cases = [
        ("undated.com", ""),
        ("dated.com", r#","date":"2026-10-01""#),
        ("midnight.com", r#","date":"2026-10-01T00:00:00Z""#),
        ("seen.com", r#","seen":"2026-10-01""#),
        ("both.com", r#","date":"2026-10-01","seen":"2026-10-02""#),
    ];
    for (account, more) in cases {
        let (set, lift) = (row(account, true, more), row(account, false, more));
        for body in [&set, &lift, &set] {
            say(&service, body);
        }
        // Once more, as a vendor's retry does.
        say(&service, &set);
    }
    // A vendor's id says which statement it is: the first one delivered again is the first one.
    let named = r#","id":"statement-1""#;
    for (stop, more) in [(true, named), (false, r#","id":"statement-2""#), (true, named)] {
        say(&service, &row("named.com", stop, more));
    }
    // So does a moment; the next one of the same words has another.
    let at = |hour: u32| format!(r#","date":"2026-10-01T{hour}:30:00Z""#);
    for (account, last) in [("retried.com", 10), ("anew.com", 12)] {
        for (stop, hour) in [(true, 10), (false, 11), (true, last)] {
            say(&service, &row(account, stop, &at(hour)));
        }
    }
    for (stop, id) in [(true, "statement-3"), (false, "statement-4")] {
        say(&service, &row("lifted.com", stop, &format!(r#","id":"{id}""#)));
    }
    assert_eq!(service.stop().code, Some(0));
    assert!(!statements(folder.path(), "lifted.com").1);
    for (account, _) in cases {
        let (found, holds) = statements(folder.path(), account);
        assert_eq!(found.len(), 4, "{account}");
        assert!(found[2].id != found[0].id && holds, "{account}: {found:?}");
    }
    for (account, holds) in [("named.com", false), ("retried.com", false), ("anew.com", true)] {
        assert_eq!(statements(folder.path(), account).1, holds, "{account}");
    }
}

#[test]
fn a_dated_lift_that_is_delivered_again_does_not_lift_what_was_set_since() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    let date = r#","date":"2026-10-01""#;
    for stop in [true, false, true, false] {
        say(&service, &row("acme.com", stop, date));
    }
    assert_eq!(service.stop().code, Some(0));
    let (found, holds) = statements(folder.path(), "acme.com");
    assert!(found.len() == 4 && holds, "{found:?}");
}

#[test]
fn a_signed_timestamp_makes_a_replay_and_another_one_a_new_statement() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    let now = buymode::runtime::worker::now_ms() / 1_000;
    let say = |stop: bool, at: i64| {
        let (body, at) = (row("acme.com", stop, ""), at.to_string());
        let mac = mac(SECRET, &[at.as_bytes(), b".", body.as_bytes()]);
        let signature = format!("v1={}", data_encoding::BASE64.encode(&mac));
        let headers = [("X-Signature", signature.as_str()), ("X-Timestamp", &at)];
        let answer = service.post("vendor", &headers, body.as_bytes());
        assert_eq!(answer.status, 202, "{answer:?}");
        answer.json()["replayed"] == true
    };
    let sent =
        [(true, now - 9), (false, now - 6), (true, now - 9), (true, now - 3), (false, now - 6)];
    let replayed = sent.map(|(stop, at)| say(stop, at));
    assert_eq!(replayed, [false, false, true, false, true]);
    assert_eq!(service.stop().code, Some(0));
    let (found, holds) = statements(folder.path(), "acme.com");
    assert!(found.len() == 3 && holds, "{found:?}");
}
