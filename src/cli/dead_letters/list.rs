//! `buymode dead-letters list`: the newest open dead letters.

use super::filter::{FilterArgs, Shown};
use crate::cli::answer;
use crate::cli::output::line;
use crate::cli::place::PlaceArgs;
use crate::codec::json;
use crate::codec::shape::ShownResolution;
use crate::domain::account::records::Resolution;
use crate::domain::terms::plain::plain;
use crate::ingest::dead_letters::{Resolved, Stored, scan};
use crate::report::words::{agree, counted};
use comfy_table::{ContentArrangement, Table, presets};
use schemars::JsonSchema;
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::ops::ControlFlow;
use std::process::ExitCode;

/// List open dead letters, the newest last
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  buymode dead-letters list --config deploy/buymode.yaml\n  \
    buymode dead-letters list --embedded ./data --reason mapping --since 2026-10-01 --json")]
pub(super) struct Args {
    #[command(flatten)]
    which: FilterArgs,
    /// List at most this many, the newest
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Include replayed and dropped dead letters
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    place: PlaceArgs,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

/// Ordered by the time of the rejected record, then by position.
type Newest = BTreeMap<(i64, i32, i64), (Stored, Option<Resolution>)>;

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let place = args.place.open()?;
    let (store, topics) = (&*place.store, &place.topics);
    let mut codec = place.codec.clone();
    let resolved = Resolved::read(store, &mut codec, &topics.resolutions)?;
    let filter = args.which.filter(&[]);
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let (mut newest, mut order, mut found) = (Newest::new(), BinaryHeap::new(), 0_u64);
    scan(store, &mut codec, &topics.dead_letters, &mut |mut stored| {
        let resolution = resolved.of(&stored).cloned();
        if (resolution.is_none() || args.all) && filter.selects(&stored) {
            found += 1;
            let key = (stored.dead_letter.timestamp.0, stored.partition, stored.offset);
            // The list shows no key.
            stored.dead_letter.key = None;
            order.push(Reverse(key));
            newest.insert(key, (stored, resolution));
            if newest.len() > limit
                && let Some(Reverse(oldest)) = order.pop()
            {
                newest.remove(&oldest);
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    if args.json {
        for (stored, resolution) in newest.values() {
            let resolution = resolution.as_ref().map(json::resolution).map(ShownResolution);
            if !answer::line(&Answer { dead_letter: Shown::of(stored), resolution })? {
                break;
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    if newest.is_empty() {
        line(if args.all { "no dead letters" } else { "no open dead letters" })?;
        return Ok(ExitCode::SUCCESS);
    }
    line(&table(&newest, args.all).to_string())?;
    let hidden = found - newest.len() as u64;
    if hidden > 0 {
        let hidden =
            format!("{} {}", counted(hidden, "older dead letter"), agree(hidden, "is", "are"));
        line(&format!("{hidden} not shown; use --limit to list more"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A dead letter, and what became of it.
#[derive(Serialize, JsonSchema)]
pub(in crate::cli) struct Answer<'a> {
    #[serde(flatten)]
    dead_letter: Shown<'a>,
    /// Null while it is open.
    resolution: Option<ShownResolution>,
}

fn table(newest: &Newest, all: bool) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    let resolved = all.then_some("resolved");
    let header = ["id", "time", "source", "origin", "reason", "message"];
    table.set_header(header.into_iter().chain(resolved));
    for (stored, resolution) in newest.values() {
        let dead = &stored.dead_letter;
        let resolved = resolution.as_ref().map_or(String::new(), |r| r.kind.to_string());
        let cells = [
            stored.id(),
            dead.timestamp.to_rfc3339(),
            dead.feed.as_ref().map_or(String::new(), |feed| feed.source.clone()),
            dead.origin.to_string(),
            dead.reason.to_string(),
            plain(&dead.message).into_owned(),
        ];
        table.add_row(cells.into_iter().chain(all.then_some(resolved)));
    }
    table
}
