//! `buymode deliver sync` as a process beside the scorer: what changes is in the CRM without a look at all accounts, also
//! after a kill, and a merged account is shown with its root's values under its own id.

use super::{EXAMPLE, command, ok, wait};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const CANONICAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/mappings/canonical.yaml");
const TIME: Duration = Duration::from_secs(90);

/// What a CRM in HubSpot's form was told, by the id there.
#[derive(Clone, Default)]
struct Crm(Arc<Mutex<BTreeMap<String, Vec<Value>>>>);

impl Crm {
    fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let crm = self.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, crm) = (stream.unwrap(), crm.clone());
                std::thread::spawn(move || while crm.answer(&stream).is_some() {});
            }
        });
        address
    }

    fn answer(&self, mut stream: &TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
            if line.trim().is_empty() {
                break;
            }
            let line = line.to_lowercase();
            if let Some(said) = line.strip_prefix("content-length:") {
                length = said.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        for input in body["inputs"].as_array().into_iter().flatten() {
            let id = input["id"].as_str().unwrap_or_default().to_owned();
            self.0.lock().unwrap().entry(id).or_default().push(input["properties"].clone());
        }
        let said = json!({ "results": [], "errors": [] }).to_string();
        let head = format!(
            "HTTP/1.1 200 X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            said.len()
        );
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(said.as_bytes()).ok()
    }

    fn await_that(&self, id: &str, name: &str, value: &str) {
        let began = Instant::now();
        loop {
            let last = self.0.lock().unwrap().get(id).and_then(|all| all.last().cloned());
            if last.as_ref().is_some_and(|shown| shown[name] == value) {
                return;
            }
            assert!(began.elapsed() < TIME, "{id} does not show {name} {value:?}, but {last:?}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn writes(&self, id: &str) -> usize {
        self.0.lock().unwrap().get(id).map_or(0, Vec::len)
    }
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn sync_follows_what_changes_across_a_kill_and_a_merge() {
    let (folder, crm) = (tempfile::tempdir().unwrap(), Crm::default());
    let log = folder.path().join("log");
    let at = format!("--embedded={}", log.display());
    let call = |args: &[&str]| ok(&[args, &[at.as_str()]].concat());
    let scored = || {
        let mut run = command(&["run", "--until-caught-up", &at]);
        let ended = wait(run.env("BUYMODE__HTTP__LISTEN", "127.0.0.1:0").spawn().unwrap());
        assert_eq!(ended.code, Some(0), "{ended:?}");
    };
    let roster = format!(
        "zone: UTC\ndestinations:\n  - {{ name: leads, routes: [ops], slack: {{ token: {{ env: SLACK }}, channel: C0000001 }} }}\n\
         escalation: {{ channel: leads }}\ndigest: {{ destination: leads }}\n\
         sync:\n  - name: crm\n    tool: {{ map: hubspot-sync, token: {{ env: CRM }}, url: '{}', private: true }}\n",
        crm.serve()
    );
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let load = |day: u32, rows: &[(&str, u32, &str)]| {
        let name = format!("companies-{day}.jsonl");
        let rows = rows.iter().map(|(account, employees, id)| {
            let row = json!({ "record": "company", "source": "crm", "account": account, "name": account,
                "as_of": format!("2026-01-{day:02}"), "employees": employees, "crm_ids": [format!("hubspot:{id}")] });
            format!("{row}\n")
        });
        let path = file(&name, &rows.collect::<String>());
        call(&["import", "--mapping", CANONICAL, &path]);
        scored();
    };
    call(&["topics", "create", "--partitions", "1", "--profile", EXAMPLE]);
    call(&["icp", "publish", EXAMPLE]);
    call(&["deliver", "publish", &file("roster.yaml", &roster), "--by", "test"]);
    load(5, &[("acme.com", 100, "1"), ("other.com", 200, "2"), ("third.com", 300, "3")]);
    let start = || {
        let mut command = command(&["deliver", "sync", "crm", &at]);
        let command = command.env("CRM", "token").stdout(Stdio::null()).stderr(Stdio::null());
        Killed(command.spawn().unwrap())
    };
    let first = start();
    for (id, employees) in [("1", "100"), ("2", "200"), ("3", "300")] {
        crm.await_that(id, "buymode_employees", employees);
    }
    // What is shown now was sent once the ledger held what had been confirmed before.
    load(6, &[("acme.com", 101, "1")]);
    crm.await_that("1", "buymode_employees", "101");
    drop(first);
    // What the ledger has is not written again; what changed while no one looked is.
    load(7, &[("acme.com", 102, "1")]);
    let second = start();
    crm.await_that("1", "buymode_employees", "102");
    // The next look at all accounts is an hour away.
    load(8, &[("acme.com", 103, "1")]);
    crm.await_that("1", "buymode_employees", "103");
    assert_eq!(crm.writes("3"), 1, "nothing of it has changed");
    call(&["aliases", "add", "other.com", "acme.com", "--reason", "one company"]);
    scored();
    crm.await_that("2", "buymode_merged_into", "acme.com");
    crm.await_that("2", "buymode_employees", "103");
    drop(second);
}
