//! `buymode crm`: the exports of a CRM.

mod check;
pub(super) mod export;
pub(super) mod read;
mod show;

use clap::Subcommand;
use std::process::ExitCode;

/// Checks the exports of a CRM
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(Box<check::Args>),
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Check(args) => check::run(&args),
    }
}
