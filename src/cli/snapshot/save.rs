//! `buymode snapshot save`.

use super::held;
use crate::admin::snapshot::{Saved, remove_unfinished, save};
use crate::cli::answer;
use crate::cli::interrupt::ends_at_once;
use crate::cli::output::{Bar, prose};
use crate::cli::place::PlaceArgs;
use crate::report::words::counted;
use crate::runtime::worker::now_ms;
use std::path::PathBuf;
use std::process::ExitCode;

/// Saves the states of a log into a new file, while it runs
///
/// Each partition as of the end of one transaction, and behind it the inputs that were not scored then, so
/// that the file holds all that was in the log when the command was started. It needs the right to read.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  buymode snapshot save monday.snapshot --config deploy/buymode.yaml\n  \
    buymode snapshot save monday.snapshot --embedded ./buymode-data --json"
)]
pub(super) struct Args {
    /// The file to write; it must not exist
    file: PathBuf,
    #[command(flatten)]
    place: PlaceArgs,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let place = args.place.open()?;
    let bar = Bar::new("{msg}")?;
    ends_at_once(|| {
        remove_unfinished();
        "the snapshot is not finished, and there is no file".to_owned()
    })?;
    let saved = save(&place, &args.file, now_ms(), &mut |at| bar.show(at))?;
    bar.clear();
    if args.json {
        answer::lines(&saved)?;
        return Ok(ExitCode::SUCCESS);
    }
    for text in said(args, &saved) {
        prose(&text)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn said(args: &Args, saved: &Saved) -> Vec<String> {
    let mut lines = vec![format!(
        "saved snapshot {} in {}: {}, {}",
        saved.id,
        args.file.display(),
        held(saved.accounts, saved.inputs, saved.partitions),
        counted(saved.bytes, "byte")
    )];
    if saved.unreadable > 0 {
        lines.push(format!(
            "  {} that cannot be read left out: dead letters of this log, once they are scored",
            counted(saved.unreadable, "input")
        ));
    }
    lines
}
