//! `buymode config check`: problems of the settings, and which differ from the defaults.

use crate::admin::settings::{Report, check};
use crate::cli::answer;
use crate::cli::output::{line, shown, table};
use crate::config::{Config, Origin};
use crate::report::words::counted;
use crate::telemetry::{FilterProblem, problem};
use std::path::PathBuf;
use std::process::ExitCode;

/// Checks the settings of the file and the environment; exits with 1 if there is a problem
///
/// Reads the profile, the mappings and the secrets that the settings name, and lists the settings
/// that differ from their defaults, with secrets hidden. Starts nothing, and writes nothing but an empty folder, removed
/// at once, where the folder of an embedded log is still to be made.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  buymode config check --config deploy/buymode.yaml\n  \
    buymode config check --config deploy/buymode.yaml --connect --json")]
pub(super) struct Args {
    /// The settings, as YAML [default: the environment alone]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Also ask the brokers and the schema registry, for 20 seconds at most
    #[arg(long)]
    connect: bool,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let report = check(args.config.as_deref(), std::env::vars_os(), args.connect, &log_filter);
    if args.json {
        answer::lines(&report)?;
    } else {
        print(args, &report)?;
    }
    Ok(if report.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// As the services refuse it.
fn log_filter(config: &Config, origin: &Origin) -> Option<String> {
    Some(match problem(&config.logging.filter)? {
        FilterProblem::Variable(why) => format!("environment variable {why}"),
        FilterProblem::Setting(why) => origin.error(&why).to_string(),
    })
}

fn print(args: &Args, report: &Report) -> anyhow::Result<()> {
    if !report.in_force.is_empty() {
        let mut rows = table(&["setting", "value", "from"], 0..0);
        for setting in &report.in_force {
            rows.add_row([&setting.key, &setting.value, &setting.from]);
        }
        line(&shown(&rows))?;
    }
    for address in &report.connected {
        line(&format!("{address} answers"))?;
    }
    for problem in &report.problems {
        line(problem)?;
    }
    let file = args.config.as_ref().map_or("the settings".into(), |file| file.to_string_lossy());
    let result = match report.problems.len() as u64 {
        0 => "fine".to_owned(),
        n => counted(n, "problem"),
    };
    line(&format!("{file}: {result}"))?;
    Ok(())
}
