//! A log is copied into topics with another number of partitions: the copy goes on where the log ended,
//! with the same decisions, none of them twice, wherever the copying was interrupted.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use buymode::admin::copy::{Desk, Options, Report, copy};
use buymode::admin::place::Place;
use buymode::codec::Codec;
use buymode::config::{Config, Prefix, Within};
use buymode::domain::account::decision::Decision;
use buymode::domain::account::input::{
    Input, LogPosition, SuppressionChange, Transfer, TransferStep,
};
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::catalogue::SuppressionList;
use buymode::domain::terms::time::Timestamp;
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::engine::copy::check::Compared;
use buymode::log::partitioner::partition_of;
use buymode::log::{
    LogError, Output, Position, Reader, SessionSpec, Stamp, Store, TopicSpec, Writer,
};
use uuid::Uuid;

use super::on_kafka;
use super::world::{Load, PATIENCE, World};
use crate::pipeline::{account, score, write};
use crate::support::{self, Address};

pub(super) const LOAD: Load = Load { accounts: 100, days: 21, signals_a_day: 30 };
/// Days before the copy, and after it.
pub(super) const BEFORE: u32 = 24;
pub(super) const AFTER: u32 = 32;
const NEW: i32 = 24;

pub(super) fn folder() -> (tempfile::TempDir, Arc<dyn Store>) {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(&EmbeddedOptions::new(folder.path().join("log"))).unwrap();
    (folder, Arc::new(store))
}

pub(super) fn place(store: Arc<dyn Store>, world: &World) -> Place {
    let mut config = Config::default();
    config.topics.prefix = Prefix::new(&world.prefix).unwrap();
    config.topics.history = true;
    Place { store, codec: Codec::local(), topics: world.topics.clone(), config }
}

fn try_copy(
    store: Arc<dyn Store>,
    world: &World,
    to: &str,
) -> anyhow::Result<Result<Report, Compared>> {
    try_copy_with(store, world, to, &[], false)
}

pub(super) fn try_copy_with(
    store: Arc<dyn Store>,
    world: &World,
    to: &str,
    without: &[(i32, i64)],
    rules: bool,
) -> anyhow::Result<Result<Report, Compared>> {
    let partitions = Within::new(u32::try_from(NEW).unwrap()).unwrap();
    let (to, without) = (Prefix::new(to).unwrap(), without.iter().copied().collect());
    let options = Options { to, partitions, without, rules, desk: Desk::default() };
    copy(&place(store, world), &options, &mut |_| ())
}

/// A prefix's topics, which a copy has made.
pub(super) fn at(world: &World, prefix: &str) -> World {
    World {
        store: world.store.clone(),
        prefix: prefix.to_owned(),
        topics: buymode::engine::topics::Topics::with_prefix(prefix),
        partitions: NEW,
        codec: Codec::local(),
    }
}

pub(super) fn transfer(from: u32, to: u32, step: TransferStep) -> Input {
    let name = format!("{from} {to} {step:?}");
    let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes());
    let (from, to) = (account(from), account(to));
    Input::Transfer(Box::new(Transfer { id, from, to, at: None, cause: id, hop: 0, step }))
}

fn suppression(n: u32, day: u32) -> Input {
    Input::Suppression(SuppressionChange {
        id: Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("suppress {n} {day}").as_bytes()),
        source: "test".into(),
        list: SuppressionList::DoNotContact,
        active: day.is_multiple_of(2),
        reason: None,
        owner: None,
        until: None,
        stated_on: None,
    })
}

/// A day with merges, their end, and suppressions that come and go.
pub(super) fn write_day(world: &World, writer: &mut dyn Writer, day: u32) {
    LOAD.write_day(world, writer, day);
    let (a, b) = (day * 3, day * 5 + 1);
    let mut inputs: Vec<(AccountKey, Input, i64)> = Vec::new();
    if day % 5 == 3 {
        inputs.push((account(a), transfer(a, b, TransferStep::Request), i64::from(day)));
    }
    if day % 10 == 9 {
        let (a, b) = (a - 18, b - 30);
        inputs.push((account(a), transfer(a, b, TransferStep::Undo), i64::from(day)));
    }
    inputs.push((account(day % 7), suppression(day % 7, day), i64::from(day)));
    write(writer, &world.topics, &inputs);
}

/// A record in another partition than its key's, and one that cannot be read.
pub(super) fn write_rubbish(world: &World, writer: &mut dyn Writer) {
    let (account, mut value) = (account(3), Vec::new());
    let input = suppression(3, 4);
    Codec::local().encode_input(&world.topics.inputs, &account, &input, &mut value).unwrap();
    let key = account.as_str().as_bytes();
    let wrong = (partition_of(key, world.partitions) + 1) % world.partitions;
    writer.begin().unwrap();
    for value in [&value[..], b"rubbish"] {
        let (partition, topic) = (Some(wrong), &*world.topics.inputs);
        let timestamp_ms = Some(crate::pipeline::START);
        let (key, value, headers) = (Some(key), Some(value), &[][..]);
        let to = Output { topic, partition, key, ..Output::default() };
        writer.send(&Output { value, timestamp_ms, headers, ..to }).unwrap();
    }
    writer.commit(&[]).unwrap();
}

pub(super) fn history(world: &World) {
    let mut writer = world.writer("load");
    for day in 0..BEFORE {
        write_day(world, &mut *writer, day);
        if day == 15 {
            write_rubbish(world, &mut *writer);
        }
        if day == 11 {
            score(&*world.store, &world.topics, world.partitions, PATIENCE);
        }
    }
    score(&*world.store, &world.topics, world.partitions, PATIENCE);
    // Not scored when it is copied.
    write_day(world, &mut *writer, BEFORE);
}

pub(super) fn go_on(world: &World) {
    let mut writer = world.writer("more");
    for day in BEFORE + 1..AFTER {
        write_day(world, &mut *writer, day);
    }
    score(&*world.store, &world.topics, world.partitions, PATIENCE);
}

/// By id, without the positions.
pub(super) fn placeless(decisions: BTreeMap<String, Vec<Decision>>) -> BTreeMap<Uuid, Decision> {
    let all = decisions.into_values().flatten().map(|mut decision| {
        decision.input_partition = 0;
        decision.input_offset = 0;
        decision.written = LogPosition { partition: 0, offset: 0, time: Timestamp(0) };
        (decision.id, decision)
    });
    all.collect()
}

/// The copy and the log that it was copied from go on alike, and no decision is written twice.
fn assert_goes_on(world: &World, copied: &World, before: &BTreeMap<Uuid, Decision>) {
    assert!(copied.decisions().is_empty(), "the copy wrote decisions again");
    let findings = copied.assert_audit_is_clean();
    assert!(findings.copied >= before.len() as u64, "{findings:?}");
    for world in [world, copied] {
        go_on(world);
        world.assert_audit_is_clean();
    }
    let mut after = placeless(world.decisions());
    let made = placeless(copied.decisions());
    after.retain(|id, _| !before.contains_key(id));
    assert!(made.keys().all(|id| !before.contains_key(id)), "an id was given twice");
    assert!(made.len() > 10, "{}", made.len());
    assert_eq!(made.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    for (id, decision) in &made {
        assert_eq!(decision, &after[id]);
    }
}

#[test]
fn should_go_on_after_a_copy_as_if_there_had_been_none() {
    let (_folder, store) = folder();
    let world = World::history(store.clone(), "", 4);
    history(&world);
    let findings = world.assert_audit_is_clean();
    assert_eq!(findings.misplaced, 1);
    let before = placeless(world.decisions());
    let report = try_copy(store, &world, "v2.").unwrap().unwrap();
    assert_eq!(report.compared.decisions, before.len() as u64, "{report:?}");
    assert!(
        report.unscored > 20 && report.misplaced == 1 && report.compared.new == 0,
        "{report:?}"
    );
    assert_goes_on(&world, &at(&world, "v2."), &before);
}

/// At which transaction each attempt dies, and whether that one is written.
pub(super) const DEATHS: &[(usize, bool)] = &[
    (1, false),
    (1, true),
    (1, false),
    (1, true),
    (1, false),
    (1, true),
    (1, false),
    (2, false),
    (2, true),
];

/// A store whose writers die at a commit: before it, or after it when the answer is lost.
pub(super) struct Breaking {
    pub inner: Arc<dyn Store>,
    pub left: Arc<AtomicUsize>,
    pub answered: bool,
}

struct BreakingWriter {
    inner: Box<dyn Writer>,
    left: Arc<AtomicUsize>,
    answered: bool,
}

impl Writer for BreakingWriter {
    fn begin(&mut self) -> Result<(), LogError> {
        self.inner.begin()
    }

    fn send(&mut self, output: &Output<'_>) -> Result<(), LogError> {
        self.inner.send(output)
    }

    fn commit(&mut self, positions: &[Position]) -> Result<(), LogError> {
        let dies = self.left.fetch_sub(1, Ordering::Relaxed) == 1;
        if dies && !self.answered {
            return Err(LogError::Fatal("killed".to_owned()));
        }
        self.inner.commit(positions)?;
        if dies { Err(LogError::Fatal("killed".to_owned())) } else { Ok(()) }
    }

    fn abort(&mut self) -> Result<(), LogError> {
        self.inner.abort()
    }
}

impl Store for Breaking {
    fn session(&self, spec: &SessionSpec) -> Result<Box<dyn buymode::log::Log>, LogError> {
        self.inner.session(spec)
    }

    fn writer(&self, transactional_id: &str) -> Result<Box<dyn Writer>, LogError> {
        let (inner, left) = (self.inner.writer(transactional_id)?, self.left.clone());
        Ok(Box::new(BreakingWriter { inner, left, answered: self.answered }))
    }

    fn reader(&self) -> Result<Box<dyn Reader>, LogError> {
        self.inner.reader()
    }

    fn create_topics(&self, specs: &[TopicSpec]) -> Result<Vec<String>, LogError> {
        self.inner.create_topics(specs)
    }

    fn describe_topics(&self, names: &[String]) -> Result<Vec<Option<TopicSpec>>, LogError> {
        self.inner.describe_topics(names)
    }

    fn set_stamp(&self, topic: &TopicSpec, stamp: Stamp) -> Result<(), LogError> {
        self.inner.set_stamp(topic, stamp)
    }

    fn topic_names(&self) -> Result<Vec<String>, LogError> {
        self.inner.topic_names()
    }

    fn location(&self) -> String {
        self.inner.location()
    }
}

/// Each of its transactions fails once, alternately without and with effect; in between nothing may be
/// scored there. In the end it is as if nothing had happened.
#[test]
fn should_go_on_with_a_copy_wherever_it_was_interrupted() {
    let (_folder, store) = folder();
    let world = World::history(store.clone(), "", 4);
    history(&world);
    let before = placeless(world.decisions());
    let copied = at(&world, "v2.");
    let mut interrupted = 0;
    let report = loop {
        // The mark, each batch of inputs, the states, the end: before it, and with its answer lost.
        let (at, answered) = *DEATHS.get(interrupted).unwrap_or(&(2, true));
        let left = Arc::new(AtomicUsize::new(at));
        let breaking = Arc::new(Breaking { inner: store.clone(), left, answered });
        match try_copy(breaking, &world, "v2.") {
            Ok(report) => break report.unwrap(),
            Err(error) => {
                let why = format!("{error:#}");
                if why.contains("is finished already") {
                    break try_copy(store.clone(), &world, "v3.").unwrap().unwrap();
                }
                assert!(why.contains("killed"), "{why}");
            }
        }
        interrupted += 1;
        let accounts = &copied.topics.accounts;
        let is_marked = store.reader().unwrap().watermarks(accounts, 0).unwrap().high > 0;
        // The accounts are marked before the others are made.
        let inputs = std::slice::from_ref(&copied.topics.inputs);
        let has_others = store.describe_topics(inputs).unwrap()[0].is_some();
        // The last one was written, and its answer lost: that copy is finished.
        if is_marked && has_others && copied.position(0) == 0 {
            let left = copied.decisions().len();
            score(&*store, &copied.topics, NEW, std::time::Duration::from_millis(300));
            assert_eq!(copied.decisions().len(), left, "an unfinished copy was scored");
        }
        assert!(interrupted < 60, "it does not come to an end");
    };
    assert!(interrupted >= DEATHS.len() - 1, "{interrupted}");
    assert_eq!(report.compared.decisions, before.len() as u64);
    println!(
        "interrupted {interrupted} times; {} inputs, {} resumed",
        report.inputs, report.resumed
    );
    assert_goes_on(&world, &copied, &before);
}

/// The copy is refused where it would go into something else, or would leave something behind.
#[test]
fn should_refuse_what_it_cannot_do_right() {
    let (_folder, store) = folder();
    let world = World::history(store.clone(), "", 4);
    history(&world);
    let refused = |to: &str| match try_copy(store.clone(), &world, to) {
        Err(error) => format!("{error:#}"),
        Ok(done) => panic!("copied into {to}: {done:?}"),
    };
    assert!(refused("").contains("invalid prefix"));
    let other = World::history(store.clone(), "used.", NEW);
    LOAD.write_day(&other, &mut *other.writer("load"), 0);
    assert!(refused("used.").contains("is in use"), "{}", refused("used."));
    let _ = World::history(store.clone(), "few.", 3);
    assert!(refused("few.").contains("3 partitions already"), "{}", refused("few."));
    try_copy(store.clone(), &world, "v2.").unwrap().unwrap();
    assert!(refused("v2.").contains("finished already"), "{}", refused("v2."));
}

/// A decision that was lost from the old log, or is another there.
#[test]
fn should_end_where_the_old_log_decided_otherwise() {
    let (_folder, store) = folder();
    let world = World::history(store.clone(), "", 4);
    history(&world);
    let (mut codec, mut value) = (Codec::local(), Vec::new());
    let mut forged = world.decisions().into_values().flatten().next().unwrap();
    forged.id = Uuid::new_v5(&Uuid::NAMESPACE_OID, b"forged");
    let topic = world.topics.route(&forged.route);
    codec.encode_decision(&topic, &forged, &mut value).unwrap();
    let mut writer = world.writer("forger");
    writer.begin().unwrap();
    let key = Some(forged.account.as_str().as_bytes());
    writer.send(&Output { topic: &topic, key, value: Some(&value), ..Output::default() }).unwrap();
    writer.commit(&[]).unwrap();
    let compared = try_copy(store.clone(), &world, "v2.").unwrap().unwrap_err();
    assert_eq!((compared.differences, compared.first[0].difference), (1, "missing"));
    let copied = at(&world, "v2.");
    score(&*store, &copied.topics, NEW, std::time::Duration::from_millis(300));
    assert!(copied.decisions().is_empty());
}

/// Four partitions to twenty-four on a broker, where an instance that lives keeps it from beginning.
#[test]
fn should_copy_a_log_on_a_broker() {
    let Some(kafka) = support::kafka() else { return };
    let world = on_kafka(kafka, "copied", 4);
    history(&world);
    let before = placeless(world.decisions());
    let to = format!("{}.", kafka.unique("copied-to"));
    let report = try_copy(world.store.clone(), &world, &to).unwrap().unwrap();
    assert_eq!(report.compared.decisions, before.len() as u64, "{report:?}");
    assert_goes_on(&world, &at(&world, &to), &before);
}
