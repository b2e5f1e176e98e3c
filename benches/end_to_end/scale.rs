//! What a signal costs the scorer as accounts, and evidence, grow: without a log, on one core, in the
//! processor's time. Traffic is uniform, or skewed as real traffic is: the n-th busiest account has a
//! share of 1/n (Zipf, exponent 1).

use crate::engine::{Engine, with_companies};
use crate::figures;
use crate::load::{self, Load, Made};
use buymode::runtime::worker::now_ms;

const ACCOUNTS: [u32; 3] = [10_000, 100_000, 1_000_000];
/// Pieces of evidence on average, in so few accounts that all are decoded.
const EVIDENCE: [u32; 4] = [2, 10, 50, 200];
const FEW: u32 = 2_000;

pub(crate) fn measure(signals: usize) -> anyhow::Result<()> {
    println!("\ncost of a signal without a log, {signals} signals, microseconds of the processor");
    println!("  {:>9} accounts {:>10} {:>10}", "", "uniform", "Zipf 1");
    for accounts in ACCOUNTS {
        let uniform = cost(accounts, signals, |load| load.signal(0..accounts))?;
        let skewed = cost(accounts, signals, |load| load.skewed_signal(accounts))?;
        println!("  {accounts:>9}          {uniform:>10.2} {skewed:>10.2}");
    }
    println!("  of {FEW} accounts by what they hold when it begins");
    for evidence in EVIDENCE {
        let mut load = Load::new(now_ms(), load::EXAMPLE);
        let mut engine = with_companies(&mut load, FEW)?;
        for n in 0..FEW * evidence {
            engine.account(&load.signal_of(n % FEW))?;
        }
        engine.commit(&mut |_| ())?;
        // Few enough that no account grows by more than a tenth.
        let all: Vec<Made> =
            (0..(FEW * evidence / 10).max(FEW)).map(|_| load.signal(0..FEW)).collect();
        println!("  {evidence:>9} signals  {:>10.2}", timed(&mut engine, &all)?);
    }
    Ok(())
}

fn cost(
    accounts: u32,
    signals: usize,
    mut make: impl FnMut(&mut Load) -> Made,
) -> anyhow::Result<f64> {
    let mut load = Load::new(now_ms(), load::EXAMPLE);
    let mut engine = with_companies(&mut load, accounts)?;
    let all: Vec<Made> = (0..signals).map(|_| make(&mut load)).collect();
    timed(&mut engine, &all)
}

fn timed(engine: &mut Engine, all: &[Made]) -> anyhow::Result<f64> {
    let began = figures::cpu_seconds();
    for made in all {
        engine.account(made)?;
    }
    engine.commit(&mut |_| ())?;
    Ok((figures::cpu_seconds() - began) * 1e6 / all.len() as f64)
}
