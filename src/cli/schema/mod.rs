//! `buymode schema`: what others need to know of our topics and addresses, as documents that tools read.

mod asyncapi;
mod openapi;

use std::process::ExitCode;

/// Prints what others need to know of topics and HTTP addresses, for tools that read it
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Asyncapi(asyncapi::Args),
    Openapi(openapi::Args),
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Asyncapi(args) => asyncapi::run(args),
        Command::Openapi(args) => openapi::run(args),
    }
}
