//! Keeps workers running: each on its own OS thread, started again after growing pauses where a
//! retry can help; all of them are stopped together.

use super::observe::Observer;
use super::role::{Role, Stop};
use super::takeovers::{Takeovers, name_taken};
use super::worker::{Limits, now_ms, run};
use crate::log::transact::BackOff;
use crate::log::{SessionSpec, Store};
use crate::runtime::exit::Exit;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// After a run this long the next pause is short again.
const HEALTHY: Duration = Duration::from_secs(60);

/// Makes a role on the thread that it then stays on.
pub type MakeRole = Box<dyn FnOnce() -> Result<Box<dyn Role>, Stop> + Send>;

/// One worker to keep running.
pub struct Job {
    pub name: String,
    pub spec: SessionSpec,
    pub role: MakeRole,
}

impl Job {
    /// With a role that exists already.
    pub fn new(name: &str, spec: SessionSpec, role: impl Role + Send + 'static) -> Job {
        Job { name: name.to_owned(), spec, role: Box::new(|| Ok(Box::new(role))) }
    }
}

pub struct Supervisor {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Result<(), Exit>>>,
}

impl Supervisor {
    pub fn start(
        store: Arc<dyn Store>,
        jobs: Vec<Job>,
        limits: Limits,
        observer: Arc<dyn Observer>,
    ) -> std::io::Result<Supervisor> {
        let stop = Arc::new(AtomicBool::new(false));
        let mut threads = Vec::new();
        for job in jobs {
            let (store, observer, stop) = (store.clone(), observer.clone(), stop.clone());
            let thread = std::thread::Builder::new().name(job.name.clone());
            threads.push(
                thread.spawn(move || run_supervised(&*store, job, limits, &observer, &stop))?,
            );
        }
        Ok(Supervisor { stop, threads })
    }

    /// Asks every worker to stop after its open transaction.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether a worker has ended for good.
    pub fn has_ended(&self) -> bool {
        self.threads.iter().any(JoinHandle::is_finished)
    }

    /// Waits for every worker; returns the first failure, if any.
    pub fn join(self) -> Result<(), Exit> {
        let mut failed = Ok(());
        for thread in self.threads {
            let panicked = || Err(Exit::Fatal("a worker panicked".to_owned()));
            let ended = thread.join().unwrap_or_else(|_| panicked());
            // One failed worker stops the others: half an instance would look healthy.
            if ended.is_err() {
                self.stop.store(true, Ordering::Relaxed);
            }
            failed = failed.and(ended);
        }
        failed
    }
}

fn run_supervised(
    store: &dyn Store,
    job: Job,
    limits: Limits,
    observer: &Arc<dyn Observer>,
    stop: &AtomicBool,
) -> Result<(), Exit> {
    let mut role = (job.role)().map_err(Exit::from)?;
    let (mut pauses, mut takeovers) = (BackOff::default(), Takeovers::default());
    let mut has_run = limits.waits_to_open;
    loop {
        let began = Instant::now();
        let exit = run(store, &job.spec, &mut *role, limits, observer.clone(), stop);
        let ran = began.elapsed();
        if ran > HEALTHY {
            pauses = BackOff::default();
        }
        has_run |= !matches!(exit, Exit::OpenFailed(_));
        let (exit, again) = match exit {
            Exit::Stopped => return Ok(()),
            Exit::Fenced(_) if takeovers.note(Instant::now()) => {
                let holder = store.holder(&job.spec);
                let said = name_taken(&job.spec.transactional_id, holder.as_ref(), now_ms());
                (Exit::NameTaken(said), false)
            }
            Exit::Fenced(_) => (exit, true),
            Exit::OpenFailed(_) => (exit, has_run),
            Exit::Retry(_) | Exit::Blocked(_) => (exit, true),
            Exit::Fatal(_) | Exit::NameTaken(_) => (exit, false),
        };
        if !again {
            observer.ended(&job.name, &exit, None);
            return Err(exit);
        }
        let pause = pauses.next_pause();
        observer.ended(&job.name, &exit, Some(pause));
        back_off(pause, stop);
    }
}

/// Sleeps for `pause`, or until `stop` is set.
pub fn back_off(pause: Duration, stop: &AtomicBool) {
    let until = Instant::now() + pause;
    while Instant::now() < until && !stop.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(20));
    }
}
