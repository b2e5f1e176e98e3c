//! Drives an audit of a whole log: reads states, decisions and dead letters, folds the inputs again,
//! and lets [`Audit`] compare.

use super::progress::{Meter, Progress};
use crate::codec::Codec;
use crate::engine::audit::{Audit, Findings, Survivors};
use crate::engine::topics::Topics;
use crate::log::scan::{Scan, partitions};
use crate::log::{Reader, RecordRef, Store};
use anyhow::bail;
use std::ops::{ControlFlow, Range};

/// Audits every partition of the inputs topic. `show` differences are kept in full; `progress` is
/// called about twice a second.
pub fn audit(
    store: &dyn Store,
    topics: Topics,
    codec: Codec,
    show: usize,
    progress: &mut dyn FnMut(Progress),
) -> anyhow::Result<Findings> {
    let partitions = partitions(store, &topics.inputs)?;
    let audit = Audit::new(topics.clone(), codec, show);
    let meter = Meter::new(progress);
    let mut driver = Driver { store, reader: store.reader()?, audit, meter };
    driver.meter.phase("reading states");
    let mut survivors = Vec::new();
    for partition in 0..partitions {
        let found = driver.survivors_of(&topics.accounts, partition)?;
        let upto = found.record.map_or(0, |record| record.next_offset);
        driver.audit.written_upto(partition, upto);
        survivors.push(found);
    }
    driver.meter.phase("reading decisions");
    let names = store.topic_names()?;
    for topic in names.iter().filter(|name| name.starts_with(&topics.route_prefix)) {
        driver.read_all(topic, Audit::wrote_decision)?;
    }
    driver.read_all(&topics.dead_letters, Audit::wrote_dead_letter)?;
    driver.meter.phase("folding inputs");
    for (partition, survivors) in (0..partitions).zip(survivors) {
        driver.fold(&topics.inputs, (partition, partitions), survivors)?;
    }
    Ok(driver.audit.finish())
}

struct Driver<'a> {
    store: &'a dyn Store,
    reader: Box<dyn Reader>,
    audit: Audit,
    meter: Meter<'a>,
}

impl Driver<'_> {
    fn survivors_of(&mut self, topic: &str, partition: i32) -> anyhow::Result<Survivors> {
        let mut survivors = Survivors::default();
        let marks = self.reader.watermarks(topic, partition)?;
        self.read(topic, partition, marks.low..marks.stable, &mut |audit, record| match survivors
            .read(audit.codec(), record)
        {
            Ok(()) => Ok(ControlFlow::Continue(())),
            Err(why) => bail!("{topic}[{partition}]: {why}"),
        })?;
        Ok(survivors)
    }

    fn read_all(&mut self, topic: &str, note: fn(&mut Audit, RecordRef<'_>)) -> anyhow::Result<()> {
        for partition in 0..partitions(self.store, topic)? {
            let marks = self.reader.watermarks(topic, partition)?;
            if marks.low > 0 {
                self.audit.is_trimmed(topic);
            }
            self.read(topic, partition, marks.low..marks.stable, &mut |audit, record| {
                note(audit, record);
                Ok(ControlFlow::Continue(()))
            })?;
        }
        Ok(())
    }

    fn fold(
        &mut self,
        topic: &str,
        (partition, partitions): (i32, i32),
        survivors: Survivors,
    ) -> anyhow::Result<()> {
        let upto = survivors.record.map_or(0, |record| record.next_offset);
        let low = self.reader.watermarks(topic, partition)?.low;
        if low > 0 && upto > 0 {
            bail!(
                "{topic}[{partition}] begins at offset {low}: retention has deleted the records before it, \
                 and an audit needs the log from its beginning; keep it with retention.ms=-1",
            );
        }
        let mut fold = self.audit.begin(partition, partitions, survivors);
        self.read(topic, partition, low..upto, &mut |audit, record| {
            audit.fold(&mut fold, record)?;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(self.audit.end(fold)?)
    }

    fn read(
        &mut self,
        topic: &str,
        partition: i32,
        range: Range<i64>,
        visit: &mut dyn FnMut(&mut Audit, RecordRef<'_>) -> anyhow::Result<ControlFlow<()>>,
    ) -> anyhow::Result<()> {
        let (reader, audit) = (&mut *self.reader, &mut self.audit);
        self.meter.expect(&range);
        let mut passed = |offsets| self.meter.passed(offsets);
        let scan = Scan::range(topic, partition, range).report(&mut passed);
        scan.try_each(reader, &mut |record| visit(audit, record))?;
        Ok(())
    }
}
