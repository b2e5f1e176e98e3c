//! A snapshot is taken while a writer writes and an instance scores: it holds all that was taken in, once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use buymode::admin::snapshot::{content, save};
use buymode::codec::{Codec, Decoded};
use buymode::domain::account::input::{Input, TransferStep};
use buymode::engine::scorer::Clock;
use buymode::log::{Output, RecordRef, Stamp, Store};
use buymode::runtime::observe::Silent;
use buymode::runtime::worker::{Limits, run};

use super::copied::{AFTER, LOAD, folder, history, place, placeless, write_day};
use super::on_kafka;
use super::snapshot::{assert_clean, assert_same_states, empty, made, restored, saved};
use super::world::{PATIENCE, World};
use crate::pipeline::score;
use crate::support::{self, Address};

/// Scores until it is stopped, while `work` goes on.
fn while_scored<T>(world: &World, work: impl FnOnce() -> T) -> T {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let scoring = scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let mut scorer = world.scorer(Clock::History);
                let (spec, silent) = (world.spec("a"), Arc::new(Silent));
                let ended =
                    run(&*world.store, &spec, &mut scorer, Limits::default(), silent, &stop);
                println!("the worker ended: {ended:?}");
            }
        });
        let done = work();
        stop.store(true, Ordering::Relaxed);
        scoring.join().unwrap();
        done
    })
}

/// Writes what came into the old log, from outside, after the snapshot that the new one began with.
fn send_the_rest(old: &World, new: &World, file: &Path) {
    type Key = (i32, Option<Vec<u8>>, Vec<u8>);
    let mut had: BTreeMap<Key, u32> = BTreeMap::new();
    let key = |record: RecordRef<'_>| {
        (record.partition, record.key.map(<[u8]>::to_vec), record.value.unwrap().to_vec())
    };
    new.each(&new.topics.inputs, &mut |record| *had.entry(key(record)).or_default() += 1);
    let parts = content(file).unwrap().parts;
    let (mut codec, mut rest) = (Codec::local(), Vec::new());
    old.each(&old.topics.inputs, &mut |record| {
        if record.offset < parts[usize::try_from(record.partition).unwrap()].next_offset {
            return;
        }
        if let Some(had) = had.get_mut(&key(record)).filter(|had| **had > 0) {
            *had -= 1;
            return;
        }
        // Accounts of the new log send each other their own.
        let is_sent = match codec.decode_input(record.key, record.value) {
            Ok(Decoded::Account { input: Input::Kinship(_), .. }) => true,
            Ok(Decoded::Account { input: Input::Transfer(transfer), .. }) => {
                !matches!(transfer.step, TransferStep::Request | TransferStep::Undo)
            }
            _ => false,
        };
        rest.extend((!is_sent).then(|| (key(record), record.timestamp_ms)));
    });
    let mut writer = new.writer("rest");
    for some in rest.chunks(500) {
        writer.begin().unwrap();
        for ((partition, key, value), time) in some {
            let (topic, key, value) = (&*new.topics.inputs, key.as_deref(), Some(&value[..]));
            let (partition, timestamp_ms) = (Some(*partition), Some(*time));
            let output = Output { topic, partition, key, value, timestamp_ms, ..Output::default() };
            writer.send(&output).unwrap();
        }
        writer.commit(&[]).unwrap();
    }
}

/// Begins a log with the snapshot, and gives it what came later.
fn assert_goes_on(old: &World, new: &World, file: &Path) {
    restored(new.store.clone(), new, file).unwrap();
    score(&*new.store, &new.topics, new.partitions, PATIENCE);
    send_the_rest(old, new, file);
    score(&*new.store, &new.topics, new.partitions, PATIENCE);
    // Where all was scored before the snapshot, there is nothing to fold.
    assert_clean(new, file);
    let all = placeless(old.decisions());
    for (id, decision) in &placeless(new.decisions()) {
        assert_eq!(Some(decision), all.get(id));
    }
    assert_same_states(old, new);
}

/// Two snapshots while a writer writes and an instance scores. Without merges: when what accounts send each
/// other arrives depends on how far the other partition is, and so do decisions about them.
fn under_load(world: &World, into: &dyn Fn(&str) -> World, files: &Path) {
    let (day, mut taken): (AtomicU32, Vec<PathBuf>) = (AtomicU32::new(0), Vec::new());
    while_scored(world, || {
        std::thread::scope(|scope| {
            let writing = scope.spawn(|| {
                let mut writer = world.writer("load");
                for now in 0..AFTER {
                    day.store(now, Ordering::SeqCst);
                    LOAD.write_day(world, &mut *writer, now);
                    std::thread::sleep(Duration::from_millis(60));
                }
            });
            for n in [4, 17] {
                while day.load(Ordering::SeqCst) < n && !writing.is_finished() {
                    std::thread::sleep(Duration::from_millis(5));
                }
                let (file, before) =
                    (files.join(format!("{n}.snapshot")), day.load(Ordering::SeqCst));
                let said = saved(world, &file);
                println!("day {before} to {}: {said:?}", day.load(Ordering::SeqCst));
                taken.push(file);
            }
        });
        world.await_consumed();
    });
    for file in taken {
        assert_clean(world, &file);
        let new = into(file.file_stem().unwrap().to_str().unwrap());
        assert_goes_on(world, &new, &file);
    }
}

/// Between the reading of the states and that of the inputs behind them an instance scores those: what
/// they lead accounts to send is in the log by then, and is sent again by the log that begins here.
#[test]
fn should_hold_once_what_accounts_send_each_other_meanwhile() {
    let (files, store) = folder();
    let world = World::history(store, "", 4);
    history(&world);
    let mut writer = world.writer("more");
    for day in 25..AFTER {
        write_day(&world, &mut *writer, day);
    }
    let (file, mut scored) = (files.path().join("one.snapshot"), false);
    let said = save(&place(world.store.clone(), &world), &file, 0, &mut |at| {
        if at.phase == "folding inputs" && !scored {
            scored = true;
            score(&*world.store, &world.topics, world.partitions, PATIENCE);
        }
    });
    let said = said.unwrap();
    assert!(scored && said.sent > 0, "{said:?}");
    let (_other, store) = folder();
    let new = made(store, "eu.");
    assert_goes_on(&world, &new, &file);
}

#[test]
fn should_hold_all_that_a_folder_took_in_while_it_was_scored() {
    let (files, store) = folder();
    let world = World::history(store, "", 4);
    let (_other, store) = folder();
    under_load(&world, &|name| made(store.clone(), &format!("{name}.")), files.path());
}

#[test]
fn should_hold_all_that_a_broker_took_in_while_it_was_scored() {
    let Some(kafka) = support::kafka() else { return };
    let files = tempfile::tempdir().unwrap();
    let world = on_kafka(kafka, "snapshot", 4);
    let store = world.store.clone();
    let into = |name: &str| made(store.clone(), &format!("{}.", kafka.unique(name)));
    under_load(&world, &into, files.path());
}

/// Inputs of a live log keep the times that its clock gave them, and the new log goes by its own clock.
fn keeps_the_times(store: Arc<dyn Store>, prefix: &dyn Fn(&str) -> String) {
    let files = tempfile::tempdir().unwrap();
    let world = World::live(store.clone(), &prefix("live"), 2);
    let mut writer = world.writer("load");
    for n in 0..3 {
        write_day(&world, &mut *writer, n);
        std::thread::sleep(Duration::from_millis(20));
    }
    let file = files.path().join("one.snapshot");
    let said = saved(&world, &file);
    std::thread::sleep(Duration::from_millis(50));
    let new = empty(store, &prefix("again"), 2);
    restored(new.store.clone(), &new, &file).unwrap();
    let times = |world: &World| {
        let mut times = Vec::new();
        world.each(&world.topics.inputs, &mut |record| {
            times.push((record.partition, record.timestamp_ms, record.key.map(<[u8]>::to_vec)));
        });
        times
    };
    let (before, after) = (times(&world), times(&new));
    assert!(said.inputs > 50 && before.len() as u64 == said.inputs, "{said:?}");
    assert_eq!(before, after);
    let names = [new.topics.inputs.clone()];
    let inputs = new.store.describe_topics(&names).unwrap().remove(0).unwrap();
    assert_eq!(inputs.stamp, Stamp::LogAppendTime);
    write_day(&new, &mut *new.writer("more"), 3);
    let last = times(&new).into_iter().map(|(_, time, _)| time).max().unwrap();
    let before = before.into_iter().map(|(_, time, _)| time).max().unwrap();
    assert!(last > before + 50, "{last} after {before}");
}

#[test]
fn should_keep_the_times_of_a_live_log_in_a_folder() {
    let (_folder, store) = folder();
    keeps_the_times(store, &|name| format!("{name}."));
}

#[test]
fn should_keep_the_times_of_a_live_log_on_a_broker() {
    let Some(kafka) = support::kafka() else { return };
    let config = super::config(kafka.bootstrap());
    let store = Arc::new(buymode::kafka::KafkaStore::new(config).unwrap());
    keeps_the_times(store, &|name| format!("{}.", kafka.unique(name)));
}
