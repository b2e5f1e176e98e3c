//! The pipeline that is hurt: topics of its own on some log, a load that takes months of log time,
//! and the questions that every case asks at the end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use buymode::admin::audit::audit;
use buymode::codec::Codec;
use buymode::domain::account::decision::Decision;
use buymode::domain::account::input::Input;
use buymode::domain::account::records::{Tick, TickReason};
use buymode::domain::account::state::AccountState;
use buymode::domain::terms::time::DAY_MS;
use buymode::engine::audit::Findings;
use buymode::engine::scorer::{Clock, Scorer};
use buymode::engine::tally::{Ledger, NoLedger};
use buymode::engine::topics::{TASK_KEY, Topics};
use buymode::engine::view::Views;
use buymode::log::{LogError, Output, Reader, RecordRef, SessionSpec, Store, Writer};

use crate::pipeline::{PROFILE, ROUTES, START, account, activate, company, create, signal};

/// Longer than any recovery takes; only a broken promise waits it out.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);

pub(super) struct World {
    pub store: Arc<dyn Store>,
    pub prefix: String,
    pub topics: Topics,
    pub partitions: i32,
    /// What reads and writes its records: by the schemas in the program, or by a registry's.
    pub codec: Codec,
}

impl World {
    /// Topics in which the writer's time counts.
    pub(super) fn history(store: Arc<dyn Store>, prefix: &str, partitions: i32) -> World {
        let topics = Topics::with_prefix(prefix);
        create(&*store, &topics, partitions, ROUTES);
        World { store, prefix: prefix.to_owned(), topics, partitions, codec: Codec::local() }
    }

    /// Topics that go by the log's clock.
    pub(super) fn live(store: Arc<dyn Store>, prefix: &str, partitions: i32) -> World {
        let topics = Topics::with_prefix(prefix);
        let routes = ROUTES.iter().map(|route| (*route).into()).collect();
        store.create_topics(&topics.specs(partitions, false, &routes)).unwrap();
        World { store, prefix: prefix.to_owned(), topics, partitions, codec: Codec::local() }
    }

    pub(super) fn writer(&self, who: &str) -> Box<dyn Writer> {
        self.store.writer(&format!("{}{who}", self.prefix)).unwrap()
    }

    pub(super) fn group(&self) -> String {
        format!("{}score", self.prefix)
    }

    pub(super) fn spec(&self, instance: &str) -> SessionSpec {
        SessionSpec {
            group: self.group(),
            transactional_id: format!("{}score-{instance}", self.prefix),
            topics: vec![self.topics.inputs.clone()],
        }
    }

    pub(super) fn scorer(&self, clock: Clock) -> Scorer {
        self.scorer_that_tells(clock, Arc::new(NoLedger))
    }

    pub(super) fn scorer_that_tells(&self, clock: Clock, ledger: Arc<dyn Ledger>) -> Scorer {
        let topics = self.topics.clone();
        Scorer::new(topics, self.codec.clone(), clock, self.partitions, Views::default(), ledger)
    }

    /// Where the task of a partition stands, by its own record.
    pub(super) fn position(&self, partition: i32) -> i64 {
        self.position_by(&mut *self.store.reader().unwrap(), partition)
    }

    fn position_by(&self, reader: &mut dyn Reader, partition: i32) -> i64 {
        let topic = &self.topics.accounts;
        let marks = reader.watermarks(topic, partition).unwrap();
        let (mut next, mut position, mut codec) = (marks.low, 0, self.codec.clone());
        while next < marks.stable {
            let budget = Duration::from_millis(500);
            next = reader
                .read(topic, partition, next, marks.stable, budget, &mut |record| {
                    if let (Some(TASK_KEY), Some(value)) = (record.key, record.value) {
                        position = codec.decode_task(value).unwrap().next_offset;
                    }
                })
                .unwrap();
        }
        position
    }

    /// Whether everything in the inputs, as they are now, is in the state.
    pub(super) fn is_consumed(&self) -> bool {
        self.at_rest().is_some()
    }

    /// Records that the task of a partition has not read; an open transaction counts as one.
    pub(super) fn left(&self, partition: i32) -> usize {
        self.left_by(&mut *self.store.reader().unwrap(), partition)
    }

    fn left_by(&self, reader: &mut dyn Reader, partition: i32) -> usize {
        let topic = &self.topics.inputs;
        let marks = reader.watermarks(topic, partition).unwrap();
        let mut left = usize::from(marks.stable < marks.high);
        let mut next = self.position_by(reader, partition).max(marks.low);
        while left == 0 && next < marks.stable {
            let budget = Duration::from_millis(500);
            next = reader
                .read(topic, partition, next, marks.stable, budget, &mut |_| left += 1)
                .unwrap();
        }
        left
    }

    /// Where the inputs end, if everything in them is in the state.
    fn at_rest(&self) -> Option<Vec<i64>> {
        let mut reader = self.store.reader().unwrap();
        if (0..self.partitions).any(|p| self.left_by(&mut *reader, p) > 0) {
            return None;
        }
        let mut end = |p| reader.watermarks(&self.topics.inputs, p).unwrap().high;
        Some((0..self.partitions).map(&mut end).collect())
    }

    pub(super) fn await_consumed(&self) {
        self.await_consumed_while(|| {});
    }

    /// `look` is called between looks, and may panic with a better reason than being late.
    pub(super) fn await_consumed_while(&self, mut look: impl FnMut()) {
        let began = Instant::now();
        // Ticks and transfers move the ends: the same twice means rest, in every partition.
        let mut ends = None;
        loop {
            look();
            assert!(began.elapsed() < PATIENCE, "inputs are left: {}", self.lag());
            let before = std::mem::replace(&mut ends, self.at_rest());
            if ends.is_some() && ends == before {
                break;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn lag(&self) -> String {
        let mut reader = self.store.reader().unwrap();
        let each = (0..self.partitions).map(|p| {
            let marks = reader.watermarks(&self.topics.inputs, p);
            format!("[{p}] at {} of {marks:?}", self.position_by(&mut *reader, p))
        });
        each.collect::<Vec<_>>().join(", ")
    }

    pub(super) fn each(&self, topic: &str, visit: &mut dyn FnMut(RecordRef<'_>)) {
        let mut reader = self.store.reader().unwrap();
        for partition in 0..self.partitions {
            let marks = reader.watermarks(topic, partition).unwrap();
            let mut next = marks.low;
            while next < marks.stable {
                let budget = Duration::from_secs(5);
                next = reader.read(topic, partition, next, marks.stable, budget, visit).unwrap();
            }
        }
    }

    /// Each account's, in order.
    pub(super) fn decisions(&self) -> BTreeMap<String, Vec<Decision>> {
        let (mut codec, mut found) = (self.codec.clone(), BTreeMap::<String, Vec<Decision>>::new());
        for route in ROUTES {
            self.each(&self.topics.route(route), &mut |record| {
                let decision = codec.decode_decision(record.value.unwrap()).unwrap();
                found.entry(decision.account.to_string()).or_default().push(decision);
            });
        }
        found.values_mut().for_each(|all| all.sort_by_key(|d| d.sequence));
        found
    }

    /// With the partition that each lies in.
    pub(super) fn states(&self) -> BTreeMap<String, (i32, AccountState)> {
        let (mut codec, mut found) = (self.codec.clone(), BTreeMap::new());
        self.each(&self.topics.accounts, &mut |record| {
            let key = record.key.unwrap();
            if let Some(value) = record.value.filter(|_| key[0] != 0) {
                let name = String::from_utf8(key.to_vec()).unwrap();
                found.insert(name, (record.partition, codec.decode_state(value).unwrap()));
            }
        });
        found
    }

    /// The audit finds nothing, and something was there to be found.
    pub(super) fn assert_audit_is_clean(&self) -> Findings {
        let (topics, codec) = (self.topics.clone(), self.codec.clone());
        let findings = audit(&*self.store, topics, codec, 5, &mut |_| ()).unwrap();
        assert_eq!(findings.differences, 0, "{:#?}", findings.first);
        assert_eq!(findings.verdicts.values().sum::<u64>(), findings.inputs);
        findings
    }
}

/// A load of days: companies first, then signals evenly, a tick in every partition each day, and
/// two more profiles on the way, each of which has every account looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    pub accounts: u32,
    pub days: u32,
    pub signals_a_day: u32,
}

impl Load {
    pub(super) fn signals(&self) -> u32 {
        self.days * self.signals_a_day
    }

    pub(super) fn write_day(&self, world: &World, writer: &mut dyn Writer, day: u32) {
        self.try_write_day(world, writer, day).unwrap();
    }

    /// May be repeated when it fails: every input has its id, and the second time is a duplicate.
    pub(super) fn try_write_day(
        &self,
        world: &World,
        writer: &mut dyn Writer,
        day: u32,
    ) -> Result<(), LogError> {
        let profiles = [(0, 50), (self.days / 3, 35), (self.days * 2 / 3, 60)];
        for (number, (on, enter)) in profiles.iter().enumerate() {
            if *on == day {
                let text = PROFILE.replace("enter: 50", &format!("enter: {enter}"));
                let (topics, number) = (&world.topics, number as u64 + 1);
                activate(writer, topics, world.partitions, &text, number, i64::from(day));
            }
        }
        let mut inputs: Vec<(u32, Input)> = Vec::new();
        let new = (0..self.accounts).filter(|n| n % 10 == day);
        inputs.extend(new.map(|n| (n, company(n, i64::from(day)))));
        inputs.extend((0..self.signals_a_day).map(|i| {
            let nth = day * self.signals_a_day + i;
            // Strides, so that an account has busy weeks and quiet ones.
            let n = (nth.wrapping_mul(7_919) ^ (nth / self.accounts)) % self.accounts;
            (n, signal(n, nth, i64::from(day)))
        }));
        let mut codec = Codec::local();
        for some in inputs.chunks(2_000) {
            writer.begin()?;
            for (n, input) in some {
                let (account, mut value) = (account(*n), Vec::new());
                codec.encode_input(&world.topics.inputs, &account, input, &mut value).unwrap();
                let key = account.as_str().as_bytes();
                send(world, writer, None, Some(key), &value, day)?;
            }
            writer.commit(&[])?;
        }
        let mut tick = Vec::new();
        let due = Tick { reason: TickReason::Due };
        codec.encode_tick(&world.topics.inputs, due, &mut tick).unwrap();
        writer.begin()?;
        for partition in 0..world.partitions {
            send(world, writer, Some(partition), None, &tick, day)?;
        }
        writer.commit(&[])
    }

    pub(super) fn write(&self, world: &World) {
        let mut writer = world.writer("load");
        for day in 0..self.days {
            self.write_day(world, &mut *writer, day);
        }
    }
}

fn send(
    world: &World,
    writer: &mut dyn Writer,
    partition: Option<i32>,
    key: Option<&[u8]>,
    value: &[u8],
    day: u32,
) -> Result<(), LogError> {
    let timestamp_ms = Some(START + i64::from(day) * DAY_MS);
    let topic = &world.topics.inputs;
    let output =
        Output { topic, partition, key, value: Some(value), timestamp_ms, ..Output::default() };
    writer.send(&output)
}
