//! `buymode decisions`: what a sequencer sees, over all route topics, at read_committed, in order of
//! time.

mod open;
pub(in crate::cli) mod sample;

use super::interrupt::ends_at_once;
use super::output::{self, aside};
use super::place::PlaceArgs;
use crate::admin::accounts;
use crate::admin::place::Place;
use crate::cli::answer;
use crate::codec::shape::ShownDecision;
use crate::codec::{Codec, json};
use crate::config::machine_zone;
use crate::domain::account::brief::brief;
use crate::domain::account::decision::{Decision, Origin};
use crate::ingest::import::{Sorted, Sorter, To};
use crate::log::scan::Scan;
use crate::log::{Reader, RecordRef};
use crate::report::layout::paragraph;
use crate::report::words::counted;
use anyhow::Context;
use chrono_tz::Tz;
use open::{Episodes, episodes_of};
use std::collections::{BTreeMap, HashSet};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Prints decisions in order of time: on a terminal the headline and what there is to act on,
/// otherwise JSON, one object a line
///
/// With --from-start, all decisions that are in the log are read and sorted first; then "caught up;
/// following" on stderr says that what follows is new. New decisions are in order of time within
/// each look at the log, ten times a second.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  buymode decisions --config deploy/buymode.yaml\n  \
    buymode decisions --embedded ./data --from-start --until-end | jq .headline\n  \
    buymode decisions --open --json\n  \
    buymode decisions send-sample --route ae --kind entered --embedded ./data"
)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    place: PlaceArgs,
    /// Begin with the first decision in the log [default: with the next one]
    #[arg(long)]
    from_start: bool,
    /// Only this route; may be given several times
    #[arg(long, value_name = "ROUTE")]
    route: Vec<String>,
    /// Stop at the end of the log, as it is when the command starts
    #[arg(long)]
    until_end: bool,
    /// Only the latest decision of each episode that is open now, and stop: for a subscriber that comes late
    #[arg(long, conflicts_with_all = ["from_start", "until_end"])]
    open: bool,
    /// Print JSON, one object a line, also on a terminal
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    SendSample(sample::Args),
}

/// How often new topics are looked for.
const TOPICS_EVERY: Duration = Duration::from_secs(5);
const REST: Duration = Duration::from_millis(100);
/// Memory for sorting; more goes to temporary files.
const SORT_BYTES: usize = 64 << 20;

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if let Some(Command::SendSample(args)) = &args.command {
        return sample::run(args);
    }
    let printed = Arc::new(AtomicU64::new(0));
    let seen = printed.clone();
    ends_at_once(move || format!("{} printed", counted(seen.load(Ordering::Relaxed), "decision")))?;
    let place = args.place.open()?;
    let mut follow = Follow {
        reader: place.store.reader()?,
        codec: place.codec.clone(),
        reader_zone: (!args.json && output::is_terminal()).then(machine_zone),
        positions: BTreeMap::new(),
        printed,
    };
    if args.open {
        // An episode may have begun in one route, and ended in another.
        follow.look(&place, &[], true)?;
        return follow.open(&place, &args.route);
    }
    follow.look(&place, &args.route, args.from_start)?;
    if args.until_end {
        follow.all()?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut looked = Instant::now();
    let mut caught_up = false;
    while let Some(read) = follow.all()? {
        if !caught_up {
            aside("buymode: caught up; following");
            caught_up = true;
        }
        if looked.elapsed() > TOPICS_EVERY {
            // A topic that appears later is read from its start: all of it is new.
            follow.look(&place, &args.route, true)?;
            looked = Instant::now();
        }
        if read == 0 {
            std::thread::sleep(REST);
        }
    }
    Ok(ExitCode::SUCCESS)
}

struct Follow {
    reader: Box<dyn Reader>,
    codec: Codec,
    /// The time zone of the person who reads; none: JSON.
    reader_zone: Option<Tz>,
    /// The next offset of each partition.
    positions: BTreeMap<(String, i32), i64>,
    printed: Arc<AtomicU64>,
}

impl Follow {
    /// Adds the routes' partitions that are not followed yet.
    fn look(&mut self, place: &Place, routes: &[String], from_start: bool) -> anyhow::Result<()> {
        let names = if routes.is_empty() {
            let all = place.store.topic_names()?;
            all.into_iter().filter(|n| n.starts_with(&place.topics.route_prefix)).collect()
        } else {
            routes.iter().map(|route| place.topics.route(route)).collect::<Vec<_>>()
        };
        for name in &names {
            for partition in 0..place.spec(name)?.partitions {
                let key = (name.clone(), partition);
                if !self.positions.contains_key(&key) {
                    let range = self.reader.watermarks(name, partition)?;
                    self.positions.insert(key, if from_start { range.low } else { range.stable });
                }
            }
        }
        Ok(())
    }

    /// Prints the latest decision of each episode that is open.
    fn open(&mut self, place: &Place, routes: &[String]) -> anyhow::Result<ExitCode> {
        let mut episodes = Episodes::default();
        for ((topic, partition), next) in &mut self.positions {
            let end = self.reader.watermarks(topic, *partition)?.stable;
            let mut failed = Ok(());
            let codec = &mut self.codec;
            Scan::range(topic, *partition, *next..end).each(&mut *self.reader, &mut |record| {
                if failed.is_ok() {
                    failed = decoded(codec, &record).map(|decision| episodes.take(decision));
                }
            })?;
            failed?;
        }
        let mut goes_on = HashSet::new();
        if episodes.has_moved() {
            accounts::each(place, &mut |_, account, state, _| {
                goes_on.extend(episodes_of(account, state));
            })?;
        }
        for decision in episodes.open(routes, &goes_on) {
            if !output::line(&shown(&decision, self.reader_zone))? {
                break;
            }
            self.printed.fetch_add(1, Ordering::Relaxed);
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Reads every partition to its present end and prints what was read in order of time. Returns
    /// how many; `None` once stdout is closed.
    fn all(&mut self) -> anyhow::Result<Option<u64>> {
        let mut sorter = Sorter::new(SORT_BYTES, std::env::temp_dir());
        for ((topic, partition), next) in &mut self.positions {
            let end = self.reader.watermarks(topic, *partition)?.stable;
            let mut scan = Scan::range(topic, *partition, *next..end);
            while !scan.is_done() {
                let mut failed = Ok(());
                let (codec, people) = (&mut self.codec, self.reader_zone);
                scan.step(&mut *self.reader, &mut |r| {
                    if failed.is_ok() {
                        failed = entry(codec, r, people).and_then(|e| Ok(sorter.push(e)?));
                    }
                })?;
                *next = scan.next_offset();
                failed?;
            }
        }
        let read = sorter.records;
        let mut merge = sorter.merge()?;
        while let Some(sorted) = merge.pop()? {
            let text = String::from_utf8(sorted.value.into_vec())?;
            if !output::line(&text)? {
                return Ok(None);
            }
            self.printed.fetch_add(1, Ordering::Relaxed);
        }
        Ok(Some(read))
    }
}

/// A decision as it is printed, with its time.
fn entry(codec: &mut Codec, record: RecordRef<'_>, reader: Option<Tz>) -> anyhow::Result<Sorted> {
    let decision = decoded(codec, &record)?;
    let value = shown(&decision, reader).into_bytes().into_boxed_slice();
    Ok(Sorted { time_ms: decision.decided_at.0, to: To::Inputs, key: Box::default(), value })
}

fn decoded(codec: &mut Codec, record: &RecordRef<'_>) -> anyhow::Result<Decision> {
    let place = || format!("{}[{}] offset {}", record.topic, record.partition, record.offset);
    let value = record.value.with_context(|| format!("{} is empty", place()))?;
    codec.decode_decision(value).with_context(place)
}

/// For a person in this time zone; else as JSON.
fn shown(decision: &Decision, reader: Option<Tz>) -> String {
    match reader {
        Some(reader) => for_people(decision, reader),
        None => answer::text(&ShownDecision(json::decision(decision))),
    }
}

/// The headline, and below it what there is to act on.
fn for_people(d: &Decision, reader: Tz) -> String {
    let instant = d.decided_at.to_rfc3339();
    let instant = instant.split('.').next().unwrap_or(&instant);
    let test = if d.origin == Origin::Test { "  (a test)" } else { "" };
    let head = format!("{instant}  {}  {} → {}{test}", d.kind, d.priority, d.route);
    let lines = std::iter::once(d.headline.clone()).chain(brief(d, reader));
    let lines = lines.map(|line| paragraph("    ", &line, output::columns()));
    lines.fold(head, |text, line| text + "\n" + &line)
}
