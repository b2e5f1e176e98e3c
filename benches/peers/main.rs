//! buymode beside what else could do its job, over one topic of inputs on one broker:
//!
//! ```text
//! cargo bench --bench peers                          all of it: 660,000 records, 3 rounds
//! cargo bench --bench peers -- --records 100000 --rounds 5
//! cargo bench --bench peers -- --only buymode-1,streams-1
//! cargo bench --bench peers -- --json > peers.json   the figures of every round
//! cargo test --bench peers -- --agree                only whether the decisions agree, on 5,000 records
//! ```
//!
//! Contenders, by the names that `--only` takes:
//!
//! | name | |
//! | --- | --- |
//! | `buymode-1`, `buymode-2` | `buymode run`, with 1 and 2 `workers` |
//! | `bare-fixed` | the bare loop: reads each input and writes 852 bytes for it, whatever buymode does today |
//! | `bare-today` | the bare loop that writes what `buymode-1` wrote |
//! | `streams-1`, `streams-2` | Kafka Streams, state in memory, with 1 and 2 threads |
//! | `streams-rocksdb` | Kafka Streams, state in RocksDB, 1 thread |
//! | `flink` | Flink, state in a hash map, parallelism 1 |
//! | `latency` | how long a decision takes at 1,000 and 5,000 signals a second |
//!
//! The profile is `benches/core.yaml`. In Java the same job is written for this profile alone
//! (`benches/peers/java`), so that the decisions agree in number and kind; a difference fails the run.
//! Each round runs every contender once, in another order than the round before. A contender begins
//! with no state and reads the whole topic; its progress is what its group has committed. Rates count
//! from the first commit on, the warm half is the second half of the records. The CPU is that of the
//! contender's process, without its start, not that of the broker. Needs Java 17 and Maven; the broker
//! is the tests' (`deploy/kafka`), or that of `KAFKA_BOOTSTRAP`.

#[path = "../end_to_end/bare.rs"]
#[allow(dead_code, reason = "what the other bench alone needs of it")]
mod bare;
mod bare_loop;
mod contenders;
mod decisions;
#[path = "../end_to_end/figures.rs"]
#[allow(dead_code, reason = "what the other bench alone needs of it")]
mod figures;
mod jvm;
mod latency;
#[path = "../end_to_end/load.rs"]
mod load;
#[path = "../end_to_end/meter.rs"]
#[allow(dead_code, reason = "what the other bench alone needs of it")]
mod meter;
mod options;
mod process;
mod report;
mod rounds;
#[path = "../../tests/it/support/mod.rs"]
#[allow(unused_imports, reason = "what tests alone need of it")]
mod support;
mod topics;
mod watch;

use options::Options;
use report::Report;
use support::Address;
use topics::Ground;

/// The profile that every contender scores by.
const PROFILE: &str = include_str!("../core.yaml");

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if let Some((bare_loop::COMMAND, rest)) = args.split_first().map(|(a, rest)| (a.as_str(), rest))
    {
        return bare_loop::run(rest);
    }
    let options = Options::parse(&args)?;
    let Some(kafka) = support::kafka() else {
        eprintln!("a broker is needed: left out");
        return Ok(());
    };
    let java = jvm::Java::build(&options)?;
    let ground = Ground::new(kafka.bootstrap(), &kafka.unique("peers"), &options)?;
    let mut report = Report::new(&options);
    report.signal_bytes = ground.signal_bytes;
    rounds::run(&ground, &java, &options, &mut report)?;
    if options.wants("latency") {
        report.latency = latency::measure(&ground, &java, &options)?;
    }
    ground.leave()?;
    report.print(&options)?;
    report.judge()
}
