//! `buymode topics describe`.

use crate::admin::sizes::{Size, measure};
use crate::admin::topics::{Severity, Standing, cleanup, stamp, stand, wanted};
use crate::cli::answer;
use crate::cli::output::{line, table, unwrapped};
use crate::cli::place::PlaceArgs;
use crate::report::words::counted;
use comfy_table::Table;
use schemars::JsonSchema;
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;

/// Shows every topic and what is wrong with it; exits with 1 if scoring could not work
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  buymode topics describe --config deploy/buymode.yaml\n  \
    buymode topics describe --sizes --embedded ./buymode-data --json")]
pub(super) struct Args {
    #[command(flatten)]
    place: PlaceArgs,
    /// Check them as the topics of a history: records keep the time of the event, for ever
    #[arg(long)]
    history: bool,
    /// Also check the topics of this profile's routes; may be given several times
    #[arg(long, value_name = "FILE")]
    profile: Vec<PathBuf>,
    /// Measure the last records of each topic, and show how large it is and becomes at this pace
    #[arg(long)]
    sizes: bool,
    /// Print JSON, one array
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut place = args.place.open()?;
    place.config.topics.history |= args.history;
    let standings = stand(&place, wanted(&place, &args.profile)?)?;
    let sizes = if args.sizes { measure(&place, &standings)? } else { Vec::new() };
    if args.json {
        let mut all = Vec::new();
        for standing in &standings {
            let size = sizes.iter().find(|size| size.topic == standing.wanted.name);
            all.push(Answer::of(standing, size));
        }
        answer::line(&all)?;
    } else {
        let header = ["topic", "partitions", "replicas", "cleanup", "kept", "timestamps"];
        let mut rows = table(&header, 1..3);
        for standing in &standings {
            rows.add_row(row(standing));
        }
        line(&unwrapped(&rows))?;
        if !sizes.is_empty() {
            line("")?;
            line(&unwrapped(&size_rows(&sizes)))?;
        }
        for (severity, problem) in standings.iter().flat_map(|s| &s.problems) {
            line(&format!("{}: {problem}", severity.shown()))?;
        }
    }
    let mut problems = standings.iter().flat_map(|s| &s.problems);
    let wrong = problems.any(|(severity, _)| *severity == Severity::Error);
    Ok(if wrong { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn size_rows(sizes: &[Size]) -> Table {
    let header = ["topic", "records", "bytes each", "records a day", "MiB kept", "with replicas"];
    let mut rows = table(&header, 1..6);
    let number = |n: Option<u64>| n.map_or_else(|| "-".to_owned(), |n| n.to_string());
    let mib = |bytes: Option<u64>| number(bytes.map(|bytes| bytes.div_ceil(1 << 20)));
    for size in sizes {
        rows.add_row([
            size.topic.clone(),
            size.records.to_string(),
            number(size.record_bytes),
            number(size.daily_records),
            mib(size.kept_bytes),
            mib(size.replicated_bytes),
        ]);
    }
    rows
}

fn row(standing: &Standing) -> [String; 6] {
    let name = standing.wanted.name.clone();
    let Some(found) = &standing.found else {
        let none = String::new;
        return [name, "missing".to_owned(), none(), none(), none(), none()];
    };
    let kept = match found.retention_ms {
        None => "for ever".to_owned(),
        Some(ms) => counted(ms / 86_400_000, "day"),
    };
    [
        name,
        found.partitions.to_string(),
        // In a folder there are none.
        found.replication.factor.map_or(String::new(), |factor| factor.to_string()),
        cleanup(found.cleanup).to_owned(),
        kept,
        stamp(found.stamp).to_owned(),
    ]
}

/// A topic.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Topic")]
pub(in crate::cli) struct Answer<'a> {
    topic: &'a str,
    /// Null where it is missing.
    found: Option<Found>,
    /// Its faults.
    problems: Vec<Problem<'a>>,
    /// Only with `--sizes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<&'a Size>,
}

/// A topic as it is.
#[derive(Serialize, JsonSchema)]
struct Found {
    partitions: i32,
    /// `compact`, `delete`, or both.
    cleanup: &'static str,
    /// How long records are kept, in milliseconds; null: for ever.
    retention_ms: Option<i64>,
    /// Whose time records have.
    timestamps: &'static str,
    /// The largest record that it takes, in bytes.
    max_message_bytes: i32,
    /// Copies of each partition; null in a folder, where there are none.
    replicas: Option<i32>,
    /// Copies that have to be in step for a write; null in a folder.
    min_insync_replicas: Option<i32>,
    /// Null where it is left to the producer.
    compression: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Problem<'a> {
    /// How bad it is.
    severity: Severity,
    /// The problem and its remedy.
    problem: &'a str,
}

impl Answer<'_> {
    fn of<'a>(standing: &'a Standing, size: Option<&'a Size>) -> Answer<'a> {
        let problems = standing.problems.iter();
        let found = standing.found.as_ref().map(|found| Found {
            partitions: found.partitions,
            cleanup: cleanup(found.cleanup),
            retention_ms: found.retention_ms,
            timestamps: stamp(found.stamp),
            max_message_bytes: found.max_message_bytes,
            replicas: found.replication.factor,
            min_insync_replicas: found.replication.min_insync,
            compression: found.compression.map(|compression| compression.to_string()),
        });
        let problem =
            |(severity, problem): &'a (Severity, String)| Problem { severity: *severity, problem };
        Answer {
            topic: &standing.wanted.name,
            found,
            problems: problems.map(problem).collect(),
            size,
        }
    }
}
