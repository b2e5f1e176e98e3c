//! `buymode upgrade`.

use super::answer;
use super::deliver::who;
use super::interrupt::ends_at_once;
use super::output::{Bar, prose};
use super::place::{WritableArgs, existing};
use crate::admin::snapshot::remove_unfinished;
use crate::admin::upgrade::{Said, Upgraded, upgrade};
use crate::domain::RULES_VERSION;
use crate::domain::evidence::signal::bounded;
use crate::report::words::counted;
use crate::runtime::worker::now_ms;
use schemars::JsonSchema;
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;

/// Has this build go on with a log that a build of another rules version has decided so far
///
/// Stop every `run`, `ingest` and `deliver` of the log in order first. A snapshot is saved into FILE, and each product's
/// active profile is activated once more under this build's rules. The states go on as they are. Keep the
/// snapshot: `buymode audit --from FILE` begins there. To go back, use the same command with the build
/// before, and another FILE. Interrupted, it goes on with the same command.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    buymode upgrade upgrade.snapshot --config deploy/buymode.yaml\n  \
    buymode upgrade upgrade.snapshot --embedded ./buymode-data --json")]
pub(super) struct Args {
    /// The file for the snapshot
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    place: WritableArgs,
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

/// Whether this build goes on with the log now.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Answer<'a> {
    /// It does now.
    Done {
        /// True.
        upgraded: bool,
        #[serde(flatten)]
        done: &'a Upgraded,
    },
    /// It did before; nothing was written.
    Not {
        /// False.
        upgraded: bool,
        /// The version of this build, and of the log.
        rules_version: i32,
    },
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let place = existing(args.place.settings()?)?;
    let bar = Bar::new("{msg}")?;
    ends_at_once(|| {
        remove_unfinished();
        "whether the log was upgraded is not known; the same command looks, and goes on".to_owned()
    })?;
    let said = Said { by: who(args.by.as_deref()), note: args.note.as_deref().and_then(bounded) };
    let done = upgrade(&place, &args.file, &said, now_ms(), &mut |at| bar.show(at))?;
    bar.clear();
    let Some(done) = done else {
        if args.json {
            answer::line(&Answer::Not { upgraded: false, rules_version: RULES_VERSION })?;
        } else {
            prose(&format!(
                "the log has rules version {RULES_VERSION} already; nothing was written"
            ))?;
        }
        return Ok(ExitCode::SUCCESS);
    };
    if args.json {
        answer::line(&Answer::Done { upgraded: true, done: &done })?;
        return Ok(ExitCode::SUCCESS);
    }
    prose(&format!(
        "upgraded from rules version {} to {}: {} activated once more; snapshot {} in {}",
        done.rules_before,
        done.rules_version,
        counted(done.products.len(), "profile"),
        done.snapshot,
        args.file.display()
    ))?;
    prose(&format!(
        "Start `buymode run` of this build now. Keep the snapshot: `buymode audit --from {}` begins there.",
        args.file.display()
    ))?;
    Ok(ExitCode::SUCCESS)
}
