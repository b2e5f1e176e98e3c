//! `buymode deliver` as people run it, on a broker: instances share the work and take over, also from one that
//! was killed; and how long a decision takes.

use super::served::{now_ms, secrets, serve};
use super::vendors::Vendors;
use crate::desk::office::Office;
use crate::support::{self, Address};
use buymode::codec::Codec;
use buymode::deliver::audit::audit;
use buymode::deliver::publish::{Desk, Wish};
use buymode::domain::account::decision::Decision;
use buymode::domain::terms::time::Timestamp;
use buymode::engine::topics::Topics;
use buymode::kafka::{KafkaConfig, KafkaStore};
use buymode::log::{Output, Store, Writer};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const ROSTER: &str = "
zone: Europe/London
destinations:
  - { name: leads, routes: [ae], slack: { token: { env: SLACK }, channel: C0000001 } }
  - { name: hook, routes: [ae], webhook: { url: 'URL/buymode', secret: { env: HOOK }, private: true } }
escalation: { channel: leads }
digest: { destination: leads, hour: 8 }
";

/// Topics of its own on a broker, the services, and instances.
pub(super) struct Ground {
    pub(super) store: KafkaStore,
    pub(super) topics: Topics,
    prefix: String,
    bootstrap: String,
    pub(super) vendors: Vendors,
    url: String,
    office: Office,
    pub(super) writer: Box<dyn Writer>,
    /// More settings of each instance.
    pub(super) settings: Vec<(&'static str, String)>,
    instances: Vec<Child>,
    folder: tempfile::TempDir,
}

impl Drop for Ground {
    fn drop(&mut self) {
        for child in &mut self.instances {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Ground {
    pub(super) fn new(name: &str, roster: &str) -> Option<Ground> {
        let kafka = support::kafka()?;
        let prefix = format!("{}.", kafka.unique(name));
        let config = KafkaConfig { bootstrap: kafka.bootstrap.clone(), ..KafkaConfig::default() };
        let store = KafkaStore::new(config).unwrap();
        let topics = Topics::with_prefix(&prefix);
        let mut specs = topics.specs(2, false, &["ae".into()].into());
        specs.extend(topics.desk_specs(2));
        store.create_topics(&specs).unwrap();
        let vendors = Vendors::new(1, now_ms());
        let url = serve(&vendors);
        let roster = roster.replace("URL", &url);
        let mut desk =
            Desk { store: &store, codec: Codec::local(), topics: &topics, prefix: &prefix };
        let wish = Wish { text: roster.clone(), by: None, note: None, again: false };
        desk.publish(&wish).unwrap();
        let writer = store.writer(&format!("{prefix}scorer")).unwrap();
        Some(Ground {
            office: Office::new(&roster, Timestamp(now_ms())),
            bootstrap: kafka.bootstrap.clone(),
            folder: tempfile::tempdir().unwrap(),
            settings: Vec::new(),
            instances: Vec::new(),
            store,
            topics,
            prefix,
            vendors,
            url,
            writer,
        })
    }

    pub(super) fn start(&mut self, name: &str) {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join(name))
            .unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_buymode"))
            .arg("deliver")
            .env("BUYMODE__KAFKA__BOOTSTRAP", &self.bootstrap)
            .env("BUYMODE__KAFKA__TRANSACTION_TIMEOUT_MS", "6000")
            .env("BUYMODE__KAFKA__SESSION_TIMEOUT_MS", "7000")
            .env("BUYMODE__TOPICS__PREFIX", &self.prefix)
            .env("BUYMODE__INSTANCE", name)
            .env("BUYMODE__HTTP__LISTEN", "127.0.0.1:0")
            .env("BUYMODE__DELIVER__SLACK_API", format!("{}/api", self.url))
            .envs(secrets())
            .envs(self.settings.iter().map(|(name, value)| (*name, value)))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.instances.push(child);
    }

    /// Ends the instance that was started first.
    pub(super) fn end(&mut self, how: &str) {
        let mut child = self.instances.remove(0);
        let sent = Command::new("kill").args([how, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let began = Instant::now();
        while child.try_wait().unwrap().is_none() {
            assert!(began.elapsed() < Duration::from_secs(10), "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(super) fn decide(&mut self, account: usize) -> Decision {
        let said = format!("enters a{account}.com urgent route ae");
        let now = Timestamp(now_ms());
        let mut decision = self.office.decision(&said, now);
        decision.sla_deadline = Some(Timestamp(now.0 + 86_400_000));
        decision.sla_zone = Some(chrono_tz::UTC);
        let topic = self.topics.route("ae");
        let mut value = Vec::new();
        Codec::local().encode_decision(&topic, &decision, &mut value).unwrap();
        self.writer.begin().unwrap();
        let key = Some(decision.account.as_str().as_bytes());
        let value = Some(&value[..]);
        self.writer.send(&Output { topic: &topic, key, value, ..Output::default() }).unwrap();
        self.writer.commit(&[]).unwrap();
        decision
    }

    /// The time of each account's message in Slack.
    fn posted(&self) -> Vec<(String, i64)> {
        let world = self.vendors.world();
        let all = world.slack.channels.get("C0000001").into_iter().flatten();
        let posts = all.filter(|message| message.thread_ts.is_none()).map(|message| {
            let text = message.body["text"].as_str().unwrap_or_default();
            let account = text.split(' ').next().unwrap_or_default().to_owned();
            (account, (message.ts.parse::<f64>().unwrap() * 1_000.0) as i64)
        });
        posts.collect()
    }

    pub(super) fn until(&self, what: &str, most: Duration, holds: impl Fn(&Ground) -> bool) {
        let began = Instant::now();
        while !holds(self) {
            if began.elapsed() > most {
                for entry in std::fs::read_dir(self.folder.path()).unwrap() {
                    let path = entry.unwrap().path();
                    let log = std::fs::read_to_string(&path).unwrap();
                    let last: Vec<&str> = log.lines().rev().take(20).collect();
                    println!("{}: {last:#?}", path.display());
                }
                panic!("{what} did not come: {} posts", self.posted().len());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Everything is there, once, and the outbox is what follows from the desk's log.
    fn check(&self, decided: &[Decision]) {
        let posted = self.posted();
        let accounts: BTreeSet<&String> = posted.iter().map(|(account, _)| account).collect();
        assert_eq!((posted.len(), accounts.len()), (decided.len(), decided.len()), "{posted:?}");
        let got = self.vendors.world();
        let by_decision: BTreeSet<String> = got
            .got
            .iter()
            .map(|got| got.body["data"]["cases"][0]["decision"]["id"].to_string())
            .collect();
        let ids: BTreeSet<&String> = got.got.iter().map(|got| &got.id).collect();
        assert_eq!((by_decision.len(), ids.len()), (decided.len(), decided.len()));
        let found = audit(&self.store, &self.topics, Codec::local(), 10).unwrap().unwrap();
        assert_eq!((found.differences, found.unreadable), (0, 0), "{found:?}");
        assert!(found.actions >= 2 * decided.len() as u64, "{found:?}");
    }
}

fn has(ground: &Ground, n: usize) -> bool {
    ground.posted().len() >= n && {
        let world = ground.vendors.world();
        world.got.iter().map(|got| &got.id).collect::<BTreeSet<_>>().len() >= n
    }
}

#[test]
fn two_instances_share_the_work_and_one_goes_on_alone() {
    let Some(mut ground) = Ground::new("deliver", ROSTER) else { return };
    ground.start("a");
    ground.start("b");
    let mut decided: Vec<Decision> = (0..3).map(|n| ground.decide(n)).collect();
    ground.until("the first three", Duration::from_secs(100), |ground| has(ground, 3));
    ground.end("-TERM");
    decided.extend((3..6).map(|n| ground.decide(n)));
    ground.until("the other three", Duration::from_secs(100), |ground| has(ground, 6));
    ground.check(&decided);
}

/// `.ci/long deliver`: instances are killed again and again; and how long a decision takes while none is.
#[test]
#[ignore = "takes half an hour; .ci/long deliver runs it"]
fn nothing_is_lost_or_said_twice_when_instances_are_killed() {
    let Some(mut ground) = Ground::new("deliver-kills", ROSTER) else { return };
    let kills: usize = std::env::var("BUYMODE_KILLS").map_or(50, |n| n.parse().unwrap());
    let mut rng = ChaCha8Rng::seed_from_u64(now_ms().unsigned_abs());
    ground.start("a");
    ground.start("b");
    let mut decided = vec![ground.decide(0)];
    ground.until("the first", Duration::from_secs(100), |ground| has(ground, 1));
    // A message a second and channel is what Slack takes, its arithmetic below it included.
    let measured = 30;
    for n in 1..=measured {
        decided.push(ground.decide(n));
        std::thread::sleep(Duration::from_millis(2_100));
    }
    ground.until("what is measured", Duration::from_secs(60), |g| has(g, measured + 1));
    let posted = ground.posted();
    let mut waits: Vec<i64> = decided[1..]
        .iter()
        .map(|decision| {
            let (_, at) = posted.iter().find(|(a, _)| a == decision.account.as_str()).unwrap();
            at - decision.written.time.0
        })
        .collect();
    waits.sort_unstable();
    let (half, most) = (waits[waits.len() / 2], waits[waits.len() * 99 / 100]);
    println!("decision to message in Slack: p50 {half} ms, p99 {most} ms of {}", waits.len());
    for kill in 0..kills {
        for _ in 0..rng.random_range(1..4) {
            decided.push(ground.decide(decided.len()));
        }
        std::thread::sleep(Duration::from_millis(rng.random_range(0..4_000)));
        ground.end("-KILL");
        let name = if kill % 2 == 0 { "a" } else { "b" };
        ground.start(name);
        std::thread::sleep(Duration::from_millis(rng.random_range(0..9_000)));
    }
    let n = decided.len();
    ground.until("all of them", Duration::from_secs(300), |ground| has(ground, n));
    ground.check(&decided);
    println!("{kills} kills, {n} decisions: none lost, none twice");
}
