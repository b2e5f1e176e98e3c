//! Drives an audit of a whole log: reads states, decisions and dead letters, folds the inputs again,
//! and lets [`Audit`] compare.

use super::progress::{Meter, Progress};
use super::snapshot::{Bases, Known, known_base};
use super::states::survivors;
use crate::codec::Codec;
use crate::engine::audit::{Audit, Findings};
use crate::engine::survivors::Survivors;
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
    audit_from(store, topics, codec, show, None, progress)
}

/// The same; the states of `from` are taken for true, and the fold begins there.
pub fn audit_from(
    store: &dyn Store,
    topics: Topics,
    codec: Codec,
    show: usize,
    from: Option<&Known>,
    progress: &mut dyn FnMut(Progress),
) -> anyhow::Result<Findings> {
    let partitions = partitions(store, &topics.inputs)?;
    let audit = Audit::new(topics.clone(), codec, show);
    let meter = Meter::new(progress);
    let mut driver = Driver { store, reader: store.reader()?, audit, meter };
    driver.meter.phase("reading states");
    let mut outputs = store.topic_names()?;
    outputs.retain(|name| name.starts_with(&topics.route_prefix));
    outputs.push(topics.dead_letters.clone());
    for topic in &outputs {
        driver.note_ends(topic)?;
    }
    let (mut survivors, mut is_seed) = (Vec::new(), false);
    for partition in 0..partitions {
        let found = driver.survivors_of(&topics.accounts, partition)?;
        let record = found.record.as_ref();
        if record.is_some_and(|record| record.copied > record.next_offset) {
            bail!(topics.half_copied());
        }
        let upto = record.map_or(0, |record| record.next_offset);
        driver.audit.written_upto(partition, upto);
        match (from, record.and_then(|record| record.seed)) {
            (Some(from), _) => {
                is_seed |= from.is_seed(record);
                let place = (partition, partitions);
                let at = from.begin(&mut *driver.reader, &topics.inputs, place, record)?;
                driver.audit.begins_at(partition, at);
            }
            (None, Some(seed)) => bail!(
                "{}; use --from FILE with that snapshot, or with a later one of this log",
                topics.began_with(seed)
            ),
            (None, None) => {}
        }
        survivors.push(found);
    }
    driver.meter.phase("reading decisions");
    for topic in &outputs {
        let is_route = *topic != topics.dead_letters;
        let note = if is_route { Audit::wrote_decision } else { Audit::wrote_dead_letter };
        driver.read_all(topic, note)?;
    }
    driver.meter.phase("folding inputs");
    let mut bases = from.map(Known::bases).transpose()?;
    for (partition, survivors) in (0..partitions).zip(survivors) {
        let bases = bases.as_mut().map(|bases| (bases, is_seed));
        driver.fold(&topics, (partition, partitions), survivors, bases)?;
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
    /// Before the states are read: an output that stands there now was committed with a state that
    /// will be read.
    fn note_ends(&mut self, topic: &str) -> anyhow::Result<()> {
        let mut ends = Vec::new();
        for partition in 0..partitions(self.store, topic)? {
            ends.push(self.reader.watermarks(topic, partition)?.stable);
        }
        self.audit.ended_at(topic, ends);
        Ok(())
    }

    fn survivors_of(&mut self, topic: &str, partition: i32) -> anyhow::Result<Survivors> {
        let (reader, codec) = (&mut *self.reader, self.audit.codec());
        survivors(reader, codec, topic, partition, &mut self.meter)
    }

    fn read_all(&mut self, topic: &str, note: fn(&mut Audit, RecordRef<'_>)) -> anyhow::Result<()> {
        for partition in 0..partitions(self.store, topic)? {
            let marks = self.reader.watermarks(topic, partition)?;
            if marks.low > 0 {
                self.audit.is_trimmed(topic);
            }
            self.read(topic, partition, marks.low..marks.high, &mut |audit, record| {
                note(audit, record);
                Ok(ControlFlow::Continue(()))
            })?;
        }
        Ok(())
    }

    fn fold(
        &mut self,
        topics: &Topics,
        (partition, partitions): (i32, i32),
        survivors: Survivors,
        bases: Option<(&mut Bases, bool)>,
    ) -> anyhow::Result<()> {
        let topic = &topics.inputs;
        let upto = survivors.record.map_or(0, |record| record.next_offset);
        let marks = self.reader.watermarks(topic, partition)?;
        let low = marks.low;
        if upto > marks.high {
            bail!(
                "{topic}[{partition}] ends at offset {}, but its states reflect inputs up to {upto}: was \
                 the topic made anew? its states and decisions belong to the former one",
                marks.high
            );
        }
        let base = bases.map(|(bases, is_seed)| {
            known_base(bases, self.audit.codec(), &topics.accounts, is_seed)
        });
        let base = base.transpose()?;
        let begin = base.as_ref().map_or(0, |base| base.record.next_offset);
        if low > begin && upto > begin {
            bail!(
                "{topic}[{partition}] begins at offset {low}: retention has deleted records from {begin} on, and an \
                 audit needs them; keep them with retention.ms=-1, or use --from FILE with a snapshot that was \
                 taken later",
            );
        }
        let mut fold = match base {
            Some(base) => self.audit.begin_with(base, survivors)?,
            None => self.audit.begin(partition, partitions, survivors),
        };
        self.read(topic, partition, begin.max(low)..upto, &mut |audit, record| {
            audit.fold(&mut fold, record)?;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(self.audit.end(fold)?)
    }

    /// Up to the end that open transactions have reached: a transaction ends in one partition a moment
    /// before it ends in the next one, and all of it must be seen.
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
