//! Lag: a thread of its own compares, every few seconds, the end of each partition with the next
//! offset to score. It does not use the workers, so it costs them no time. Until the instance has
//! caught up once, it compares more often, so as to report that soon.

use super::Telemetry;
use crate::engine::view::Views;
use crate::log::scan::{Scan, ScanError};
use crate::log::{Reader, Store, Watermarks};
use crate::runtime::worker::now_ms;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const EVERY: Duration = Duration::from_secs(5);
const EVERY_UNTIL_CAUGHT_UP: Duration = Duration::from_millis(250);
const SUMMARY_EVERY: Duration = Duration::from_secs(60);
/// An instance that has none of a topic's partitions by then is a standby for it.
const ASSIGNMENT_WAIT: Duration = Duration::from_secs(10);
/// The most time that is spent on counting one partition's records.
const READ_MAX: Duration = Duration::from_secs(1);
/// Up to this many offsets are read one by one: some of them are transaction markers, which are not
/// records and stay in the log.
const COUNTED_MAX: i64 = 1_000;

/// What an instance reads.
pub struct Watched {
    pub inputs: String,
    /// Topics that it forwards into the inputs.
    pub forwarded: Vec<String>,
    /// Record times are wall-clock times, so that lag has seconds, and the log's end moves on.
    pub live: bool,
}

/// Measures until it is dropped; the measurement in progress is finished.
pub struct LagMeter {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl LagMeter {
    pub fn start(
        store: Arc<dyn Store>,
        telemetry: Arc<Telemetry>,
        views: Views,
        watched: Watched,
    ) -> std::io::Result<LagMeter> {
        let (stop, stopped) = channel();
        let mut measure = Measure {
            views,
            watched,
            began: Instant::now(),
            empty: BTreeMap::new(),
            held_back: BTreeMap::new(),
            targets: BTreeMap::new(),
            at_rest: None,
        };
        let mut summary = Summary::default();
        let thread = std::thread::Builder::new().name("lag".to_owned()).spawn(move || {
            let mut reader: Option<Box<dyn Reader>> = None;
            let every = |telemetry: &Telemetry| match telemetry.has_caught_up() {
                true => EVERY,
                false => EVERY_UNTIL_CAUGHT_UP,
            };
            while stopped.recv_timeout(every(&telemetry)) == Err(RecvTimeoutError::Timeout) {
                let measured = match &mut reader {
                    Some(open) => measure.all(&mut **open, &telemetry, &stopped),
                    none => store.reader().map(|open| *none = Some(open)).map_err(ScanError::from),
                };
                summary.say(&telemetry);
                if let Err(error) = measured {
                    reader = None;
                    telemetry.lag_unknown(&error.to_string());
                    // One that cannot be asked is not asked more often than otherwise.
                    if stopped.recv_timeout(EVERY) != Err(RecvTimeoutError::Timeout) {
                        break;
                    }
                }
            }
        })?;
        Ok(LagMeter { stop: Some(stop), thread: Some(thread) })
    }
}

impl LagMeter {
    /// Asks the thread to stop, without waiting for it.
    pub fn stop(&mut self) {
        self.stop = None;
    }
}

impl Drop for LagMeter {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            // No other part depends on its result, and a panic there was logged.
            let _ = thread.join();
        }
    }
}

/// A line a minute.
struct Summary {
    said: Instant,
    counted: [u64; 2],
}

impl Default for Summary {
    fn default() -> Summary {
        Summary { said: Instant::now(), counted: [0, 0] }
    }
}

impl Summary {
    fn say(&mut self, telemetry: &Telemetry) {
        if self.said.elapsed() >= SUMMARY_EVERY {
            telemetry.worked(self.counted);
            *self = Summary { said: Instant::now(), counted: telemetry.counted() };
        }
    }
}

/// A partition of a topic.
type Partition = (String, i32);

struct Measure {
    views: Views,
    watched: Watched,
    began: Instant,
    /// Ranges of offsets that hold transaction markers only.
    empty: BTreeMap<Partition, (i64, i64)>,
    /// Since when a partition's records are held back by an open transaction, and at which offset.
    held_back: BTreeMap<Partition, (i64, Instant)>,
    /// Where each partition of a live log ended at the first look; catching up is reaching it.
    targets: BTreeMap<Partition, i64>,
    /// Where the partitions of a history stood when nothing was left at the last look.
    at_rest: Option<Vec<(i32, i64)>>,
}

impl Measure {
    fn all(
        &mut self,
        reader: &mut dyn Reader,
        telemetry: &Telemetry,
        stopped: &Receiver<()>,
    ) -> Result<(), ScanError> {
        let asks = !telemetry.has_caught_up();
        // A broker answers, and the group has given what it will: others have the rest.
        let is_restored = telemetry.is_restored();
        let is_ready = asks && is_restored;
        // Every position before any end: if then no partition has anything left, there was a moment at
        // which nothing was left at all, though partitions write into each other.
        let forwarded = if asks { telemetry.forwarded() } else { BTreeMap::new() };
        let held = self.views.partitions().into_iter();
        let scored: Vec<_> = held.filter_map(|p| Some((p, self.views.get(p)?.common()))).collect();
        let was_at_rest = self.at_rest.take();
        let mut left = false;
        for (partition, common) in &scored {
            if stopped.try_recv() == Err(TryRecvError::Disconnected) {
                return Ok(());
            }
            let at = (self.watched.inputs.clone(), *partition);
            let range = reader.watermarks(&at.0, at.1)?;
            let end = range.stable;
            let records = self.behind(reader, &at, common.next_offset, end)?;
            telemetry.held_back(*partition, self.held_back_for(&at, range));
            // An open transaction may hold a tick or a transfer, which the end of a history waits for.
            left |= !self.watched.live && range.high > end;
            let age = (now_ms() - common.time.0).max(0) as f64 / 1_000.0;
            let seconds = if records > 0 && common.time.0 > 0 { age } else { 0.0 };
            telemetry.lag(*partition, records, self.watched.live.then_some(seconds));
            left |= records > 0 && common.next_offset < self.target(is_ready, &at, end);
        }
        if is_restored {
            telemetry.keep_lag_of(&scored.iter().map(|(partition, _)| *partition).collect());
        }
        let is_whole = self.is_assigned(!scored.is_empty(), &forwarded);
        if !is_ready || left || !is_whole {
            return Ok(());
        }
        for (at, next) in &forwarded {
            let end = reader.watermarks(&at.0, at.1)?.stable;
            let target = self.target(is_ready, at, end);
            if *next < target && self.behind(reader, at, *next, end)? > 0 {
                return Ok(());
            }
        }
        // A worker of a history that has read everything may still ask for a tick, at its next turn.
        let stand: Vec<_> = scored.iter().map(|(p, common)| (*p, common.next_offset)).collect();
        if self.watched.live || was_at_rest.as_ref() == Some(&stand) {
            telemetry.caught_up();
        }
        self.at_rest = Some(stand);
        Ok(())
    }

    fn held_back_for(&mut self, at: &Partition, range: Watermarks) -> Duration {
        if range.high <= range.stable {
            self.held_back.remove(at);
            return Duration::ZERO;
        }
        let (stable, since) =
            self.held_back.entry(at.clone()).or_insert((range.stable, Instant::now()));
        if *stable != range.stable {
            (*stable, *since) = (range.stable, Instant::now());
        }
        since.elapsed()
    }

    /// Where the partition has to be read up to.
    fn target(&mut self, is_ready: bool, at: &Partition, end: i64) -> i64 {
        match self.watched.live && is_ready {
            true => *self.targets.entry(at.clone()).or_insert(end),
            false => end,
        }
    }

    /// Whether the group has given this instance what it will.
    fn is_assigned(&self, scores: bool, forwarded: &BTreeMap<Partition, i64>) -> bool {
        let has = |topic: &String| forwarded.keys().any(|(held, _)| held == topic);
        let all = scores && self.watched.forwarded.iter().all(has);
        all || self.began.elapsed() > ASSIGNMENT_WAIT
    }

    fn behind(
        &mut self,
        reader: &mut dyn Reader,
        at: &Partition,
        next: i64,
        end: i64,
    ) -> Result<i64, ScanError> {
        let offsets = end - next;
        if offsets <= 0 || self.empty.get(at) == Some(&(next, end)) {
            return Ok(0);
        }
        if offsets > COUNTED_MAX {
            return Ok(offsets);
        }
        let mut records = 0;
        let scan = Scan::range(&at.0, at.1, next..end).until(Instant::now() + READ_MAX);
        let reached = scan.each(reader, &mut |_| records += 1)?;
        if records == 0 && reached >= end {
            self.empty.insert(at.clone(), (next, end));
        }
        Ok(records)
    }
}
