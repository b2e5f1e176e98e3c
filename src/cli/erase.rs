//! `buymode erase`.

use super::answer;
use super::interrupt::ends_at_once;
use super::output::{Bar, prose};
use super::place::WritableArgs;
use crate::admin::erase::{
    Elsewhere, Erasure, Whose, erase, lift, of_person as elsewhere_of_person,
};
use crate::admin::place::Place;
use crate::admin::progress::Meter;
use crate::aliases;
use crate::deliver::leave::{Left, leave};
use crate::deliver::publish::Desk;
use crate::domain::evidence::signal::bounded;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::plain::plain;
use crate::report::words::counted;
use anyhow::{Context, bail};
use schemars::JsonSchema;
use serde::Serialize;
use std::process::ExitCode;

/// Writes what ends a person's data in a log: a contact's, a salesperson's, or all of an account
///
/// A contact's signals are taken back, and the next `buymode run` forgets them. An account's are too, and it is
/// suppressed for good, so that no later record brings it back to a sequencer: no source lifts that, only --lift
/// does. A salesperson is taken out of the roster in force. Earlier records stay in the topics until retention deletes
/// them, or until `buymode topics copy` copies the log without them: the answer names every topic that holds the same
/// characters after that. The same command again does nothing twice.
#[derive(Debug, clap::Args)]
#[command(
    group(clap::ArgGroup::new("whose").required(true).args(["contact", "person", "account"])),
    after_help = "Examples:\n  \
    buymode erase --contact c-1871 --config deploy/buymode.yaml\n  \
    buymode erase --account acme.com --dry-run --embedded ./buymode-data --json\n  \
    buymode erase --account acme.com --lift --config deploy/buymode.yaml\n  \
    buymode erase --person ana --config deploy/buymode.yaml"
)]
pub(super) struct Args {
    /// The contact's id, as sources name it in `contact`
    #[arg(long, value_name = "ID")]
    contact: Option<String>,
    /// The short name of a person of the roster
    #[arg(long, value_name = "NAME")]
    person: Option<String>,
    /// The account: a domain, a website or a typed key
    #[arg(long, value_name = "KEY")]
    account: Option<String>,
    /// Take the erasure of the account back: its later records count again
    #[arg(long, requires = "account")]
    lift: bool,
    /// Show what would be done, write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    place: WritableArgs,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

/// The records that were written, and where the same characters stay.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Answer<'a> {
    /// Of a contact or an account.
    Erased(&'a Erasure),
    /// With `--lift`.
    Lifted {
        /// The account whose erasure is taken back.
        lifted: &'a AccountKey,
        /// Records written; 0 with `--dry-run`.
        written: u64,
    },
    /// Of a person of the roster.
    Left {
        #[serde(flatten)]
        left: &'a Left,
        /// Topics that hold the same characters after that.
        elsewhere: &'a [Elsewhere],
    },
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if let Some(person) = &args.person {
        return of_person(args, person);
    }
    let whose = match (&args.contact, &args.account) {
        (Some(id), _) => {
            let text =
                bounded(id).with_context(|| format!("invalid contact {id:?}: it is empty"))?;
            if text.as_str() != id {
                bail!("invalid contact {id:?}; use the id as it stands in the signals");
            }
            Whose::Contact(text)
        }
        (_, Some(raw)) => {
            let key = aliases::key(raw).with_context(|| format!("invalid account {raw:?}"))?;
            Whose::Account(key)
        }
        _ => bail!("no one is named; use --contact, --person or --account"),
    };
    let place = args.place.open()?;
    let bar = Bar::new("{msg}")?;
    ends_at_once(|| "not all was written; the same command goes on".to_owned())?;
    let mut show = |at| bar.show(at);
    if let (true, Whose::Account(account)) = (args.lift, &whose) {
        let written = lift(&place, account, args.dry_run, &mut Meter::new(&mut show))?;
        bar.clear();
        return said_of_lift(args, account, written);
    }
    let erasure = erase(&place, &whose, args.dry_run, &mut Meter::new(&mut show))?;
    bar.clear();
    if args.json {
        answer::lines(&Answer::Erased(&erasure))?;
    } else {
        for text in said(args, &place, &whose, &erasure) {
            prose(&text)?;
        }
    }
    // A script must not take it for done.
    anyhow::ensure!(erasure.is_known, whose.unknown());
    Ok(ExitCode::SUCCESS)
}

fn said(args: &Args, place: &Place, whose: &Whose, erasure: &Erasure) -> Vec<String> {
    let name = match whose {
        Whose::Contact(id) => format!("contact {}", plain(id)),
        Whose::Account(account) => format!("account {account}"),
    };
    let signals = counted(erasure.signals, "signal");
    let of = counted(erasure.accounts, "account");
    let mut lines = vec![format!(
        "{name}: {signals} of {of}, {} erased before; {}",
        erasure.erased_before,
        match args.dry_run {
            true => "nothing was written (--dry-run)".to_owned(),
            false => format!("{} written", counted(erasure.written, "record")),
        }
    )];
    if erasure.written > 0 {
        lines.push(
            "The next `buymode run` forgets them. States in the accounts topic are replaced when it is compacted."
                .to_owned(),
        );
    }
    if erasure.signals > 0 || erasure.written > 0 {
        lines.push(format!(
            "{} still holds the records themselves: `buymode topics copy` leaves them out; then delete the old \
             topics (docs: people's data).",
            place.topics.inputs
        ));
    }
    lines.extend(held(&erasure.elsewhere));
    lines
}

fn said_of_lift(args: &Args, account: &AccountKey, written: u64) -> anyhow::Result<ExitCode> {
    if args.json {
        answer::lines(&Answer::Lifted { lifted: account, written })?;
    } else if args.dry_run {
        prose(&format!("account {account}: it is erased; nothing was written (--dry-run)"))?;
    } else {
        prose(&format!(
            "account {account}: no longer erased. Records that are sent from now on count; those that were erased stay so."
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The topics that hold a name, if any.
fn held(elsewhere: &[Elsewhere]) -> Vec<String> {
    if elsewhere.is_empty() {
        return Vec::new();
    }
    let mut lines =
        vec!["The same characters stay in these topics (docs: people's data):".to_owned()];
    let topics = elsewhere.iter();
    lines.extend(topics.map(|of| format!("- {}: {}", of.topic, counted(of.records, "record"))));
    lines
}

fn of_person(args: &Args, person: &str) -> anyhow::Result<ExitCode> {
    let place = args.place.open()?;
    let mut desk = Desk {
        store: &*place.store,
        codec: place.codec.clone(),
        topics: &place.topics,
        prefix: place.config.topics.prefix.as_str(),
    };
    if person.trim().is_empty() {
        bail!("invalid person {person:?}; use the short name of a person");
    }
    let left = leave(&mut desk, person, None, args.dry_run)?;
    let bar = Bar::new("{msg}")?;
    let mut show = |at| bar.show(at);
    let elsewhere = elsewhere_of_person(&place, person, &mut Meter::new(&mut show))?;
    bar.clear();
    if args.json {
        answer::lines(&Answer::Left { left: &left, elsewhere: &elsewhere })?;
        return Ok(ExitCode::SUCCESS);
    }
    for text in said_of_person(args, &place, person, &left).into_iter().chain(held(&elsewhere)) {
        prose(&text)?;
    }
    if elsewhere.iter().any(|of| !place.topics.is_desk(&of.topic)) {
        prose(
            "Where the name is an account's owner, give the account another one in the CRM and send its company \
             again (docs: people's data). A copy of the log keeps it.",
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

fn said_of_person(args: &Args, place: &Place, person: &str, left: &Left) -> Vec<String> {
    let (person, desk) = (plain(person), &place.topics.desk);
    let published = match (left.roster, args.dry_run) {
        (Some(number), _) => format!("published roster {number} without this person"),
        (None, true) => "nothing was written (--dry-run)".to_owned(),
        (None, false) => "the roster in force does not name this person".to_owned(),
    };
    let mut lines = vec![format!("person {person}: {published}")];
    if left.roster.is_some() {
        lines.push(
            "Take the person out of your roster file too: publishing it brings them back. Take the secrets \
             that only this person's messages needed out of their places."
                .to_owned(),
        );
    }
    if let Some(next) = left.next_offset {
        lines.push(format!(
            "{desk} still has {} with this person's names and addresses, before offset {next}: save a snapshot, \
             then delete the records of {desk} before its offset (docs: people's data). A copy of the log has none \
             of them.",
            counted(left.rosters, "roster")
        ));
    }
    if left.words > 0 {
        let words = counted(left.words, "word");
        lines.push(format!("{words} of this person name them by the short name alone."));
    }
    lines
}
