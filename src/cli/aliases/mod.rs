//! `buymode aliases`: which accounts are the same company. The aliases topic lists the aliases
//! that hold, for people and tools. Each change is also a record of the inputs topic, so that the
//! log itself moves the evidence that it has and forwards later records.

pub(super) mod filing;
pub(in crate::cli) mod import;
pub(in crate::cli) mod unresolved;

use super::answer;
use super::explain::of_name;
use super::output;
use super::place::{PlaceArgs, WritableArgs};
use crate::admin::accounts;
use crate::admin::place::Place;
use crate::aliases::change::{Change, Done, Said};
use crate::aliases::read::Reading;
use crate::aliases::{self, table};
use crate::domain::evidence::signal::bounded;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::plain::plain;
use crate::domain::terms::time::Timestamp;
use anyhow::{Context, bail};
use clap::Subcommand;
use comfy_table::{Table, presets};
use schemars::JsonSchema;
use serde::Serialize;
use std::process::ExitCode;

/// The source of an alias that the aliases topic does not know.
const LOG: &str = "log";

/// Says which accounts are the same company: rebrands, second domains, names that were resolved
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(List),
    Add(Add),
    Remove(Remove),
    Import(import::Import),
    Unresolved(unresolved::Unresolved),
}

/// Lists the aliases that hold
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  buymode aliases list --config deploy/buymode.yaml --json\n\n\
    Aliases with source `log` are only in the log: a vendor's mapping made them, or they were \
    removed just now and `buymode run` has not read that yet.")]
struct List {
    #[command(flatten)]
    place: PlaceArgs,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

/// Makes an account an alias of another: its evidence flows there, now and later
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    buymode aliases add acme.io acme.com --reason \"rebrand\" --config deploy/buymode.yaml\n  \
    buymode aliases add name:us:acmerobotics acmerobotics.com --embedded ./data\n\n\
    A subsidiary is not an alias: it keeps its own account and names its parent.")]
struct Add {
    /// The account that is merged: a website, a domain, a typed key or a company's name
    alias: String,
    /// The account it belongs to
    account: String,
    /// Why; kept with the alias
    #[arg(long, visible_alias = "note", value_name = "TEXT")]
    reason: Option<String>,
    /// Who says so
    #[arg(long, value_name = "NAME", env = "USER", hide_env = true)]
    by: Option<String>,
    #[command(flatten)]
    place: WritableArgs,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

/// Undoes an alias: the evidence that came from it goes back to it
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  buymode aliases remove acme.io --config deploy/buymode.yaml")]
struct Remove {
    /// The alias
    alias: String,
    #[command(flatten)]
    place: WritableArgs,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::List(args) => list(&args),
        Command::Add(args) => add(&args),
        Command::Remove(args) => remove(&args),
        Command::Import(args) => import::run(&args),
        Command::Unresolved(args) => unresolved::run(&args),
    }
}

/// An alias that holds.
#[derive(Serialize, JsonSchema)]
pub(in crate::cli) struct Answer<'a> {
    alias: &'a AccountKey,
    /// The account it belongs to.
    account: &'a AccountKey,
    /// When it was added; null where only the log knows it.
    since: Option<Timestamp>,
    /// Where it comes from: a person, a file, or the log alone (`log`).
    source: &'a str,
    /// Why.
    reason: Option<&'a str>,
    /// By whom.
    added_by: Option<&'a str>,
}

/// What became of one alias.
#[derive(Serialize, JsonSchema)]
pub(in crate::cli) struct Did<'a> {
    alias: &'a AccountKey,
    /// The account it belongs to, or belonged to.
    account: &'a AccountKey,
    /// `added`, `known` (it was one already) or `removed`; of `unresolved --accept` `would become`, `is now` or
    /// `could not become`.
    did: &'a str,
}

/// An account by its key, its website or, where one company has it, by the company's name.
fn key(place: &Place, raw: &str) -> anyhow::Result<AccountKey> {
    let why = match aliases::key(raw) {
        Ok(key) => return Ok(key),
        Err(why) => why,
    };
    let partitions = place.partitions()?;
    if accounts::named(place, raw, partitions)?.is_empty() {
        return Err(why).with_context(|| format!("invalid account {raw:?}"));
    }
    of_name(place, raw, None, partitions)
}

/// What holds at a place.
fn reading(place: &Place) -> Reading<'_> {
    Reading { store: &*place.store, codec: place.codec.clone(), topics: &place.topics }
}

/// Makes changes at a place; what became of each.
fn change(
    place: &Place,
    said: &Said,
    changes: &[Change],
) -> anyhow::Result<Vec<Result<Done, String>>> {
    let clock = place.clock()?;
    let id = format!("{}buymode-aliases", place.config.topics.prefix.as_str());
    table::change(&reading(place), &id, clock, said, changes)
}

fn list(args: &List) -> anyhow::Result<ExitCode> {
    let place = args.place.open()?;
    let (known, mut moved) = (reading(&place).known()?, reading(&place).moved()?);
    moved.retain(|alias, _| !known.contains_key(alias));
    if args.json {
        let said = known.iter().map(|(alias, record)| Answer {
            alias,
            account: &record.account,
            since: Some(record.since),
            source: &record.source,
            reason: record.reason.as_deref(),
            added_by: record.by.as_deref(),
        });
        let told = moved.iter().map(|(alias, account)| Answer {
            alias,
            account,
            since: None,
            source: LOG,
            reason: None,
            added_by: None,
        });
        for alias in said.chain(told) {
            if !answer::line(&alias)? {
                break;
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut shown = Table::new();
    shown.load_style(presets::UTF8_FULL_CONDENSED);
    shown.set_header(["alias", "account", "since", "by", "source", "reason"]);
    for (alias, record) in &known {
        let text =
            |t: &Option<crate::domain::Text>| plain(t.as_deref().unwrap_or_default()).into_owned();
        shown.add_row([
            alias.to_string(),
            record.account.to_string(),
            record.since.day().to_string(),
            text(&record.by),
            plain(&record.source).into_owned(),
            text(&record.reason),
        ]);
    }
    for (alias, account) in &moved {
        shown.add_row([alias.as_str(), account.as_str(), "", "", LOG, ""]);
    }
    output::line(&shown.to_string())?;
    Ok(ExitCode::SUCCESS)
}

fn add(args: &Add) -> anyhow::Result<ExitCode> {
    let place = args.place.open()?;
    let (alias, account) = (key(&place, &args.alias)?, key(&place, &args.account)?);
    let said = Said {
        source: "person".into(),
        reason: args.reason.as_deref().and_then(bounded),
        by: args.by.as_deref().and_then(bounded),
    };
    let wish = Change::Add { alias: alias.clone(), account, reason: said.reason.clone() };
    let done = change(&place, &said, &[wish])?.remove(0);
    let added = done.map_err(anyhow::Error::msg)?;
    let account = added.account.clone();
    report(args.json, &alias, &account, if added.new { "added" } else { "known" })
}

fn remove(args: &Remove) -> anyhow::Result<ExitCode> {
    let place = args.place.open()?;
    let alias = key(&place, &args.alias)?;
    let wish = Change::Remove { alias: alias.clone() };
    let done = change(&place, &Said::default(), &[wish])?.remove(0);
    let removed = done.map_err(anyhow::Error::msg)?;
    report(args.json, &alias, &removed.account, "removed")
}

fn report(
    json: bool,
    alias: &AccountKey,
    account: &AccountKey,
    did: &str,
) -> anyhow::Result<ExitCode> {
    let line = match did {
        _ if json => answer::text(&Did { alias, account, did }),
        "added" => format!("{alias} is now an alias of {account}"),
        "known" => format!("{alias} is already an alias of {account}; nothing was written"),
        "removed" => format!("alias removed; {alias} gets its data back"),
        other => bail!("internal: unknown outcome {other}"),
    };
    output::line(&line)?;
    Ok(ExitCode::SUCCESS)
}
