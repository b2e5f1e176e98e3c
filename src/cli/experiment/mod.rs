//! `buymode experiment`: hold-out arms, planned before the start and looked at afterwards.

mod args;
mod file;
mod log;
mod plan;
mod report;

use clap::Subcommand;
use std::process::ExitCode;

/// Plans an experiment that holds accounts back, and reports what its arms show
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Plan(plan::Args),
    Report(Box<args::Args>),
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Plan(args) => plan::run(&args),
        Command::Report(args) => report::run(&args),
    }
}

/// A share as people write it: `15%`, `15 %` or `0.15`.
fn share(text: &str) -> Result<f64, String> {
    let wrong =
        || format!("invalid share {text:?}; use a percentage such as 15% or a number such as 0.15");
    let number = |text: &str| text.trim().parse::<f64>().map_err(|_| wrong());
    let share = match text.trim().strip_suffix('%') {
        Some(percent) => number(percent)? / 100.0,
        None => number(text)?,
    };
    if share > 0.0 && share < 1.0 { Ok(share) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn shares_are_read_as_people_write_them() {
        for text in ["15%", "15 %", " 0.15 "] {
            assert_eq!(share(text), Ok(0.15), "{text}");
        }
        for text in ["15", "0", "1", "100%", "many", "NaN", "-3%"] {
            assert!(share(text).unwrap_err().contains("use a percentage"), "{text}");
        }
    }
}
