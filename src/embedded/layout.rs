//! How keys and values lie in the environment. Numbers in keys are big-endian, so that the order
//! of bytes is the order of (topic, partition, offset). A change here is a new
//! [`super::environment::FORMAT`].

use crate::log::trace::{HEADER, Trace};
use sha2::{Digest, Sha256};

pub(super) type TopicId = u32;

const RECORD_HEAD: usize = 16;
const NO_BYTES: u32 = u32::MAX;
/// The environment takes keys of up to 511 bytes; eight are the topic and partition, one the tag.
const LONGEST_PLAIN_KEY: usize = 480;

pub(super) fn partition_key(topic: TopicId, partition: i32) -> [u8; 8] {
    let mut key = [0; 8];
    key[..4].copy_from_slice(&topic.to_be_bytes());
    key[4..].copy_from_slice(&partition.to_be_bytes());
    key
}

pub(super) fn record_key(topic: TopicId, partition: i32, offset: i64) -> [u8; 16] {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&partition_key(topic, partition));
    key[8..].copy_from_slice(&offset.to_be_bytes());
    key
}

pub(super) fn offset_of(record_key: &[u8]) -> Option<i64> {
    let bytes = record_key.get(8..16)?;
    Some(i64::from_be_bytes(bytes.try_into().ok()?))
}

pub(super) fn position_key(group: u32, topic: TopicId, partition: i32) -> [u8; 12] {
    let mut key = [0; 12];
    key[..4].copy_from_slice(&group.to_be_bytes());
    key[4..].copy_from_slice(&partition_key(topic, partition));
    key
}

/// Where a compacted topic finds the latest offset of a record's key. Long keys go by their
/// SHA-256; collisions do not occur in practice.
pub(super) fn latest_key(into: &mut Vec<u8>, topic: TopicId, partition: i32, key: &[u8]) {
    into.clear();
    into.extend_from_slice(&partition_key(topic, partition));
    if key.len() <= LONGEST_PLAIN_KEY {
        into.push(0);
        into.extend_from_slice(key);
    } else {
        into.push(1);
        into.extend_from_slice(&Sha256::digest(key));
    }
}

pub(super) fn decode_i64(bytes: &[u8]) -> Option<i64> {
    Some(i64::from_be_bytes(bytes.try_into().ok()?))
}

pub(super) fn decode_u64(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.try_into().ok()?))
}

/// A partition's ends, and its latest time, below which `LogAppendTime` never falls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PartitionState {
    pub low: i64,
    pub next: i64,
    pub last_timestamp_ms: i64,
}

impl PartitionState {
    pub(super) fn encode(self) -> [u8; 24] {
        let mut bytes = [0; 24];
        bytes[..8].copy_from_slice(&self.low.to_be_bytes());
        bytes[8..16].copy_from_slice(&self.next.to_be_bytes());
        bytes[16..].copy_from_slice(&self.last_timestamp_ms.to_be_bytes());
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != 24 {
            return None;
        }
        Some(PartitionState {
            low: decode_i64(&bytes[..8])?,
            next: decode_i64(&bytes[8..16])?,
            last_timestamp_ms: decode_i64(&bytes[16..])?,
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StoredRecord<'a> {
    pub timestamp_ms: i64,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    /// Written as a header, and read from it.
    pub trace: Option<Trace>,
}

/// Appends a record: time, length of key and value, key, value, headers. The caller has seen to it
/// that no part exceeds `max.message.bytes`, an `i32`.
pub(super) fn encode_record(
    into: &mut Vec<u8>,
    record: StoredRecord<'_>,
    headers: &[(&str, &str)],
) {
    let length = |bytes: Option<&[u8]>| bytes.map_or(NO_BYTES, |b| b.len() as u32);
    into.extend_from_slice(&record.timestamp_ms.to_be_bytes());
    into.extend_from_slice(&length(record.key).to_be_bytes());
    into.extend_from_slice(&length(record.value).to_be_bytes());
    into.extend_from_slice(record.key.unwrap_or_default());
    into.extend_from_slice(record.value.unwrap_or_default());
    let trace = record.trace.map(Trace::header);
    let trace = trace.as_ref().map(|header| (HEADER, header.as_str()));
    for text in headers.iter().copied().chain(trace).flat_map(|(name, value)| [name, value]) {
        into.extend_from_slice(&(text.len() as u32).to_be_bytes());
        into.extend_from_slice(text.as_bytes());
    }
}

/// Puts the time of the commit into an encoded record.
pub(super) fn stamp(record: &mut [u8], timestamp_ms: i64) {
    record[..8].copy_from_slice(&timestamp_ms.to_be_bytes());
}

/// `None` where the bytes are not a record.
pub(super) fn decode_record(bytes: &[u8]) -> Option<StoredRecord<'_>> {
    let (head, body) = bytes.split_at_checked(RECORD_HEAD)?;
    let timestamp_ms = decode_i64(&head[..8])?;
    let key_length = u32::from_be_bytes(head[8..12].try_into().ok()?);
    let value_length = u32::from_be_bytes(head[12..].try_into().ok()?);
    let (key, rest) = take(body, key_length)?;
    let (value, headers) = take(rest, value_length)?;
    Some(StoredRecord { timestamp_ms, key, value, trace: trace_of(headers) })
}

/// None where no header names a trace, which is nearly always.
fn trace_of(mut headers: &[u8]) -> Option<Trace> {
    let mut text = || {
        let (length, rest) = headers.split_first_chunk()?;
        let (text, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        headers = rest;
        std::str::from_utf8(text).ok()
    };
    loop {
        let (name, value) = (text()?, text()?);
        if name == HEADER {
            return Trace::parse(value);
        }
    }
}

fn take(bytes: &[u8], length: u32) -> Option<(Option<&[u8]>, &[u8])> {
    if length == NO_BYTES {
        return Some((None, bytes));
    }
    let (part, rest) = bytes.split_at_checked(length as usize)?;
    Some((Some(part), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_as_it_was_and_no_prefix_of_it_does() {
        let trace = Some(Trace::root(&[b"x"]));
        let record = StoredRecord { timestamp_ms: 7, key: Some(b"acme.com"), value: None, trace };
        let mut bytes = Vec::new();
        encode_record(&mut bytes, record, &[]);
        assert_eq!(decode_record(&bytes), Some(record));
        for length in 0..bytes.len() {
            assert_ne!(decode_record(&bytes[..length]), Some(record), "{length} bytes");
        }
    }

    #[test]
    fn an_empty_key_is_not_a_missing_one() {
        let record =
            StoredRecord { timestamp_ms: 1, key: Some(b""), value: Some(b""), trace: None };
        let mut bytes = Vec::new();
        encode_record(&mut bytes, record, &[("trace", "x")]);
        assert_eq!(decode_record(&bytes), Some(record));
    }

    #[test]
    fn keys_sort_by_topic_partition_offset() {
        let keys = [(1, 2, 300), (1, 2, 70_000), (1, 3, 0), (2, 0, 0)]
            .map(|(topic, partition, offset)| record_key(topic, partition, offset));
        assert!(keys.is_sorted());
    }

    #[test]
    fn a_long_key_fits_and_differs_from_its_like() {
        let mut one = Vec::new();
        let mut two = Vec::new();
        latest_key(&mut one, 1, 0, &[b'a'; 4_000]);
        latest_key(&mut two, 1, 0, &[b'a'; 4_001]);
        assert!(one.len() <= 511 && one != two);
    }
}
