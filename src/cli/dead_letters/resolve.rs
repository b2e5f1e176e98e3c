//! `buymode dead-letters replay` and `drop`: the two ways to resolve a dead letter.

use super::filter::{FilterArgs, Position};
use crate::admin::place::Place;
use crate::cli::aliases::filing;
use crate::cli::answer;
use crate::cli::interrupt::{Interrupt, STOPPED};
use crate::cli::output::{aside, line};
use crate::cli::place::{WritableArgs, existing};
use crate::domain::account::records::{Resolution, ResolutionKind};
use crate::domain::terms::plain::plain;
use crate::domain::terms::time::Timestamp;
use crate::ingest::dead_letters::resolve::{Decide, Job, Summary, resolve};
use crate::ingest::dead_letters::{Fate, Filter, Mappings, Replayer, Stored};
use crate::report::words::counted;
use crate::runtime::worker::now_ms;
use anyhow::bail;
use comfy_table::{CellAlignment, Table, presets};
use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Process dead letters again, with the mappings as they are now
///
/// Records get the ids and times that they would have had the first time: an old age does not become
/// fresh, and a record that is already written is a duplicate to the scorer. A dead letter is
/// resolved in the same transaction that writes its records; one that is rejected again stays open.
/// Records of buymode's own schemas go back to their topic once they can be read. A record that an
/// account refused is judged again by the account as it is now, and becomes a new dead letter if it
/// is refused again. A step of a merge is not replayed: request the alias again.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    buymode dead-letters replay --config deploy/buymode.yaml --source theirstack --dry-run\n  \
    buymode dead-letters replay 3:120 3:121 --config deploy/buymode.yaml --mapping corrected.yaml")]
pub(super) struct ReplayArgs {
    /// Ids shown by `list`; without them all open dead letters that the flags select
    #[arg(value_name = "PARTITION:OFFSET")]
    ids: Vec<Position>,
    /// Use this mapping in place of the one in the settings, for dead letters of its source or file
    /// name
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// With --mapping: the rows are a vendor's first delivery, known from now on but no news
    #[arg(long, requires = "mapping")]
    baseline: bool,
    /// For a history: aliases in addition to those in the log, as `buymode import` reads them
    #[arg(long, value_name = "FILE")]
    aliases: Option<PathBuf>,
    /// Exit 1 if any remain open
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    common: Common,
}

/// Close dead letters without processing them
///
/// They are no longer listed, except with `list --all`, and no record is written in their place.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    buymode dead-letters drop 3:120 --config deploy/buymode.yaml --because 'a test of the vendor'\n  \
    buymode dead-letters drop --config deploy/buymode.yaml --reason framing --until 2026-09-30 --because rubbish")]
pub(super) struct DropArgs {
    /// Ids shown by `list`; without them all open dead letters that the flags select
    #[arg(value_name = "PARTITION:OFFSET")]
    ids: Vec<Position>,
    /// The reason; recorded with the dead letter
    #[arg(long, visible_alias = "note", value_name = "TEXT")]
    because: String,
    /// Drop all open dead letters; required if neither an id nor a flag selects any
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
struct Common {
    #[command(flatten)]
    which: FilterArgs,
    /// Process at most this many, the oldest of each partition first
    #[arg(long)]
    limit: Option<u64>,
    /// Show what would be done, write nothing
    #[arg(long)]
    dry_run: bool,
    /// Your name; recorded with the dead letter
    #[arg(long, value_name = "NAME", env = "USER", hide_env = true)]
    by: Option<String>,
    #[command(flatten)]
    place: WritableArgs,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

const REPORT_EVERY: Duration = Duration::from_secs(5);

pub(super) fn replay(args: &ReplayArgs) -> anyhow::Result<ExitCode> {
    let place = args.common.place.open()?;
    let mut mappings = Mappings::of_sources(&place.config.ingest)?;
    if let Some(file) = &args.mapping {
        mappings = mappings.with(file, args.baseline)?;
    }
    let aliases = filing::aliases(args.aliases.as_deref(), Some(&place), &place.topics.inputs)?;
    let (topics, codec) = (&place.topics, place.codec.clone());
    let mut replayer = Replayer { topics, codec, mappings, aliases };
    let filter = args.common.which.filter(&args.ids);
    let summary = resolve_selected(&place, &args.common, &filter, &mut |stored, summary| {
        Ok(match replayer.replay(stored)? {
            Fate::Written { records, mapping_version } => {
                match records.is_empty() {
                    true => summary.skipped += 1,
                    false => summary.replayed += 1,
                }
                summary.records += records.len() as u64;
                let mut resolution = resolution(stored, ResolutionKind::Replayed, &args.common);
                resolution.records = i64::try_from(records.len()).unwrap_or(i64::MAX);
                resolution.mapping_version = mapping_version;
                Some((records, resolution))
            }
            Fate::Fails(error) => {
                *summary.failing.entry(error.reason).or_default() += 1;
                summary.unresolved(stored, format!("{}: {}", error.reason, error.message));
                None
            }
            Fate::Blocked(why) => {
                summary.blocked += 1;
                summary.unresolved(stored, why);
                None
            }
        })
    })?;
    print(&summary, args.common.json)?;
    Ok(code(&summary, args.strict && summary.remaining() > 0))
}

pub(super) fn drop_all(args: &DropArgs) -> anyhow::Result<ExitCode> {
    let filter = args.common.which.filter(&args.ids);
    if filter.selects_all() && !args.all {
        bail!("no dead letter is selected; give ids, a flag such as --reason, or --all");
    }
    let place = existing(args.common.place.settings()?)?;
    let summary = resolve_selected(&place, &args.common, &filter, &mut |stored, summary| {
        summary.dropped += 1;
        let mut resolution = resolution(stored, ResolutionKind::Dropped, &args.common);
        resolution.note = Some(args.because.clone());
        Ok(Some((Vec::new(), resolution)))
    })?;
    print(&summary, args.common.json)?;
    Ok(code(&summary, false))
}

fn code(summary: &Summary, failed: bool) -> ExitCode {
    match summary {
        _ if summary.stopped => ExitCode::from(STOPPED),
        _ if failed || !summary.not_found.is_empty() => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    }
}

fn resolution(stored: &Stored, kind: ResolutionKind, common: &Common) -> Resolution {
    Resolution {
        partition: stored.partition,
        offset: stored.offset,
        timestamp: stored.timestamp,
        kind,
        at: Timestamp(now_ms()),
        records: 0,
        mapping_version: None,
        by: common.by.clone(),
        note: None,
    }
}

/// Resolves the selected dead letters with progress on stderr; Ctrl-C stops it.
fn resolve_selected(
    place: &Place,
    common: &Common,
    filter: &Filter,
    decide: &mut Decide<'_>,
) -> anyhow::Result<Summary> {
    let interrupt = Interrupt::new(|| {
        "the dead letters of the last transaction stay open; run it again to go on".to_owned()
    })?;
    let mut reported = Instant::now();
    let mut watch = |summary: &Summary| {
        let total = summary.total();
        let many = total > 0 && total.is_multiple_of(1_000) && std::io::stderr().is_terminal();
        if reported.elapsed() >= REPORT_EVERY || many {
            let total = counted(total, "dead letter");
            aside(&format!("{total} processed, {} remain open", summary.remaining()));
            reported = Instant::now();
        }
        if interrupt.is_asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let job = Job {
        store: &*place.store,
        topics: &place.topics,
        codec: place.codec.clone(),
        filter,
        dry_run: common.dry_run,
        limit: common.limit.unwrap_or(u64::MAX),
    };
    let summary = resolve(job, &mut watch, decide)?;
    if summary.stopped {
        interrupt.ended();
        let resolved = counted(summary.total() - summary.remaining(), "dead letter");
        aside(&format!("buymode: stopped: {resolved} resolved; run it again to go on"));
    }
    Ok(summary)
}

fn print(summary: &Summary, json: bool) -> anyhow::Result<()> {
    if json {
        answer::lines(summary)?;
        return Ok(());
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["dead letters", "count"]);
    let rows = [
        ("replayed", summary.replayed),
        ("replayed, skipped by the mapping", summary.skipped),
        ("dropped", summary.dropped),
        ("not replayable", summary.blocked),
    ];
    for (what, count) in rows.into_iter().filter(|(_, count)| *count > 0) {
        table.add_row([what.to_owned(), count.to_string()]);
    }
    for (reason, count) in &summary.failing {
        table.add_row([format!("rejected again: {reason}"), count.to_string()]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for id in &summary.already_resolved {
        line(&format!("{id} is already resolved"))?;
    }
    for id in &summary.not_found {
        line(&format!("{id}: no such dead letter, or a flag excludes it"))?;
    }
    if summary.total() == 0 {
        line("no open dead letter matches")?;
        return Ok(());
    }
    line(&table.to_string())?;
    if !summary.unresolved.is_empty() {
        line("\nfirst unresolved:")?;
        for unresolved in &summary.unresolved {
            line(&format!("  {}  {}", unresolved.id, plain(&unresolved.message)))?;
        }
    }
    let records = counted(summary.records, "record");
    line(&match summary.dry_run {
        true => format!("\n{records} would be written; nothing was (--dry-run)"),
        false => format!("\n{records} written"),
    })?;
    Ok(())
}
