//! An instance within this process: a supervised worker that scores, and what it said.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use buymode::engine::scorer::Clock;
use buymode::log::{LogError, RestoreProgress, Store, TopicPartition};
use buymode::runtime::exit::Exit;
use buymode::runtime::observe::Observer;
use buymode::runtime::supervisor::{Job, Supervisor};
use buymode::runtime::worker::Limits;

use super::world::{PATIENCE, World};

/// What an instance told of itself.
#[derive(Default)]
pub(super) struct Told(Mutex<Heard>);

#[derive(Clone, Default)]
pub(super) struct Heard {
    pub restoring: Vec<i32>,
    pub restored: Vec<i32>,
    pub revoked: Vec<i32>,
    pub aborted: Vec<String>,
    pub ended: Vec<Exit>,
}

impl Told {
    pub(super) fn so_far(&self) -> Heard {
        self.0.lock().unwrap().clone()
    }

    fn note(&self, note: impl FnOnce(&mut Heard)) {
        note(&mut self.0.lock().unwrap());
    }
}

impl Observer for Told {
    fn restoring(&self, partition: &TopicPartition, progress: Option<RestoreProgress>) {
        if progress.is_none() {
            self.note(|heard| heard.restoring.push(partition.partition));
        }
    }
    fn restored(&self, partition: &TopicPartition) {
        self.note(|heard| heard.restored.push(partition.partition));
    }
    fn revoked(&self, partition: &TopicPartition) {
        self.note(|heard| heard.revoked.push(partition.partition));
    }
    fn transaction(&self, _: Duration, _: Option<&LogError>) {}
    fn aborted(&self, why: &str, _: u32) {
        self.note(|heard| heard.aborted.push(why.to_owned()));
    }
    fn ended(&self, _: &str, why: &Exit, _: Option<Duration>) {
        self.note(|heard| heard.ended.push(why.clone()));
    }
}

pub(super) struct Running {
    pub told: Arc<Told>,
    supervisor: Supervisor,
}

impl Running {
    pub(super) fn start(world: &World, name: &str) -> Running {
        Running::on(world, name, world.store.clone(), Clock::History)
    }

    /// On another store than the world's own: one that meddles.
    pub(super) fn on(world: &World, name: &str, store: Arc<dyn Store>, clock: Clock) -> Running {
        let job = Job::new(name, world.spec(name), world.scorer(clock));
        Running::job(store, vec![job])
    }

    pub(super) fn job(store: Arc<dyn Store>, jobs: Vec<Job>) -> Running {
        let told = Arc::new(Told::default());
        let limits = Limits { batch_records_max: 500, ..Limits::default() };
        let supervisor = Supervisor::start(store, jobs, limits, told.clone()).unwrap();
        Running { told, supervisor }
    }

    pub(super) fn until(&self, what: &str, mut holds: impl FnMut(&Heard) -> bool) {
        let began = Instant::now();
        while !holds(&self.told.so_far()) {
            let heard = self.told.so_far();
            assert!(
                began.elapsed() < PATIENCE && !self.supervisor.has_ended(),
                "{what} did not come to be: {:?} {:?} restored {:?} revoked {:?}",
                heard.ended,
                heard.aborted,
                heard.restored,
                heard.revoked
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.supervisor.has_ended()
    }

    /// In an orderly way.
    pub(super) fn stop(self) {
        self.supervisor.stop();
        self.supervisor.join().unwrap();
    }

    /// It must give up by itself; why.
    pub(super) fn failure(self) -> String {
        let began = Instant::now();
        while !self.supervisor.has_ended() {
            assert!(began.elapsed() < PATIENCE, "it goes on");
            std::thread::sleep(Duration::from_millis(20));
        }
        self.supervisor.join().unwrap_err().to_string()
    }
}
