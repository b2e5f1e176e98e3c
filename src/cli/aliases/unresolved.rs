//! `buymode aliases unresolved`: accounts that hold evidence, but whose company is unknown or
//! may be one that has a domain; with the accounts that may be meant.

use super::reading;
use crate::aliases::unresolved::unresolved;
use crate::cli::output;
use crate::cli::place::PlaceArgs;
use crate::domain::terms::account::AccountKey;
use comfy_table::{Table, presets};
use std::process::ExitCode;

/// Lists accounts that hold evidence but whose company is not known, and those under a vendor's key
/// that bear the name of one with a domain, with accounts that may be meant; most evidence first
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  buymode aliases unresolved --config deploy/buymode.yaml\n\n\
    `buymode aliases add name:us:acmerobotics acmerobotics.com` lets the evidence of one flow on.")]
pub(super) struct Unresolved {
    #[command(flatten)]
    place: PlaceArgs,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Unresolved) -> anyhow::Result<ExitCode> {
    let place = args.place.open()?;
    let all = unresolved(&reading(&place).states(&|_| true, &Some)?);
    if args.json {
        for parked in &all {
            if !output::line(&serde_json::to_string(parked)?)? {
                break;
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut shown = Table::new();
    shown.load_style(presets::UTF8_FULL_CONDENSED);
    shown.set_header(["account", "evidence", "newest", "for example", "may be"]);
    for parked in &all {
        let keys: Vec<&str> = parked.suggestions.iter().map(AccountKey::as_str).collect();
        shown.add_row([
            parked.account.to_string(),
            parked.evidence.to_string(),
            parked.newest.to_string(),
            parked.examples.join("\n"),
            keys.join("\n"),
        ]);
    }
    output::line(&shown.to_string())?;
    Ok(ExitCode::SUCCESS)
}
