//! `buymode icp`: the ideal customer profile, from the file that RevOps owns to the log.

mod check;
mod entries;
mod file;
pub mod publish;
pub mod published;
mod schema;

use crate::domain::profile::variant::CompiledProfile;
use clap::Subcommand;
use file::ProfileFile;
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
    Publish(publish::Args),
    Schema(schema::Args),
}

pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Check(args) => check::run(&args),
        Command::Publish(args) => publish::run(&args),
        Command::Schema(args) => schema::run(&args),
    }
}

/// A profile file, read and checked; every finding is named.
pub fn compile(file: &std::path::Path) -> anyhow::Result<CompiledProfile> {
    ProfileFile::read(file)?.profile.map_err(|errors| {
        let said: Vec<String> = errors.iter().map(|error| error.shown(file, "")).collect();
        anyhow::anyhow!(said.join("; "))
    })
}
