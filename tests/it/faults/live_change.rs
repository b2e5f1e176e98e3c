//! A profile is changed, and changed back, while an import runs and two instances score; in each
//! sweep an instance dies. Nobody restarts anything for the profile's sake.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use buymode::codec::{Codec, Decoded};
use buymode::domain::account::decision::{Decision, DecisionKind, Origin};
use buymode::domain::account::input::Broadcast;
use buymode::domain::account::standing::ProductState;
use buymode::domain::account::state::AccountState;
use buymode::domain::score::fit::Noted;
use buymode::domain::terms::limits::TICK_ACCOUNTS_MAX;
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};

use super::instance::Instance;
use super::on_kafka;
use super::world::{PATIENCE, World};
use crate::cli::ok;
use crate::pipeline::{PROFILE, account, activate, company, profile, score, signal, tick, write};
use crate::support;

const PARTITIONS: i32 = 2;
/// A sweep takes several ticks in each partition.
const ACCOUNTS: u32 = 1_400;
const DAYS: u32 = 24;
const SIGNALS_A_DAY: u32 = 160;

/// The same inputs into any log.
fn write_day(world: &World, writer: &mut dyn buymode::log::Writer, day: u32) {
    let on = i64::from(day);
    let new = (0..ACCOUNTS).filter(|n| n % 6 == day).map(|n| (account(n), company(n, on), on));
    let mut inputs: Vec<_> = new.collect();
    inputs.extend((0..SIGNALS_A_DAY).map(|i| {
        let nth = day * SIGNALS_A_DAY + i;
        let n = nth.wrapping_mul(7_919) % (ACCOUNTS - 1);
        (account(n), signal(n, nth, on), on)
    }));
    write(writer, &world.topics, &inputs);
    tick(writer, &world.topics, world.partitions, on);
}

/// How far the import may go, and has gone.
struct Days {
    allowed: AtomicU32,
    written: AtomicU32,
}

impl Days {
    fn import(&self, world: &World) {
        let mut writer = world.writer("import");
        for day in 0..DAYS {
            until("the import may go on", || self.allowed.load(Ordering::Relaxed) > day);
            write_day(world, &mut *writer, day);
            self.written.store(day + 1, Ordering::Relaxed);
        }
    }

    fn until_written(&self, days: u32) {
        until("the days are written", || self.written.load(Ordering::Relaxed) >= days);
    }
}

/// However a test ends, its import does not wait for more of it.
struct GoOn<'a>(&'a Days);

impl Drop for GoOn<'_> {
    fn drop(&mut self) {
        self.0.allowed.store(DAYS, Ordering::Relaxed);
    }
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Of each partition the offset of each activation, in order.
fn activations(world: &World) -> Vec<Vec<(i64, u64)>> {
    let mut codec = Codec::local();
    let mut found = vec![Vec::new(); PARTITIONS as usize];
    world.each(&world.topics.inputs, &mut |record| {
        if record.key.is_some() {
            return;
        }
        let decoded = codec.decode_input(None, record.value).unwrap();
        if let Decoded::Partition(Broadcast::Activation(a)) = decoded {
            found[record.partition as usize].push((record.offset, a.number));
        }
    });
    found
}

/// What a log came to: each account's decisions in order, its partition and state.
struct Came {
    decisions: BTreeMap<String, Vec<Decision>>,
    states: BTreeMap<String, (i32, AccountState)>,
}

impl Came {
    fn of(world: &World) -> Came {
        Came { decisions: world.decisions(), states: world.states() }
    }
}

/// Accounts that have applied the last activation, of all.
fn swept(world: &World) -> (usize, usize) {
    let last: Vec<i64> = activations(world).iter().map(|all| all.last().unwrap().0).collect();
    let states = world.states();
    let done = states.values().filter(|(p, state)| state.applied >= last[*p as usize]).count();
    (done, states.len())
}

/// Does what switches the profile, and kills the first instance that begins to sweep: its partition's
/// accounts follow in ticks that nobody has read yet.
fn switch_and_kill(world: &World, instances: &mut [Instance], switch: impl FnOnce()) {
    let seen = |instance: &Instance| instance.applied("activation");
    let before: Vec<u64> = instances.iter().map(seen).collect();
    switch();
    let mut victim = None;
    until("an instance has seen the profile", || {
        let mut seen = instances.iter().map(seen).zip(&before);
        victim = seen.position(|(now, before)| now > *before);
        victim.is_some()
    });
    let victim = &mut instances[victim.unwrap()];
    victim.kill9();
    let (done, all) = swept(world);
    println!("kill -9 of {}: {done} of {all} accounts had applied the profile", victim.name);
    victim.restart();
}

#[test]
fn should_change_a_profile_and_back_while_everything_runs() {
    let Some(kafka) = support::kafka() else { return };
    let world = on_kafka(kafka, "live", PARTITIONS);
    let began = Instant::now();
    let say = |what: &str| println!("{:6.2} s  {what}", began.elapsed().as_secs_f64());
    let folder = tempfile::tempdir().unwrap();
    // Lower lines, and others fit: some enter, some leave.
    let changed = PROFILE
        .replace("enter: 50", "enter: 35")
        .replace("{min: 50, max: 500}", "{min: 100, max: 300}");
    let file = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let (first, second) = (file("first.yaml", PROFILE), file("second.yaml", &changed));
    let mut instances = ["a", "b"].map(|name| Instance::start(&world, name, folder.path()));
    let config = folder.path().join("a.yaml");
    let icp =
        |args: &[&str]| ok(&[&["icp"], args, &["--config", config.to_str().unwrap()]].concat());
    icp(&["publish", &first]);
    say("published");

    let days = Days { allowed: AtomicU32::new(15), written: AtomicU32::new(0) };
    std::thread::scope(|scope| {
        let go_on = GoOn(&days);
        scope.spawn(|| days.import(&world));
        days.until_written(10);
        say("the import runs");
        switch_and_kill(&world, &mut instances, || drop(icp(&["publish", &second])));
        say("another profile, and an instance died");
        days.allowed.store(20, Ordering::Relaxed);
        days.until_written(17);
        switch_and_kill(&world, &mut instances, || drop(icp(&["rollback"])));
        say("rolled back, and an instance died");
        drop(go_on);
    });
    say("all is written");
    world.await_consumed_while(|| {
        for instance in &mut instances {
            assert!(instance.ended().is_none(), "{} ended:\n{}", instance.name, instance.said());
        }
    });
    say("all is consumed");
    instances.into_iter().for_each(Instance::stop);

    let findings = world.assert_audit_is_clean();
    println!("audit: {} inputs, {} decisions", findings.inputs, findings.decisions);
    let came = Came::of(&world);
    assert_eq!(came.decisions.values().map(Vec::len).sum::<usize>() as u64, findings.decisions);
    check_versions(&world, &came, [PROFILE, &changed, PROFILE]);
    check_rollback(&came);
    say("checked");
}

/// Every decision names the version that made it, and it is the one that was active at its input.
fn check_versions(world: &World, came: &Came, texts: [&str; 3]) {
    let activations = activations(world);
    let versions: Vec<_> = texts.iter().map(|text| profile(text).version.clone()).collect();
    for partition in &activations {
        let numbers: Vec<u64> = partition.iter().map(|(_, number)| *number).collect();
        assert_eq!(numbers, [1, 2, 3]);
    }
    let mut by_change = BTreeMap::<(i32, i64), BTreeSet<String>>::new();
    let mut made = BTreeMap::<(u64, DecisionKind, Origin), u32>::new();
    for decision in came.decisions.values().flatten() {
        let mut until_then = activations[decision.input_partition as usize].iter();
        let active = until_then.rfind(|(offset, _)| *offset <= decision.input_offset).unwrap();
        assert_eq!(decision.activation, active.1, "{decision:#?}");
        assert_eq!(decision.profile_version, versions[decision.activation as usize - 1]);
        *made.entry((decision.activation, decision.kind, decision.origin)).or_default() += 1;
        if decision.origin != Origin::ProfileChange {
            continue;
        }
        // Nobody's sequencer hears of what only the change let in.
        if decision.kind == DecisionKind::Entered {
            assert_eq!(decision.route, "digest", "{decision:#?}");
        }
        // An own input finds the account behind, or a tick looks at a bounded number.
        assert_eq!(active.0, decision.input_offset);
        let written = (decision.written.partition, decision.written.offset);
        by_change.entry(written).or_default().insert(decision.account.to_string());
    }
    println!("{made:?}");
    assert!(by_change.values().all(|accounts| accounts.len() <= TICK_ACCOUNTS_MAX));
    let entered = |n| made.get(&(n, DecisionKind::Entered, Origin::ProfileChange)).copied();
    assert!(entered(2) > Some(10), "{made:?}");
    assert!(made.contains_key(&(2, DecisionKind::Exited, Origin::ProfileChange)), "{made:?}");
    for (partition, state) in came.states.values() {
        let last = activations[*partition as usize].last().unwrap();
        assert_eq!(state.applied, last.0, "an account was left behind");
    }
}

/// What the same inputs come to without the excursion: of every account the same is known and the
/// same tier decided; and an account is in another stage, or cooling, only where the excursion made
/// it enter or leave, or kept it from it.
fn check_rollback(came: &Came) {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(&EmbeddedOptions::new(folder.path())).unwrap();
    let straight = World::history(Arc::new(store), "", PARTITIONS);
    let mut writer = straight.writer("import");
    activate(&mut *writer, &straight.topics, PARTITIONS, PROFILE, 1, 0);
    (0..DAYS).for_each(|day| write_day(&straight, &mut *writer, day));
    score(&*straight.store, &straight.topics, PARTITIONS, PATIENCE);

    let expected = Came::of(&straight);
    assert_eq!(came.states.len(), expected.states.len());
    let nothing = Vec::new();
    let words = |of: &BTreeMap<String, Vec<Decision>>, account: &str| {
        let all = of.get(account).unwrap_or(&nothing).iter();
        all.map(|d| (d.kind, d.origin, d.decided_at, d.sequence)).collect::<Vec<_>>()
    };
    let mut differ = 0;
    for (account, (_, state)) in &came.states {
        let (_, other) = &expected.states[account];
        assert_eq!((&state.company, &state.evidence), (&other.company, &other.evidence));
        let tier = |s: &AccountState| s.products.first().and_then(|p| p.tier);
        assert_eq!(tier(state), tier(other), "{account}");
        if words(&came.decisions, account) == words(&expected.decisions, account) {
            assert_eq!(apart_from_numbers(state), apart_from_numbers(other), "{account}");
        } else {
            differ += 1;
        }
    }
    println!(
        "{differ} of {} accounts have another story than without the excursion",
        came.states.len()
    );
    assert!(differ < came.states.len());
}

/// Every publication has a number of its own.
fn apart_from_numbers(state: &AccountState) -> Vec<ProductState> {
    let numbered = |p: &ProductState| ProductState { noted: Noted::default(), ..p.clone() };
    state.products.iter().map(numbered).collect()
}
