//! Decisions that are sent to a destination once more: chosen from the topics of the routes, as far back as these
//! go, and written into the desk's log. That log says which of them a destination has.
//!
//! All replays share one transactional id, so that two at once do not both send what neither had seen.

use super::fold::Fold;
use super::publish::{Desk, PublishError};
use super::roster::RosterRead;
use crate::codec::{Codec, DecodeFailure, RegistryError};
use crate::desk::ids::{DeliveryId, DestinationId};
use crate::desk::roster::Audience;
use crate::desk::state::End;
use crate::domain::Text;
use crate::domain::account::decision::{Decision, Origin};
use crate::domain::account::outbox::{DeskRecord, ForwardedDecision, Replay};
use crate::domain::terms::experiment::Arm;
use crate::domain::terms::time::Timestamp;
use crate::engine::topics::Topics;
use crate::log::scan::{Scan, ScanError};
use crate::log::transact::{Failure, Found, Transactor};
use crate::log::{LogError, Output, RecordRef, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use uuid::Uuid;

/// Decisions of one transaction: it is waited for by everyone who reads the desk's log.
const CHUNK: usize = 100;

/// Which decisions, and where to.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    pub to: Text,
    /// Empty: whatever their id; the others likewise.
    pub decisions: BTreeSet<Uuid>,
    pub accounts: BTreeSet<Text>,
    pub routes: BTreeSet<Text>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// Offsets of one partition.
    pub offsets: Option<(i32, Range<i64>)>,
    /// Also to a destination that has them.
    pub again: bool,
    pub by: Option<Text>,
}

/// What a choice comes to.
#[derive(Debug, Default)]
pub struct Plan {
    /// In order of time.
    pub send: Vec<Chosen>,
    /// The destination has them already.
    pub there: u64,
    /// They are on their way.
    pub under_way: u64,
    /// An experiment holds them out: they are never delivered.
    pub held_out: u64,
}

#[derive(Clone, Debug)]
pub struct Chosen {
    pub decision: Decision,
    pub forwarded: ForwardedDecision,
}

#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error(transparent)]
    Scan(#[from] ScanError),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error("{place}: {error}")]
    Decode { place: String, error: DecodeFailure },
    #[error(transparent)]
    Failed(#[from] Failure),
    #[error("{0}")]
    Refused(String),
}

/// The log, for those who send decisions once more.
pub struct Replayer<'a> {
    store: &'a dyn Store,
    codec: Codec,
    topics: &'a Topics,
    prefix: &'a str,
    transactor: Option<Transactor<'a>>,
}

/// Where a decision is at a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whereabouts {
    UnderWay,
    There,
}

impl<'a> Replayer<'a> {
    /// # Errors
    /// The log cannot be written. Without `writes` nothing is opened for that.
    pub fn open(
        store: &'a dyn Store,
        codec: Codec,
        topics: &'a Topics,
        prefix: &'a str,
        writes: bool,
    ) -> Result<Replayer<'a>, ReplayError> {
        let id = format!("{prefix}buymode-replayer");
        // From here on no earlier replay can write.
        let transactor = writes.then(|| Transactor::open(store, &id)).transpose()?;
        Ok(Replayer { store, codec, topics, prefix, transactor })
    }

    pub fn plan(&mut self, choice: &Choice) -> Result<Plan, ReplayError> {
        let to = DestinationId(choice.to.clone());
        let is_program = self.check(&to)?;
        let there = self.whereabouts(is_program)?;
        let mut plan = Plan::default();
        for chosen in self.chosen(choice)? {
            let at = there.get(&DeliveryId::of(chosen.decision.id, &to));
            match at {
                _ if chosen.decision.arm == Arm::HoldOut => plan.held_out += 1,
                Some(Whereabouts::UnderWay) => plan.under_way += 1,
                Some(Whereabouts::There) if !choice.again => plan.there += 1,
                _ => plan.send.push(chosen),
            }
        }
        plan.send.sort_by(|a, b| key(a).cmp(&key(b)));
        Ok(plan)
    }

    /// Writes what was planned into the desk's log.
    pub fn write(&mut self, choice: &Choice, plan: &Plan) -> Result<(), ReplayError> {
        let (store, topics, codec) = (self.store, self.topics, &mut self.codec);
        let Some(transactor) = &mut self.transactor else { return Ok(()) };
        let request = Uuid::new_v4();
        let begin = store.reader()?.watermarks(&topics.desk, 0)?.high;
        let mut number = 0;
        for chunk in plan.send.chunks(CHUNK) {
            let first = number;
            let mut values = Vec::new();
            for chosen in chunk {
                let replay = Replay {
                    destination: choice.to.clone(),
                    forwarded: chosen.forwarded.clone(),
                    request,
                    number,
                    by: choice.by.clone(),
                };
                let mut value = Vec::new();
                codec.encode_replay(&topics.desk, &replay, &mut value)?;
                values.push(value);
                number += 1;
            }
            let mut look = || written(store, topics, codec, begin, (request, first));
            transactor.write::<ReplayError>(
                &mut |writer| {
                    values.iter().try_for_each(|value| {
                        let (topic, value) = (topics.desk.as_str(), Some(&value[..]));
                        writer.send(&Output {
                            topic,
                            partition: Some(0),
                            value,
                            ..Output::default()
                        })
                    })
                },
                &mut look,
            )?;
        }
        Ok(())
    }

    /// Whether the destination is a program.
    fn check(&mut self, to: &DestinationId) -> Result<bool, ReplayError> {
        let refused = |why: String| Err(ReplayError::Refused(why));
        let (store, codec) = (self.store, self.codec.clone());
        let mut desk = Desk { store, codec, topics: self.topics, prefix: self.prefix };
        let Some(published) = desk.latest()? else {
            return refused(
                "no roster was published; use `buymode deliver publish FILE` first".to_owned(),
            );
        };
        let Ok(roster) = RosterRead::of(&published.text).roster else {
            return refused(format!(
                "roster {} cannot be read by this version; publish it again",
                published.number
            ));
        };
        let known: Vec<&str> = roster.destinations.keys().map(DestinationId::as_str).collect();
        let Some(destination) = roster.destinations.get(to) else {
            return refused(format!(
                "invalid destination {to}: it is not in roster {}; use one of {}",
                published.number,
                known.join(", ")
            ));
        };
        match destination.audience() {
            Audience::Machine => Ok(true),
            Audience::Shared => Ok(false),
            Audience::Person => refused(format!(
                "invalid destination {to}: it writes to the person who has the account; use a shared place \
                 or a program"
            )),
        }
    }

    /// Where every decision is, by the desk's log.
    fn whereabouts(
        &mut self,
        is_program: bool,
    ) -> Result<BTreeMap<DeliveryId, Whereabouts>, ReplayError> {
        let (topics, codec) = (self.topics, &mut self.codec);
        let mut reader = self.store.reader()?;
        let marks = reader.watermarks(&topics.desk, 0)?;
        let (mut fold, mut found) = (Fold::default(), BTreeMap::new());
        let mut failed = Ok(());
        Scan::range(&topics.desk, 0, marks.low..marks.stable).each(
            &mut *reader,
            &mut |record| {
                if failed.is_ok() {
                    failed = fold.read(codec, &record).map(drop);
                    for (id, end) in fold.state.ended.iter() {
                        // A program has got nothing by a digest.
                        let has_it = match end {
                            End::Confirmed | End::Accepted | End::Edited => true,
                            End::Digested => !is_program,
                            End::Cancelled | End::Suppressed | End::Expired | End::Failed => false,
                        };
                        if has_it {
                            found.insert(id, Whereabouts::There);
                        }
                    }
                    fold.state.settle();
                }
            },
        )?;
        failed?;
        let open = fold.state.deliveries.keys().map(|id| (*id, Whereabouts::UnderWay));
        found.extend(open);
        Ok(found)
    }

    fn chosen(&mut self, choice: &Choice) -> Result<Vec<Chosen>, ReplayError> {
        let mut reader = self.store.reader()?;
        let names = self.store.topic_names()?;
        let is_asked = |name: &&String| {
            let route = name.strip_prefix(self.topics.route_prefix.as_str());
            route.is_some_and(|route| choice.routes.is_empty() || choice.routes.contains(route))
        };
        let names: Vec<String> = names.iter().filter(is_asked).cloned().collect();
        let specs = self.store.describe_topics(&names)?;
        let mut all = Vec::new();
        for spec in specs.into_iter().flatten() {
            for partition in 0..spec.partitions {
                let marks = reader.watermarks(&spec.name, partition)?;
                let mut range = marks.low..marks.stable;
                match &choice.offsets {
                    Some((of, _)) if *of != partition => continue,
                    Some((_, asked)) => {
                        range = range.start.max(asked.start)..range.end.min(asked.end);
                    }
                    None => {}
                }
                let (codec, mut failed) = (&mut self.codec, Ok(()));
                let scan = Scan::range(&spec.name, partition, range);
                scan.each(&mut *reader, &mut |record| {
                    if failed.is_ok() {
                        failed = read(codec, &record)
                            .map(|chosen| all.extend(Some(chosen).filter(|c| choice.takes(c))));
                    }
                })?;
                failed?;
            }
        }
        Ok(all)
    }
}

impl Choice {
    fn takes(&self, chosen: &Chosen) -> bool {
        let (d, time) = (&chosen.decision, chosen.decision.written.time);
        d.origin != Origin::Test
            && (self.decisions.is_empty() || self.decisions.contains(&d.id))
            && (self.accounts.is_empty() || self.accounts.contains(d.account.as_str()))
            && self.since.is_none_or(|since| time >= since)
            && self.until.is_none_or(|until| time < until)
    }
}

fn key(chosen: &Chosen) -> (Timestamp, &Text, i32, i64) {
    let ForwardedDecision { topic, partition, offset, .. } = &chosen.forwarded;
    (chosen.decision.written.time, topic, *partition, *offset)
}

fn read(codec: &mut Codec, record: &RecordRef<'_>) -> Result<Chosen, ReplayError> {
    let place = || format!("{}[{}] offset {}", record.topic, record.partition, record.offset);
    let value = record.value.unwrap_or_default();
    let decision = codec.decode_decision(value);
    let decision = decision.map_err(|error| ReplayError::Decode { place: place(), error })?;
    let forwarded = ForwardedDecision {
        topic: record.topic.into(),
        partition: record.partition,
        offset: record.offset,
        decision: value.to_vec(),
    };
    Ok(Chosen { decision, forwarded })
}

/// Whether a request's decision of this number lies in the desk's log.
fn written(
    store: &dyn Store,
    topics: &Topics,
    codec: &mut Codec,
    begin: i64,
    (request, number): (Uuid, u32),
) -> Result<Found, ReplayError> {
    let mut reader = store.reader()?;
    let end = reader.watermarks(&topics.desk, 0)?.stable;
    let mut found = Found::Absent;
    Scan::range(&topics.desk, 0, begin..end).each(&mut *reader, &mut |record| {
        if let Ok(DeskRecord::Replay(replay)) = codec.decode_desk(record.value.unwrap_or_default())
            && (replay.request, replay.number) == (request, number)
        {
            found = Found::Written;
        }
    })?;
    Ok(found)
}
