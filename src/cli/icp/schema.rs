//! `buymode icp schema`: the JSON Schema of a profile file.

use crate::cli::output;
use crate::domain::profile::Profile;
use schemars::generate::SchemaSettings;
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

/// Draft 7, which every editor knows.
pub(super) fn schema() -> anyhow::Result<String> {
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<Profile>();
    let mut text = serde_json::to_string_pretty(&schema)?;
    text.push('\n');
    Ok(text)
}
