//! What the desk of the old log hands to the desk of the copy: the first records of its log.

use super::Desk;
use super::target::{Record, Target};
use crate::admin::place::Place;
use crate::codec::Codec;
use crate::log::Reader;
use crate::runtime::worker::now_ms;
use anyhow::bail;

/// Before the end of the copy, in transactions of their own where there are many: once more they change nothing.
pub(super) fn write(desk: &Desk, target: &mut Target<'_>, codec: &mut Codec) -> anyhow::Result<()> {
    for (key, content) in &desk.parts {
        let (topic, mut value) = (target.topics.desk.clone(), Vec::new());
        codec.encode_entry(&topic, content, &mut value)?;
        let (key, value) = (Some(key.clone()), Some(value));
        target.write(Record { topic, partition: Some(0), key, value, time_ms: now_ms() })?;
    }
    Ok(())
}

/// Refuses a desk that has read more since.
pub(super) fn check_end(desk: &Desk, place: &Place, reader: &mut dyn Reader) -> anyhow::Result<()> {
    let Some(end) = desk.end else { return Ok(()) };
    if reader.watermarks(&place.topics.desk, 0)?.high != end {
        bail!(
            "{} is still being written to: stop every `buymode deliver` of this log, then use the same command again",
            place.topics.desk
        );
    }
    Ok(())
}
