//! `buymode dead-letters list`: the newest letters that are open.

use super::filter::{FilterArgs, as_json, name};
use crate::cli::output::line;
use crate::cli::place::PlaceArgs;
use crate::domain::account::records::Resolution;
use crate::ingest::dead_letters::{Kept, Resolved, scan};
use comfy_table::{ContentArrangement, Table, presets};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::ops::ControlFlow;
use std::process::ExitCode;

/// Lists what could not be processed and is not done with yet, the newest last
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  buymode dead-letters list --config deploy/buymode.yaml\n  \
    buymode dead-letters list --embedded ./data --reason mapping --since 2026-10-01 --json")]
pub struct Args {
    #[command(flatten)]
    which: FilterArgs,
    /// At most so many, the newest
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Also those that were replayed or dropped
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    place: PlaceArgs,
    /// For machines: one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Ordered by when the letter came; then by its place.
type Newest = BTreeMap<(i64, i32, i64), (Kept, Option<Resolution>)>;

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let place = args.place.open()?;
    let (store, topics) = (&*place.store, &place.topics);
    let mut codec = place.codec.clone();
    let resolved = Resolved::read(store, &mut codec, &topics.resolutions)?;
    let filter = args.which.filter(&[]);
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let (mut newest, mut order, mut found) = (Newest::new(), BinaryHeap::new(), 0_u64);
    scan(store, &mut codec, &topics.dead_letters, &mut |mut kept| {
        let resolution = resolved.of(&kept).cloned();
        if (resolution.is_none() || args.all) && filter.takes(&kept) {
            found += 1;
            let key = (kept.letter.timestamp.0, kept.partition, kept.offset);
            // What is shown of the bytes is their number.
            kept.letter.key = None;
            order.push(Reverse(key));
            newest.insert(key, (kept, resolution));
            if newest.len() > limit
                && let Some(Reverse(oldest)) = order.pop()
            {
                newest.remove(&oldest);
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    if args.json {
        for (kept, resolution) in newest.values() {
            let mut json = as_json(kept);
            json["resolution"] = resolution.as_ref().map(crate::codec::json::resolution).into();
            if !line(&json.to_string())? {
                break;
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    if newest.is_empty() {
        line("no dead letters")?;
        return Ok(ExitCode::SUCCESS);
    }
    line(&table(&newest, args.all).to_string())?;
    let hidden = found - newest.len() as u64;
    if hidden > 0 {
        line(&format!("{hidden} older ones are not shown; --limit shows more"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn table(newest: &Newest, all: bool) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    let done = all.then_some("done");
    table.set_header(["letter", "came", "source", "reason", "message"].into_iter().chain(done));
    for (kept, resolution) in newest.values() {
        let letter = &kept.letter;
        let source = letter.feed.as_ref().map_or(&letter.topic, |feed| &feed.source);
        let done = resolution.as_ref().map_or(String::new(), |r| r.kind.to_string());
        let cells = [
            name(kept),
            letter.timestamp.to_rfc3339(),
            source.clone(),
            letter.reason.to_string(),
            letter.message.clone(),
        ];
        table.add_row(cells.into_iter().chain(all.then_some(done)));
    }
    table
}
