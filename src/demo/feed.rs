//! Writes the generated records to the log in transactions, at a given rate.

use super::books::Books;
use super::ground::{Ground, Progress};
use super::make::{FIRST_DAY, Made, Maker, Spoil, What};
use super::pace::{self, Pace};
use crate::codec::Codec;
use crate::domain::account::input::Input;
use crate::domain::account::records::{Tick, TickReason};
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Timestamp;
use crate::log::{Output, Store, Writer};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Maximum number of records in a transaction.
const BATCH: u64 = 2_000;
/// Maximum lead of the generator over the worker, in records: enough to keep it busy, but few enough
/// that a slow worker finishes soon when the run ends.
const LEAD_MAX: u64 = 6_000;
const BEAT: Duration = Duration::from_millis(50);

/// The generator's progress in this run, for other threads.
#[derive(Default)]
pub(super) struct Meter {
    /// Generated records without ticks, which is what `--signals` counts.
    pub signals: AtomicU64,
    /// Records written to the inputs topic; a record for all accounts counts once per partition.
    pub written: AtomicU64,
    /// Time of the demo's calendar in milliseconds.
    pub time_ms: AtomicU64,
}

pub(super) struct Feed {
    store: Arc<dyn Store>,
    codec: Codec,
    inputs: String,
    partitions: i32,
    maker: Maker,
    progress: Progress,
    progress_topic: String,
    writer_id: String,
    /// No record is written of a later time.
    until: Option<Timestamp>,
    is_over: bool,
    /// Thousandths of a signal per second; `None`: as fast as the worker folds them.
    rate_milli: Option<u64>,
    signals_max: u64,
    meter: Arc<Meter>,
    books: Arc<Books>,
    value: Vec<u8>,
}

impl Feed {
    pub(super) fn new(
        store: Arc<dyn Store>,
        codec: Codec,
        ground: &Ground,
        pace: Pace,
        signals_max: Option<u64>,
        meter: Arc<Meter>,
        books: Arc<Books>,
    ) -> Feed {
        Feed {
            store,
            codec,
            inputs: ground.topics.inputs.clone(),
            partitions: ground.partitions,
            maker: Maker::new(ground.progress.recipe),
            progress: ground.progress,
            progress_topic: ground.progress_topic.clone(),
            writer_id: ground.writer_id.clone(),
            until: ground.until,
            is_over: false,
            rate_milli: pace.signals_milli(ground.progress.recipe.companies),
            signals_max: signals_max.unwrap_or(u64::MAX),
            meter,
            books,
            value: Vec::new(),
        }
    }

    /// Writes until `stop` is set or the requested number is written.
    pub(super) fn run(mut self, stop: &AtomicBool) -> anyhow::Result<()> {
        // Records already in the log are generated again, for the generator's state, but not sent.
        for _ in 0..self.progress.made {
            if stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            self.maker.next();
        }
        let mut writer = self.store.writer(&self.writer_id)?;
        let began = Instant::now();
        let mut paced = 0;
        while !stop.load(Ordering::Relaxed) {
            let left = self.signals_max - self.meter.signals.load(Ordering::Relaxed);
            if left == 0 || self.is_over {
                break;
            }
            let due = match self.rate_milli {
                Some(milli) => pace::due(milli, began.elapsed()).saturating_sub(paced),
                None => BATCH,
            };
            let ahead =
                self.meter.written.load(Ordering::Relaxed).saturating_sub(self.books.read());
            if due == 0 || ahead > LEAD_MAX {
                std::thread::sleep(BEAT.min(Duration::from_millis(if due == 0 { 50 } else { 5 })));
                continue;
            }
            paced += self.transaction(&mut *writer, due.min(BATCH), left)?;
        }
        Ok(())
    }

    /// Writes one transaction of about `due` signals. Returns the number that counts for the rate.
    fn transaction(&mut self, writer: &mut dyn Writer, due: u64, left: u64) -> anyhow::Result<u64> {
        writer.begin()?;
        let (mut paced, mut signals, mut written, mut made, mut time) = (0, 0, 0, 0, 0);
        while paced < due && signals < left && made < BATCH {
            let Some(next) = self.maker.next() else { break };
            if self.until.is_some_and(|until| next.time > until) {
                self.is_over = true;
                break;
            }
            made += 1;
            time = next.time.0;
            let is_signal = !matches!(next.what, What::Tick);
            signals += u64::from(is_signal);
            // The first dump is loaded all at once, as an import would be.
            paced += u64::from(is_signal && next.time.day() != FIRST_DAY);
            written += self.write(writer, next)?;
        }
        self.progress.made += made;
        self.progress.send(&self.progress_topic, writer)?;
        writer.commit(&[])?;
        self.meter.signals.fetch_add(signals, Ordering::Relaxed);
        self.meter.written.fetch_add(written, Ordering::Relaxed);
        if made > 0 {
            self.meter.time_ms.store(time.unsigned_abs(), Ordering::Relaxed);
        }
        Ok(paced)
    }

    fn write(&mut self, writer: &mut dyn Writer, made: Made) -> anyhow::Result<u64> {
        self.value.clear();
        let stamp = Some(made.time.0.max(1));
        match made.what {
            What::Account { account, input } => {
                self.codec.encode_input(&self.inputs, &account, &input, &mut self.value)?;
                self.send(writer, None, Some(account.as_str().as_bytes()), stamp)?;
                return Ok(1);
            }
            What::Spoilt { account, input, how } => {
                self.spoilt(writer, &account, &input, how, stamp)?;
                return Ok(1);
            }
            What::Broadcast(broadcast) => {
                self.codec.encode_broadcast(&self.inputs, &broadcast, &mut self.value)?;
            }
            What::Tick => {
                let tick = Tick { reason: TickReason::Due };
                self.codec.encode_tick(&self.inputs, tick, &mut self.value)?;
            }
        }
        for partition in 0..self.partitions {
            self.send(writer, Some(partition), None, stamp)?;
        }
        Ok(u64::from(self.partitions.unsigned_abs()))
    }

    fn spoilt(
        &mut self,
        writer: &mut dyn Writer,
        account: &AccountKey,
        input: &Input,
        how: Spoil,
        stamp: Option<i64>,
    ) -> anyhow::Result<()> {
        self.codec.encode_input(&self.inputs, account, input, &mut self.value)?;
        let mut key = account.as_str().as_bytes();
        match how {
            Spoil::RandomBytes(bytes) => self.value = bytes,
            Spoil::WrongSchemaId => {
                for byte in self.value.iter_mut().skip(1).take(4) {
                    *byte = 0xEE;
                }
            }
            Spoil::Truncated => self.value.truncate(self.value.len() * 2 / 3),
            Spoil::WrongKey => key = b"Acme, Inc.",
            Spoil::Empty => {
                let output = Output {
                    topic: &self.inputs,
                    key: Some(key),
                    timestamp_ms: stamp,
                    ..Output::default()
                };
                return Ok(writer.send(&output)?);
            }
        }
        self.send(writer, None, Some(key), stamp)
    }

    fn send(
        &self,
        writer: &mut dyn Writer,
        partition: Option<i32>,
        key: Option<&[u8]>,
        timestamp_ms: Option<i64>,
    ) -> anyhow::Result<()> {
        let topic = &self.inputs;
        let value = Some(&self.value[..]);
        let to = Output { topic, partition, key, ..Output::default() };
        let output = Output { value, timestamp_ms, ..to };
        Ok(writer.send(&output)?)
    }
}
