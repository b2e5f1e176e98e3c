//! What a role wants to write in its next transaction.

use crate::log::{LogError, Output};
use std::sync::Arc;

/// Records in order; without a value a tombstone.
#[derive(Debug, Default)]
pub struct Batch {
    records: Vec<Record>,
    bytes: usize,
}

#[derive(Debug)]
struct Record {
    topic: Arc<str>,
    partition: Option<i32>,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
}

impl Batch {
    pub fn push(
        &mut self,
        topic: &Arc<str>,
        partition: Option<i32>,
        key: Option<Vec<u8>>,
        value: Option<Vec<u8>>,
    ) {
        let sizes = [&key, &value].map(|part| part.as_ref().map_or(0, Vec::len));
        self.bytes += 64 + sizes.iter().sum::<usize>();
        self.records.push(Record { topic: topic.clone(), partition, key, value });
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn clear(&mut self) {
        self.records.clear();
        self.bytes = 0;
    }

    /// Hands everything over; it stays until it is cleared.
    pub fn send_all(
        &self,
        send: &mut dyn FnMut(&Output<'_>) -> Result<(), LogError>,
    ) -> Result<(), LogError> {
        self.records.iter().try_for_each(|record| {
            send(&Output {
                topic: &record.topic,
                partition: record.partition,
                key: record.key.as_deref(),
                value: record.value.as_deref(),
                ..Output::default()
            })
        })
    }
}
