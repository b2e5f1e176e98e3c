//! A worker whose log fails at each call in turn, with each of the errors that it may give there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::engine::scorer::Clock;
use buymode::log::LogError;
use buymode::runtime::exit::Exit;
use buymode::runtime::observe::Silent;
use buymode::runtime::worker::{Limits, run};

use super::on_kafka;
use super::world::{Load, PATIENCE, World};
use super::wrapped::{Meddle, Step, Wrapped};
use crate::support;

type Fault = fn(String) -> LogError;

/// Every call, with every error that the contract allows there.
const FAULTS: &[(Step, Fault)] = &[
    (Step::Open, LogError::Reopen),
    (Step::Restore, LogError::Reopen),
    (Step::Committed, LogError::Reopen),
    (Step::Marks, LogError::Reopen),
    (Step::Seek, LogError::Reopen),
    (Step::Poll, LogError::Abort),
    (Step::Poll, LogError::Reopen),
    (Step::Rebalance, LogError::Abort),
    (Step::Begin, LogError::Abort),
    (Step::Begin, LogError::Reopen),
    (Step::Send, LogError::Abort),
    (Step::Send, LogError::Reopen),
    (Step::Commit, LogError::Abort),
    (Step::Commit, LogError::Reopen),
    // Whether it committed is not known, and it did.
    (Step::Answer, LogError::Reopen),
];

/// Fails a call once more each time: the 1st, the 4th after it, the 7th after that ...
fn now_and_then(step: Step, fault: Fault, failed: Arc<AtomicU32>) -> Arc<Meddle> {
    let (calls, next) = (AtomicU32::new(0), AtomicU32::new(1));
    Arc::new(move |now| {
        if now != step {
            return Ok(());
        }
        let call = calls.fetch_add(1, Ordering::Relaxed) + 1;
        let due = next.load(Ordering::Relaxed);
        if call < due {
            return Ok(());
        }
        let times = failed.fetch_add(1, Ordering::Relaxed) + 1;
        next.store(due + 1 + 3 * times, Ordering::Relaxed);
        Err(fault(format!("injected at {step:?}")))
    })
}

/// Scores all there is, as a supervisor would: again after what can be mended.
fn score(world: &World, meddle: &Arc<Meddle>) {
    let store = Wrapped { inner: world.store.clone(), meddle: meddle.clone() };
    let stop = AtomicBool::new(false);
    let limits = Limits { batch_records_max: 40, hand_over_records: 15, ..Limits::default() };
    std::thread::scope(|scope| {
        let turning = scope.spawn(|| {
            let began = Instant::now();
            // Some states are handed over before the end of a batch, others at its end.
            let mut scorer = world.scorer(Clock::History).holding_back(4_000);
            loop {
                match run(&store, &world.spec("a"), &mut scorer, limits, Arc::new(Silent), &stop) {
                    Exit::Stopped => return,
                    Exit::Fatal(why) => panic!("stopped for good: {why}"),
                    _ => assert!(began.elapsed() < PATIENCE),
                }
            }
        });
        world.await_consumed_while(|| assert!(!turning.is_finished(), "the worker is gone"));
        stop.store(true, Ordering::Relaxed);
    });
}

fn try_each(place: impl Fn(usize) -> World, faults: &[(Step, Fault)], load: Load) {
    let mut decisions = None;
    for (number, (step, fault)) in faults.iter().enumerate() {
        let (began, failed) = (Instant::now(), Arc::new(AtomicU32::new(0)));
        let world = place(number);
        load.write(&world);
        let error = fault(String::new());
        score(&world, &now_and_then(*step, *fault, failed.clone()));
        let findings = world.assert_audit_is_clean();
        let failed = failed.load(Ordering::Relaxed);
        println!(
            "{step:?} {error:?}: failed {failed} times, {} inputs, {} decisions, {:?}",
            findings.inputs,
            findings.decisions,
            began.elapsed()
        );
        assert!(failed > 0, "{step:?} was never called");
        let decided = *decisions.get_or_insert(findings.decisions);
        assert_eq!(findings.decisions, decided, "{step:?} {error:?}");
        assert!(decided > 10);
    }
}

#[test]
fn should_lose_nothing_when_the_embedded_log_fails_at_any_step() {
    let folder = tempfile::tempdir().unwrap();
    let place = |number: usize| {
        let options = EmbeddedOptions::new(folder.path().join(number.to_string()));
        let store = Arc::new(EmbeddedStore::open(&options).unwrap());
        World::history(store, "", 2)
    };
    try_each(place, FAULTS, Load { accounts: 40, days: 12, signals_a_day: 25 });
}

#[test]
fn should_lose_nothing_when_kafka_fails_at_any_step_of_a_transaction() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let faults: &[(Step, Fault)] =
        &[(Step::Send, LogError::Abort), (Step::Answer, LogError::Reopen)];
    let faults = if super::kill9::is_full() { FAULTS } else { faults };
    let place = |number: usize| on_kafka(kafka, &format!("step{number}"), 2);
    try_each(place, faults, Load { accounts: 40, days: 9, signals_a_day: 60 });
}

/// An abort that fails leaves the transaction's end unknown: the session is opened anew.
#[test]
fn should_reopen_when_an_abort_fails() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(&EmbeddedOptions::new(folder.path())).unwrap();
    let world = World::history(Arc::new(store), "", 1);
    Load { accounts: 40, days: 6, signals_a_day: 25 }.write(&world);
    let aborts = Arc::new(AtomicU32::new(0));
    let counted = aborts.clone();
    let meddle: Arc<Meddle> = Arc::new(move |step| match step {
        Step::Commit if counted.load(Ordering::Relaxed) < 3 => {
            Err(LogError::Abort("injected".to_owned()))
        }
        Step::Abort => {
            counted.fetch_add(1, Ordering::Relaxed);
            Err(LogError::Reopen("injected at the abort".to_owned()))
        }
        _ => Ok(()),
    });
    score(&world, &meddle);
    assert_eq!(aborts.load(Ordering::Relaxed), 3);
    world.assert_audit_is_clean();
}

/// A log that always refuses is no record's fault: the worker stops, says why, and buries nothing.
#[test]
fn should_stop_with_the_cause_when_every_transaction_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(&EmbeddedOptions::new(folder.path())).unwrap();
    let world = World::history(Arc::new(store), "", 1);
    Load { accounts: 10, days: 2, signals_a_day: 5 }.write(&world);
    let meddle: Arc<Meddle> = Arc::new(|step| match step {
        Step::Commit => Err(LogError::Abort("the quota is used up".to_owned())),
        _ => Ok(()),
    });
    let refusing = Wrapped { inner: world.store.clone(), meddle };
    let stop = AtomicBool::new(false);
    let mut scorer = world.scorer(Clock::History);
    let limits = Limits { poll_wait: Duration::from_millis(10), ..Limits::default() };
    let ended = run(&refusing, &world.spec("a"), &mut scorer, limits, Arc::new(Silent), &stop);
    assert_eq!(ended, Exit::Blocked("the quota is used up".to_owned()));
    score(&world, &(Arc::new(|_| Ok(())) as Arc<Meddle>));
    let findings = world.assert_audit_is_clean();
    assert_eq!(findings.dead_letters, 0);
}
