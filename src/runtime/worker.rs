//! The loop: poll what is there, process it, commit, poll again.
//!
//! One thread, one session, one transaction at a time. Batches form by themselves: at light load a
//! commit follows each poll, under load a batch grows to its bound in records, bytes and time. What it
//! wants to write is handed over as it grows, so that the log writes while we compute; a state that more
//! of the batch may change waits. A partition revoked meanwhile aborts the transaction: nothing of it was
//! published.
//!
//! `log::transact` does not fit here: the transaction is open over many polls, carries positions, and
//! after an abort the role must forget, seek back and read a smaller batch.

use super::observe::Observer;
use super::opening::Openings;
use super::role::Role;
use crate::log::calls::Caller;
use crate::log::{Log, LogError, Membership, Store, TopicPartition};
use crate::runtime::exit::Exit;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Bounds of a batch, and time limits of the loop.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub batch_records_max: usize,
    pub batch_bytes_max: usize,
    pub batch_time_max: Duration,
    /// The most records of one poll: in between, what is staged so far is handed over, and the
    /// clock and the size of the batch are looked at.
    pub hand_over_records: usize,
    /// The least time between two commits: batches of single records cost more than they bring.
    pub commit_interval_min: Duration,
    /// How long a poll waits while there is nothing to do.
    pub poll_wait: Duration,
    /// Aborts in a row after which the worker exits with the cause.
    pub aborts_max: u32,
    /// How long a restore may go without progress.
    pub restore_stall_max: Duration,
    /// How long a worker asks for the group's position of a partition. A predecessor's transaction may
    /// take its whole timeout to end, and the log as long again to notice.
    pub position_wait_max: Duration,
    /// How long a turn of the loop, or the opening of a session, may last before the watchdog takes it
    /// to stand still: longer than all the calls of a turn together.
    pub turn_max: Duration,
    /// Whether a log that cannot be opened at the first attempt is waited for: the process has run with
    /// these settings, and has started itself anew.
    pub waits_to_open: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            batch_records_max: 40_000,
            batch_bytes_max: 32 << 20,
            batch_time_max: Duration::from_millis(500),
            hand_over_records: 2_000,
            commit_interval_min: Duration::from_millis(5),
            poll_wait: Duration::from_millis(100),
            aborts_max: 5,
            restore_stall_max: Duration::from_secs(60),
            position_wait_max: Duration::from_secs(30),
            turn_max: Duration::from_secs(180),
            waits_to_open: false,
        }
    }
}

pub struct Worker<'a> {
    pub(super) log: Box<dyn Log>,
    pub(super) role: &'a mut dyn Role,
    pub(super) limits: Limits,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) openings: Openings,
    /// What the session was given, and has not been taken from it.
    pub(super) held: BTreeSet<TopicPartition>,
    last_commit: Instant,
    /// Whether the batch's transaction has begun.
    open: bool,
    /// Shrinks after an abort, grows back with each commit.
    batch_records: usize,
    aborts: u32,
}

/// Runs until `stop` is set or something ends it. Nothing is open when it returns.
pub fn run(
    store: &dyn Store,
    spec: &crate::log::SessionSpec,
    role: &mut dyn Role,
    limits: Limits,
    observer: Arc<dyn Observer>,
    stop: &AtomicBool,
) -> Exit {
    role.reset();
    let is_patient = role.is_patient();
    let thread = std::thread::current();
    let calls =
        Caller::new(&format!("worker {}", thread.name().unwrap_or_default()), limits.turn_max);
    let open = || if is_patient { store.patient_session(spec) } else { store.session(spec) };
    let log = match calls.during("opening of its session", open) {
        Ok(log) => log,
        Err(LogError::Fatal(why)) => return Exit::OpenFailed(why),
        Err(error) => return Exit::of(error),
    };
    let mut worker = Worker {
        log,
        role,
        limits,
        observer,
        openings: Openings::default(),
        held: BTreeSet::new(),
        last_commit: Instant::now(),
        open: false,
        batch_records: limits.batch_records_max,
        aborts: 0,
    };
    loop {
        if stop.load(Ordering::Relaxed) {
            return Exit::Stopped;
        }
        let turned = calls.during("turn of its loop", || worker.turn(stop));
        if let Err(ended) = turned {
            // The next session may be given others.
            for partition in std::mem::take(&mut worker.held) {
                worker.observer.revoked(&partition);
            }
            // The end of a session asks its log, too.
            calls.during("end of its session", || drop(worker));
            return ended;
        }
    }
}

impl Worker<'_> {
    fn turn(&mut self, stop: &AtomicBool) -> Result<(), Exit> {
        self.gather(stop)?;
        self.observer.turned(self.log.is_member());
        if self.role.is_patient() {
            self.observer.absent(&self.log.absent());
        }
        self.open_some(stop)?;
        self.role.idle(now_ms())?;
        if self.role.staged_bytes() > 0 {
            self.commit()?;
        }
        Ok(())
    }

    /// Polls until the batch is full, or nothing more is there and the last commit is long enough
    /// ago.
    fn gather(&mut self, stop: &AtomicBool) -> Result<(), Exit> {
        let began = Instant::now();
        let (mut records, mut handed_over) = (0, 0);
        loop {
            let wait = match records {
                0 => self.limits.poll_wait,
                _ => self.limits.commit_interval_min.saturating_sub(self.last_commit.elapsed()),
            };
            let wait = self.openings.due_in().map_or(wait, |due| due.min(wait));
            let most = self.limits.hand_over_records.min(self.batch_records - records);
            let polled = self.poll(wait, most)?;
            records += polled;
            let full = records >= self.batch_records
                || self.role.staged_bytes() >= self.limits.batch_bytes_max
                || self.role.is_full()
                || began.elapsed() >= self.limits.batch_time_max
                || stop.load(Ordering::Relaxed);
            let rested = self.last_commit.elapsed() >= self.limits.commit_interval_min;
            if full || (polled == 0 && (records == 0 || rested)) {
                return Ok(());
            }
            if records - handed_over >= self.limits.hand_over_records {
                handed_over = records;
                let (began, log) = (self.begin(), &mut self.log);
                let done = began.and_then(|()| self.role.hand_over(&mut |output| log.send(output)));
                if let Err(error) = done {
                    return self.failed(error);
                }
            }
        }
    }

    fn poll(&mut self, wait: Duration, most: usize) -> Result<usize, Exit> {
        let mut records = 0;
        let mut stopped = None;
        let role = &mut *self.role;
        let polled = self.log.poll(wait, most, &mut |record| {
            if stopped.is_none() {
                records += 1;
                stopped = role.process(record).err();
            }
        });
        if let Some(stop) = stopped {
            // Readers must not wait for the open transaction. If this fails, the next session ends it.
            if self.open {
                drop(self.log.abort());
            }
            return Err(stop.into());
        }
        match polled {
            Ok(Membership::Steady) => Ok(records),
            Ok(Membership::Assigned(partitions)) => {
                self.take(partitions);
                Ok(0)
            }
            Ok(Membership::Revoked(partitions)) => {
                self.give_up(&partitions);
                // Some records handed over may be of these partitions.
                if self.open {
                    let why = "partitions were revoked in the middle of a batch";
                    self.observer.aborted(why, self.aborts);
                    self.rewind(why)?;
                }
                Ok(0)
            }
            Err(error) => self.failed(error).map(|()| 0),
        }
    }

    fn commit(&mut self) -> Result<(), Exit> {
        let began = Instant::now();
        let done = self.transact();
        self.observer.transaction(began.elapsed(), done.as_ref().err());
        match done {
            Ok(()) => {
                self.open = false;
                self.role.committed();
                self.last_commit = Instant::now();
                self.aborts = 0;
                self.batch_records = (self.batch_records * 2).min(self.limits.batch_records_max);
                Ok(())
            }
            Err(error) => self.failed(error),
        }
    }

    fn begin(&mut self) -> Result<(), LogError> {
        if !self.open {
            self.log.begin()?;
            self.open = true;
        }
        Ok(())
    }

    fn transact(&mut self) -> Result<(), LogError> {
        self.begin()?;
        let log = &mut self.log;
        let positions = self.role.drain(&mut |output| log.send(output))?;
        self.log.commit(&positions)
    }

    /// Aborts and rewinds, or exits.
    fn failed(&mut self, error: LogError) -> Result<(), Exit> {
        let why = match error {
            LogError::Abort(why) | LogError::NotYet(why) => why,
            LogError::Reopen(_) | LogError::Fenced(_) | LogError::Fatal(_) => {
                return Err(Exit::of(error));
            }
        };
        self.aborts += 1;
        self.batch_records = (self.batch_records / 2).max(1);
        self.observer.aborted(&why, self.aborts);
        self.rewind(&why)?;
        if self.aborts >= self.limits.aborts_max {
            return Err(Exit::Blocked(why));
        }
        std::thread::sleep(Duration::from_millis(20 << self.aborts.min(6)));
        self.last_commit = Instant::now();
        Ok(())
    }

    /// Back to the last commit.
    fn rewind(&mut self, why: &str) -> Result<(), Exit> {
        self.open = false;
        let rewound = self.log.abort().and_then(|()| {
            let positions = self.role.aborted();
            self.log.seek(&positions)
        });
        rewound.map_err(|error| Exit::Retry(format!("{why}; and then: {}", error.message())))
    }
}

/// The wall clock, for what only time asks for.
pub fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}
