//! The writer thread: many requests in one transaction, each answered after the commit that holds
//! it. Requests that come while a commit is under way make the next one.
//!
//! Where whether a commit took place is not known, its requests are told to come again: ids follow
//! from what a vendor sent, so that what was written twice after all is a duplicate to the fold.
//! What failed before its commit is not in the log for certain, and is tried again here for as long
//! as its requests wait.

use super::RETRY_AFTER;
use super::answer::Refusal;
use super::limits::Budget;
use super::map::Fed;
use super::outgoing::Outgoing;
use crate::engine::tally::Ledger;
use crate::log::{LogError, Output, Store, Writer};
use crate::runtime::ended::Ended;
use crate::runtime::observe::Observer;
use crate::runtime::worker::Limits;
use crate::telemetry::{RequestOutcome, Telemetry};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

const PAUSE_MIN: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// How often a thread without work shows that it lives.
const TURN: Duration = Duration::from_millis(500);
/// Takeovers in a row after which two instances are taken to be fighting over one id.
const FENCED_MAX: u32 = 8;

pub struct Committer {
    pub store: Arc<dyn Store>,
    pub transactional_id: String,
    pub inputs: String,
    pub dead_letters: String,
    pub sources: Vec<Fed>,
    pub limits: Limits,
    pub from: Receiver<Outgoing>,
    pub telemetry: Arc<Telemetry>,
    pub budget: Arc<Budget>,
    pub stop: Arc<AtomicBool>,
}

/// At which step a transaction failed.
enum Failed {
    /// Nothing of it is in the log.
    Before(LogError),
    /// Perhaps all of it is.
    Commit(LogError),
}

impl Committer {
    /// Writes until nobody can send anything more. The error is why it cannot go on.
    pub fn run(self, writer: Box<dyn Writer>) -> Result<(), String> {
        let ended = self.write(writer);
        // What still comes is told at once, not when its time is over.
        while let Ok(outgoing) = self.from.try_recv() {
            refuse(outgoing, "the service is stopping");
        }
        if let Err(why) = &ended {
            let worker = std::thread::current();
            let worker = worker.name().unwrap_or_default();
            self.telemetry.ended(worker, &Ended::Fatal(why.clone()), None);
        }
        ended
    }

    fn write(&self, mut writer: Box<dyn Writer>) -> Result<(), String> {
        let mut batch: Vec<Outgoing> = Vec::new();
        let mut committed = Instant::now();
        let (mut aborts, mut fenced) = (0_u32, 0_u32);
        loop {
            self.telemetry.turned();
            self.telemetry.queue_bytes(self.budget.used());
            let more = self.gather(&mut batch, committed);
            // Those that have been told to come again are not written for nobody.
            batch.retain(|outgoing| !outgoing.answer.is_closed());
            if batch.is_empty() {
                if more { continue } else { return Ok(()) }
            }
            let began = Instant::now();
            let done = self.transaction(&mut *writer, &batch);
            committed = Instant::now();
            let error = match &done {
                Ok(()) => None,
                Err(Failed::Before(error) | Failed::Commit(error)) => Some(error),
            };
            self.telemetry.transaction(began.elapsed(), error);
            let failed = match done {
                Ok(()) => {
                    (aborts, fenced) = (0, 0);
                    batch.drain(..).for_each(|outgoing| self.answer(outgoing));
                    continue;
                }
                Err(failed) => failed,
            };
            let unknown = matches!(failed, Failed::Commit(LogError::Reopen(_)));
            let (Failed::Before(error) | Failed::Commit(error)) = failed;
            if unknown {
                let why = "whether the log has the rows is not known: send them again, \
                           nothing is counted twice";
                batch.drain(..).for_each(|outgoing| refuse(outgoing, why));
            }
            match error {
                LogError::Fatal(why) => {
                    batch.drain(..).for_each(|outgoing| refuse(outgoing, "the log refuses us"));
                    return Err(why);
                }
                LogError::Abort(why) | LogError::NotYet(why) => {
                    aborts += 1;
                    self.telemetry.aborted(&why, aborts);
                    if writer.abort().is_err() {
                        writer = match self.reopen(writer, &why, &mut fenced)? {
                            Some(writer) => writer,
                            None => return Ok(()),
                        };
                    }
                    let pause = PAUSE_MIN * 2_u32.saturating_pow(aborts.min(6));
                    self.rest(pause.min(PAUSE_MAX), &mut batch);
                }
                LogError::Reopen(why) => {
                    writer = match self.reopen(writer, &why, &mut fenced)? {
                        Some(writer) => writer,
                        None => return Ok(()),
                    };
                }
            }
        }
    }

    /// Adds what waits, up to the bounds of a transaction. Whether more can come.
    fn gather(&self, batch: &mut Vec<Outgoing>, committed: Instant) -> bool {
        let sizes = batch.iter().map(Outgoing::size);
        let (mut records, mut bytes) =
            sizes.fold((0, 0), |(records, bytes), (r, b)| (records + r, bytes + b));
        // A commit costs the same for one request as for a hundred: wait a moment for others.
        let until = committed + self.limits.commit_interval_min;
        while records < self.limits.batch_records_max && bytes < self.limits.batch_bytes_max {
            let wait = if batch.is_empty() {
                TURN
            } else {
                until.saturating_duration_since(Instant::now())
            };
            match self.from.recv_timeout(wait) {
                Ok(outgoing) => {
                    let (r, b) = outgoing.size();
                    (records, bytes) = (records + r, bytes + b);
                    batch.push(outgoing);
                }
                Err(RecvTimeoutError::Timeout) => return true,
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
        true
    }

    fn transaction(&self, writer: &mut dyn Writer, batch: &[Outgoing]) -> Result<(), Failed> {
        writer.begin().map_err(Failed::Before)?;
        for (is_dead_letter, key, value) in batch.iter().flat_map(Outgoing::records) {
            let topic = if is_dead_letter { &self.dead_letters } else { &self.inputs };
            let output = Output { topic, key, value: Some(value), ..Output::default() };
            writer.send(&output).map_err(Failed::Before)?;
        }
        writer.commit(&[]).map_err(Failed::Commit)
    }

    fn answer(&self, outgoing: Outgoing) {
        let Outgoing { source, tally, summary, answer, hold, .. } = outgoing;
        self.telemetry.ingested(&self.sources[source].name, &tally);
        drop(hold);
        // Whoever gave up waiting sends again; it is the same then.
        let _ = answer.send(Ok(summary));
    }

    /// Opens the writer anew, for as long as it takes. `None`: it is to stop.
    fn reopen(
        &self,
        former: Box<dyn Writer>,
        why: &str,
        fenced: &mut u32,
    ) -> Result<Option<Box<dyn Writer>>, String> {
        drop(former);
        if why.contains("fenced by another instance") {
            *fenced += 1;
            if *fenced >= FENCED_MAX {
                return Err(why.to_owned());
            }
        }
        let worker = std::thread::current();
        let worker = worker.name().unwrap_or_default();
        let mut ended = Ended::Reopen(why.to_owned());
        let mut pause = PAUSE_MIN;
        loop {
            self.telemetry.ended(worker, &ended, Some(pause));
            self.rest(pause, &mut Vec::new());
            if self.stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            match self.store.writer(&self.transactional_id) {
                Ok(writer) => return Ok(Some(writer)),
                Err(error) => ended = Ended::Unopened(error.message().to_owned()),
            }
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Waits, but not past a stop.
    fn rest(&self, pause: Duration, batch: &mut Vec<Outgoing>) {
        let until = Instant::now() + pause;
        while Instant::now() < until && !self.stop.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(20));
        }
        batch.retain(|outgoing| !outgoing.answer.is_closed());
    }
}

fn refuse(outgoing: Outgoing, why: &str) {
    let refusal = Refusal::later(RequestOutcome::Unavailable, why, RETRY_AFTER);
    let _ = outgoing.answer.send(Err(refusal));
}
