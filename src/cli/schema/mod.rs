//! `buymode schema`: what others need to know of our topics and addresses, as documents that tools read.

mod answers;
mod asyncapi;
mod openapi;

use std::process::ExitCode;

/// Prints what others need to know of topics, HTTP addresses and answers of commands, for tools that read it
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Answers(answers::Args),
    Asyncapi(asyncapi::Args),
    Openapi(openapi::Args),
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Answers(args) => answers::run(args),
        Command::Asyncapi(args) => asyncapi::run(args),
        Command::Openapi(args) => openapi::run(args),
    }
}
