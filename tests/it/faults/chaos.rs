//! Three brokers, three instances, a load: the port of one broker refuses connections for a while,
//! then another one is killed and started again. That is what had a scorer hang for minutes in a call
//! of the client. No partition may stand still for longer than the limit that the documents name.
//!
//! `.ci/long chaos` does fifty rounds; every run of the tests does three short ones with a fixed seed.
//! `BUYMODE_FAULTS_SEED` repeats a run. Each round says how long the longest stall was, and which
//! calls of the client took long.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::instance::Instance;
use super::kill9::Chance;
use super::progress::{Progress, Stall};
use super::world::{Load, PATIENCE, World};
use super::{config, on_kafka};
use crate::cli::running::try_get;
use crate::support::{self, Address, Cluster};

const INSTANCES: usize = 3;
const PARTITIONS: i32 = 6;
const LOAD: Load = Load { accounts: 400, days: 40_000, signals_a_day: 100 };
/// More is not written before some of it is scored.
const LAG_MAX: i64 = 3_000;

#[derive(Clone, Copy)]
struct Plan {
    rounds: u32,
    refused: Duration,
    seed: u64,
}

/// The seed that repeats a run, if one is given.
fn seed() -> Option<u64> {
    std::env::var("BUYMODE_FAULTS_SEED").ok().and_then(|seed| seed.parse().ok())
}

#[test]
fn should_get_on_within_the_limit_while_brokers_refuse_and_die() {
    run(Plan { rounds: 3, refused: Duration::from_secs(1), seed: seed().unwrap_or(14) });
}

/// `BUYMODE_CHAOS` gives the number of rounds.
#[test]
#[ignore = "it takes minutes: .ci/long chaos"]
fn should_get_on_within_the_limit_for_fifty_rounds() {
    let rounds = std::env::var("BUYMODE_CHAOS").ok().and_then(|rounds| rounds.parse().ok());
    let (rounds, refused) = (rounds.unwrap_or(50), Duration::from_secs(3));
    run(Plan { rounds, refused, seed: seed().unwrap_or(14) });
}

fn run(plan: Plan) {
    let began = Instant::now();
    let Some(mut cluster) = support::cluster_behind_doors() else {
        return;
    };
    let seed = plan.seed;
    println!("{} rounds, seed {seed}: BUYMODE_FAULTS_SEED={seed} repeats this run", plan.rounds);
    let world = on_kafka(&cluster, "chaos", PARTITIONS);
    LOAD.write_day(&world, &mut *world.writer("load"), 0);
    let folder = tempfile::tempdir().unwrap();
    let logs = std::env::var_os("BUYMODE_FAULTS_LOGS").map(PathBuf::from);
    let logs = logs.unwrap_or_else(|| folder.path().to_owned());
    let start =
        |n| Instance::with(&world, &format!("chaos-{n}"), &logs, &[("BUYMODE__RESTART", "always")]);
    let mut fleet = Fleet { instances: (0..INSTANCES).map(start).collect(), calls: 0, again: 0 };
    fleet.instances.iter().for_each(await_ready);
    println!("ready after {:.1} s", began.elapsed().as_secs_f64());
    let limit = config(cluster.bootstrap()).waits().standstill();
    let writing = Writing::default();
    let mut worst = Stall::default();
    let mut progress = Progress::of(&world);
    std::thread::scope(|scope| {
        scope.spawn(|| writing.run(&world));
        let over = Over(&writing.over);
        let mut chance = Chance(seed);
        for round in 1..=plan.rounds {
            let hurt = hurt(&mut cluster, &mut chance, plan.refused);
            progress.begin();
            let whole = Instant::now();
            let stall = await_progress(&mut progress, &cluster, &mut fleet, &writing, limit);
            if stall.took > worst.took {
                worst = stall;
            }
            println!(
                "round {round}: {hurt}; longest stall {:.1} s in partition {} (no processor for {:.1} s), all \
                 on after {:.1} s; {} starts anew so far; calls: {}",
                stall.took.as_secs_f64(),
                stall.partition,
                stall.starved.as_secs_f64(),
                whole.elapsed().as_secs_f64(),
                fleet.times("starting anew") + fleet.again,
                fleet.new_calls(),
            );
        }
        drop(over);
    });
    let days = writing.days.load(Ordering::Relaxed);
    world.await_consumed_while(|| fleet.look_after());
    fleet.instances.into_iter().for_each(Instance::stop);
    let findings = world.assert_audit_is_clean();
    println!(
        "seed {seed}: {} rounds, longest stall {:.1} s in partition {} of {} s permitted; {days} days written; \
         audit: {} inputs, {} decisions, {} differences; {:.0} s",
        plan.rounds,
        worst.took.as_secs_f64(),
        worst.partition,
        limit.as_secs(),
        findings.inputs,
        findings.decisions,
        findings.differences,
        began.elapsed().as_secs_f64()
    );
    assert!(findings.inputs > u64::from(LOAD.accounts), "{findings:?}");
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

/// The instances, looked after as a platform does.
struct Fleet {
    instances: Vec<Instance>,
    /// Lines about calls that were printed.
    calls: usize,
    again: usize,
}

impl Fleet {
    /// One that stood still more often than it starts itself anew ends with a code of its own.
    fn look_after(&mut self) {
        for instance in &mut self.instances {
            let Some(status) = instance.ended() else { continue };
            let said = instance.said();
            assert_eq!(status.code(), Some(75), "{} ended, {status}:\n{said}", instance.name);
            instance.restart();
            self.again += 1;
        }
    }

    fn times(&self, words: &str) -> usize {
        self.instances.iter().map(|instance| instance.times(words)).sum()
    }

    fn said(&self) -> String {
        self.instances.iter().map(Instance::said).collect::<Vec<_>>().join("\n---\n")
    }

    /// What was said since this was asked last of calls that took long.
    fn new_calls(&mut self) -> String {
        let of = |instance: &Instance| instance.lines_with(": the call ");
        let lines: Vec<String> = self.instances.iter().flat_map(of).collect();
        let new = lines.len().saturating_sub(std::mem::replace(&mut self.calls, lines.len()));
        match new {
            0 => "none took long".to_owned(),
            // The order is by instance: all that there are, where it is not plain which ones are new.
            _ => lines.join("; "),
        }
    }
}

/// Days, each again until it is written: every input has its id.
#[derive(Default)]
struct Writing {
    over: AtomicBool,
    days: AtomicU32,
    lag: AtomicI64,
}

impl Writing {
    fn run(&self, world: &World) {
        let (mut writer, mut day) = (None, 1);
        while day < LOAD.days && !self.over.load(Ordering::Relaxed) {
            if self.lag.load(Ordering::Relaxed) > LAG_MAX {
                std::thread::sleep(Duration::from_millis(50));
                continue;
            }
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
                self.days.store(day, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(100));
            }
        }
    }
}

/// One broker's port is refused, then another one dies and comes back.
pub(super) fn hurt(cluster: &mut Cluster, chance: &mut Chance, refuses_for: Duration) -> String {
    let refused = chance.next() as usize % cluster.doors.len();
    let killed = (refused + 1 + chance.next() as usize % 2) % cluster.brokers.len();
    cluster.doors[refused].shut();
    std::thread::sleep(refuses_for);
    cluster.doors[refused].open();
    cluster.brokers[killed].kill9();
    let began = Instant::now();
    std::thread::sleep(Duration::from_millis(chance.next() % 1_000));
    cluster.brokers[killed].start();
    let away = began.elapsed().as_secs_f64();
    format!("broker {refused} refused for {refuses_for:?}, broker {killed} away for {away:.1} s")
}

/// Waits until every partition has moved beyond its end of now; the longest stall until then.
fn await_progress(
    progress: &mut Progress<'_>,
    cluster: &Cluster,
    fleet: &mut Fleet,
    writing: &Writing,
    limit: Duration,
) -> Stall {
    let mut worst = Stall::default();
    let mut ends: Option<Vec<i64>> = None;
    loop {
        fleet.look_after();
        let brokers = cluster.brokers.iter().map(support::Broker::id);
        let processes: Vec<u32> = fleet.instances.iter().map(Instance::id).chain(brokers).collect();
        let stall = progress.look(&processes);
        writing.lag.store(progress.lag(), Ordering::Relaxed);
        assert!(!stall.exceeds(limit), "{stall:?} of {limit:?}:\n{}", fleet.said());
        if stall.took > worst.took {
            worst = stall;
        }
        match &ends {
            None => ends = progress.ends(),
            Some(ends) if progress.is_beyond(ends) => return worst,
            Some(_) => {}
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// However the rounds end, the writer does.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
