//! What the desk remembers, in a snapshot: an audit of the desk's log can begin there. It is not restored, since
//! another log has other decisions to forward.

use super::file::{Frame, Frames, Kind};
use super::{Mark, last};
use crate::admin::place::Place;
use crate::codec::Codec;
use crate::engine::topics::TASK_KEY;
use crate::log::scan::Scan;
use crate::log::{Reader, Store};
use anyhow::anyhow;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// What it remembered, with the schemas in the program.
pub struct Desk {
    /// The first record of its log that this does not reflect.
    pub next_offset: i64,
    pub records: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Where its log stood.
#[derive(Serialize, Deserialize)]
pub(super) struct Stood {
    pub next_offset: i64,
    /// The last record that is reflected, if it was there still.
    last: Option<Mark>,
}

/// Everything as of the end of one transaction; empty where there is no desk, or it has read nothing.
pub(super) fn read(place: &Place, codec: &mut Codec) -> anyhow::Result<Vec<Frame>> {
    let (store, topics) = (&*place.store, &place.topics);
    let topic = topics.desk_state.as_str();
    if store.describe_topics(&[topics.desk.clone(), topic.to_owned()])?.contains(&None) {
        return Ok(Vec::new());
    }
    let mut reader = store.reader()?;
    let mut held: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    let mut next = reader.watermarks(topic, 0)?.low;
    // Until nothing has come meanwhile: compaction may have removed a part that a later one stands for.
    loop {
        let end = reader.watermarks(topic, 0)?.stable;
        if next >= end {
            break;
        }
        Scan::range(topic, 0, next..end).each(&mut *reader, &mut |record| match (
            record.key,
            record.value,
        ) {
            (Some(key), Some(value)) => drop(held.insert(key.to_vec(), value.to_vec())),
            (Some(key), None) => drop(held.remove(key)),
            (None, _) => {}
        })?;
        next = end;
    }
    let unread = |failure| anyhow!("{topic}: a record cannot be read: {failure}");
    let Some(task) = held.get(TASK_KEY) else { return Ok(Vec::new()) };
    let next_offset = codec.decode_task(task).map_err(unread)?.next_offset;
    let low = reader.watermarks(&topics.desk, 0)?.low;
    let last = last(&mut *reader, &topics.desk, 0, low..next_offset.max(low))?;
    let mut frames = vec![Frame::json(Kind::Desk, &Stood { next_offset, last })?];
    let mut local = Codec::local();
    for (key, value) in held {
        let value = codec.decode_remembered(&value).map_err(unread)?;
        let mut bytes = Vec::new();
        local.encode_remembered(topic, &value, &mut bytes)?;
        let (key, value) = (Some(key), Some(bytes));
        frames.push(Frame { kind: Kind::Desk, partition: 0, time_ms: 0, key, value });
    }
    Ok(frames)
}

/// The desk of a file, if it is that of this log: one that began with the snapshot has another.
pub(super) fn known(path: &Path, store: &dyn Store, topic: &str) -> anyhow::Result<Option<Desk>> {
    let (mut stood, mut records) = (None, Vec::new());
    let mut frames = Frames::open(path)?;
    while let Some(frame) = frames.next()? {
        match (frame.kind, &frame.key, &frame.value) {
            (Kind::Desk, None, Some(_)) => stood = Some(frame.parse::<Stood>()?),
            (Kind::Desk, Some(key), Some(value)) => records.push((key.clone(), value.clone())),
            _ => {}
        }
    }
    let is_there = !store.describe_topics(&[topic.to_owned()])?.contains(&None);
    let Some(Stood { next_offset, last }) = stood.filter(|_| is_there) else { return Ok(None) };
    let mut reader = store.reader()?;
    let is_same = holds(&mut *reader, topic, next_offset, last.as_ref())?;
    Ok(is_same.then_some(Desk { next_offset, records }))
}

/// Whether a log holds the record that was the last one, or retention has removed it.
fn holds(
    reader: &mut dyn Reader,
    topic: &str,
    next_offset: i64,
    last: Option<&Mark>,
) -> anyhow::Result<bool> {
    let marks = reader.watermarks(topic, 0)?;
    let Some(last) = last.filter(|last| last.offset >= marks.low) else {
        return Ok(marks.low > 0 && next_offset <= marks.high);
    };
    let mut found = None;
    if last.offset < marks.stable {
        Scan::range(topic, 0, last.offset..last.offset + 1)
            .each(reader, &mut |record| found = Some(Mark::of(&record)))?;
    }
    Ok(found.as_ref() == Some(last))
}
