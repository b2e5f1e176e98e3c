//! What the pipeline does in a second, in milliseconds and in bytes, each figure beside what it is
//! measured against, in one run:
//!
//! ```text
//! cargo bench --bench end_to_end                     all of it, on a broker of its own
//! cargo bench --bench end_to_end -- throughput       one part: throughput, latency, restore,
//!                                                    backlog, memory, engine, scale, embedded, traces
//! KAFKA_BOOTSTRAP=host:9092 cargo bench …            on a broker that is there already
//! BENCH_ROUNDS=5 BENCH_SIGNALS=400000 cargo bench …  more of it: 3 rounds of 300000 signals over
//!                                                    BENCH_ACCOUNTS=50000 by default
//! ```
//!
//! The broker is fetched and started as for the tests (`deploy/kafka`); without Java the parts that
//! need one say so and are left out. The core alone is `cargo bench --bench core`, the embedded log
//! alone `cargo bench --bench embedded`.

mod bare;
mod drive;
mod engine;
mod figures;
mod latency;
mod load;
mod meter;
mod restore;
mod scale;
#[path = "../../tests/it/support/mod.rs"]
#[allow(unused_imports, reason = "what tests alone need of it")]
mod support;
mod throughput;
mod traces;

use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::kafka::{KafkaConfig, KafkaStore};
use support::Address;
use throughput::Size;

const LATENCY_SECONDS: u32 = 15;
const PARTS: &[&str] = &[
    "memory",
    "engine",
    "scale",
    "throughput",
    "traces",
    "latency",
    "restore",
    "backlog",
    "embedded",
];

fn main() -> anyhow::Result<()> {
    // Cargo passes flags of its own.
    let asked: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    if let [engine::TAKE_UP, file] = [0, 1].map(|at| asked.get(at).map_or("", String::as_str)) {
        return engine::take_up(file.as_ref());
    }
    if let Some(unknown) = asked.iter().find(|part| !PARTS.contains(&part.as_str())) {
        anyhow::bail!("there is no part {unknown}: choose of {}", PARTS.join(", "));
    }
    let wants = |part: &str| asked.is_empty() || asked.iter().any(|a| a == part);
    let rounds = from_environment("BENCH_ROUNDS", 3)? as usize;
    let accounts = u32::try_from(from_environment("BENCH_ACCOUNTS", 50_000)?)?;
    let size = Size { rounds, accounts, signals: from_environment("BENCH_SIGNALS", 300_000)? };
    if wants("memory") {
        engine::memory(4 * accounts)?;
    }
    if wants("engine") {
        engine::speed(accounts, size.signals as usize, rounds)?;
    }
    if wants("scale") {
        scale::measure(size.signals as usize)?;
    }
    if ["throughput", "traces", "latency", "restore", "backlog"].into_iter().any(wants) {
        let Some(kafka) = support::kafka() else {
            println!("throughput, latency, restore and backlog need a broker: left out");
            return embedded(wants("embedded"), &size);
        };
        let bootstrap = kafka.bootstrap();
        let config = KafkaConfig { bootstrap: bootstrap.to_owned(), ..KafkaConfig::default() };
        let store = KafkaStore::new(config)?;
        let run = kafka.unique("bench");
        if wants("throughput") {
            throughput::on_kafka(&store, bootstrap, &run, &size)?;
            // The same signals about fewer accounts, which hold more evidence each.
            let fewer = Size { accounts: (accounts / 5).max(1), ..size };
            throughput::on_kafka(&store, bootstrap, &format!("{run}.few"), &fewer)?;
        }
        if wants("traces") {
            traces::on_kafka(&store, &run, &size)?;
        }
        if wants("latency") {
            latency::measure(&store, bootstrap, &run, LATENCY_SECONDS, rounds)?;
        }
        if wants("restore") {
            restore::accounts(&store, &run, 8 * accounts, rounds)?;
        }
        if wants("backlog") {
            restore::backlog(&store, &run, accounts, size.signals / 3)?;
        }
    }
    embedded(wants("embedded"), &size)
}

fn embedded(wanted: bool, size: &Size) -> anyhow::Result<()> {
    if !wanted {
        return Ok(());
    }
    let folder = "target/bench-end-to-end";
    let _ = std::fs::remove_dir_all(folder);
    let store = EmbeddedStore::open(&EmbeddedOptions::new(folder))?;
    throughput::on_embedded(&store, size)?;
    drop(store);
    let _ = std::fs::remove_dir_all(folder);
    Ok(())
}

fn from_environment(name: &str, default: u64) -> anyhow::Result<u64> {
    match std::env::var(name) {
        Ok(text) => {
            text.parse().map_err(|_| anyhow::anyhow!("{name}: {text:?} is not a whole number"))
        }
        Err(_) => Ok(default),
    }
}
