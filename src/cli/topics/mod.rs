//! `buymode topics`: creates the topics, checks those that exist, writes them as manifests, copies a log, and
//! deletes one.

pub(in crate::cli) mod copy;
pub(in crate::cli) mod create;
pub(in crate::cli) mod delete;
pub(in crate::cli) mod describe;
pub(in crate::cli) mod manifest;

pub(super) use crate::admin::topics::{Severity, Standing, stand, wanted};

use clap::Subcommand;
use std::process::ExitCode;

/// Creates the topics, checks existing ones, copies a log into others, and deletes them
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Copy(copy::Args),
    Create(create::Args),
    Delete(delete::Args),
    Describe(describe::Args),
    Manifest(manifest::Args),
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Copy(args) => copy::run(&args),
        Command::Create(args) => create::run(&args),
        Command::Delete(args) => delete::run(&args),
        Command::Describe(args) => describe::run(&args),
        Command::Manifest(args) => manifest::run(&args),
    }
}
