//! Copies a log, in order, into topics of another prefix that may have another number of partitions.
//!
//! 1. The states, positions and decisions of the old log are read.
//! 2. The new topics are made, with `CreateTime`: the accounts first, which are marked as unfinished in every
//!    task record, so that nothing ever scores or writes the others.
//! 3. The inputs that were scored are written in order, each with its own time, the ticks left out. Ticks
//!    of the copy bring about what the old ones did.
//! 4. Inputs that were not scored follow.
//! 5. Each new partition is folded, its decisions are compared with the old ones, and its states written.
//! 6. The topic goes back to the log's own clock, and one transaction takes the mark away.
//!
//! An interrupted copy goes on with the same command.

mod books;
mod desk;
pub(super) mod old;
mod rules;
mod stream;
pub(super) mod target;

use crate::admin::partitions::recorded;
use crate::admin::place::Place;
use crate::admin::progress::{Meter, Progress};
use crate::admin::topics::{specs, wanted, wanted_of_desk};
use crate::codec::Codec;
use crate::config::{Prefix, TopicsConfig, Within};
use crate::domain::Text;
use crate::domain::account::records::TaskRecord;
use crate::domain::terms::account::AccountKey;
use crate::engine::copy::check::{Check, Compared, New};
use crate::engine::copy::old::Renumbered;
use crate::engine::copy::order::Entry;
use crate::engine::topics::{Topics, WORLD_KEY};
use crate::log::scan::Scan;
use crate::log::{Reader, Stamp};
use anyhow::{Context, bail};
use old::Source;
pub(super) use old::check_groups;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use stream::Stream;
use target::{Record, Target, mark_first};

/// Where to copy to.
pub struct Options {
    pub to: Prefix,
    /// Of the new inputs.
    pub partitions: Within<1, 1000, 24>,
    /// Partition and offset of records of the inputs to leave out.
    pub without: BTreeSet<(i32, i64)>,
    /// Have this build decide a log of another rules version.
    pub rules: bool,
    pub desk: Desk,
}

/// The parts of the desk that go over, which the caller has read.
#[derive(Clone, Debug, Default)]
pub struct Desk {
    /// Key and content of each part.
    pub parts: Vec<(Vec<u8>, String)>,
    /// People in sequences, and people who have opted out.
    pub enrolled: u64,
    pub opted_out: u64,
    /// Where the desk's log ended when it was read; none: the log has no desk.
    pub end: Option<i64>,
}

/// A copy was asked for again that is whole: its end may have been written when it was interrupted.
#[derive(Debug, thiserror::Error)]
#[error("the copy into {inputs} is finished already; for another one use another prefix for --to")]
pub struct Finished {
    pub inputs: String,
}

/// What became of a copy.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Report {
    /// The prefix of the old topics.
    pub from: String,
    /// The prefix of the new ones.
    pub to: String,
    /// Partitions of the old log.
    pub partitions_before: i32,
    /// Partitions of the new one.
    pub partitions: i32,
    /// Inputs written, ticks aside: a broadcast in each partition.
    pub inputs: u64,
    /// Of these were there already, from an interrupted copy.
    pub resumed: u64,
    /// Of these are for the next `run` to score.
    pub unscored: u64,
    /// Dead letters of the old log that lie in a wrong partition: left out.
    pub misplaced: u64,
    /// Records with something in them that was erased: left out, or written without it.
    pub erased: u64,
    /// States of accounts.
    pub accounts: u64,
    /// People whom tools have put into sequences, as the desk knows them.
    pub enrolled: u64,
    /// People who have opted out, as the desk knows them.
    pub opted_out: u64,
    /// How far a time of the copy may differ from the old one, in milliseconds.
    pub skew_ms: i64,
    /// The rules version of the old log, where this build's is another.
    pub rules_before: Option<i32>,
    /// Records that were left out, as `PARTITION/OFFSET`.
    pub left_out: Vec<String>,
    /// What the comparison found.
    pub compared: Compared,
}

/// Copies the log at a place.
///
/// # Errors
/// [`Finished`]. Or the log is in use, is not whole, or would be decided otherwise; or the new topics hold something
/// else. Nothing can be scored in them then.
pub fn copy(
    place: &Place,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> anyhow::Result<Result<Report, Compared>> {
    let mut meter = Meter::new(progress);
    let to = Topics::with_prefix(options.to.as_str());
    if to == place.topics {
        bail!("invalid prefix {:?} for --to: the log has it; use another", options.to.as_str());
    }
    check_groups(place)?;
    // As a `run` on this log does: in a folder only one of them works at a time.
    let scoring = format!("{}run", place.config.topics.prefix.as_str());
    let _alone = place.store.claim(&scoring, "buymode topics copy")?;
    let rules_before = rules::before(place, options)?;
    let mut source = Source::read(place, &options.without, &mut meter)?;
    let partitions = i32::try_from(options.partitions.get())?;
    create(place, options, &source, &to)?;
    let mut codec = place.codec.clone();
    let mut target = Target::open(&*place.store, to.clone(), partitions, codec.clone())?;
    check_mark(place, &mut target)?;
    let reader = place.store.reader()?;
    let old = std::mem::take(&mut source.old);
    source.rules = options.rules;
    meter.phase("reading inputs");
    let (mut stream, survey) = Stream::open(&source, reader, codec.clone(), &mut meter)?;
    meter.phase("copying inputs");
    let which = match options.rules {
        true => Renumbered::All,
        false => Renumbered::Some(survey.affected.clone()),
    };
    let mut writing = Writing {
        target: &mut target,
        codec: &mut codec,
        rules: options.rules,
        to_number: old.numbered(&which),
    };
    stream.each(true, &mut meter, &mut |entry| writing.scored(entry))?;
    // An account whose records were all left out goes on with its numbers as well.
    for (account, numbers) in std::mem::take(&mut writing.to_number) {
        writing.target.renumber(&account, &numbers, survey.time_ms)?;
    }
    if survey.time_ms > 0 {
        target.tick(survey.time_ms)?;
    }
    let (scored, ticks) = (target.counts(), target.ticks);
    let (rules, to_number) = (options.rules, BTreeMap::new());
    let mut writing = Writing { target: &mut target, codec: &mut codec, rules, to_number };
    stream.each(false, &mut meter, &mut |entry| writing.input(entry))?;
    target.flush()?;
    target.check_whole()?;
    let mut reader = place.store.reader()?;
    source.check_end(&mut *reader)?;
    check_groups(place)?;
    meter.phase("folding the copy");
    let check = Check::new(to.clone(), codec.clone(), old, stream.skew_ms(), which)
        .erased(stream.erased_accounts());
    let mut folding = Folding { place, target: &mut target, check, meter: &mut meter };
    let (tasks, accounts) = folding.all(&mut *reader, &scored)?;
    let (compared, new) = folding.check.finish();
    if compared.differences > 0 && !options.rules {
        return Ok(Err(compared));
    }
    for New { topic, account, time_ms, value } in new {
        let key = Some(account.as_str().as_bytes().to_vec());
        target.add(Record { topic, partition: None, key, value: Some(value), time_ms });
    }
    books::add(place, &mut target, options.rules)?;
    desk::write(&options.desk, &mut target, &mut codec)?;
    for record in &survey.left_out {
        target.add(record.dead_letter(&mut codec, &place.topics, &to)?);
    }
    tasks.iter().try_for_each(|task| target.task(task))?;
    if source.inputs.stamp == Stamp::LogAppendTime {
        place.store.set_stamp(&place.spec(&to.inputs)?, Stamp::LogAppendTime)?;
    }
    let inputs = target.counts().iter().sum::<u64>() - ticks;
    // The fold may have taken long: nothing may have been written to the old log meanwhile.
    source.check_end(&mut *reader)?;
    desk::check_end(&options.desk, place, &mut *reader)?;
    check_groups(place)?;
    target.flush()?;
    Ok(Ok(Report {
        from: place.config.topics.prefix.as_str().to_owned(),
        to: options.to.as_str().to_owned(),
        partitions_before: source.inputs.partitions,
        partitions,
        inputs,
        resumed: target.resumed,
        unscored: survey.unscored,
        misplaced: survey.misplaced,
        erased: stream.erased_count(),
        accounts,
        enrolled: options.desk.enrolled,
        opted_out: options.desk.opted_out,
        skew_ms: stream.skew_ms(),
        rules_before,
        left_out: options.without.iter().map(|(p, offset)| format!("{p}/{offset}")).collect(),
        compared,
    }))
}

/// Writes the inputs.
struct Writing<'a, 'm> {
    target: &'a mut Target<'m>,
    codec: &'a mut Codec,
    rules: bool,
    /// Accounts that are to be numbered anew with their next record.
    to_number: BTreeMap<AccountKey, Vec<(Text, u32)>>,
}

impl Writing<'_, '_> {
    fn scored(&mut self, entry: Entry) -> anyhow::Result<()> {
        self.target.tick_when_due(entry.time_ms)?;
        let key = entry.key.as_deref().and_then(|key| std::str::from_utf8(key).ok());
        let account = key.and_then(|key| AccountKey::parse(key).ok());
        let numbered = account.and_then(|account| self.to_number.remove_entry(&account));
        if let Some((account, numbers)) = numbered {
            self.target.renumber(&account, &numbers, entry.time_ms)?;
        }
        self.input(entry)
    }

    fn input(&mut self, entry: Entry) -> anyhow::Result<()> {
        if !entry.is_broadcast() {
            return self.target.input(entry.key, entry.value, entry.partition, entry.time_ms);
        }
        let topic = &self.target.topics.inputs;
        let value = match self.rules {
            true => rules::renewed(self.codec, topic, entry.value)?,
            false => entry.value,
        };
        self.target.everywhere(value.as_deref(), entry.time_ms)
    }
}

/// Makes the topics that are missing. The inputs take the time of each record until the end.
fn create(place: &Place, options: &Options, source: &Source, to: &Topics) -> anyhow::Result<()> {
    let history = source.inputs.stamp == Stamp::CreateTime;
    let known = wanted(place, &[])?.into_iter().map(|spec| spec.name);
    let known = known.chain(place.store.topic_names()?);
    let routes: BTreeSet<Text> = known
        .filter_map(|name| Some(name.strip_prefix(&place.topics.route_prefix)?.into()))
        .collect();
    let partitions = i32::try_from(options.partitions.get())?;
    let config = TopicsConfig { history, ..place.config.topics.clone() };
    let mut specs = specs(to, &config, partitions, &routes);
    for spec in &mut specs {
        if spec.name == to.inputs {
            spec.stamp = Stamp::CreateTime;
        }
    }
    let (store, codec) = (place.store.clone(), place.codec.clone());
    let mut new = Place { store, codec, topics: to.clone(), config: place.config.clone() };
    if !history {
        specs.extend(wanted_of_desk(&new)?);
    }
    new.register_all(&specs)?;
    if let Some(accounts) = specs.iter().find(|spec| spec.name == to.accounts) {
        mark_first(&*place.store, to, &new.codec, accounts, None)?;
    }
    let created = place.store.create_topics(&specs)?;
    let names: Vec<String> = specs.iter().map(|spec| spec.name.clone()).collect();
    for (spec, found) in specs.iter().zip(place.store.describe_topics(&names)?) {
        let found = found.with_context(|| format!("topic {} was not created", spec.name))?;
        if found.partitions != spec.partitions {
            bail!(
                "topic {} has {} partitions already, and the copy needs {}; use another prefix for --to",
                spec.name,
                found.partitions,
                spec.partitions
            );
        }
        if found.name == to.inputs && created.contains(&found.name) && found.stamp != spec.stamp {
            bail!("topic {} was created with another time than that of its records", spec.name);
        }
    }
    Ok(())
}

/// Marks the new topics; those that are marked are gone on with.
fn check_mark(place: &Place, target: &mut Target<'_>) -> anyhow::Result<()> {
    let accounts = target.topics.accounts.clone();
    let (mut reader, mut codec) = (place.store.reader()?, place.codec.clone());
    let task = recorded(&mut *reader, &mut codec, &accounts, 0)?;
    match task {
        Some(task) if task.copied > task.next_offset => Ok(()),
        None if target.is_empty() => target.mark(None),
        Some(task) if task.copied > 0 => bail!(Finished { inputs: target.topics.inputs.clone() }),
        _ => bail!(
            "{} is in use: it holds a log that is not an unfinished copy; use another prefix for --to",
            target.topics.inputs
        ),
    }
}

struct Folding<'a, 'm, 'r> {
    place: &'a Place,
    target: &'a mut Target<'m>,
    check: Check,
    meter: &'a mut Meter<'r>,
}

impl Folding<'_, '_, '_> {
    /// Folds every partition and writes its states. Gives the task records, and the number of accounts.
    fn all(
        &mut self,
        reader: &mut dyn Reader,
        scored: &[u64],
    ) -> anyhow::Result<(Vec<TaskRecord>, u64)> {
        let (mut tasks, mut accounts) = (Vec::new(), 0);
        for (partition, count) in (0..self.target.partitions).zip(scored) {
            let (task, states) = self.one(reader, partition, *count)?;
            tasks.push(task);
            accounts += states;
        }
        self.target.flush()?;
        Ok((tasks, accounts))
    }

    fn one(
        &mut self,
        reader: &mut dyn Reader,
        partition: i32,
        count: u64,
    ) -> anyhow::Result<(TaskRecord, u64)> {
        let topics = self.target.topics.clone();
        let mut fold = self.check.begin(partition, self.target.partitions);
        let marks = reader.watermarks(&topics.inputs, partition)?;
        let range = marks.low..if count > 0 { marks.stable } else { marks.low };
        self.meter.expect(&range);
        let (mut left, check) = (count, &mut self.check);
        let mut passed = |offsets| self.meter.passed(offsets);
        let scan = Scan::range(&topics.inputs, partition, range).report(&mut passed);
        scan.try_each(reader, &mut |record| {
            check.fold(&mut fold, record)?;
            left -= 1;
            Ok::<_, anyhow::Error>(match left {
                0 => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            })
        })?;
        if left > 0 {
            bail!("{}[{partition}] lacks {left} records of the copy", topics.inputs);
        }
        let folded = self.check.end(fold)?;
        let time_ms = folded.record.time.0;
        let mut states: Vec<(Vec<u8>, Vec<u8>)> = folded
            .view
            .accounts
            .iter()
            .map(|e| (e.key().as_str().as_bytes().to_vec(), e.value().bytes.to_vec()))
            .collect();
        states.sort_unstable();
        let number = states.len() as u64;
        let mut world = Vec::new();
        self.place.codec.clone().encode_world(&topics.accounts, &folded.world, &mut world)?;
        states.push((WORLD_KEY.to_vec(), world));
        for (key, value) in states {
            let (topic, partition) = (topics.accounts.clone(), Some(partition));
            let (key, value) = (Some(key), Some(value));
            self.target.write(Record { topic, partition, key, value, time_ms })?;
        }
        let next_offset = folded.record.next_offset;
        let task = TaskRecord { transaction: 1, copied: next_offset, ..folded.record };
        Ok((task, number))
    }
}
