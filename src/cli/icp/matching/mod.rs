//! `buymode icp match FILE`: a profile against the company table, from files or from a log.

mod file;
pub(super) mod show;
pub(super) mod table;

use crate::admin::profiles::file::compile;
use crate::analysis::matching::sheet::sheet;
use crate::analysis::matching::{Matching, Options, picture, tally};
use crate::cli::answer;
use crate::cli::import::{FormatArg, Mapped};
use crate::cli::interrupt::ends_at_once;
use crate::cli::output::aside;
use crate::cli::place::PlaceArgs;
use crate::domain::RULES_VERSION;
use crate::domain::account::input::{Activation, RecordType};
use crate::domain::profile::variant::CompiledProfile;
use crate::domain::terms::time::Day;
use crate::ingest::import::Summary;
use crate::report::words::{companies, counted};
use anyhow::{Context, bail};
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Counts the companies that match a profile, what keeps the others out, and what is not known
///
/// The companies come from files, through a mapping as for `buymode import`, or from the accounts
/// of a log. Funding, headcount and technology signals in the same files move the companies as they
/// do in a log. Nothing is written. Exits with 1 only if there is no answer.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The profile, as YAML
    file: PathBuf,
    /// Files with companies, and with signals about them
    #[arg(value_name = "INPUT", requires = "mapping")]
    inputs: Vec<PathBuf>,
    /// The mapping that reads the rows, such as those in deploy/mappings
    #[arg(long, value_name = "FILE", requires = "inputs")]
    mapping: Option<PathBuf>,
    /// The files' format [default: detected from their first bytes]
    #[arg(long, requires = "inputs")]
    format: Option<FormatArg>,
    /// When the files were taken, where their names do not say it
    #[arg(long, value_name = "DATE", requires = "inputs")]
    snapshot_at: Option<String>,
    /// The day to count at [default: the last day in the files or the log]
    #[arg(long, value_name = "DATE")]
    at: Option<chrono::NaiveDate>,
    /// How many companies the whole market has, where the files hold only a part
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    market: Option<u64>,
    /// How many companies to list of each tier, and of the near misses
    #[arg(long, alias = "samples", value_name = "N", default_value_t = 5)]
    show: usize,
    /// Also write every company with its tier, its fit and each answer, for a spreadsheet
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Also draw the result, as one SVG file
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    #[command(flatten)]
    place: PlaceArgs,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  buymode icp match profile.yaml --mapping deploy/mappings/yc-radar.yaml companies-*.csv.gz
  buymode icp match profile.yaml --mapping deploy/mappings/crunchbase-2013.yaml \\
    companies.csv.gz rounds.csv.gz --market 40000 --picture match.svg
  buymode icp match profile.yaml --config deploy/buymode.yaml --csv match.csv
  buymode icp match profile.yaml --config deploy/buymode.yaml --json";

/// A profile against the companies.
#[derive(Serialize, schemars::JsonSchema)]
pub(in crate::cli) struct Answer<'a> {
    #[serde(flatten)]
    matching: &'a Matching,
    /// Of the files; none where the companies come from a log.
    rows: Option<Rows>,
}

/// Rows of the files.
#[derive(Serialize, schemars::JsonSchema)]
struct Rows {
    /// Rows that were read.
    read: u64,
    /// Rows that the mapping rejected.
    did_not_map: u64,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    ends_at_once(|| "the count is not finished and has no result; nothing was written".to_owned())?;
    let profile = compile(&args.file)?;
    if let Some(picture) = &args.picture
        && picture.extension().is_none_or(|extension| extension != "svg")
    {
        bail!("{}: the picture is an SVG; name the file so: match.svg", picture.display());
    }
    let on = args.at.map(Day::from_date);
    let (companies, summary) = match &args.mapping {
        Some(mapping) => {
            let files = Mapped {
                mapping,
                inputs: &args.inputs,
                format: args.format,
                snapshot_at: args.snapshot_at.as_deref(),
            };
            let (companies, summary) = table::of_files(&files, on)?;
            (companies, Some(summary))
        }
        None => {
            let place = args.place.open().context(
                "the companies come from files (--mapping FILE INPUT…) or from a log (--config FILE)",
            )?;
            (table::of_log(&place, on)?, None)
        }
    };
    let activation = trial(profile);
    let options = Options { market: args.market, samples: args.show };
    let matching = tally(&activation, &companies, options);
    refuse(args, &matching, summary.as_ref())?;
    if let Some(file) = &args.csv {
        file::write(file, &sheet(&activation, &companies))?;
    }
    if let Some(file) = &args.picture {
        std::fs::write(file, picture::svg(&matching))
            .with_context(|| format!("{}: cannot be written", file.display()))?;
    }
    let rows = summary.map(|s| Rows { read: s.rows(), did_not_map: s.dead_letters_total() });
    if args.json {
        let answer = Answer { matching: &matching, rows };
        answer::lines(&answer)?;
    } else {
        show::print(&matching)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The profile as if it had just been published.
pub(super) fn trial(profile: CompiledProfile) -> Activation {
    Activation {
        number: 1,
        profile: Arc::new(profile),
        rules_version: RULES_VERSION,
        published_by: None,
        note: None,
    }
}

/// Where there is no answer, and what is missing from one.
fn refuse(args: &Args, m: &Matching, summary: Option<&Summary>) -> anyhow::Result<()> {
    let lost = summary.and_then(lost);
    if m.companies == 0 {
        let Some(summary) = summary else {
            bail!("no company is known to the log; import some: buymode import");
        };
        if summary.records.contains_key(&RecordType::Company) {
            let first = summary.first.unwrap_or_default().day();
            bail!(
                "no company is known by {}; the files begin on {first}: choose a later --at",
                m.on
            );
        }
        let why = lost
            .unwrap_or_else(|| "the mapping makes no \"company\" record of their rows".to_owned());
        bail!("no company in the files: {why}");
    }
    if let Some(lost) = lost {
        aside(&format!("buymode: {lost}"));
    }
    if let Some(market) = args.market
        && market < m.companies
    {
        bail!(
            "--market {market} is less than the {} given; use the size of the whole market",
            companies(m.companies)
        );
    }
    Ok(())
}

fn lost(summary: &Summary) -> Option<String> {
    let first = summary.samples.first()?;
    let rows = counted(summary.dead_letters_total(), "row");
    Some(format!(
        "{rows} did not map; the first is {} row {}: {}",
        first.file, first.row, first.message
    ))
}
