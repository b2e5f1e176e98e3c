//! `buymode mapping`: commands for people who write mappings.

pub(in crate::cli) mod test;

use clap::Subcommand;
use std::process::ExitCode;

/// Tests mappings against their cases
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Test(test::Args),
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Test(args) => test::run(&args),
    }
}
