//! `buymode topics create`.

use crate::admin::place::Place;
use crate::admin::topics::{Severity, stand, wanted};
use crate::cli::answer;
use crate::cli::output::line;
use crate::cli::place::PlaceArgs;
use crate::config::Within;
use anyhow::Context;
use schemars::JsonSchema;
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;

/// Creates every topic that is missing; leaves existing ones as they are, and lists what is wrong
/// with them. With a schema registry it registers the schemas of every topic; whether the registry
/// checks that they are compatible is a setting of its own
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  buymode topics create --config deploy/buymode.yaml\n  \
    buymode topics create --embedded ./data --history --profile deploy/profiles/example.yaml")]
pub(super) struct Args {
    #[command(flatten)]
    place: PlaceArgs,
    /// Partitions of new topics, 1 to 1000 [default: as configured, 24]
    #[arg(long, value_name = "N")]
    partitions: Option<u32>,
    /// Create them for a history: records keep the time of the event, for ever
    #[arg(long)]
    history: bool,
    /// Also create the topics of this profile's routes; may be given several times
    #[arg(long, value_name = "FILE")]
    profile: Vec<PathBuf>,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

/// The topics that were made, and those that were there.
#[derive(Serialize, JsonSchema)]
pub(in crate::cli) struct Answer<'a> {
    /// The topics that were made, by name.
    created: Vec<String>,
    /// Topics that were there before.
    existed: usize,
    /// Schemas that the registry holds now; 0 without one.
    registered: usize,
    /// The faults of topics that were there, a sentence each.
    problems: Vec<&'a str>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut place = Place::open(args.place.settings()?)?;
    place.config.topics.history |= args.history;
    if let Some(partitions) = args.partitions {
        place.config.topics.partitions =
            Within::new(partitions).context("--partitions: give 1 to 1000")?;
    }
    let specs = wanted(&place, &args.profile)?;
    let created = place.store.create_topics(&specs)?;
    let registered = place.register_all(&specs)?;
    let standings = stand(&place, specs)?;
    let problems: Vec<_> = standings.iter().flat_map(|s| &s.problems).collect();
    let there = standings.len() - created.len();
    if args.json {
        let problems: Vec<_> = problems.iter().map(|(_, problem)| problem.as_str()).collect();
        let created = created.clone();
        answer::line(&Answer { created, existed: there, registered, problems })?;
    } else {
        for name in &created {
            line(&format!("created {name}"))?;
        }
        let at = place.store.location();
        line(&format!("{} created, {there} there already, at {at}", created.len()))?;
        if registered > 0 {
            line(&format!("{registered} schemas are registered"))?;
        }
        for (severity, problem) in &problems {
            line(&format!("{}: {problem}", severity.shown()))?;
        }
    }
    let wrong = problems.iter().any(|(severity, _)| *severity == Severity::Error);
    Ok(if wrong { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
