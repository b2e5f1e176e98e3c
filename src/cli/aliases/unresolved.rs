//! `buymode aliases unresolved`: accounts that may be another company's, with the accounts that may
//! be meant.

use super::{Did, change, reading};
use crate::admin::place::Place;
use crate::aliases::change::{Change, Said};
use crate::aliases::unresolved::{Because, Parked, unresolved};
use crate::cli::answer;
use crate::cli::output::{self, aside};
use crate::cli::place::PlaceArgs;
use crate::domain::terms::account::AccountKey;
use crate::report::words::counted;
use comfy_table::{Table, presets};
use schemars::JsonSchema;
use serde::Serialize;
use std::process::ExitCode;

/// Lists accounts that may be another company's, with accounts that may be meant; most evidence first
///
/// same_name: it holds evidence but its company is not known, or it has a vendor's key and bears the name
/// of one with a domain. same_site: the source names a website that is another account's, such as its
/// buyer's. new_site: the source has named the company under another website since.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  buymode aliases unresolved --config deploy/buymode.yaml\n\n\
    `buymode aliases add name:us:acmerobotics acmerobotics.com` lets the evidence of one flow on.\n\
    Look through them, then accept all that have one suggestion:\n  \
    buymode aliases unresolved --accept --yes --config deploy/buymode.yaml")]
pub(super) struct Unresolved {
    /// Make each account with exactly one suggestion of the same name an alias of it; shows them first,
    /// and writes only with --yes. The other suggestions are a person's choice
    #[arg(long)]
    accept: bool,
    /// Write what --accept shows
    #[arg(long, requires = "accept")]
    yes: bool,
    #[command(flatten)]
    place: PlaceArgs,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

/// An account that may be another's or, with `--accept`, what became of one.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::cli) enum Answer<'a> {
    /// Without `--accept`.
    Parked(&'a Parked),
    /// With it.
    Accepted(Did<'a>),
}

pub(super) fn run(args: &Unresolved) -> anyhow::Result<ExitCode> {
    let place = args.place.open()?;
    let all = unresolved(&reading(&place).states(&|_| true, &Some)?);
    if args.accept {
        return accept(args, &place, &all);
    }
    if args.json {
        for parked in &all {
            if !answer::line(&Answer::Parked(parked))? {
                break;
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut shown = Table::new();
    shown.load_style(presets::UTF8_FULL_CONDENSED);
    shown.set_header(["account", "evidence", "newest", "for example", "may be", "because"]);
    for parked in &all {
        let keys: Vec<&str> = parked.suggestions.iter().map(AccountKey::as_str).collect();
        shown.add_row([
            parked.account.to_string(),
            parked.evidence.to_string(),
            parked.newest.map(|day| day.to_string()).unwrap_or_default(),
            parked.examples.join("\n"),
            keys.join("\n"),
            parked.because.to_string().replace('_', " "),
        ]);
    }
    output::line(&shown.to_string())?;
    Ok(ExitCode::SUCCESS)
}

/// Where one account alone may be meant, it is; several are a person's choice.
fn accept(args: &Unresolved, place: &Place, all: &[Parked]) -> anyhow::Result<ExitCode> {
    let sure: Vec<(&Parked, &AccountKey)> = all
        .iter()
        .filter_map(|parked| match &parked.suggestions[..] {
            [only] if parked.because == Because::SameName => Some((parked, only)),
            _ => None,
        })
        .collect();
    let wishes: Vec<Change> = sure
        .iter()
        .map(|(parked, account)| Change::Add {
            alias: parked.account.clone(),
            account: (*account).clone(),
            reason: Some("the same name".into()),
        })
        .collect();
    let done = match args.yes {
        false => Vec::new(),
        true => {
            let said = Said { source: "person".into(), ..Said::default() };
            change(place, &said, &wishes)?
        }
    };
    let mut refused = 0;
    for (at, (parked, account)) in sure.iter().enumerate() {
        let did = match done.get(at) {
            None => "would become",
            Some(Ok(_)) => "is now",
            Some(Err(_)) => "could not become",
        };
        let why = match done.get(at) {
            Some(Err(why)) => {
                refused += 1;
                format!(": {why}")
            }
            _ => String::new(),
        };
        let from = &parked.account;
        let text = match args.json {
            true => answer::text(&Answer::Accepted(Did { alias: from, account, did })),
            false => format!("{from} {did} an alias of {account}{why}"),
        };
        output::line(&text)?;
    }
    let others = all.len() - sure.len();
    let accounts = counted(sure.len() as u64, "account");
    aside(&format!(
        "buymode: {accounts} with one suggestion of the same name; {others} more for `buymode aliases add`{}",
        if args.yes { "" } else { "; nothing was written, add --yes to accept them" }
    ));
    Ok(if refused > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
