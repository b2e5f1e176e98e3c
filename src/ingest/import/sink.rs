//! Where records go: into transactions at once on a live topic, through the sorter on a history
//! topic, to the caller who collects them, nowhere on a dry run. Dead letters and changes of the
//! sources topic go into the same transactions.
//!
//! An import of several mappings, or of snapshots whose rows are kept, goes through the sorter on a
//! live topic too: merged in order of time, and written only once all of it was read and judged.

use super::kept::Change;
use super::known::KnownDeadLetters;
use super::late::Late;
use super::sort::{Sorted, Sorter, To};
use super::{Destination, ImportError, ImportOptions, Phase, Progress, Summary, TracedRow, Watch};
use crate::codec::Codec;
use crate::domain::account::records::{DeadLetter, Tick, TickReason};
use crate::domain::terms::time::Timestamp;
use crate::log::partitioner::partition_of;
use crate::log::scan::topic_spec;
use crate::log::transact::{Failure, Found, Transactor};
use crate::log::{LogError, Output, Stamp, Store, Writer};
use crate::mapping::canonical::{Canonical, RowError};

/// One transaction stays well below Kafka's time limit for it.
const BATCH_RECORDS: usize = 5_000;
const BATCH_BYTES: usize = 4 << 20;

pub(super) enum Entry {
    Record(Box<Canonical>),
    DeadLetter(Box<DeadLetter>),
    /// Of the sources topic, after the records of its row; with the time of its snapshot.
    Kept(Box<Change>, Timestamp),
}

pub(super) struct Sink<'a> {
    /// Whether the topic stamps records with the clock; a dry run takes the past as it is.
    pub live: bool,
    log: Option<Batches<'a>>,
    /// In place of a log.
    keep: Option<&'a mut dyn FnMut(Canonical)>,
    /// Called with the outcome of every row, in place of a log.
    report: Option<&'a mut dyn FnMut(TracedRow)>,
    /// For a history, several mappings and snapshots.
    sorter: Option<Sorter>,
    /// The largest time of the records so far.
    newest: Timestamp,
    spill: String,
}

impl<'a> Sink<'a> {
    pub(super) fn new(
        destination: Option<Destination<'a>>,
        options: &ImportOptions,
        whole: bool,
    ) -> Result<Sink<'a>, ImportError> {
        let spill = options.spill.display().to_string();
        let Some(Destination { store, codec }) = destination else {
            return Ok(Sink {
                live: false,
                log: None,
                keep: None,
                report: None,
                sorter: None,
                newest: Timestamp(0),
                spill,
            });
        };
        let inputs = topic_spec(store, &options.topic)?;
        let dead_letters = topic_spec(store, &options.dead_letters_topic)?;
        let live = inputs.stamp == Stamp::LogAppendTime;
        // Two imports may mix on a live log, as any two feeds do. A history is in order of time, so a
        // second import fences the first.
        let mut transactional_id = format!("buymode-import-{}", options.topic);
        if live {
            transactional_id += &format!("-{}", uuid::Uuid::new_v4());
        }
        let log = Batches {
            store,
            codec,
            writer: Transactor::open(store, &transactional_id)?,
            topic: options.topic.clone(),
            dead_letters_topic: options.dead_letters_topic.clone(),
            sources_topic: options.sources_topic.clone().unwrap_or_default(),
            late: if live {
                None
            } else {
                Some(Late::new(store, &options.topic, inputs.partitions)?)
            },
            accept_late: options.accept_late,
            known: KnownDeadLetters::new(&dead_letters),
            dead_letters_known: 0,
            partitions: inputs.partitions,
            batch: Vec::new(),
            batch_bytes: 0,
            transactions: 0,
            written: 0,
        };
        let sorted = whole || !live;
        let sorter = sorted.then(|| Sorter::new(options.sort_bytes_max, options.spill.clone()));
        let newest = Timestamp(0);
        Ok(Sink { live, log: Some(log), keep: None, report: None, sorter, newest, spill })
    }

    pub(super) fn collecting(
        options: &ImportOptions,
        keep: &'a mut dyn FnMut(Canonical),
    ) -> Sink<'a> {
        let spill = options.spill.display().to_string();
        let (log, keep, newest) = (None, Some(keep), Timestamp(0));
        Sink { live: false, log, keep, report: None, sorter: None, newest, spill }
    }

    pub(super) fn tracing(live: bool, report: &'a mut dyn FnMut(TracedRow)) -> Sink<'a> {
        let (log, keep, sorter, spill) = (None, None, None, String::new());
        Sink { live, log, keep, report: Some(report), sorter, newest: Timestamp(0), spill }
    }

    pub(super) fn report(
        &mut self,
        file: &str,
        row: u64,
        gone: bool,
        outcome: Result<&[Canonical], &RowError>,
    ) {
        if let Some(report) = &mut self.report {
            let outcome = outcome.map(<[Canonical]>::to_vec).map_err(RowError::clone);
            report(TracedRow { file: file.to_owned(), row, gone, outcome });
        }
    }

    pub(super) fn put(&mut self, entry: Entry) -> Result<(), ImportError> {
        let Some(log) = &mut self.log else {
            if let (Some(keep), Entry::Record(record)) = (&mut self.keep, entry) {
                keep(*record);
            }
            return Ok(());
        };
        if let Entry::Record(record) = &entry {
            self.newest = self.newest.max(record.known_at);
        }
        let Some(record) = log.encode(entry, self.newest)? else { return Ok(()) };
        match &mut self.sorter {
            None => log.put(record),
            Some(sorter) => sorter.push(record).map_err(|e| ImportError::Sort {
                folder: self.spill.clone(),
                message: e.to_string(),
            }),
        }
    }

    /// Where to read what was kept; none without a log.
    pub(super) fn reading(&self) -> Option<(&'a dyn Store, Codec)> {
        self.log.as_ref().map(|log| (log.store, log.codec.clone()))
    }

    /// Records and dead letters in committed transactions.
    pub(super) fn written(&self) -> u64 {
        self.log.as_ref().map_or(0, |log| log.written)
    }

    /// Writes what is left, and the tick that ends a history.
    pub(super) fn finish(
        self,
        summary: &mut Summary,
        progress: &mut Watch<'_>,
    ) -> Result<(), ImportError> {
        let Some(mut log) = self.log else { return Ok(()) };
        // A history is written once it is sorted, and it is sorted once all of it is read.
        if summary.stopped && self.sorter.is_some() {
            return Ok(());
        }
        if let Some(sorter) = self.sorter {
            log.judge(summary)?;
            let total = sorter.records;
            let fail = |e: std::io::Error| ImportError::Sort {
                folder: self.spill.clone(),
                message: e.to_string(),
            };
            let mut merge = sorter.merge().map_err(fail)?;
            let mut last = None;
            let mut done = 0;
            while let Some(record) = merge.pop().map_err(fail)? {
                if record.to == To::Inputs {
                    last = last.max(Some(record.time_ms));
                }
                log.put(record)?;
                done += 1;
                if u64::is_multiple_of(done, 1_024) {
                    let went_on = progress(Progress {
                        phase: Phase::Writing,
                        done,
                        total,
                        rows: summary.rows(),
                        records: summary.records_total(),
                        dead_letters: summary.dead_letters_total(),
                        written: log.written,
                    });
                    if went_on.is_break() {
                        summary.stopped = true;
                        break;
                    }
                }
            }
            log.flush(&[])?;
            // The tick belongs to the end, which a stopped import has not reached.
            if let Some(last) = last.filter(|_| !summary.stopped && !self.live) {
                log.tick_everywhere(last)?;
                summary.ticks = log.partitions as u64;
            }
        }
        log.flush(&[])?;
        summary.transactions = log.transactions;
        summary.written = log.written;
        summary.dead_letters_known = log.dead_letters_known;
        Ok(())
    }
}

/// Transactions of bounded size, each kept until it is committed.
struct Batches<'a> {
    store: &'a dyn Store,
    codec: &'a mut Codec,
    writer: Transactor<'a>,
    topic: String,
    dead_letters_topic: String,
    sources_topic: String,
    /// Of a history.
    late: Option<Late>,
    accept_late: bool,
    known: KnownDeadLetters,
    /// Not written, since they are in the topic already.
    dead_letters_known: u64,
    partitions: i32,
    batch: Vec<Sorted>,
    batch_bytes: usize,
    transactions: u64,
    written: u64,
}

impl Batches<'_> {
    /// `None`: a dead letter that is in its topic already.
    /// `newest`: the largest time of the records so far. A kept row stands behind all of them, so that
    /// a snapshot that is marked as whole is in the log as a whole.
    fn encode(
        &mut self,
        mut entry: Entry,
        newest: Timestamp,
    ) -> Result<Option<Sorted>, ImportError> {
        if let Entry::DeadLetter(dead) = &mut entry {
            let topic = &self.dead_letters_topic;
            if !self.known.add(dead, self.store, self.codec, topic)? {
                self.dead_letters_known += 1;
                return Ok(None);
            }
        }
        let mut value = Vec::with_capacity(256);
        let encoded = match &entry {
            Entry::Record(record) => {
                self.codec.encode_input(&self.topic, &record.account, &record.input, &mut value)
            }
            Entry::DeadLetter(dead) => {
                self.codec.encode_dead_letter(&self.dead_letters_topic, dead, &mut value)
            }
            Entry::Kept(change, _) => match &change.row {
                None => Ok(()),
                Some(row) => self.codec.encode_source_row(&self.sources_topic, row, &mut value),
            },
        };
        encoded?;
        let value = value.into_boxed_slice();
        let (time, to, key) = match &entry {
            Entry::Record(record) => (record.known_at, To::Inputs, record.account.as_str()),
            Entry::DeadLetter(dead) => (dead.timestamp, To::DeadLetters, dead.origin.name()),
            Entry::Kept(change, time) => (newest.max(*time), To::Sources, change.key.as_str()),
        };
        // A broker reads 0 as "now", and rejects times before 1970.
        let encoded = Sorted { time_ms: time.0.max(1), to, key: key.as_bytes().into(), value };
        if let (Some(late), Entry::Record(record)) = (&mut self.late, &entry) {
            late.note(record, &encoded);
        }
        Ok(Some(encoded))
    }

    fn put(&mut self, record: Sorted) -> Result<(), ImportError> {
        let is_full = self.batch.len() >= BATCH_RECORDS || self.batch_bytes >= BATCH_BYTES;
        // A kept row goes into the transaction of its records.
        let is_last = record.to == To::Sources
            && self.batch.len() < 2 * BATCH_RECORDS
            && self.batch_bytes < 2 * BATCH_BYTES;
        if is_full && !is_last {
            self.flush(&[])?;
        }
        self.batch_bytes += record.key.len() + record.value.len();
        self.batch.push(record);
        Ok(())
    }

    /// Refuses a history most of which is late, before anything of it is written.
    fn judge(&mut self, summary: &mut Summary) -> Result<(), ImportError> {
        if let Some(late) = &mut self.late {
            summary.late =
                late.judge(self.store, &self.topic, self.partitions, self.accept_late)?;
        }
        Ok(())
    }

    /// The log's time is the same in every partition at the end, however many there are.
    fn tick_everywhere(&mut self, last_ms: i64) -> Result<(), ImportError> {
        let end_ms = self.late.as_ref().and_then(|late| late.end).map_or(0, |end| end.0);
        let time_ms = last_ms.max(end_ms);
        let mut value = Vec::new();
        let tick = Tick { reason: TickReason::ImportEnd };
        self.codec.encode_tick(&self.topic, tick, &mut value)?;
        let topic = self.topic.clone();
        let ticks: Vec<Output<'_>> = (0..self.partitions)
            .map(|partition| Output {
                topic: &topic,
                partition: Some(partition),
                value: Some(&value),
                timestamp_ms: Some(time_ms),
                ..Output::default()
            })
            .collect();
        self.flush(&ticks)
    }

    /// Commits the batch and what is to follow it.
    fn flush(&mut self, more: &[Output<'_>]) -> Result<(), ImportError> {
        if self.batch.is_empty() && more.is_empty() {
            return Ok(());
        }
        let (batch, topic, partitions) = (&self.batch, &self.topic, self.partitions);
        let live = self.late.is_none();
        let mut fill = |writer: &mut dyn Writer| {
            for record in batch {
                let (topic, partition) = match record.to {
                    To::Inputs => (topic, Some(partition_of(&record.key, partitions))),
                    To::DeadLetters => (&self.dead_letters_topic, None),
                    To::Sources => (&self.sources_topic, Some(0)),
                };
                writer.send(&Output {
                    topic,
                    partition,
                    key: Some(&record.key),
                    value: Some(&*record.value).filter(|value| !value.is_empty()),
                    timestamp_ms: (!live).then_some(record.time_ms),
                    ..Output::default()
                })?;
            }
            more.iter().try_for_each(|output| writer.send(output))
        };
        // A record that was written twice is a duplicate to the fold.
        let done = self.writer.write(&mut fill, &mut || Ok::<_, Failure>(Found::Unseen));
        done.map_err(|failure| match failure.error {
            LogError::Fenced(_) => ImportError::TakenOver { topic: self.topic.clone() },
            _ => failure.into(),
        })?;
        self.transactions += 1;
        self.written += self.batch.iter().filter(|r| r.to != To::Sources).count() as u64;
        self.batch.clear();
        self.batch_bytes = 0;
        Ok(())
    }
}
