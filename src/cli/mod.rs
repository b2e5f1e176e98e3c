//! The command line: one file per subcommand, each with its arguments and its `run`, which parses and
//! prints. Here the log is chosen; nothing names this room but `main`.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod accounts;
mod aliases;
mod answer;
mod answers;
mod audit;
mod cases;
mod completions;
mod config;
mod crm;
mod dead_letters;
mod decisions;
mod deliver;
mod delivered;
mod demo;
mod ending;
mod erase;
mod experiment;
mod explain;
mod icp;
mod import;
mod ingest;
mod interrupt;
mod mapping;
mod output;
mod page;
mod place;
mod run;
mod schema;
mod serve;
mod snapshot;
mod spreadsheet;
#[cfg(feature = "top")]
mod top;
mod topics;
mod traces;
mod upgrade;
mod why_not;

use crate::domain::RULES_VERSION;
use clap::{CommandFactory, Parser, Subcommand};
use interrupt::STOPPED;
use std::process::ExitCode;
use std::sync::LazyLock;

/// With the rules version: messages about a log that another build has decided name that.
static VERSION: LazyLock<String> =
    LazyLock::new(|| format!("{} (rules version {RULES_VERSION})", env!("CARGO_PKG_VERSION")));

/// Reports, as soon as it is true, that an account has entered buying mode, and why
#[derive(Debug, Parser)]
#[command(name = "buymode", version = VERSION.as_str(), propagate_version = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Accounts(Box<accounts::Args>),
    Aliases(aliases::Args),
    Audit(audit::Args),
    Config(config::Args),
    Crm(crm::Args),
    Run(run::Args),
    Schema(schema::Args),
    Ingest(ingest::Args),
    Snapshot(snapshot::Args),
    #[cfg(feature = "top")]
    Top(top::Args),
    Topics(topics::Args),
    Upgrade(upgrade::Args),
    Demo(demo::Args),
    Icp(icp::Args),
    DeadLetters(Box<dead_letters::Args>),
    Decisions(decisions::Args),
    Deliver(Box<deliver::Args>),
    Erase(Box<erase::Args>),
    Experiment(experiment::Args),
    Explain(explain::Args),
    WhyNot(why_not::Args),
    Import(Box<import::Args>),
    Mapping(mapping::Args),
    Completions(completions::CompletionsArgs),
    Man(completions::ManArgs),
}

/// The grammar of the command line, with its help.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs the command and returns the exit code: 0; 1 after a failure, which is one line on stderr; 78
/// where another process has the instance's name; 130 after Ctrl-C. The watchdog ends the process
/// with 75.
pub fn main() -> u8 {
    let cli = Cli::parse();
    ending::watch();
    match dispatch(cli.command) {
        Ok(code) if code == ExitCode::SUCCESS => 0,
        Ok(code) if code == ExitCode::from(STOPPED) => STOPPED,
        Ok(_) => 1,
        Err(error) => {
            let line = format!("{error:#}");
            let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
            output::aside(&format!("buymode: {line}"));
            error.downcast_ref::<ending::Ended>().map_or(1, |ended| ended.code)
        }
    }
}

fn dispatch(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Accounts(args) => accounts::run(&args),
        Command::Aliases(args) => aliases::run(args),
        Command::Audit(args) => audit::run(args),
        Command::Config(args) => config::run(args),
        Command::Crm(args) => crm::run(args),
        Command::Run(args) => run::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Ingest(args) => ingest::run(&args),
        Command::Snapshot(args) => snapshot::run(args),
        #[cfg(feature = "top")]
        Command::Top(args) => top::run(&args),
        Command::Topics(args) => topics::run(args),
        Command::Upgrade(args) => upgrade::run(&args),
        Command::DeadLetters(args) => dead_letters::run(&args),
        Command::Demo(args) => demo::run(args),
        Command::Icp(args) => icp::run(args),
        Command::Decisions(args) => decisions::run(&args),
        Command::Deliver(args) => deliver::run(&args),
        Command::Erase(args) => erase::run(&args),
        Command::Experiment(args) => experiment::run(args),
        Command::Explain(args) => explain::run(&args),
        Command::WhyNot(args) => why_not::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Mapping(args) => mapping::run(args),
        Command::Completions(args) => completions::completions(&args),
        Command::Man(args) => completions::man(&args),
    }
}
