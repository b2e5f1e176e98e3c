//! How far a group has committed, and what that cost its process so far.

use crate::bare;
use crate::load::PARTITIONS;
use crate::options::bar;
use crate::process::Process;
use buymode::log::Store;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Offset, TopicPartitionList};
use std::time::{Duration, Instant};

const WAIT: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(25);
/// Without any progress for so long a contender has failed.
const STALL_MAX: Duration = Duration::from_secs(120);

#[derive(Clone, Copy)]
struct Sample {
    at: Instant,
    /// Offsets passed in all partitions.
    passed: i64,
    cpu_seconds: f64,
}

/// What a contender did in one round.
#[derive(Clone, Copy)]
pub(crate) struct Measured {
    pub records_per_s: f64,
    pub warm_per_s: f64,
    /// Of the processor, for a million records.
    pub cpu_s: f64,
    pub warm_cpu_s: f64,
    pub peak_mib: f64,
}

/// A group on a topic that has been written.
pub(crate) struct Group<'a> {
    pub store: &'a dyn Store,
    pub bootstrap: &'a str,
    pub name: &'a str,
    pub topic: &'a str,
    /// Records in the topic.
    pub records: u64,
}

impl Group<'_> {
    /// Waits until all is committed.
    pub(crate) fn watch(&self, process: &mut Process, what: &str) -> anyhow::Result<Measured> {
        let consumer: BaseConsumer = bare::config(self.bootstrap)
            .set("group.id", self.name)
            .set("enable.auto.commit", "false")
            .create()?;
        let mut reader = self.store.reader()?;
        let mut asked = TopicPartitionList::new();
        let mut ends = vec![];
        for partition in 0..PARTITIONS {
            ends.push(reader.watermarks(self.topic, partition)?.high);
            asked.add_partition(self.topic, partition);
        }
        let end: i64 = ends.iter().sum();
        let shown = bar(u64::try_from(end).unwrap_or(0), what);
        let mut samples: Vec<Sample> = vec![];
        let mut changed = Instant::now();
        loop {
            // A group that has just begun may have no coordinator yet.
            let found = consumer.committed_offsets(asked.clone(), WAIT).ok();
            let sample =
                |passed| Sample { at: Instant::now(), passed, cpu_seconds: process.cpu_seconds() };
            let (passed, is_done) = found.map_or((0, false), |found| far(&found, &ends));
            if passed > samples.last().map_or(0, |last| last.passed) {
                samples.push(sample(passed));
                shown.set_position(u64::try_from(passed).unwrap_or(0));
                changed = Instant::now();
            }
            if is_done {
                break;
            }
            process.must_run().map_err(|error| error.context(what.to_owned()))?;
            anyhow::ensure!(
                changed.elapsed() < STALL_MAX,
                "{what} stands still at {passed} of {end}; its last lines:\n{}",
                process.last_lines()
            );
            std::thread::sleep(LOOK_EVERY);
        }
        shown.finish_and_clear();
        Ok(self.measured(&samples, end, process.peak_mib()))
    }

    fn measured(&self, samples: &[Sample], end: i64, peak_mib: f64) -> Measured {
        // Offsets count the ends of transactions too.
        let records = |from: &Sample, to: &Sample| {
            (to.passed - from.passed) as f64 * self.records as f64 / end as f64
        };
        let (rate, cost) = (
            |from: &Sample, to: &Sample| records(from, to) / (to.at - from.at).as_secs_f64(),
            |from: &Sample, to: &Sample| {
                1e6 * (to.cpu_seconds - from.cpu_seconds) / records(from, to)
            },
        );
        let none = f64::NAN;
        let (Some(first), Some(last)) = (samples.first(), samples.last()) else {
            return Measured {
                records_per_s: none,
                warm_per_s: none,
                cpu_s: none,
                warm_cpu_s: none,
                peak_mib,
            };
        };
        let half = samples.iter().find(|s| s.passed >= end / 2).unwrap_or(first);
        Measured {
            records_per_s: rate(first, last),
            warm_per_s: rate(half, last),
            cpu_s: cost(first, last),
            warm_cpu_s: cost(half, last),
            peak_mib,
        }
    }
}

/// Offsets passed, and whether that is all: the last offset may be the end of a transaction.
fn far(found: &TopicPartitionList, ends: &[i64]) -> (i64, bool) {
    let (mut passed, mut is_done) = (0, true);
    for element in found.elements() {
        let offset = match element.offset() {
            Offset::Offset(offset) => offset,
            _ => 0,
        };
        let end = ends.get(element.partition() as usize).copied().unwrap_or(0);
        passed += offset;
        is_done &= offset >= end - 1;
    }
    (passed, is_done)
}
