//! How traces go on: the record that is read at present, what follows from it, and what of that is to be
//! reported once it is committed. Ids follow from places in the log, so that a batch that is tried again
//! writes the same headers; no clock, no chance.

use crate::log::RecordRef;
use crate::log::trace::Trace;
use std::sync::Arc;

/// More records of a batch are not reported, so that a log whose every record is traced takes no more memory.
const HOPS_MAX: usize = 10_000;

/// A record of a trace, and the records that it led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Of the span that is to be reported for it.
    pub own: Trace,
    /// Of the span that wrote the record; none: the trace begins here.
    pub parent: Option<Trace>,
    pub topic: Arc<str>,
    pub partition: i32,
    pub offset: i64,
    /// The record's log time, in milliseconds since 1970.
    pub time_ms: i64,
    /// The topics that records were written to, each with the header's trace and how many there were.
    pub sends: Vec<(Arc<str>, Trace, u64)>,
    /// Its own span was reported before: what follows came later.
    pub is_reported: bool,
}

/// The record that is read at present.
#[derive(Debug)]
enum Current {
    /// In a trace that no one looks at: the header is passed on.
    Passed(Trace),
    Reported(Hop),
}

/// The hops of a batch.
#[derive(Debug, Default)]
pub struct Hops {
    /// One in so many records without a header begins a trace; none: no record does.
    pub begins_one_in: Option<u32>,
    current: Option<Current>,
    done: Vec<(i32, Hop)>,
}

impl Hops {
    /// A record is read; outputs from here on follow from it.
    pub fn begin(&mut self, record: &RecordRef<'_>) {
        self.current = match record.trace {
            Some(trace) if trace.is_sampled => Some(trace),
            Some(trace) => {
                self.current = Some(Current::Passed(trace));
                return;
            }
            None => None,
        }
        .map_or_else(|| self.root(record), |trace| Some((place(trace, record), Some(trace))))
        .map(|(own, parent)| {
            Current::Reported(Hop {
                own,
                parent,
                topic: record.topic.into(),
                partition: record.partition,
                offset: record.offset,
                time_ms: record.timestamp_ms,
                sends: Vec::new(),
                is_reported: false,
            })
        });
    }

    fn root(&self, record: &RecordRef<'_>) -> Option<(Trace, Option<Trace>)> {
        let root = |n: u32| {
            let place = [record.topic.as_bytes(), &record.partition.to_be_bytes()[..]];
            let times = [record.offset.to_be_bytes(), record.timestamp_ms.to_be_bytes()];
            let root = Trace::root(&[place[0], place[1], &times[0], &times[1]]);
            root.is_one_in(n).then_some((root, None))
        };
        self.begins_one_in.and_then(root)
    }

    /// Outputs from here on follow from no record. A record that led to none is not reported.
    pub fn end(&mut self, owner: i32) {
        if let Some(Current::Reported(hop)) = self.current.take()
            && !hop.sends.is_empty()
        {
            self.push(owner, hop);
        }
    }

    /// The same of a record that counts by itself. Its span, where it is reported.
    pub fn keep(&mut self, owner: i32) -> Option<Trace> {
        let Some(Current::Reported(hop)) = self.current.take() else { return None };
        let own = hop.own;
        self.push(owner, hop);
        Some(own)
    }

    /// What an output says that follows from a record which was read long ago, and reported then.
    pub fn later(&mut self, owner: i32, own: Trace, topic: &Arc<str>, name: &[u8]) -> Trace {
        let trace = own.child(&[b"send", topic.as_bytes(), name]);
        let sends = vec![(topic.clone(), trace, 1)];
        let (parent, topic, partition, offset, time_ms) = (None, topic.clone(), 0, 0, i64::MAX);
        let is_reported = true;
        self.push(
            owner,
            Hop { own, parent, topic, partition, offset, time_ms, sends, is_reported },
        );
        trace
    }

    fn push(&mut self, owner: i32, hop: Hop) {
        if self.done.len() < HOPS_MAX {
            self.done.push((owner, hop));
        }
    }

    /// What the header of an output to `topic` says.
    pub fn output(&mut self, topic: &Arc<str>) -> Option<Trace> {
        match self.current.as_mut()? {
            Current::Passed(trace) => Some(*trace),
            Current::Reported(hop) => {
                if let Some((_, trace, n)) = hop.sends.iter_mut().find(|(to, ..)| to == topic) {
                    *n += 1;
                    return Some(*trace);
                }
                let trace = hop.own.child(&[b"send", topic.as_bytes()]);
                hop.sends.push((topic.clone(), trace, 1));
                Some(trace)
            }
        }
    }

    /// What belongs to a partition that was taken away is not reported.
    pub fn forget(&mut self, owner: i32) {
        self.done.retain(|(of, _)| *of != owner);
    }

    pub fn clear(&mut self) {
        self.current = None;
        self.done.clear();
    }

    /// The batch is committed.
    pub fn report(&mut self, to: impl FnOnce(&[Hop])) {
        let hops = self.take();
        if !hops.is_empty() {
            to(&hops);
        }
    }

    /// Those of the batch, which is committed.
    pub fn take(&mut self) -> Vec<Hop> {
        self.current = None;
        std::mem::take(&mut self.done).into_iter().map(|(_, hop)| hop).collect()
    }
}

/// The span of a record's processing.
pub fn place(trace: Trace, record: &RecordRef<'_>) -> Trace {
    let (partition, offset) = (record.partition.to_be_bytes(), record.offset.to_be_bytes());
    trace.child(&[b"process", record.topic.as_bytes(), &partition, &offset])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(trace: Option<Trace>, offset: i64) -> RecordRef<'static> {
        let (key, value) = (None, None);
        RecordRef { topic: "in", partition: 0, offset, timestamp_ms: 7, key, value, trace }
    }

    #[test]
    fn outputs_carry_the_trace_of_their_record_and_no_other() {
        let (mut hops, topic): (Hops, Arc<str>) = (Hops::default(), "out".into());
        assert_eq!(hops.output(&topic), None);
        let trace = Trace::root(&[b"a"]);
        hops.begin(&record(Some(trace), 1));
        let written = hops.output(&topic).unwrap();
        assert_eq!(hops.output(&topic), Some(written));
        hops.end(0);
        assert_eq!(hops.output(&topic), None);
        // A record that led to nothing is not reported, nor is one that no one looks at.
        hops.begin(&record(Some(trace), 2));
        hops.end(0);
        let quiet = Trace { is_sampled: false, ..trace };
        hops.begin(&record(Some(quiet), 3));
        assert_eq!(hops.output(&topic), Some(quiet));
        hops.end(0);
        let taken = hops.take();
        let [hop] = &taken[..] else { panic!("{taken:?}") };
        assert_eq!((hop.parent, hop.offset, hop.sends[0].2), (Some(trace), 1, 2));
        assert!(written.id == trace.id && ![trace.span, hop.own.span].contains(&written.span));
    }

    #[test]
    fn one_in_so_many_records_without_a_header_begins_a_trace_the_same_each_time() {
        let begun = |n: Option<u32>| {
            let mut hops = Hops { begins_one_in: n, ..Hops::default() };
            let mut output = |offset: i64| {
                hops.begin(&record(None, offset));
                hops.output(&"out".into())
            };
            (0..1_000).filter_map(&mut output).collect::<Vec<_>>()
        };
        assert!(begun(None).is_empty());
        assert_eq!(begun(Some(1)).len(), 1_000);
        assert!((60..150).contains(&begun(Some(10)).len()));
        assert_eq!(begun(Some(10)), begun(Some(10)));
    }
}
