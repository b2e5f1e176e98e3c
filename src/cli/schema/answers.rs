//! `buymode schema answers`.

use crate::cli::answers::{names, schema};
use crate::cli::output::line;
use anyhow::bail;
use serde_json::{Map, Value, json};
use std::process::ExitCode;

/// Prints the JSON Schema of what a command prints with `--json`; without a command those of all, in one document
///
/// The schemas are open: later versions may add fields to answers, and take none away. A script should read the
/// fields that it knows and leave the others.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  buymode schema answers explain > explain.schema.json\n  \
    buymode schema answers dead-letters list\n  \
    buymode schema answers | jq '.\"$defs\" | keys'")]
pub(super) struct Args {
    /// The command, such as `explain` or `dead-letters list` [default: all]
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let name = args.command.join(" ");
    let document = match schema(&name) {
        _ if name.is_empty() => all(),
        Some(schema) => schema,
        None => bail!(
            "invalid command {name:?}: it has no --json; use one of {}",
            names().collect::<Vec<_>>().join(", ")
        ),
    };
    line(&serde_json::to_string_pretty(&document)?)?;
    Ok(ExitCode::SUCCESS)
}

/// Each schema under the command's name, with an `$id` of its own.
fn all() -> Value {
    let each = names().filter_map(|name| Some((name.to_owned(), schema(name)?)));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:buymode:answers",
        "title": "What buymode's commands print with --json",
        "$defs": each.collect::<Map<String, Value>>(),
    })
}
