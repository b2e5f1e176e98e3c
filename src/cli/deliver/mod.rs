//! `buymode deliver`: who gets which decision, where and when.

mod ask;
mod check;
mod publish;
pub(super) mod rehearse;
mod run;

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
    Publish(publish::Args),
    Rehearse(rehearse::Args),
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        None => run::run(&args.run),
        Some(Command::Check(args)) => check::run(args),
        Some(Command::Publish(args)) => publish::run(args),
        Some(Command::Rehearse(args)) => rehearse::run(args),
    }
}
