//! `buymode icp render FILE`: the profile as the page that everybody in sales reads.

use crate::admin::profiles::file::compile;
use crate::cli::answer;
use crate::cli::output::line;
use crate::report::document::document;
use anyhow::Context;
use schemars::JsonSchema;
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;

/// Writes a profile as a one-page Markdown document: whom we sell to, which signals count, who acts
/// how soon, what to say, what happens after
///
/// Exits with 1 if the profile has errors, and names them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
    buymode icp render deploy/profiles/example.yaml --output icp.md")]
pub(super) struct Args {
    /// The profile, as YAML
    file: PathBuf,
    /// The file to write [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print JSON, one object with the Markdown in it
    #[arg(long, conflicts_with = "output")]
    json: bool,
}

/// A profile as a document.
#[derive(Serialize, JsonSchema)]
pub(in crate::cli) struct Answer<'a> {
    /// The profile's name.
    profile: &'a str,
    product: &'a str,
    profile_version: &'a str,
    /// The document.
    markdown: &'a str,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let profile = compile(&args.file)?;
    let page = document(&profile);
    let head = &profile.profile;
    if args.json {
        answer::line(&Answer {
            profile: &head.profile,
            product: &head.product,
            profile_version: &profile.version,
            markdown: &page,
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    match &args.output {
        Some(file) => std::fs::write(file, page)
            .with_context(|| format!("{}: cannot be written", file.display()))?,
        None => {
            line(page.trim_end())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
