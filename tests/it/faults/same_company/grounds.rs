//! Logs that the story happens on.

use super::PARTITIONS;
use crate::cli::ok;
use crate::faults::instance::Instance;
use crate::faults::world::{PATIENCE, World};
use crate::pipeline::{PROFILE, activate, score, tick, write};
use buymode::domain::account::input::Input;
use buymode::domain::terms::account::AccountKey;
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::log::Writer;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A log that the story happens on.
pub(super) trait Ground {
    fn write(&mut self, day: i64, inputs: &[(AccountKey, Input)]);
    /// Calls `buymode aliases` while more comes in.
    fn meanwhile(&mut self, calls: &[Vec<String>], day: i64, inputs: &[(AccountKey, Input)]);
    /// Until everything is folded, whatever it leads to.
    fn settle(&mut self);
}

fn change(calls: &[Vec<String>], place: [&str; 2]) {
    for call in calls {
        let call: Vec<&str> = call.iter().map(String::as_str).collect();
        ok(&[&["aliases"], &call[..], &place].concat());
    }
}

/// On a broker, with two instances.
pub(super) struct Broker<'a> {
    pub world: &'a World,
    pub writer: Box<dyn Writer>,
    pub config: PathBuf,
    pub instances: [Instance; 2],
    /// Whether one has died.
    pub died: bool,
}

impl Broker<'_> {
    /// Kills the first instance that takes part in a merge.
    fn kill(&mut self, before: [u64; 2]) {
        let began = Instant::now();
        let victim = loop {
            let seen = [0, 1].map(|i| self.instances[i].applied("transfer"));
            if let Some(victim) = (0..2).find(|i| seen[*i] > before[*i]) {
                break victim;
            }
            assert!(began.elapsed() < PATIENCE, "nobody merges");
            std::thread::sleep(Duration::from_millis(2));
        };
        let victim = &mut self.instances[victim];
        victim.kill9();
        let left: usize = (0..PARTITIONS).map(|p| self.world.left(p)).sum();
        println!("kill -9 of {} with {left} inputs to be read", victim.name);
        victim.restart();
        self.died = true;
    }
}

impl Ground for Broker<'_> {
    fn write(&mut self, day: i64, inputs: &[(AccountKey, Input)]) {
        on_day(self.world, &mut *self.writer, day, inputs);
    }

    fn meanwhile(&mut self, calls: &[Vec<String>], day: i64, inputs: &[(AccountKey, Input)]) {
        let before = [0, 1].map(|i| self.instances[i].applied("transfer"));
        let world = self.world;
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let mut writer = world.writer("meanwhile");
                for some in inputs.chunks(16) {
                    write(&mut *writer, &world.topics, &dated(day, some));
                    std::thread::sleep(Duration::from_millis(10));
                }
            });
            change(calls, ["--config", self.config.to_str().unwrap()]);
            if !self.died {
                self.kill(before);
            }
        });
    }

    fn settle(&mut self) {
        self.world.await_consumed_while(|| {
            for instance in &mut self.instances {
                assert!(
                    instance.ended().is_none(),
                    "{} ended:\n{}",
                    instance.name,
                    instance.said()
                );
            }
        });
    }
}

/// In a folder, one partition after the other, and nobody dies. It is opened for each act: others
/// change aliases in between.
pub(super) struct Folder(pub PathBuf);

impl Folder {
    pub(super) fn world(&self) -> World {
        let store = EmbeddedStore::open(&EmbeddedOptions::new(&self.0)).unwrap();
        World::history(Arc::new(store), "", PARTITIONS)
    }
}

impl Ground for Folder {
    fn write(&mut self, day: i64, inputs: &[(AccountKey, Input)]) {
        let world = self.world();
        on_day(&world, &mut *world.writer("story"), day, inputs);
    }

    fn meanwhile(&mut self, calls: &[Vec<String>], day: i64, inputs: &[(AccountKey, Input)]) {
        self.settle();
        change(calls, ["--embedded", self.0.to_str().unwrap()]);
        self.write(day, inputs);
    }

    fn settle(&mut self) {
        let world = self.world();
        score(&*world.store, &world.topics, PARTITIONS, PATIENCE);
    }
}

fn dated(day: i64, inputs: &[(AccountKey, Input)]) -> Vec<(AccountKey, Input, i64)> {
    inputs.iter().map(|(account, input)| (account.clone(), input.clone(), day)).collect()
}

/// The day begins in every partition, so that what they send each other is of the same day.
fn on_day(world: &World, writer: &mut dyn Writer, day: i64, inputs: &[(AccountKey, Input)]) {
    if day == 0 {
        activate(writer, &world.topics, PARTITIONS, PROFILE, 1, 0);
    }
    tick(writer, &world.topics, PARTITIONS, day);
    write(writer, &world.topics, &dated(day, inputs));
}
