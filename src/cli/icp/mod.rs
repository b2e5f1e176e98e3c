//! `buymode icp`: the ideal customer profile, from the file that RevOps owns to the log.

pub(in crate::cli) mod backtest;
pub(in crate::cli) mod check;
mod checked;
pub(super) mod diff;
pub(in crate::cli) mod export;
pub(in crate::cli) mod history;
pub(in crate::cli) mod matching;
mod new;
mod plain;
pub(in crate::cli) mod publish;
pub(in crate::cli) mod render;
mod reported;
mod review;
mod rollback;
mod schema;
mod show;
mod suggest;

use clap::Subcommand;
use std::process::ExitCode;

/// Writes, checks, publishes, compares and rolls back ideal customer profiles
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Backtest(Box<backtest::Args>),
    Check(check::Args),
    New(Box<new::Args>),
    Diff(diff::Args),
    Export(export::Args),
    Publish(publish::Args),
    Schema(schema::Args),
    History(history::Args),
    Show(show::Args),
    Rollback(rollback::Args),
    Match(Box<matching::Args>),
    Render(render::Args),
    Review(Box<review::Args>),
    Suggest(Box<suggest::Args>),
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Backtest(args) => backtest::run(&args),
        Command::Check(args) => check::run(&args),
        Command::New(args) => new::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Publish(args) => publish::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::History(args) => history::run(&args),
        Command::Show(args) => show::run(&args),
        Command::Rollback(args) => rollback::run(&args),
        Command::Match(args) => matching::run(&args),
        Command::Render(args) => render::run(&args),
        Command::Review(args) => review::run(&args),
        Command::Suggest(args) => suggest::run(&args),
    }
}
