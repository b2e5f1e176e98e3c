//! An instance that is silent for longer than the group waits, and then goes on as if nothing had
//! happened: whatever it had in hand must come to nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use buymode::domain::terms::time::DAY_MS;
use buymode::engine::scorer::Clock;
use buymode::log::LogError;
use buymode::runtime::worker::now_ms;

use super::on_kafka;
use super::running::Running;
use super::world::{Load, PATIENCE, World};
use super::wrapped::{Meddle, Step, Wrapped};
use crate::support;

/// Stands still at the beginning of a transaction, once armed, until it is let go; then notes what
/// becomes of that transaction.
#[derive(Default)]
struct Gate {
    armed: AtomicBool,
    state: Mutex<(bool, bool)>,
    changed: Condvar,
    /// The transaction that stood here is not ended yet.
    pending: AtomicBool,
    committed: AtomicBool,
}

impl Gate {
    fn meddle(self: &Arc<Gate>) -> Arc<Meddle> {
        let gate = self.clone();
        Arc::new(move |step| {
            match step {
                Step::Begin if gate.armed.swap(false, Ordering::Relaxed) => {
                    gate.stand();
                    gate.pending.store(true, Ordering::Relaxed);
                }
                Step::Answer if gate.pending.swap(false, Ordering::Relaxed) => {
                    gate.committed.store(true, Ordering::Relaxed);
                }
                Step::Open | Step::Poll | Step::Abort => {
                    gate.pending.store(false, Ordering::Relaxed);
                }
                _ => {}
            }
            Ok::<(), LogError>(())
        })
    }

    fn stand(&self) {
        let mut state = self.state.lock().unwrap();
        state.0 = true;
        self.changed.notify_all();
        let let_go = self.changed.wait_while(state, |state| !state.1).unwrap();
        drop(let_go);
    }

    fn arm(&self) {
        self.armed.store(true, Ordering::Relaxed);
    }

    fn await_standing(&self) {
        let state = self.state.lock().unwrap();
        let waited = self.changed.wait_timeout_while(state, PATIENCE, |state| !state.0).unwrap();
        assert!(waited.0.0, "it never came to the gate");
    }

    fn let_go(&self) {
        self.state.lock().unwrap().1 = true;
        self.changed.notify_all();
    }
}

/// Pauses `a` at the beginning of a transaction until `b` has done all the work, then lets it go.
fn pause(world: &World, clock: Clock, wait_for_work: impl FnOnce()) {
    let gate = Arc::new(Gate::default());
    let store = Arc::new(Wrapped { inner: world.store.clone(), meddle: gate.meddle() });
    gate.arm();
    let zombie = Running::on(world, "a", store, clock);
    wait_for_work();
    gate.await_standing();
    let heir = Running::on(world, "b", world.store.clone(), clock);
    heir.until("the heir taking over", |heard| heard.restored.len() == world.partitions as usize);
    world.await_consumed();
    let (inputs, today) = (inputs(world), today());
    gate.let_go();
    // Refused, or at the least told that the partitions are gone.
    zombie.until("the zombie learning of it", |heard| {
        !heard.aborted.is_empty() || !heard.ended.is_empty() || !heard.revoked.is_empty()
    });
    assert!(!gate.committed.load(Ordering::Relaxed), "the zombie's transaction was committed");
    world.await_consumed();
    zombie.stop();
    heir.stop();
    // A new day has ticks of its own.
    assert!(self::inputs(world) == inputs || self::today() > today, "the zombie's tick is there");
    world.assert_audit_is_clean();
}

/// Records that a reader finds in the inputs.
fn inputs(world: &World) -> u64 {
    let mut reader = world.store.reader().unwrap();
    let (topic, mut records) = (&world.topics.inputs, 0);
    for partition in 0..world.partitions {
        let marks = reader.watermarks(topic, partition).unwrap();
        let mut next = marks.low;
        while next < marks.stable {
            let (end, budget) = (marks.stable, Duration::from_millis(500));
            next = reader.read(topic, partition, next, end, budget, &mut |_| records += 1).unwrap();
        }
    }
    records
}

fn today() -> i64 {
    now_ms() / DAY_MS
}

#[test]
fn should_write_nothing_twice_when_an_instance_is_paused_before_its_commit() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let world = on_kafka(kafka, "paused", 2);
    Load { accounts: 40, days: 12, signals_a_day: 25 }.write(&world);
    pause(&world, Clock::History, || {});
}

/// Nothing is read, no offset moves: only the tick that is due has it open a transaction.
#[test]
fn should_refuse_the_tick_of_an_idle_instance_that_was_paused() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let world = on_kafka(kafka, "idle", 2);
    let load = Load { accounts: 40, days: 12, signals_a_day: 25 };
    load.write(&world);
    let first = Running::start(&world, "first");
    world.await_consumed();
    first.stop();
    let before: Vec<i64> = (0..2).map(|p| world.position(p)).collect();
    // By the clock on the wall every account has been due for years.
    let nothing_was_read = || {
        assert_eq!((0..2).map(|p| world.position(p)).collect::<Vec<_>>(), before);
    };
    pause(&world, Clock::Live, nothing_was_read);
    assert!((0..2).all(|p| world.position(p) > before[p as usize]), "no tick was ever due");
}
