//! How long partitions stand still while their instances and brokers are hurt: the positions in the
//! task records are followed, beside how far the inputs reach.
//!
//! Other programs may need the processors, too. A partition is not charged with the time for which a
//! thread of the instances or brokers was ready to run and did not get a processor (the kernel counts
//! that for each thread, `/proc/PID/task/TID/schedstat`). A thread that stands still in a call is not
//! ready to run, so that no stall is excused by this; and at most as much is forgiven as the limit
//! itself, so that a stall of twice the limit is never.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use buymode::codec::Codec;
use buymode::engine::topics::TASK_KEY;
use buymode::log::{LogError, Reader};

use super::world::World;

const BUDGET: Duration = Duration::from_millis(300);
/// Offsets that are looked at for records: the rest may be markers of transactions.
const MARKERS_MAX: i64 = 64;

/// A partition that did not move although it had something to read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stall {
    pub partition: i32,
    /// As the clock has it.
    pub took: Duration,
    /// For which the machine had no processor for somebody.
    pub starved: Duration,
}

impl Stall {
    /// Whether it lasted longer than `limit` on a machine that has processors enough.
    pub(super) fn exceeds(&self, limit: Duration) -> bool {
        self.took.saturating_sub(self.starved.min(limit)) > limit
    }
}

struct Lane {
    /// How far its accounts were read.
    read: i64,
    position: i64,
    end: i64,
    /// When it moved last or had nothing to read, and how long the machine had starved by then.
    moved: (Instant, Duration),
}

pub(super) struct Progress<'a> {
    world: &'a World,
    reader: Option<Box<dyn Reader>>,
    codec: Codec,
    lanes: Vec<Lane>,
    starved: Starved,
    /// Whether the last look saw every partition.
    saw_all: bool,
}

impl<'a> Progress<'a> {
    pub(super) fn of(world: &'a World) -> Progress<'a> {
        let moved = (Instant::now(), Duration::ZERO);
        let lane = |_| Lane { read: 0, position: 0, end: 0, moved };
        let lanes = (0..world.partitions).map(lane).collect();
        let (codec, starved) = (Codec::local(), Starved::default());
        Progress { world, reader: None, codec, lanes, starved, saw_all: false }
    }

    /// Nobody is charged with the time before now.
    pub(super) fn begin(&mut self) {
        let now = (Instant::now(), self.starved.total);
        self.lanes.iter_mut().for_each(|lane| lane.moved = now);
    }

    /// Looks once, and returns the longest stall of now. `processes`: of the instances and brokers.
    /// Without an answer of the brokers nothing is learnt.
    pub(super) fn look(&mut self, processes: &[u32]) -> Stall {
        self.starved.look(processes);
        self.saw_all = (0..self.world.partitions).all(|p| self.look_at(p).is_ok());
        if !self.saw_all {
            self.reader = None;
        }
        self.stall()
    }

    fn stall(&self) -> Stall {
        let of = |(partition, lane): (i32, &Lane)| {
            let (since, starved) = lane.moved;
            Stall { partition, took: since.elapsed(), starved: self.starved.total - starved }
        };
        (0..).zip(&self.lanes).map(of).max_by_key(|stall| stall.took).unwrap_or_default()
    }

    fn look_at(&mut self, partition: i32) -> Result<(), LogError> {
        let reader = match &mut self.reader {
            Some(reader) => reader,
            none => none.insert(self.world.store.reader()?),
        };
        let (inputs, accounts) = (&self.world.topics.inputs, &self.world.topics.accounts);
        let lane = &mut self.lanes[partition as usize];
        lane.end = reader.watermarks(inputs, partition)?.stable;
        let marks = reader.watermarks(accounts, partition)?;
        let (from, to) = (lane.read.max(marks.low), marks.stable);
        let (codec, mut position) = (&mut self.codec, lane.position);
        lane.read = reader.read(accounts, partition, from, to, BUDGET, &mut |record| {
            if let (Some(TASK_KEY), Some(value)) = (record.key, record.value) {
                position = codec.decode_task(value).unwrap().next_offset;
            }
        })?;
        let mut rests = position > std::mem::replace(&mut lane.position, position);
        if !rests && lane.end - position <= MARKERS_MAX {
            let (mut records, end) = (0, lane.end);
            let read =
                reader.read(inputs, partition, position, end, BUDGET, &mut |_| records += 1)?;
            rests = records == 0 && read >= end;
        }
        if rests {
            lane.moved = (Instant::now(), self.starved.total);
        }
        Ok(())
    }

    /// How far each partition's inputs reached at the last look, if it saw them all.
    pub(super) fn ends(&self) -> Option<Vec<i64>> {
        self.saw_all.then(|| self.lanes.iter().map(|lane| lane.end).collect())
    }

    /// Whether every partition has moved beyond these ends, or as far as there are records.
    pub(super) fn is_beyond(&self, ends: &[i64]) -> bool {
        let near = |lane: &Lane, end: i64| lane.position + MARKERS_MAX >= end;
        self.lanes.iter().zip(ends).all(|(lane, end)| near(lane, *end))
    }

    /// Records that are not scored yet, about.
    pub(super) fn lag(&self) -> i64 {
        self.lanes.iter().map(|lane| (lane.end - lane.position).max(0)).sum()
    }
}

/// For how long processes could not have a processor.
#[derive(Default)]
struct Starved {
    /// Nanoseconds that each thread has waited for one so far.
    waited: BTreeMap<(u32, u32), u64>,
    total: Duration,
}

impl Starved {
    fn look(&mut self, processes: &[u32]) {
        let mut now = BTreeMap::new();
        let mut longest = 0;
        for pid in processes {
            for (thread, waited) in threads(*pid) {
                let before = self.waited.get(&(*pid, thread)).copied().unwrap_or(waited);
                longest = longest.max(waited.saturating_sub(before));
                now.insert((*pid, thread), waited);
            }
        }
        self.waited = now;
        // One after the other they may have waited for longer; more than the longest is not forgiven.
        self.total += Duration::from_nanos(longest);
    }
}

/// The threads of a process, each with the nanoseconds for which it has waited for a processor.
fn threads(pid: u32) -> Vec<(u32, u64)> {
    let Ok(folder) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let of = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry.ok()?;
        let thread = entry.file_name().to_str()?.parse().ok()?;
        let counted = std::fs::read_to_string(entry.path().join("schedstat")).ok()?;
        Some((thread, counted.split(' ').nth(1)?.parse().ok()?))
    };
    folder.filter_map(of).collect()
}

#[test]
fn a_stall_is_excused_by_a_machine_without_processors_up_to_the_limit_itself() {
    let stall = |took, starved| {
        let (took, starved) = (Duration::from_secs(took), Duration::from_secs(starved));
        Stall { partition: 0, took, starved }.exceeds(Duration::from_secs(50))
    };
    assert!(!stall(50, 0) && stall(51, 0));
    assert!(!stall(90, 40) && stall(91, 40));
    assert!(!stall(100, 400) && stall(101, 400));
}

#[test]
fn a_thread_that_sleeps_is_not_starved_of_a_processor() {
    let mut starved = Starved::default();
    let this = [std::process::id()];
    if threads(this[0]).is_empty() {
        return;
    }
    let (stop, sleeps) = std::sync::mpsc::channel::<()>();
    let (tell, told) = std::sync::mpsc::channel();
    let sleeper = std::thread::spawn(move || {
        tell.send(std::fs::read_link("/proc/thread-self").unwrap()).unwrap();
        let _ = sleeps.recv();
    });
    let link = told.recv().unwrap();
    let thread: u32 = link.file_name().unwrap().to_str().unwrap().parse().unwrap();
    std::thread::sleep(Duration::from_millis(20));
    starved.look(&this);
    let before = starved.waited[&(this[0], thread)];
    std::thread::sleep(Duration::from_millis(300));
    starved.look(&this);
    assert_eq!(starved.waited[&(this[0], thread)], before);
    drop(stop);
    sleeper.join().unwrap();
}
