//! Signals a second, end to end and exactly once, beside the bare loop over the same records.

use crate::load::{self, Load};
use crate::{bare, drive, figures};
use buymode::kafka::KafkaStore;
use buymode::log::Store;
use buymode::runtime::worker::{Limits, now_ms};

pub(crate) struct Size {
    pub rounds: usize,
    pub accounts: u32,
    pub signals: u64,
}

pub(crate) fn on_kafka(
    store: &KafkaStore,
    bootstrap: &str,
    run: &str,
    size: &Size,
) -> anyhow::Result<()> {
    let Size { rounds, accounts, signals } = size;
    println!(
        "\nthroughput: {accounts} accounts with a company each, {signals} signals a round, {} partitions, one worker",
        load::PARTITIONS
    );
    let (mut scored, mut bares, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..*rounds {
        let name = format!("{run}.{round}.");
        let topics = load::topics(&name);
        load::create(store, &topics)?;
        load::create(store, &load::topics(&format!("{name}bare.{name}")))?;
        let mut load = Load::new(now_ms(), load::EXAMPLE);
        let companies = load.write_companies(store, &topics, *accounts)?;
        drive::score(store, &topics, companies, false)?;
        let bare_name = format!("{name}bare");
        bare::begin_here(store, bootstrap, &bare_name, &topics.inputs)?;
        let bytes = load.write_signals(store, &topics, *accounts, *signals)?;

        let ours = drive::score(store, &topics, *signals, true)?;
        let ours_rate = ours.records as f64 / ours.took.as_secs_f64();
        let took = bare::replay(
            bootstrap,
            &bare_name,
            &topics,
            &ours.written,
            *signals,
            &Limits::default(),
        )?;
        let bare_rate = *signals as f64 / took.as_secs_f64();
        if round == 0 {
            describe(&ours.written.by_topic, bytes, *signals, &ours);
        }
        println!(
            "  round {round}: scorer {ours_rate:>9.0} signals/s, bare loop {bare_rate:>9.0} signals/s, ratio {:.2}",
            ours_rate / bare_rate
        );
        scored.push(ours_rate);
        bares.push(bare_rate);
        ratios.push(ours_rate / bare_rate);
    }
    println!(
        "  median:  scorer {:>9.0} signals/s, bare loop {:>9.0} signals/s, ratio {:.2} (aim 0.50)",
        figures::median(&mut scored),
        figures::median(&mut bares),
        figures::median(&mut ratios)
    );
    Ok(())
}

/// The same on the embedded log: nothing to compare with but itself.
pub(crate) fn on_embedded(store: &dyn Store, size: &Size) -> anyhow::Result<()> {
    let Size { rounds, accounts, signals } = size;
    println!("\nembedded log: {accounts} accounts, {signals} signals a round, synced to disk");
    let mut scored = Vec::new();
    for round in 0..*rounds {
        let topics = load::topics(&format!("{round}."));
        load::create(store, &topics)?;
        let mut load = Load::new(now_ms(), load::EXAMPLE);
        let companies = load.write_companies(store, &topics, *accounts)?;
        drive::score(store, &topics, companies, false)?;
        load.write_signals(store, &topics, *accounts, *signals)?;
        let ours = drive::score(store, &topics, *signals, false)?;
        let rate = ours.records as f64 / ours.took.as_secs_f64();
        println!("  round {round}: {rate:>9.0} signals/s, {} transactions", ours.transactions);
        scored.push(rate);
    }
    println!("  median:  {:>9.0} signals/s", figures::median(&mut scored));
    Ok(())
}

fn describe(
    by_topic: &std::collections::BTreeMap<String, (u64, u64)>,
    input_bytes: u64,
    signals: u64,
    run: &crate::meter::Run,
) {
    println!(
        "  a signal has {} bytes of Avro; the scorer wrote in {} transactions, after restoring in {:.2?}:",
        input_bytes / signals,
        run.transactions,
        run.restore
    );
    let mut decisions = 0;
    for (topic, (records, bytes)) in by_topic {
        println!("    {records:>8} records of {:>5} bytes to {topic}", bytes / records.max(&1));
        decisions += if topic.contains("sequencer.") { *records } else { 0 };
    }
    println!("    one decision in {:.1} signals", signals as f64 / decisions.max(1) as f64);
}
