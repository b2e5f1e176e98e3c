//! `buymode snapshot show`.

use super::held;
use crate::admin::snapshot::{Content, content};
use crate::cli::answer;
use crate::cli::output::{line, prose};
use crate::domain::terms::plain::plain;
use crate::domain::terms::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;

/// Reads a snapshot to its end, and says what it holds; exits with 1 if it is torn or changed
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: buymode snapshot show monday.snapshot")]
pub(super) struct Args {
    /// The snapshot
    file: PathBuf,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

/// What a snapshot holds.
#[derive(Serialize, JsonSchema)]
pub(in crate::cli) struct Answer {
    #[serde(flatten)]
    content: Content,
    /// `saved_at_ms`, for people.
    saved_at: Timestamp,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let content = content(&args.file)?;
    if args.json {
        let saved_at = Timestamp(content.head.saved_at_ms);
        answer::lines(&Answer { content, saved_at })?;
        return Ok(ExitCode::SUCCESS);
    }
    let head = &content.head;
    let kind = if head.history { "history" } else { "live log" };
    prose(&format!(
        "snapshot {} of a {kind} with prefix \"{}\", saved {} by version {} (rules version {}): {}",
        head.id,
        head.prefix,
        Timestamp(head.saved_at_ms).to_rfc3339(),
        head.build,
        head.rules_version,
        held(content.accounts, content.inputs, head.partitions)
    ))?;
    if let Some(desk) = &content.desk {
        line(&format!(
            "its desk has read {}buymode.desk up to offset {}",
            plain(&head.prefix),
            desk.next_offset
        ))?;
    }
    line("whole: its digest is that of its records")?;
    Ok(ExitCode::SUCCESS)
}
