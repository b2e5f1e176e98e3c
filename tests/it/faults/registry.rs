//! The schema registry goes away while `run` works, and a writer uses a schema that `run` has not
//! met: it waits, says for whom, and goes on where it was.

use crate::cli::{command, ok, running::try_get, signal, wait};
use crate::codec::registry::register;
use crate::pipeline::{START, account, signal as round};
use crate::support::{self, Door};
use buymode::codec::schemas::Record;
use buymode::codec::{Codec, RegistrySettings};
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::engine::topics::Topics;
use buymode::log::{Output, Store, Writer};
use std::io::{BufRead, BufReader};
use std::process::Child;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// However the test ends, its process ends too.
struct Guard(Option<Child>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A round as a later build would write it: with a note before the fields that we know.
struct Later {
    id: u32,
    codec: Codec,
}

impl Later {
    /// At the registry itself, as that writer would.
    fn register(url: &str, topic: &str) -> Later {
        let note = r#""fields": [{"name": "note", "type": "string", "default": ""},"#;
        let schema = Record::Funding.json().replacen("\"fields\": [", note, 1);
        assert_ne!(schema, Record::Funding.json());
        let id = register(url, &format!("{topic}-{}", Record::Funding.full_name()), &schema);
        Later { id, codec: Codec::local() }
    }

    fn send(&mut self, writer: &mut dyn Writer, topic: &str, n: u32, nth: u32, day: i64) {
        let mut value = Vec::new();
        let round = round(n, nth * 2, day);
        self.codec.encode_input(topic, &account(n), &round, &mut value).unwrap();
        let value = [&[0][..], &self.id.to_be_bytes(), &[2, b'x'], &value[5..]].concat();
        send(writer, topic, account(n).as_str(), &value);
    }
}

fn send(writer: &mut dyn Writer, topic: &str, key: &str, value: &[u8]) {
    let (key, value) = (Some(key.as_bytes()), Some(value));
    writer.begin().unwrap();
    writer.send(&Output { topic, key, value, ..Output::default() }).unwrap();
    writer.commit(&[]).unwrap();
}

#[test]
fn should_wait_for_a_registry_that_went_away_and_go_on() {
    let Some(registry) = support::registry() else { return };
    let (server, path) = registry.url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut door = Door::to(server);
    let url = format!("http://{}/{path}", door.address);
    let folder = tempfile::tempdir().unwrap();
    let prefix = format!("away-{}.", uuid::Uuid::new_v4());
    let file = folder.path().join("buymode.yaml");
    let text = format!(
        "embedded: {{folder: data, map_size_gib: 1}}\ntopics: {{partitions: 2, prefix: '{prefix}'}}\n\
         profile: {}\ninstance: test\nhttp: {{listen: '127.0.0.1:0'}}\n\
         schema_registry: {{url: '{url}'}}\nlogging: {{format: json}}\n",
        crate::cli::EXAMPLE
    );
    std::fs::write(&file, text).unwrap();
    let config = ["--config", file.to_str().unwrap()];
    ok(&[&["topics", "create"], &config[..]].concat());
    let options = EmbeddedOptions {
        map_size_bytes: 1 << 30,
        ..EmbeddedOptions::new(folder.path().join("data"))
    };
    let store = EmbeddedStore::open(&options).unwrap();
    let topics = Topics::with_prefix(&prefix);

    let mut child = command(&[&["run"], &config[..]].concat()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut guard = Guard(Some(child));
    let started = lines.find(|l| l.as_ref().unwrap().contains("\"started\"")).unwrap().unwrap();
    let started: serde_json::Value = serde_json::from_str(&started).unwrap();
    let address = started["http"].as_str().unwrap().to_owned();
    // A pipe that nobody reads would stop it.
    std::thread::spawn(move || lines.for_each(drop));
    let page = |path: &str| try_get(&address, path).unwrap();
    let counts = |kind: &str, verdict: &str| {
        let line = format!("buymode_inputs_total{{type=\"{kind}\",verdict=\"{verdict}\"}} ");
        let (_, page) = page("/metrics");
        page.lines().find_map(|l| l.strip_prefix(&line)?.parse().ok()).unwrap_or(0_u32)
    };
    until("it is ready", || page("/readyz").0 == 200);

    let today = (buymode::runtime::worker::now_ms() - START) / 86_400_000;
    let mut writer = store.writer("test").unwrap();
    let settings = RegistrySettings { url: registry.url.clone(), ..RegistrySettings::default() };
    let mut codec = Codec::with_registry(&settings, &[]).unwrap();
    let mut ours = |writer: &mut dyn Writer, n: u32, nth: u32| {
        let mut value = Vec::new();
        let round = round(n, nth * 2, today);
        codec.encode_input(&topics.inputs, &account(n), &round, &mut value).unwrap();
        send(writer, &topics.inputs, account(n).as_str(), &value);
    };
    (0..4).for_each(|n| ours(&mut *writer, n, 0));
    until("the first rounds are in", || counts("funding", "parked") == 4);

    door.shut();
    let kind = topics.kinds[0].0.clone();
    let mut later = Later::register(&registry.url, &topics.inputs);
    let mut forwarded = Later::register(&registry.url, &kind);
    for n in 0..4 {
        later.send(&mut *writer, &topics.inputs, 10 + n, 1, today);
        forwarded.send(&mut *writer, &kind, 20 + n, 1, today);
        ours(&mut *writer, 30 + n, 1);
    }
    // Of an id that the registry does not know.
    send(&mut *writer, &topics.inputs, "unknown.example", &[0, 0x7f, 0, 0, 1, 2]);
    let waits = |worker: &str| {
        let (status, said) = page("/readyz");
        let names = format!("worker {worker}: schema registry http://{}", door.address);
        status == 503 && said.contains(&names)
    };
    until("it says that the scorer waits for the registry", || waits("score"));
    until("it says that the forwarder waits for the registry", || waits("forward"));
    // However often it tries.
    std::thread::sleep(Duration::from_millis(1_500));
    assert!(guard.0.as_mut().unwrap().try_wait().unwrap().is_none(), "it ended");
    assert_eq!(page("/livez").0, 200);
    assert_eq!(counts("unknown", "dead_lettered"), 0, "nobody knows yet what that id is");

    door.open();
    until("all rounds are in", || counts("funding", "parked") == 16);
    until("the unknown id is a dead letter", || counts("unknown", "dead_lettered") == 1);
    until("it is ready again", || page("/readyz").0 == 200);
    let child = guard.0.take().unwrap();
    signal(child.id(), "TERM");
    assert_eq!(wait(child).code, Some(0));
    let audit = ok(&[&["audit", "--json"], &config[..]].concat());
    let audit: serde_json::Value = serde_json::from_str(&audit).unwrap();
    assert_eq!(
        (&audit["differences"], &audit["dead_letters"]),
        (&0.into(), &1.into()),
        "{audit:#}"
    );
    assert_eq!(audit["verdicts"]["funding parked"], 16, "{audit:#}");
}
