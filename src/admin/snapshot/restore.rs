//! Writes a snapshot into topics that hold nothing yet. Until the end they are marked as unfinished, so that nothing scores or writes it; an interrupted restore goes on with the same file.
//!
//! The new inputs count from 0, and the states keep the order of what they reflect: see
//! [`Moved`].

use super::books::Book;
use super::file::{Frames, Kind};
use super::known::{account, moved_state, moved_world};
use super::{Content, Part, content};
use crate::admin::copy::old::check_groups;
use crate::admin::copy::target::{Record, Target, mark_first};
use crate::admin::partitions::recorded;
use crate::admin::place::Place;
use crate::admin::progress::{Meter, Progress};
use crate::admin::topics::{configured_routes, specs, wanted_of_desk};
use crate::codec::{Codec, Decoded};
use crate::config::TopicsConfig;
use crate::domain::account::input::Broadcast;
use crate::domain::account::records::TaskRecord;
use crate::domain::{RULES_VERSION, Text};
use crate::engine::snapshot::{Moved, rewritten};
use crate::engine::topics::WORLD_KEY;
use crate::log::scan::Scan;
use crate::log::{Stamp, TopicSpec};
use anyhow::{Context, anyhow, bail};
use serde::Serialize;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;
use uuid::Uuid;

/// A restore was asked for again that is whole: its end may have been written when it was interrupted.
#[derive(Debug, thiserror::Error)]
#[error("snapshot {id} is restored into {inputs} already")]
pub struct Finished {
    pub id: Uuid,
    pub inputs: String,
}

/// The result of a restore.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Restored {
    /// The snapshot's id.
    pub id: Uuid,
    pub partitions: i32,
    /// States of accounts.
    pub accounts: u64,
    /// For the next `run` to score.
    pub inputs: u64,
    /// Of these were there already, from an interrupted restore.
    pub resumed: u64,
    /// Profiles that were published.
    pub profiles: u64,
}

/// Restores a file into the topics of a place.
///
/// # Errors
/// [`Finished`]. Or the file is not whole, or another build's; or the topics hold something else, or are in use.
pub fn restore(
    place: &Place,
    path: &Path,
    progress: &mut dyn FnMut(Progress),
) -> anyhow::Result<Restored> {
    let mut meter = Meter::new(progress);
    meter.phase("checking the snapshot");
    let content = content(path)?;
    check(&content)?;
    // Before anyone is asked to stop anything: what is in use is refused in any case.
    if !begun(place, &content)? {
        check_empty(place)?;
    }
    check_groups(place)?;
    // As a `run` on this log does: in a folder only one of them works at a time.
    let scoring = format!("{}run", place.config.topics.prefix.as_str());
    let _alone = place.store.claim(&scoring, "buymode snapshot restore")?;
    let routes = routes(place, path)?;
    let mut codec = create(place, &content, &routes)?;
    let topics = &place.topics;
    let partitions = content.head.partitions;
    let mut target = Target::open(&*place.store, topics.clone(), partitions, codec.clone())?;
    mark(place, &content, &mut target)?;
    by_writer(place, Stamp::CreateTime)?;
    meter.phase("writing states");
    let mut restoring =
        Restoring { place, target: &mut target, codec: &mut codec, parts: Vec::new() };
    let mut frames = Frames::open(path)?;
    while let Some(frame) = frames.next()? {
        meter.passed(1);
        restoring.frame(frame)?;
    }
    let parts = std::mem::take(&mut restoring.parts);
    target.check_whole()?;
    target.flush()?;
    check_groups(place)?;
    let profiles = copy_books(place, path, &mut target, &mut codec)?;
    for part in &parts {
        let task = part.task(partitions);
        target.task(&TaskRecord { next_offset: 0, seed: Some(content.head.id), ..task })?;
    }
    if !content.head.history {
        by_writer(place, Stamp::LogAppendTime)?;
    }
    let inputs = target.counts().iter().sum::<u64>();
    target.flush()?;
    Ok(Restored {
        id: content.head.id,
        partitions,
        accounts: content.accounts,
        inputs,
        resumed: target.resumed,
        profiles,
    })
}

fn check(content: &Content) -> anyhow::Result<()> {
    let head = &content.head;
    if head.rules_version != RULES_VERSION {
        bail!(
            "the snapshot was taken under rules version {}, and this build has version {RULES_VERSION}; use the \
             build that took it ({})",
            head.rules_version,
            head.build
        );
    }
    let numbers = content.parts.iter().map(|part| part.partition);
    if !numbers.eq(0..head.partitions) {
        bail!("invalid snapshot: it has other partitions than it says");
    }
    Ok(())
}

/// The routes of the profiles in the file, active or to become so, and of the settings.
fn routes(place: &Place, path: &Path) -> anyhow::Result<BTreeSet<Text>> {
    let mut routes = configured_routes(&place.config, &[])?;
    let (mut frames, mut local) = (Frames::open(path)?, Codec::local());
    let mut note = |broadcast: &Broadcast| {
        if let Broadcast::Activation(activation) = broadcast {
            routes.extend(activation.profile.profile.route_names());
        }
    };
    while let Some(frame) = frames.next()? {
        match frame.kind {
            Kind::World => {
                let world = local.decode_world(frame.value.as_deref().unwrap_or_default())?;
                world.broadcasts().iter().for_each(|logged| note(&logged.broadcast));
            }
            Kind::Book if Book::of(&frame)? != Book::Profiles => {}
            Kind::Book | Kind::Input => {
                let decoded = local.decode_unkeyed(frame.value.as_deref());
                if let Ok(Decoded::Partition(broadcast)) = decoded {
                    note(&broadcast);
                }
            }
            Kind::Head | Kind::Part | Kind::State | Kind::States | Kind::End | Kind::Desk => {}
        }
    }
    Ok(routes)
}

/// Makes the topics that are missing, the marked accounts first; gives the codec that their schemas are
/// registered with.
fn create(place: &Place, content: &Content, routes: &BTreeSet<Text>) -> anyhow::Result<Codec> {
    let head = &content.head;
    let config = TopicsConfig { history: head.history, ..place.config.topics.clone() };
    let mut wanted = specs(&place.topics, &config, head.partitions, routes);
    for spec in wanted.iter_mut().filter(|spec| spec.name == place.topics.inputs) {
        spec.stamp = Stamp::CreateTime;
    }
    if !head.history {
        wanted.extend(wanted_of_desk(place)?);
    }
    let (store, codec) = (place.store.clone(), place.codec.clone());
    let (topics, config) = (place.topics.clone(), place.config.clone());
    let mut new = Place { store, codec, topics, config };
    new.register_all(&wanted)?;
    if let Some(accounts) = wanted.iter().find(|spec| spec.name == place.topics.accounts) {
        mark_first(&*place.store, &place.topics, &new.codec, accounts, Some(head.id))?;
    }
    place.store.create_topics(&wanted)?;
    let names: Vec<String> = wanted.iter().map(|spec| spec.name.clone()).collect();
    for (spec, found) in wanted.iter().zip(place.store.describe_topics(&names)?) {
        let found = found.with_context(|| format!("topic {} was not created", spec.name))?;
        let counts = [&place.topics.inputs, &place.topics.accounts];
        if found.partitions != spec.partitions && counts.contains(&&spec.name) {
            bail!(
                "topic {} has {} partitions, and the snapshot {}; restore it into topics of another prefix",
                spec.name,
                found.partitions,
                spec.partitions
            );
        }
    }
    Ok(new.codec)
}

/// Who stamps the inputs: those of the snapshot have their times.
fn by_writer(place: &Place, stamp: Stamp) -> anyhow::Result<()> {
    let inputs: TopicSpec = place.spec(&place.topics.inputs)?;
    if inputs.stamp != stamp {
        place.store.set_stamp(&inputs, stamp)?;
    }
    Ok(())
}

/// Whether this restore was begun before. Refuses topics that are something else.
fn begun(place: &Place, content: &Content) -> anyhow::Result<bool> {
    let topics = &place.topics;
    let names = [topics.inputs.clone(), topics.accounts.clone()];
    let there = place.store.describe_topics(&names)?;
    let [inputs, Some(accounts)] = &there[..] else { return Ok(false) };
    let (mut reader, mut codec) = (place.store.reader()?, place.codec.clone());
    for part in &content.parts {
        if inputs.as_ref().is_some_and(|inputs| part.partition < inputs.partitions) {
            let low = reader.watermarks(&topics.inputs, part.partition)?.low;
            if low > 0 {
                bail!(
                    "{}[{}] begins at offset {low}: it has held records; restore the snapshot into new topics \
                     (another prefix or folder)",
                    topics.inputs,
                    part.partition
                );
            }
        }
        if part.partition >= accounts.partitions {
            continue;
        }
        let found = recorded(&mut *reader, &mut codec, &topics.accounts, part.partition)?;
        let Some(task) = found else { continue };
        let is_ours = task.seed == Some(content.head.id);
        match (task.copied > task.next_offset, is_ours) {
            (true, true) => return Ok(true),
            (true, false) => bail!(
                "{} is in use: an unfinished copy, or an unfinished restore of another snapshot; use another \
                 prefix or folder",
                topics.inputs
            ),
            (false, true) if task.next_offset == 0 => {
                bail!(Finished { id: content.head.id, inputs: topics.inputs.clone() })
            }
            (false, _) => bail!(
                "{}[{}] is in use: the log went on, it is scored up to offset {}. A snapshot is never restored \
                 over a log, which would decide again what it has decided; use another prefix or folder",
                topics.inputs,
                part.partition,
                task.next_offset
            ),
        }
    }
    Ok(false)
}

/// Refuses topics that hold anything.
fn check_empty(place: &Place) -> anyhow::Result<()> {
    let topics = &place.topics;
    let ours = [&topics.accounts, &topics.profiles, &topics.dead_letters, &topics.inputs];
    for name in place.store.topic_names()? {
        let is_route = name.starts_with(&topics.route_prefix);
        if (is_route || ours.contains(&&name)) && holds_records(place, &name)? {
            bail!(full(&name));
        }
    }
    Ok(())
}

fn full(topic: &str) -> String {
    format!(
        "topic {topic} holds records; restore the snapshot into empty topics (another prefix or folder)"
    )
}

/// Marks topics that were there and hold nothing; those that this restore has marked are gone on with.
fn mark(place: &Place, content: &Content, target: &mut Target<'_>) -> anyhow::Result<()> {
    if begun(place, content)? {
        return Ok(());
    }
    if !target.is_empty() {
        bail!(full(&place.topics.inputs));
    }
    target.mark(Some(content.head.id))
}

fn holds_records(place: &Place, topic: &str) -> anyhow::Result<bool> {
    let mut reader = place.store.reader()?;
    let mut any = false;
    for partition in 0..place.spec(topic)?.partitions {
        Scan::whole(&mut *reader, topic, partition)?.try_each(&mut *reader, &mut |_| {
            any = true;
            Ok::<_, anyhow::Error>(ControlFlow::Break(()))
        })?;
    }
    Ok(any)
}

struct Restoring<'a, 'm> {
    place: &'a Place,
    target: &'a mut Target<'m>,
    codec: &'a mut Codec,
    parts: Vec<Part>,
}

impl Restoring<'_, '_> {
    fn frame(&mut self, frame: super::file::Frame) -> anyhow::Result<()> {
        let topics = &self.place.topics;
        let moved = self.parts.last().map(|part| Moved::from(&part.task(0)));
        let value = frame.value.as_deref().unwrap_or_default();
        let (mut local, mut bytes) = (Codec::local(), Vec::new());
        let key = match frame.kind {
            Kind::Part => {
                self.parts.push(frame.parse()?);
                return Ok(());
            }
            Kind::World => {
                let world = moved_world(local.decode_world(value)?, moved);
                self.codec.encode_world(&topics.accounts, &world, &mut bytes)?;
                WORLD_KEY.to_vec()
            }
            Kind::State => {
                let key = frame.key.unwrap_or_default();
                account(&key)?;
                let state = moved_state(local.decode_state(value)?, moved);
                self.codec.encode_state(&topics.accounts, &state, &mut bytes)?;
                key
            }
            Kind::Input => {
                let (key, value) = (frame.key.as_deref(), frame.value.as_deref());
                let read = rewritten(&mut local, self.codec, &topics.inputs, key, value)?;
                let read =
                    read.ok_or_else(|| anyhow!("an input of the snapshot cannot be read"))?;
                return self.target.put(
                    frame.partition,
                    frame.key,
                    Some(read.bytes),
                    frame.time_ms,
                );
            }
            Kind::Head | Kind::States | Kind::Book | Kind::End | Kind::Desk => return Ok(()),
        };
        let (topic, partition) = (topics.accounts.clone(), Some(frame.partition));
        let (key, value) = (Some(key), Some(bytes));
        self.target.write(Record { topic, partition, key, value, time_ms: frame.time_ms })
    }
}

/// Writes the topics of one partition: the profiles in the transaction that ends the restore. Gives their
/// number.
fn copy_books(
    place: &Place,
    path: &Path,
    target: &mut Target<'_>,
    codec: &mut Codec,
) -> anyhow::Result<u64> {
    let (mut frames, mut local, mut profiles) = (Frames::open(path)?, Codec::local(), 0);
    while let Some(frame) = frames.next()? {
        if frame.kind != Kind::Book {
            continue;
        }
        let book = Book::of(&frame)?;
        let topic = book.topic(&place.topics).to_owned();
        let value = frame.value.as_deref();
        let value =
            value.map(|value| book.rewritten(&mut local, codec, &topic, value)).transpose()?;
        let (partition, key, time_ms) = (Some(0), frame.key, frame.time_ms);
        let record = Record { topic, partition, key, value, time_ms };
        match book {
            Book::Profiles => {
                profiles += 1;
                target.add(record);
            }
            // Compacted: once more does no harm.
            Book::Aliases | Book::Sources => target.write(record)?,
        }
    }
    Ok(profiles)
}
