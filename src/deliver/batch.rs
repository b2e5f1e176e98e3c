//! What a role wants to write in its next transaction.

use crate::engine::hops::Hops;
use crate::log::trace::Trace;
use crate::log::{LogError, Output};
use std::sync::Arc;

/// Records in order; without a value a tombstone.
#[derive(Debug, Default)]
pub struct Batch {
    pub hops: Hops,
    records: Vec<Record>,
    bytes: usize,
}

#[derive(Debug)]
struct Record {
    topic: Arc<str>,
    partition: Option<i32>,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    trace: Option<Trace>,
}

impl Batch {
    pub fn push(
        &mut self,
        topic: &Arc<str>,
        partition: Option<i32>,
        key: Option<Vec<u8>>,
        value: Option<Vec<u8>>,
    ) {
        self.push_traced(topic, partition, (key, value), None);
    }

    /// With the trace that its header names.
    pub fn push_traced(
        &mut self,
        topic: &Arc<str>,
        partition: Option<i32>,
        (key, value): (Option<Vec<u8>>, Option<Vec<u8>>),
        trace: Option<Trace>,
    ) {
        let sizes = [&key, &value].map(|part| part.as_ref().map_or(0, Vec::len));
        self.bytes += 64 + sizes.iter().sum::<usize>();
        self.records.push(Record { topic: topic.clone(), partition, key, value, trace });
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn clear(&mut self) {
        self.hops.clear();
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
                trace: record.trace,
                ..Output::default()
            })
        })
    }
}
