//! Topics that vendors write: each row becomes its inputs, or its dead letter, exactly once, whatever
//! happens to the worker meanwhile.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use buymode::codec::{Codec, Decoded, RegistrySettings};
use buymode::config::{IngestConfig, read_yaml};
use buymode::domain::account::input::Input;
use buymode::domain::account::origin::{DeadLetterOrigin, RowFormat};
use buymode::domain::account::records::{DeadLetter, DeadLetterReason};
use buymode::domain::evidence::signal::Event;
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::engine::forwarder::Forwarder;
use buymode::engine::tally::{Ledger, Rows, Tally};
use buymode::engine::topics::Topics;
use buymode::ingest::raw::{Raw, topics_of};
use buymode::kafka::{KafkaConfig, KafkaStore};
use buymode::log::{LogError, Output, SessionSpec, Stamp, Store, TopicSpec, Writer};
use buymode::runtime::observe::Silent;
use buymode::runtime::role::{Role, Stop};
use buymode::runtime::supervisor::{Job, Supervisor};
use buymode::runtime::worker::Limits;

use crate::faults::wrapped::{Meddle, Step, Wrapped};
use crate::support::{self, Address};

const PARTITIONS: i32 = 3;
/// Longer than any recovery takes; only a broken promise waits it out.
const PATIENCE: Duration = Duration::from_secs(60);

const MAPPING: &str = r#"
source: vendor
rules:
  - name: rounds
    match: type == "object" and has("sites")
    emit: |
      .sites[] | {record: "funding", account: ., occurred_at: ($timestamp // .on), round: "seed",
        source_record_id: ($key // "none")}
"#;

/// Sees key and value.
type Visit<'a> = dyn FnMut(Option<&[u8]>, &[u8]) + 'a;
type Fault = fn(String) -> LogError;

struct World {
    store: Arc<dyn Store>,
    prefix: String,
    topics: Topics,
    raw: String,
    config: IngestConfig,
    codec: Codec,
    books: Arc<Books>,
}

#[derive(Default)]
struct Books(Mutex<Rows>);

impl Ledger for Books {
    fn committed(&self, _: i32, _: i64, _: &Tally) {}
    fn gave_up(&self, _: i32) {}
    fn forwarded(&self, _: &str, _: &Tally) {}
    fn ingested(&self, source: &str, rows: &Rows) {
        assert_eq!(source, "vendor");
        self.0.lock().unwrap().add(rows);
    }
}

impl World {
    fn new(
        folder: &Path,
        store: Arc<dyn Store>,
        prefix: &str,
        codec: Codec,
        format: &str,
    ) -> World {
        let topics = Topics::with_prefix(prefix);
        let raw = format!("{prefix}vendor-rows");
        let mapping = super::file(folder, "mapping.yaml", MAPPING);
        let settings = format!(
            "sources: {{vendor: {{mapping: {}, topic: {raw}, format: {format}}}}}",
            mapping.display()
        );
        let settings = super::file(folder, "settings.yaml", &settings);
        let config = read_yaml(&settings).unwrap();
        let mut specs = topics.specs(PARTITIONS, false, &Default::default());
        specs.push(TopicSpec { name: raw.clone(), stamp: Stamp::CreateTime, ..specs[0].clone() });
        store.create_topics(&specs).unwrap();
        let (prefix, books) = (prefix.to_owned(), Arc::new(Books::default()));
        World { store, prefix, topics, raw, config, codec, books }
    }

    fn work(&self, meddle: Arc<Meddle>) -> Supervisor {
        let spec = SessionSpec {
            group: format!("{}ingest", self.prefix),
            transactional_id: format!("{}ingest-a", self.prefix),
            topics: topics_of(&self.config),
        };
        let (config, topics) = (self.config.clone(), self.topics.clone());
        let (codec, ledger) = (self.codec.clone(), self.books.clone());
        let role = move || -> Result<Box<dyn Role>, Stop> {
            let raw = Raw::load(&config, &topics, codec, ledger)
                .map_err(|e| Stop::Fatal(e.to_string()))?;
            Ok(Box::new(Forwarder::of(raw)))
        };
        let job = Job { name: "raw".to_owned(), spec, role: Box::new(role) };
        let store = Arc::new(Wrapped { inner: self.store.clone(), meddle });
        let limits = Limits { batch_records_max: 20, hand_over_records: 7, ..Limits::default() };
        Supervisor::start(store, vec![job], limits, Arc::new(Silent)).unwrap()
    }

    fn write(&self, rows: &[(Option<&str>, Option<Vec<u8>>)]) {
        let mut writer: Box<dyn Writer> =
            self.store.writer(&format!("{}test", self.prefix)).unwrap();
        writer.begin().unwrap();
        for (nth, (key, value)) in rows.iter().enumerate() {
            let output = Output {
                topic: &self.raw,
                partition: Some(nth as i32 % PARTITIONS),
                key: key.map(str::as_bytes),
                value: value.as_deref(),
                timestamp_ms: Some(AT),
                ..Output::default()
            };
            writer.send(&output).unwrap();
        }
        writer.commit(&[]).unwrap();
    }

    fn read(&self, topic: &str, visit: &mut Visit<'_>) {
        let mut reader = self.store.reader().unwrap();
        for partition in 0..PARTITIONS {
            let marks = reader.watermarks(topic, partition).unwrap();
            let mut next = marks.low;
            while next < marks.stable {
                let budget = Duration::from_millis(500);
                next = reader
                    .read(topic, partition, next, marks.stable, budget, &mut |record| {
                        visit(record.key, record.value.unwrap());
                    })
                    .unwrap();
            }
        }
    }

    /// How often each account has a round, with its id.
    fn rounds(&self) -> BTreeMap<String, Vec<uuid::Uuid>> {
        let (mut found, mut codec) = (BTreeMap::<String, Vec<_>>::new(), self.codec.clone());
        self.read(&self.topics.inputs, &mut |key, value| {
            let decoded = codec.decode_input(key, Some(value)).unwrap();
            let Decoded::Account { account, input: Input::Signal(signal) } = decoded else {
                panic!("{decoded:?}");
            };
            assert!(matches!(signal.event, Event::Funding(_)));
            assert_eq!(signal.observed_at.0, AT, "observed when it was written");
            found.entry(account.as_str().to_owned()).or_default().push(signal.id);
        });
        found
    }

    fn letters(&self) -> Vec<DeadLetter> {
        let (mut found, mut codec) = (Vec::new(), self.codec.clone());
        self.read(&self.topics.dead_letters, &mut |_, value| {
            found.push(codec.decode_dead_letter(value).unwrap());
        });
        found
    }

    fn await_written(&self, inputs: usize, letters: usize, worker: &Supervisor) {
        let began = Instant::now();
        let count = || {
            let (mut read, mut dead) = (0, 0);
            self.read(&self.topics.inputs, &mut |_, _| read += 1);
            self.read(&self.topics.dead_letters, &mut |_, _| dead += 1);
            (read, dead)
        };
        loop {
            let (read, dead) = count();
            if read >= inputs && dead >= letters {
                return;
            }
            assert!(began.elapsed() < PATIENCE && !worker.has_ended(), "{read} and {dead}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// 2024-03-01T12:00:00Z.
const AT: i64 = 1_709_294_400_000;

fn well() -> Arc<Meddle> {
    Arc::new(|_| Ok(()))
}

/// Rows of every kind, 10 of each; the last of all is a good one.
fn rows() -> Vec<(Option<&'static str>, Option<Vec<u8>>)> {
    let mut rows = Vec::new();
    for n in 0..10 {
        let text = |text: String| Some(text.into_bytes());
        rows.push((Some("k"), text(format!(r#"{{"sites": ["one-{n}.com"]}}"#))));
        rows.push((Some("k"), text(format!(r#"{{"sites": ["two-{n}.com", "three-{n}.com"]}}"#))));
        rows.push((Some("k"), text(r#"{"other": 1}"#.to_owned())));
        rows.push((Some("k"), None));
        rows.push((Some("k"), text(r#"{"sites": "#.to_owned())));
        rows.push((None, text(r#"{"sites": ["not a site"]}"#.to_owned())));
        rows.push((Some("k"), text(format!("{}1{}", "[".repeat(500), "]".repeat(500)))));
        rows.push((Some("k"), Some(vec![0xff, 0x00, n])));
    }
    rows.push((Some("k"), Some(vec![b' '; (1 << 20) + 1])));
    rows
}

#[test]
fn should_take_every_row_once_however_the_log_fails() {
    let faults: [(Step, Fault); 6] = [
        (Step::Send, LogError::Abort),
        (Step::Commit, LogError::Abort),
        (Step::Commit, LogError::Reopen),
        (Step::Answer, LogError::Reopen),
        (Step::Rebalance, LogError::Abort),
        (Step::Seek, LogError::Reopen),
    ];
    let folder = tempfile::tempdir().unwrap();
    let options = EmbeddedOptions {
        map_size_bytes: 1 << 28,
        ..EmbeddedOptions::new(folder.path().join("log"))
    };
    let store: Arc<dyn Store> = Arc::new(EmbeddedStore::open(&options).unwrap());
    for (nth, (step, fault)) in faults.into_iter().enumerate() {
        let (prefix, codec) = (format!("t{nth}."), Codec::local());
        let world = World::new(folder.path(), store.clone(), &prefix, codec, "json");
        world.write(&rows());
        let failed = Arc::new(AtomicU32::new(0));
        let (count, calls) = (failed.clone(), AtomicU32::new(0));
        let worker = world.work(Arc::new(move |now| {
            let due = now == step && calls.fetch_add(1, Ordering::Relaxed) % 4 == 1;
            if due && count.fetch_add(1, Ordering::Relaxed) < 3 {
                return Err(fault(format!("injected at {step:?}")));
            }
            Ok(())
        }));
        world.await_written(30, 41, &worker);
        worker.stop();
        worker.join().unwrap();
        assert!(failed.load(Ordering::Relaxed) > 0, "nothing failed at {step:?}");

        let rounds = world.rounds();
        assert_eq!(rounds.len(), 30, "{step:?}");
        assert!(rounds.values().all(|ids| ids.len() == 1), "{step:?}: {rounds:?}");
        let letters = world.letters();
        let of = |reason| letters.iter().filter(|letter| letter.reason == reason).count();
        assert_eq!(of(DeadLetterReason::Malformed), 30, "{step:?}");
        assert_eq!(of(DeadLetterReason::Account), 10, "{step:?}");
        assert_eq!(of(DeadLetterReason::TooLarge), 1, "{step:?}");
        for letter in &letters {
            let feed = letter.feed.as_ref().unwrap();
            assert_eq!((feed.source.as_str(), feed.mapping.as_str()), ("vendor", "mapping.yaml"));
            let DeadLetterOrigin::Topic { topic, format, .. } = &letter.origin else { panic!() };
            assert_eq!((topic, format), (&world.raw, &Some(RowFormat::Json)));
            assert_eq!(letter.timestamp.0, AT);
            assert_eq!(letter.value.is_none(), letter.reason == DeadLetterReason::TooLarge);
        }
        if step != Step::Answer {
            // What is not known to be committed is not counted.
            let rows = world.books.0.lock().unwrap();
            assert_eq!((rows.mapped, rows.skipped, rows.consumed()), (20, 20, 81), "{step:?}");
            assert_eq!(rows.records.values().sum::<u64>(), 30);
        }
    }
}

#[test]
fn should_read_any_avro_that_the_registry_knows_over_a_restart() {
    let (Some(kafka), Some(registry)) = (support::kafka(), support::registry()) else { return };
    let prefix = format!("{}.", kafka.unique("raw"));
    let settings = RegistrySettings { url: registry.url.clone(), ..RegistrySettings::default() };
    let codec = Codec::with_registry(&settings, &[]).unwrap();
    let config = KafkaConfig { bootstrap: kafka.bootstrap().to_owned(), ..KafkaConfig::default() };
    let store = Arc::new(KafkaStore::new(config).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path(), store, &prefix, codec, "avro");
    let schema = r#"{"type": "record", "name": "Row", "fields": [
        {"name": "sites", "type": {"type": "array", "items": "string"}},
        {"name": "on", "type": ["null", {"type": "int", "logicalType": "date"}], "default": null}]}"#;
    let id =
        crate::codec::registry::register(&registry.url, &format!("{}-value", world.raw), schema);
    let row = |site: &str| {
        let mut value = vec![0];
        value.extend(id.to_be_bytes());
        value.extend([2, site.len() as u8 * 2]);
        value.extend(site.as_bytes());
        value.extend([0, 0]);
        value
    };
    for half in 0..2 {
        let mut rows: Vec<(Option<&str>, Option<Vec<u8>>)> =
            (0..50).map(|n| (Some("k"), Some(row(&format!("site-{half}-{n}.com"))))).collect();
        let mut cut = row("cut.com");
        cut.pop();
        let unknown = vec![0, 0x7f, 0, 0, 1, 2];
        rows.extend([
            (None, Some(cut)),
            (None, Some(unknown)),
            (None, Some(b"{}".to_vec())),
            (None, None),
        ]);
        world.write(&rows);
        let worker = world.work(well());
        world.await_written(50 * (half + 1), 3 * (half + 1), &worker);
        worker.stop();
        worker.join().unwrap();
    }
    let rounds = world.rounds();
    assert_eq!(rounds.len(), 100);
    assert!(rounds.values().all(|ids| ids.len() == 1), "{rounds:?}");
    let mut reasons: Vec<_> = world.letters().iter().map(|l| l.reason).collect();
    reasons.sort();
    let each =
        [DeadLetterReason::Framing, DeadLetterReason::UnknownSchema, DeadLetterReason::Malformed];
    assert_eq!(reasons, each.map(|reason| [reason; 2]).concat());
}

/// Hangs up on whoever asks until it is told to answer; how often it hung up.
fn registry_that_is_away() -> (String, Arc<AtomicBool>, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (is_back, hung_up) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let (back, count) = (is_back.clone(), hung_up.clone());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            if !back.load(Ordering::Relaxed) {
                count.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            let mut from = BufReader::new(stream.try_clone().unwrap());
            let mut body = 0;
            loop {
                let mut line = String::new();
                from.read_line(&mut line).unwrap();
                let line = line.trim().to_lowercase();
                if let Some(length) = line.strip_prefix("content-length: ") {
                    body = length.parse().unwrap();
                }
                if line.is_empty() {
                    break;
                }
            }
            from.read_exact(&mut vec![0; body]).unwrap();
            let schema = r#"{"type": "record", "name": "Row", "fields": [
                {"name": "sites", "type": {"type": "array", "items": "string"}}]}"#;
            let answer = serde_json::json!({"id": 1, "schema": schema}).to_string();
            let length = answer.len();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
            write!(stream, "{head}\r\ncontent-length: {length}\r\n\r\n{answer}").unwrap();
        }
    });
    (url, is_back, hung_up)
}

#[test]
fn should_wait_for_a_registry_that_is_away() {
    let (url, is_back, hung_up) = registry_that_is_away();
    let settings = RegistrySettings { url, ..RegistrySettings::default() };
    let codec = Codec::with_registry(&settings, &[]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let options = EmbeddedOptions {
        map_size_bytes: 1 << 28,
        ..EmbeddedOptions::new(folder.path().join("log"))
    };
    let store = Arc::new(EmbeddedStore::open(&options).unwrap());
    let world = World::new(folder.path(), store, "away.", codec, "avro");
    let row = b"\x00\x00\x00\x00\x07\x02\x0eone.com\x00";
    world.write(&vec![(Some("k"), Some(row.to_vec())); 30]);
    let worker = world.work(well());
    let began = Instant::now();
    while hung_up.load(Ordering::Relaxed) < 4 {
        assert!(began.elapsed() < PATIENCE && !worker.has_ended(), "it does not ask again");
        std::thread::sleep(Duration::from_millis(20));
    }
    is_back.store(true, Ordering::Relaxed);
    world.await_written(30, 0, &worker);
    worker.stop();
    worker.join().unwrap();
    let rows = world.books.0.lock().unwrap();
    assert_eq!((rows.mapped, rows.consumed()), (30, 30));
}
