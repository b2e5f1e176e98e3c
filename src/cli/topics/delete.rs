//! `buymode topics delete`.

use crate::admin::place::Place;
use crate::admin::topics::delete::{Doomed, delete, doomed};
use crate::cli::answer;
use crate::cli::output::{line, prose, table, unwrapped};
use crate::cli::place::PlaceArgs;
use crate::report::words::counted;
use anyhow::bail;
use schemars::JsonSchema;
use serde::Serialize;
use std::process::ExitCode;

/// Deletes every topic of a log from Kafka, with all their records
///
/// Without --yes it lists them, deletes nothing and exits with 1. It refuses while a `run`, an `ingest` of topics or a
/// `deliver` of the log is a member of its consumer group. A log in a folder goes with its folder.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    buymode topics delete --config deploy/buymode.yaml\n  \
    buymode topics delete --yes buymode.inputs --config deploy/buymode.yaml\n  \
    buymode topics delete --prefix v1. --yes v1.buymode.inputs --keep v1.companies --bootstrap localhost:9092 --json")]
pub(super) struct Args {
    #[command(flatten)]
    place: PlaceArgs,
    /// Delete them: the name of the log's inputs topic, so that no other log is meant
    #[arg(long, value_name = "TOPIC")]
    yes: Option<String>,
    /// Leave this topic; may be given several times
    #[arg(long, value_name = "TOPIC")]
    keep: Vec<String>,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

/// The topics of a log.
#[derive(Serialize, JsonSchema)]
pub(in crate::cli) struct Answer<'a> {
    /// False without `--yes`: nothing was deleted, and the exit code is 1.
    deleted: bool,
    /// Those that were deleted, or would be.
    topics: &'a [Doomed],
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let place = args.place.open()?;
    let inputs = &place.topics.inputs;
    if let Some(yes) = args.yes.as_ref().filter(|yes| *yes != inputs) {
        bail!("invalid --yes {yes}: nothing was deleted; the inputs of this log are {inputs}");
    }
    let doomed = doomed(&place, &args.keep)?;
    let is_meant = args.yes.is_some();
    if !args.json {
        list(&place, &doomed)?;
    }
    if is_meant {
        delete(&place, &doomed)?;
    }
    if args.json {
        answer::line(&Answer { deleted: is_meant, topics: &doomed })?;
    } else if is_meant {
        prose(&format!("{} deleted", counted(doomed.len(), "topic")))?;
    } else {
        prose(&format!(
            "Nothing was deleted. `--yes {inputs}` deletes them; nothing brings them back."
        ))?;
    }
    Ok(if is_meant { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The topics, and what this command cannot see.
fn list(place: &Place, doomed: &[Doomed]) -> anyhow::Result<()> {
    let mut rows = table(&["topic", "partitions", "records", ""], 1..3);
    for one in doomed {
        let also = if one.is_feed { "written by your producers" } else { "" };
        let (partitions, records) = (one.partitions.to_string(), one.records.to_string());
        rows.add_row([one.topic.as_str(), &partitions, &records, also]);
    }
    line(&unwrapped(&rows))?;
    prose(&format!("{} at {}", counted(doomed.len(), "topic"), place.store.location()))?;
    prose(
        "Not known here: who else writes to these topics or reads them, and whether a `buymode ingest` that takes \
         webhooks alone still runs, since it is in no consumer group. Where brokers make missing topics by themselves, \
         such a program makes them again.",
    )?;
    Ok(())
}
