//! `buymode icp export`: the properties to create in a CRM, and the profile as a saved search of a tool that finds
//! companies.

use crate::admin::profiles::file::compile;
use crate::cli::output::line;
use crate::deliver::sync::properties;
use crate::report::search::{Search, Tool, search};
use anyhow::{Context, bail};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// Writes what another tool needs: the properties to create in a CRM, or the profile's criteria as a saved search
///
/// For hubspot and salesforce: the requests that create the properties which buymode's field maps write, in order; no
/// profile is needed. For apollo, zoominfo, clay and sales-navigator: filters in that tool's words, and in plain
/// sentences all that the tool cannot express. Nothing is sent.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  buymode icp export --to hubspot\n  \
    buymode icp export deploy/profiles/example.yaml --to apollo")]
pub(super) struct Args {
    /// The profile, as YAML: for a search
    file: Option<PathBuf>,
    /// The tool that it is for
    #[arg(long, value_enum)]
    to: To,
    /// Print JSON, one object (properties always are)
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum To {
    Hubspot,
    Salesforce,
    Apollo,
    Zoominfo,
    Clay,
    SalesNavigator,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let tool = match args.to {
        To::Hubspot => return requests(&properties::hubspot("2026-03")),
        To::Salesforce => return requests(&properties::salesforce("v62.0")),
        To::Apollo => Tool::Apollo,
        To::Zoominfo => Tool::Zoominfo,
        To::Clay => Tool::Clay,
        To::SalesNavigator => Tool::SalesNavigator,
    };
    let Some(file) = &args.file else {
        bail!("a search needs a profile; use `buymode icp export FILE --to …`");
    };
    let profile = compile(file).with_context(|| format!("{}: not exported", file.display()))?;
    let Search { filters, left_out } = search(&profile.profile, tool);
    if args.json {
        line(&json!({ "filters": filters, "left_out": left_out }).to_string())?;
        return Ok(ExitCode::SUCCESS);
    }
    line(&serde_json::to_string_pretty(&filters)?)?;
    line("\nWhat the search does not say:")?;
    for sentence in &left_out {
        line(&format!("- {sentence}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn requests(all: &serde_json::Value) -> anyhow::Result<ExitCode> {
    line(&serde_json::to_string_pretty(&json!({ "requests": all }))?)?;
    Ok(ExitCode::SUCCESS)
}
