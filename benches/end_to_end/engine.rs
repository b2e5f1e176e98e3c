//! The scorer without a log: what decode, find, step, encode and commit cost one core, and what an
//! account costs in memory. Repeatable under `valgrind --tool=callgrind`.

use crate::load::{Load, Made, PARTITIONS};
use crate::{drive, figures, load};
use buymode::engine::scorer::Scorer;
use buymode::engine::topics::{Topics, WORLD_KEY};
use buymode::log::partitioner::partition_of;
use buymode::log::{Output, RecordRef, TopicPartition, Watermarks};
use buymode::runtime::role::Role;
use buymode::runtime::worker::{Limits, now_ms};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// One record of a partition, key and value.
type Kept = (i32, Vec<u8>, Vec<u8>);

pub(crate) struct Engine {
    scorer: Scorer,
    topics: Topics,
    next: Vec<i64>,
    batch: usize,
    now_ms: i64,
    pub outputs: u64,
}

impl Engine {
    fn closed() -> Engine {
        let topics = load::topics("");
        let scorer = drive::scorer(&topics);
        let next = vec![0; PARTITIONS as usize];
        Engine { scorer, topics, next, batch: 0, now_ms: now_ms(), outputs: 0 }
    }

    /// Without any account.
    fn open() -> anyhow::Result<Engine> {
        let mut engine = Engine::closed();
        engine.assign();
        engine.restored()?;
        Ok(engine)
    }

    fn assign(&mut self) {
        for partition in 0..PARTITIONS {
            self.scorer.assigned(&self.inputs(partition));
        }
    }

    fn restore(&mut self, partition: i32, key: &[u8], value: &[u8]) -> anyhow::Result<()> {
        let inputs = self.inputs(partition);
        let record = record(&self.topics.accounts, partition, 0, self.now_ms, Some(key), value);
        Ok(self.scorer.restore(&inputs, record)?)
    }

    fn restored(&mut self) -> anyhow::Result<()> {
        for partition in 0..PARTITIONS {
            let watermarks = Watermarks { low: 0, stable: i64::MAX, high: i64::MAX };
            self.scorer.restored(&self.inputs(partition), None, watermarks)?;
        }
        Ok(())
    }

    fn inputs(&self, partition: i32) -> TopicPartition {
        TopicPartition { topic: self.topics.inputs.clone(), partition }
    }

    pub(crate) fn process(
        &mut self,
        partition: i32,
        key: Option<&[u8]>,
        value: &[u8],
    ) -> anyhow::Result<()> {
        let offset = &mut self.next[partition as usize];
        let record = record(&self.topics.inputs, partition, *offset, self.now_ms, key, value);
        *offset += 1;
        self.scorer.process(record)?;
        self.batch += 1;
        // As the worker does.
        let limits = Limits::default();
        if self.batch >= limits.batch_records_max {
            self.commit(&mut |_| ())?;
        } else if self.batch.is_multiple_of(limits.hand_over_records) {
            let outputs = &mut self.outputs;
            self.scorer.hand_over(&mut |_| {
                *outputs += 1;
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Hands over what is staged.
    pub(crate) fn commit(&mut self, visit: &mut dyn FnMut(&Output<'_>)) -> anyhow::Result<()> {
        let outputs = &mut self.outputs;
        self.scorer.drain(&mut |output| {
            *outputs += 1;
            visit(output);
            Ok(())
        })?;
        self.scorer.committed();
        self.batch = 0;
        Ok(())
    }

    pub(crate) fn account(&mut self, made: &Made) -> anyhow::Result<()> {
        let key = made.account.as_str().as_bytes();
        self.process(partition_of(key, PARTITIONS), Some(key), &made.bytes)
    }
}

fn record<'a>(
    topic: &'a str,
    partition: i32,
    offset: i64,
    timestamp_ms: i64,
    key: Option<&'a [u8]>,
    value: &'a [u8],
) -> RecordRef<'a> {
    RecordRef { topic, partition, offset, timestamp_ms, key, value: Some(value), trace: None }
}

pub(crate) fn with_companies(load: &mut Load, accounts: u32) -> anyhow::Result<Engine> {
    let mut engine = Engine::open()?;
    let activation = load.activation();
    for partition in 0..PARTITIONS {
        engine.process(partition, None, &activation)?;
    }
    for n in 0..accounts {
        engine.account(&load.company(n))?;
    }
    engine.commit(&mut |_| ())?;
    Ok(engine)
}

/// Signals a second through the scorer, nothing sent anywhere.
pub(crate) fn speed(accounts: u32, signals: usize, rounds: usize) -> anyhow::Result<()> {
    println!("\nengine on one core, no log: {accounts} accounts, {signals} signals a round");
    let (mut rates, mut outputs) = (Vec::new(), 0);
    for _ in 0..rounds {
        let mut load = Load::new(now_ms(), load::EXAMPLE);
        let mut engine = with_companies(&mut load, accounts)?;
        let before = engine.outputs;
        let all: Vec<Made> = (0..signals).map(|_| load.signal(0..accounts)).collect();
        let began = Instant::now();
        for made in &all {
            engine.account(made)?;
        }
        engine.commit(&mut |_| ())?;
        rates.push(signals as f64 / began.elapsed().as_secs_f64());
        outputs += engine.outputs - before;
    }
    let each = outputs as f64 / (rounds * signals) as f64;
    println!(
        "  median:  {:>9.0} signals/s, {each:.2} records written a signal",
        figures::median(&mut rates)
    );
    Ok(())
}

/// Bytes an account takes in a restored task, and each piece of evidence. A process of its own
/// takes the records up, so that no memory which was freed before hides what they take.
pub(crate) fn memory(accounts: u32) -> anyhow::Result<()> {
    println!("\nmemory: {accounts} accounts restored, growth of a process's resident memory");
    let mut each = Vec::new();
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-states");
    for signals in [0, 4] {
        let states = states(accounts, signals)?;
        let value_bytes: usize = states.iter().map(|(_, _, value)| value.len()).sum();
        save(&states, &file)?;
        let child = Command::new(std::env::current_exe()?).arg(TAKE_UP).arg(&file).output()?;
        std::fs::remove_file(&file)?;
        let said = String::from_utf8(child.stdout)?;
        let figures: Vec<f64> = said.split_whitespace().filter_map(|f| f.parse().ok()).collect();
        let [bytes, seconds] = figures[..] else {
            anyhow::bail!("the process that restores said: {}", String::from_utf8(child.stderr)?);
        };
        let count = states.len() as f64;
        println!(
            "  company and {signals} signals: {:>5.0} bytes an account, of which its record {:.0}; taken up at {:.0} accounts/s",
            bytes / count,
            value_bytes as f64 / count,
            count / seconds
        );
        each.push(bytes / count);
    }
    println!("  aim: 200 for company and no evidence, 64 a piece of evidence without its link");
    if let [without, with] = each[..] {
        println!(
            "  a piece of evidence, its link of 55 bytes included: {:.0} bytes",
            (with - without) / 4.0
        );
    }
    Ok(())
}

/// Names the part of this program that the process of its own runs.
pub(crate) const TAKE_UP: &str = "take-up";

/// Restores what [`save`] wrote, and prints by how many bytes it grew and how many seconds it took.
pub(crate) fn take_up(file: &Path) -> anyhow::Result<()> {
    let mut reader = BufReader::new(File::open(file)?);
    let mut engine = Engine::closed();
    let (mut key, mut value) = (Vec::new(), Vec::new());
    engine.assign();
    let before = figures::memory("VmRSS");
    let began = Instant::now();
    while !reader.fill_buf()?.is_empty() {
        let mut lengths = [0; 12];
        reader.read_exact(&mut lengths)?;
        let number = |at: usize| {
            let bytes = [lengths[at], lengths[at + 1], lengths[at + 2], lengths[at + 3]];
            u32::from_le_bytes(bytes)
        };
        key.resize(number(4) as usize, 0);
        value.resize(number(8) as usize, 0);
        reader.read_exact(&mut key)?;
        reader.read_exact(&mut value)?;
        engine.restore(number(0) as i32, &key, &value)?;
    }
    engine.restored()?;
    let took = began.elapsed();
    println!("{} {}", figures::memory("VmRSS") - before, took.as_secs_f64());
    Ok(())
}

fn save(states: &[Kept], file: &Path) -> anyhow::Result<()> {
    let mut out = BufWriter::new(File::create(file)?);
    for (partition, key, value) in states {
        out.write_all(&partition.to_le_bytes())?;
        out.write_all(&u32::try_from(key.len())?.to_le_bytes())?;
        out.write_all(&u32::try_from(value.len())?.to_le_bytes())?;
        out.write_all(key)?;
        out.write_all(value)?;
    }
    Ok(out.flush()?)
}

/// The records of the accounts topic, latest of each account, as a restore reads them.
fn states(accounts: u32, signals: u32) -> anyhow::Result<Vec<Kept>> {
    let mut load = Load::new(now_ms(), load::EXAMPLE);
    let mut engine = Engine::open()?;
    let activation = load.activation();
    for partition in 0..PARTITIONS {
        engine.process(partition, None, &activation)?;
    }
    let mut states = Vec::with_capacity(accounts as usize);
    let topic = load::topics("").accounts;
    for from in (0..accounts).step_by(1_000) {
        for n in from..(from + 1_000).min(accounts) {
            engine.account(&load.company(n))?;
            for _ in 0..signals {
                engine.account(&load.signal(n..n + 1))?;
            }
        }
        engine.commit(&mut |output| {
            let key = output.key.unwrap_or_default();
            let is_account = !key.starts_with(b"\0");
            let is_world = from == 0 && key == WORLD_KEY;
            if output.topic == topic && (is_account || is_world) {
                let value = output.value.unwrap_or_default();
                states.push((output.partition.unwrap_or_default(), key.to_vec(), value.to_vec()));
            }
        })?;
    }
    Ok(states)
}
