//! `buymode experiment plan`: how many accounts, and how many months, for which effect.

use super::share;
use crate::cli::page::Files;
use crate::evidence::experiment::page::of_plan;
use crate::evidence::experiment::plan::{Question, plan};
use anyhow::{bail, ensure};
use std::process::ExitCode;

/// Says before an experiment starts how many accounts it takes, and how many months, for which effect
///
/// The rate is that of accounts that are held out, as the CRM has it today. Accounts are company families.
/// Nothing is read or written.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The rate of the outcome without the treatment, such as 15%
    #[arg(long, value_name = "SHARE", value_parser = share)]
    rate: f64,
    /// A rate that the treatment might bring; several times [default: 1.25, 1.5 and 2 times the rate]
    #[arg(long, value_name = "SHARE", value_parser = share)]
    to: Vec<f64>,
    /// The share of accounts that is held out
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "10%")]
    hold_out: f64,
    /// The probability of seeing an effect that is there
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "80%")]
    power: f64,
    /// How many accounts enter in a month; gives the months
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    accounts_a_month: Option<f64>,
    /// Days from entering until the outcome counts
    #[arg(long, value_name = "DAYS", default_value_t = 180, value_parser = clap::value_parser!(u32).range(0..=3650))]
    window_days: u32,
    /// How long the experiment may take: which effect is seen then
    #[arg(long, value_name = "MONTHS", requires = "accounts_a_month")]
    months: Option<f64>,
    #[command(flatten)]
    files: Files,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  buymode experiment plan --rate 15% --to 20% --accounts-a-month 120
  buymode experiment plan --rate 2% --to 4% --hold-out 50% --window-days 30
  buymode experiment plan --rate 15% --accounts-a-month 120 --months 18 --html plan.html";

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Args { rate, months, accounts_a_month, .. } = *args;
    let to = match args.to.is_empty() {
        true => [1.25, 1.5, 2.0].iter().map(|times| times * rate).filter(|to| *to < 1.0).collect(),
        false => args.to.clone(),
    };
    if let Some(same) = to.iter().find(|to| **to == rate) {
        bail!("invalid --to {same}; use a rate other than --rate, since no number shows no effect");
    }
    for (name, value) in [("accounts-a-month", accounts_a_month), ("months", months)] {
        let fine = value.is_none_or(|value| value > 0.0 && value <= 1e9);
        ensure!(fine, "invalid --{name}; use a number above 0, at most 1,000,000,000");
    }
    let question = Question {
        rate,
        to,
        held_out: args.hold_out,
        power: args.power,
        accounts_a_month,
        window_days: args.window_days,
        months,
    };
    let plan = plan(&question);
    args.files.write(&of_plan(&plan), args.json.then_some(&plan))?;
    Ok(ExitCode::SUCCESS)
}
