//! `buymode dead-letters show`: one dead letter, with its bytes.

use super::filter::{Position, Shown};
use crate::cli::answer;
use crate::cli::output::{is_terminal, line};
use crate::cli::place::PlaceArgs;
use crate::codec::json;
use crate::codec::shape::ShownResolution;
use crate::domain::terms::plain::plain;
use crate::ingest::dead_letters::{Resolved, Stored, at};
use crate::report::words::counted;
use anyhow::{Context, bail};
use data_encoding::{BASE64, HEXLOWER};
use schemars::JsonSchema;
use serde::Serialize;
use std::io::Write;
use std::process::ExitCode;

/// Show one dead letter: why it was rejected, where it came from, and its bytes
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  buymode dead-letters show 3:120 --config deploy/buymode.yaml\n  \
    buymode dead-letters show 3:120 --config deploy/buymode.yaml --raw | jq ."
)]
pub(super) struct Args {
    /// Id shown by `list`
    #[arg(value_name = "PARTITION:OFFSET")]
    id: Position,
    /// Only the bytes, unchanged where the output is not a terminal
    #[arg(long, conflicts_with = "json")]
    raw: bool,
    #[command(flatten)]
    place: PlaceArgs,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

/// A dead letter, with what became of it and its bytes.
#[derive(Serialize, JsonSchema)]
pub(in crate::cli) struct Answer<'a> {
    #[serde(flatten)]
    dead_letter: Shown<'a>,
    /// Null while it is open.
    resolution: Option<ShownResolution>,
    /// Of the rejected record; null: it had none.
    key: Option<Bytes<'a>>,
    /// Of the rejected record; null: it had none, or its bytes were not kept.
    value: Option<Bytes<'a>>,
}

/// Bytes that are not text are shown up to this length.
const HEX_BYTES_MAX: usize = 4 << 10;

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let place = args.place.open()?;
    let (store, topics) = (&*place.store, &place.topics);
    let mut codec = place.codec.clone();
    let Position(partition, offset) = args.id;
    let found = at(store, &mut codec, &topics.dead_letters, (partition, offset))?;
    let stored = found.with_context(|| {
        format!(
            "there is no dead letter {partition}:{offset} in topic {}; `list` shows their ids",
            topics.dead_letters
        )
    })?;
    if args.raw {
        let Some(value) = &stored.dead_letter.value else {
            let message = &stored.dead_letter.message;
            bail!("dead letter {}: its bytes were not kept: {message}", stored.id());
        };
        if is_terminal() {
            line(&String::from_utf8_lossy(value))?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut out = std::io::stdout().lock();
        out.write_all(value).and_then(|()| out.flush()).context("writing the bytes")?;
        return Ok(ExitCode::SUCCESS);
    }
    let resolved = Resolved::read(store, &mut codec, &topics.resolutions)?;
    let resolution = resolved.of(&stored);
    if args.json {
        answer::line(&Answer {
            dead_letter: Shown::of(&stored),
            resolution: resolution.map(json::resolution).map(ShownResolution),
            key: stored.dead_letter.key.as_deref().map(Bytes::of),
            value: stored.dead_letter.value.as_deref().map(Bytes::of),
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut rows = described(&stored);
    if let Some(r) = resolution {
        let by = r.by.as_deref().map_or(String::new(), |by| format!(" by {by}"));
        let note = r.note.as_deref().map_or(String::new(), |note| format!(": {note}"));
        let what = format!("{} at {}{by}{note}", r.kind, r.at.to_rfc3339());
        rows.push(("resolved", plain(&what).into_owned()));
    }
    for (what, value) in rows {
        line(&format!("{what:<10} {value}"))?;
    }
    line("")?;
    line(&match &stored.dead_letter.value {
        None => "no bytes: the record had none, or they were not kept".to_owned(),
        Some(value) => shown(value),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn described(stored: &Stored) -> Vec<(&'static str, String)> {
    let dead = &stored.dead_letter;
    let mut rows = vec![
        ("id", stored.id()),
        ("reason", dead.reason.to_string()),
        ("message", plain(&dead.message).into_owned()),
        ("origin", dead.origin.to_string()),
        ("time", dead.timestamp.to_rfc3339()),
    ];
    if let Some(feed) = &dead.feed {
        rows.push(("source", feed.source.clone()));
        rows.push(("mapping", format!("{} version {}", feed.mapping, feed.version)));
    }
    if let Some(trace) = stored.trace {
        rows.push(("trace", trace.id_text()));
    }
    if let Some(key) = &dead.key {
        rows.push(("key", shown(key)));
    }
    rows
}

/// Text, unless it would control the terminal; then hexadecimal.
fn shown(bytes: &[u8]) -> String {
    let steers = |c: char| c.is_control() && !matches!(c, '\n' | '\t' | '\r');
    match str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(steers) => text.to_owned(),
        _ => {
            let some = bytes.get(..HEX_BYTES_MAX).unwrap_or(bytes);
            let lines = some.chunks(32).map(|row| HEXLOWER.encode(row));
            let mut lines: Vec<String> = lines.collect();
            if some.len() < bytes.len() {
                let rest = bytes.len() - some.len();
                lines.push(format!("… {} more; --raw writes them all", counted(rest, "byte")));
            }
            lines.join("\n")
        }
    }
}

/// Bytes of a record.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Bytes<'a> {
    /// Of bytes that are UTF-8.
    Text(&'a str),
    /// Of bytes that are not text.
    Base64(String),
}

impl Bytes<'_> {
    fn of(bytes: &[u8]) -> Bytes<'_> {
        match str::from_utf8(bytes) {
            Ok(text) => Bytes::Text(text),
            Err(_) => Bytes::Base64(BASE64.encode(bytes)),
        }
    }
}
