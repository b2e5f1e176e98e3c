//! Reads a partition to its end, or up to an offset: the one loop for every tool that does, with
//! one limit for stalls. Following a topic is a scan to its present end, again and again.
//!
//! Progress is measured in offsets, not by records: a compacted topic has gaps, and the last offsets of
//! a partition may be transaction markers.

use super::{LogError, Reader, RecordRef, Store, TopicSpec};
use std::ops::{ControlFlow, Range};
use std::time::{Duration, Instant};

/// A scan without progress for this long fails. Brokers elect a new leader in less.
pub const STALL_MAX: Duration = Duration::from_secs(60);
/// How long one read may take; progress is reported in between.
const BUDGET: Duration = Duration::from_millis(500);
/// After a read that returned at once without a record.
const PAUSE: Duration = Duration::from_millis(10);

/// Why a topic could not be read to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    #[error(
        "topic {topic} does not exist at {location}; `buymode topics create`, with the same log, makes it"
    )]
    NoTopic { topic: String, location: String },
    /// No progress for `seconds`: the reader still stands at `offset`, below `end`.
    #[error(
        "{topic}[{partition}] cannot be read beyond offset {offset} of {end}: no progress for \
         {seconds} s; check that the partition has a leader and that this machine reaches it"
    )]
    Stalled { topic: String, partition: i32, offset: i64, end: i64, seconds: u64 },
    #[error(transparent)]
    Log(#[from] LogError),
}

/// A topic as it was found; [`ScanError::NoTopic`] where it does not exist.
pub fn topic_spec(store: &dyn Store, topic: &str) -> Result<TopicSpec, ScanError> {
    let found = store.describe_topics(&[topic.to_owned()])?;
    found
        .into_iter()
        .flatten()
        .next()
        .ok_or_else(|| ScanError::NoTopic { topic: topic.to_owned(), location: store.location() })
}

/// How many partitions a topic has.
pub fn partitions(store: &dyn Store, topic: &str) -> Result<i32, ScanError> {
    Ok(topic_spec(store, topic)?.partitions)
}

/// A range of a partition that is being read.
pub struct Scan<'a> {
    topic: &'a str,
    partition: i32,
    next: i64,
    end: i64,
    budget: Duration,
    deadline: Option<Instant>,
    report: Option<&'a mut dyn FnMut(u64)>,
    progressed: Instant,
}

impl<'a> Scan<'a> {
    /// From the first offset that retention has left to the present end.
    pub fn whole(
        reader: &mut dyn Reader,
        topic: &'a str,
        partition: i32,
    ) -> Result<Scan<'a>, LogError> {
        let marks = reader.watermarks(topic, partition)?;
        Ok(Scan::range(topic, partition, marks.low..marks.stable))
    }

    pub fn range(topic: &'a str, partition: i32, range: Range<i64>) -> Scan<'a> {
        Scan {
            topic,
            partition,
            next: range.start,
            end: range.end,
            budget: BUDGET,
            deadline: None,
            report: None,
            progressed: Instant::now(),
        }
    }

    /// How long one read may take: shorter, where what it brings is held in memory.
    pub fn budget(self, budget: Duration) -> Scan<'a> {
        Scan { budget, ..self }
    }

    /// Ends early, without an error, at this instant.
    pub fn until(self, deadline: Instant) -> Scan<'a> {
        Scan { deadline: Some(deadline), ..self }
    }

    /// Called after each read with the number of offsets that it passed.
    pub fn report(self, report: &'a mut dyn FnMut(u64)) -> Scan<'a> {
        Scan { report: Some(report), ..self }
    }

    /// The first offset that is still to be read.
    pub fn next_offset(&self) -> i64 {
        self.next
    }

    /// Whether all was read, or the time is up.
    pub fn is_done(&self) -> bool {
        self.next >= self.end || self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// One read. [`ScanError::Stalled`] once there was no progress for too long.
    pub fn step(
        &mut self,
        reader: &mut dyn Reader,
        visit: &mut dyn FnMut(RecordRef<'_>),
    ) -> Result<(), ScanError> {
        let began = Instant::now();
        let left = self.deadline.map(|deadline| deadline.saturating_duration_since(began));
        let budget = left.map_or(self.budget, |left| left.min(self.budget));
        let (from, to) = (self.next, self.end);
        let reached = reader.read(self.topic, self.partition, from, to, budget, visit)?;
        if reached > from {
            self.next = reached;
            self.progressed = Instant::now();
            if let Some(report) = &mut self.report {
                report(u64::try_from(reached.min(to) - from).unwrap_or(0));
            }
            return Ok(());
        }
        let limit = reader.stall_max();
        if self.progressed.elapsed() >= limit {
            return Err(ScanError::Stalled {
                topic: self.topic.to_owned(),
                partition: self.partition,
                offset: from,
                end: to,
                seconds: limit.as_secs(),
            });
        }
        std::thread::sleep(PAUSE.saturating_sub(began.elapsed()));
        Ok(())
    }

    /// Visits every record; returns the offset to go on from.
    pub fn each(
        mut self,
        reader: &mut dyn Reader,
        visit: &mut dyn FnMut(RecordRef<'_>),
    ) -> Result<i64, ScanError> {
        while !self.is_done() {
            self.step(reader, visit)?;
        }
        Ok(self.next)
    }

    /// Visits records until the visit fails, or breaks off; returns the offset to go on from.
    pub fn try_each<E: From<ScanError>>(
        mut self,
        reader: &mut dyn Reader,
        visit: &mut dyn FnMut(RecordRef<'_>) -> Result<ControlFlow<()>, E>,
    ) -> Result<i64, E> {
        let mut ended = None;
        while !self.is_done() {
            self.step(reader, &mut |record| {
                // A read goes on for its budget: what it still brings is not visited.
                if ended.is_none() {
                    match visit(record) {
                        Ok(ControlFlow::Continue(())) => {}
                        Ok(ControlFlow::Break(())) => ended = Some(Ok(record.offset + 1)),
                        Err(error) => ended = Some(Err(error)),
                    }
                }
            })?;
            if let Some(ended) = ended {
                return ended;
            }
        }
        Ok(self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::fake::{FakeReader, Reads};

    const ON: Result<ControlFlow<()>, ScanError> = Ok(ControlFlow::Continue(()));

    fn all(reader: &mut FakeReader) -> Result<(Vec<i64>, i64), ScanError> {
        let mut seen = Vec::new();
        let scan = Scan::whole(reader, "t", 3)?;
        let next = scan.each(reader, &mut |record| seen.push(record.offset))?;
        Ok((seen, next))
    }

    #[test]
    fn should_read_over_gaps_of_compaction_and_a_marker_at_the_end() {
        let mut reader = FakeReader::new(2..10, &[2, 5, 8], Reads::OneEach);
        assert_eq!(all(&mut reader).unwrap(), (vec![2, 5, 8], 10));
        let mut empty = FakeReader::new(4..10, &[], Reads::OneEach);
        assert_eq!(all(&mut empty).unwrap(), (vec![], 10));
        let mut none = FakeReader::new(4..4, &[], Reads::OneEach);
        assert_eq!(all(&mut none).unwrap(), (vec![], 4));
    }

    #[test]
    fn should_go_on_after_reads_that_bring_nothing_for_a_while() {
        let mut reader = FakeReader::new(0..6, &[0, 1, 4], Reads::EmptyBetween);
        assert_eq!(all(&mut reader).unwrap(), (vec![0, 1, 4], 6));
    }

    #[test]
    fn should_name_the_place_where_it_stalls() {
        let mut reader = FakeReader::new(0..100, &[0, 1, 50], Reads::StallAt(40));
        let error = all(&mut reader).unwrap_err();
        let said = error.to_string();
        assert!(
            said.starts_with("t[3] cannot be read beyond offset 40 of 100: no progress"),
            "{said}"
        );
        // A reader that goes back makes no progress either.
        let mut reader = FakeReader::new(0..100, &[0, 1, 50], Reads::BackAt(40));
        assert!(matches!(all(&mut reader), Err(ScanError::Stalled { offset: 40, .. })));
    }

    #[test]
    fn should_end_early_where_the_visit_says_so_or_the_time_is_up() {
        let mut reader = FakeReader::new(0..9, &[0, 1, 2, 3], Reads::All);
        let mut seen = Vec::new();
        let next = Scan::range("t", 3, 0..9).try_each(&mut reader, &mut |record| {
            seen.push(record.offset);
            if record.offset == 1 { Ok(ControlFlow::Break(())) } else { ON }
        });
        assert_eq!((seen, next), (vec![0, 1], Ok(2)));
        let failed = Scan::range("t", 3, 0..9).try_each(&mut reader, &mut |record| {
            Err(LogError::Abort(format!("at {}", record.offset)).into())
        });
        assert_eq!(failed, Err(ScanError::Log(LogError::Abort("at 0".to_owned()))));
        let mut stalled = FakeReader::new(0..9, &[0], Reads::StallAt(1));
        stalled.stall_max = Duration::from_secs(600);
        let until = Instant::now() + Duration::from_millis(50);
        let scan = Scan::range("t", 3, 0..9).until(until);
        assert_eq!(scan.each(&mut stalled, &mut |_| ()), Ok(1));
    }

    #[test]
    fn should_report_every_offset_once() {
        let mut reader = FakeReader::new(2..10, &[2, 5, 8], Reads::OneEach);
        let mut passed = Vec::new();
        let mut report = |offsets| passed.push(offsets);
        let scan = Scan::whole(&mut reader, "t", 3).unwrap().report(&mut report);
        scan.each(&mut reader, &mut |_| ()).unwrap();
        assert_eq!(passed, [1, 3, 3, 1]);
    }
}
