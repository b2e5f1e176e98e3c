//! Lag: a thread of its own compares, every few seconds, the end of each partition with the next
//! offset to score. It does not use the workers, so it costs them no time.

use super::Telemetry;
use crate::engine::view::Views;
use crate::log::scan::{Scan, ScanError};
use crate::log::{Reader, Store};
use crate::runtime::worker::now_ms;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const EVERY: Duration = Duration::from_secs(5);
/// The most time that is spent on counting one partition's records.
const READ_MAX: Duration = Duration::from_secs(1);
/// Up to this many offsets are read one by one: some of them are transaction markers, which are not
/// records and stay in the log.
const COUNTED_MAX: i64 = 1_000;

/// Measures until it is dropped; the measurement in progress is finished.
pub struct LagMeter {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl LagMeter {
    /// `live`: record times are wall-clock times, so that lag can be given in seconds too.
    pub fn start(
        store: Arc<dyn Store>,
        telemetry: Arc<Telemetry>,
        views: Views,
        inputs: String,
        live: bool,
    ) -> std::io::Result<LagMeter> {
        let (stop, stopped) = channel();
        let mut measure = Measure { views, inputs, live, empty: BTreeMap::new() };
        let thread = std::thread::Builder::new().name("lag".to_owned()).spawn(move || {
            let mut reader: Option<Box<dyn Reader>> = None;
            while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                let measured = match &mut reader {
                    Some(open) => measure.all(&mut **open, &telemetry, &stopped),
                    none => store.reader().map(|open| *none = Some(open)).map_err(ScanError::from),
                };
                if let Err(error) = measured {
                    reader = None;
                    telemetry.lag_unknown(&error.to_string());
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

struct Measure {
    views: Views,
    inputs: String,
    live: bool,
    /// Ranges of offsets that hold transaction markers only.
    empty: BTreeMap<i32, (i64, i64)>,
}

impl Measure {
    fn all(
        &mut self,
        reader: &mut dyn Reader,
        telemetry: &Telemetry,
        stopped: &Receiver<()>,
    ) -> Result<(), ScanError> {
        for partition in self.views.partitions() {
            if stopped.try_recv() == Err(TryRecvError::Disconnected) {
                break;
            }
            let Some(view) = self.views.get(partition) else { continue };
            let common = view.common();
            let end = reader.watermarks(&self.inputs, partition)?.stable;
            let records = self.behind(reader, partition, common.next_offset, end)?;
            let age = (now_ms() - common.time.0).max(0) as f64 / 1_000.0;
            let seconds = if records > 0 && common.time.0 > 0 { age } else { 0.0 };
            telemetry.lag(partition, records, self.live.then_some(seconds));
        }
        Ok(())
    }

    fn behind(
        &mut self,
        reader: &mut dyn Reader,
        partition: i32,
        next: i64,
        end: i64,
    ) -> Result<i64, ScanError> {
        let offsets = end - next;
        if offsets <= 0 || self.empty.get(&partition) == Some(&(next, end)) {
            return Ok(0);
        }
        if offsets > COUNTED_MAX {
            return Ok(offsets);
        }
        let mut records = 0;
        let scan = Scan::range(&self.inputs, partition, next..end).until(Instant::now() + READ_MAX);
        let reached = scan.each(reader, &mut |_| records += 1)?;
        if records == 0 && reached >= end {
            self.empty.insert(partition, (next, end));
        }
        Ok(records)
    }
}
