//! What traces cost: the same signals scored without them, with one in twenty traced, and with all, one after the
//! other in each round, the spans sent to a collector on this machine. Time of the processor stands beside
//! throughput: what else the machine does changes it less. `BENCH_ROUNDS=9 cargo bench --bench end_to_end -- traces`
//! on a machine that does nothing else gives the figure that counts.

use crate::load::{self, Load};
use crate::meter::{Meter, Metered};
use crate::throughput::Size;
use crate::{drive, figures};
use buymode::codec::Codec;
use buymode::engine::scorer::{Clock, Scorer};
use buymode::engine::view::Views;
use buymode::kafka::KafkaStore;
use buymode::log::trace::Trace;
use buymode::log::{LogError, RestoreProgress, TopicPartition};
use buymode::runtime::exit::Exit;
use buymode::runtime::observe::Observer;
use buymode::runtime::worker::{Limits, now_ms, run};
use buymode::telemetry::{Collector, Telemetry};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// One in so many signals is traced; 0: none is, and traces are off.
const SHARES: [u64; 3] = [0, 20, 1];

pub(crate) fn on_kafka(store: &KafkaStore, run: &str, size: &Size) -> anyhow::Result<()> {
    let Size { rounds, accounts, signals } = size;
    println!("\ntraces: {accounts} accounts, {signals} signals a run");
    let (endpoint, spans) = collector()?;
    let mut rates: [Vec<f64>; 3] = Default::default();
    let mut costs: [Vec<f64>; 3] = Default::default();
    for round in 0..*rounds {
        // Each comes first in its turn.
        for turn in 0..SHARES.len() {
            let which = (round + turn) % SHARES.len();
            let share = SHARES[which];
            let topics = load::topics(&format!("{run}.traces-{round}-{share}."));
            load::create(store, &topics)?;
            let mut load = Load::new(now_ms(), load::EXAMPLE);
            let companies = load.write_companies(store, &topics, *accounts)?;
            drive::score(store, &topics, companies, false)?;
            let mut n = 0_u64;
            load.write_traced(store, &topics, (*accounts, *signals), &mut || {
                n += 1;
                let is_traced = share > 0 && n.is_multiple_of(share);
                is_traced.then(|| Trace::root(&[run.as_bytes(), &n.to_be_bytes()]))
            })?;
            let telemetry = Arc::new(Telemetry::new(&["score"], Duration::from_secs(60)));
            if share > 0 {
                let (one_in, endpoint) = (1, endpoint.clone());
                let system = "kafka".to_owned();
                let to = Collector { endpoint, one_in, system, ..Collector::default() };
                telemetry.trace_to(to).map_err(anyhow::Error::msg)?;
            }
            let before = spans.load(Ordering::Relaxed);
            let ticks = processor_ticks()?;
            let took = score(store, &topics, *signals, &telemetry)?;
            telemetry.stopped();
            // A tick is a hundredth of a second.
            let cost = (processor_ticks()? - ticks) as f64 * 10_000.0 / *signals as f64;
            let rate = *signals as f64 / took.as_secs_f64();
            let bytes = spans.load(Ordering::Relaxed) - before;
            let named = if share == 0 { "off".to_owned() } else { format!("1 in {share}") };
            println!(
                "  round {round}, {named:>7}: {rate:>9.0} signals/s, {cost:.2} µs of processor a signal, {bytes} bytes of spans"
            );
            rates[which].push(rate);
            costs[which].push(cost);
        }
    }
    let [off, some, all] = rates.map(|mut rates| figures::median(&mut rates));
    println!(
        "  median: off {off:.0}, 1 in 20 {some:.0} ({:+.1} %), all {all:.0} ({:+.1} %) signals/s",
        (some / off - 1.0) * 100.0,
        (all / off - 1.0) * 100.0
    );
    // What the machine did beside was much the same within a round.
    let [some, all] = [1, 2].map(|which| {
        let pairs = costs[which].iter().zip(&costs[0]);
        figures::median(
            &mut pairs.map(|(traced, off)| (traced / off - 1.0) * 100.0).collect::<Vec<_>>(),
        )
    });
    println!(
        "  median of the rounds' own differences: 1 in 20 {some:+.1} %, all {all:+.1} % of processor a signal, the \
         collector's part included"
    );
    let [off, some, all] = costs.map(|mut costs| figures::median(&mut costs));
    println!(
        "  median: off {off:.2}, 1 in 20 {some:.2} ({:+.1} %), all {all:.2} ({:+.1} %) µs of processor a signal",
        (some / off - 1.0) * 100.0,
        (all / off - 1.0) * 100.0
    );
    Ok(())
}

/// Ticks of processor time that this process has used, in all its threads.
fn processor_ticks() -> anyhow::Result<u64> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let [user, system] = [11, 12].map(|at| fields.get(at).and_then(|n| n.parse::<u64>().ok()));
    user.zip(system)
        .map(|(user, system)| user + system)
        .ok_or_else(|| anyhow::anyhow!("no times in {text}"))
}

fn score(
    store: &KafkaStore,
    topics: &buymode::engine::topics::Topics,
    expected: u64,
    telemetry: &Arc<Telemetry>,
) -> anyhow::Result<Duration> {
    let meter = Arc::new(Meter { expected, ..Meter::default() });
    let metered = Metered { store, meter: meter.clone() };
    let codec = Codec::local();
    let ledger = telemetry.clone();
    let mut scorer =
        Scorer::new(topics.clone(), codec, Clock::Live, load::PARTITIONS, Views::default(), ledger);
    let observer = Arc::new(Both(meter.clone(), telemetry.clone()));
    let limits = Limits::default();
    match run(&metered, &drive::spec(topics), &mut scorer, limits, observer, &meter.stop) {
        Exit::Stopped => Ok(meter.run()?.took),
        other => anyhow::bail!("the scorer ended: {other}"),
    }
}

/// What the service itself hears, besides the meter.
struct Both(Arc<Meter>, Arc<Telemetry>);

impl Observer for Both {
    fn turned(&self, is_member: bool) {
        self.1.turned(is_member);
    }

    fn restoring(&self, partition: &TopicPartition, progress: Option<RestoreProgress>) {
        self.1.restoring(partition, progress);
    }

    fn restored(&self, partition: &TopicPartition) {
        self.0.restored();
        self.1.restored(partition);
    }

    fn revoked(&self, partition: &TopicPartition) {
        self.1.revoked(partition);
    }

    fn transaction(&self, took: Duration, error: Option<&LogError>) {
        self.1.transaction(took, error);
    }

    fn aborted(&self, why: &str, in_a_row: u32) {
        eprintln!("a transaction was aborted, the figures of this round count it twice: {why}");
        self.1.aborted(why, in_a_row);
    }

    fn ended(&self, _: &str, _: &Exit, _: Option<Duration>) {}
}

/// Takes spans, and counts their bytes.
fn collector() -> anyhow::Result<(String, Arc<AtomicU64>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://{}", listener.local_addr()?);
    let bytes = Arc::new(AtomicU64::new(0));
    let to = bytes.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let to = to.clone();
            std::thread::spawn(move || {
                let mut reader = BufReader::new(&stream);
                while let Some(length) = head(&mut reader) {
                    let mut body = vec![0; length];
                    if reader.read_exact(&mut body).is_err() {
                        return;
                    }
                    to.fetch_add(length as u64, Ordering::Relaxed);
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                    if (&stream).write_all(answer).is_err() {
                        return;
                    }
                }
            });
        }
    });
    Ok((address, bytes))
}

/// The length of the body that follows.
fn head(reader: &mut impl BufRead) -> Option<usize> {
    let mut length = None;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().ok();
            }
            None if line.trim_end().is_empty() => return length,
            _ => {}
        }
    }
}
