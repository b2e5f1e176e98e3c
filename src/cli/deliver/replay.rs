//! `buymode deliver replay`: decisions to a destination once more.

use crate::cli::answer;
use crate::cli::deliver::who;
use crate::cli::output;
use crate::cli::place::WritableArgs;
use crate::deliver::replay::{Choice, Chosen, Plan, Replayer};
use crate::domain::Text;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Timestamp;
use crate::report::layout::rows;
use crate::report::words::{agree, counted};
use anyhow::{Context, bail};
use schemars::JsonSchema;
use serde::Serialize;
use std::ops::Range;
use std::process::ExitCode;
use uuid::Uuid;

/// Sends decisions to a destination once more, as far back as the topics of the routes go
///
/// Chosen by decision, account, route, time or offsets; all that is given must hold. The desk's log records
/// each. A decision that the destination has, or that is on its way there, is not sent again; nor is one that an
/// experiment holds out.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    buymode deliver replay --to hook --since 2026-11-28 --dry-run --config deploy/buymode.yaml\n  \
    buymode deliver replay --to hook --account acme.com --again --config deploy/buymode.yaml\n  \
    buymode deliver replay --to hook --route ae --partition 0 --offsets 120-180 --config deploy/buymode.yaml")]
pub(super) struct Args {
    /// The destination, by its name in the roster: a program or a shared place
    #[arg(long, value_name = "DESTINATION")]
    to: String,
    /// Only this decision, by its id; may be given several times
    #[arg(long, value_name = "ID")]
    decision: Vec<Uuid>,
    /// Only decisions about this account; may be given several times
    #[arg(long, value_name = "DOMAIN")]
    account: Vec<String>,
    /// Only decisions of this route; may be given several times
    #[arg(long, value_name = "ROUTE")]
    route: Vec<String>,
    /// Only decisions from this date or time on
    #[arg(long, value_name = "DATE", value_parser = super::date)]
    since: Option<Timestamp>,
    /// Only decisions up to this date, or before this time
    #[arg(long, value_name = "DATE", value_parser = super::last_date)]
    until: Option<Timestamp>,
    /// Only this partition of one route's topic
    #[arg(long, value_name = "N", requires = "offsets")]
    partition: Option<i32>,
    /// Only these offsets of that partition, both ends included
    #[arg(long, value_name = "FIRST-LAST", requires = "partition", value_parser = offsets)]
    offsets: Option<Range<i64>>,
    /// All decisions that are there
    #[arg(long, conflicts_with_all = ["decision", "account", "route", "since", "until", "offsets"])]
    all: bool,
    /// Also those that the destination has
    #[arg(long)]
    again: bool,
    /// Show what would be sent, and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    place: WritableArgs,
    /// Your name, for the desk's log [default: the login's name, $USER]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

/// More decisions are not listed; JSON has them all.
const SHOWN_MAX: usize = 20;

fn offsets(text: &str) -> Result<Range<i64>, String> {
    let ends = text.split_once('-').and_then(|(first, last)| {
        let (first, last) = (first.parse::<i64>().ok()?, last.parse::<i64>().ok()?);
        (first <= last && last < i64::MAX).then(|| first..last + 1)
    });
    ends.ok_or_else(|| "use FIRST-LAST, such as 120-180".to_owned())
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let choice = choice(args)?;
    let place = args.place.open()?;
    let prefix = place.config.topics.prefix.as_str();
    let (codec, writes) = (place.codec.clone(), !args.dry_run);
    let mut replayer = Replayer::open(&*place.store, codec, &place.topics, prefix, writes)?;
    let plan = replayer.plan(&choice)?;
    if !args.dry_run {
        replayer.write(&choice, &plan)?;
    }
    if args.json {
        answer::line(&Answer::of(args, &plan))?;
    } else {
        output::whole(&for_people(args, &plan))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn choice(args: &Args) -> anyhow::Result<Choice> {
    let narrowed = !args.decision.is_empty() || !args.account.is_empty() || !args.route.is_empty();
    let narrowed =
        narrowed || args.since.is_some() || args.until.is_some() || args.offsets.is_some();
    if !narrowed && !args.all {
        bail!(
            "no decisions were chosen; use --decision, --account, --route, --since, --until, --offsets or --all"
        );
    }
    if args.offsets.is_some() && args.route.len() != 1 {
        bail!("invalid --offsets: they are those of one topic; use --route ROUTE once beside them");
    }
    let key = |text: &String| -> anyhow::Result<Text> {
        let key = AccountKey::parse(text).with_context(|| format!("invalid account {text}"))?;
        Ok(key.as_str().into())
    };
    Ok(Choice {
        to: args.to.as_str().into(),
        decisions: args.decision.iter().copied().collect(),
        accounts: args.account.iter().map(key).collect::<anyhow::Result<_>>()?,
        routes: args.route.iter().map(|route| route.as_str().into()).collect(),
        since: args.since,
        until: args.until,
        offsets: args.partition.zip(args.offsets.clone()),
        again: args.again,
        by: who(args.by.as_deref()),
    })
}

/// The decisions that are sent once more.
#[derive(Serialize, JsonSchema)]
pub(in crate::cli) struct Answer<'a> {
    destination: &'a str,
    /// False with `--dry-run`.
    written: bool,
    /// What `buymode deliver` sends, or would send.
    decisions: Vec<Sent<'a>>,
    /// Decisions that were chosen and are left out, since the destination has them.
    there: u64,
    /// Likewise, since they are on their way there.
    under_way: u64,
    /// Likewise, since an experiment holds their account out.
    held_out: u64,
}

/// A decision, and where it stands.
#[derive(Serialize, JsonSchema)]
struct Sent<'a> {
    id: Uuid,
    account: &'a str,
    /// `entered`, `exited` and so on.
    kind: String,
    /// When it was made.
    time: Timestamp,
    /// Its route's topic.
    topic: &'a str,
    partition: i32,
    offset: i64,
}

impl Answer<'_> {
    fn of<'a>(args: &'a Args, plan: &'a Plan) -> Answer<'a> {
        Answer {
            destination: &args.to,
            written: !args.dry_run,
            decisions: plan.send.iter().map(Sent::of).collect(),
            there: plan.there,
            under_way: plan.under_way,
            held_out: plan.held_out,
        }
    }
}

impl Sent<'_> {
    fn of(chosen: &Chosen) -> Sent<'_> {
        let (d, from) = (&chosen.decision, &chosen.forwarded);
        Sent {
            id: d.id,
            account: d.account.as_str(),
            kind: d.kind.to_string(),
            time: d.written.time,
            topic: &from.topic,
            partition: from.partition,
            offset: from.offset,
        }
    }
}

fn for_people(args: &Args, plan: &Plan) -> String {
    let lines: Vec<([String; 2], String)> = plan
        .send
        .iter()
        .take(SHOWN_MAX)
        .map(|chosen| {
            let d = &chosen.decision;
            let time = d.written.time.to_rfc3339()[..16].replace('T', " ");
            ([time, d.kind.to_string()], d.account.as_str().to_owned())
        })
        .collect();
    let mut page = rows(&lines, output::page_columns());
    if !page.is_empty() && !page.ends_with('\n') {
        page.push('\n');
    }
    if plan.send.len() > SHOWN_MAX {
        page += &format!("… and {} more; --json shows all\n", plan.send.len() - SHOWN_MAX);
    }
    let sent = plan.send.len() as u64;
    page += &match args.dry_run {
        true => format!(
            "{} would be sent to {}; nothing was written\n",
            counted(sent, "decision"),
            args.to
        ),
        false => format!(
            "{} {} written for {}; `buymode deliver` sends what it finds there\n",
            counted(sent, "decision"),
            agree(sent, "was", "were"),
            args.to
        ),
    };
    for (n, why) in [
        (plan.there, "there already; --again sends them too"),
        (plan.under_way, "on the way"),
        (plan.held_out, "held out by an experiment"),
    ] {
        if n > 0 {
            page += &format!("{} {why}\n", counted(n, "decision"));
        }
    }
    page
}
