//! A log that another rules version has decided so far goes on under this build's, without a copy.
//!
//! Rules are in force from an activation on (law 1): so each product's active profile is activated once more,
//! with this build's rules version, in every partition at once. States go on as they are; what the rules in
//! force make of them follows with the next look at each account. Before, a snapshot is saved: it is what an
//! audit by this build begins with, since only the other build can compute what came before.
//!
//! Going back is the same with the other build.

use super::copy::old::check_groups;
use super::partitions::{recorded, unfinished};
use super::place::Place;
use super::profiles::published::{self, Version};
use super::progress::{Meter, Progress};
use super::snapshot::{Known, save_as_it_is};
use crate::codec::{DecodeFailure, Decoded};
use crate::domain::account::input::{Activation, Broadcast};
use crate::domain::{RULES_VERSION, Text};
use crate::engine::names::Names;
use crate::engine::publication::{self, Stamps};
use crate::engine::scorer::Clock;
use crate::engine::staged::Staged;
use crate::log::scan::Scan;
use crate::log::transact::attempt;
use anyhow::{anyhow, bail};
use serde::Serialize;
use std::ops::ControlFlow;
use std::path::Path;
use uuid::Uuid;

/// Who upgrades, and why.
#[derive(Clone, Debug, Default)]
pub struct Said {
    pub by: Option<Text>,
    pub note: Option<Text>,
}

/// The result of an upgrade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Upgraded {
    /// The version before.
    pub rules_before: i32,
    /// The version of this build.
    pub rules_version: i32,
    /// The products whose profiles were activated once more.
    #[schemars(with = "Vec<String>")]
    pub products: Vec<Text>,
    /// The snapshot that an audit begins with.
    pub snapshot: Uuid,
}

/// Has this build go on with a log; `None` where it does already. `file`: for the snapshot; one that an
/// interrupted call has left is used again.
///
/// # Errors
/// The log is in use, has an activation that is not scored, or the file holds something else. Nothing was
/// written to the log then.
pub fn upgrade(
    place: &Place,
    file: &Path,
    said: &Said,
    now_ms: i64,
    progress: &mut dyn FnMut(Progress),
) -> anyhow::Result<Option<Upgraded>> {
    if let Some(why) = unfinished(place)? {
        bail!(why);
    }
    // Before anyone is asked to stop anything.
    if published::latest(place)?.iter().all(|v| v.activation.rules_version == RULES_VERSION) {
        return Ok(None);
    }
    check_groups(place)?;
    // As a `run` on this log does: in a folder only one of them works at a time.
    let scoring = format!("{}run", place.config.topics.prefix.as_str());
    let _alone = place.store.claim(&scoring, "buymode upgrade")?;
    let publisher = format!("{}buymode-publisher", place.config.topics.prefix.as_str());
    // From here on no earlier publisher can commit: the versions read now are the latest.
    let mut writer = place.store.writer(&publisher)?;
    let active = published::latest(place)?;
    let others: Vec<&Version> =
        active.iter().filter(|v| v.activation.rules_version != RULES_VERSION).collect();
    let Some(rules_before) = others.iter().map(|v| v.activation.rules_version).next() else {
        return Ok(None);
    };
    super::partitions::check(place)?;
    check_scored(place, &mut Meter::new(progress))?;
    if !file.exists() {
        save_as_it_is(place, file, now_ms, progress)?;
    }
    let snapshot = check_snapshot(place, file)?;
    check_groups(place)?;
    let (mut codec, names) = (place.codec.clone(), Names::new(place.topics.clone()));
    // History never gets a wall-clock stamp: the record counts as of what was read before it.
    let inputs_ms = match place.clock()? {
        Clock::Live => None,
        Clock::History => Some(1),
    };
    let stamps = Stamps { profiles_ms: None, inputs_ms };
    let (mut staged, partitions) = (Staged::default(), place.partitions()?);
    for version in &others {
        let activation = Activation {
            number: version.activation.number + 1,
            rules_version: RULES_VERSION,
            published_by: said.by.clone(),
            note: said.note.clone(),
            ..version.activation.clone()
        };
        publication::stage(&mut codec, &names, &activation, partitions, stamps, &mut staged)?;
    }
    let done =
        attempt(&mut *writer, &mut |writer| staged.send_all(&mut |output| writer.send(output)));
    done.map_err(|why| {
        anyhow!("{why}; use the same command again, which looks whether it was written")
    })?;
    let products = others.iter().map(|version| version.product().clone()).collect();
    Ok(Some(Upgraded { rules_before, rules_version: RULES_VERSION, products, snapshot }))
}

/// Refuses a log with an activation of other rules that is not scored: this build would stop at it.
fn check_scored(place: &Place, meter: &mut Meter<'_>) -> anyhow::Result<()> {
    meter.phase("reading what is not scored");
    let (mut reader, mut codec) = (place.store.reader()?, place.codec.clone());
    let topic = &place.topics.inputs;
    for partition in 0..place.partitions()? {
        let task = recorded(&mut *reader, &mut codec, &place.topics.accounts, partition)?;
        if task.is_some_and(|task| task.copied > task.next_offset) {
            bail!(place.topics.half_copied());
        }
        let marks = reader.watermarks(topic, partition)?;
        let from = task.map_or(marks.low, |task| task.next_offset.max(marks.low));
        meter.expect(&(from..marks.high));
        let mut passed = |offsets| meter.passed(offsets);
        let scan = Scan::range(topic, partition, from..marks.stable).report(&mut passed);
        scan.try_each(&mut *reader, &mut |record| {
            match codec.decode_input(record.key, record.value) {
                Ok(Decoded::Partition(Broadcast::Activation(activation)))
                    if activation.rules_version != RULES_VERSION =>
                {
                    bail!(
                        "{topic}[{partition}] offset {}: a profile was activated under rules version {} and is not \
                         scored; use that build with `run --until-caught-up` first",
                        record.offset,
                        activation.rules_version
                    )
                }
                Err(DecodeFailure::Registry(error)) => Err(error.into()),
                _ => Ok(ControlFlow::Continue(())),
            }
        })?;
    }
    Ok(())
}

/// The snapshot must be of this log as it stands: an audit begins there.
fn check_snapshot(place: &Place, file: &Path) -> anyhow::Result<Uuid> {
    let known = Known::open(file)?;
    let (mut reader, mut codec) = (place.store.reader()?, place.codec.clone());
    let partitions = place.partitions()?;
    for partition in 0..partitions {
        let task = recorded(&mut *reader, &mut codec, &place.topics.accounts, partition)?;
        let scored = task.as_ref().map_or(0, |task| task.next_offset);
        let at = (partition, partitions);
        let from = known.begin(&mut *reader, &place.topics.inputs, at, task.as_ref())?;
        if from != scored {
            bail!(
                "snapshot {} is older than the log: partition {partition} is scored up to offset {scored}, and in \
                 the snapshot up to {from}; use another file",
                file.display()
            );
        }
    }
    Ok(known.head.id)
}
