//! The arguments of `buymode experiment report`, and the accounts that they name.

use super::share;
use crate::cli::page::Files;
use crate::cli::place::PlaceArgs;
use crate::evidence::experiment::judge::Setup;
use crate::evidence::experiment::units::{Drawn, LeftOut};
use std::path::PathBuf;

/// Compares the arms of an experiment, at any time: the test allows looking early and stopping
///
/// From a log: the accounts that the profile's `experiment` has drawn, with what sales reported within the
/// window, adjusted by fit. From a file: a row an account, with its arm and its outcomes. Company families are
/// the units; those with accounts in two arms are left out and counted. A mismatch of the arms' sizes is
/// reported before any effect. With --not-drawn the arms are kinds of accounts that get identical sequences,
/// such as ICP and non-ICP (the parallel campaign): a difference then shows no cause.
///
/// Exits with 1 where the arms' sizes do not fit the draw.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// A file with a row an account: CSV, Excel (.xlsx), JSON or Parquet
    #[arg(conflicts_with_all = ["config", "embedded", "bootstrap"])]
    pub file: Option<PathBuf>,
    /// The planned number of accounts of all arms, as `buymode experiment plan` said before the start
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(2..=1_000_000_000))]
    pub planned: u64,
    /// What counts; the first of several decides. Of a log, such as the default, "won within 180 days"; of a file,
    /// a column of yes and no, 1 and 0, or numbers, whose empty cells are not known yet
    #[arg(long, value_name = "OUTCOME")]
    pub outcome: Vec<String>,
    /// The file's column that says the arm
    #[arg(long, value_name = "COLUMN", requires = "file")]
    pub arm: Option<String>,
    /// The label of the arm that the others are compared with
    #[arg(long, value_name = "LABEL", requires = "file")]
    pub control: Option<String>,
    /// An arm's planned share, as LABEL=SHARE, once for each arm [default: equal shares]
    #[arg(long, value_name = "LABEL=SHARE", requires = "file", value_parser = named_share)]
    pub share: Vec<(String, f64)>,
    /// The column of what was known before the draw, such as a fit score: outcomes are adjusted by it
    #[arg(long, value_name = "COLUMN", requires = "file")]
    pub before: Option<String>,
    /// The column that is the same for accounts of one company family
    #[arg(long, value_name = "COLUMN", requires = "file")]
    pub family: Option<String>,
    /// The arms are kinds of accounts, not drawn by chance
    #[arg(long, requires = "file", conflicts_with = "share")]
    pub not_drawn: bool,
    /// The product, where a log has several
    #[arg(long, value_name = "NAME", conflicts_with = "file")]
    pub product: Option<String>,
    #[command(flatten)]
    pub place: PlaceArgs,
    #[command(flatten)]
    pub files: Files,
    /// Print JSON, one object
    #[arg(long)]
    pub json: bool,
}

const EXAMPLES: &str = "\
Examples:
  buymode experiment report --config deploy/buymode.yaml --planned 5030
  buymode experiment report --embedded ./data --planned 1800 --outcome \"meeting within 60 days\"
  buymode experiment report accounts.csv --arm Arm --control held --outcome Won --planned 5030 \\
    --share held=10% --share treated=90% --before Fit --family Parent --html report.html
  buymode experiment report campaign.csv --not-drawn --arm Kind --control non-ICP --planned 400 \\
    --outcome Reply --outcome Meeting --outcome Won --outcome Churned";

/// The accounts of an experiment.
pub(super) struct Read {
    pub setup: Setup,
    pub drawn: Vec<Drawn>,
    pub left_out: Vec<LeftOut>,
    /// Where they come from, for people.
    pub source: String,
}

fn named_share(text: &str) -> Result<(String, f64), String> {
    let (label, share) = text.rsplit_once('=').ok_or("use LABEL=SHARE, such as held=10%")?;
    Ok((label.trim().to_owned(), self::share(share)?))
}
