//! `buymode deliver rehearse FILE`: what a roster would have sent.

use crate::cli::answer;
use crate::cli::output;
use crate::cli::place::PlaceArgs;
use crate::deliver::given::decisions;
use crate::deliver::message::email::text;
use crate::deliver::rehearse::{Moved, Rehearsal, Sent, rehearse};
use crate::deliver::roster::RosterRead;
use crate::desk::ids::{DestinationId, PersonId};
use crate::desk::roster::Roster;
use crate::domain::terms::time::{DAY_MS, Timestamp};
use crate::engine::scorer::Clock;
use crate::report::layout::rows;
use crate::report::words::{count, counted};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::SystemTime;

/// Shows what a roster would have sent of the decisions in the log: who would have got what, when and
/// why, and what caps and working hours would have moved
///
/// Nothing is sent, and no secret is read. The days are counted back from now; in a history, from its
/// last decision.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
    buymode deliver rehearse deploy/roster.yaml --days 30 --config deploy/buymode.yaml")]
pub(super) struct Args {
    /// The roster, as YAML
    file: PathBuf,
    /// Days to look back (1 to 400)
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=400))]
    days: u16,
    /// Messages to show in full
    #[arg(long, default_value_t = 10)]
    messages: usize,
    #[command(flatten)]
    place: PlaceArgs,
    /// Print JSON, one object, with every message
    #[arg(long)]
    json: bool,
}

/// More lines of who got what are not printed; JSON has them all.
const LINES_MAX: usize = 200;

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let roster = match RosterRead::read(&args.file)?.roster {
        Ok(roster) => Arc::new(roster),
        Err(errors) => {
            let said: Vec<String> = errors.iter().map(|e| e.shown(&args.file, "")).collect();
            anyhow::bail!(said.join("; "));
        }
    };
    let place = args.place.open()?;
    let mut codec = place.codec.clone();
    let given = decisions(&*place.store, &mut codec, &place.topics.route_prefix)?;
    let last = given.iter().map(|one| one.decision.written.time).max();
    let to = match place.clock()? {
        Clock::Live => now(),
        Clock::History => last.unwrap_or_else(now),
    };
    let from = Timestamp(to.0 - i64::from(args.days) * DAY_MS);
    let rehearsal = rehearse(&roster, given, from, to);
    if args.json {
        answer::line(&Answer::of(&rehearsal))?;
    } else {
        output::whole(&for_people(&roster, &rehearsal, args.messages))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

pub(in crate::cli) fn minute(at: Timestamp) -> String {
    at.to_rfc3339()[..16].replace('T', " ")
}

fn for_people(roster: &Roster, rehearsal: &Rehearsal, messages: usize) -> String {
    let columns = output::page_columns();
    let mut page = format!(
        "{} to {} (UTC). Nothing was sent.\n\n",
        minute(rehearsal.from),
        minute(rehearsal.to)
    );
    page += &section("Destinations", destinations(rehearsal), columns);
    page += &section("People", people(roster, rehearsal), columns);
    page += &section("Moved", moved(rehearsal), columns);
    if !rehearsal.unknown_owners.is_empty() {
        page += &section("Owners that the roster does not know", owners(rehearsal), columns);
    }
    let said: Vec<&Sent> = rehearsal.sent.iter().filter(|sent| sent.how != "reply").collect();
    let lines = said.iter().take(LINES_MAX).map(|sent| timeline(roster, sent)).collect();
    page += &section("Who would have got what, and when (UTC)", lines, columns);
    if said.len() > LINES_MAX {
        page += &format!("  … and {} more; --json has them all\n\n", count(said.len() - LINES_MAX));
    }
    let posts: Vec<&Sent> = said.into_iter().filter(|sent| sent.how != "edit").collect();
    for sent in spread(&posts, messages) {
        let to = sent.person.as_ref().map(|person| format!(" to {}", roster.shown(person)));
        page += &format!(
            "── {} {} {}{}\n{}\n",
            minute(sent.at),
            sent.how,
            sent.destination,
            to.unwrap_or_default(),
            text(&sent.message)
        );
    }
    page
}

fn section<const N: usize>(
    title: &str,
    lines: Vec<([String; N], String)>,
    columns: usize,
) -> String {
    match lines.is_empty() {
        true => format!("{title}\n  nothing\n\n"),
        false => format!("{title}\n{}\n\n", rows(&lines, columns)),
    }
}

fn destinations(rehearsal: &Rehearsal) -> Vec<([String; 2], String)> {
    let all = rehearsal.destinations.iter().map(|(id, (counts, open))| {
        let ended = counts.ended.iter().map(|(end, n)| format!("{} {end}", count(*n)));
        let open = (*open > 0).then(|| format!("{} open", count(*open)));
        let ended: Vec<String> = ended.chain(open).collect();
        ([id.to_string(), format!("{} read", count(counts.read))], ended.join(", "))
    });
    all.collect()
}

fn people(roster: &Roster, rehearsal: &Rehearsal) -> Vec<([String; 1], String)> {
    let all = rehearsal.people.iter().map(|(id, share)| {
        let said = format!(
            "{}, on the busiest day {} of {}",
            counted(share.accounts, "account"),
            share.busiest,
            share.cap
        );
        ([roster.shown(id).to_string()], said)
    });
    all.collect()
}

fn moved(rehearsal: &Rehearsal) -> Vec<([String; 1], String)> {
    let moved = &rehearsal.moved;
    let all = [
        (moved.waited, "messages waited for working hours"),
        (moved.to_another, "accounts went to another person, since one before was at the cap"),
        (moved.to_digest, "decisions went into the digest, since everyone was at the cap"),
        (moved.no_one_there, "decisions had no one who works before their deadline"),
        (moved.reminders, "reminders at half of the time"),
        (moved.escalations, "accounts were escalated"),
    ];
    let some = all.into_iter().filter(|(n, _)| *n > 0);
    some.map(|(n, what)| ([count(n)], what.to_owned())).collect()
}

fn owners(rehearsal: &Rehearsal) -> Vec<([String; 1], String)> {
    let all = rehearsal.unknown_owners.iter();
    all.map(|(owner, n)| ([owner.clone()], counted(*n, "decision"))).collect()
}

fn timeline(roster: &Roster, sent: &Sent) -> ([String; 3], String) {
    let person = sent.person.as_ref().map(|person| roster.shown(person).to_string());
    let why = sent.because.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
    let cells =
        [minute(sent.at), format!("{} {}", sent.how, sent.destination), person.unwrap_or_default()];
    (cells, format!("{}{why}", sent.message.title))
}

/// As many as asked, spread over all.
pub(in crate::cli) fn spread<'a>(all: &[&'a Sent], most: usize) -> Vec<&'a Sent> {
    let most = most.min(all.len());
    (0..most).map(|at| all[at * all.len() / most]).collect()
}

/// What a roster would have sent.
#[derive(Serialize, JsonSchema)]
pub(in crate::cli) struct Answer<'a> {
    /// The first time whose decisions count.
    from: Timestamp,
    /// The last one.
    to: Timestamp,
    /// What each would have got.
    destinations: Vec<OfDestination<'a>>,
    /// What each would have got.
    people: Vec<OfPerson<'a>>,
    /// What caps, hours and deadlines would have moved.
    moved: &'a Moved,
    /// Owners that decisions name and the roster does not know, each with how many decisions.
    unknown_owners: &'a BTreeMap<String, u64>,
    /// In order of time.
    sent: Vec<Message<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct OfDestination<'a> {
    destination: &'a DestinationId,
    /// Decisions that it was asked about.
    read: u64,
    /// How they ended, each with how many.
    ended: BTreeMap<String, u64>,
    /// Decisions that are still open at the end.
    open: u64,
}

#[derive(Serialize, JsonSchema)]
struct OfPerson<'a> {
    person: &'a PersonId,
    /// Accounts that would have been given to them.
    accounts: u64,
    /// The most accounts on one day.
    busiest_day: u64,
    /// The most accounts a day that the roster allows.
    a_day: u16,
}

/// One thing that would have been sent.
#[derive(Serialize, JsonSchema)]
struct Message<'a> {
    at: Timestamp,
    /// `post`, `reply`, `edit` and so on.
    how: &'static str,
    destination: &'a DestinationId,
    /// The person that it is for.
    person: Option<&'a PersonId>,
    account: Option<&'a str>,
    /// Of a post: why this person, in words.
    because: Option<&'a str>,
    /// Of a post: milliseconds between the decision and it.
    waited_ms: Option<i64>,
    /// The message, as e-mail would have it.
    text: String,
}

impl Answer<'_> {
    fn of(rehearsal: &Rehearsal) -> Answer<'_> {
        let sent = rehearsal.sent.iter().map(|sent| Message {
            at: sent.at,
            how: sent.how,
            destination: &sent.destination,
            person: sent.person.as_ref(),
            account: sent.account.as_deref(),
            because: sent.because.as_deref(),
            waited_ms: sent.waited_ms,
            text: text(&sent.message),
        });
        let destinations = rehearsal.destinations.iter().map(|(id, (counts, open))| {
            let ended = counts.ended.iter().map(|(end, n)| (end.to_string(), *n)).collect();
            OfDestination { destination: id, read: counts.read, ended, open: *open }
        });
        let people = rehearsal.people.iter().map(|(id, share)| OfPerson {
            person: id,
            accounts: share.accounts,
            busiest_day: share.busiest,
            a_day: share.cap,
        });
        Answer {
            from: rehearsal.from,
            to: rehearsal.to,
            destinations: destinations.collect(),
            people: people.collect(),
            moved: &rehearsal.moved,
            unknown_owners: &rehearsal.unknown_owners,
            sent: sent.collect(),
        }
    }
}
