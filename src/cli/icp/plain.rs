//! A profile on the exports of a CRM, for who has no log: the files as flags, and the backtest on them.

use crate::admin::profiles::file::compile;
use crate::cli::crm::export::{DatesArg, Export, column, today};
use crate::domain::terms::catalogue::OutcomeKind;
use crate::evidence::crm;
use crate::evidence::crm::fields::Field;
use crate::evidence::crm::finding::Level;
use crate::evidence::deals::page::page;
use crate::evidence::deals::sales::Asked;
use crate::evidence::deals::{Options, Tested, test};
use crate::evidence::history::{Happened, Rule};
use crate::report::page::Page;
use anyhow::bail;
use std::path::PathBuf;
use std::sync::Arc;

/// The files in place of a log, or beside it.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "CRM export, in place of a log or beside it")]
pub(super) struct Plain {
    /// Exports of opportunities, accounts and customers: CSV, Excel, JSON or Parquet
    #[arg(long = "crm", value_name = "FILE", num_args = 1..)]
    files: Vec<PathBuf>,
    /// The column of a standard field, as FIELD=COLUMN, as in `buymode crm check`
    #[arg(long = "column", value_name = "FIELD=COLUMN", value_parser = column, requires = "files")]
    columns: Vec<(Field, String)>,
    /// The column that says how deals ended
    #[arg(long, value_name = "COLUMN", requires = "files")]
    ended_by: Option<String>,
    /// A label that means won
    #[arg(long, value_name = "LABEL", requires = "files")]
    won: Vec<String>,
    /// A label that means lost
    #[arg(long, value_name = "LABEL", requires = "files")]
    lost: Vec<String>,
    /// Which comes first in dates such as 3/4/2026
    #[arg(long, value_name = "ORDER", requires = "files")]
    dates: Option<DatesArg>,
}

/// What a backtest can be asked for.
#[derive(Debug, Default, clap::Args)]
pub(super) struct More {
    /// How many accounts of a log, or deals of files, the team can work: precision and recall of the best ones
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    capacity: Option<u64>,
    /// What sales and marketing spent in the time of the log or the files: cost of a won deal and of an MQL
    #[arg(long, value_name = "AMOUNT", value_parser = spend)]
    spend: Option<f64>,
    /// The gross margin, where no column has it: lifetime value, and the payback of the spend
    #[arg(long, value_name = "SHARE", value_parser = margin)]
    margin: Option<f64>,
    /// Also the open pipeline: what it is likely to bring and when, and how that came out last quarter; of a log
    /// also what accounts that entered are likely to bring
    #[arg(long)]
    pipeline: bool,
}

fn spend(text: &str) -> Result<f64, &'static str> {
    let value = crate::evidence::table::numbers::number(text).map(|(value, _)| value);
    value.filter(|value| *value > 0.0).ok_or("use an amount above 0, such as 250000")
}

fn margin(text: &str) -> Result<f64, &'static str> {
    let wrong = "use a share above 0 and up to 100 %, such as 75% or 0.75";
    let number = |text: &str| text.trim().parse::<f64>().map_err(|_| wrong);
    let margin = match text.trim().strip_suffix('%') {
        Some(percent) => number(percent)? / 100.0,
        None => number(text)?,
    };
    if margin > 0.0 && margin <= 1.0 { Ok(margin) } else { Err(wrong) }
}

impl More {
    pub(super) fn capacity(&self) -> Option<u64> {
        self.capacity
    }

    /// What a log is asked for.
    pub(super) fn of_log(&self) -> Asked {
        Asked { spend: self.spend, margin: self.margin, pipeline: self.pipeline }
    }
}

impl Plain {
    pub(super) fn is_given(&self) -> bool {
        !self.files.is_empty()
    }

    pub(super) fn export(&self) -> Export {
        Export {
            files: self.files.clone(),
            columns: self.columns.clone(),
            outcome: self.ended_by.clone(),
            won: self.won.clone(),
            lost: self.lost.clone(),
            dates: self.dates,
            sheet: None,
            encoding: None,
        }
    }
}

/// What a backtest of the files is asked for.
pub(super) struct Wanted<'a> {
    pub more: &'a More,
    pub profiles: &'a [PathBuf],
    pub rule: Rule,
    pub seed: u64,
}

/// The backtests of the files.
pub(super) struct OfFiles {
    pub tests: Vec<Tested>,
    /// What makes figures wrong.
    pub problems: Vec<String>,
}

impl OfFiles {
    pub(super) fn page(&self) -> Page {
        page(&self.tests, &self.problems)
    }

    /// Whether a closed deal is with a company that fits.
    pub(super) fn shows_any(&self) -> bool {
        self.tests.iter().any(|test| {
            let rate = test.figures.iter().find(|figure| figure.figure == "win rate");
            rate.is_some_and(|rate| rate.icp.is_some())
        })
    }
}

pub(super) fn run(plain: &Plain, asked: &Wanted<'_>) -> anyhow::Result<OfFiles> {
    if asked.rule.outcome != Happened::Sales(OutcomeKind::Won) {
        bail!(
            "invalid outcome \"{}\": an export says which deals were won; use \"won within 180 days\"",
            asked.rule
        );
    }
    let profiles = asked.profiles.iter().map(|file| compile(file).map(Arc::new));
    let profiles: Vec<_> = profiles.collect::<anyhow::Result<_>>()?;
    let (tables, read) = plain.export().read()?;
    let report = crm::check(&tables, &read, today()).report;
    let problems = report.findings.iter().filter(|finding| finding.level == Level::Error);
    let problems: Vec<String> = problems
        .map(|finding| match &finding.column {
            Some(column) => format!("{} {column}: {}", finding.file, finding.problem),
            None => format!("{}: {}", finding.file, finding.problem),
        })
        .collect();
    let options = Options {
        days: asked.rule.days,
        seed: asked.seed,
        capacity: asked.more.capacity,
        spend: asked.more.spend,
        margin: asked.more.margin,
        pipeline: asked.more.pipeline,
    };
    let mut tests = Vec::new();
    for profile in &profiles {
        let Some(tested) = test(&tables, &read, profile, options) else {
            bail!(
                "not enough in the files: {}; see `buymode crm check --help`",
                match &report.outcome {
                    Some(_) => "no deal has a day of creation or of its end",
                    None => "no column says which deals were won",
                }
            );
        };
        tests.push(tested);
    }
    Ok(OfFiles { tests, problems })
}
