//! `buymode schema asyncapi`.

use crate::admin::asyncapi::asyncapi;
use crate::admin::topics::configured_routes;
use crate::cli::output::line;
use crate::config::Config;
use crate::deliver::sample::decision;
use crate::domain::account::decision::DecisionKind;
use std::path::PathBuf;
use std::process::ExitCode;

/// Prints every topic as an AsyncAPI 3 document: names, settings, schemas, headers, examples, and what each kind
/// of process reads and writes
///
/// With settings it names their topics, brokers and registry; no log is read.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  buymode schema asyncapi > asyncapi.json\n  \
    buymode schema asyncapi --config deploy/buymode.yaml | jq '.channels | keys'")]
pub(super) struct Args {
    /// The settings, as YAML; environment variables apply too [default: the default settings]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Also the topics of this profile's routes; may be given several times
    #[arg(long, value_name = "FILE")]
    profile: Vec<PathBuf>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let config = match &args.config {
        Some(file) => Config::load(Some(file))?,
        None => Config::default(),
    };
    let routes = configured_routes(&config, &args.profile)?;
    let made = asyncapi(&config, &routes, &decision(DecisionKind::Entered))?;
    line(&serde_json::to_string_pretty(&made)?)?;
    Ok(ExitCode::SUCCESS)
}
