//! How large a log is and becomes: bytes of a record, measured on the last ones of each topic, records a day, and
//! what a topic holds once its retention is reached. The figures are of records as they are before compression.

use super::place::Place;
use super::topics::Standing;
use crate::log::scan::Scan;
use crate::log::{Cleanup, Reader, TopicSpec};
use serde::Serialize;

/// Offsets that are read of each partition, from its end.
const SAMPLE: i64 = 500;
/// Partitions of a topic that are read.
const PARTITIONS: i32 = 24;
const DAY_MS: i64 = 86_400_000;
/// A topic that is kept for ever is shown as it will be after so many days more.
const YEAR: f64 = 365.0;
/// Records that are older than any event are stamped with the first moments of 1970: they do not say how old a log is.
const UNDATED_MS: i64 = DAY_MS;

/// A topic's size.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Size {
    pub topic: String,
    /// At most so many: transactions have markers, and compaction leaves gaps.
    pub records: u64,
    /// Key and value of a record on average, of those that were read; none: there are none.
    pub record_bytes: Option<u64>,
    /// Records a day since the first one that is kept; none: less than an hour.
    pub daily_records: Option<u64>,
    /// What the topic holds once its retention is reached, at this pace, on one broker; of one that is kept for
    /// ever what is there and a year more, of a compacted one as it is now.
    pub kept_bytes: Option<u64>,
    /// The same on all brokers.
    pub replicated_bytes: Option<u64>,
}

#[derive(Default)]
struct Sample {
    offsets: u64,
    read: u64,
    bytes: u64,
    first_ms: Option<i64>,
    last_ms: Option<i64>,
}

impl Sample {
    fn stamped(&mut self, ms: i64) {
        if ms > UNDATED_MS {
            self.first_ms = Some(self.first_ms.map_or(ms, |first| first.min(ms)));
            self.last_ms = self.last_ms.max(Some(ms));
        }
    }
}

/// Measures the topics that are there.
///
/// # Errors
/// The log cannot be read.
pub fn measure(place: &Place, standings: &[Standing]) -> anyhow::Result<Vec<Size>> {
    let mut reader = place.store.reader()?;
    let found = standings.iter().filter_map(|standing| standing.found.as_ref());
    found.map(|spec| Ok(size(spec, &sample(&mut *reader, spec)?))).collect()
}

fn sample(reader: &mut dyn Reader, spec: &TopicSpec) -> anyhow::Result<Sample> {
    let mut sample = Sample::default();
    for partition in 0..spec.partitions {
        let marks = reader.watermarks(&spec.name, partition)?;
        sample.offsets += u64::try_from(marks.stable - marks.low).unwrap_or(0);
        if marks.stable == marks.low || partition >= PARTITIONS {
            continue;
        }
        // The age of the log: of the first record there is.
        let first = marks.low..(marks.low + SAMPLE).min(marks.stable);
        Scan::range(&spec.name, partition, first).each(reader, &mut |record| {
            sample.stamped(record.timestamp_ms);
        })?;
        let last = (marks.stable - SAMPLE).max(marks.low)..marks.stable;
        Scan::range(&spec.name, partition, last).each(reader, &mut |record| {
            sample.read += 1;
            let bytes = |part: Option<&[u8]>| part.map_or(0, <[u8]>::len) as u64;
            sample.bytes += bytes(record.key) + bytes(record.value);
            sample.stamped(record.timestamp_ms);
        })?;
    }
    Ok(sample)
}

fn size(spec: &TopicSpec, sample: &Sample) -> Size {
    let record_bytes = sample.bytes.checked_div(sample.read);
    let days = match (sample.first_ms, sample.last_ms) {
        (Some(first), Some(last)) if last - first >= DAY_MS / 24 => {
            Some((last - first) as f64 / DAY_MS as f64)
        }
        _ => None,
    };
    let daily = days.map(|days| sample.offsets as f64 / days);
    let kept_records = match (spec.cleanup, spec.retention_ms) {
        (Cleanup::Compact, _) => Some(sample.offsets as f64),
        (_, Some(ms)) => daily.map(|daily| daily * ms as f64 / DAY_MS as f64),
        (_, None) => daily.map(|daily| sample.offsets as f64 + daily * YEAR),
    };
    let kept = kept_records.zip(record_bytes).map(|(records, bytes)| records * bytes as f64);
    let replicas = f64::from(spec.replication.factor.unwrap_or(1));
    Size {
        topic: spec.name.clone(),
        records: sample.offsets,
        record_bytes,
        daily_records: daily.map(|daily| daily as u64),
        kept_bytes: kept.map(|bytes| bytes as u64),
        replicated_bytes: kept.map(|bytes| (bytes * replicas) as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::{Replication, Stamp};

    fn spec(cleanup: Cleanup, retention_days: Option<i64>) -> TopicSpec {
        TopicSpec {
            name: "t".to_owned(),
            partitions: 1,
            cleanup,
            retention_ms: retention_days.map(|days| days * DAY_MS),
            stamp: Stamp::LogAppendTime,
            max_message_bytes: 1,
            compression: None,
            replication: Replication { factor: Some(3), min_insync: Some(2) },
        }
    }

    #[test]
    fn should_not_count_the_years_before_the_first_event() {
        let mut sample = Sample { offsets: 48_000, read: 100, bytes: 26_200, ..Sample::default() };
        let today = 20_000 * DAY_MS;
        for ms in [1, 2, today - 10 * DAY_MS, today, 1] {
            sample.stamped(ms);
        }
        let size = size(&spec(Cleanup::Delete, None), &sample);
        assert_eq!(
            (size.daily_records, size.kept_bytes),
            (Some(4_800), Some((48_000 + 4_800 * 365) * 262))
        );
        let mut undated = Sample { offsets: 9, ..Sample::default() };
        undated.stamped(1);
        assert_eq!((undated.first_ms, undated.last_ms), (None, None));
    }

    #[test]
    fn should_reckon_what_a_topic_holds_once_its_retention_is_reached() {
        let sample = Sample {
            offsets: 2_000,
            read: 100,
            bytes: 20_000,
            first_ms: Some(0),
            last_ms: Some(10 * DAY_MS),
        };
        let table = [
            (Cleanup::Delete, Some(30), 200 * 30 * 200),
            (Cleanup::Delete, None, (2_000 + 200 * 365) * 200),
            (Cleanup::Compact, None, 2_000 * 200),
        ];
        for (cleanup, days, kept) in table {
            let size = size(&spec(cleanup, days), &sample);
            assert_eq!((size.record_bytes, size.daily_records), (Some(200), Some(200)));
            assert_eq!((size.kept_bytes, size.replicated_bytes), (Some(kept), Some(3 * kept)));
        }
        let young = Sample { last_ms: Some(1_000), ..sample };
        assert_eq!(size(&spec(Cleanup::Delete, None), &young).kept_bytes, None);
        let empty = size(&spec(Cleanup::Delete, None), &Sample::default());
        assert_eq!((empty.record_bytes, empty.kept_bytes), (None, None));
    }
}
