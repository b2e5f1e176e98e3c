//! `buymode snapshot restore`.

use super::held;
use crate::admin::place::Place;
use crate::admin::snapshot::{Finished, Restored, content, restore};
use crate::cli::answer;
use crate::cli::interrupt::ends_at_once;
use crate::cli::output::{Bar, prose};
use crate::cli::place::WritableArgs;
use crate::report::words::counted;
use schemars::JsonSchema;
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;
use uuid::Uuid;

/// Restores a snapshot into an empty log, which goes on from there
///
/// Makes the topics that are missing, with as many partitions as the snapshot has. Topics that hold anything
/// are refused, and so is a file that is torn. A restore that was interrupted goes on with the same command;
/// until it is finished nothing scores or writes the log.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    buymode snapshot restore monday.snapshot --embedded ./restored\n  \
    buymode snapshot restore monday.snapshot --config deploy/buymode.yaml --prefix restored.")]
pub(super) struct Args {
    /// The snapshot
    file: PathBuf,
    #[command(flatten)]
    place: WritableArgs,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    // Before a folder is made for the log.
    content(&args.file)?;
    let place = Place::open(args.place.settings()?)?;
    let bar = Bar::new("{msg}")?;
    ends_at_once(|| "the restore is not finished; the same command goes on with it".to_owned())?;
    let restored = restore(&place, &args.file, &mut |at| bar.show(at));
    bar.clear();
    let restored = match restored {
        Ok(restored) => restored,
        Err(error) => match error.downcast::<Finished>() {
            Ok(before) if args.json => {
                answer::line(&Answer::Before { finished_before: true, id: before.id })?;
                return Ok(ExitCode::SUCCESS);
            }
            Ok(before) => {
                prose(&before.to_string())?;
                return next_steps(args, &place);
            }
            Err(error) => return Err(error),
        },
    };
    if args.json {
        answer::lines(&Answer::Restored(restored))?;
        return Ok(ExitCode::SUCCESS);
    }
    prose(&said(&place, &restored))?;
    next_steps(args, &place)
}

/// What a restore came to.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::cli) enum Answer {
    /// It was restored.
    Restored(Restored),
    /// An earlier call had finished it; nothing was written.
    Before {
        /// True.
        finished_before: bool,
        /// The snapshot's id.
        id: Uuid,
    },
}

fn said(place: &Place, restored: &Restored) -> String {
    format!(
        "restored snapshot {} into {} at {}: {}, {}",
        restored.id,
        place.topics.inputs,
        place.store.location(),
        held(restored.accounts, restored.inputs, restored.partitions),
        counted(restored.profiles, "published profile")
    )
}

fn next_steps(args: &Args, place: &Place) -> anyhow::Result<ExitCode> {
    let (prefix, group) = (place.config.topics.prefix.as_str(), place.config.group.as_str());
    for text in [
        format!(
            "- `buymode run` goes on from here, and scores the inputs behind the states. Consumer group \
             {prefix}{group} must have no offsets."
        ),
        format!(
            "- `buymode audit --from {}` proves what follows; keep the file for it, or save a new one.",
            args.file.display()
        ),
        "- Decisions that the old log made after the snapshot was taken may be made again, under the same ids, by \
         which subscribers know them."
            .to_owned(),
        "- The desk begins anew: where you deliver, publish the roster again with `buymode deliver publish`. Earlier \
         decisions are not delivered again."
            .to_owned(),
        "- Send what the old log took in after the snapshot was taken again; inputs that the snapshot has \
         count once."
            .to_owned(),
    ] {
        prose(&text)?;
    }
    Ok(ExitCode::SUCCESS)
}
