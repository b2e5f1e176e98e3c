//! `buymode deliver resume DESTINATION`: a disabled destination is tried again.

use crate::cli::answer;
use crate::cli::deliver::who;
use crate::cli::output::line;
use crate::cli::place::WritableArgs;
use crate::deliver::publish::Desk;
use crate::deliver::roster::RosterRead;
use crate::desk::ids::DestinationId;
use crate::domain::account::outbox::Health;
use crate::log::Output;
use crate::log::transact::{Failure, Found, Transactor};
use anyhow::{Context, bail};
use schemars::JsonSchema;
use serde::Serialize;
use std::process::ExitCode;

/// Has a destination tried again that takes no more messages: it had answered 410, or failed for days
///
/// What failed meanwhile is not sent by this; `buymode deliver replay` does that.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  buymode deliver resume hook --config deploy/buymode.yaml")]
pub(super) struct Args {
    /// The destination, by its name in the roster
    destination: String,
    #[command(flatten)]
    place: WritableArgs,
    /// Your name, for the desk's log [default: the login's name, $USER]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

/// A destination that is tried again.
#[derive(Serialize, JsonSchema)]
pub(in crate::cli) struct Answer<'a> {
    destination: &'a str,
    /// Always true.
    resumed: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let place = args.place.open()?;
    let (store, topics) = (&*place.store, &place.topics);
    let prefix = place.config.topics.prefix.as_str();
    let mut codec = place.codec.clone();
    let mut desk = Desk { store, codec: codec.clone(), topics, prefix };
    let name = args.destination.as_str();
    let published =
        desk.latest()?.context("no roster was published; use `buymode deliver publish FILE`")?;
    if let Ok(roster) = RosterRead::of(&published.text).roster
        && !roster.destinations.contains_key(&DestinationId::from(name))
    {
        let known: Vec<&str> = roster.destinations.keys().map(|id| id.as_str()).collect();
        bail!("invalid destination {name}: use one of {}", known.join(", "));
    }
    let by = who(args.by.as_deref());
    let health = Health { destination: name.into(), is_disabled: false, why: None, by };
    let mut value = Vec::new();
    codec.encode_health(&topics.desk, &health, &mut value)?;
    let output = Output {
        topic: &topics.desk,
        partition: Some(0),
        value: Some(&value),
        ..Output::default()
    };
    let mut writer = Transactor::open(store, &format!("{prefix}buymode-replayer"))?;
    // Twice does what once does.
    let mut look = || Ok::<Found, Failure>(Found::Unseen);
    writer.write(&mut |writer| writer.send(&output), &mut look)?;
    match args.json {
        true => answer::line(&Answer { destination: name, resumed: true })?,
        false => line(&format!("{name} is tried again"))?,
    };
    Ok(ExitCode::SUCCESS)
}
