//! `buymode icp schema`: the JSON Schema of a profile file.

use crate::cli::output;
use std::process::ExitCode;

/// Prints the JSON Schema of a profile, for editors that complete and check it
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: buymode icp schema > profile.schema.json\n\n\
    First line of a profile, for editors with a YAML language server:\n  \
    # yaml-language-server: $schema=profile.schema.json")]
pub(super) struct Args {}

pub(super) fn run(_: &Args) -> anyhow::Result<ExitCode> {
    output::line(schema()?.trim_end())?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn schema() -> anyhow::Result<String> {
    let mut text = serde_json::to_string_pretty(&crate::admin::profiles::file::schema())?;
    text.push('\n');
    Ok(text)
}
