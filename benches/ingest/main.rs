//! Webhooks a second that one instance takes beside a real broker on the same machine, and how long
//! each waits for its 202:
//!
//! ```text
//! cargo bench --bench ingest                         10 s at 5000 a second
//! cargo bench --bench ingest -- --seconds 300        the long run
//! cargo bench --bench ingest -- --seconds 300 --outage 60
//!                                                    with the broker stopped in the middle
//! cargo bench --bench ingest -- --rate 8000 --connections 128
//! ```
//!
//! The service is the program itself, on its own log settings, with the shipped mapping of
//! TheirStack's webhooks; each request is a posted job of 1 KB, signed as TheirStack signs. Requests
//! are due at a fixed rate whatever the service does, and latency counts from when one was due: a
//! service that stalls shows it. A broker that has just started is slow until its own code is
//! compiled: half the rate comes first, for half a minute at most, and is counted but not timed. Who is told to come again comes again. In the end the ids that were
//! sent are compared with those in the topic.

mod load;
mod service;
#[path = "../../tests/it/support/mod.rs"]
#[allow(unused_imports, reason = "what tests alone need of it")]
mod support;

use load::{Load, Tally};
use service::Service;
use std::time::{Duration, Instant};
use support::Address;

struct Options {
    seconds: u64,
    rate: u64,
    connections: u64,
    outage: u64,
}

/// Seconds at most before the run, at half its rate.
const WARM_UP_S: u64 = 30;
/// How often a line is printed.
const SHOW_EVERY: Duration = Duration::from_secs(5);

fn main() -> anyhow::Result<()> {
    let options = options()?;
    let Some(mut broker) = support::own_broker() else {
        println!("a broker is needed: left out");
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let service = Service::start(folder.path(), broker.bootstrap())?;
    println!(
        "{} webhooks a second of {} bytes, signed, for {} s over {} connections{}\n",
        options.rate,
        load::BODY_BYTES,
        options.seconds,
        options.connections,
        if options.outage > 0 {
            format!(", the broker away for {} s in the middle", options.outage)
        } else {
            String::new()
        }
    );
    println!(
        "    at   acknowledged/s   p50 ms   p99 ms   p99.9 ms   told to come again   RSS MiB   CPU %"
    );
    let warm = load::Plan {
        first: 0,
        requests: options.seconds.min(WARM_UP_S) * options.rate / 2,
        rate: options.rate / 2,
        connections: options.connections,
    };
    let before = Load::start(&service.address, &warm).finish();
    println!("  (warmed up with {})", before.tally.accepted);
    let began = Instant::now();
    let load = Load::start(&service.address, &options_of(&options, warm.requests));
    let gone = (options.outage > 0).then_some(options.seconds / 2);
    let mut outage = Outage::Before;
    let (mut shown, mut cpu) = (Tally::default(), service.cpu_seconds());
    let (mut peak, mut first, mut looked) = (0.0_f64, None, began);
    while !load.is_done() {
        std::thread::sleep(Duration::from_millis(100));
        let at = began.elapsed();
        match (&outage, gone) {
            (Outage::Before, Some(from)) if at.as_secs() >= from => {
                println!("{:6.0}   the broker is stopped", at.as_secs_f64());
                broker.kill9();
                load.forgive(true);
                outage = Outage::Now(Instant::now());
            }
            (Outage::Now(since), _) if since.elapsed().as_secs() >= options.outage => {
                broker.start();
                println!("{:6.0}   the broker is back", began.elapsed().as_secs_f64());
                outage = Outage::Over;
            }
            _ => {}
        }
        if looked.elapsed() >= SHOW_EVERY {
            let rss = service.rss_mib();
            peak = peak.max(rss);
            first = first.or(Some(rss));
            let now = load.tally();
            let (used, passed) = (service.cpu_seconds(), looked.elapsed().as_secs_f64());
            looked = Instant::now();
            show(at, &now.since(&shown), passed, rss, 100.0 * (used - cpu) / passed);
            (shown, cpu) = (now, used);
        }
    }
    let took = began.elapsed();
    let mut sent = load.finish();
    sent.acknowledged.extend(before.acknowledged);
    let tally = sent.tally;
    let counted = service.metrics()?;
    service.stop()?;
    let found = service::accounts_in(broker.bootstrap())?;
    let missing = sent.acknowledged.iter().filter(|id| !found.contains_key(id)).count();
    let strange = found.keys().filter(|id| !sent.acknowledged.contains(id)).count();
    let twice = found.values().filter(|n| **n > 1).count();
    println!(
        "\nacknowledged            {} in {:.1} s, {:.0} a second",
        tally.accepted,
        took.as_secs_f64(),
        tally.accepted as f64 / took.as_secs_f64()
    );
    let what = if options.outage > 0 { ", of those due before the outage" } else { "" };
    println!(
        "latency                 p50 {:.1} ms, p99 {:.1} ms, p99.9 {:.1} ms, most {:.1} ms{what}",
        tally.percentile(0.5),
        tally.percentile(0.99),
        tally.percentile(0.999),
        tally.percentile(1.0)
    );
    println!("told to come again      {} (429, 503)", tally.later);
    println!(
        "errors                  {} of the connection, {} refused",
        tally.broken, tally.refused
    );
    println!(
        "memory                  {:.0} MiB at first, {peak:.0} MiB at most",
        first.unwrap_or(0.0)
    );
    println!("ids acknowledged        {}", sent.acknowledged.len());
    println!("ids in the topic        {}, {twice} of them written twice", found.len());
    println!("missing, strange        {missing}, {strange}");
    println!("\n{counted}");
    anyhow::ensure!(missing == 0 && strange == 0, "ids sent and ids in the topic differ");
    anyhow::ensure!(tally.refused == 0, "requests were refused for good");
    Ok(())
}

enum Outage {
    Before,
    Now(Instant),
    Over,
}

fn show(at: Duration, part: &Tally, seconds: f64, rss: f64, cpu: f64) {
    println!(
        "{:6.0}   {:14.0}   {:6.1}   {:6.1}   {:8.1}   {:18}   {rss:7.0}   {cpu:5.0}",
        at.as_secs_f64(),
        part.accepted as f64 / seconds,
        part.percentile(0.5),
        part.percentile(0.99),
        part.percentile(0.999),
        part.later,
    );
}

fn options_of(options: &Options, first: u64) -> load::Plan {
    load::Plan {
        first,
        requests: options.rate * options.seconds,
        rate: options.rate,
        connections: options.connections,
    }
}

fn options() -> anyhow::Result<Options> {
    let mut options = Options { seconds: 10, rate: 5_000, connections: 128, outage: 0 };
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    while let Some(name) = args.next() {
        let value = args.next().and_then(|value| value.parse().ok());
        let value = value.ok_or_else(|| anyhow::anyhow!("{name}: a whole number must follow"))?;
        match name.as_str() {
            "--seconds" => options.seconds = value,
            "--rate" => options.rate = value,
            "--connections" => options.connections = value,
            "--outage" => options.outage = value,
            other => anyhow::bail!(
                "there is no {other}: choose of --seconds, --rate, --connections, --outage"
            ),
        }
    }
    Ok(options)
}
