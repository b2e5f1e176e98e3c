//! Restores: a partition of another topic from its start to the end it had when the restore began.
//! Between them its clients fetch nothing, and so answer at once where a partition begins and ends.

use std::collections::HashMap;
use std::time::Duration;

use super::config::KafkaConfig;
use super::offsets::{self, Meter, Patience};
use super::partition::PartitionReader;
use super::waits::QUESTION;
use super::watched::call;
use crate::log::{LogError, RecordRef, RestoreProgress, TopicPartition, Watermarks};
use rdkafka::consumer::Consumer;
use rdkafka::metadata::Metadata;

const LOOK_MAX: Duration = Duration::from_millis(500);

pub(super) struct Restorer {
    reader: PartitionReader,
    meter: Meter,
    progress: HashMap<TopicPartition, RestoreProgress>,
}

impl Restorer {
    pub(super) fn open(config: &KafkaConfig, group: &str) -> Result<Restorer, LogError> {
        let reader = PartitionReader::open(config, group, LogError::Reopen)?.headless();
        Ok(Restorer { reader, meter: Meter::default(), progress: HashMap::new() })
    }

    /// Gives the clients newer access tokens, if there are any.
    pub(super) fn keep(&mut self) {
        self.reader.keep();
        self.meter.keep();
    }

    /// Of any topic.
    pub(super) fn watermarks(
        &mut self,
        config: &KafkaConfig,
        topic: &str,
        partition: i32,
    ) -> Result<Watermarks, LogError> {
        let client = self.reader.consumer().client();
        let patience = Patience { most: config.waits().answer(), gone: LogError::Reopen };
        self.meter.watermarks(config, client, topic, partition, patience)
    }

    /// The last stable offset, if the broker answers soon.
    pub(super) fn stable_end(&self, of: &TopicPartition) -> Option<i64> {
        offsets::end(self.reader.consumer().client(), &of.topic, of.partition)
    }

    /// Whether a reader gets any record at `from <= offset < to`. `false` where the broker does not answer.
    pub(super) fn has_record(&mut self, of: &TopicPartition, from: i64, to: i64) -> bool {
        let mut found = false;
        let TopicPartition { topic, partition } = of;
        let read = self.reader.read(topic, *partition, from, to, LOOK_MAX, &mut |_| found = true);
        let rested = self.reader.rest();
        found && read.and(rested).is_ok()
    }

    /// What the cluster says of all its topics, if a broker answers soon.
    pub(super) fn metadata(&self) -> Option<Metadata> {
        let ask = || self.reader.consumer().client().fetch_metadata(None, QUESTION);
        call(self.reader.calls(), "fetch_metadata", ask).ok()
    }

    /// Whether this client may read a partition. Without an answer it may.
    pub(super) fn may_read(&mut self, of: &TopicPartition) -> bool {
        let TopicPartition { topic, partition } = of;
        let client = self.reader.consumer().client();
        let asked = offsets::attempt(client, self.reader.calls(), topic, *partition);
        let Ok((low, _)) = asked else { return true };
        let read = self.reader.read(topic, *partition, low, low + 1, LOOK_MAX, &mut |_| {});
        let rested = self.reader.rest();
        !matches!(read, Err(LogError::Fatal(_))) || rested.is_err()
    }

    pub(super) fn restore(
        &mut self,
        config: &KafkaConfig,
        which: TopicPartition,
        restart: bool,
        budget: Duration,
        visit: &mut dyn FnMut(RecordRef<'_>),
    ) -> Result<RestoreProgress, LogError> {
        let TopicPartition { topic, partition } = &which;
        let mut progress = match self.progress.get(&which) {
            Some(progress) if !restart => *progress,
            _ => {
                let marks = self.watermarks(config, topic, *partition)?;
                RestoreProgress {
                    position: marks.low,
                    start: marks.low,
                    end: marks.high,
                    done: marks.low >= marks.high,
                }
            }
        };
        if !progress.done {
            let (from, to) = (progress.position, progress.end);
            progress.position = self.reader.read(topic, *partition, from, to, budget, visit)?;
            progress.done = progress.position >= progress.end;
            if progress.done {
                self.reader.rest()?;
            }
        }
        self.progress.insert(which, progress);
        Ok(progress)
    }
}
