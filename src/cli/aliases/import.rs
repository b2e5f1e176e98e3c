//! `buymode aliases import`: many aliases from a file.

use super::{output, reading};
use crate::aliases::Held;
use crate::aliases::change::{Said, foresee};
use crate::aliases::file::AliasFile;
use crate::cli::answer;
use crate::cli::interrupt::ends_at_once;
use crate::cli::place::WritableArgs;
use comfy_table::{Table, presets};
use schemars::JsonSchema;
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;

/// Adds the aliases of a file: CSV with the columns alias, account and perhaps reason, or JSON with
/// groups `{"from": […], "to": […]}` and `{"shared": […]}`
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    buymode aliases import aliases.csv --dry-run --config deploy/buymode.yaml\n  \
    buymode aliases import owners.json --shared --embedded ./data\n\n\
    Pairs that chain together are joined; a later one that gives an alias another account is refused. \
    The account of a group is one that is not an alias in the \
    file; of several the one that has aliases already, then a .com, then the one that the file names \
    first. Domains that share an owner's credentials are not always one company to sales \
    (a holding's brands are not): groups `shared`, and groups `from` whose domains are not said to \
    be obsolete (`fromDomainsAreObsoleted`), are read only with --shared, and have no \
    direction. A host below a domain, as that of one customer of many, is not an alias: it does \
    not speak for its domain.")]
pub(super) struct Import {
    /// The file; JSON where its name ends so
    file: PathBuf,
    /// Also groups of domains that only share an owner
    #[arg(long)]
    shared: bool,
    /// Says what would be done, and writes nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    place: WritableArgs,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

/// What became of the aliases of a file.
#[derive(Serialize, JsonSchema)]
pub(in crate::cli) struct Answer {
    /// Nothing was written; the counts say what would be.
    dry_run: bool,
    /// Aliases that are new.
    added: usize,
    /// Aliases that were there before.
    known: usize,
    /// Aliases of groups, which `--shared` takes in.
    left_out: usize,
    /// Hosts below a domain, left out.
    hosts: usize,
    /// Why aliases were refused, a sentence each.
    refused: Vec<String>,
}

pub(super) fn run(args: &Import) -> anyhow::Result<ExitCode> {
    let mut read = AliasFile::read(&args.file, args.shared)?;
    let place = args.place.open()?;
    let mut held = Held { known: reading(&place).known()?, moved: reading(&place).moved()? };
    let changes = read.changes(&held);
    let name = args.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let said =
        Said { source: name.into(), reason: None, by: std::env::var("USER").ok().map(Into::into) };
    let done = if args.dry_run {
        foresee(&mut held, &said, &changes)
    } else {
        ends_at_once(|| {
            "an import writes 500 aliases at a time; `buymode aliases list` shows those that are \
             written; run it again to go on"
                .to_owned()
        })?;
        super::change(&place, &said, &changes)?
    };
    let new = done.iter().filter(|d| d.as_ref().is_ok_and(|d| d.new)).count();
    let already = done.iter().filter(|d| d.as_ref().is_ok_and(|d| !d.new)).count();
    let refused: Vec<String> =
        read.refused.into_iter().chain(done.into_iter().filter_map(Result::err)).collect();
    if args.json {
        answer::line(&Answer {
            dry_run: args.dry_run,
            added: new,
            known: already,
            left_out: read.left_out,
            hosts: read.hosts,
            refused,
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut shown = Table::new();
    shown.load_style(presets::UTF8_FULL_CONDENSED);
    shown.set_header([if args.dry_run { "would be" } else { "were" }, "aliases"]);
    shown.add_row(["added".to_owned(), new.to_string()]);
    shown.add_row(["known already".to_owned(), already.to_string()]);
    shown.add_row(["refused".to_owned(), refused.len().to_string()]);
    shown.add_row(["left out (groups, without --shared)".to_owned(), read.left_out.to_string()]);
    shown.add_row(["hosts below a domain, left out".to_owned(), read.hosts.to_string()]);
    output::line(&shown.to_string())?;
    for why in &refused {
        output::line(&format!("refused: {why}"))?;
    }
    Ok(ExitCode::SUCCESS)
}
