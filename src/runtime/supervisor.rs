//! Keeps workers running: each on its own OS thread, started again with growing pauses where that
//! can help, and all of them stopped together.

use super::observe::Observer;
use super::role::{Role, Stop};
use super::worker::{Limits, run};
use crate::log::{SessionSpec, Store};
use crate::runtime::ended::Ended;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const PAUSE_MIN: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(10);
/// A worker that ran this long has earned a short pause again.
const HEALTHY: Duration = Duration::from_secs(60);
/// Takeovers in a row after which two workers are taken to be fighting over one id.
const FENCED_MAX: u32 = 8;

/// Makes a role on the thread that it then stays on.
pub type MakeRole = Box<dyn FnOnce() -> Result<Box<dyn Role>, Stop> + Send>;

/// One worker to keep running.
pub struct Job {
    pub name: String,
    pub spec: SessionSpec,
    pub role: MakeRole,
}

impl Job {
    /// With a role that is made already.
    pub fn new(name: &str, spec: SessionSpec, role: impl Role + Send + 'static) -> Job {
        Job { name: name.to_owned(), spec, role: Box::new(|| Ok(Box::new(role))) }
    }
}

pub struct Supervisor {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Result<(), String>>>,
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
            threads.push(thread.spawn(move || keep(&*store, job, limits, &observer, &stop))?);
        }
        Ok(Supervisor { stop, threads })
    }

    /// Asks every worker to stop after the transaction it is in.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether a worker has ended for good.
    pub fn has_ended(&self) -> bool {
        self.threads.iter().any(JoinHandle::is_finished)
    }

    /// Waits for every worker; the first reason to fail, if any.
    pub fn join(self) -> Result<(), String> {
        let mut failed = Ok(());
        for thread in self.threads {
            let ended = thread.join().unwrap_or_else(|_| Err("a worker panicked".to_owned()));
            // One that fails takes the others with it: half an instance would look healthy.
            if ended.is_err() {
                self.stop.store(true, Ordering::Relaxed);
            }
            failed = failed.and(ended);
        }
        failed
    }
}

fn keep(
    store: &dyn Store,
    job: Job,
    limits: Limits,
    observer: &Arc<dyn Observer>,
    stop: &AtomicBool,
) -> Result<(), String> {
    let mut role = (job.role)().map_err(|stop| stop.to_string())?;
    let mut pause = PAUSE_MIN;
    let mut fenced = 0;
    let mut has_run = false;
    loop {
        let began = Instant::now();
        let ended = run(store, &job.spec, &mut *role, limits, observer.clone(), stop);
        if began.elapsed() > HEALTHY {
            pause = PAUSE_MIN;
            fenced = 0;
        }
        if ended.to_string().contains("fenced by another instance") {
            fenced += 1;
        }
        has_run |= !matches!(ended, Ended::Unopened(_));
        let again = match &ended {
            Ended::Asked | Ended::Fatal(_) => None,
            Ended::Unopened(_) => has_run.then_some(pause),
            Ended::Reopen(_) if fenced >= FENCED_MAX => None,
            Ended::Reopen(_) | Ended::Stuck(_) => Some(pause),
        };
        if ended != Ended::Asked {
            observer.ended(&job.name, &ended, again);
        }
        match (ended, again) {
            (Ended::Asked, _) => return Ok(()),
            (ended, None) => return Err(ended.to_string()),
            (_, Some(pause)) => rest(pause, stop),
        }
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

/// Sleeps, but not past a stop.
fn rest(pause: Duration, stop: &AtomicBool) {
    let until = Instant::now() + pause;
    while Instant::now() < until && !stop.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(20));
    }
}
