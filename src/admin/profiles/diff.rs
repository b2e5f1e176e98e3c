//! Folds a log under two profiles, and compares what each would say.

use crate::admin::place::Place;
use crate::admin::progress::{Meter, Progress};
use crate::analysis::diff::{Findings, From, Pair, Trial};
use crate::domain::profile::variant::CompiledProfile;
use crate::log::scan::Scan;
use anyhow::Context;
use std::ops::ControlFlow;
use std::sync::Arc;

/// What a diff reports while it runs.
pub enum Event {
    Progress(Progress),
    /// Something that makes the comparison less than complete.
    Note(String),
}

/// Folds every partition under both profiles. `show` accounts are kept with their reasons.
pub fn diff(
    place: &Place,
    [old, new]: [&Arc<CompiledProfile>; 2],
    from: From,
    show: usize,
    report: &mut dyn FnMut(Event),
) -> anyhow::Result<Findings> {
    let (topic, partitions) = (&place.topics.inputs, place.partitions()?);
    let mut reader = place.store.reader()?;
    let mut findings = Findings::new(old, new, show);
    let mut ranges = Vec::new();
    for partition in 0..partitions {
        let marks = reader.watermarks(topic, partition)?;
        if marks.low > 0 {
            report(Event::Note(format!(
                "{topic}[{partition}] begins at offset {}: records that retention has deleted are \
                 not compared",
                marks.low
            )));
        }
        ranges.push(marks.low..marks.stable);
    }
    let mut report = |progress| report(Event::Progress(progress));
    let mut meter = Meter::new(&mut report);
    ranges.iter().for_each(|range| meter.expect(range));
    for (partition, range) in (0..partitions).zip(ranges) {
        let trial = |profile| {
            let (codec, topics) = (place.codec.clone(), place.topics.clone());
            Trial::new(codec, topics, profile, from, (partition, partitions))
        };
        let mut pair = Pair { old: trial(old)?, new: trial(new)? };
        let mut passed = |offsets| meter.passed(offsets);
        let scan = Scan::range(topic, partition, range).report(&mut passed);
        scan.try_each(&mut *reader, &mut |record| {
            let folded = pair.old.fold(record).and_then(|()| pair.new.fold(record));
            folded.with_context(|| format!("{topic}[{partition}]"))?;
            anyhow::Ok(ControlFlow::Continue(()))
        })?;
        pair.finish(&new.profile.product, &mut findings)?;
    }
    Ok(findings)
}
