//! How many partitions the inputs topic has, beside how many it was scored with. Someone may add
//! partitions to a topic at any time; from then on records of an account come into another partition
//! than its state. Every command that writes or scores checks it when it starts, and while it runs.

use crate::admin::place::Place;
use crate::codec::Codec;
use crate::domain::account::records::TaskRecord;
use crate::engine::topics::{TASK_KEY, Topics};
use crate::log::scan::{Scan, partitions};
use crate::log::{Reader, Store};
use anyhow::{Context, bail};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often a running instance looks.
const LOOK_EVERY: Duration = Duration::from_secs(10);
const STEP: Duration = Duration::from_millis(50);
/// A transaction ends with the task record and a marker; aborted ones leave markers alone.
const LAST_OFFSETS: i64 = 16;

/// Refuses a log whose inputs have other partitions than they were scored with.
///
/// # Errors
/// They have; or the topics cannot be read.
pub fn check(place: &Place) -> anyhow::Result<()> {
    let topics = &place.topics;
    let names = [topics.inputs.clone(), topics.accounts.clone()];
    let found = place.store.describe_topics(&names)?;
    let [inputs, Some(accounts)] = &found[..] else { return Ok(()) };
    match (first(place, accounts.partitions)?, inputs) {
        (Some(task), _) if task.copied > task.next_offset => bail!(topics.half_copied()),
        (Some(task), Some(inputs)) if task.partitions != inputs.partitions => {
            bail!(topics.grown(inputs.partitions, task.partitions))
        }
        _ => Ok(()),
    }
}

/// Why topics must not be used that a copy or a restore has begun to fill, if it has.
///
/// # Errors
/// The topics cannot be read.
pub fn unfinished(place: &Place) -> anyhow::Result<Option<String>> {
    let found = place.store.describe_topics(std::slice::from_ref(&place.topics.accounts))?;
    let [Some(accounts)] = &found[..] else { return Ok(None) };
    let task = first(place, accounts.partitions)?;
    let is_half = task.is_some_and(|task| task.copied > task.next_offset);
    Ok(is_half.then(|| place.topics.half_copied()))
}

/// The task record of the first partition that has one.
fn first(place: &Place, partitions: i32) -> anyhow::Result<Option<TaskRecord>> {
    let (mut reader, mut codec) = (place.store.reader()?, place.codec.clone());
    for partition in 0..partitions {
        let found = recorded(&mut *reader, &mut codec, &place.topics.accounts, partition)?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// The last task record of a partition of the accounts topic.
pub(super) fn recorded(
    reader: &mut dyn Reader,
    codec: &mut Codec,
    topic: &str,
    partition: i32,
) -> anyhow::Result<Option<TaskRecord>> {
    let marks = reader.watermarks(topic, partition)?;
    let mut task: Option<Vec<u8>> = None;
    // The last record of a transaction is the task's: it is near the end.
    for range in backwards(marks.low..marks.stable) {
        Scan::range(topic, partition, range).each(reader, &mut |record| {
            if let (Some(TASK_KEY), Some(value)) = (record.key, record.value) {
                task = Some(value.to_vec());
            }
        })?;
        if task.is_some() {
            break;
        }
    }
    let said = || format!("{topic}[{partition}]: the task record cannot be read");
    let task = task.map(|bytes| codec.decode_task(&bytes)).transpose().with_context(said)?;
    Ok(task)
}

/// Ranges from the end to the beginning, each longer than the one after it.
fn backwards(range: Range<i64>) -> impl Iterator<Item = Range<i64>> {
    let (mut end, mut length) = (range.end, LAST_OFFSETS);
    std::iter::from_fn(move || {
        let to = (end > range.start).then_some(end)?;
        end = range.start.max(to - length);
        length *= 16;
        Some(end..to)
    })
}

/// Looks at the inputs topic while an instance runs.
pub struct Growth {
    found: Arc<OnceLock<String>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Growth {
    /// `expected`: the partitions when the instance started.
    pub fn watch(store: Arc<dyn Store>, topics: Topics, expected: i32) -> std::io::Result<Growth> {
        let (found, stop) = (Arc::new(OnceLock::new()), Arc::new(AtomicBool::new(false)));
        let (tell, stopped) = (found.clone(), stop.clone());
        let thread = std::thread::Builder::new().name("partitions".to_owned());
        let thread = thread.spawn(move || {
            let mut looked = Instant::now();
            while !stopped.load(Ordering::Relaxed) {
                std::thread::sleep(STEP);
                if looked.elapsed() < LOOK_EVERY {
                    continue;
                }
                // A log that does not answer is noticed by those that use it.
                if let Ok(now) = partitions(&*store, &topics.inputs)
                    && now != expected
                {
                    let _ = tell.set(topics.grown(now, expected));
                    return;
                }
                looked = Instant::now();
            }
        })?;
        Ok(Growth { found, stop, thread: Some(thread) })
    }

    /// Why the instance must not go on.
    pub fn found(&self) -> Option<&str> {
        self.found.get().map(String::as_str)
    }

    /// What it finds, for another thread.
    pub fn shared(&self) -> Arc<OnceLock<String>> {
        self.found.clone()
    }

    /// Ends the looking, with what was found.
    pub fn end(mut self) -> Result<(), String> {
        self.stop.store(true, Ordering::Relaxed);
        // It may be waiting for the log, which the process's end does not wait for.
        drop(self.thread.take());
        self.found.get().map_or(Ok(()), |why| Err(why.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_goes_back_to_the_beginning_in_ever_longer_ranges() {
        let ranges: Vec<Range<i64>> = backwards(5..1_000).collect();
        assert_eq!(ranges, [984..1_000, 728..984, 5..728]);
        assert_eq!(backwards(3..3).count(), 0);
        assert_eq!(backwards(3..4).next(), Some(3..4));
    }
}
