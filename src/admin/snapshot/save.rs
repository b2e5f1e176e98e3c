//! Writes a snapshot, while the log goes on.
//!
//! 1. Each partition's states are read, as of one transaction each.
//! 2. The ends of the inputs are taken. What accounts of one partition had sent to those of another, and what
//!    the other's states do not reflect, lies before them.
//! 3. The inputs behind the states are folded: what that sends is left out, since a log that begins with
//!    the snapshot sends it again.
//! 4. These inputs are written. Of a profile or market news that some partition had before its end, each
//!    partition gets its copy.

use super::books::{BOOKS, Book};
use super::file::{FORMAT, FORMAT_WITH_DESK, Frame, Kind, Parts, Writer};
use super::known::base;
use super::unfinished::Unfinished;
use super::{Head, Part, last};
use crate::admin::place::Place;
use crate::admin::profiles::published;
use crate::admin::progress::{Meter, Progress};
use crate::admin::states::survivors;
use crate::codec::Codec;
use crate::domain::RULES_VERSION;
use crate::domain::account::records::TaskRecord;
use crate::domain::terms::account::AccountKey;
use crate::engine::snapshot::{BroadcastId, Rewritten, Sending, rewritten};
use crate::engine::survivors::Survivors;
use crate::log::scan::Scan;
use crate::log::{Reader, Stamp};
use anyhow::{Context, anyhow, bail};
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::ops::{ControlFlow, Range};
use std::path::Path;
use uuid::Uuid;

/// The result of a save.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Saved {
    /// The snapshot's id.
    pub id: Uuid,
    /// Of what the file holds, in hexadecimal.
    pub sha256: String,
    /// The file's size, in bytes.
    pub bytes: u64,
    pub partitions: i32,
    /// States of accounts.
    pub accounts: u64,
    /// Behind the states.
    pub inputs: u64,
    /// Records of the inputs that cannot be read: dead letters of the log, left out.
    pub unreadable: u64,
    /// Inputs that are left out, since they come of others that are in the snapshot.
    pub sent: u64,
}

/// Saves the log at a place into a file that does not exist yet.
///
/// # Errors
/// The log cannot be read or is half copied, or the file cannot be written. There is no file then.
pub fn save(
    place: &Place,
    path: &Path,
    now_ms: i64,
    progress: &mut dyn FnMut(Progress),
) -> anyhow::Result<Saved> {
    published::check_rules(place)?;
    save_as_it_is(place, path, now_ms, progress)
}

/// The same for a log that another rules version has decided so far: this build goes on with its states.
pub(in crate::admin) fn save_as_it_is(
    place: &Place,
    path: &Path,
    now_ms: i64,
    progress: &mut dyn FnMut(Progress),
) -> anyhow::Result<Saved> {
    if path.exists() {
        bail!("file {} exists already, and nothing was written; use another name", path.display());
    }
    let inputs = place.spec(&place.topics.inputs)?;
    let accounts = place.spec(&place.topics.accounts)?;
    if inputs.partitions != accounts.partitions {
        bail!(place.topics.grown(inputs.partitions, accounts.partitions));
    }
    let desk = super::desk::read(place, &mut place.codec.clone())?;
    let head = Head {
        format: if desk.is_empty() { FORMAT } else { FORMAT_WITH_DESK },
        id: Uuid::new_v4(),
        rules_version: RULES_VERSION,
        build: env!("CARGO_PKG_VERSION").to_owned(),
        saved_at_ms: now_ms,
        prefix: place.config.topics.prefix.as_str().to_owned(),
        partitions: inputs.partitions,
        history: inputs.stamp == Stamp::CreateTime,
    };
    let temporary = Unfinished::beside(path)?;
    let mut saving = Saving {
        place,
        reader: place.store.reader()?,
        codec: place.codec.clone(),
        local: Codec::local(),
        meter: Meter::new(progress),
        activations: BTreeMap::new(),
        saved: Saved {
            id: head.id,
            sha256: String::new(),
            bytes: 0,
            partitions: head.partitions,
            accounts: 0,
            inputs: 0,
            unreadable: 0,
            sent: 0,
        },
    };
    let mut writer = Writer::new(temporary.reopen()?, &head)?;
    saving.meter.phase("reading states");
    let mut begins = Vec::new();
    for partition in 0..head.partitions {
        begins.push(saving.states(partition, head.partitions, &mut writer)?);
    }
    writer.write(&Frame::json(Kind::States, &())?)?;
    let mut writer = writer.next_member()?;
    saving.behind(temporary.path(), &begins, &mut writer)?;
    desk.iter().try_for_each(|frame| writer.write(frame))?;
    let mut saved = saving.saved;
    saved.sha256 = writer.finish()?;
    saved.bytes = temporary.file().metadata()?.len();
    temporary.finish(path)?;
    Ok(saved)
}

struct Saving<'a, 'm> {
    place: &'a Place,
    reader: Box<dyn Reader>,
    codec: Codec,
    local: Codec,
    meter: Meter<'m>,
    /// The last number of each product's profile.
    activations: BTreeMap<String, u64>,
    saved: Saved,
}

impl Saving<'_, '_> {
    /// Writes a partition's states; gives the first offset that they do not reflect.
    fn states(
        &mut self,
        partition: i32,
        partitions: i32,
        writer: &mut Writer,
    ) -> anyhow::Result<i64> {
        let topics = &self.place.topics;
        let topic = &topics.accounts;
        let (reader, codec) = (&mut *self.reader, &mut self.codec);
        let found = survivors(reader, codec, topic, partition, &mut self.meter)?;
        let low = reader.watermarks(&topics.inputs, partition)?.low;
        let task = found.record.unwrap_or(TaskRecord::new(partition, partitions, low));
        if task.copied > task.next_offset {
            bail!(topics.half_copied());
        }
        if task.partitions != partitions {
            bail!(topics.grown(partitions, task.partitions));
        }
        let part = Part {
            partition,
            next_offset: task.next_offset,
            time_ms: task.time.0,
            transaction: task.transaction,
            seed: task.seed,
            last: last(reader, &topics.inputs, partition, low..task.next_offset)?,
        };
        writer.write(&Frame::json(Kind::Part, &part)?)?;
        self.write_states(topic, &part, found, writer)?;
        Ok(part.next_offset)
    }

    fn write_states(
        &mut self,
        topic: &str,
        part: &Part,
        found: Survivors,
        writer: &mut Writer,
    ) -> anyhow::Result<()> {
        let at = |why: String| anyhow!("{topic}[{}]: {why}", part.partition);
        let world = found.world(&mut self.codec).map_err(at)?;
        for logged in world.broadcasts() {
            note(&mut self.activations, &BroadcastId::of(&logged.broadcast));
        }
        let (partition, time_ms) = (part.partition, part.time_ms);
        let mut value = Vec::new();
        self.local.encode_world(topic, &world, &mut value)?;
        let (key, value) = (None, Some(value));
        writer.write(&Frame { kind: Kind::World, partition, time_ms, key, value })?;
        let mut states: Vec<(AccountKey, Vec<u8>)> = found.states.into_iter().collect();
        states.sort_unstable();
        for (account, bytes) in states {
            let state = self.codec.decode_state(&bytes);
            let state = state.map_err(|e| at(format!("the state of {account}: {e}")))?;
            let mut value = Vec::new();
            self.local.encode_state(topic, &state, &mut value)?;
            let (key, value) = (Some(account.as_str().as_bytes().to_vec()), Some(value));
            writer.write(&Frame { kind: Kind::State, partition, time_ms, key, value })?;
            self.saved.accounts += 1;
        }
        Ok(())
    }

    /// Writes what stands behind the states.
    fn behind(&mut self, states: &Path, begins: &[i64], writer: &mut Writer) -> anyhow::Result<()> {
        let place = self.place;
        let (topics, store) = (&place.topics, &*place.store);
        self.meter.phase("folding inputs");
        let mut ends = Vec::new();
        for book in BOOKS {
            ends.push(book.end(store, &mut *self.reader, topics)?);
        }
        let ranges = self.ranges(begins)?;
        let (mut sent, mut everywhere) = (HashSet::new(), HashSet::new());
        let mut parts = Parts::open(states)?;
        for range in &ranges {
            let found = base(&mut parts, &mut self.codec, &topics.accounts, false)?;
            let found = found.context("a part of the snapshot just written is missing")?;
            let mut sending = Sending::new(found, &mut self.codec, topics.clone())?;
            let (codec, local) = (&mut self.codec, &mut self.local);
            each(&mut *self.reader, &topics.inputs, range, &mut self.meter, &mut |record| {
                sending.fold(codec, record, &mut sent)?;
                let read = rewritten(codec, local, &topics.inputs, record.key, record.value)?;
                everywhere.extend(read.as_ref().and_then(Rewritten::broadcast));
                Ok(())
            })?;
            sending.look(&mut self.codec, &mut sent)?;
        }
        // All of a transaction that was seen in one partition is in the others by now.
        let later = self.ranges(&ranges.iter().map(|range| range.1.end).collect::<Vec<_>>())?;
        self.meter.phase("writing inputs");
        for range in &ranges {
            let is_new = |read: &Rewritten| read.sent().is_none_or(|one| !sent.contains(&one));
            let (unreadable, left_out) = self.inputs(range, writer, &is_new)?;
            self.saved.unreadable += unreadable;
            self.saved.sent += left_out;
            let is_one_of =
                |read: &Rewritten| read.broadcast().is_some_and(|id| everywhere.contains(&id));
            self.inputs(&later[usize::try_from(range.0)?], writer, &is_one_of)?;
        }
        for id in &everywhere {
            note(&mut self.activations, id);
        }
        for (book, end) in BOOKS.into_iter().zip(ends) {
            let reader = &mut *self.reader;
            // Every profile that a partition knows; it may have been published since.
            let end = match book {
                Book::Profiles => book.end(store, reader, topics)?,
                Book::Aliases | Book::Sources => end,
            };
            let codecs = (&mut self.codec, &mut self.local);
            book.read(reader, codecs, topics, end, &self.activations, &mut |f| writer.write(f))?;
        }
        Ok(())
    }

    /// From these offsets to the present ends, open transactions included.
    fn ranges(&mut self, begins: &[i64]) -> anyhow::Result<Vec<(i32, Range<i64>)>> {
        let topic = &self.place.topics.inputs;
        let mut ranges = Vec::new();
        for (partition, begin) in (0..).zip(begins) {
            let marks = self.reader.watermarks(topic, partition)?;
            if *begin < marks.low {
                bail!(
                    "{topic}[{partition}] begins at offset {}: retention has deleted inputs from {begin} on, which \
                     were not scored",
                    marks.low
                );
            }
            ranges.push((partition, *begin..marks.high.max(*begin)));
        }
        Ok(ranges)
    }

    /// Writes the inputs of a range that are to be kept; gives how many cannot be read, and how many others
    /// are left out.
    fn inputs(
        &mut self,
        range: &(i32, Range<i64>),
        writer: &mut Writer,
        keep: &dyn Fn(&Rewritten) -> bool,
    ) -> anyhow::Result<(u64, u64)> {
        let topic = &self.place.topics.inputs;
        let (codec, local, saved) = (&mut self.codec, &mut self.local, &mut self.saved);
        let (mut unreadable, mut left_out) = (0, 0);
        each(&mut *self.reader, topic, range, &mut self.meter, &mut |record| {
            let Some(read) = rewritten(codec, local, topic, record.key, record.value)? else {
                unreadable += 1;
                return Ok(());
            };
            if !keep(&read) {
                left_out += 1;
                return Ok(());
            }
            saved.inputs += 1;
            let (kind, partition, time_ms) = (Kind::Input, range.0, record.timestamp_ms);
            let (key, value) = (record.key.map(<[u8]>::to_vec), Some(read.bytes));
            writer.write(&Frame { kind, partition, time_ms, key, value })
        })?;
        Ok((unreadable, left_out))
    }
}

fn note(activations: &mut BTreeMap<String, u64>, id: &BroadcastId) {
    if let BroadcastId::Activation(product, number) = id {
        let last = activations.entry(product.clone()).or_default();
        *last = (*last).max(*number);
    }
}

fn each(
    reader: &mut dyn Reader,
    topic: &str,
    (partition, range): &(i32, Range<i64>),
    meter: &mut Meter<'_>,
    visit: &mut dyn FnMut(crate::log::RecordRef<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    meter.expect(range);
    let mut passed = |offsets| meter.passed(offsets);
    let scan = Scan::range(topic, *partition, range.clone()).report(&mut passed);
    scan.try_each(reader, &mut |record| visit(record).map(ControlFlow::Continue))?;
    Ok(())
}
