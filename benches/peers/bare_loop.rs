//! The bare loop in a process of its own, so that the kernel counts its processor time alone.
//!
//! The fixed one writes what a build of November 2026 wrote (commit 61fddb5): 852 bytes of state for
//! each input, and for one input in 46 a decision of 830 bytes. Its state is made of pieces of signals,
//! as a state is: it compresses about as well.

use crate::load::{self, Load, PARTITIONS};
use crate::meter::{Sent, Written};
use crate::{PROFILE, bare};
use buymode::engine::topics::Topics;
use buymode::log::Store;
use buymode::log::scan::Scan;
use buymode::runtime::worker::{Limits, now_ms};

use rdkafka::message::Message;
use rdkafka::producer::{BaseRecord, Producer};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::contenders::COMMIT_MS;

/// Names the part of this program that the process of its own runs.
pub(crate) const COMMAND: &str = "bare-loop";

const STATE_BYTES: usize = 852;
const DECISION_BYTES: usize = 830;
const DECISION_EACH: u64 = 46;
/// Signals whose bytes the fixed states are made of.
const POOL: usize = 20_000;
/// A step through the pool that visits far places one after another: nothing repeats within a batch.
const STRIDE: usize = 1_000_003;

pub(crate) enum Mode<'a> {
    Fixed,
    /// What a contender wrote, as [`save`] kept it.
    Written(&'a Path),
    /// For latency: a state for each signal, a decision for each that asks for one.
    Answer,
}

pub(crate) fn command(
    mode: Mode<'_>,
    bootstrap: &str,
    name: &str,
    inputs: &str,
    records: u64,
) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([COMMAND, bootstrap, name, inputs, &records.to_string()]);
    match mode {
        Mode::Fixed => command.arg("fixed"),
        Mode::Written(file) => command.arg("written").arg(file),
        Mode::Answer => command.arg("answer"),
    };
    Ok(command)
}

pub(crate) fn written_file(folder: &Path) -> PathBuf {
    folder.join("written")
}

/// What [`command`] starts. It stays when it is done, for its figures to be read.
pub(crate) fn run(args: &[String]) -> anyhow::Result<()> {
    let [bootstrap, name, inputs, records, mode, rest @ ..] = args else {
        anyhow::bail!("invalid arguments of {COMMAND}; only this bench calls it");
    };
    let records: u64 = records.parse()?;
    let topics = Topics { inputs: inputs.clone(), ..load::topics(&format!("{name}.")) };
    if mode == "answer" {
        return answer(bootstrap, name, &topics);
    }
    let written = match rest {
        [file] => read(Path::new(file))?,
        _ => fixed(records),
    };
    let limits = Limits { batch_time_max: Duration::from_millis(COMMIT_MS), ..Limits::default() };
    bare::replay(bootstrap, name, &topics, &written, records, &limits)?;
    loop {
        std::thread::park();
    }
}

fn fixed(records: u64) -> Written {
    let mut written = Written {
        topics: vec!["buymode.accounts".to_owned(), "sequencer.ae".to_owned()],
        ..Written::default()
    };
    let mut load = Load::new(now_ms(), PROFILE);
    for _ in 0..POOL {
        written.bytes.extend(load.signal(0..60_000).bytes);
    }
    let pool = written.bytes.len() - STATE_BYTES;
    let mut keys: Vec<Range<usize>> = vec![];
    for n in 0..u32::try_from(records / 11).unwrap_or(u32::MAX).max(1) {
        let start = written.bytes.len();
        written.bytes.extend_from_slice(load::account(n).as_str().as_bytes());
        keys.push(start..written.bytes.len());
    }
    let mut at = 0;
    for n in 0..records {
        at = (at + STRIDE) % pool;
        let key = keys[at % keys.len()].clone();
        let mut send = |topic, bytes| {
            let value = at..at + bytes;
            let key = key.clone();
            let sent = Sent { topic, partition: None, key, value, timestamp_ms: None };
            written.records.push(sent);
        };
        send(0, STATE_BYTES);
        if n % DECISION_EACH == 0 {
            send(1, DECISION_BYTES);
        }
    }
    written
}

/// One record of an output, before it is in its place.
struct Kept {
    time: i64,
    topic: u32,
    partition: i32,
    key: Vec<u8>,
    value: Vec<u8>,
}

/// How much a contender wrote.
pub(crate) struct Wrote {
    pub records: u64,
    pub bytes: u64,
}

/// Keeps all that is in a contender's outputs, in the order of time, for the bare loop.
pub(crate) fn save(store: &dyn Store, topics: &Topics, file: &Path) -> anyhow::Result<Wrote> {
    let mut names = vec![topics.accounts.clone(), topics.dead_letters.clone()];
    names.extend(load::ROUTES.iter().map(|route| topics.route(route)));
    let mut reader = store.reader()?;
    let mut kept: Vec<Kept> = vec![];
    for (topic, name) in (0..).zip(&names) {
        for partition in 0..PARTITIONS {
            Scan::whole(&mut *reader, name, partition)?.each(&mut *reader, &mut |record| {
                kept.push(Kept {
                    time: record.timestamp_ms,
                    topic,
                    partition,
                    key: record.key.unwrap_or_default().to_vec(),
                    value: record.value.unwrap_or_default().to_vec(),
                });
            })?;
        }
    }
    kept.sort_by_key(|record| record.time);
    let mut out = BufWriter::new(File::create(file)?);
    let mut bytes = 0;
    for record in &kept {
        out.write_all(&record.topic.to_le_bytes())?;
        out.write_all(&record.partition.to_le_bytes())?;
        out.write_all(&u32::try_from(record.key.len())?.to_le_bytes())?;
        out.write_all(&u32::try_from(record.value.len())?.to_le_bytes())?;
        out.write_all(&record.key)?;
        out.write_all(&record.value)?;
        bytes += (record.key.len() + record.value.len()) as u64;
    }
    out.flush()?;
    Ok(Wrote { records: kept.len() as u64, bytes })
}

fn read(file: &Path) -> anyhow::Result<Written> {
    let topics = load::topics("");
    let mut names = vec![topics.accounts.clone(), topics.dead_letters.clone()];
    names.extend(load::ROUTES.iter().map(|route| topics.route(route)));
    let mut written = Written { topics: names, ..Written::default() };
    let mut reader = BufReader::new(File::open(file)?);
    while !reader.fill_buf()?.is_empty() {
        let mut head = [0; 16];
        reader.read_exact(&mut head)?;
        let number =
            |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let start = written.bytes.len();
        let middle = start + number(8) as usize;
        let end = middle + number(12) as usize;
        written.bytes.resize(end, 0);
        reader.read_exact(&mut written.bytes[start..])?;
        written.records.push(Sent {
            topic: number(0) as usize,
            partition: Some(number(4) as i32),
            key: start..middle,
            value: middle..end,
            timestamp_ms: None,
        });
    }
    Ok(written)
}

/// Commits as often as it can, until it is stopped.
fn answer(bootstrap: &str, name: &str, topics: &Topics) -> anyhow::Result<()> {
    let (state, decision) = ([7; STATE_BYTES], [7; DECISION_BYTES]);
    let sequencer = topics.route("ae");
    let clients = bare::open(bootstrap, name, &topics.inputs)?;
    let mut next = vec![-1; PARTITIONS as usize];
    loop {
        let mut wait = Duration::from_millis(100);
        let mut open = false;
        while let Some(message) = clients.consumer.poll(wait) {
            let message = message?;
            if !open {
                clients.producer.begin_transaction()?;
                (open, wait) = (true, Duration::ZERO);
            }
            next[message.partition() as usize] = message.offset() + 1;
            let Some(key) = message.key() else { continue };
            clients.send(BaseRecord::to(&topics.accounts).key(key).payload(&state[..]))?;
            if load::number(key).is_some_and(|n| n < crate::latency::OTHERS.start as usize) {
                clients.send(BaseRecord::to(&sequencer).key(key).payload(&decision[..]))?;
            }
        }
        if open {
            clients.commit(&next, &topics.inputs)?;
        }
    }
}
