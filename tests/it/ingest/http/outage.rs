//! On a real broker that dies in the middle: what was acknowledged is in the topic, and who sends
//! until it is acknowledged finds everything there.

use super::service::{Service, settings, written};
use crate::support::{self, Address};
use buymode::kafka::{KafkaConfig, KafkaStore};
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const SENDERS: u64 = 8;

/// Sends rows of fresh accounts, each until it is acknowledged.
struct Senders {
    next: AtomicU64,
    /// After the row under way; without it.
    stop: AtomicBool,
    abandon: AtomicBool,
    acknowledged: Mutex<BTreeSet<String>>,
    /// 429 and 503.
    later: AtomicU64,
}

impl Senders {
    fn run(&self, service: &Service) {
        while !self.stop.load(Ordering::Relaxed) {
            let account = format!("sent-{}.com", self.next.fetch_add(1, Ordering::Relaxed));
            let body = format!(
                r#"{{"type":"funding","domain":"{account}","date":"2026-10-01","id":"{account}"}}"#
            );
            loop {
                let answer = service.post("open", &[], body.as_bytes());
                match answer.status {
                    202 => break,
                    429 | 503 => assert!(answer.head.contains("retry-after: "), "{answer:?}"),
                    _ => panic!("{answer:?}"),
                }
                self.later.fetch_add(1, Ordering::Relaxed);
                if self.abandon.load(Ordering::Relaxed) {
                    return;
                }
                std::thread::sleep(Duration::from_millis(100));
            }
            self.acknowledged.lock().unwrap().insert(account);
        }
    }

    fn count(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let began = Instant::now();
        while !holds() {
            assert!(began.elapsed() < Duration::from_secs(180), "{what}: {}", self.count());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A failure must not wait for senders that wait for a broker.
struct Abandon<'a>(&'a Senders);

impl Drop for Abandon<'_> {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Relaxed);
        self.0.abandon.store(std::thread::panicking(), Ordering::Relaxed);
    }
}

#[test]
fn nothing_acknowledged_is_lost_when_the_broker_dies_in_the_middle() {
    let Some(mut broker) = support::own_broker() else { return };
    let folder = tempfile::tempdir().unwrap();
    let log = format!(
        "kafka: {{bootstrap: '{}', transaction_timeout_ms: 3000, session_timeout_ms: 6000}}",
        broker.bootstrap()
    );
    let file = settings(folder.path(), &log, "  answer_timeout_ms: 1000");
    let service = Service::start(&file);
    let senders = Senders {
        next: AtomicU64::new(0),
        stop: AtomicBool::new(false),
        abandon: AtomicBool::new(false),
        acknowledged: Mutex::default(),
        later: AtomicU64::new(0),
    };
    std::thread::scope(|scope| {
        let abandon = Abandon(&senders);
        let threads: Vec<_> = (0..SENDERS).map(|_| scope.spawn(|| senders.run(&service))).collect();
        senders.until("some before", || senders.count() > 100);
        broker.kill9();
        senders.until("told to come again", || senders.later.load(Ordering::Relaxed) > 2 * SENDERS);
        senders.until("not ready, with the cause", || {
            let (_, why) = crate::cli::running::try_get(&service.http, "/readyz").unwrap();
            why.contains("worker http-ingest: ")
        });
        broker.start();
        let before = senders.count();
        senders.until("some after", || senders.count() > before + 100);
        drop(abandon);
        for thread in threads {
            thread.join().unwrap();
        }
    });
    assert!(service.requests("open", "unavailable") > 0.0);
    assert_eq!(service.requests("open", "accepted"), senders.count() as f64);
    let ended = service.stop();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let bootstrap = broker.bootstrap().to_owned();
    let store = KafkaStore::new(KafkaConfig { bootstrap, ..KafkaConfig::default() }).unwrap();
    let (inputs, letters) = written(&store, "");
    let found: BTreeSet<String> = inputs.keys().cloned().collect();
    assert_eq!(found, *senders.acknowledged.lock().unwrap());
    assert!(letters.is_empty(), "{letters:?}");
    // What was written again is the same to the fold.
    for (account, ids) in inputs {
        assert!(ids.iter().all(|id| *id == ids[0]), "{account}: {ids:?}");
    }
}
