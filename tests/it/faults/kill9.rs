//! Three instances, of which a random one dies at a random instant, again and again.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::instance::Instance;
use super::on_kafka;
use super::world::{Load, World};
use crate::support::{self, Address, Broker};

const INSTANCES: usize = 3;
const PARTITIONS: i32 = 6;

pub(crate) fn is_full() -> bool {
    std::env::var("BUYMODE_FAULTS").is_ok_and(|version| version == "full")
}

#[derive(Clone, Copy)]
struct Plan {
    kills: u32,
    /// Every so many kills, one instance is paused beyond the session timeout.
    pause_every: u32,
    /// After so many kills the broker is killed too.
    broker_after: Option<u32>,
    gap_max: Duration,
    load: Load,
}

const SHORT: Plan = Plan {
    kills: 4,
    pause_every: 4,
    broker_after: None,
    gap_max: Duration::from_secs(5),
    load: Load { accounts: 400, days: 40, signals_a_day: 200 },
};

const FULL: Plan = Plan {
    kills: 32,
    pause_every: 6,
    broker_after: Some(16),
    gap_max: Duration::from_secs(8),
    load: Load { accounts: 4_000, days: 100, signals_a_day: 2_000 },
};

#[test]
fn should_decide_exactly_once_whoever_is_killed_and_whenever() {
    let seed = std::env::var("BUYMODE_FAULTS_SEED").ok().and_then(|seed| seed.parse().ok());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let seed = seed.unwrap_or(now as u64);
    if is_full() {
        let Some(broker) = support::own_broker() else { return };
        let world = on_kafka(&broker, "kill9", PARTITIONS);
        Storm::new(FULL, seed, world, Some(broker)).run();
    } else {
        let Some(kafka) = support::kafka() else { return };
        Storm::new(SHORT, seed, on_kafka(kafka, "kill9", PARTITIONS), None).run();
    }
}

struct Storm {
    plan: Plan,
    seed: u64,
    chance: Chance,
    world: World,
    broker: Option<Broker>,
    began: Instant,
    /// While the broker is away, or an instance is paused, one that is being started may not come
    /// up: its platform starts it again.
    lenient_until: Mutex<Instant>,
    done: AtomicU32,
    over: AtomicBool,
    /// Held while a day is written, and while the broker is away.
    writing: Mutex<()>,
}

impl Storm {
    fn new(plan: Plan, seed: u64, world: World, broker: Option<Broker>) -> Storm {
        Storm {
            plan,
            seed,
            chance: Chance(seed),
            world,
            broker,
            began: Instant::now(),
            lenient_until: Mutex::new(Instant::now()),
            done: AtomicU32::new(0),
            over: AtomicBool::new(false),
            writing: Mutex::new(()),
        }
    }

    fn run(mut self) {
        println!("seed {}: BUYMODE_FAULTS_SEED={0} repeats this run", self.seed);
        let folder = tempfile::tempdir().unwrap();
        // To look at what they said: `BUYMODE_FAULTS_LOGS` names a folder that stays.
        let logs = std::env::var_os("BUYMODE_FAULTS_LOGS").map(PathBuf::from);
        let logs = logs.unwrap_or_else(|| folder.path().to_owned());
        let names = (0..INSTANCES).map(|n| format!("instance-{n}"));
        let mut instances: Vec<Instance> =
            names.map(|name| Instance::start(&self.world, &name, &logs)).collect();
        let mut chance = std::mem::replace(&mut self.chance, Chance(0));
        let mut broker = self.broker.take();
        std::thread::scope(|scope| {
            let (storm, over) = (&self, Over(&self.over));
            scope.spawn(|| storm.write());
            for kill in 0..self.plan.kills {
                std::thread::sleep(chance.up_to(self.plan.gap_max));
                let away = broker.as_mut().filter(|_| self.plan.broker_after == Some(kill));
                if let Some(broker) = away {
                    self.restart_broker(broker);
                }
                if kill % self.plan.pause_every == self.plan.pause_every / 2 {
                    self.pause(chance.pick(&mut instances));
                }
                self.look_after(&mut instances);
                let victim = chance.pick(&mut instances);
                self.say(&format!("kill -9 {}", victim.name));
                victim.kill9();
                std::thread::sleep(chance.up_to(Duration::from_secs(1)));
                victim.restart();
                self.done.store(kill + 1, Ordering::Relaxed);
            }
            drop(over);
        });
        self.say("all written, nobody dies any more");
        self.world.await_consumed_while(|| self.look_after(&mut instances));
        instances.into_iter().for_each(Instance::stop);
        self.check(broker.as_ref());
    }

    /// A share of the days for each kill, so that there is work at every one of them.
    fn write(&self) {
        let Plan { load, kills, .. } = self.plan;
        for day in 0..load.days {
            while self.done.load(Ordering::Relaxed) * load.days < day * kills {
                if self.over.load(Ordering::Relaxed) {
                    break;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            let _writing = self.writing.lock().unwrap();
            // A broker that is hard pressed may be slow to answer; the day is then written again.
            for attempt in 1.. {
                let writer = self.world.store.writer(&format!("{}load", self.world.prefix));
                let written = writer
                    .and_then(|mut writer| load.try_write_day(&self.world, &mut *writer, day));
                let Err(error) = written else { break };
                self.say(&format!("day {day} again: {error}"));
                assert!(attempt < 10, "{error}");
            }
        }
    }

    fn pause(&self, instance: &mut Instance) {
        self.say(&format!("SIGSTOP {} for {:?}", instance.name, super::PAUSE));
        instance.sigstop();
        std::thread::sleep(super::PAUSE);
        instance.sigcont();
        // One that was only just starting takes the time for the broker's.
        self.excuse();
        self.say(&format!("SIGCONT {}", instance.name));
    }

    fn restart_broker(&self, broker: &mut Broker) {
        let _writing = self.writing.lock().unwrap();
        self.say("kill -9 of the broker");
        broker.kill9();
        broker.start();
        self.say("the broker is back");
        self.excuse();
    }

    /// Whoever is being started just now may fail to, and is started again.
    fn excuse(&self) {
        *self.lenient_until.lock().unwrap() = Instant::now() + Duration::from_secs(20);
    }

    fn look_after(&self, instances: &mut [Instance]) {
        for instance in instances {
            let Some(status) = instance.ended() else { continue };
            let lenient = Instant::now() < *self.lenient_until.lock().unwrap();
            assert!(lenient, "{} ended by itself, {status}:\n{}", instance.name, instance.said());
            self.say(&format!("{} could not start, is started again", instance.name));
            instance.restart();
        }
    }

    fn check(&self, broker: Option<&Broker>) {
        let bootstrap = broker.map(|broker| broker.bootstrap().to_owned());
        let bootstrap = bootstrap.unwrap_or_else(|| self.world.store.location());
        let findings = self.world.assert_audit_is_clean();
        let load = self.plan.load;
        self.say(&format!(
            "audit: {} inputs, {} decisions, {} account states, {} differences",
            findings.inputs, findings.decisions, findings.states, findings.differences
        ));
        assert!(findings.inputs > u64::from(load.signals()), "{findings:?}");
        assert!(findings.decisions > u64::from(load.accounts / 4), "{findings:?}");
        if !support::python() {
            return;
        }
        let (records, ids) = count_decisions(&bootstrap, &self.world.topics.route_prefix);
        self.say(&format!("independent reader: {records} decisions, {ids} ids"));
        assert_eq!((records, ids), (findings.decisions, findings.decisions));
    }

    fn say(&self, what: &str) {
        println!("{:7.2} s  {what}", self.began.elapsed().as_secs_f64());
    }
}

/// However the storm ends, its writer does not wait for more of it.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What a reader in another language finds: records and ids.
fn count_decisions(bootstrap: &str, route_prefix: &str) -> (u64, u64) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let counted = Command::new("python3")
        .arg(root.join("tests/independent/count_decisions.py"))
        .args(["--bootstrap", bootstrap, "--route-prefix", route_prefix])
        .output()
        .unwrap();
    let (out, err) =
        (String::from_utf8_lossy(&counted.stdout), String::from_utf8_lossy(&counted.stderr));
    assert!(counted.status.success(), "{out}\n{err}");
    let numbers: Vec<u64> = out.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    (numbers[0], numbers[1])
}

/// SplitMix64: the same storm for the same seed.
pub(super) struct Chance(pub u64);

impl Chance {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn up_to(&mut self, most: Duration) -> Duration {
        Duration::from_micros(self.next() % most.as_micros() as u64)
    }

    fn pick<'a>(&mut self, from: &'a mut [Instance]) -> &'a mut Instance {
        let at = self.next() as usize % from.len();
        &mut from[at]
    }
}
