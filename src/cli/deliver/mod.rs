//! `buymode deliver`: who gets which decision, where and when.

mod ask;
pub(in crate::cli) mod check;
mod follow;
pub(in crate::cli) mod maps;
pub(in crate::cli) mod publish;
pub(in crate::cli) mod rehearse;
pub(in crate::cli) mod replay;
pub(in crate::cli) mod report;
pub(in crate::cli) mod resume;
mod run;
pub(in crate::cli) mod sync;

use crate::domain::Text;
use crate::domain::evidence::signal::bounded;
use crate::domain::terms::time::{DAY_MS, Precision, Timestamp};
use crate::mapping::normalise::date;
use std::process::ExitCode;

/// Brings decisions to people and programs, until SIGTERM or Ctrl-C
///
/// Who gets what, where and when is said by the roster that was published last (`buymode deliver publish`).
/// Secrets that it names are read on this machine.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  buymode deliver check deploy/roster.yaml\n  \
        buymode deliver publish deploy/roster.yaml --config deploy/buymode.yaml\n  \
        buymode deliver --config deploy/buymode.yaml"
)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: run::RunArgs,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Check(check::Args),
    Maps(maps::Args),
    Publish(publish::Args),
    Rehearse(rehearse::Args),
    Replay(replay::Args),
    Resume(resume::Args),
    Report(report::Args),
    Sync(sync::Args),
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        None => run::run(&args.run),
        Some(Command::Check(args)) => check::run(args),
        Some(Command::Maps(args)) => maps::run(args),
        Some(Command::Publish(args)) => publish::run(args),
        Some(Command::Rehearse(args)) => rehearse::run(args),
        Some(Command::Replay(args)) => replay::run(args),
        Some(Command::Resume(args)) => resume::run(args),
        Some(Command::Report(args)) => report::run(args),
        Some(Command::Sync(args)) => sync::run(args),
    }
}

fn date(text: &str) -> Result<Timestamp, String> {
    match date::parse(text) {
        Some((at, Precision::Day)) => Ok(at),
        _ => {
            Err("use a date, such as 2026-10-01, or a time, such as 2026-10-01T12:00:00Z"
                .to_owned())
        }
    }
}

/// The end of a date, or a time.
fn last_date(text: &str) -> Result<Timestamp, String> {
    let at = date(text)?;
    Ok(Timestamp(at.0 + if text.contains(':') { 0 } else { DAY_MS }))
}

/// Who a record names as its author: by the flag, else the login.
pub(super) fn who(by: Option<&str>) -> Option<Text> {
    let login = |name: &str| std::env::var(name).ok().as_deref().and_then(bounded);
    by.and_then(bounded).or_else(|| login("USER")).or_else(|| login("LOGNAME"))
}
