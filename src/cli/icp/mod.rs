//! `buymode icp`: the ideal customer profile, from the file that RevOps owns to the log.

mod check;
pub mod publish;
pub mod published;

use crate::config::read_yaml;
use crate::domain::profile::Profile;
use crate::domain::profile::variant::CompiledProfile;
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
    Publish(publish::Args),
}

pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Check(args) => check::run(&args),
        Command::Publish(args) => publish::run(&args),
    }
}

/// A profile file, read and checked; every finding is named.
pub fn compile(file: &std::path::Path) -> anyhow::Result<CompiledProfile> {
    let profile: Profile = read_yaml(file)?;
    CompiledProfile::new(profile).map_err(|findings| {
        let said: Vec<String> = findings.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("{}: {}", file.display(), said.join("; "))
    })
}
