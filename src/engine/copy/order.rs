//! The order of a copy: over all old partitions by time, and never against the order within one.
//!
//! A broadcast lies in every partition, and each account has applied it between two records of its own.
//! So it divides each partition: what came before it in any of them goes before it, what came after it
//! after. The broadcasts are numbered in order of time; a record's *epoch* is the number of the last
//! broadcast before it, and records go by epoch, then by time. A partition that lacks a broadcast goes by
//! its time.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use xxhash_rust::xxh3::xxh3_128;

/// A broadcast of the old log.
#[derive(Clone, Debug)]
struct Known {
    /// When its first copy came, and the last, in milliseconds.
    first_ms: i64,
    last_ms: i64,
    partitions: HashSet<i32>,
}

/// The same bytes may be broadcast again: how often before.
type Broadcast = (u128, u32);

/// Gathers the broadcasts of a log, in a first reading of it.
#[derive(Default)]
pub struct Broadcasts {
    known: BTreeMap<Broadcast, Known>,
    places: HashMap<(i32, i64), Broadcast>,
    times: HashMap<(i32, u128), u32>,
}

impl Broadcasts {
    /// A broadcast; of each partition in order of offset. `time_ms`: the log's time for it.
    pub fn note(&mut self, partition: i32, offset: i64, time_ms: i64, value: &[u8]) {
        let bytes = xxh3_128(value);
        let times = self.times.entry((partition, bytes)).or_default();
        let broadcast = (bytes, *times);
        *times += 1;
        self.places.insert((partition, offset), broadcast);
        let known = self.known.entry(broadcast).or_insert_with(|| Known {
            first_ms: time_ms,
            last_ms: time_ms,
            partitions: HashSet::new(),
        });
        known.first_ms = known.first_ms.min(time_ms);
        known.last_ms = known.last_ms.max(time_ms);
        known.partitions.insert(partition);
    }

    /// Numbers them, from 1.
    pub fn number(self, partitions: i32) -> Epochs {
        let mut all: Vec<(Broadcast, Known)> = self.known.into_iter().collect();
        all.sort_by_key(|(broadcast, known)| (known.first_ms, *broadcast));
        let numbers: HashMap<Broadcast, u32> =
            all.iter().zip(1..).map(|((broadcast, _), number)| (*broadcast, number)).collect();
        let lacking = |partition: i32| {
            let lacks =
                all.iter().zip(1..).filter(|((_, k), _)| !k.partitions.contains(&partition));
            lacks.map(|((_, known), number)| (known.first_ms, number)).collect()
        };
        Epochs {
            at: self.places.iter().map(|(place, b)| (*place, numbers[b])).collect(),
            lacking: (0..partitions).map(lacking).collect(),
            skew_ms: all.iter().map(|(_, k)| k.last_ms - k.first_ms).max().unwrap_or(0),
            count: numbers.len(),
        }
    }
}

/// The broadcasts, numbered.
pub struct Epochs {
    at: HashMap<(i32, i64), u32>,
    /// For each partition those that it lacks, in order of time.
    lacking: Vec<Vec<(i64, u32)>>,
    /// How far the copies of one broadcast are apart. So much may a time of the copy differ.
    pub skew_ms: i64,
    pub count: usize,
}

/// What a record of the old log is to a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Goes by its key, or with its partition.
    Input,
    /// Goes into every partition, once; the number.
    Broadcast(u32),
}

/// A record on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub partition: i32,
    pub offset: i64,
    /// The log's time for it, in milliseconds: the largest up to it.
    pub time_ms: i64,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub what: What,
}

/// Merges the records of the old partitions.
pub struct Merge {
    epochs: Epochs,
    queues: Vec<VecDeque<(u32, Entry)>>,
    /// The epoch that each partition has reached.
    reached: Vec<u32>,
    done: Vec<bool>,
    /// By number.
    emitted: Vec<bool>,
}

impl Merge {
    pub fn new(epochs: Epochs, partitions: usize) -> Merge {
        Merge {
            queues: vec![VecDeque::new(); partitions],
            reached: vec![0; partitions],
            done: vec![false; partitions],
            emitted: vec![false; epochs.count + 1],
            epochs,
        }
    }

    /// Whether the record there is a broadcast.
    pub fn what(&self, partition: i32, offset: i64) -> What {
        self.epochs.at.get(&(partition, offset)).map_or(What::Input, |n| What::Broadcast(*n))
    }

    /// The next record of a partition, in order.
    pub fn push(&mut self, entry: Entry) {
        let at = usize::try_from(entry.partition).unwrap_or_default();
        let own = match entry.what {
            What::Broadcast(number) => number,
            What::Input => 0,
        };
        let lacking = &self.epochs.lacking[at];
        let passed = lacking.partition_point(|(first_ms, _)| *first_ms <= entry.time_ms);
        let passed = lacking[..passed].iter().map(|(_, number)| *number).max().unwrap_or(0);
        let epoch = self.reached[at].max(own).max(passed);
        self.reached[at] = epoch;
        self.queues[at].push_back((epoch, entry));
    }

    /// Nothing more comes from a partition, for now.
    pub fn end(&mut self, partition: usize) {
        self.done[partition] = true;
    }

    /// A second part of the log follows, of every partition.
    pub fn begin_again(&mut self) {
        self.done.fill(false);
    }

    /// A partition whose next record must be known before another may go.
    pub fn wants(&self) -> Option<usize> {
        (0..self.queues.len()).find(|at| self.queues[*at].is_empty() && !self.done[*at])
    }

    /// The next record; a broadcast only the first time.
    pub fn pop(&mut self) -> Option<Entry> {
        loop {
            let first = |(at, queue): (usize, &VecDeque<(u32, Entry)>)| {
                let (epoch, entry) = queue.front()?;
                Some((*epoch, entry.what == What::Input, entry.time_ms, at))
            };
            let (.., at) = self.queues.iter().enumerate().filter_map(first).min()?;
            let (_, entry) = self.queues[at].pop_front()?;
            match entry.what {
                What::Broadcast(number)
                    if std::mem::replace(&mut self.emitted[number as usize], true) => {}
                _ => return Some(entry),
            }
        }
    }

    pub fn skew_ms(&self) -> i64 {
        self.epochs.skew_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `partition offset time`, and `*name` for a broadcast; in order of the table.
    fn merged(partitions: usize, table: &[(i32, i64, i64, &str)]) -> Vec<String> {
        let mut broadcasts = Broadcasts::default();
        for (partition, offset, time_ms, name) in table {
            if name.starts_with('*') {
                broadcasts.note(*partition, *offset, *time_ms, name.as_bytes());
            }
        }
        let mut merge = Merge::new(broadcasts.number(partitions as i32), partitions);
        for (partition, offset, time_ms, name) in table {
            let value = Some(name.as_bytes().to_vec());
            let what = merge.what(*partition, *offset);
            let (partition, offset, time_ms) = (*partition, *offset, *time_ms);
            merge.push(Entry { partition, offset, time_ms, key: None, value, what });
        }
        (0..partitions).for_each(|at| merge.end(at));
        let mut names = Vec::new();
        while let Some(entry) = merge.pop() {
            names.push(String::from_utf8(entry.value.unwrap()).unwrap());
        }
        names
    }

    #[test]
    fn should_go_by_time_and_keep_each_partitions_own_order() {
        let table =
            [(0, 0, 5, "a"), (0, 1, 9, "b"), (1, 0, 1, "c"), (1, 1, 9, "d"), (2, 7, 7, "e")];
        assert_eq!(merged(3, &table), ["c", "a", "e", "b", "d"]);
    }

    /// Its copies came 8 ms apart, and records in between.
    #[test]
    fn should_keep_a_broadcast_between_the_same_records_in_every_partition() {
        let table = [
            (0, 0, 1, "before"),
            (0, 1, 2, "*profile"),
            (0, 2, 3, "after"),
            (1, 0, 9, "late before"),
            (1, 1, 10, "*profile"),
            (1, 2, 11, "late after"),
        ];
        let expected = ["before", "late before", "*profile", "after", "late after"];
        assert_eq!(merged(2, &table), expected);
    }

    #[test]
    fn should_broadcast_each_once_and_the_same_bytes_again_where_they_came_again() {
        let table = [
            (0, 0, 1, "*a"),
            (0, 1, 4, "*b"),
            (0, 2, 8, "*a"),
            (1, 0, 2, "*a"),
            (1, 1, 3, "x"),
            (1, 2, 5, "*b"),
            (1, 3, 9, "*a"),
        ];
        assert_eq!(merged(2, &table), ["*a", "x", "*b", "*a"]);
    }

    /// Partitions that were added later lack the first profiles.
    #[test]
    fn should_go_by_time_where_a_partition_lacks_a_broadcast() {
        let table = [(0, 0, 5, "*a"), (0, 1, 6, "x"), (1, 0, 2, "y"), (1, 1, 7, "z")];
        assert_eq!(merged(2, &table), ["y", "*a", "x", "z"]);
    }

    /// Two writers of market news that wrote in two orders: nothing stops, nothing is lost.
    #[test]
    fn should_go_on_where_the_partitions_disagree() {
        let table = [
            (0, 0, 1, "*a"),
            (0, 1, 2, "*b"),
            (0, 2, 3, "x"),
            (1, 0, 1, "*b"),
            (1, 1, 2, "*a"),
            (1, 2, 3, "y"),
        ];
        let mut names = merged(2, &table);
        names.sort();
        assert_eq!(names, ["*a", "*b", "x", "y"]);
    }
}
