//! `buymode dead-letters`: the records and rows that could not be processed, and why.

mod filter;
pub(in crate::cli) mod list;
mod resolve;
pub(in crate::cli) mod show;

use clap::Subcommand;
use std::process::ExitCode;

/// List, show, replay and drop records that could not be processed
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  buymode dead-letters list --config deploy/buymode.yaml\n  \
    buymode dead-letters replay --config deploy/buymode.yaml --source theirstack --dry-run")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Args),
    Show(show::Args),
    Replay(resolve::ReplayArgs),
    Drop(resolve::DropArgs),
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::List(args) => list::run(args),
        Command::Show(args) => show::run(args),
        Command::Replay(args) => resolve::replay(args),
        Command::Drop(args) => resolve::drop_all(args),
    }
}
