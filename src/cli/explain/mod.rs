//! `buymode explain ACCOUNT`: an account's state, from the log alone; no instance need run.

mod show;

use super::place::PlaceArgs;
use crate::admin::accounts::{self, Found};
use crate::admin::place::Place;
use crate::admin::traces;
use crate::cli::answer;
use crate::cli::output::line;
use crate::console::{Explained, explain};
use crate::domain::terms::account::AccountKey;
use crate::log::trace::Trace;
use crate::mapping::identity;
use crate::runtime::worker::now_ms;
use anyhow::{Context, bail};
use std::process::ExitCode;

/// Explains an account: fit criterion by criterion, each contribution with its decay, its stage,
/// every report of each event, and what would have to happen to enter or leave
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  buymode explain acme.com --config deploy/buymode.yaml\n  \
    buymode explain \"Acme Robotics\" --embedded ./data --json")]
pub(super) struct Args {
    /// The account's domain, website or typed key (`crunchbase:acme`), or the company's name
    account: String,
    #[command(flatten)]
    place: PlaceArgs,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let place = args.place.open()?;
    let explained = look_up_in(&place, &args.account)?;
    let trace_id = traces::last(&place, &explained.account)?.map(Trace::id_text);
    if args.json {
        answer::lines(&Answer { explained: &explained, trace_id })?;
    } else {
        show::print(&explained)?;
        if let Some(id) = trace_id {
            line(&format!("trace of its last decision: {id}"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The explanation, which follows from the log's values, and what a header says beside it.
#[derive(serde::Serialize, schemars::JsonSchema)]
pub(super) struct Answer<'a> {
    #[serde(flatten)]
    explained: &'a Explained,
    /// Of the account's last decision; none where traces are off, or did not keep it.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
}

/// The account as it stands now, by its key, its website or its company's name.
pub(super) fn look_up(name: &str, place: &PlaceArgs) -> anyhow::Result<Explained> {
    look_up_in(&place.open()?, name)
}

/// The same, of a log that is open.
pub(super) fn look_up_in(place: &Place, name: &str) -> anyhow::Result<Explained> {
    let partitions = place.partitions()?;
    // As typed, and as the company's own domain: a website is a fine way to name an account.
    let typed = AccountKey::parse(name).ok();
    let resolved = identity::resolve(name).ok();
    let mut keys: Vec<AccountKey> = typed.into_iter().chain(resolved).collect();
    keys.dedup();
    for key in &keys {
        let Found { partition, state, world, time } = accounts::find(place, key, partitions)?;
        if let Some(state) = state {
            let now = place.clock()?.as_of(time, now_ms());
            return Ok(explain(&world, key, &state, partition, now));
        }
    }
    let key = of_name(place, name, keys.first(), partitions)?;
    let Found { partition, state, world, time } = accounts::find(place, &key, partitions)?;
    let state = state.with_context(|| format!("account {key} was removed just now"))?;
    let now = place.clock()?.as_of(time, now_ms());
    Ok(explain(&world, &key, &state, partition, now))
}

/// The one account of a company of this name.
///
/// # Errors
/// Where there is none, or several: the message lists them.
pub(super) fn of_name(
    place: &Place,
    name: &str,
    key: Option<&AccountKey>,
    partitions: i32,
) -> anyhow::Result<AccountKey> {
    let found = accounts::named(place, name, partitions)?;
    match &found[..] {
        [(account, _)] => return Ok(account.clone()),
        [] => {}
        several => {
            let listed: Vec<String> = several
                .iter()
                .take(LISTED_MAX)
                .map(|(account, called)| format!("{account} ({called})"))
                .collect();
            bail!(
                "{} companies are called {name:?}; use the account of one: {}",
                several.len(),
                listed.join(", ")
            );
        }
    }
    let near = match key {
        Some(key) => accounts::near(place, key, partitions)?,
        None => Vec::new(),
    };
    let hint = match near.len() {
        0 => String::new(),
        _ => format!("; did you mean {}?", near.join(", ")),
    };
    let called = key.map_or_else(|| format!("{name:?}"), ToString::to_string);
    bail!(
        "account {called} is not known at {}, neither by its key nor by a company's name{hint}",
        place.store.location()
    )
}

/// More accounts of one name are not listed.
const LISTED_MAX: usize = 10;
