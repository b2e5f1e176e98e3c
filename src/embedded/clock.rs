//! Whether this machine's clock fits the log, before it stamps records, and the times that retention
//! goes by.

use heed::RoTxn;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::environment::{Environment, LastStamp, lock};
use super::topics::Topic;
use crate::log::{LogError, Stamp, clock};

/// How long other processes' records may go unnoticed.
const LOOK_EVERY: Duration = Duration::from_secs(1);

impl Environment {
    /// Refuses a clock that is far from the time of the last record of the folder's live topics. A log
    /// without such a record fits any clock.
    pub(super) fn check_clock(&self, txn: &RoTxn<'_>, now_ms: i64) -> Result<(), LogError> {
        if self.clock_is_right.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut last = lock(&self.last_stamp);
        if last.looked.is_none_or(|looked| looked.elapsed() >= LOOK_EVERY) {
            let mut time_ms = 0;
            for topic in self.topics(txn)? {
                if topic.spec.stamp == Stamp::LogAppendTime {
                    time_ms = time_ms.max(self.last_time_ms(txn, &topic)?);
                }
            }
            *last = LastStamp { looked: Some(Instant::now()), time_ms };
        }
        if last.time_ms == 0 {
            return Ok(());
        }
        let location = self.folder().display().to_string();
        let fits = clock::beside_log(now_ms, last.time_ms, &location);
        fits.map_err(|why| {
            // The next attempt looks again.
            last.looked = None;
            LogError::Fatal(why)
        })
    }

    /// The latest time of a topic's records, in milliseconds since 1970; 0: it never had one.
    pub(super) fn last_time_ms(&self, txn: &RoTxn<'_>, topic: &Topic) -> Result<i64, LogError> {
        let mut last_ms = 0;
        for partition in 0..topic.spec.partitions {
            let state = self.partition_state(txn, topic.id, partition)?;
            last_ms = last_ms.max(state.last_timestamp_ms);
        }
        Ok(last_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::{self, PartitionState};
    use super::super::store::{EmbeddedOptions, EmbeddedStore};
    use crate::log::{Cleanup, LogError, Output, Stamp, Store, TopicSpec};

    const DAY_MS: i64 = 86_400_000;

    fn spec(name: &str, stamp: Stamp, retention_ms: Option<i64>) -> TopicSpec {
        TopicSpec {
            name: name.to_owned(),
            partitions: 2,
            cleanup: Cleanup::Delete,
            retention_ms,
            stamp,
            max_message_bytes: 1_000,
            compression: None,
            replication: Default::default(),
        }
    }

    /// A folder whose topics' last times are these many days from now.
    fn folder(live: Option<i64>, history: Option<i64>) -> (tempfile::TempDir, EmbeddedStore) {
        let folder = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::open(&EmbeddedOptions::new(folder.path())).unwrap();
        let specs =
            [spec("live", Stamp::LogAppendTime, None), spec("history", Stamp::CreateTime, None)];
        store.create_topics(&specs).unwrap();
        for (id, days) in [(0, live), (1, history)] {
            let Some(days) = days else { continue };
            let last_timestamp_ms = super::super::environment::now_ms() + days * DAY_MS;
            let state = PartitionState { last_timestamp_ms, ..PartitionState::default() };
            let environment = store.environment();
            let key = layout::partition_key(id, 1);
            environment
                .write(|txn| {
                    environment.put(txn, environment.tables.partitions, &key, &state.encode())
                })
                .unwrap();
        }
        (folder, store)
    }

    fn write(
        store: &EmbeddedStore,
        topic: &str,
        timestamp_ms: Option<i64>,
    ) -> Result<(), LogError> {
        let mut writer = store.writer("w")?;
        writer.begin()?;
        let partition = Some(0);
        writer.send(&Output { topic, partition, timestamp_ms, ..Output::default() })?;
        writer.commit(&[])
    }

    #[test]
    fn a_clock_that_is_far_from_the_logs_last_time_stamps_nothing() {
        for (live, history, fits) in [
            (None, None, true),
            (Some(0), None, true),
            (Some(-29), None, true),
            (Some(-31), None, false),
            (Some(-400), None, false),
            (Some(2), None, false),
            (Some(400), None, false),
            // A history lives in its own time, whatever it is, and a live log may follow it.
            (None, Some(-4_000), true),
            (None, Some(400), true),
        ] {
            let (kept, store) = folder(live, history);
            let written = write(&store, "live", None);
            assert_eq!(written.is_ok(), fits, "{live:?} {history:?}: {written:?}");
            // What has its own time needs no clock.
            write(&store, "history", Some(1_000)).unwrap();
            assert_eq!(write(&store, "history", None).is_ok(), fits, "{live:?}");
            let Err(LogError::Fatal(message)) = written else { continue };
            assert!(message.contains("--clock-is-right"), "{message}");
            let options =
                EmbeddedOptions { clock_is_right: true, ..EmbeddedOptions::new(kept.path()) };
            let trusting = EmbeddedStore::open(&options).unwrap();
            write(&trusting, "live", None).unwrap();
        }
    }

    /// The clock was ahead once, and wrote into one topic: what is young in another one stays.
    #[test]
    fn retention_goes_by_the_time_of_the_topics_own_records() {
        let (_folder, store) = folder(None, None);
        store.create_topics(&[spec("kept", Stamp::CreateTime, Some(30 * DAY_MS))]).unwrap();
        let now_ms = super::super::environment::now_ms();
        for days in [0, 31] {
            write(&store, "kept", Some(now_ms - 431 * DAY_MS + days * DAY_MS)).unwrap();
        }
        let environment = store.environment();
        let ahead = |days: i64| {
            let due = environment.write(|txn| {
                *environment.next_trim.lock().unwrap() = std::time::Instant::now();
                environment.trim_when_due(txn, now_ms + days * DAY_MS)
            });
            due.unwrap();
            environment.watermarks("kept", 0).unwrap().low
        };
        // Of the two the first is old beside the second; the second is, beside the clock alone.
        assert_eq!(ahead(400), 1);
        // A clock that is behind takes less.
        write(&store, "kept", Some(now_ms)).unwrap();
        assert_eq!(ahead(-400), 1);
        assert_eq!(ahead(0), 2);
    }
}
