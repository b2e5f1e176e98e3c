//! `buymode topics`: creates the topics, and checks those that exist.

mod create;
mod describe;

pub(super) use crate::admin::topics::{Severity, Standing, stand, wanted};

use clap::Subcommand;
use std::process::ExitCode;

/// Creates the topics, and checks existing ones
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Create(create::Args),
    Describe(describe::Args),
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Create(args) => create::run(&args),
        Command::Describe(args) => describe::run(&args),
    }
}
