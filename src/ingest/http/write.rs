//! The writer thread: many requests in one transaction, each answered after the commit that holds it.
//! Requests that arrive during a commit go into the next transaction.
//!
//! If the outcome of a commit is unknown, its requests get a 503 and the client retries. Ids follow from
//! the vendor's data, so records written twice are duplicates to the fold. A transaction that failed
//! before its commit is certainly not in the log; it is retried here for as long as its requests wait.

use super::RETRY_AFTER;
use super::answer::Refusal;
use super::limits::Budget;
use super::map::{Fed, Request};
use super::outgoing::{Outgoing, Placed};
use super::queue::Queue;
use crate::engine::tally::Ledger;
use crate::log::partitioner::partition_of;
use crate::log::transact::{BackOff, Failure, attempt};
use crate::log::{LogError, Output, SessionSpec, Store, Writer};
use crate::runtime::exit::Exit;
use crate::runtime::observe::Observer;
use crate::runtime::supervisor::back_off;
use crate::runtime::takeovers::{Takeovers, name_taken};
use crate::runtime::worker::{Limits, now_ms};
use crate::telemetry::{RequestOutcome, Spans, Telemetry};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

/// How often an idle thread reports progress to the health check.
const TURN: Duration = Duration::from_millis(500);

pub(super) struct Committer {
    pub store: Arc<dyn Store>,
    pub transactional_id: String,
    pub inputs: String,
    pub partitions: i32,
    pub grown: Arc<OnceLock<String>>,
    pub dead_letters: String,
    pub sources: Vec<Fed>,
    pub limits: Limits,
    pub from: Receiver<Outgoing>,
    /// Learns how far requests that are mapped lie behind.
    pub queue: Arc<Queue<Request>>,
    pub telemetry: Arc<Telemetry>,
    pub budget: Arc<Budget>,
    pub stop: Arc<AtomicBool>,
}

impl Committer {
    /// Writes until all senders are gone. `writer`: or why it cannot be opened yet. The error is why the
    /// thread cannot continue.
    pub(super) fn run(self, writer: Result<Box<dyn Writer>, Exit>) -> Result<(), Exit> {
        let ended = self.write(writer);
        // Requests that are still queued are answered now, not when they time out.
        let why = self.grown.get().map_or("the service is stopping", String::as_str);
        while let Ok(outgoing) = self.from.try_recv() {
            refuse(outgoing, why);
        }
        if let Err(exit) = &ended {
            let worker = std::thread::current();
            let worker = worker.name().unwrap_or_default();
            self.telemetry.ended(worker, exit, None);
        }
        ended
    }

    fn write(&self, writer: Result<Box<dyn Writer>, Exit>) -> Result<(), Exit> {
        let mut batch: Vec<Outgoing> = Vec::new();
        let mut committed = Instant::now();
        let (mut aborts, mut pauses, mut takeovers) =
            (0_u32, BackOff::default(), Takeovers::default());
        let opened = writer.or_else(|exit| self.reopen(exit, &mut pauses).ok_or(()));
        let Ok(mut writer) = opened else { return Ok(()) };
        loop {
            self.telemetry.turned(true);
            writer.tend();
            self.telemetry.queue_bytes(self.budget.used());
            let more = self.gather(&mut batch, committed);
            // Requests that timed out have been answered with 503; they are not written.
            batch.retain(|outgoing| !outgoing.answer.is_closed());
            if batch.is_empty() {
                if more { continue } else { return Ok(()) }
            }
            if let Some(why) = self.grown.get() {
                batch.drain(..).for_each(|outgoing| refuse(outgoing, why));
                continue;
            }
            let (began, at) = (Instant::now(), SystemTime::now());
            let done = attempt(&mut *writer, &mut |writer| self.fill(writer, &batch));
            committed = Instant::now();
            self.telemetry.transaction(began.elapsed(), done.as_ref().err().map(|f| &f.error));
            let Err(Failure { error, may_be_written, is_usable }) = done else {
                (aborts, pauses) = (0, BackOff::default());
                self.trace(&batch, at);
                batch.drain(..).for_each(|outgoing| self.answer(outgoing));
                continue;
            };
            if may_be_written {
                let why = "it is unknown whether the rows were committed; send them again, \
                           nothing is counted twice";
                batch.drain(..).for_each(|outgoing| refuse(outgoing, why));
            }
            match &error {
                LogError::Fatal(why) => {
                    batch
                        .drain(..)
                        .for_each(|outgoing| refuse(outgoing, "the log refuses to write"));
                    return Err(Exit::Fatal(why.clone()));
                }
                LogError::Abort(why) | LogError::NotYet(why) => {
                    aborts += 1;
                    self.telemetry.aborted(why, aborts);
                }
                LogError::Fenced(_) if takeovers.note(Instant::now()) => {
                    drop(writer);
                    return Err(self.name_taken());
                }
                LogError::Fenced(_) | LogError::Reopen(_) => {}
            }
            if is_usable {
                back_off(pauses.next_pause(), &self.stop);
            } else {
                drop(writer);
                writer = match self.reopen(Exit::of(error), &mut pauses) {
                    Some(writer) => writer,
                    None => return Ok(()),
                };
            }
            batch.retain(|outgoing| !outgoing.answer.is_closed());
        }
    }

    fn name_taken(&self) -> Exit {
        let transactional_id = self.transactional_id.clone();
        let spec = SessionSpec { transactional_id, group: String::new(), topics: Vec::new() };
        let holder = self.store.holder(&spec);
        Exit::NameTaken(name_taken(&self.transactional_id, holder.as_ref(), now_ms()))
    }

    /// Adds waiting requests up to the limits of a transaction. Returns whether more can arrive.
    fn gather(&self, batch: &mut Vec<Outgoing>, committed: Instant) -> bool {
        let sizes = batch.iter().map(Outgoing::size);
        let (mut records, mut bytes) =
            sizes.fold((0, 0), |(records, bytes), (r, b)| (records + r, bytes + b));
        // A commit costs the same for one request as for a hundred: wait a moment for more.
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
                Err(ended) => {
                    self.queue.written(std::iter::empty(), Instant::now());
                    return ended == RecvTimeoutError::Timeout;
                }
            }
        }
        let came = batch.iter().map(|outgoing| (outgoing.source, outgoing.came));
        self.queue.written(came, Instant::now());
        true
    }

    fn fill(&self, writer: &mut dyn Writer, batch: &[Outgoing]) -> Result<(), LogError> {
        for outgoing in batch {
            let written = |topic| outgoing.trace.map(|trace| Spans::written(trace, topic));
            let traces = [written(&self.inputs), written(&self.dead_letters)];
            for (is_dead_letter, key, value) in outgoing.records() {
                let topic = if is_dead_letter { &self.dead_letters } else { &self.inputs };
                // Never into a partition that was added since: it would be acknowledged and not scored.
                let place = key.filter(|_| !is_dead_letter);
                let partition = place.map(|key| partition_of(key, self.partitions));
                let (value, trace) = (Some(value), traces[usize::from(is_dead_letter)]);
                writer.send(&Output {
                    topic,
                    partition,
                    key,
                    value,
                    trace,
                    ..Output::default()
                })?;
            }
        }
        Ok(())
    }

    /// Reports what the requests of a batch have written.
    fn trace(&self, batch: &[Outgoing], began: SystemTime) {
        let spans = self.telemetry.spans();
        for outgoing in batch {
            let Some(trace) = outgoing.trace else { continue };
            let is_dead = |placed: &&Placed| placed.is_dead_letter;
            let dead = outgoing.records.iter().filter(is_dead).count() as u64;
            let inputs = outgoing.records.len() as u64 - dead;
            for (topic, n) in [(&self.inputs, inputs), (&self.dead_letters, dead)] {
                if n > 0 {
                    spans.wrote(trace, topic, n, began);
                }
            }
        }
    }

    fn answer(&self, outgoing: Outgoing) {
        let Outgoing { source, tally, summary, answer, hold, .. } = outgoing;
        self.telemetry.ingested(&self.sources[source].name, &tally);
        drop(hold);
        // A client that stopped waiting sends the request again; its records are duplicates then.
        let _ = answer.send(Ok(summary));
    }

    /// Opens the writer again, for as long as it takes. `None`: the service is stopping.
    fn reopen(&self, mut exit: Exit, pauses: &mut BackOff) -> Option<Box<dyn Writer>> {
        let worker = std::thread::current();
        let worker = worker.name().unwrap_or_default();
        loop {
            let pause = pauses.next_pause();
            self.telemetry.ended(worker, &exit, Some(pause));
            back_off(pause, &self.stop);
            if self.stop.load(Ordering::Relaxed) {
                return None;
            }
            match self.store.writer(&self.transactional_id) {
                Ok(writer) => return Some(writer),
                Err(error) => exit = Exit::OpenFailed(error.message().to_owned()),
            }
        }
    }
}

fn refuse(outgoing: Outgoing, why: &str) {
    let refusal = Refusal::later(RequestOutcome::Unavailable, why, RETRY_AFTER);
    let _ = outgoing.answer.send(Err(refusal));
}
