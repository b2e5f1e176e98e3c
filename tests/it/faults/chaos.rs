//! Three brokers, three instances, a load: the port of one broker refuses connections for three
//! seconds, then another one is killed and started again. That is what had a scorer hang for minutes in
//! a call of the client. No instance may stand still for longer than the limit.
//!
//! `.ci/long chaos` does fifty rounds. `BUYMODE_FAULTS_SEED` repeats a run.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::instance::Instance;
use super::kill9::Chance;
use super::on_kafka;
use super::world::{Load, PATIENCE, World};
use crate::cli::running::try_get;
use crate::support::{self, Cluster};

const INSTANCES: usize = 3;
const PARTITIONS: i32 = 6;
const REFUSED: Duration = Duration::from_secs(3);
/// Twice the transaction's time-out of these instances and ten seconds (`kafka.call_limit_ms`), then a
/// new start, the session's time-out and a restore.
const STALL_MAX: Duration = Duration::from_secs(22 + 30);
const LOAD: Load = Load { accounts: 400, days: 4_000, signals_a_day: 200 };

/// `BUYMODE_CHAOS` gives the number of rounds.
fn rounds() -> u32 {
    std::env::var("BUYMODE_CHAOS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(1)
}

#[test]
#[ignore = "it takes minutes: .ci/long chaos"]
fn should_stand_still_no_longer_than_the_limit_while_brokers_refuse_and_die() {
    let Some(mut cluster) = support::cluster_behind_doors() else {
        return;
    };
    let seed = std::env::var("BUYMODE_FAULTS_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or(14);
    println!("seed {seed}: BUYMODE_FAULTS_SEED={seed} repeats this run");
    let world = on_kafka(&cluster, "chaos", PARTITIONS);
    LOAD.write_day(&world, &mut *world.writer("load"), 0);
    let folder = tempfile::tempdir().unwrap();
    let logs = std::env::var_os("BUYMODE_FAULTS_LOGS").map(PathBuf::from);
    let logs = logs.unwrap_or_else(|| folder.path().to_owned());
    let start =
        |n| Instance::with(&world, &format!("chaos-{n}"), &logs, &[("BUYMODE__RESTART", "always")]);
    let mut instances: Vec<Instance> = (0..INSTANCES).map(start).collect();
    instances.iter().for_each(await_ready);
    let (over, written) = (AtomicBool::new(false), AtomicU32::new(0));
    let mut chance = Chance(seed);
    let mut worst = Duration::ZERO;
    std::thread::scope(|scope| {
        scope.spawn(|| write(&world, &over, &written));
        let over = Over(&over);
        for round in 1..=rounds() {
            hurt(&mut cluster, &mut chance);
            let stood = await_progress(&world, &mut instances);
            worst = worst.max(stood);
            let anew: usize = instances.iter().map(|i| i.times("starting anew")).sum();
            println!("round {round}: {stood:?}, starts anew so far: {anew}");
        }
        drop(over);
    });
    println!("{} days written, longest stall {worst:?}", written.load(Ordering::Relaxed));
    world.await_consumed_while(|| assert_alive(&mut instances));
    instances.into_iter().for_each(Instance::stop);
    let findings = world.assert_audit_is_clean();
    println!("audit: {} inputs, {} decisions", findings.inputs, findings.decisions);
    assert!(findings.inputs > 400, "{findings:?}");
}

fn await_ready(instance: &Instance) {
    let began = Instant::now();
    let is_ready = || {
        let answer = instance.http().and_then(|address| try_get(&address, "/readyz").ok());
        answer.is_some_and(|(status, _)| status == 200)
    };
    while !is_ready() {
        assert!(began.elapsed() < PATIENCE, "{}", instance.said());
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Days, each again until it is written: every input has its id.
fn write(world: &World, over: &AtomicBool, written: &AtomicU32) {
    let mut writer = None;
    let mut day = 1;
    while day < LOAD.days && !over.load(Ordering::Relaxed) {
        let mut open = match writer.take() {
            Some(open) => open,
            None => match world.store.writer(&format!("{}load", world.prefix)) {
                Ok(open) => open,
                Err(_) => continue,
            },
        };
        if LOAD.try_write_day(world, &mut *open, day).is_ok() {
            writer = Some(open);
            day += 1;
            written.store(day, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// One broker's port is refused, then another one dies and comes back.
fn hurt(cluster: &mut Cluster, chance: &mut Chance) {
    let refused = chance.next() as usize % cluster.doors.len();
    let killed = (refused + 1 + chance.next() as usize % 2) % cluster.brokers.len();
    cluster.doors[refused].shut();
    std::thread::sleep(REFUSED);
    cluster.doors[refused].open();
    cluster.brokers[killed].kill9();
    std::thread::sleep(Duration::from_millis(chance.next() % 1_000));
    cluster.brokers[killed].start();
}

/// How long it takes until every partition has been read beyond its end of now.
fn await_progress(world: &World, instances: &mut [Instance]) -> Duration {
    let began = Instant::now();
    let mut reader = world.store.reader().unwrap();
    let mut left: Vec<(i32, i64)> = (0..PARTITIONS)
        .map(|p| (p, reader.watermarks(&world.topics.inputs, p).unwrap().stable))
        .collect();
    while !left.is_empty() {
        assert_alive(instances);
        left.retain(|(p, end)| world.position(*p) < *end);
        let said = || instances.iter().map(Instance::said).collect::<Vec<_>>().join("\n---\n");
        assert!(began.elapsed() < STALL_MAX, "{left:?} stand still:\n{}", said());
        std::thread::sleep(Duration::from_millis(200));
    }
    began.elapsed()
}

fn assert_alive(instances: &mut [Instance]) {
    for instance in instances {
        let ended = instance.ended();
        assert!(ended.is_none(), "{} ended, {ended:?}:\n{}", instance.name, instance.said());
    }
}

/// However the rounds end, the writer does.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
