//! `buymode deliver`: who gets which decision, where and when.

mod check;
mod rehearse;

use std::process::ExitCode;

/// Who gets which decision, where and when
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Check(check::Args),
    Rehearse(rehearse::Args),
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Check(args) => check::run(args),
        Command::Rehearse(args) => rehearse::run(args),
    }
}
