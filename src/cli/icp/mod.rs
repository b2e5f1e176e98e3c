//! `buymode icp`: the ideal customer profile, from the file that RevOps owns to the log.

mod check;

use clap::Subcommand;
use std::process::ExitCode;

/// Checks and publishes ideal customer profiles
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Args),
}

pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Check(args) => check::run(&args),
    }
}
