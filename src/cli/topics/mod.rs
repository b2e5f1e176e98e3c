//! `buymode topics`: makes the topics as they should be, and says what is wrong with those there
//! are.

mod create;
mod describe;

pub use crate::admin::topics::{Severity, Standing, stand, wanted};

use clap::Subcommand;
use std::process::ExitCode;

/// Makes the topics, and says what is wrong with existing ones
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Create(create::Args),
    Describe(describe::Args),
}

pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Create(args) => create::run(&args),
        Command::Describe(args) => describe::run(&args),
    }
}
