//! From the hand-over of a signal to its decision at a read_committed reader, at a steady pace. One
//! signal in ten is a demo request, which is answered by a decision at once; each is of an account of
//! its own, so that the decision's key says which signal it answers.

use crate::bare;
use crate::contenders::{Contender, Start};
use crate::jvm::Java;
use crate::load::{self, Load, Made, PARTITIONS, ROUTES};
use crate::options::{Options, say};
use crate::topics::Ground;
use crate::watch::Group;
use crate::{PROFILE, figures};
use buymode::engine::topics::Topics;
use buymode::runtime::worker::now_ms;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{Offset, TopicPartitionList};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const PACES: [u32; 2] = [1_000, 5_000];
const ONE_IN: u32 = 10;
/// Accounts of demo requests stand below these.
pub(crate) const OTHERS: Range<u32> = 12_000..40_000;
/// Seconds before those that count: connections open, code warms up.
const WARM_S: u32 = 3;
/// After so long without a decision those that are missing will not come.
const ARRIVAL_MAX: Duration = Duration::from_secs(25);
const CONTENDERS: &[(&str, Contender)] = &[
    ("latency-buymode", Contender::Buymode { workers: 1 }),
    ("latency-bare", Contender::Bare { fixed: true }),
    ("latency-streams", Contender::Streams { threads: 1, rocksdb: false }),
];

/// How long the decisions of one pace took.
pub(crate) struct Waits {
    pub title: &'static str,
    pub pace: u32,
    /// p50, p99, p99.9 and the most.
    pub milliseconds: [f64; 4],
}

pub(crate) fn measure(
    ground: &Ground,
    java: &Java,
    options: &Options,
) -> anyhow::Result<Vec<Waits>> {
    let mut all = vec![];
    for (name, contender) in CONTENDERS {
        let outputs = ground.outputs(name)?;
        let mut load = Load::new(now_ms(), PROFILE);
        let companies = load.write_companies(&ground.store, &outputs, OTHERS.end)?;
        let inputs = &*outputs.inputs;
        let start = Start { ground, java, name, outputs: &outputs, inputs, at_once: true };
        let mut process = start.start(*contender)?;
        let group = Group {
            store: &ground.store,
            bootstrap: &ground.bootstrap,
            name: &start.group(*contender),
            topic: inputs,
            records: companies,
        };
        group.watch(&mut process, contender.title())?;
        // Probes of a pace have accounts that those of the one before have not.
        let mut first = 0;
        for pace in PACES {
            let title = contender.title();
            say(&format!("{title}: {pace} signals a second for {} s", options.seconds));
            let run = Run { ground, topics: &outputs, pace, seconds: options.seconds, first };
            let waits = run.exchange(&mut load)?;
            first += run.probes();
            let at = |permille: usize| {
                let at = waits.len() * permille / 1_000;
                waits.get(at.min(waits.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
            };
            let milliseconds = [figures::percentile(&waits, 50), at(990), at(999), at(1_000)];
            all.push(Waits { title, pace, milliseconds });
        }
        process.stop()?;
        ground.forget(name)?;
    }
    Ok(all)
}

struct Run<'a> {
    ground: &'a Ground,
    topics: &'a Topics,
    pace: u32,
    seconds: u32,
    /// The account of the first probe.
    first: u32,
}

type Instants = Mutex<Vec<Option<Instant>>>;

impl Run<'_> {
    fn probes(&self) -> u32 {
        self.signals() / ONE_IN
    }

    fn signals(&self) -> u32 {
        self.pace * (self.seconds + WARM_S)
    }

    /// Writes the signals at their pace, reads the decisions, and returns the waits in milliseconds,
    /// sorted.
    fn exchange(&self, load: &mut Load) -> anyhow::Result<Vec<f64>> {
        anyhow::ensure!(
            self.first + self.probes() <= OTHERS.start,
            "invalid --seconds: {}; use less, there are accounts for {} probes",
            self.seconds,
            OTHERS.start
        );
        let make = |n: u32| match n % ONE_IN {
            0 => load.demo_request(self.first + n / ONE_IN),
            _ => load.signal(OTHERS),
        };
        let all: Vec<Made> = (0..self.signals()).map(make).collect();
        let probes = self.probes() as usize;
        let sent = Mutex::new(vec![None; probes]);
        let reader = self.reader()?;
        std::thread::scope(|scope| {
            let reading = scope.spawn(|| self.read(&reader, &sent));
            let written = self.write(&all, &sent);
            let arrived = reading.join().map_err(|_| anyhow::anyhow!("the reader panicked"))??;
            written?;
            let missing = arrived.iter().filter(|wait| wait.is_none()).count();
            anyhow::ensure!(missing == 0, "{missing} of {probes} decisions did not arrive");
            let warm = (self.pace * WARM_S / ONE_IN) as usize;
            let counted = arrived.into_iter().skip(warm).flatten();
            let mut waits: Vec<f64> = counted.map(|wait| wait.as_secs_f64() * 1e3).collect();
            waits.sort_by(f64::total_cmp);
            Ok(waits)
        })
    }

    fn write(&self, all: &[Made], sent: &Instants) -> anyhow::Result<()> {
        // At a high pace a request for each signal would measure the broker's requests.
        let linger = if self.pace > 1_000 { "2" } else { "0" };
        let producer: BaseProducer = bare::config(&self.ground.bootstrap)
            .set("linger.ms", linger)
            .set("partitioner", "murmur2_random")
            .set("queue.buffering.max.messages", "1000000")
            .create()?;
        let each = Duration::from_nanos(1_000_000_000 / u64::from(self.pace));
        let began = Instant::now();
        for (n, made) in (0..).zip(all) {
            let due = began + each * n;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if n % ONE_IN == 0 {
                lock(sent)[(n / ONE_IN) as usize] = Some(Instant::now());
            }
            let key = made.account.as_str().as_bytes();
            let record = BaseRecord::to(&self.topics.inputs).key(key).payload(&made.bytes[..]);
            producer.send(record).map_err(|(error, _)| error)?;
            producer.poll(Duration::ZERO);
        }
        Ok(producer.flush(ARRIVAL_MAX)?)
    }

    /// At the end of every route.
    fn reader(&self) -> anyhow::Result<BaseConsumer> {
        let consumer: BaseConsumer = bare::config(&self.ground.bootstrap)
            .set("group.id", "none")
            .set("isolation.level", "read_committed")
            .create()?;
        let mut all = TopicPartitionList::new();
        for route in ROUTES {
            let topic = self.topics.route(route);
            for partition in 0..PARTITIONS {
                let end = consumer.fetch_watermarks(&topic, partition, ARRIVAL_MAX)?.1;
                all.add_partition_offset(&topic, partition, Offset::Offset(end))?;
            }
        }
        consumer.assign(&all)?;
        Ok(consumer)
    }

    fn read(
        &self,
        consumer: &BaseConsumer,
        sent: &Instants,
    ) -> anyhow::Result<Vec<Option<Duration>>> {
        let mut arrived = vec![None; self.probes() as usize];
        let mut missing = arrived.len();
        let mut last = Instant::now();
        while missing > 0 && last.elapsed() < ARRIVAL_MAX {
            let Some(message) = consumer.poll(Duration::from_millis(50)) else { continue };
            last = Instant::now();
            let number = message?.key().and_then(load::number);
            let number = number.and_then(|n| n.checked_sub(self.first as usize));
            let Some(number) = number.filter(|n| *n < arrived.len()) else { continue };
            if let (Some(sent), None) = (lock(sent)[number], arrived[number]) {
                arrived[number] = Some(last - sent);
                missing -= 1;
            }
        }
        Ok(arrived)
    }
}

fn lock(sent: &Instants) -> std::sync::MutexGuard<'_, Vec<Option<Instant>>> {
    sent.lock().unwrap_or_else(PoisonError::into_inner)
}
