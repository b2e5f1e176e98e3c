//! `buymode topics`: creates the topics, checks those that exist, writes them as manifests, and copies
//! a log.

mod copy;
mod create;
mod describe;
mod manifest;

pub(super) use crate::admin::topics::{Severity, Standing, stand, wanted};

use clap::Subcommand;
use std::process::ExitCode;

/// Creates the topics, checks existing ones, and copies a log into others
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Copy(copy::Args),
    Create(create::Args),
    Describe(describe::Args),
    Manifest(manifest::Args),
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Copy(args) => copy::run(&args),
        Command::Create(args) => create::run(&args),
        Command::Describe(args) => describe::run(&args),
        Command::Manifest(args) => manifest::run(&args),
    }
}
