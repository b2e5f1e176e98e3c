//! `buymode icp export`: the properties to create in a CRM, and the profile as a saved search of a tool that finds
//! companies.

use super::checked::Checked;
use crate::admin::profiles::file::compile;
use crate::cli::answer;
use crate::cli::output::line;
use crate::deliver::sync::properties;
use crate::report::search::{Tool, search};
use anyhow::{Context, bail};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use std::path::PathBuf;
use std::process::ExitCode;

/// Writes what another tool needs: the properties to create in a CRM, or the profile's criteria as a saved search
///
/// For hubspot and salesforce: the requests that create the properties which buymode's field maps write, in order; no
/// profile is needed. For apollo, zoominfo, clay and sales-navigator: filters in that tool's words, and in plain
/// sentences all that the tool cannot express. Nothing is sent.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  buymode icp export --to hubspot\n  \
    buymode icp export deploy/profiles/example.yaml --to apollo\n  \
    buymode icp export deploy/profiles/example.yaml --to apollo --mapping deploy/mappings/yc-radar.yaml \\\n    \
    --check companies-*.csv.gz")]
pub(super) struct Args {
    /// The profile, as YAML: for a search
    file: Option<PathBuf>,
    /// The tool that it is for
    #[arg(long, value_enum)]
    to: To,
    /// Count what the search would wrongly bring and wrongly leave out of the companies in these files
    #[arg(long, value_name = "INPUT", num_args = 1.., requires = "mapping")]
    check: Vec<PathBuf>,
    /// The mapping that reads the rows of --check, such as those in deploy/mappings
    #[arg(long, value_name = "FILE", requires = "check")]
    mapping: Option<PathBuf>,
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

/// A saved search or, for a CRM, the requests that create properties.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::cli) enum Answer<'a> {
    /// A saved search.
    Search {
        /// In the words of the tool.
        filters: &'a Map<String, Value>,
        /// What the tool cannot express, a sentence each.
        left_out: &'a [String],
        /// Only with `--check`.
        #[serde(skip_serializing_if = "Option::is_none")]
        check: Option<&'a Checked>,
    },
    /// The requests that create properties, in order; each as the CRM documents it.
    Properties {
        /// Method, path and body of each.
        requests: &'a Value,
    },
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
    let made = search(&profile.profile, tool);
    let checked = match &args.mapping {
        Some(mapping) => Some(Checked::of(&made, profile, mapping, &args.check)?),
        None => None,
    };
    if args.json {
        let (filters, left_out) = (&made.filters, &made.left_out[..]);
        answer::line(&Answer::Search { filters, left_out, check: checked.as_ref() })?;
        return Ok(ExitCode::SUCCESS);
    }
    line(&serde_json::to_string_pretty(&made.filters)?)?;
    line("\nWhat the search does not say:")?;
    for sentence in &made.left_out {
        line(&format!("- {sentence}"))?;
    }
    for sentence in checked.iter().flat_map(Checked::sentences) {
        line(&sentence)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn requests(all: &Value) -> anyhow::Result<ExitCode> {
    answer::lines(&Answer::Properties { requests: all })?;
    Ok(ExitCode::SUCCESS)
}
