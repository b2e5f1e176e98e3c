//! What a batch wants to write, in order, in one growing buffer: no allocation a record.

use super::headers::Headers;
use super::hops::Hops;
use crate::log::trace::Trace;
use crate::log::{LogError, Output, RecordRef};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

/// What the buffer may keep between batches: a large one, while catching up, is not kept for ever.
const KEPT_BYTES_MAX: usize = 8 << 20;

#[derive(Debug)]
struct Entry {
    owner: i32,
    topic: Arc<str>,
    partition: Option<i32>,
    key: Option<Range<usize>>,
    value: Range<usize>,
    timestamp_ms: Option<i64>,
    trace: Option<Trace>,
    headers: Headers,
}

#[derive(Debug, Default)]
pub struct Staged {
    pub hops: Hops,
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    /// Bytes of this batch that were handed over already.
    handed_over: usize,
    /// Whose records are being staged: what a revoked partition staged is not sent.
    owner: i32,
    owners: BTreeSet<i32>,
}

/// Where a record goes.
#[derive(Clone, Debug)]
pub struct Destination<'a> {
    pub topic: &'a Arc<str>,
    /// `None`: by the key.
    pub partition: Option<i32>,
    pub key: Option<&'a [u8]>,
    pub timestamp_ms: Option<i64>,
}

impl Staged {
    /// Stages a record whose value `encode` appends to the buffer; nothing, where it fails.
    pub fn push<E>(
        &mut self,
        to: Destination<'_>,
        encode: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let topic = to.topic;
        self.push_alone(to, encode)?;
        let trace = self.hops.output(topic);
        if let Some(entry) = self.entries.last_mut() {
            entry.trace = trace;
        }
        Ok(())
    }

    /// The same of a record that does not follow from the one that is read.
    pub fn push_alone<E>(
        &mut self,
        to: Destination<'_>,
        encode: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let key = to.key.map(|key| {
            let start = self.bytes.len();
            self.bytes.extend_from_slice(key);
            start..self.bytes.len()
        });
        let start = self.bytes.len();
        encode(&mut self.bytes)?;
        self.owners.insert(self.owner);
        self.entries.push(Entry {
            owner: self.owner,
            topic: to.topic.clone(),
            partition: to.partition,
            key,
            value: start..self.bytes.len(),
            timestamp_ms: to.timestamp_ms,
            trace: None,
            headers: Headers::new(),
        });
        Ok(())
    }

    /// Gives the record staged last these headers.
    pub fn head(&mut self, headers: Headers) {
        if let Some(entry) = self.entries.last_mut() {
            entry.headers = headers;
        }
    }

    /// Outputs staged from here on belong to this partition.
    pub fn belongs_to(&mut self, partition: i32) {
        self.owner = partition;
    }

    /// Outputs staged from here on follow from this record.
    pub fn begin(&mut self, record: &RecordRef<'_>) -> &mut Staged {
        self.hops.begin(record);
        self
    }

    /// Outputs staged from here on follow from no single record.
    pub fn end(&mut self) {
        self.hops.end(self.owner);
    }

    /// Forgets what belongs to a partition that was taken away.
    pub fn forget(&mut self, partition: i32) {
        self.entries.retain(|e| e.owner != partition);
        self.owners.remove(&partition);
        self.hops.forget(partition);
        // Bytes without entries would look like something to commit.
        if self.entries.is_empty() {
            self.bytes.clear();
        }
    }

    pub fn touches(&self, partition: i32) -> bool {
        self.owners.contains(&partition)
    }

    /// The value of the record staged last.
    pub fn last_value(&self) -> &[u8] {
        self.entries.last().map_or(&[], |e| &self.bytes[e.value.clone()])
    }

    /// Of the whole batch, what was handed over already included.
    pub fn bytes(&self) -> usize {
        self.handed_over + self.bytes.len() + self.entries.len() * 64
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Forgets everything, and keeps the room for the next batch.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_BYTES_MAX);
        self.entries.clear();
        self.entries.shrink_to(KEPT_BYTES_MAX / size_of::<Entry>());
        self.owners.clear();
        self.hops.clear();
        self.handed_over = 0;
    }

    /// The staged records without their headers, which nothing is compared by.
    pub fn outputs(&self) -> impl Iterator<Item = Output<'_>> {
        self.entries.iter().map(|e| Output {
            topic: &e.topic,
            partition: e.partition,
            key: e.key.as_ref().map(|range| &self.bytes[range.clone()]),
            value: Some(&self.bytes[e.value.clone()]),
            timestamp_ms: e.timestamp_ms,
            headers: &[],
            trace: e.trace,
        })
    }

    /// Hands everything over that was not yet. It stays part of the batch.
    pub fn send_all(
        &mut self,
        send: &mut dyn FnMut(&Output<'_>) -> Result<(), LogError>,
    ) -> Result<(), LogError> {
        let mut pairs = Vec::new();
        for (output, entry) in self.outputs().zip(&self.entries) {
            pairs.clear();
            pairs.extend(entry.headers.iter().map(|(name, value)| (*name, &**value)));
            send(&Output { headers: &pairs, ..output })?;
        }
        self.handed_over = self.bytes();
        self.bytes.clear();
        self.entries.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_revoked_partition_staged_leaves_nothing_to_commit() {
        let topic: Arc<str> = "t".into();
        let to =
            Destination { topic: &topic, partition: None, key: Some(b"k"), timestamp_ms: None };
        let put = |out: &mut Vec<u8>| -> Result<(), ()> {
            out.push(1);
            Ok(())
        };
        let mut staged = Staged::default();
        for owner in [0, 1] {
            staged.belongs_to(owner);
            staged.push(to.clone(), put).unwrap();
        }
        staged.forget(0);
        assert!(staged.bytes() > 0 && staged.touches(1) && !staged.touches(0));
        staged.forget(1);
        assert_eq!(staged.bytes(), 0);
    }
}
