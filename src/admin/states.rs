//! Reads the states of a partition as of one transaction, while the log goes on.
//!
//! The topic is compacted: a record may vanish once its account has a later one, and what stands before an
//! offset is then not all that stood there. So the reading goes on to where the log ends *now*. What
//! vanished before it was read has a successor that is read too; only what was read last may not be
//! replaced meanwhile. A broker compacts no segment that is written to, and a folder is read last
//! in one of its snapshots.

use super::progress::Meter;
use crate::codec::Codec;
use crate::engine::survivors::Survivors;
use crate::log::scan::Scan;
use crate::log::{Reader, RecordRef};
use anyhow::bail;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// A reading that took no longer has come near the end.
const NEAR: Duration = Duration::from_secs(1);
const READINGS_MAX: usize = 50;
/// A snapshot of a folder has more.
const LAST_RECORDS_MAX: usize = 1_000;

/// Reads a partition of the accounts topic. Waits for open transactions: one ends in a partition
/// a moment before it ends in the next one, and all of it must be seen.
pub(super) fn survivors(
    reader: &mut dyn Reader,
    codec: &mut Codec,
    topic: &str,
    partition: i32,
    meter: &mut Meter<'_>,
) -> anyhow::Result<Survivors> {
    let mut survivors = Survivors::default();
    let mut next = reader.watermarks(topic, partition)?.low;
    for _ in 0..READINGS_MAX {
        let (began, end) = (Instant::now(), reader.watermarks(topic, partition)?.high);
        let range = next..end.max(next);
        meter.expect(&range);
        let mut passed = |offsets| meter.passed(offsets);
        let scan = Scan::range(topic, partition, range).report(&mut passed);
        next = scan.try_each(reader, &mut |record| match survivors.read(codec, record) {
            Ok(()) => Ok(ControlFlow::Continue(())),
            Err(why) => bail!("{topic}[{partition}]: {why}"),
        })?;
        if began.elapsed() < NEAR {
            last(reader, codec, (topic, partition), next, &mut survivors)?;
            survivors.end();
            return Ok(survivors);
        }
    }
    bail!(
        "{topic}[{partition}] is written to faster than it is read; use a faster connection or disk"
    )
}

fn last(
    reader: &mut dyn Reader,
    codec: &mut Codec,
    (topic, partition): (&str, i32),
    mut next: i64,
    survivors: &mut Survivors,
) -> anyhow::Result<()> {
    loop {
        let (mut records, mut failed) = (0, None);
        let mut visit = |record: RecordRef<'_>| {
            records += 1;
            failed = failed.take().or(survivors.read(codec, record).err());
        };
        next = reader.read(topic, partition, next, i64::MAX, Duration::ZERO, &mut visit)?;
        if let Some(why) = failed {
            bail!("{topic}[{partition}]: {why}");
        }
        if records < LAST_RECORDS_MAX {
            return Ok(());
        }
    }
}
