//! `buymode snapshot`: the states of a log in a file, and back.

pub(in crate::cli) mod restore;
mod save;
pub(in crate::cli) mod show;

use crate::report::words::counted;
use clap::Subcommand;
use std::process::ExitCode;

/// Saves the states of a log into a file while it runs, and restores them into an empty log
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Restore(restore::Args),
    Save(save::Args),
    Show(show::Args),
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Restore(args) => restore::run(&args),
        Command::Save(args) => save::run(&args),
        Command::Show(args) => show::run(&args),
    }
}

/// What a snapshot holds.
fn held(accounts: u64, inputs: u64, partitions: i32) -> String {
    format!(
        "{} of {} and {} behind them",
        counted(accounts, "account state"),
        counted(partitions, "partition"),
        counted(inputs, "input")
    )
}
