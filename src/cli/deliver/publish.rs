//! `buymode deliver publish FILE`: a roster into the desk's log.

use crate::cli::answer;
use crate::cli::output::{aside, line};
use crate::cli::place::WritableArgs;
use crate::deliver::publish::{Desk, Published, ROSTER_BYTES_MAX, Wish};
use crate::deliver::roster::{RosterRead, bundled};
use crate::domain::evidence::signal::bounded;
use anyhow::{Context, bail};
use schemars::JsonSchema;
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;

/// Makes a roster the one that says who gets which decision, from its place in the log on
///
/// Exits with 1, and writes nothing, if the roster has errors or is in force already. Secrets are not looked
/// at: they are on the machine that delivers.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
    buymode deliver publish deploy/roster.yaml --config deploy/buymode.yaml --note \"Ben is back\"")]
pub(super) struct Args {
    /// The roster, as YAML
    file: PathBuf,
    #[command(flatten)]
    place: WritableArgs,
    /// Publish it also when it is in force already: destinations that were disabled are tried again
    #[arg(long)]
    force: bool,
    /// Your name, for the history [default: the login's name, $USER]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Why, for the history
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

/// The roster that is in force now.
#[derive(Serialize, JsonSchema)]
pub(in crate::cli) struct Answer<'a> {
    /// False: it was in force already; nothing was written, and the exit code is 1.
    published: bool,
    /// Rosters are numbered as they are published.
    number: u64,
    /// Of its text.
    digest: &'a str,
    published_by: Option<&'a str>,
    /// Why, in the publisher's words.
    note: Option<&'a str>,
    /// The number of the roster before.
    replaced: Option<u64>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let text = bundled(&args.file)?;
    let file = args.file.display();
    if text.len() > ROSTER_BYTES_MAX {
        bail!("{file} has {} bytes; a roster has at most {ROSTER_BYTES_MAX}", text.len());
    }
    if let Err(errors) = RosterRead::of(&text).roster {
        let said: Vec<String> = errors.iter().map(|e| e.shown(&args.file, "")).collect();
        bail!(said.join("; "));
    }
    let place = args.place.open()?;
    let by = super::who(args.by.as_deref());
    if by.is_none() {
        aside("buymode: who publishes is recorded as unknown; --by NAME records a name");
    }
    let note = args.note.as_deref().and_then(bounded);
    let wish = Wish { text, by, note, again: args.force };
    let mut desk = Desk {
        store: &*place.store,
        codec: place.codec.clone(),
        topics: &place.topics,
        prefix: place.config.topics.prefix.as_str(),
    };
    let published = desk.publish(&wish).with_context(|| format!("cannot publish {file}"))?;
    let (roster, before) = match &published {
        Published::Now { roster, before } => (roster, before.as_ref()),
        Published::Unchanged(roster) => (roster, None),
    };
    let is_new = matches!(published, Published::Now { .. });
    if args.json {
        answer::line(&Answer {
            published: is_new,
            number: roster.number,
            digest: &roster.digest,
            published_by: roster.by.as_deref(),
            note: roster.note.as_deref(),
            replaced: before.map(|before| before.number),
        })?;
    } else if is_new {
        let before = before.map_or_else(String::new, |before| {
            format!(" (before: roster {}, {})", before.number, before.digest)
        });
        line(&format!("published roster {}: {}{before}", roster.number, roster.digest))?;
    }
    if !is_new {
        bail!(
            "unchanged: {file} is in force already (roster {}, {}); --force publishes it again",
            roster.number,
            roster.digest
        );
    }
    Ok(ExitCode::SUCCESS)
}
