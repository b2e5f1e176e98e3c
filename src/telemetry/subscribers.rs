//! How far the consumer groups that read decisions have come: a subscriber that stands still does not say so
//! itself. The instance that scores partition 0 asks for all of them, on a thread of its own.
//!
//! Groups of others need the right *Describe*: brokers do not list those that this client may not see.

use super::Telemetry;
use super::counters::registered;
use crate::engine::view::Views;
use crate::log::scan::{Scan, ScanError};
use crate::log::{LogError, Reader, RecordRef, Store, TopicPartition, Watermarks};
use crate::runtime::worker::now_ms;
use prometheus::{GaugeVec, IntGaugeVec, Opts, Registry};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const EVERY: Duration = Duration::from_secs(30);
/// Groups beyond these, in the order of their names, are counted and not followed.
const GROUPS_MAX: usize = 50;
/// Groups that have read none of the topics are asked again after so many rounds.
const STRANGERS_EVERY: u32 = 10;
/// A round looks at no more partitions.
const PARTITIONS_MAX: usize = 1_000;
const READ_MAX: Duration = Duration::from_secs(5);

/// Lag of one group in one topic.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Lag {
    pub offsets: i64,
    /// Age of the oldest record that it has not passed.
    pub seconds: f64,
}

/// By group and topic; `None`: the time of a round was over before it was found.
pub(super) type Lags = BTreeMap<(String, String), Option<Lag>>;

/// The series of the groups.
pub(super) struct Subscribers {
    records: IntGaugeVec,
    seconds: GaugeVec,
    groups: IntGaugeVec,
    shown: Mutex<BTreeSet<(String, String)>>,
}

impl Subscribers {
    pub(super) fn new(registry: &Registry) -> Subscribers {
        let opts = |name, help| Opts::new(name, help);
        let labels = ["group", "topic"];
        let records = opts(
            "buymode_subscriber_lag_records",
            "Offsets of a topic of decisions that a consumer group has not passed, transaction markers included.",
        );
        let seconds = opts(
            "buymode_subscriber_lag_seconds",
            "Age of the oldest decision of a topic that a consumer group has not passed, in seconds; 0: it has read \
             all.",
        );
        let groups = opts(
            "buymode_subscriber_groups",
            "Consumer groups that this instance sees, by what it does: followed, refused (no right to see its \
             positions), left_out (beyond the bound).",
        );
        Subscribers {
            records: registered(registry, IntGaugeVec::new(records, &labels)),
            seconds: registered(registry, GaugeVec::new(seconds, &labels)),
            groups: registered(registry, IntGaugeVec::new(groups, &["state"])),
            shown: Mutex::default(),
        }
    }

    /// In place of all that was shown. Series that stay are never absent in between. A lag that was not found stays as
    /// it was, unless that says that the group had read all. Returns how many groups were refused before.
    pub(super) fn show(&self, lags: &Lags, groups: Option<[usize; 3]>) -> usize {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let stands = |(group, topic): &(String, String)| {
            self.records.with_label_values(&[group, topic]).get() > 0
        };
        let kept = |at: &(String, String)| match lags.get(at) {
            Some(Some(_)) => true,
            Some(None) => stands(at),
            None => false,
        };
        shown.retain(|at| {
            let keeps = kept(at);
            if !keeps {
                // An error means that the series did not exist.
                let _ = self.records.remove_label_values(&[&at.0, &at.1]);
                let _ = self.seconds.remove_label_values(&[&at.0, &at.1]);
            }
            keeps
        });
        for (at, lag) in lags.iter().filter_map(|(at, lag)| Some((at, (*lag)?))) {
            self.records.with_label_values(&[&at.0, &at.1]).set(lag.offsets);
            self.seconds.with_label_values(&[&at.0, &at.1]).set(lag.seconds);
            shown.insert(at.clone());
        }
        let before = self.groups.with_label_values(&["refused"]).get();
        for (state, index) in [("followed", 0), ("refused", 1), ("left_out", 2)] {
            match groups {
                Some(counts) => {
                    let count = i64::try_from(counts[index]).unwrap_or(i64::MAX);
                    self.groups.with_label_values(&[state]).set(count);
                }
                None => drop(self.groups.remove_label_values(&[state])),
            }
        }
        usize::try_from(before).unwrap_or_default()
    }
}

/// Follows the groups until it is dropped; a round under way is not waited for.
pub struct SubscriberMeter(#[allow(dead_code, reason = "kept for its drop")] Sender<()>);

impl SubscriberMeter {
    /// `prefix`: that of the topics of decisions; `own`: groups of this program.
    pub fn start(
        store: Arc<dyn Store>,
        telemetry: Arc<Telemetry>,
        views: Views,
        prefix: String,
        own: Vec<String>,
    ) -> std::io::Result<SubscriberMeter> {
        let (stop, stopped) = channel();
        let mut measure = Measure { read_max: READ_MAX, prefix, own, ..Measure::default() };
        std::thread::Builder::new().name("subscribers".to_owned()).spawn(move || {
            while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                // One instance asks for all.
                if !views.partitions().contains(&0) {
                    telemetry.subscribers(&Lags::new(), None);
                    continue;
                }
                let reader = store.reader().map_err(ScanError::from);
                match reader.and_then(|mut reader| measure.round(&*store, &mut *reader)) {
                    Ok((lags, groups)) => telemetry.subscribers(&lags, Some(groups)),
                    Err(error) => telemetry.subscribers_unknown(&error.to_string()),
                }
            }
        })?;
        Ok(SubscriberMeter(stop))
    }
}

#[derive(Default)]
struct Measure {
    /// The most time of a round for finding the first records that groups have not read.
    read_max: Duration,
    prefix: String,
    own: Vec<String>,
    round: u32,
    /// Groups that had read none of the topics, with the round of that.
    strangers: BTreeMap<String, u32>,
    /// The time of the first record at or after a position, by up to where it was looked; `None`: there is none
    /// before that.
    first: BTreeMap<(TopicPartition, i64), (i64, Option<i64>)>,
}

impl Measure {
    /// The lags, and how many groups were followed, refused and left out.
    fn round(
        &mut self,
        store: &dyn Store,
        reader: &mut dyn Reader,
    ) -> Result<(Lags, [usize; 3]), ScanError> {
        self.round = self.round.wrapping_add(1);
        let until = Instant::now() + self.read_max;
        let ends = self.ends(store, reader)?;
        let partitions: Vec<TopicPartition> = ends.keys().cloned().collect();
        let mut groups = store.groups()?;
        groups.retain(|group| !self.own.contains(group));
        let (mut lags, mut counts, mut kept) = (Lags::new(), [0; 3], BTreeMap::new());
        self.strangers.retain(|group, _| groups.contains(group));
        for group in groups {
            let asked = self.strangers.get(&group);
            if asked.is_some_and(|round| self.round.wrapping_sub(*round) < STRANGERS_EVERY) {
                continue;
            }
            if counts[0] >= GROUPS_MAX {
                counts[2] += 1;
                continue;
            }
            let positions = match store.positions(&group, &partitions) {
                Ok(positions) => positions,
                Err(LogError::Fatal(_)) => {
                    counts[1] += 1;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            self.strangers.remove(&group);
            if positions.iter().all(Option::is_none) {
                self.strangers.insert(group, self.round);
                continue;
            }
            counts[0] += 1;
            for (at, position) in partitions.iter().zip(positions) {
                let Some(position) = position else { continue };
                let lag = self.lag(reader, at, position, ends[at], until, &mut kept)?;
                let of_topic = (group.clone(), at.topic.clone());
                let sum = lags.entry(of_topic).or_insert_with(|| Some(Lag::default()));
                *sum = sum.zip(lag).map(|(sum, lag)| Lag {
                    offsets: sum.offsets + lag.offsets,
                    seconds: sum.seconds.max(lag.seconds),
                });
            }
        }
        self.first = kept;
        Ok((lags, counts))
    }

    fn ends(
        &self,
        store: &dyn Store,
        reader: &mut dyn Reader,
    ) -> Result<BTreeMap<TopicPartition, Watermarks>, ScanError> {
        let names = store.topic_names()?;
        let names: Vec<String> =
            names.into_iter().filter(|n| n.starts_with(&self.prefix)).collect();
        let mut ends = BTreeMap::new();
        for spec in store.describe_topics(&names)?.into_iter().flatten() {
            for partition in 0..spec.partitions {
                if ends.len() < PARTITIONS_MAX {
                    let at = TopicPartition { topic: spec.name.clone(), partition };
                    let marks = reader.watermarks(&at.topic, partition)?;
                    ends.insert(at, marks);
                }
            }
        }
        Ok(ends)
    }

    /// `None`: it is not known yet, since the time was over.
    fn lag(
        &self,
        reader: &mut dyn Reader,
        at: &TopicPartition,
        position: i64,
        marks: Watermarks,
        until: Instant,
        kept: &mut BTreeMap<(TopicPartition, i64), (i64, Option<i64>)>,
    ) -> Result<Option<Lag>, ScanError> {
        let from = position.max(marks.low);
        if from >= marks.stable {
            return Ok(Some(Lag::default()));
        }
        let key = (at.clone(), from);
        let known = kept.get(&key).or_else(|| self.first.get(&key)).copied();
        let (end, time) = match known {
            // A record may have come since behind what was transaction markers alone.
            Some((end, time)) if time.is_some() || end >= marks.stable => (end, time),
            _ => {
                let begin = known.map_or(from, |(end, _)| end.max(from));
                let mut found = None;
                let scan = Scan::range(&at.topic, at.partition, begin..marks.stable).until(until);
                let visit = &mut |record: RecordRef<'_>| -> Result<ControlFlow<()>, ScanError> {
                    found = Some(record.timestamp_ms);
                    Ok(ControlFlow::Break(()))
                };
                (scan.try_each(reader, visit)?, found)
            }
        };
        kept.insert(key, (end, time));
        Ok(match time {
            Some(time) => {
                let seconds = (now_ms() - time).max(0) as f64 / 1_000.0;
                Some(Lag { offsets: marks.stable - from, seconds })
            }
            None => (end >= marks.stable).then(Lag::default),
        })
    }
}

#[cfg(test)]
mod tests;
