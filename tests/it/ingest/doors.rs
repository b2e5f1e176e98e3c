//! Suppressions through every door, on both logs: an account that is held back does not enter before
//! its plain end, and enters after it; without a plain end it never does.

use super::http::service::{EMBEDDED, Service, each};
use super::{file, options, shipped};
use crate::pipeline::{
    PROFILE, ROUTES, activate, audit, company, create, decisions, score, signal, tick, topics,
    write,
};
use crate::support::{self, Address as _};
use buymode::codec::{Codec, Decoded};
use buymode::domain::account::decision::DecisionKind;
use buymode::domain::account::input::{Input, SuppressionChange};
use buymode::domain::evidence::signal::SignalId;
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::catalogue::SuppressionList;
use buymode::domain::terms::time::Day;
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::engine::forwarder::Forwarder;
use buymode::engine::tally::{Ledger, Tally};
use buymode::engine::topics::Topics;
use buymode::ingest::import::{Destination, import};
use buymode::kafka::{KafkaConfig, KafkaStore};
use buymode::log::{Output, SessionSpec, Store};
use buymode::mapping::identity;
use buymode::runtime::observe::Silent;
use buymode::runtime::supervisor::{Job, Supervisor};
use buymode::runtime::worker::Limits;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const PARTITIONS: i32 = 2;

/// When an account may enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum May {
    Never,
    /// From 2012-07-01 on.
    Later,
    /// It was over before it came.
    AtOnce,
}
use May::{AtOnce, Later, Never};

/// What `until` may be as JSON or CSV.
const UNTIL: &[(&str, &str, May)] = &[
    ("seconds.com", "253402300799", Never),
    ("milliseconds.com", "253402300799000", Never),
    ("sentinel.com", "\"9999-12-31\"", Never),
    ("compact-sentinel.com", "99991231", Never),
    ("never.com", "\"never\"", Never),
    ("nothing.com", "null", Never),
    ("riddle.com", "\"when they call back\"", Never),
    ("list.com", "[\"2012-01-03\"]", Never),
    ("truth.com", "true", Never),
    ("year.com", "\"2012\"", Never),
    ("compact.com", "20120701", Later),
    ("float.com", "20120701.0", Later),
    ("text.com", "\"2012-07-01\"", Later),
    ("millis-of-day.com", "1341100800000", Later),
    ("either-way.com", "\"01/07/2012\"", Later),
    ("lapsed.com", "\"2012-01-03\"", AtOnce),
];

/// What it may be in a record of our own schema: days since 1970, as producers get them wrong.
const DAYS: &[(&str, Option<i32>, May)] = &[
    ("nothing.com", None, Never),
    ("sentinel.com", Some(2_932_896), Never),
    ("compact.com", Some(20_120_701), Never),
    ("greatest.com", Some(i32::MAX), Never),
    ("zero.com", Some(0), Never),
    ("negative.com", Some(-7), Never),
    ("dated.com", Some(15_522), Later),
    ("lapsed.com", Some(15_342), AtOnce),
];

fn key(name: &str) -> AccountKey {
    AccountKey::parse(name).unwrap()
}

/// A log to try a door on.
struct Ground {
    store: Arc<dyn Store>,
    topics: Topics,
    /// The settings that name the log, for a service beside.
    log: String,
    /// Of the service's topics.
    prefix: String,
    _folder: tempfile::TempDir,
}

impl Ground {
    fn embedded() -> Ground {
        let folder = tempfile::tempdir().unwrap();
        let options = EmbeddedOptions::new(folder.path().join("log"));
        let store = Arc::new(EmbeddedStore::open(&options).unwrap());
        Ground {
            store,
            topics: topics(),
            log: EMBEDDED.to_owned(),
            prefix: String::new(),
            _folder: folder,
        }
    }

    fn kafka() -> Option<Ground> {
        let kafka = support::kafka()?;
        let bootstrap = kafka.bootstrap().to_owned();
        let prefix = kafka.unique("doors");
        let log = format!("kafka: {{bootstrap: '{bootstrap}', memory_mib: 16}}");
        let config = KafkaConfig { bootstrap, memory_mib: 16, ..KafkaConfig::default() };
        Some(Ground {
            store: Arc::new(KafkaStore::new(config).unwrap()),
            topics: Topics::with_prefix(&format!("{prefix}.")),
            log,
            prefix: format!("{prefix}-live."),
            _folder: tempfile::tempdir().unwrap(),
        })
    }

    /// Accounts that fit, each held back through a door on the second day, with signals on the sixth
    /// and after the end that some have.
    fn lets_through_only_what_ends(&self, held: &[(&str, May)], enter: &dyn Fn(&Ground)) {
        let (store, topics) = (&*self.store, &self.topics);
        create(store, topics, PARTITIONS, ROUTES);
        let mut writer = store.writer(&format!("{}-test", topics.inputs)).unwrap();
        activate(&mut *writer, topics, PARTITIONS, PROFILE, 1, 0);
        let companies: Vec<_> =
            held.iter().map(|(name, _)| (key(name), company(4, 0), 0)).collect();
        write(&mut *writer, topics, &companies);
        enter(self);
        for (nth, day) in [(0, 5), (2, 190)] {
            let news: Vec<_> = (0..)
                .zip(held)
                .flat_map(|(n, (name, _))| {
                    [nth, nth + 1].map(|i| (key(name), signal(100 * day as u32 + n, i, day), day))
                })
                .collect();
            write(&mut *writer, topics, &news);
        }
        tick(&mut *writer, topics, PARTITIONS, 195);
        score(store, topics, PARTITIONS, Duration::from_secs(60));
        let found = decisions(store, topics, PARTITIONS);
        for (name, may) in held {
            let entered =
                found.iter().find(|d| d.account == key(name) && d.kind == DecisionKind::Entered);
            let entered = entered.map(|d| d.decided_at.day());
            let as_it_may = match may {
                Never => entered.is_none(),
                Later => entered.is_some_and(|day| day >= Day(15_522)),
                AtOnce => entered == Some(Day(15_345)),
            };
            assert!(as_it_may, "{name} {may:?}: {entered:?}");
        }
        assert_eq!(audit(store, topics).differences, 0);
    }
}

fn rows() -> String {
    let row = |(name, until, _): &(&str, &str, May)| {
        format!(
            "{{\"record\": \"suppression\", \"account\": \"{name}\", \"list\": \"do_not_contact\", \
             \"occurred_at\": \"2012-01-02\", \"until\": {until}}}\n"
        )
    };
    UNTIL.iter().map(row).collect()
}

fn until() -> Vec<(&'static str, May)> {
    UNTIL.iter().map(|(name, _, may)| (*name, *may)).collect()
}

fn by_file(ground: &Ground) {
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(vec![file(folder.path(), "do-not-contact.jsonl", &rows())]);
    options.topic = ground.topics.inputs.clone();
    options.dead_letters_topic = ground.topics.dead_letters.clone();
    let destination = Destination { store: &*ground.store, codec: &mut Codec::local() };
    let mapping = shipped("canonical.yaml");
    let summary =
        import(Some(destination), &mapping, &options, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!((summary.records_total(), summary.dead_letters_total()), (UNTIL.len() as u64, 0));
    let doubts: Vec<_> = summary.warnings.iter().map(|doubt| &*doubt.message).collect();
    assert_eq!(doubts.len(), 3, "{doubts:?}");
    assert!(doubts[0].starts_with("until is \"when they call back\", not a date"), "{doubts:?}");
}

/// Over HTTP into a live log; what it wrote there is read on the second day.
fn by_webhook(ground: &Ground) {
    let folder = tempfile::tempdir().unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/mappings/canonical.yaml");
    let settings = format!(
        "{}\ntopics: {{partitions: 2, prefix: '{}'}}\ninstance: test\nhttp: {{listen: '127.0.0.1:0'}}\n\
         logging: {{format: json}}\ningest:\n  listen: 127.0.0.1:0\n  sources:\n    \
         crm: {{mapping: '{}', authentication: none}}\n",
        ground.log,
        ground.prefix,
        shipped.display()
    );
    let service = Service::start(&file(folder.path(), "buymode.yaml", &settings));
    let answer = service.post("crm", &[], rows().as_bytes());
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(answer.json()["accepted"], UNTIL.len() as u64, "{answer:?}");
    assert_eq!(answer.json()["warnings"].as_array().map(Vec::len), Some(3), "{answer:?}");
    assert_eq!(service.metric("buymode_ingest_warnings_total{source=\"crm\"}"), 3.0);
    service.stop();
    let live: Arc<dyn Store> = match ground.log == EMBEDDED {
        true => Arc::new(super::http::service::store(folder.path())),
        false => ground.store.clone(),
    };
    let prefix = &ground.prefix;
    let (mut codec, mut held) = (Codec::local(), Vec::new());
    each(&*live, &format!("{prefix}buymode.inputs"), &mut |key, value| match codec
        .decode_input(key, value)
        .unwrap()
    {
        Decoded::Account { account, input } => held.push((account, input, 1)),
        other => panic!("{other:?}"),
    });
    assert_eq!(held.len(), UNTIL.len());
    let mut writer = ground.store.writer(&format!("{}-held", ground.topics.inputs)).unwrap();
    write(&mut *writer, &ground.topics, &held);
}

#[derive(Default)]
struct Forwarded {
    records: AtomicU64,
    warnings: AtomicU64,
}

impl Ledger for Forwarded {
    fn committed(&self, _: i32, _: i64, _: &Tally) {}
    fn gave_up(&self, _: i32) {}
    fn forwarded(&self, _: &str, tally: &Tally) {
        assert!(tally.dead_letters.is_empty(), "{tally:?}");
        self.records.fetch_add(tally.consumed(), Ordering::Relaxed);
        self.warnings.fetch_add(tally.warnings.count, Ordering::Relaxed);
    }
}

/// By a producer that writes our schema into the topic of suppressions.
fn by_topic(ground: &Ground) {
    let (store, topics) = (&ground.store, &ground.topics);
    let (topic, _) = topics.kinds.iter().find(|(name, _)| name.ends_with("suppressions")).unwrap();
    let mut writer = store.writer(&format!("{topic}-test")).unwrap();
    writer.begin().unwrap();
    for (n, (name, until, _)) in (0..).zip(DAYS) {
        let held = Input::Suppression(SuppressionChange {
            id: SignalId::from_u128(7_000 + n),
            source: "crm".into(),
            list: SuppressionList::DoNotContact,
            active: true,
            reason: None,
            owner: None,
            until: until.map(Day),
            stated_on: None,
        });
        let mut value = Vec::new();
        Codec::local().encode_input(topic, &key(name), &held, &mut value).unwrap();
        let timestamp_ms = Some(crate::pipeline::START + 86_400_000);
        let (key, value) = (Some(name.as_bytes()), Some(&*value));
        writer.send(&Output { topic, key, value, timestamp_ms, ..Output::default() }).unwrap();
    }
    writer.commit(&[]).unwrap();
    let seen = Arc::new(Forwarded::default());
    let resolve = |key: &str| identity::resolve(key).map_err(|error| error.to_string());
    let role = Forwarder::new(topics.clone(), Codec::local(), PARTITIONS, seen.clone(), resolve);
    let spec = SessionSpec {
        group: format!("{topic}-forward"),
        transactional_id: format!("{topic}-forward-a"),
        topics: topics.kinds.iter().map(|(name, _)| name.clone()).collect(),
    };
    let job = Job::new("forward", spec, role);
    let supervisor =
        Supervisor::start(store.clone(), vec![job], Limits::default(), Arc::new(Silent)).unwrap();
    while seen.records.load(Ordering::Relaxed) < DAYS.len() as u64 {
        assert!(!supervisor.has_ended(), "it gave up");
        std::thread::sleep(Duration::from_millis(10));
    }
    supervisor.stop();
    supervisor.join().unwrap();
    // Two are no days at all; what stands for no end is plain.
    assert_eq!(seen.warnings.load(Ordering::Relaxed), 2);
}

fn days() -> Vec<(&'static str, May)> {
    DAYS.iter().map(|(name, _, may)| (*name, *may)).collect()
}

#[test]
fn should_hold_what_a_file_suppresses_until_its_plain_end() {
    Ground::embedded().lets_through_only_what_ends(&until(), &by_file);
}

#[test]
fn should_hold_what_a_file_suppresses_until_its_plain_end_on_kafka() {
    let Some(ground) = Ground::kafka() else { return };
    ground.lets_through_only_what_ends(&until(), &by_file);
}

#[test]
fn should_hold_what_a_webhook_suppresses_until_its_plain_end() {
    Ground::embedded().lets_through_only_what_ends(&until(), &by_webhook);
}

#[test]
fn should_hold_what_a_webhook_suppresses_until_its_plain_end_on_kafka() {
    let Some(ground) = Ground::kafka() else { return };
    ground.lets_through_only_what_ends(&until(), &by_webhook);
}

#[test]
fn should_hold_what_a_topic_suppresses_until_its_plain_end() {
    Ground::embedded().lets_through_only_what_ends(&days(), &by_topic);
}

#[test]
fn should_hold_what_a_topic_suppresses_until_its_plain_end_on_kafka() {
    let Some(ground) = Ground::kafka() else { return };
    ground.lets_through_only_what_ends(&days(), &by_topic);
}
