//! `buymode explain ACCOUNT`: an account's state, from the log alone; no instance need run.

mod show;

use super::place::PlaceArgs;
use crate::admin::accounts::{self, Found};
use crate::console::{Explained, explain};
use crate::domain::terms::account::AccountKey;
use crate::mapping::identity;
use crate::runtime::worker::now_ms;
use anyhow::bail;
use std::process::ExitCode;

/// Explains an account: fit criterion by criterion, each contribution with its decay, its stage,
/// every report of each event, and what would have to happen to enter or leave
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  buymode explain acme.com --config deploy/buymode.yaml\n  \
    buymode explain crunchbase:acme --embedded ./data --json")]
pub(super) struct Args {
    /// The account's domain, website or typed key (`crunchbase:acme`)
    account: String,
    #[command(flatten)]
    place: PlaceArgs,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let explained = look_up(&args.account, &args.place)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&explained)?);
    } else {
        show::print(&explained)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The account as it stands now, or names that may have been meant.
pub(super) fn look_up(name: &str, place: &PlaceArgs) -> anyhow::Result<Explained> {
    // As typed, and as the company's own domain: a website is a fine way to name an account.
    let typed = AccountKey::parse(name).ok();
    let resolved = identity::resolve(name);
    let account = match (&typed, &resolved) {
        (Some(typed), _) => typed.clone(),
        (None, Ok(resolved)) => resolved.clone(),
        (None, Err(error)) => bail!("invalid account {name:?}: {error}"),
    };
    let place = place.open()?;
    let partitions = place.partitions()?;
    let candidates = [Some(account.clone()), resolved.ok().filter(|key| *key != account)];
    let mut found = None;
    for key in candidates.into_iter().flatten() {
        let Found { partition, state, world, time } = accounts::find(&place, &key, partitions)?;
        if let Some(state) = state {
            found = Some((key, partition, state, world, time));
            break;
        }
    }
    let Some((account, partition, state, world, time)) = found else {
        let near = accounts::near(&place, &account, partitions)?;
        let hint = if near.is_empty() {
            String::new()
        } else {
            format!("; did you mean {}?", near.join(", "))
        };
        bail!("account {account} is not known at {}{hint}", place.store.location());
    };
    let now = place.clock()?.as_of(time, now_ms());
    Ok(explain(&world, &account, &state, partition, now))
}
