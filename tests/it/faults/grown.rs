//! Somebody adds partitions to the inputs of a live log: whoever writes or scores stops and says so,
//! nothing that was acknowledged is lost, and a copy is the way on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use buymode::admin::copy::{Desk, Options, copy};
use buymode::admin::place::Place;
use buymode::codec::Codec;
use buymode::config::{Config, Prefix, Within};
use buymode::engine::scorer::Clock;
use buymode::engine::topics::Topics;
use buymode::kafka::KafkaStore;
use buymode::log::{Stamp, Store};
use rdkafka::admin::{AdminOptions, NewPartitions};

use super::config;
use super::copied::placeless;
use super::running::Running;
use super::world::World;
use crate::cli::buymode;
use crate::ingest::http::service::{Service, settings};
use crate::pipeline::{PROFILE, START, account, activate, company, signal, write};
use crate::support::{self, Address, block_on};

const PARTITIONS: i32 = 3;
const GROWN: usize = 8;
const NEW: i32 = 24;
/// Ten seconds until it is noticed, and some.
const NOTICED: Duration = Duration::from_secs(40);

fn today() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    (i64::try_from(now).unwrap() - START) / 86_400_000
}

fn feed(world: &World, accounts: std::ops::Range<u32>) {
    let (mut writer, today) = (world.writer("feed"), today());
    for n in accounts {
        let inputs = [company(n, today), signal(n, 2 * n, today), signal(n, 2 * n + 1, today)];
        let inputs: Vec<_> = inputs.into_iter().map(|input| (account(n), input, today)).collect();
        write(&mut *writer, &world.topics, &inputs);
    }
}

fn score(world: &World) {
    let running = Running::on(world, "live", world.store.clone(), Clock::Live);
    world.await_consumed();
    running.stop();
}

/// Sends rows until one is not acknowledged, at the end with the reason.
fn send_until_refused(service: &Service) -> usize {
    let (began, mut acknowledged) = (Instant::now(), 0);
    loop {
        let name = format!("sent-{acknowledged}.com");
        let body =
            format!(r#"{{"type":"funding","domain":"{name}","date":"2026-10-01","id":"{name}"}}"#);
        let answer = service.post("open", &[], body.as_bytes());
        match answer.status {
            202 => acknowledged += 1,
            503 => {
                assert!(format!("{answer:?}").contains("buymode topics copy"), "{answer:?}");
                return acknowledged;
            }
            _ => panic!("{answer:?}"),
        }
        assert!(began.elapsed() < NOTICED, "it goes on acknowledging: {acknowledged}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn should_stop_where_partitions_were_added_and_go_on_in_a_copy() {
    let Some(broker) = support::own_broker() else { return };
    let folder = tempfile::tempdir().unwrap();
    let bootstrap = broker.bootstrap();
    let file = settings(folder.path(), &format!("kafka: {{bootstrap: '{bootstrap}'}}"), "");
    let service = Service::start(&file);
    let store: Arc<dyn Store> = Arc::new(KafkaStore::new(config(bootstrap)).unwrap());
    let world = World::live(store, "", PARTITIONS);
    activate(&mut *world.writer("load"), &world.topics, PARTITIONS, PROFILE, 1, 0);
    feed(&world, 0..60);
    score(&world);
    let before = placeless(world.decisions());
    assert!(before.len() > 10, "{}", before.len());

    let grown = NewPartitions::new(&world.topics.inputs, GROWN);
    let done = block_on(broker.admin().create_partitions([&grown], &AdminOptions::new()));
    assert!(done.unwrap().iter().all(Result::is_ok));
    let acknowledged = send_until_refused(&service);
    let mut found = BTreeMap::<i32, usize>::new();
    let all = World { partitions: GROWN as i32, ..at(&world, "") };
    all.each(&world.topics.inputs, &mut |record| {
        if record.key.is_some_and(|key| key.starts_with(b"sent-")) {
            *found.entry(record.partition).or_default() += 1;
        }
    });
    assert_eq!(found.values().sum::<usize>(), acknowledged);
    assert!(found.keys().all(|partition| *partition < PARTITIONS), "{found:?}");
    let config_file = file.to_str().unwrap();
    for call in [&["run"][..], &["ingest"], &["aliases", "add", "a.com", "b.com"]] {
        let ended = buymode(&[call, &["--config", config_file]].concat());
        assert_eq!(ended.code, Some(1), "{call:?}: {ended:?}");
        let said = &ended.stderr;
        assert!(said.contains("8 partitions") && said.contains("with 3"), "{call:?}: {said}");
        assert!(said.contains("buymode topics copy --to PREFIX --partitions 8"), "{said}");
    }

    let place = Place {
        store: world.store.clone(),
        codec: Codec::local(),
        topics: world.topics.clone(),
        config: Config::default(),
    };
    let partitions = Within::new(u32::try_from(NEW).unwrap()).unwrap();
    let (to, without) = (Prefix::new("v2.").unwrap(), Default::default());
    let options = Options { to, partitions, without, rules: false, desk: Desk::default() };
    let report = copy(&place, &options, &mut |_| ()).unwrap().unwrap();
    println!("{report:#?}");
    assert_eq!(report.compared.decisions, before.len() as u64);
    assert_eq!(report.unscored, acknowledged as u64);
    let copied = at(&world, "v2.");
    let found = copied.store.describe_topics(std::slice::from_ref(&copied.topics.inputs)).unwrap();
    assert_eq!(found[0].as_ref().unwrap().stamp, Stamp::LogAppendTime);
    score(&copied);
    copied.assert_audit_is_clean();
    feed(&copied, 30..90);
    score(&copied);
    copied.assert_audit_is_clean();
    let made = placeless(copied.decisions());
    assert!(made.len() > 10, "{}", made.len());
    assert!(made.keys().all(|id| !before.contains_key(id)), "an id was given twice");
}

fn at(world: &World, prefix: &str) -> World {
    World {
        store: world.store.clone(),
        prefix: prefix.to_owned(),
        topics: Topics::with_prefix(prefix),
        partitions: NEW,
        codec: Codec::local(),
    }
}
