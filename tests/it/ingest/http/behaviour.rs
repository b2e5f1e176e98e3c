//! On the embedded log: each way a request can end.

use super::service::{
    Answer, EMBEDDED, FORMER, SECRET, Service, TOKEN, mac, row, settings, store, theirstack,
    written,
};
use buymode::domain::account::origin::DeadLetterOrigin;
use buymode::domain::account::records::{DeadLetter, DeadLetterReason};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::time::{Duration, Instant};

fn counts(answer: &Answer) -> [u64; 3] {
    assert_eq!(answer.status, 202, "{answer:?}");
    let json = answer.json();
    ["accepted", "skipped", "dead_lettered"].map(|key| json[key].as_u64().unwrap())
}

/// The row of the request that a dead letter of source `open` came from.
fn row_of(dead_letter: &DeadLetter) -> u64 {
    let DeadLetterOrigin::Webhook { source, row } = &dead_letter.origin else {
        panic!("{dead_letter:?}")
    };
    assert_eq!(source, "open");
    *row
}

fn now_ms() -> i64 {
    buymode::runtime::worker::now_ms()
}

#[test]
fn what_is_acknowledged_is_in_the_log_and_each_row_has_one_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::embedded(folder.path(), "");
    let other = r#"{"type":"other"}"#;
    let bad = r#"{"type":"funding","domain":"gmail.com","date":"2026-10-01","id":"x"}"#;

    assert_eq!(counts(&service.post("open", &[], row("one").as_bytes())), [1, 0, 0]);
    let list = format!("[{}, {}, {other}, {bad}]", row("two"), row("three"));
    let answer = service.post("open", &[("content-type", "application/json")], list.as_bytes());
    assert_eq!(counts(&answer), [2, 1, 1]);
    let buried = &answer.json()["dead_letters"][0];
    assert_eq!(buried["row"], 4, "{answer:?}");
    assert!(buried["message"].as_str().unwrap().contains("gmail.com"), "{answer:?}");
    let lines = format!("{}\n{{\"type\":\n{other}\n", row("four"));
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(lines.as_bytes()).unwrap();
    let headers = [("content-encoding", "gzip"), ("content-type", "application/x-ndjson")];
    assert_eq!(counts(&service.post("open", &headers, &gzip.finish().unwrap())), [1, 1, 1]);
    // What is no JSON would be no JSON the next time either: it is kept.
    assert_eq!(counts(&service.post("open", &[], b"<html>")), [0, 0, 1]);
    assert_eq!(counts(&service.post("open", &[], b"{\"a\":\"\xff\"}")), [0, 0, 1]);

    for (source, verdict, n) in
        [("open", "mapped", 4.0), ("open", "skipped", 2.0), ("open", "dead_lettered", 4.0)]
    {
        let labels = format!("source=\"{source}\",verdict=\"{verdict}\"");
        assert_eq!(
            service.metric(&format!("buymode_ingest_rows_total{{{labels}}}")),
            n,
            "{labels}"
        );
    }
    assert_eq!(service.requests("open", "accepted"), 5.0);
    assert_eq!(crate::cli::running::try_get(&service.http, "/readyz").unwrap().0, 200);
    let asked = Instant::now();
    let ended = service.stop();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());

    let (inputs, mut letters) = written(&store(folder.path()), "");
    let accounts: Vec<&str> = inputs.keys().map(String::as_str).collect();
    assert_eq!(accounts, ["example.com"]);
    assert_eq!(inputs["example.com"].len(), 4);
    letters.sort_by_key(|letter| (row_of(letter), letter.value.clone()));
    let found: Vec<_> =
        letters.iter().map(|l| (row_of(l), l.reason, l.value.as_deref().unwrap())).collect();
    let malformed = DeadLetterReason::Malformed;
    assert_eq!(
        found,
        [
            (1, malformed, &b"<html>"[..]),
            (1, malformed, b"{\"a\":\"\xff\"}"),
            (2, malformed, b"{\"type\":"),
            (4, DeadLetterReason::Account, bad.as_bytes()),
        ]
    );
    for letter in letters {
        let feed = letter.feed.unwrap();
        assert_eq!((feed.source.as_str(), feed.mapping.as_str()), ("open", "acme.yaml"));
    }
}

#[test]
fn each_kind_of_authentication_takes_its_own_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::embedded(folder.path(), "");
    let body = row("a");
    let body = body.as_bytes();
    let bearer = |token: &str| format!("Bearer {token}");
    let now = now_ms();
    let hubspot = |secret: &str, ms: i64| {
        let uri = b"https://hooks.example.com/v1/ingest/hubspot/a?x=1:2";
        let stamp = ms.to_string();
        let mac = mac(secret, &[b"POST", uri, body, stamp.as_bytes()]);
        (data_encoding::BASE64.encode(&mac), stamp)
    };
    let vendor = |secret: &str, s: i64, sent: &[u8]| {
        let stamp = s.to_string();
        let mac = mac(secret, &[stamp.as_bytes(), b".", sent]);
        (format!("v1={}", data_encoding::BASE64.encode(&mac)), stamp)
    };
    let post = |source: &str, headers: &[(&str, &str)]| service.post(source, headers, body);
    // Taken.
    assert_eq!(post("form", &[("authorization", &bearer(TOKEN))]).status, 202);
    for secret in [SECRET, FORMER] {
        let signature = theirstack(secret, body);
        let answer = post("theirstack", &[("x-theirstack-signature-256", &signature)]);
        assert_eq!(counts(&answer), [1, 0, 0]);
    }
    let (signature, stamp) = hubspot(SECRET, now);
    let headers =
        [("X-HubSpot-Signature-v3", signature.as_str()), ("X-HubSpot-Request-Timestamp", &stamp)];
    assert_eq!(counts(&post("hubspot?x=1%3a2", &headers)), [1, 0, 0]);
    let (signature, stamp) = vendor(SECRET, now / 1000 - 50, body);
    let headers = [("X-Signature", signature.as_str()), ("X-Timestamp", &stamp)];
    assert_eq!(counts(&post("vendor", &headers)), [1, 0, 0]);
    // The same again, as after an answer that got lost: acknowledged, and in the log once.
    let again = post("vendor", &headers);
    assert_eq!(counts(&again), [0, 0, 0]);
    assert_eq!(again.json()["replayed"], true);

    // Refused.
    let long = "x".repeat(5_000);
    let (wrong, right) = (theirstack("another secret altogether", body), theirstack(SECRET, body));
    let (old, old_stamp) = vendor(SECRET, now / 1000 - 61, body);
    let (ahead, ahead_stamp) = vendor(SECRET, now / 1000 + 70, body);
    let (moved, _) = vendor(SECRET, now / 1000 - 50, body);
    let moved_stamp = (now / 1000).to_string();
    let (stale, stale_stamp) = hubspot(SECRET, now - 301_000);
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);
    let table: &[Case<'_>] = &[
        ("form", &[], "missing header authorization"),
        ("form", &[("authorization", "Basic abc")], "missing bearer token"),
        ("form", &[("authorization", "Bearer")], "use the token configured for this source"),
        (
            "form",
            &[("authorization", &bearer(&TOKEN[1..]))],
            "use the token configured for this source",
        ),
        ("form", &[("authorization", &bearer(&long))], "use the token configured for this source"),
        ("theirstack", &[], "missing header x-theirstack-signature-256"),
        (
            "theirstack",
            &[("x-theirstack-signature-256", &wrong)],
            "signature mismatch in x-theirstack-signature-256",
        ),
        ("theirstack", &[("x-theirstack-signature-256", &right[..50])], "32 bytes in hex"),
        (
            "theirstack",
            &[("x-theirstack-signature-256", &right[7..])],
            "no signature in it starts with sha256=",
        ),
        ("theirstack", &[("x-theirstack-signature-256", "sha256=")], "32 bytes in hex"),
        ("theirstack", &[("x-theirstack-signature-256", "")], "no signature in it"),
        ("theirstack", &[("authorization", &bearer(SECRET))], "missing header"),
        ("vendor", &[("x-signature", &old), ("x-timestamp", &old_stamp)], "by more than 60 s"),
        ("vendor", &[("x-signature", &ahead), ("x-timestamp", &ahead_stamp)], "by more than 60 s"),
        ("vendor", &[("x-signature", &moved), ("x-timestamp", &moved_stamp)], "signature mismatch"),
        ("vendor", &[("x-signature", &moved), ("x-timestamp", "soon")], "use a Unix time"),
        ("vendor", &[("x-signature", &moved)], "missing header x-timestamp"),
        (
            "hubspot",
            &[("x-hubspot-signature-v3", &stale), ("x-hubspot-request-timestamp", &stale_stamp)],
            "by more than 300 s",
        ),
    ];
    for (source, headers, part) in table {
        let answer = post(source, headers);
        assert_eq!(answer.status, 401, "{source} {headers:?}: {answer:?}");
        let error = answer.error();
        assert!(error.contains(part), "{source} {headers:?}: {error:?} lacks {part:?}");
        assert!(!answer.body.contains(SECRET) && !answer.body.contains(TOKEN), "{answer:?}");
    }
    let denied: f64 = ["form", "theirstack", "vendor", "hubspot"]
        .map(|source| service.requests(source, "unauthenticated"))
        .iter()
        .sum();
    assert_eq!(denied, table.len() as f64);
    assert_eq!(service.requests("vendor", "replayed"), 1.0);
    assert_eq!(service.stop().code, Some(0));
    let (inputs, letters) = written(&store(folder.path()), "");
    // One each of form, theirstack (two secrets, two signatures), hubspot and vendor.
    assert_eq!((inputs["example.com"].len(), letters.len()), (5, 0));
}

#[test]
fn what_cannot_be_taken_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::embedded(folder.path(), "");
    let body = row("a");
    let many = format!("[{}1]", "1,".repeat(10_000));
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(body.as_bytes()).unwrap();
    let packed = gzip.finish().unwrap();
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [u8], u16, &'a str);
    const GZIP_TWICE: [(&str, &str); 2] = [("content-encoding", "gzip"); 2];
    const GZIP_AND_BR: [(&str, &str); 2] =
        [("content-encoding", "gzip"), ("content-encoding", "br")];
    const IDENTITY_AND_BR: [(&str, &str); 2] =
        [("content-encoding", "identity"), ("content-encoding", "br")];
    const FORM: [(&str, &str); 1] = [("content-type", "application/x-www-form-urlencoded")];
    const MULTIPART: [(&str, &str); 1] = [("content-type", "multipart/form-data; boundary=x")];
    let table: &[Case<'_>] = &[
        ("nobody", &[], body.as_bytes(), 404, "unknown source"),
        ("open/x", &[], body.as_bytes(), 404, "unknown source"),
        ("open", &[("content-type", "text/xml")], body.as_bytes(), 415, "application/json"),
        ("open", &[("content-encoding", "br")], body.as_bytes(), 415, "use gzip"),
        (
            "open",
            &[("content-encoding", "gzip, br")],
            body.as_bytes(),
            415,
            "2 times; use gzip once",
        ),
        ("open", &[("content-encoding", "gzip, gzip")], &packed, 415, "2 times; use gzip once"),
        ("open", &GZIP_TWICE, &packed, 415, "2 times; use gzip once"),
        ("open", &GZIP_AND_BR, body.as_bytes(), 415, "2 times; use gzip once"),
        ("open", &IDENTITY_AND_BR, body.as_bytes(), 415, "use gzip"),
        ("open", &FORM, b"domain=acme.com&type=funding", 415, "is form-encoded"),
        ("open", &FORM, b"payload=%7B%22a%22%3A1%7D", 415, "to application/json at the vendor"),
        ("open", &MULTIPART, b"--x\r\n", 415, "is form-encoded"),
        ("open", &[("host", "localhost")], body.as_bytes(), 403, "more than one host"),
        ("open", &[("content-encoding", "gzip")], body.as_bytes(), 400, "not complete gzip"),
        ("open", &[], b" \n", 400, "the body is empty"),
        ("open", &[], &[b' '; (1 << 20) + 1], 413, "more than 1048576 bytes; send fewer"),
        ("open", &[], many.as_bytes(), 413, "10001 rows, at most 10000"),
    ];
    // Encodings that say nothing change nothing.
    for headers in [
        &[("content-encoding", "gzip"), ("content-encoding", "identity")][..],
        &[("content-encoding", "identity, gzip")],
        &[("content-encoding", " GZIP ,")],
    ] {
        assert_eq!(counts(&service.post("open", headers, &packed)), [1, 0, 0], "{headers:?}");
    }
    // curl says of JSON that it is a form.
    assert_eq!(counts(&service.post("open", &FORM, body.as_bytes())), [1, 0, 0]);
    // A form under another name is a dead letter that says so.
    let form = service.post("open", &[("content-type", "text/plain")], b"domain=a.com&x=%20");
    let why = form.json()["dead_letters"][0]["message"].to_string();
    assert!(why.contains("is form-encoded (name=value"), "{why}");
    for (source, headers, body, status, part) in table {
        let answer = service.post(source, headers, body);
        assert_eq!(answer.status, *status, "{source} {headers:?}: {answer:?}");
        assert!(answer.error().contains(part), "{answer:?} lacks {part:?}");
    }
    assert_eq!(service.requests("unknown", "unknown_source"), 2.0);
    assert_eq!(service.requests("unknown", "unknown_host"), 1.0);
    assert_eq!(service.requests("open", "unsupported"), 10.0);
    assert_eq!(service.requests("open", "too_large"), 2.0);
    let mut stream = service.connect();
    write!(stream, "GET /v1/ingest/open HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .unwrap();
    let answer = Answer::read(&mut stream).unwrap();
    assert_eq!(answer.status, 405, "{answer:?}");
    assert!(answer.head.contains("allow: post"), "{answer:?}");
    let mut stream = service.connect();
    let asked = "GET /v1/ingest/open?a=1&challenge=%22a%2Bb%22+c HTTP/1.1";
    write!(stream, "{asked}\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    let answer = Answer::read(&mut stream).unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"challenge":"\"a+b\" c"}"#));
    assert_eq!(service.requests("open", "challenged"), 1.0);
    // One a second, and no longer than a second to wait.
    assert_eq!(service.post("slow", &[], body.as_bytes()).status, 202);
    let answers: Vec<Answer> = (0..5).map(|_| service.post("slow", &[], body.as_bytes())).collect();
    let limited = answers.iter().find(|answer| answer.status == 429).expect("one of five");
    assert!(limited.head.contains("retry-after: 1"), "{limited:?}");
}

#[test]
fn what_would_be_wrong_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = settings(folder.path(), EMBEDDED, "");
    let text = std::fs::read_to_string(&file).unwrap();
    let config = ["--config", file.to_str().unwrap()];
    let refused = |part: &str| {
        let ended = crate::cli::buymode(&[&["ingest"], &config[..]].concat());
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains(part), "{ended:?} lacks {part:?}");
        assert_eq!(ended.stderr.lines().count(), 1, "{ended:?}");
    };
    refused("create a log there with `buymode topics create --embedded");
    crate::cli::ok(&[&["topics", "create"], &config[..]].concat());
    let change = |from: &str, to: &str| {
        assert!(text.contains(from));
        std::fs::write(&file, text.replace(from, to)).unwrap();
    };
    change("acme.yaml", "none.yaml");
    refused("none.yaml: No such file");
    change("{file: secret}", "{file: nowhere}");
    refused("ingest.sources.theirstack.authentication: secrets: cannot read");
    change(SECRET, "short");
    refused("shorter than 16 characters");
    change(", authentication: none}", "}");
    refused("ingest.sources.open.authentication: say how");
    let tables = "source: t\ntables: {t: {match: 'true', key: .a, value: .}}\n\
        rules: [{name: r, match: 'true', emit: empty}]\n";
    std::fs::write(folder.path().join("tables.yaml"), tables).unwrap();
    change("acme.yaml", "tables.yaml");
    refused("table t needs the other files of an import");
    change(EMBEDDED, "embedded: {folder: past, map_size_gib: 1}");
    let history = ["topics", "create", "--history", config[0], config[1]];
    crate::cli::ok(&history);
    refused("is a history, stamped by its writer");
}
