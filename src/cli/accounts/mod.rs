//! `buymode accounts`: lists of accounts, for people and for the tools that write to them.

pub(in crate::cli) mod export;
mod list;

use clap::Subcommand;
use std::process::ExitCode;

/// Lists accounts: whom to call, ranked, with the reasons
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Args),
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::List(args) => list::run(args),
    }
}
