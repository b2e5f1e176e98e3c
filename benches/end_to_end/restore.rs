//! Restore from a real broker, and memory over backlogs of two sizes.

use crate::load::{self, Load};
use crate::meter::Meter;
use crate::{drive, figures};
use buymode::kafka::KafkaStore;
use buymode::runtime::worker::now_ms;
use std::sync::Arc;

pub(crate) fn accounts(
    store: &KafkaStore,
    run: &str,
    accounts: u32,
    rounds: usize,
) -> anyhow::Result<()> {
    println!("\nrestore: {accounts} accounts with a company each, {} partitions", load::PARTITIONS);
    let topics = load::topics(&format!("{run}.restore."));
    load::create(store, &topics)?;
    let companies = Load::new(now_ms(), load::EXAMPLE).write_companies(store, &topics, accounts)?;
    drive::score(store, &topics, companies, false)?;
    let mut rates = Vec::new();
    for _ in 0..rounds {
        let meter = Arc::new(Meter::default());
        drive::score_with(store, &topics, &meter)?;
        rates.push(f64::from(accounts) / meter.run()?.restore.as_secs_f64());
    }
    println!("  median:  {:>9.0} accounts/s (aim 500000)", figures::median(&mut rates));
    Ok(())
}

/// The peak of resident memory while a backlog is worked off: signals of the same few ids again
/// and again, so that only the backlog grows and not what is known.
pub(crate) fn backlog(
    store: &KafkaStore,
    run: &str,
    accounts: u32,
    signals: u64,
) -> anyhow::Result<()> {
    println!("\nbacklog: peak of resident memory while the scorer works one off");
    for times in [1, 10] {
        let topics = load::topics(&format!("{run}.backlog{times}."));
        load::create(store, &topics)?;
        let companies =
            Load::new(now_ms(), load::EXAMPLE).write_companies(store, &topics, accounts)?;
        drive::score(store, &topics, companies, false)?;
        for _ in 0..times {
            Load::new(now_ms(), load::EXAMPLE).write_signals(store, &topics, accounts, signals)?;
        }
        figures::forget_peak();
        let before = figures::memory("VmRSS");
        let meter = Arc::new(Meter { expected: signals * times, ..Meter::default() });
        drive::score_with(store, &topics, &meter)?;
        println!(
            "  {:>9} signals: {:>4.0} MiB, of which {:.0} were there before",
            signals * times,
            figures::memory("VmHWM") / 1048576.0,
            before / 1048576.0
        );
    }
    Ok(())
}
