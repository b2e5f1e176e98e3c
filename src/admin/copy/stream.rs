//! The records of the old log, in the order of the copy.

use super::old::Source;
use super::target::Record;
use crate::admin::progress::Meter;
use crate::codec::{Codec, DecodeFailure, Decoded};
use crate::domain::account::input::{Input, RecordType};
use crate::domain::account::records::DeadLetterReason;
use crate::domain::terms::account::AccountKey;
use crate::engine::copy::erased::{Erased, Kept};
use crate::engine::copy::order::{Broadcasts, Entry, Merge, What};
use crate::engine::dead::dead_letter;
use crate::engine::topics::{Topics, place_of};
use crate::log::scan::Scan;
use crate::log::{Reader, RecordRef};
use crate::runtime::worker::now_ms;
use anyhow::bail;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// Offsets that are read of a partition at a time.
const CHUNK: i64 = 4_000;

/// What a record of the inputs is.
enum Class {
    Tick,
    Broadcast,
    Account(AccountKey, Box<Input>),
    /// A dead letter.
    Unreadable,
}

fn class(codec: &mut Codec, rules: bool, record: &RecordRef<'_>) -> anyhow::Result<Class> {
    Ok(match codec.decode_input(record.key, record.value) {
        Ok(Decoded::Account { account, input }) => Class::Account(account, Box::new(input)),
        Ok(Decoded::Partition(_)) => Class::Broadcast,
        Ok(Decoded::Tick(_)) => Class::Tick,
        Err(DecodeFailure::Record(error))
            if rules && error.record_type == RecordType::Activation =>
        {
            let (partition, offset) = (record.partition, record.offset);
            bail!("the profile at {partition}/{offset} cannot be activated by this build: {error}")
        }
        Err(DecodeFailure::Record(_)) => Class::Unreadable,
        Err(DecodeFailure::Registry(error)) => return Err(error.into()),
    })
}

/// What a first reading finds.
#[derive(Default)]
pub(super) struct Survey {
    broadcasts: Broadcasts,
    /// The largest time of what was scored, in milliseconds.
    pub time_ms: i64,
    /// Dead letters of records in another partition than their key's, which stay behind.
    pub misplaced: u64,
    /// Records that were not scored yet.
    pub unscored: u64,
    /// Records that a person wants to be left out, as they were found.
    pub left_out: Vec<LeftOut>,
    /// Accounts that may decide otherwise without them.
    pub affected: BTreeSet<AccountKey>,
    erased: Erased,
}

/// A record that is left out.
pub(super) struct LeftOut {
    pub partition: i32,
    pub offset: i64,
    pub time_ms: i64,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
}

/// Reads the old inputs.
pub(super) struct Stream<'a> {
    source: &'a Source,
    reader: Box<dyn Reader>,
    codec: Codec,
    merge: Merge,
    /// Of each partition the largest time so far, and the next offset.
    times: Vec<i64>,
    next: Vec<i64>,
    erased: Erased,
    erased_count: u64,
}

impl<'a> Stream<'a> {
    /// Reads the log once, for its broadcasts.
    pub(super) fn open(
        source: &'a Source,
        mut reader: Box<dyn Reader>,
        mut codec: Codec,
        meter: &mut Meter<'_>,
    ) -> anyhow::Result<(Stream<'a>, Survey)> {
        let mut survey = Survey::default();
        for at in 0..source.end.len() {
            let (partition, scored) = (i32::try_from(at)?, source.scored[at]);
            let range = source.low[at]..source.end[at];
            meter.expect(&range);
            let (mut time_ms, mut accounts, mut left_out_ms) = (0, BTreeSet::new(), 0);
            let mut is_poisoned = false;
            let leaves_out = source.without.iter().any(|(of, _)| *of == partition);
            let mut passed = |offsets| meter.passed(offsets);
            let scan = Scan::range(&source.inputs.name, partition, range).report(&mut passed);
            scan.try_each(&mut *reader, &mut |record| {
                let is_scored = record.offset < scored;
                if source.without.contains(&(partition, record.offset)) {
                    let class = class(&mut codec, source.rules, &record)?;
                    left_out_ms = record.timestamp_ms.max(left_out_ms);
                    match class {
                        Class::Account(account, _) if is_scored => {
                            survey.affected.insert(account);
                        }
                        Class::Broadcast => is_poisoned |= is_scored,
                        _ => {}
                    }
                    survey.left_out.push(LeftOut::of(&record));
                    return Ok(ControlFlow::Continue(()));
                }
                // It had moved the time of all that came after it.
                is_poisoned |= is_scored && record.timestamp_ms < left_out_ms;
                time_ms = record.timestamp_ms.max(time_ms);
                let class = class(&mut codec, source.rules, &record)?;
                if let Class::Account(account, input) = &class {
                    survey.erased.note((partition, record.offset), time_ms, account, input);
                }
                match class {
                    Class::Broadcast => {
                        let value = record.value.unwrap_or_default();
                        survey.broadcasts.note(partition, record.offset, time_ms, value);
                    }
                    Class::Account(account, _)
                        if is_scored && is_misplaced(source, partition, &account) =>
                    {
                        survey.misplaced += 1;
                    }
                    Class::Account(account, _) if leaves_out => drop(accounts.insert(account)),
                    _ => {}
                }
                match is_scored {
                    true => survey.time_ms = survey.time_ms.max(time_ms),
                    false => survey.unscored += 1,
                }
                Ok::<_, anyhow::Error>(ControlFlow::Continue(()))
            })?;
            if is_poisoned {
                survey.affected.append(&mut accounts);
            }
        }
        let erased = std::mem::take(&mut survey.erased);
        survey.affected = erased.affected(std::mem::take(&mut survey.affected));
        // An erased record is kept nowhere.
        let mut kept = Vec::new();
        for record in std::mem::take(&mut survey.left_out) {
            if !record.is_erased(&mut codec, &erased, source)? {
                kept.push(record);
            }
        }
        survey.left_out = kept;
        let epochs = std::mem::take(&mut survey.broadcasts).number(source.inputs.partitions);
        let stream = Stream {
            source,
            reader,
            codec,
            merge: Merge::new(epochs, source.end.len()),
            times: vec![0; source.end.len()],
            next: source.low.clone(),
            erased,
            erased_count: 0,
        };
        Ok((stream, survey))
    }

    /// How far the times of the copy may be from those of the old log, in milliseconds.
    pub(super) fn skew_ms(&self) -> i64 {
        self.merge.skew_ms()
    }

    /// Records that are left out, or are others, since something in them was erased.
    pub(super) fn erased_count(&self) -> u64 {
        self.erased_count
    }

    pub(super) fn erased_accounts(&self) -> BTreeSet<AccountKey> {
        self.erased.accounts()
    }

    /// Visits what was scored, or what is left, in the order of the copy.
    pub(super) fn each(
        &mut self,
        scored: bool,
        meter: &mut Meter<'_>,
        visit: &mut dyn FnMut(Entry) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let source = self.source;
        let ends = if scored { &source.scored } else { &source.end };
        self.merge.begin_again();
        loop {
            while let Some(at) = self.merge.wants() {
                if self.next[at] >= ends[at] {
                    self.merge.end(at);
                } else {
                    self.fill(at, ends[at].min(self.next[at] + CHUNK), meter)?;
                }
            }
            let Some(entry) = self.merge.pop() else { return Ok(()) };
            visit(entry)?;
        }
    }

    fn fill(&mut self, at: usize, to: i64, meter: &mut Meter<'_>) -> anyhow::Result<()> {
        let (partition, from) = (i32::try_from(at)?, self.next[at]);
        meter.expect(&(from..to));
        let mut passed = |offsets| meter.passed(offsets);
        let (source, codec, merge) = (self.source, &mut self.codec, &mut self.merge);
        let time_ms = &mut self.times[at];
        let scan = Scan::range(&source.inputs.name, partition, from..to).report(&mut passed);
        scan.try_each(&mut *self.reader, &mut |record| {
            if source.without.contains(&(partition, record.offset)) {
                return Ok(ControlFlow::Continue(()));
            }
            *time_ms = record.timestamp_ms.max(*time_ms);
            let mut value = record.value.map(<[u8]>::to_vec);
            let goes = match class(codec, source.rules, &record)? {
                Class::Tick => false,
                Class::Account(account, input) => {
                    let place = (partition, record.offset);
                    let kept = self.erased.keeps(place, *time_ms, &account, &input);
                    self.erased_count += u64::from(!matches!(kept, Kept::AsItIs));
                    if let Kept::Changed(input) = &kept {
                        let mut renewed = Vec::new();
                        codec.encode_input(&source.inputs.name, &account, input, &mut renewed)?;
                        value = Some(renewed);
                    }
                    // One that was scored is a dead letter of the old log; in the copy it would count.
                    let counts = record.offset >= source.scored[at]
                        || !is_misplaced(source, partition, &account);
                    counts && !matches!(kept, Kept::LeftOut)
                }
                Class::Broadcast | Class::Unreadable => true,
            };
            if goes {
                merge.push(Entry {
                    partition,
                    offset: record.offset,
                    time_ms: *time_ms,
                    key: record.key.map(<[u8]>::to_vec),
                    value,
                    what: merge.what(partition, record.offset),
                });
            }
            Ok::<_, anyhow::Error>(ControlFlow::Continue(()))
        })?;
        self.next[at] = to;
        Ok(())
    }
}

fn is_misplaced(source: &Source, partition: i32, account: &AccountKey) -> bool {
    place_of(account, source.scored_with) != partition
}

impl LeftOut {
    /// It is kept as a dead letter of the copy, under its place in the old log.
    pub(super) fn dead_letter(
        &self,
        codec: &mut Codec,
        from: &Topics,
        to: &Topics,
    ) -> anyhow::Result<Record> {
        let record = RecordRef {
            topic: &from.inputs,
            partition: self.partition,
            offset: self.offset,
            timestamp_ms: self.time_ms,
            key: self.key.as_deref(),
            value: self.value.as_deref(),
            trace: None,
        };
        let message = "left out of a copy of the log, with --without".to_owned();
        let dead = dead_letter(&record, None, DeadLetterReason::LeftOut, message);
        let (topic, mut value) = (to.dead_letters.clone(), Vec::new());
        codec.encode_dead_letter(&topic, &dead, &mut value)?;
        let key = format!("{}/{}/{}", from.inputs, self.partition, self.offset).into_bytes();
        let (key, value) = (Some(key), Some(value));
        Ok(Record { topic, partition: None, key, value, time_ms: now_ms() })
    }

    fn is_erased(
        &self,
        codec: &mut Codec,
        erased: &Erased,
        source: &Source,
    ) -> anyhow::Result<bool> {
        let LeftOut { partition, offset, time_ms, key, value } = self;
        let record = RecordRef {
            topic: &source.inputs.name,
            partition: *partition,
            offset: *offset,
            timestamp_ms: *time_ms,
            key: key.as_deref(),
            value: value.as_deref(),
            trace: None,
        };
        let Class::Account(account, input) = class(codec, source.rules, &record)? else {
            return Ok(false);
        };
        let kept = erased.keeps((*partition, *offset), *time_ms, &account, &input);
        Ok(!matches!(kept, Kept::AsItIs))
    }

    fn of(record: &RecordRef<'_>) -> LeftOut {
        LeftOut {
            partition: record.partition,
            offset: record.offset,
            time_ms: record.timestamp_ms,
            key: record.key.map(<[u8]>::to_vec),
            value: record.value.map(<[u8]>::to_vec),
        }
    }
}

impl Entry {
    /// Whether every partition gets it.
    pub(super) fn is_broadcast(&self) -> bool {
        matches!(self.what, What::Broadcast(_))
    }
}
