//! `buymode dead-letters replay` and `drop`: what makes a letter done with.

use super::filter::{FilterArgs, Place, name};
use crate::admin::place::Place as Log;
use crate::cli::aliases::filing;
use crate::cli::output::line;
use crate::cli::place::PlaceArgs;
use crate::domain::account::records::{DeadLetterReason, Resolution, ResolutionKind};
use crate::domain::terms::time::Timestamp;
use crate::ingest::dead_letters::{
    Batch, Fate, Filter, Kept, LettersError, Mappings, Replayer, Resolved, Sent, scan,
};
use crate::runtime::worker::now_ms;
use anyhow::bail;
use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Reads letters again, by the mappings as they are now, and writes what they become
///
/// Ids and times are those that the rows would have had the first time: an old age does not become
/// fresh, and what was written already is a duplicate to the scorer. A letter is done with in the
/// same transaction that writes it; what fails still stays as it is. Records of buymode's own
/// schemas go back to the topic they came from once they can be read. What an account refused is
/// judged anew, as the account is now, and if refused again is a new letter; a step between two
/// accounts that were merged stays: ask for the alias again.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    buymode dead-letters replay --config deploy/buymode.yaml --source theirstack --dry-run\n  \
    buymode dead-letters replay 3:120 3:121 --config deploy/buymode.yaml --mapping mended.yaml")]
pub struct ReplayArgs {
    /// Only these; otherwise all that are open and meant by the flags
    #[arg(value_name = "PARTITION:OFFSET")]
    letters: Vec<Place>,
    /// This mapping in place of the settings', for the letters of its source or of its file name
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// With --mapping: the rows are a vendor's first dump, known from now on but no news
    #[arg(long, requires = "mapping")]
    baseline: bool,
    /// Aliases beside those that hold at the place, for a history; as `buymode import` reads them
    #[arg(long, value_name = "FILE")]
    aliases: Option<PathBuf>,
    /// Fail where a letter stays
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    common: Common,
}

/// Gives letters up: they are not listed any more, and nothing is written in their stead
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    buymode dead-letters drop 3:120 --config deploy/buymode.yaml --because 'a test of the vendor'\n  \
    buymode dead-letters drop --config deploy/buymode.yaml --reason framing --until 2026-09-30 --because rubbish")]
pub struct DropArgs {
    /// These; otherwise all that are open and meant by the flags
    #[arg(value_name = "PARTITION:OFFSET")]
    letters: Vec<Place>,
    /// Why; kept with the letter
    #[arg(long, value_name = "TEXT")]
    because: String,
    /// All of them, where nothing else says which
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
struct Common {
    #[command(flatten)]
    which: FilterArgs,
    /// At most so many, the first of each partition first
    #[arg(long)]
    limit: Option<u64>,
    /// Say what would be done, write nothing
    #[arg(long)]
    dry_run: bool,
    /// Who asks for it; kept with the letter
    #[arg(long, value_name = "NAME", env = "USER", hide_env = true)]
    by: Option<String>,
    #[command(flatten)]
    place: PlaceArgs,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

/// What a run came to. Every letter that was meant is in one of the four.
#[derive(Debug, Default, Serialize)]
struct Summary {
    replayed: u64,
    /// The mapping has nothing to say of them any more.
    skipped: u64,
    dropped: u64,
    /// By the reason that they have now.
    failing: BTreeMap<DeadLetterReason, u64>,
    /// They cannot be read again as things are.
    left: u64,
    /// Named ones that were done with before.
    done: Vec<String>,
    /// Named ones that are not there, or that a flag leaves out.
    absent: Vec<String>,
    /// Records written, or to be written.
    records: u64,
    /// The first that stay, with the reason why.
    samples: Vec<Sample>,
    dry_run: bool,
}

#[derive(Debug, Serialize)]
struct Sample {
    letter: String,
    message: String,
}

const SAMPLES_MAX: usize = 20;
const SAY_EVERY: Duration = Duration::from_secs(5);

impl Summary {
    fn stays(&self) -> u64 {
        self.failing.values().sum::<u64>() + self.left
    }

    fn total(&self) -> u64 {
        self.replayed + self.skipped + self.dropped + self.stays()
    }

    /// What became of letters that were named and not met: `met` says of a place whether it was done
    /// with before.
    fn unmet(&mut self, places: &[(i32, i64)], met: &BTreeMap<(i32, i64), bool>) {
        for place in places {
            let name = format!("{}:{}", place.0, place.1);
            match met.get(place) {
                Some(false) => {}
                Some(true) => self.done.push(name),
                None => self.absent.push(name),
            }
        }
    }

    fn sample(&mut self, kept: &Kept, message: String) {
        if self.samples.len() < SAMPLES_MAX {
            self.samples.push(Sample { letter: name(kept), message });
        }
    }
}

pub fn replay(args: &ReplayArgs) -> anyhow::Result<ExitCode> {
    let log = args.common.place.open()?;
    let mut mappings = Mappings::of_sources(&log.config.ingest)?;
    if let Some(file) = &args.mapping {
        mappings = mappings.with(file, args.baseline)?;
    }
    let aliases = filing::aliases(args.aliases.as_deref(), Some(&log), &log.topics.inputs)?;
    let (topics, codec) = (&log.topics, log.codec.clone());
    let mut replayer = Replayer { topics, codec, mappings, aliases };
    let filter = args.common.which.filter(&args.letters);
    let summary = each(&log, &args.common, &filter, &mut |kept, summary| {
        Ok(match replayer.replay(kept)? {
            Fate::Written { records, mapping_version } => {
                match records.is_empty() {
                    true => summary.skipped += 1,
                    false => summary.replayed += 1,
                }
                summary.records += records.len() as u64;
                let mut resolution = done(kept, ResolutionKind::Replayed, &args.common);
                resolution.records = i64::try_from(records.len()).unwrap_or(i64::MAX);
                resolution.mapping_version = mapping_version;
                Some((records, resolution))
            }
            Fate::Fails(error) => {
                *summary.failing.entry(error.reason).or_default() += 1;
                summary.sample(kept, format!("{}: {}", error.reason, error.message));
                None
            }
            Fate::Left(why) => {
                summary.left += 1;
                summary.sample(kept, why);
                None
            }
        })
    })?;
    tell(&summary, args.common.json)?;
    Ok(code(!summary.absent.is_empty() || (args.strict && summary.stays() > 0)))
}

pub fn give_up(args: &DropArgs) -> anyhow::Result<ExitCode> {
    let filter = args.common.which.filter(&args.letters);
    if filter.is_everything() && !args.all {
        bail!("say which letters: name them, give a flag such as --reason, or --all");
    }
    let log = args.common.place.open()?;
    let summary = each(&log, &args.common, &filter, &mut |kept, summary| {
        summary.dropped += 1;
        let mut resolution = done(kept, ResolutionKind::Dropped, &args.common);
        resolution.note = Some(args.because.clone());
        Ok(Some((Vec::new(), resolution)))
    })?;
    tell(&summary, args.common.json)?;
    Ok(code(!summary.absent.is_empty()))
}

fn code(failed: bool) -> ExitCode {
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn done(kept: &Kept, kind: ResolutionKind, common: &Common) -> Resolution {
    Resolution {
        partition: kept.partition,
        offset: kept.offset,
        timestamp: kept.timestamp,
        kind,
        at: Timestamp(now_ms()),
        records: 0,
        mapping_version: None,
        by: common.by.clone(),
        note: None,
    }
}

type Answer = Option<(Vec<Sent>, Resolution)>;
type Decide<'a> = dyn FnMut(&Kept, &mut Summary) -> Result<Answer, LettersError> + 'a;

/// Asks of every open letter that is meant what is to be done with it, and does it.
fn each(
    log: &Log,
    common: &Common,
    filter: &Filter,
    decide: &mut Decide<'_>,
) -> anyhow::Result<Summary> {
    let (store, topics, mut codec) = (&*log.store, &log.topics, log.codec.clone());
    // Who only looks disturbs nobody who writes.
    let mut open = match common.dry_run {
        true => Open::Look(Resolved::read(store, &mut codec, &topics.resolutions)?),
        false => Open::Write(Box::new(Batch::open(store, topics, codec.clone())?)),
    };
    let mut summary = Summary { dry_run: common.dry_run, ..Summary::default() };
    let mut met = BTreeMap::new();
    let mut said = Instant::now();
    let limit = common.limit.unwrap_or(u64::MAX);
    scan(store, &mut codec, &topics.dead_letters, &mut |kept| {
        if summary.total() >= limit {
            return Ok(ControlFlow::Break(()));
        }
        if !filter.takes(&kept) {
            return Ok(ControlFlow::Continue(()));
        }
        let is_done = open.resolved().of(&kept).is_some();
        if !filter.places.is_empty() {
            met.insert((kept.partition, kept.offset), is_done);
        }
        if is_done {
            return Ok(ControlFlow::Continue(()));
        }
        if let Some((records, resolution)) = decide(&kept, &mut summary)?
            && let Open::Write(batch) = &mut open
        {
            batch.put(kept, records, resolution)?;
        }
        if said.elapsed() >= SAY_EVERY || (summary.total().is_multiple_of(1_000) && terminal()) {
            eprintln!("{} letters, {} stay", summary.total(), summary.stays());
            said = Instant::now();
        }
        Ok(ControlFlow::Continue(()))
    })?;
    if let Open::Write(batch) = &mut open {
        batch.flush()?;
    }
    // Beyond the limit nobody looked.
    if summary.total() < limit {
        summary.unmet(&filter.places, &met);
    }
    Ok(summary)
}

enum Open<'a> {
    Look(Resolved),
    Write(Box<Batch<'a>>),
}

impl Open<'_> {
    fn resolved(&self) -> &Resolved {
        match self {
            Open::Look(resolved) => resolved,
            Open::Write(batch) => &batch.resolved,
        }
    }
}

fn terminal() -> bool {
    std::io::stderr().is_terminal()
}

fn tell(summary: &Summary, json: bool) -> anyhow::Result<()> {
    if json {
        line(&serde_json::to_string_pretty(summary)?)?;
        return Ok(());
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["letters", "count"]);
    let rows = [
        ("replayed", summary.replayed),
        ("replayed, of which the mapping says nothing", summary.skipped),
        ("dropped", summary.dropped),
        ("left as they are", summary.left),
    ];
    for (what, count) in rows.into_iter().filter(|(_, count)| *count > 0) {
        table.add_row([what.to_owned(), count.to_string()]);
    }
    for (reason, count) in &summary.failing {
        table.add_row([format!("still failing: {reason}"), count.to_string()]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for name in &summary.done {
        line(&format!("{name} is done with already"))?;
    }
    for name in &summary.absent {
        line(&format!("{name}: there is no such letter, or a flag leaves it out"))?;
    }
    if summary.total() == 0 {
        line("no open letter is meant")?;
        return Ok(());
    }
    line(&table.to_string())?;
    if !summary.samples.is_empty() {
        line("\nthe first that stay:")?;
        for sample in &summary.samples {
            line(&format!("  {}  {}", sample.letter, sample.message))?;
        }
    }
    line(&match summary.dry_run {
        true => format!("\nnothing was written (--dry-run); {} records would be", summary.records),
        false => format!("\n{} records written", summary.records),
    })?;
    Ok(())
}
