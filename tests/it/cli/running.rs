//! An instance on the embedded log: it starts, scores, shows itself, explains, and stops in time.

use super::{EXAMPLE, command, ok, settings, signal, wait};
use crate::pipeline::{START, account, company, signal as trigger, topics, write};
use crate::support::readable::assert_readable;
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::log::Store;
use std::io::{BufRead, BufReader, Read, Write};
use std::time::{Duration, Instant};

/// Answers with status and body.
fn get(address: &str, path: &str) -> (u16, String) {
    try_get(address, path).unwrap()
}

/// The same of an instance that may not be there.
pub(crate) fn try_get(address: &str, path: &str) -> std::io::Result<(u16, String)> {
    let mut stream = std::net::TcpStream::connect(address)?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
    status.zip(body).ok_or(std::io::ErrorKind::UnexpectedEof.into())
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(20), "{what} did not come");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn should_start_score_show_itself_and_stop() {
    let folder = tempfile::tempdir().unwrap();
    let file = settings(folder.path());
    let config = ["--config", file.to_str().unwrap()];
    ok(&[&["topics", "create"], &config[..]].concat());
    ok(&[&["topics", "describe"], &config[..]].concat());
    let store = EmbeddedStore::open(&EmbeddedOptions {
        map_size_bytes: 1 << 30,
        ..EmbeddedOptions::new(folder.path().join("data"))
    })
    .unwrap();
    let today = (buymode::runtime::worker::now_ms() - START) / 86_400_000;
    let inputs: Vec<_> = (0..40)
        .flat_map(|n| {
            [(account(n), company(n, today), today), (account(n), trigger(n, 0, today), today)]
        })
        .collect();
    let mut writer = store.writer("test").unwrap();
    write(&mut *writer, &topics(), &inputs);

    let mut child = command(&[&["run"], &config[..]].concat())
        .env("BUYMODE__LOGGING__FORMAT", "json")
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let started = lines.find(|l| l.as_ref().unwrap().contains("\"started\"")).unwrap().unwrap();
    let started: serde_json::Value = serde_json::from_str(&started).unwrap();
    let address = started["http"].as_str().unwrap().to_owned();
    until("ready", || get(&address, "/readyz").0 == 200);
    let applied = |kind: &str, n: usize| {
        let line = format!("buymode_inputs_total{{type=\"{kind}\",verdict=\"applied\"}} {n}");
        get(&address, "/metrics").1.lines().any(|l| l == line)
    };
    // The profile goes into the log once it runs: after the inputs, into each of three partitions.
    until("every input in the metrics", || {
        applied("activation", 3) && applied("company", 40) && applied("funding", 40)
    });
    let (status, body) = get(&address, "/v1/accounts/company4.com");
    assert_eq!(status, 200, "{body}");
    let explained: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_readable("/v1/accounts", &explained);
    for page in ["/livez", "/readyz"] {
        assert_readable(page, &serde_json::from_str(&get(&address, page).1).unwrap());
    }
    assert_eq!(explained["events"].as_array().unwrap().len(), 1, "{body}");
    assert_eq!(explained["products"][0]["product"], "revenue-platform", "{body}");

    let asked = Instant::now();
    signal(child.id(), "TERM");
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    let ended = wait(child);
    assert_eq!(ended.code, Some(0), "{rest:?}");
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    assert!(rest.iter().any(|line| line.contains("SIGTERM")), "{rest:?}");

    // From the log alone, with nothing running.
    let offline = ok(&[&["explain", "company4.com", "--json"], &config[..]].concat());
    let offline: serde_json::Value = serde_json::from_str(&offline).unwrap();
    assert_eq!(offline["products"][0]["fit"], explained["products"][0]["fit"]);
    let table = ok(&[&["explain", "company4.com"], &config[..]].concat());
    assert!(table.contains("uses Salesforce or HubSpot"), "{table}");
    let unknown = super::buymode(&[&["explain", "compani4.com"], &config[..]].concat());
    assert_eq!(unknown.code, Some(1), "{unknown:?}");
    assert!(unknown.stderr.contains("did you mean company4.com"), "{unknown:?}");
    let written = ok(&[&["decisions", "--from-start", "--until-end"], &config[..]].concat());
    for line in written.lines() {
        let decision: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(decision["id"].is_string(), "{line}");
    }
    let matched = ok(&[&["icp", "match", EXAMPLE, "--json"], &config[..]].concat());
    let matched: serde_json::Value = serde_json::from_str(&matched).unwrap();
    assert_eq!(matched["companies"], 40, "{matched}");
    let alike = &matched["standings"].as_array().unwrap().iter().find(|row| {
        let samples = row["samples"].as_array().unwrap();
        let fit = &offline["products"][0]["fit"]["lower_millipoints"];
        samples.iter().any(|sample| sample["fit_lower_millipoints"] == *fit)
    });
    assert!(alike.is_some(), "explain and match know another fit: {matched}");
    ok(&[&["audit"], &config[..]].concat());
}

#[test]
fn should_refuse_a_second_run_on_one_folder_while_the_first_lives() {
    let folder = tempfile::tempdir().unwrap();
    let file = settings(folder.path());
    let config = ["--config", file.to_str().unwrap()];
    ok(&[&["topics", "create"], &config[..]].concat());
    let lock = folder.path().join("data/run.lock");
    for sent in ["KILL", "TERM"] {
        let mut child = command(&[&["run"], &config[..]].concat()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let said = std::thread::spawn(move || lines.map_while(Result::ok).count());
        let pid = child.id();
        let holds = || std::fs::read_to_string(&lock).is_ok_and(|t| t.contains(&pid.to_string()));
        until("the lock", holds);
        let second = super::buymode(&[&["run"], &config[..]].concat());
        assert_eq!(second.code, Some(1), "{second:?}");
        let holder = format!("is in use by process {pid} (buymode run)");
        assert!(second.stderr.contains(&holder), "{second:?}");
        assert_eq!(second.stderr.lines().count(), 1, "{second:?}");
        // All others share the folder.
        ok(&[&["icp", "history"], &config[..]].concat());
        ok(&[&["decisions", "--from-start", "--until-end"], &config[..]].concat());
        ok(&[&["aliases", "add", &format!("{pid}.com"), "company4.com"], &config[..]].concat());
        signal(pid, sent);
        wait(child);
        said.join().unwrap();
    }
    ok(&[&["run", "--until-caught-up"], &config[..]].concat());
}
