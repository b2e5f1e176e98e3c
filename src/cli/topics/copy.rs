//! `buymode topics copy`.

use crate::admin::copy::{Desk, Finished, Options, Report, copy};
use crate::admin::place::Place;
use crate::cli::answer;
use crate::cli::interrupt::ends_at_once;
use crate::cli::output::{Bar, prose};
use crate::cli::place::{WritableArgs, existing, prefix};
use crate::config::{Prefix, Within};
use crate::deliver::carry::{self, Carried};
use crate::deliver::forward::WORKER;
use crate::domain::RULES_VERSION;
use crate::engine::copy::check::{Compared, Difference};
use crate::engine::topics::Topics;
use crate::report::words::counted;
use anyhow::Context;
use schemars::JsonSchema;
use serde::Serialize;
use std::process::ExitCode;

/// Copies a log in order into topics of another prefix, with another number of partitions
///
/// The way on when buymode.inputs needs more partitions, or has got them. Stop everything that reads or
/// writes the log first. The copy begins where the old log was scored to: it writes no decision again.
/// Every decision is compared with the old ones; if one differs, the copy ends and cannot be scored. A copy
/// that was interrupted goes on with the same command.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    buymode topics copy --to v2. --partitions 24 --config deploy/buymode.yaml\n  \
    buymode topics copy --to v2. --partitions 8 --without 3/1871 --embedded ./buymode-data --json\n  \
    buymode topics copy --to next. --partitions 24 --rules --config deploy/buymode.yaml")]
pub(super) struct Args {
    #[command(flatten)]
    place: WritableArgs,
    /// The prefix of the new topics
    #[arg(long, value_name = "PREFIX", value_parser = prefix)]
    to: Prefix,
    /// Partitions of the new topics, 1 to 1000
    #[arg(long, value_name = "N")]
    partitions: u32,
    /// Leave a record of buymode.inputs out, and keep it as a dead letter; may be given several times
    #[arg(long, value_name = "PARTITION/OFFSET", value_parser = position)]
    without: Vec<(i32, i64)>,
    /// The log is of another rules version: have this build decide it. Differences do not end the copy
    #[arg(long)]
    rules: bool,
    /// Copy although deliveries are open: whom they put into a sequence later, the desk of the copy does not know
    #[arg(long)]
    with_open_deliveries: bool,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

fn position(text: &str) -> Result<(i32, i64), &'static str> {
    let parsed = text
        .split_once('/')
        .and_then(|(partition, offset)| Some((partition.parse().ok()?, offset.parse().ok()?)));
    parsed.ok_or("use PARTITION/OFFSET, such as 3/1871")
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let place = existing(args.place.settings()?)?;
    let partitions = Within::new(args.partitions).context("--partitions: give 1 to 1000")?;
    let without = args.without.iter().copied().collect();
    let desk = desk(&place, args.with_open_deliveries)?;
    let options = Options { to: args.to.clone(), partitions, without, rules: args.rules, desk };
    let bar = Bar::new("{msg}")?;
    ends_at_once(|| "the copy is not finished; the same command goes on with it".to_owned())?;
    let copied = copy(&place, &options, &mut |at| bar.show(at));
    bar.clear();
    let copied = match copied {
        Ok(copied) => copied,
        Err(error) => match error.downcast::<Finished>() {
            Ok(before) => return finished(args, &place, &before),
            Err(error) => return Err(error),
        },
    };
    match (copied, args.json) {
        (Ok(report), true) => answer::lines(&Answer::Copied(&report))?,
        (Ok(report), false) => {
            for text in said(&place, &report) {
                prose(&text)?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        (Err(compared), true) => {
            answer::lines(&Answer::Differs { compared: &compared })?;
            return Ok(ExitCode::FAILURE);
        }
        (Err(compared), false) => {
            for text in failed(args.to.as_str(), &compared) {
                prose(&text)?;
            }
            return Ok(ExitCode::FAILURE);
        }
    };
    Ok(ExitCode::SUCCESS)
}

/// What the desk hands on.
fn desk(place: &Place, though_open: bool) -> anyhow::Result<Desk> {
    let (prefix, group) = (place.config.topics.prefix.as_str(), place.config.group.as_str());
    let forwarders = format!("{prefix}{group}-{WORKER}");
    let read = carry::read(&place.store, &place.codec, &place.topics, &forwarders, though_open)?;
    let Carried { parts, enrolled, opted_out, end } = read;
    Ok(Desk { parts, enrolled, opted_out, end })
}

/// What a copy came to.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::cli) enum Answer<'a> {
    /// The log is copied.
    Copied(&'a Report),
    /// Decisions of the copy differ from the old ones: it cannot be scored, and the exit code is 1.
    Differs {
        /// What differs.
        compared: &'a Compared,
    },
    /// An earlier call had finished it; nothing was written.
    Before {
        /// True.
        finished_before: bool,
        /// The prefix of the new topics.
        to: &'a str,
    },
}

/// The same command again after the last transaction: its next steps may never have been seen.
fn finished(args: &Args, place: &Place, finished: &Finished) -> anyhow::Result<ExitCode> {
    if args.json {
        answer::line(&Answer::Before { finished_before: true, to: args.to.as_str() })?;
        return Ok(ExitCode::SUCCESS);
    }
    prose(&finished.to_string())?;
    for text in next_steps(place, args.to.as_str()) {
        prose(&text)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The result of a copy, and what others have to change.
fn said(place: &Place, report: &Report) -> Vec<String> {
    let (old, new) = (&place.topics, Topics::with_prefix(&report.to));
    let mut lines = vec![format!(
        "copied {} of {} ({}) to {} ({}): {}",
        counted(report.inputs, "input"),
        old.inputs,
        counted(report.partitions_before, "partition"),
        new.inputs,
        counted(report.partitions, "partition"),
        counted(report.accounts, "account state"),
    )];
    let compared = &report.compared;
    let made = compared.decisions - compared.new;
    let same = match report.rules_before {
        None => "equal but for their positions".to_owned(),
        Some(before) => format!(
            "of rules version {before} with {RULES_VERSION}: {}",
            counted(compared.differences, "difference")
        ),
    };
    lines.push(format!("compared: {}, {same}", counted(made, "decision")));
    for (kind, number) in &compared.kinds {
        lines.push(format!("  {kind}: {number}"));
    }
    lines.extend(compared.first.iter().map(described));
    if !report.left_out.is_empty() {
        let records = counted(report.left_out.len(), "record");
        lines.push(format!(
            "left out: {records} ({}), kept in {} with reason `left_out`; {} decided otherwise without: {}",
            report.left_out.join(", "),
            new.dead_letters,
            counted(compared.affected.len(), "account"),
            compared.affected.iter().map(|a| a.as_str()).collect::<Vec<_>>().join(", ")
        ));
    }
    if report.erased > 0 {
        let records = counted(report.erased, "record");
        lines.push(format!(
            "  {records} erased: left out, and kept nowhere; {} decided otherwise without",
            counted(compared.affected.len(), "account")
        ));
    }
    if compared.of_erased > 0 {
        lines.push(format!(
            "  {} of erased accounts left out",
            counted(compared.of_erased, "decision")
        ));
    }
    if report.skew_ms > 0 {
        lines.push(format!(
            "  times may differ by up to {} ms: so far apart one record for all partitions was in the old ones",
            report.skew_ms
        ));
    }
    if compared.no_longer_held > 0 {
        let held = counted(compared.no_longer_held, "decision");
        lines.push(format!("  {held} could not be compared: the old topics no longer hold them"));
    }
    if compared.new > 0 {
        let new = counted(compared.new, "decision");
        lines.push(format!("  {new} had been due in the old log and not made: written now"));
    }
    if report.enrolled + report.opted_out > 0 {
        let (in_sequences, out) = (counted(report.enrolled, "person"), report.opted_out);
        lines.push(format!(
            "  of the desk: {in_sequences} in sequences of tools, and {} went over",
            counted(out, "opt-out")
        ));
    }
    if report.unscored > 0 {
        let left = counted(report.unscored, "input");
        lines.push(format!(
            "  {left} of the old log had not been scored: the next `buymode run` does"
        ));
    }
    if report.misplaced > 0 {
        let left = counted(report.misplaced, "record");
        lines.push(format!(
            "  {left} in a wrong partition left out: dead letters of the old log, reason `misplaced`"
        ));
    }
    lines.extend(next_steps(place, &report.to));
    lines
}

/// What others have to change once a log is copied.
fn next_steps(place: &Place, to: &str) -> Vec<String> {
    let (old, new) = (&place.topics, Topics::with_prefix(to));
    let (group, from) = (place.config.group.as_str(), place.config.topics.prefix.as_str());
    let mut lines = vec!["To be changed now:".to_owned()];
    lines.push(format!(
        "- Settings of `run`, `ingest` and tools: `topics.prefix: {to}`. Consumer group {to}{group} needs no \
         offsets; its members begin where the copy ends. Then use `buymode audit`."
    ));
    lines.push(format!(
        "- Subscribers: read {}ROUTE to its end, then {}ROUTE from its beginning (offset 0): it holds only \
         what is decided from now on, under ids of its own.",
        old.route_prefix, new.route_prefix
    ));
    lines.push(format!(
        "- Producers of {from}signals.*, {from}companies, {from}suppressions and {from}outcomes: write to the \
         topics that begin with {to} instead."
    ));
    lines.push(format!(
        "- `deliver`: publish the roster again (`buymode deliver publish`), with the same names of destinations. Whom it \
         has put into sequences, who has opted out and which accounts are one is in {} already; open cases and their \
         messages stay behind.",
        new.desk
    ));
    lines.push(format!(
        "- Where `ingest` reads topics of vendors: set the offsets of consumer group {to}{group}-ingest to those \
         of {from}{group}-ingest before it starts."
    ));
    lines.push(format!(
        "- A `buymode ingest` that takes webhooks only is in no consumer group: one that was idle during the \
         copy was not noticed. See that none still runs with the old settings; what it takes goes into {}, \
         which is not scored any more.",
        old.inputs
    ));
    lines.push(format!(
        "- Open dead letters stay in {}, and decisions made so far in {}ROUTE: keep both.",
        old.dead_letters, old.route_prefix
    ));
    lines
}

fn failed(to: &str, compared: &Compared) -> Vec<String> {
    let mut lines: Vec<String> = compared.first.iter().map(described).collect();
    for (kind, number) in &compared.kinds {
        lines.push(format!("  {}: {kind}", counted(*number, "decision")));
    }
    lines.push(format!(
        "FAILED: {} from the decisions of the old log; the topics of {to} cannot be scored, and the old log is \
         as it was. `buymode audit` of the old log says whether it is whole",
        counted(compared.differences, "difference")
    ));
    lines
}

fn described(difference: &Difference) -> String {
    let Difference { account, id, difference, kind, fields } = difference;
    let what = match *difference {
        "missing" => "not in the copy".to_owned(),
        "more" => "only in the copy".to_owned(),
        _ => format!("different in {}", fields.join(", ")),
    };
    format!("  {account}: decision {id} ({kind}): {what}")
}
