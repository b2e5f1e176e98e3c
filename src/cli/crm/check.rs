//! `buymode crm check FILES…`: an export, before anything is computed from it.

use super::export::Export;
use super::show;
use crate::cli::answer;
use crate::cli::interrupt::ends_at_once;
use crate::evidence::crm::finding::Level;
use std::process::ExitCode;

/// Lists what is wrong with the exports of a CRM, before anything is computed from them
///
/// Give all files together: opportunities or leads, accounts, products, owners. It looks for duplicates,
/// missing fields, labels with several spellings, ids that match nothing, impossible dates, wins written down
/// late, outcomes that begin later than the records, and columns that may leak the outcome. It names the
/// figures that the files have no fields for. Files are read as `buymode import` reads them; nothing is
/// written and nothing is left out silently.
///
/// Exits with 1 where something must be repaired first, or a question answered with --strict.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    export: Export,
    /// Exit with 1 for warnings and questions too
    #[arg(long)]
    strict: bool,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  buymode crm check opportunities.csv accounts.csv
  buymode crm check deals.xlsx --won \"Closed - signed\" --lost \"Closed - no deal\"
  buymode crm check export.csv --column closed=Ended --column amount=Net --dates day_first
  buymode crm check opportunities.csv accounts.csv --json";

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    ends_at_once(|| "nothing was written".to_owned())?;
    let report = args.export.check()?.report;
    if args.json {
        answer::line(&report)?;
    } else {
        show::show(&report)?;
    }
    let [errors, warnings, questions] =
        [Level::Error, Level::Warning, Level::Question].map(|level| report.count(level));
    let against = errors + if args.strict { warnings + questions } else { 0 };
    Ok(if against == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
