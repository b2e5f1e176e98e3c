//! `buymode dead-letters show`: one letter, with its bytes.

use super::filter::{Place, as_json, name, origin};
use crate::cli::output::line;
use crate::cli::place::PlaceArgs;
use crate::ingest::dead_letters::{Kept, Resolved, at};
use anyhow::{Context, bail};
use data_encoding::{BASE64, HEXLOWER};
use serde_json::{Value, json};
use std::io::Write;
use std::process::ExitCode;

/// Shows one letter: why it was refused, where it came from, and its bytes
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  buymode dead-letters show 3:120 --config deploy/buymode.yaml\n  \
    buymode dead-letters show 3:120 --config deploy/buymode.yaml --raw | jq ."
)]
pub struct Args {
    /// Which, as `list` names it
    #[arg(value_name = "PARTITION:OFFSET")]
    letter: Place,
    /// Only the bytes, as they were
    #[arg(long, conflicts_with = "json")]
    raw: bool,
    #[command(flatten)]
    place: PlaceArgs,
    /// For machines
    #[arg(long)]
    json: bool,
}

/// Bytes that are no text are shown up to here.
const HEX_BYTES_MAX: usize = 4 << 10;

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let place = args.place.open()?;
    let (store, topics) = (&*place.store, &place.topics);
    let mut codec = place.codec.clone();
    let Place(partition, offset) = args.letter;
    let found = at(store, &mut codec, &topics.dead_letters, (partition, offset))?;
    let kept = found.with_context(|| {
        format!(
            "no letter {partition}:{offset} in {}; `list` names those there are",
            topics.dead_letters
        )
    })?;
    if args.raw {
        let Some(value) = &kept.letter.value else {
            bail!("letter {}: its bytes were not kept: {}", name(&kept), kept.letter.message);
        };
        let mut out = std::io::stdout().lock();
        out.write_all(value).and_then(|()| out.flush()).context("writing the bytes")?;
        return Ok(ExitCode::SUCCESS);
    }
    let resolved = Resolved::read(store, &mut codec, &topics.resolutions)?;
    let resolution = resolved.of(&kept);
    if args.json {
        let mut json = as_json(&kept);
        json["resolution"] = resolution.map_or(Value::Null, crate::codec::json::resolution);
        json["key"] = bytes(kept.letter.key.as_deref());
        json["value"] = bytes(kept.letter.value.as_deref());
        line(&json.to_string())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut rows = described(&kept);
    if let Some(r) = resolution {
        let by = r.by.as_deref().map_or(String::new(), |by| format!(" by {by}"));
        let note = r.note.as_deref().map_or(String::new(), |note| format!(": {note}"));
        let what = format!("{} at {}{by}{note}", r.kind, r.at.to_rfc3339());
        rows.push(("done", what));
    }
    for (what, value) in rows {
        line(&format!("{what:<10} {value}"))?;
    }
    line("")?;
    line(&match &kept.letter.value {
        None => "its bytes were not kept, or it had none".to_owned(),
        Some(value) => shown(value),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn described(kept: &Kept) -> Vec<(&'static str, String)> {
    let letter = &kept.letter;
    let mut rows = vec![
        ("letter", name(kept)),
        ("reason", letter.reason.to_string()),
        ("message", letter.message.clone()),
        ("from", origin(kept)),
        ("came", letter.timestamp.to_rfc3339()),
    ];
    if let Some(feed) = &letter.feed {
        rows.push(("source", feed.source.clone()));
        rows.push(("mapping", format!("{} version {}", feed.mapping, feed.version)));
    }
    if let Some(key) = &letter.key {
        rows.push(("key", shown(key)));
    }
    rows
}

/// Text, without what would steer a terminal; or hexadecimal.
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
                lines.push(format!("… {rest} more bytes; --raw writes them all"));
            }
            lines.join("\n")
        }
    }
}

/// `{"text": …}`, or `{"base64": …}` of what is no text.
fn bytes(bytes: Option<&[u8]>) -> Value {
    match bytes.map(|bytes| (str::from_utf8(bytes), bytes)) {
        None => Value::Null,
        Some((Ok(text), _)) => json!({ "text": text }),
        Some((Err(_), bytes)) => json!({ "base64": BASE64.encode(bytes) }),
    }
}
