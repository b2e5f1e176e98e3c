//! A profile on the exports of a CRM, for who has no log: the files as flags, and the backtest on them.

use crate::admin::profiles::file::compile;
use crate::cli::crm::export::{DatesArg, Export, column, today};
use crate::cli::page::Files;
use crate::domain::terms::catalogue::OutcomeKind;
use crate::evidence::crm;
use crate::evidence::crm::fields::Field;
use crate::evidence::crm::finding::Level;
use crate::evidence::deals::page::page;
use crate::evidence::deals::{Options, test};
use crate::evidence::history::{Happened, Rule};
use anyhow::bail;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// The files in place of a log.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "CRM export, in place of a log")]
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

/// What a backtest of the files can be asked for.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "CRM export, in place of a log")]
pub(super) struct More {
    /// How many deals the team can work: the share won among those with the best fit
    #[arg(long, value_name = "N", requires = "files", value_parser = clap::value_parser!(u64).range(1..))]
    capacity: Option<u64>,
    /// What sales and marketing spent in the time of the files: cost of a won deal and of an MQL
    #[arg(long, value_name = "AMOUNT", requires = "files", value_parser = spend)]
    spend: Option<f64>,
    /// Also the open pipeline: what it is likely to bring and when, and how that came out last quarter
    #[arg(long, requires = "files")]
    pipeline: bool,
}

fn spend(text: &str) -> Result<f64, &'static str> {
    let value = crate::evidence::table::numbers::number(text).map(|(value, _)| value);
    value.filter(|value| *value > 0.0).ok_or("use an amount above 0, such as 250000")
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
pub(super) struct Asked<'a> {
    pub more: &'a More,
    pub profiles: &'a [PathBuf],
    pub rule: Rule,
    pub seed: u64,
    pub files: &'a Files,
    pub json: bool,
}

pub(super) fn run(plain: &Plain, asked: &Asked<'_>) -> anyhow::Result<ExitCode> {
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
    let json = asked.json.then(|| serde_json::to_string(&serde_json::json!({ "exports": tests })));
    asked.files.write(&page(&tests, &problems), json.transpose()?)?;
    let any = tests.iter().any(|test| {
        let rate = test.figures.iter().find(|figure| figure.figure == "win rate");
        rate.is_some_and(|rate| rate.icp.is_some())
    });
    Ok(if any { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
