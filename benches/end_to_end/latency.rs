//! From the hand-over of a signal to its decision at a read_committed reader, at 1,000 signals a
//! second, beside the bare loop in the same run. One signal in ten is a demo request, which is
//! answered by a decision at once; each of an account of its own, so that the decision's key says
//! which signal it answers.

use crate::load::{self, Load, Made, PARTITIONS, ROUTES};
use crate::meter::Meter;
use crate::{bare, drive, figures};
use buymode::engine::topics::Topics;
use buymode::kafka::KafkaStore;
use buymode::runtime::worker::now_ms;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{Offset, TopicPartitionList};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const EACH: Duration = Duration::from_millis(1);
const ONE_IN: u32 = 10;
/// Accounts of demo requests stand below these.
const OTHERS: std::ops::Range<u32> = 10_000..40_000;
/// What the first seconds bring is not counted: connections open, code warms up.
const WARM: u32 = 2_000;
/// After so long without a decision those that are missing will not come.
const ARRIVAL_MAX: Duration = Duration::from_secs(20);

pub(crate) fn measure(
    store: &KafkaStore,
    bootstrap: &str,
    run: &str,
    seconds: u32,
    rounds: usize,
) -> anyhow::Result<()> {
    let signals = seconds * 1_000 + WARM;
    println!(
        "\nlatency: 1,000 signals/s for {seconds} s a round, one in {ONE_IN} brings a decision"
    );
    let (mut ours, mut bares) = ([vec![], vec![]], [vec![], vec![]]);
    // A broker that was just started takes a second for what it does in a millisecond later.
    for round in 0..=rounds {
        let scored = scorer(store, bootstrap, &format!("{run}.l{round}."), signals)?;
        let bare = bare_loop(store, bootstrap, &format!("{run}.b{round}."), signals)?;
        let say = |waits: &[f64]| {
            format!(
                "p50 {:.1} p99 {:.1}",
                figures::percentile(waits, 50),
                figures::percentile(waits, 99)
            )
        };
        if round == 0 {
            println!("  not counted: scorer {} ms, bare loop {} ms", say(&scored), say(&bare));
            continue;
        }
        println!("  round {round}: scorer {} ms, bare loop {} ms", say(&scored), say(&bare));
        for (at, percent) in [50, 99].into_iter().enumerate() {
            ours[at].push(figures::percentile(&scored, percent));
            bares[at].push(figures::percentile(&bare, percent));
        }
    }
    for (at, (what, aim)) in [("p50", 30), ("p99", 100)].into_iter().enumerate() {
        let (ours, bare) = (figures::median(&mut ours[at]), figures::median(&mut bares[at]));
        println!(
            "  median {what}: scorer {ours:.1} ms (aim {aim}), bare loop {bare:.1} ms, ratio {:.2} (aim 1.50)",
            ours / bare
        );
    }
    Ok(())
}

fn scorer(
    store: &KafkaStore,
    bootstrap: &str,
    name: &str,
    signals: u32,
) -> anyhow::Result<Vec<f64>> {
    let topics = load::topics(name);
    load::create(store, &topics)?;
    let mut load = Load::new(now_ms(), load::EXAMPLE);
    let companies = load.write_companies(store, &topics, OTHERS.end)?;
    drive::score(store, &topics, companies, false)?;
    let meter = Arc::new(Meter { expected: u64::MAX, ..Meter::default() });
    std::thread::scope(|scope| {
        let scoring = scope.spawn(|| drive::score_with(store, &topics, &meter));
        let waits = exchange(bootstrap, &topics, &mut load, signals, || {
            meter.partitions.load(Ordering::Relaxed) == PARTITIONS as u64
        });
        meter.stop.store(true, Ordering::Relaxed);
        scoring.join().expect("the scorer does not panic")?;
        waits
    })
}

/// Answers each signal with a record of a state's size, and each demo request with one of a
/// decision's too.
fn bare_loop(
    store: &KafkaStore,
    bootstrap: &str,
    name: &str,
    signals: u32,
) -> anyhow::Result<Vec<f64>> {
    let topics = load::topics(name);
    load::create(store, &topics)?;
    let (stop, ready) = (AtomicBool::new(false), AtomicBool::new(false));
    bare::begin_here(store, bootstrap, name, &topics.inputs)?;
    let clients = bare::open(bootstrap, name, &topics.inputs)?;
    std::thread::scope(|scope| {
        let answering = scope.spawn(|| answer(&clients, &topics, &ready, &stop));
        let mut load = Load::new(now_ms(), load::EXAMPLE);
        let waits =
            exchange(bootstrap, &topics, &mut load, signals, || ready.load(Ordering::Relaxed));
        stop.store(true, Ordering::Relaxed);
        answering.join().expect("the bare loop does not panic")?;
        waits
    })
}

fn answer(
    clients: &bare::Clients,
    topics: &Topics,
    ready: &AtomicBool,
    stop: &AtomicBool,
) -> anyhow::Result<()> {
    let (state, decision) = ([7; 600], [7; 1_500]);
    let sequencer = topics.route("ae");
    let mut next = vec![-1; PARTITIONS as usize];
    while !stop.load(Ordering::Relaxed) {
        let mut wait = Duration::from_millis(100);
        let mut open = false;
        while let Some(message) = clients.consumer.poll(wait) {
            let message = message?;
            if !open {
                clients.producer.begin_transaction()?;
                (open, wait) = (true, Duration::ZERO);
            }
            next[message.partition() as usize] = message.offset() + 1;
            let key = message.key().unwrap_or_default();
            clients.send(BaseRecord::to(&topics.accounts).key(key).payload(&state[..]))?;
            if load::number(key).is_some_and(|n| n < OTHERS.start as usize) {
                clients.send(BaseRecord::to(&sequencer).key(key).payload(&decision[..]))?;
            }
        }
        let assigned = clients.consumer.assignment()?.count();
        ready.store(assigned == PARTITIONS as usize, Ordering::Relaxed);
        if open {
            clients.commit(&next, &topics.inputs)?;
        }
    }
    Ok(())
}

/// Writes the signals at their pace, reads the decisions, and returns the waits in milliseconds,
/// sorted.
fn exchange(
    bootstrap: &str,
    topics: &Topics,
    load: &mut Load,
    signals: u32,
    ready: impl Fn() -> bool,
) -> anyhow::Result<Vec<f64>> {
    let make =
        |n| if n % ONE_IN == 0 { load.demo_request(n / ONE_IN) } else { load.signal(OTHERS) };
    let all: Vec<Made> = (0..signals).map(make).collect();
    let probes = (signals / ONE_IN) as usize;
    let sent = Mutex::new(vec![None; probes]);
    while !ready() {
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| read(bootstrap, topics, &sent));
        let written = write(bootstrap, topics, &all, &sent);
        let arrived = reading.join().expect("the reader does not panic")?;
        written?;
        let missing = arrived.iter().filter(|wait| wait.is_none()).count();
        anyhow::ensure!(missing == 0, "{missing} of {probes} decisions did not arrive");
        let counted = arrived.into_iter().skip((WARM / ONE_IN) as usize).flatten();
        let mut waits: Vec<f64> = counted.map(|wait| wait.as_secs_f64() * 1e3).collect();
        waits.sort_by(f64::total_cmp);
        Ok(waits)
    })
}

type Instants = Mutex<Vec<Option<Instant>>>;

fn write(bootstrap: &str, topics: &Topics, all: &[Made], sent: &Instants) -> anyhow::Result<()> {
    let producer: BaseProducer = bare::config(bootstrap)
        .set("linger.ms", "0")
        .set("partitioner", "murmur2_random")
        .create()?;
    let began = Instant::now();
    for (n, made) in (0..).zip(all) {
        let due = began + EACH * n;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        if n % ONE_IN == 0 {
            lock(sent)[(n / ONE_IN) as usize] = Some(Instant::now());
        }
        let key = made.account.as_str().as_bytes();
        let record = BaseRecord::to(&topics.inputs).key(key).payload(&made.bytes[..]);
        producer.send(record).map_err(|(error, _)| error)?;
        producer.poll(Duration::ZERO);
    }
    Ok(producer.flush(ARRIVAL_MAX)?)
}

fn read(
    bootstrap: &str,
    topics: &Topics,
    sent: &Instants,
) -> anyhow::Result<Vec<Option<Duration>>> {
    let consumer: BaseConsumer = bare::config(bootstrap)
        .set("group.id", "none")
        .set("isolation.level", "read_committed")
        .create()?;
    let mut all = TopicPartitionList::new();
    for route in ROUTES {
        for partition in 0..PARTITIONS {
            all.add_partition_offset(&topics.route(route), partition, Offset::Beginning)?;
        }
    }
    consumer.assign(&all)?;
    let mut arrived = vec![None; lock(sent).len()];
    let mut missing = arrived.len();
    let mut last = Instant::now();
    while missing > 0 && last.elapsed() < ARRIVAL_MAX {
        let Some(message) = consumer.poll(Duration::from_millis(50)) else { continue };
        last = Instant::now();
        let now = Instant::now();
        let number = message?.key().and_then(load::number).filter(|n| *n < arrived.len());
        let Some(number) = number else { continue };
        // What the company's own record decided came before the request.
        if let (Some(sent), None) = (lock(sent)[number], arrived[number]) {
            arrived[number] = Some(now - sent);
            missing -= 1;
        }
    }
    Ok(arrived)
}

fn lock(sent: &Instants) -> std::sync::MutexGuard<'_, Vec<Option<Instant>>> {
    sent.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
